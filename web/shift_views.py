"""Shifts as they are shown, and which of them are within reach."""

from collections.abc import Mapping

from routing.directory import AgentProfile
from routing.shifts.book import Doing, ShiftBook
from routing.shifts.slots import Booking, Excuse, Notice, Slot, SlotScope, Swap
from telephony.identifiers import AgentId, Instant
from web.permissions import Scope
from web.reach import Reach
from web.routes import Ask, Body, Query
from web.schemas.shifts import ExcuseShown, NoticeShown, ShiftShown, SwapShown
from web.schemas.types import when


def reaches_slot(ask: Ask[Body, Query], slot: Slot) -> bool:
    """Whether the slot may be seen: an agent sees those they might work in, a team leader those of their team's work."""
    reach, directory = ask.rows, ask.deps.directory.current
    match reach.scope:
        case Scope.ALL:
            return True
        case Scope.TEAM:
            members = (directory.agents[agent_id] for agent_id in reach.team_agents)
            return leads(reach, slot) or any(slot.is_for(member) for member in members)
        case Scope.SELF:
            agent = None if reach.agent_id is None else directory.agents.get(reach.agent_id)
            return agent is not None and slot.is_for(agent)
        case Scope.CLIENT:
            return False


def leads(reach: Reach, slot: Slot) -> bool:
    """Whether the slot itself may be changed: a team leader plans their own team, nothing else."""
    if reach.scope is Scope.TEAM:
        return slot.scope is SlotScope.TEAM and slot.scope_id is not None and reach.has_team(slot.scope_id)
    return reach.scope is Scope.ALL


def shift_shown(ask: Ask[Body, Query], book: ShiftBook, slot: Slot) -> ShiftShown:
    """The slot; of who is bound those within reach."""
    bound = book.binding(slot.slot_id)
    return ShiftShown(
        shift_id=slot.slot_id,
        scope=slot.scope,
        scope_id=slot.scope_id,
        from_at=when(slot.from_at),
        to_at=when(slot.to_at),
        headcount=slot.headcount,
        booked=len(bound),
        leader=slot.leader,
        agents=sorted(each.agent_id for each in bound if ask.rows.has_agent(each.agent_id)),
        may_be_booked=_may_be_booked(ask, book, slot),
    )


def _may_be_booked(ask: Ask[Body, Query], book: ShiftBook, slot: Slot) -> bool:
    agent_id = ask.rows.agent_id
    agent = None if agent_id is None else ask.deps.directory.current.agents.get(agent_id)
    if agent is None:
        return False
    doing = Doing(at=ask.now, by=ask.principal.user_id, new_id="", is_own=True)
    return book.why_not(agent, slot, doing) is None


def reaches_swap(ask: Ask[Body, Query], swap: Swap, slot: Slot) -> bool:
    """Whether the offer may be seen: by who made it, by whoever may take it, and by those who look after either."""
    if ask.rows.has_agent(swap.from_agent):
        return True
    is_for_all = swap.to_agent is None or ask.rows.has_agent(swap.to_agent)
    return is_for_all and reaches_slot(ask, slot)


def swap_shown(swap: Swap, slot: Slot, agents: Mapping[AgentId, AgentProfile]) -> SwapShown:
    """The offer, with the names of the two as colleagues know them."""

    def name(agent_id: AgentId) -> str:
        return agents[agent_id].name if agent_id in agents else agent_id

    return SwapShown(
        swap_id=swap.swap_id,
        shift_id=slot.slot_id,
        from_at=when(slot.from_at),
        to_at=when(slot.to_at),
        from_agent=swap.from_agent,
        from_name=name(swap.from_agent),
        to_agent=swap.to_agent,
        to_name=None if swap.to_agent is None else name(swap.to_agent),
    )


def excuse_shown(excuse: Excuse, slot: Slot, *, has_note: bool) -> ExcuseShown:
    """The excuse; the note for those alone whom it is written for."""
    return ExcuseShown(
        excuse_id=excuse.excuse_id,
        shift_id=slot.slot_id,
        agent_id=excuse.agent_id,
        from_at=when(slot.from_at),
        to_at=when(slot.to_at),
        why=excuse.reason,
        note=excuse.note if has_note else "",
    )


def notice_shown(notice: Notice) -> NoticeShown:
    """What an agent is told."""
    return NoticeShown(
        notice_id=notice.notice_id,
        at=when(notice.at),
        kind=notice.kind,
        shift_id=notice.slot_id,
        from_at=when(notice.from_at),
        to_at=when(notice.to_at),
    )


def slots_of(book: ShiftBook, agent_id: AgentId) -> list[Slot]:
    """The slots the agent is bound to, by their beginning."""
    mine: list[Booking] = [each for each in book.bookings.values() if each.agent_id == agent_id and each.binds]
    return sorted((book.slots[each.slot_id] for each in mine), key=lambda slot: (slot.from_at, slot.slot_id))


def doing_of(ask: Ask[Body, Query], at: Instant | None = None) -> Doing:
    """Who asks, now, under a new id."""
    return Doing(
        at=ask.now if at is None else at,
        by=ask.principal.user_id,
        new_id=ask.deps.ids.new(ask.now),
        is_own=ask.rows.scope is Scope.SELF,
    )
