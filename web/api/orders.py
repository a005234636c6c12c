"""Orders: booked on a call, stepped by the office, looked at within reach."""

from collections.abc import Sequence
from dataclasses import replace

from recording.proof import proof_of
from routing.aftercall.forms import FieldFault as FormFault
from routing.aftercall.orders import (
    Deed,
    Done,
    Order,
    OrderId,
    OrderRefusal,
    OrderState,
    approval_ends_at,
    withdrawal_ends_at,
)
from routing.outbound.asking import ReferenceKind
from store.orders import Whose
from telephony.dialling import CallPlaced
from telephony.events import Envelope
from telephony.identifiers import AgentId, ProjectId
from web.api.calls import belongings, party_of, story_within_reach, talked_of
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.orders import (
    FormShown,
    ListedOrder,
    NewOrder,
    OrderList,
    OrderReveal,
    OrderShown,
    OrdersQuery,
    OrderStep,
    OrderStory,
    StepShown,
)
from web.schemas.types import Nothing, instant, maybe_when, when

READ = Needs(resource=Resource.ORDER, action=Action.READ)
BOOK = Needs(resource=Resource.ORDER, action=Action.WRITE)
STEP = Needs(resource=Resource.ORDER, action=Action.CONFIRM)
REVEAL = Needs(resource=Resource.ORDER, action=Action.REVEAL)

_WAITING = (OrderState.BOOKED, OrderState.AWAITING_APPROVAL)


@route(
    "POST",
    "/calls/{call_id}/orders",
    access=BOOK,
    summary="Book an order on a call",
    body=NewOrder,
    answer=OrderShown,
    problems=("takes_no_orders", "order_refused"),
)
async def book_order(ask: Ask[NewOrder, Nothing]) -> OrderShown:
    """The order is booked under the project's form rule: by voice, or after a summary, it is effective at once; where the text
    is to be approved, it waits. Agents: on calls they talked on."""
    envelopes = await story_within_reach(ask)
    agent_id, call_id = ask.principal.agent_id, envelopes[0].call_id
    if agent_id is None or call_id is None or agent_id not in talked_of(envelopes):
        raise ProblemError("not_found")
    project = ask.deps.directory.current.projects.get(belongings(envelopes)[1] or ProjectId(""))
    if project is None or project.orders is None:
        raise ProblemError("takes_no_orders")
    draft = Order(
        order_id=OrderId(ask.body.order_id),
        project_id=project.project_id,
        client_id=project.client_id,
        call_id=call_id,
        agent_id=agent_id,
        terms=project.orders,
        state=OrderState.BOOKED,
        booked_at=ask.now,
        lead_id=lead_of(envelopes),
        summary_at=None if ask.body.summary_at is None else instant(ask.body.summary_at),
    )
    made = await ask.deps.orders.book(draft, ask.body.values, by=ask.author, party_id=party_of(envelopes))
    if isinstance(made, tuple):
        raise ProblemError("invalid", fields=form_faults(made))
    return _shown(ask, _taken(made))


@route("GET", "/orders", access=READ, summary="List orders", query=OrdersQuery, answer=OrderList)
async def list_orders(ask: Ask[Nothing, OrdersQuery]) -> OrderList:
    """Orders booked in [from, to) within reach, the newest first, 500 at the most; none of people who were erased."""
    query, rows = ask.query, ask.rows
    agents = {Scope.SELF: [] if rows.agent_id is None else [rows.agent_id], Scope.TEAM: list(rows.team_agents)}
    if rows.scope is Scope.CLIENT and rows.client_id is None:
        return OrderList(items=[])
    whose = Whose(
        client_id=rows.client_id if rows.scope is Scope.CLIENT else None,
        agents=agents.get(rows.scope),
        project_id=None if query.project is None else ProjectId(query.project),
        state=query.state,
    )
    found = await ask.deps.orders.orders(whose, instant(query.from_), instant(query.to))
    sealed = await ask.deps.sealed_segments.sealed_of([each.order_id for each in found])
    return OrderList(items=[await _listed(ask, each, sealed.get(each.order_id, frozenset())) for each in found])


@route("GET", "/orders/{order_id}", access=READ, summary="Tell an order's story", answer=OrderStory)
async def tell_order(ask: Ask[Nothing, Nothing]) -> OrderStory:
    """The order, and all that was done with it."""
    order = await _within_reach(ask)
    is_client = ask.rows.scope is Scope.CLIENT
    steps = await ask.deps.orders.steps(order.order_id)
    told = [envelope.event async for envelope in ask.deps.journal.read_call(order.call_id)]
    return OrderStory(
        order=_shown(ask, order),
        proof=proof_of(order.order_id, told, await ask.deps.sealed_segments.sealed(order.order_id)),
        steps=[
            StepShown(
                deed=each.deed,
                state=each.state,
                at=when(each.at),
                user_id=None if is_client else each.user_id,
                reason=each.reason,
            )
            for each in steps
        ],
    )


@route("POST", "/orders/{order_id}/reveal", access=REVEAL, summary="Reveal an order's form", body=OrderReveal, answer=FormShown)
async def reveal_order(ask: Ask[OrderReveal, Nothing]) -> FormShown:
    """What was ordered, in clear. Who asked for it, and why, is on record."""
    order = await _within_reach(ask)
    filled = await ask.deps.orders.reveal(order.order_id, by=replace(ask.author, reason=ask.body.reason))
    if filled is None:
        raise ProblemError("not_found")
    return FormShown(values=dict(filled.values))


@route(
    "POST",
    "/orders/{order_id}/steps",
    access=STEP,
    summary="Step an order on",
    body=OrderStep,
    answer=OrderShown,
    problems=("order_refused",),
)
async def step_order(ask: Ask[OrderStep, Nothing]) -> OrderShown:
    """The text went out, was approved, the order was confirmed, delivered, withdrawn from or cancelled."""
    order = await _within_reach(ask)
    at = ask.now if ask.body.at is None else instant(ask.body.at)
    if at > ask.now:
        raise ProblemError("invalid", fields=[FieldFault(at="/at", code="future", detail="has not happened yet")])
    done = Done(deed=Deed(ask.body.deed.value), at=at, reason=ask.body.reason)
    after = await ask.deps.orders.step(order.order_id, done, by=ask.author)
    if after is None:
        raise ProblemError("not_found")
    return _shown(ask, _taken(after))


def lead_of(envelopes: Sequence[Envelope]) -> int | None:
    """The lead the call was for, where it was for one."""
    placed = next((e.event for e in envelopes if isinstance(e.event, CallPlaced)), None)
    if placed is None or placed.reference.kind != ReferenceKind.LEAD.value or not placed.reference.id.isdecimal():
        return None
    return int(placed.reference.id)


def form_faults(faults: Sequence[FormFault]) -> list[FieldFault]:
    """What is wrong with a form, by field."""
    return [FieldFault(at=f"/values/{each.name}", code=each.code, detail="cannot be used as it is") for each in faults]


def _taken(made: Order | OrderRefusal) -> Order:
    if isinstance(made, OrderRefusal):
        raise ProblemError("order_refused", facts={"why": made.value})
    return made


async def _listed(ask: Ask[Body, Query], order: Order, sealed: frozenset[str]) -> ListedOrder:
    """The order with its proof. The journal is asked of those alone of which the vault has anything."""
    told = [envelope.event async for envelope in ask.deps.journal.read_call(order.call_id)] if sealed else []
    return ListedOrder(**_shown(ask, order).model_dump(), proof=proof_of(order.order_id, told, sealed))


async def _within_reach(ask: Ask[Body, Query]) -> Order:
    found = await ask.deps.orders.get(OrderId(ask.path["order_id"]))
    if found is None:
        raise ProblemError("not_found")
    order, is_restricted = found
    agents: list[AgentId] = [order.agent_id]
    if not ask.rows.has_call(order.client_id, agents) or (is_restricted and ask.rows.scope is not Scope.ALL):
        raise ProblemError("not_found")
    return order


def _shown(ask: Ask[Body, Query], order: Order) -> OrderShown:
    return OrderShown(
        order_id=order.order_id,
        project_id=order.project_id,
        client_id=order.client_id,
        call_id=order.call_id,
        agent_id=None if ask.rows.scope is Scope.CLIENT else order.agent_id,
        lead_id=None if order.lead_id is None else str(order.lead_id),
        state=order.state,
        form_rule=order.terms.form_rule,
        booked_at=when(order.booked_at),
        summary_at=maybe_when(order.summary_at),
        text_sent_at=maybe_when(order.text_sent_at),
        effective_at=maybe_when(order.effective_at),
        instructed_at=maybe_when(order.instructed_at),
        delivered_at=maybe_when(order.delivered_at),
        ended_at=maybe_when(order.ended_at),
        ended_by=order.ended_by,
        approval_ends_at=when(approval_ends_at(order)) if order.state in _WAITING else None,
        withdrawal_ends_at=maybe_when(withdrawal_ends_at(order)),
    )


ROUTES = (book_order, list_orders, tell_order, reveal_order, step_order)
