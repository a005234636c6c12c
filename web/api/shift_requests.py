"""Swaps between agents, excuses that a person decides on, and what agents are told of their shifts."""

from routing.shifts.slots import RequestState, Slot
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import AgentId
from web.api.shifts import BOOK, MAY_BOOK, READ, WRITE, agent_of, seen_slot
from web.permissions import Action, Resource, scope_of
from web.problems import ProblemError, RefusalError
from web.routes import Ask, Body, Query, route
from web.schemas.shifts import Decision, ExcuseAsked, NoticeList, OfAgent, RequestsShown, SwapOffer, TakerList, TakerShown
from web.schemas.types import Nothing
from web.shift_views import doing_of, excuse_shown, notice_shown, reaches_slot, reaches_swap, swap_shown

_OPEN = (RefusalCode.NO_SUCH_SHIFT, RefusalCode.SHIFT_BEGUN)


@route("GET", "/shift-requests", access=READ, summary="List open swaps and excuses", answer=RequestsShown)
async def list_shift_requests(ask: Ask[Nothing, Nothing]) -> RequestsShown:
    """Offers that one made or may take, and excuses of agents within reach."""
    book = await ask.deps.shifts.open_requests()
    agents = ask.deps.directory.current.agents
    decides = scope_of(ask.principal.role, Resource.SHIFT, Action.WRITE) is not None

    def slot(booking_id: str) -> Slot:
        return book.slots[book.bookings[booking_id].slot_id]

    return RequestsShown(
        swaps=[
            swap_shown(each, slot(each.booking_id), agents)
            for each in book.swaps.values()
            if reaches_swap(ask, each, slot(each.booking_id))
        ],
        excuses=[
            excuse_shown(each, slot(each.booking_id), has_note=decides or each.agent_id == ask.rows.agent_id)
            for each in book.excuses.values()
            if ask.rows.has_agent(each.agent_id)
        ],
    )


@route("POST", "/shifts/{shift_id}/offer", access=BOOK, summary="Offer a booked shift", body=SwapOffer, refusals=_OPEN)
async def offer_shift(ask: Ask[SwapOffer, Nothing]) -> None:
    """The named agent, or anybody who may, can take the booking over; until somebody does it binds."""
    slot, agent = await seen_slot(ask), agent_of(ask, ask.body.agent_id)
    to_agent = None if ask.body.to_agent is None else AgentId(ask.body.to_agent)
    if to_agent is not None and to_agent not in ask.deps.directory.current.agents:
        raise RefusalError(Refusal(code=RefusalCode.NO_SUCH_SHIFT))
    _raise(await ask.deps.shifts.offer(slot.slot_id, agent.agent_id, to_agent, doing_of(ask)))


@route("GET", "/shifts/{shift_id}/takers", access=BOOK, summary="Whom a booking can be offered to", answer=TakerList)
async def list_takers(ask: Ask[Nothing, Nothing]) -> TakerList:
    """Names of colleagues who may do the work, told to who is bound to the shift and to those who look after agents in it."""
    slot = await seen_slot(ask)
    bound = {each.agent_id for each in (await ask.deps.shifts.plan(slot.from_at, slot.to_at)).binding(slot.slot_id)}
    if not any(ask.rows.has_agent(agent_id) for agent_id in bound):
        raise ProblemError("not_found")
    agents = ask.deps.directory.current.agents.values()
    fit = [agent for agent in agents if agent.agent_id not in bound and slot.is_for(agent)]
    return TakerList(items=[TakerShown(agent_id=agent.agent_id, name=agent.name) for agent in fit])


@route("POST", "/shift-swaps/{swap_id}/take", access=BOOK, summary="Take over an offered shift", body=OfAgent, refusals=MAY_BOOK)
async def take_shift(ask: Ask[OfAgent, Nothing]) -> None:
    """The agent is bound in the place of who offered, who is told."""
    await _reached_swap(ask)
    _raise(await ask.deps.shifts.take(ask.path["swap_id"], agent_of(ask, ask.body.agent_id), doing_of(ask)))


@route("POST", "/shift-swaps/{swap_id}/withdraw", access=BOOK, summary="Withdraw an offer", refusals=_OPEN)
async def withdraw_offer(ask: Ask[Nothing, Nothing]) -> None:
    """The offer is off; the booking binds as before."""
    swap = await ask.deps.shifts.swap(ask.path["swap_id"])
    if swap is None or not ask.rows.has_agent(swap.from_agent):
        raise ProblemError("not_found")
    _raise(await ask.deps.shifts.withdraw(swap.swap_id, doing_of(ask)))


@route(
    "POST",
    "/shifts/{shift_id}/excuse",
    access=BOOK,
    summary="Ask to be excused",
    body=ExcuseAsked,
    refusals=(*_OPEN, RefusalCode.SHIFT_EXCUSE_OPEN),
)
async def ask_for_excuse(ask: Ask[ExcuseAsked, Nothing]) -> None:
    """A person decides, before the shift or after it. The note is for who decides, and gone once that is done."""
    slot, agent, body = await seen_slot(ask), agent_of(ask, ask.body.agent_id), ask.body
    _raise(await ask.deps.shifts.ask_excuse(slot.slot_id, agent.agent_id, body.why, body.reason, doing_of(ask)))


@route(
    "POST",
    "/shift-excuses/{excuse_id}/decide",
    access=WRITE,
    summary="Decide on an excuse",
    body=Decision,
    refusals=(*_OPEN, RefusalCode.SHIFT_BINDING),
)
async def decide_excuse(ask: Ask[Decision, Nothing]) -> None:
    """Granted: the booking counts for nothing and its place is free. Refused: it binds as before. The agent is told."""
    excuse = await ask.deps.shifts.excuse(ask.path["excuse_id"])
    if excuse is None or not ask.rows.has_agent(excuse.agent_id):
        raise ProblemError("not_found")
    body = ask.body
    _raise(await ask.deps.shifts.decide(excuse.excuse_id, doing_of(ask), is_granted=body.is_granted, reason=body.reason))


@route("GET", "/agents/{agent_id}/shift-notices", access=READ, summary="What an agent is told of shifts", answer=NoticeList)
async def list_shift_notices(ask: Ask[Nothing, Nothing]) -> NoticeList:
    """What was changed or decided and the agent has not seen, the oldest first."""
    agent = agent_of(ask, ask.path["agent_id"])
    return NoticeList(items=[notice_shown(each) for each in await ask.deps.shifts.notices(agent.agent_id)])


@route("POST", "/agents/{agent_id}/shift-notices/seen", access=BOOK, summary="Say that the notices were seen")
async def see_shift_notices(ask: Ask[Nothing, Nothing]) -> None:
    """The agent has seen what there was until now. Only they themselves can have."""
    agent = agent_of(ask, ask.path["agent_id"])
    if agent.agent_id != ask.principal.agent_id:
        raise ProblemError("not_found")
    await ask.deps.shifts.seen(agent.agent_id, ask.now, ask.now)


async def _reached_swap(ask: Ask[Body, Query]) -> None:
    swap = await ask.deps.shifts.swap(ask.path["swap_id"])
    book = await ask.deps.shifts.open_requests()
    booking = None if swap is None or swap.state is not RequestState.OPEN else book.bookings.get(swap.booking_id)
    if swap is None or booking is None:
        raise ProblemError("not_found")
    slot = book.slots[booking.slot_id]
    if not reaches_swap(ask, swap, slot) or not reaches_slot(ask, slot):
        raise ProblemError("not_found")


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise RefusalError(refusal)


ROUTES = (
    list_shift_requests,
    offer_shift,
    list_takers,
    take_shift,
    withdraw_offer,
    ask_for_excuse,
    decide_excuse,
    list_shift_notices,
    see_shift_notices,
)
