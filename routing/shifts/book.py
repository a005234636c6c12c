"""The book of shifts: who may book, hand on, be excused, and what a person may change. One logic for every store. Pure.

What is given may be a part of the plan: the slots concerned, all bookings of these, and all bookings of the agents concerned that
overlap them. Every deed either changes the book and returns None, or changes nothing and says why not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from routing.directory import AgentProfile
from routing.shifts.slots import (
    Booking,
    BookingState,
    Excuse,
    ExcuseReason,
    Notice,
    NoticeKind,
    RequestState,
    Slot,
    Swap,
)
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import AgentId, Instant, UserId

DAY_US = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRules:
    """What the centre allows. Agents book up to so many days ahead; people who plan may book beyond."""

    book_ahead_days: int = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who does something to the plan, when, under which new id. `is_own`: an agent for themself."""

    at: Instant
    by: UserId
    new_id: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that is to be on record."""

    deed: str
    subject: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


@dataclass(slots=True)
class ShiftBook:
    """The plan, or a part of it, while it is changed."""

    rules: ShiftRules = field(default_factory=ShiftRules)
    slots: dict[str, Slot] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    swaps: dict[str, Swap] = field(default_factory=dict)
    excuses: dict[str, Excuse] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    _of_slot: dict[str, dict[str, None]] = field(init=False, repr=False, default_factory=dict)
    _of_agent: dict[AgentId, dict[str, None]] = field(init=False, repr=False, default_factory=dict)
    """The bookings that bind, by slot and by agent."""

    def __post_init__(self) -> None:
        for booking in self.bookings.values():
            if booking.binds:
                self._index(booking)

    # -- what is in it -------------------------------------------------------------------------------------------------

    def binding(self, slot_id: str) -> list[Booking]:
        """The bookings that take a place of the slot."""
        return [self.bookings[each] for each in self._of_slot.get(slot_id, ())]

    def bound_to(self, agent_id: AgentId) -> list[Booking]:
        """The bookings that bind the agent."""
        return [self.bookings[each] for each in self._of_agent.get(agent_id, ())]

    def booking_of(self, agent_id: AgentId, slot_id: str) -> Booking | None:
        """The agent's binding booking of that slot."""
        return next((each for each in self.binding(slot_id) if each.agent_id == agent_id), None)

    def why_not(self, agent: AgentProfile, slot: Slot, doing: Doing, *, frees_a_place: bool = False) -> Refusal | None:
        """Why the agent cannot have the slot; None where they can."""
        if slot.is_cancelled:
            return _no_such(slot.slot_id)
        if slot.to_at <= doing.at or (doing.is_own and slot.from_at <= doing.at):
            return Refusal(code=RefusalCode.SHIFT_BEGUN, facts={"shift": slot.slot_id})
        if not slot.is_for(agent):
            return Refusal(code=RefusalCode.SHIFT_NOT_FOR_AGENT, facts={"shift": slot.slot_id, "agent": agent.agent_id})
        if doing.is_own and not frees_a_place and slot.from_at > doing.at + self.rules.book_ahead_days * DAY_US:
            facts: dict[str, str | int] = {"shift": slot.slot_id, "days": self.rules.book_ahead_days}
            return Refusal(code=RefusalCode.SHIFT_TOO_FAR_AHEAD, facts=facts)
        return self._clash(agent.agent_id, slot) or (None if frees_a_place else self._lack_of_places(slot))

    def _clash(self, agent_id: AgentId, slot: Slot) -> Refusal | None:
        for other in self.bound_to(agent_id):
            if self.slots[other.slot_id].overlaps(slot):
                return Refusal(code=RefusalCode.SHIFT_OVERLAPS, facts={"shift": slot.slot_id, "other": other.slot_id})
        return None

    def _lack_of_places(self, slot: Slot) -> Refusal | None:
        if len(self.binding(slot.slot_id)) < slot.headcount:
            return None
        return Refusal(code=RefusalCode.SHIFT_FULL, facts={"shift": slot.slot_id, "headcount": slot.headcount})

    # -- booking -------------------------------------------------------------------------------------------------------

    def book(self, slot_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None:
        """The agent is bound to the slot."""
        slot = self.slots.get(slot_id)
        refusal = _no_such(slot_id) if slot is None else self.why_not(agent, slot, doing)
        if slot is None or refusal is not None:
            return refusal
        self._bind(slot, agent.agent_id, doing)
        if not doing.is_own:
            self._tell(agent.agent_id, NoticeKind.BOOKED, slot, doing)
        self._note("shift.booked", slot_id, after={"agent": agent.agent_id})
        return None

    def release(self, slot_id: str, agent_id: AgentId, doing: Doing) -> Refusal | None:
        """A person takes the agent out of the slot; the agent is told. An agent's own word binds."""
        booking = self.booking_of(agent_id, slot_id)
        if booking is None:
            return _no_such(slot_id)
        if doing.is_own:
            return Refusal(code=RefusalCode.SHIFT_BINDING, facts={"shift": slot_id})
        slot = self.slots[slot_id]
        if slot.to_at <= doing.at:
            return Refusal(code=RefusalCode.SHIFT_BEGUN, facts={"shift": slot_id})
        self._unbind(booking, BookingState.RELEASED, doing)
        self._tell(agent_id, NoticeKind.RELEASED, slot, doing)
        self._note("shift.released", slot_id, before={"agent": agent_id})
        return None

    # -- swaps ---------------------------------------------------------------------------------------------------------

    def offer(self, slot_id: str, agent_id: AgentId, to_agent: AgentId | None, doing: Doing) -> Refusal | None:
        """The agent's booking may be taken by that agent, or by anybody; until then it binds."""
        booking = self.booking_of(agent_id, slot_id)
        if booking is None or to_agent == agent_id:
            return _no_such(slot_id)
        if self.slots[slot_id].from_at <= doing.at:
            return Refusal(code=RefusalCode.SHIFT_BEGUN, facts={"shift": slot_id})
        self._end_swaps(booking.booking_id, doing.at)
        self.swaps[doing.new_id] = Swap(
            swap_id=doing.new_id,
            booking_id=booking.booking_id,
            from_agent=agent_id,
            to_agent=to_agent,
            offered_at=doing.at,
        )
        self._note("shift.offered", slot_id, after={"agent": agent_id, "to": to_agent})
        return None

    def withdraw(self, swap_id: str, doing: Doing) -> Refusal | None:
        """The offer is off."""
        swap = self.swaps.get(swap_id)
        if swap is None or swap.state is not RequestState.OPEN:
            return _no_such(swap_id)
        self.swaps[swap_id] = replace(swap, state=RequestState.WITHDRAWN, ended_at=doing.at)
        self._note("shift.offer_withdrawn", swap_id)
        return None

    def take(self, swap_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None:
        """The other agent is bound instead, in the same moment: the slot is at no time short of one or over by one."""
        swap = self.swaps.get(swap_id)
        booking = None if swap is None else self.bookings.get(swap.booking_id)
        if swap is None or booking is None or swap.state is not RequestState.OPEN or not booking.binds:
            return _no_such(swap_id)
        if swap.to_agent not in (None, agent.agent_id) or swap.from_agent == agent.agent_id:
            return _no_such(swap_id)
        slot = self.slots[booking.slot_id]
        if slot.from_at <= doing.at:
            return Refusal(code=RefusalCode.SHIFT_BEGUN, facts={"shift": slot.slot_id})
        refusal = self.why_not(agent, slot, doing, frees_a_place=True)
        if refusal is not None:
            return refusal
        self._unbind(booking, BookingState.HANDED_ON, doing)
        self._bind(slot, agent.agent_id, doing)
        self.swaps[swap_id] = replace(swap, state=RequestState.TAKEN, taken_by=agent.agent_id, ended_at=doing.at)
        self._tell(swap.from_agent, NoticeKind.HANDED_ON, slot, doing)
        self._note("shift.handed_on", slot.slot_id, before={"agent": swap.from_agent}, after={"agent": agent.agent_id})
        return None

    # -- excuses -------------------------------------------------------------------------------------------------------

    def ask_excuse(self, slot_id: str, agent_id: AgentId, reason: ExcuseReason, note: str, doing: Doing) -> Refusal | None:
        """A person is asked to let the agent off; until they do the booking binds. Also afterwards: illness asks nobody."""
        booking = self.booking_of(agent_id, slot_id)
        if booking is None:
            return _no_such(slot_id)
        if any(e.booking_id == booking.booking_id and e.state is RequestState.OPEN for e in self.excuses.values()):
            return Refusal(code=RefusalCode.SHIFT_EXCUSE_OPEN, facts={"shift": slot_id})
        self.excuses[doing.new_id] = Excuse(
            excuse_id=doing.new_id,
            booking_id=booking.booking_id,
            agent_id=agent_id,
            reason=reason,
            note=note,
            asked_at=doing.at,
        )
        self._note("shift.excuse_asked", slot_id, after={"agent": agent_id})  # neither why nor the note: that is theirs
        return None

    def decide(self, excuse_id: str, doing: Doing, *, is_granted: bool) -> Refusal | None:
        """A person decided. Granted: the booking is planned time no more, and its place is free. Nobody decides on their own."""
        excuse = self.excuses.get(excuse_id)
        if excuse is None or excuse.state is not RequestState.OPEN:
            return _no_such(excuse_id)
        if doing.is_own:
            return Refusal(code=RefusalCode.SHIFT_BINDING, facts={"excuse": excuse_id})
        booking = self.bookings[excuse.booking_id]
        if not booking.binds:
            return _no_such(excuse_id)
        state = RequestState.GRANTED if is_granted else RequestState.REFUSED
        # What they told of themselves has served its end, and goes.
        self.excuses[excuse_id] = replace(excuse, state=state, note="", decided_by=doing.by, decided_at=doing.at)
        if is_granted:
            self._unbind(booking, BookingState.EXCUSED, doing)
        kind = NoticeKind.EXCUSED if is_granted else NoticeKind.NOT_EXCUSED
        self._tell(excuse.agent_id, kind, self.slots[booking.slot_id], doing)
        self._note(f"shift.excuse_{state.value}", booking.slot_id, after={"agent": excuse.agent_id})
        return None

    # -- the plan itself -----------------------------------------------------------------------------------------------

    def put(self, slot: Slot, doing: Doing) -> Refusal | None:
        """The slot is in the plan as given. Who is bound stays so, and is told of another time.

        Refused: fewer heads than are bound; another time that clashes with what a bound agent has; other work than they booked.
        """
        before = self.slots.get(slot.slot_id)
        if before is not None:
            refusal = self._why_not_put(before, slot)
            if refusal is not None:
                return refusal
        self.slots[slot.slot_id] = slot
        if before == slot:
            return None
        if before is not None and (before.from_at, before.to_at) != (slot.from_at, slot.to_at):
            for booking in self.binding(slot.slot_id):
                self._tell(booking.agent_id, NoticeKind.MOVED, slot, doing)
        told = _told(slot)
        self._note("shift.added" if before is None else "shift.changed", slot.slot_id, _told(before) if before else None, told)
        return None

    def cancel(self, slot_id: str, doing: Doing) -> Refusal | None:
        """The slot is out of the plan; who was bound is free, and is told."""
        slot = self.slots.get(slot_id)
        if slot is None or slot.is_cancelled:
            return _no_such(slot_id)
        if slot.to_at <= doing.at:
            return Refusal(code=RefusalCode.SHIFT_BEGUN, facts={"shift": slot_id})
        for booking in self.binding(slot_id):
            self._unbind(booking, BookingState.CANCELLED, doing)
            self._tell(booking.agent_id, NoticeKind.CANCELLED, slot, doing)
        self.slots[slot_id] = replace(slot, is_cancelled=True)
        self._note("shift.cancelled", slot_id, before=_told(slot))
        return None

    def _why_not_put(self, before: Slot, slot: Slot) -> Refusal | None:
        bound = self.binding(slot.slot_id)
        if before.is_cancelled:
            return _no_such(slot.slot_id)
        if len(bound) > slot.headcount:
            return Refusal(code=RefusalCode.SHIFT_BINDING, facts={"shift": slot.slot_id, "booked": len(bound)})
        if bound and (before.scope, before.scope_id) != (slot.scope, slot.scope_id):
            return Refusal(code=RefusalCode.SHIFT_BINDING, facts={"shift": slot.slot_id, "booked": len(bound)})
        for booking in bound:
            for other in self.bound_to(booking.agent_id):
                if other.slot_id != slot.slot_id and self.slots[other.slot_id].overlaps(slot):
                    return Refusal(code=RefusalCode.SHIFT_OVERLAPS, facts={"shift": slot.slot_id, "other": other.slot_id})
        return None

    # -- what every deed does ------------------------------------------------------------------------------------------

    def _bind(self, slot: Slot, agent_id: AgentId, doing: Doing) -> None:
        booking = Booking(
            booking_id=doing.new_id, slot_id=slot.slot_id, agent_id=agent_id, booked_at=doing.at, booked_by=doing.by
        )
        self.bookings[doing.new_id] = booking
        self._index(booking)

    def _index(self, booking: Booking) -> None:
        self._of_slot.setdefault(booking.slot_id, {})[booking.booking_id] = None
        self._of_agent.setdefault(booking.agent_id, {})[booking.booking_id] = None

    def _unbind(self, booking: Booking, state: BookingState, doing: Doing) -> None:
        del self._of_slot[booking.slot_id][booking.booking_id], self._of_agent[booking.agent_id][booking.booking_id]
        self.bookings[booking.booking_id] = replace(booking, state=state, ended_at=doing.at)
        self._end_swaps(booking.booking_id, doing.at)
        for excuse in list(self.excuses.values()):
            if excuse.booking_id == booking.booking_id and excuse.state is RequestState.OPEN:
                self.excuses[excuse.excuse_id] = replace(excuse, state=RequestState.WITHDRAWN, note="", decided_at=doing.at)

    def _end_swaps(self, booking_id: str, at: Instant) -> None:
        for swap in list(self.swaps.values()):
            if swap.booking_id == booking_id and swap.state is RequestState.OPEN:
                self.swaps[swap.swap_id] = replace(swap, state=RequestState.WITHDRAWN, ended_at=at)

    def _tell(self, agent_id: AgentId, kind: NoticeKind, slot: Slot, doing: Doing) -> None:
        notice_id = f"{doing.new_id}.{len(self.notices) + 1}"
        self.notices[notice_id] = Notice(
            notice_id=notice_id,
            agent_id=agent_id,
            at=doing.at,
            kind=kind,
            slot_id=slot.slot_id,
            from_at=slot.from_at,
            to_at=slot.to_at,
        )

    def _note(
        self,
        deed: str,
        subject: str,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        self.done.append(Done(deed=deed, subject=subject, before=before, after=after))


def faults_of(book: ShiftBook) -> Iterable[str]:
    """Everything that must never hold of a plan: an agent in two places at once, or more bound than wanted."""
    for slot_id, slot in book.slots.items():
        bound = book.binding(slot_id)
        if len(bound) > slot.headcount:
            yield f"{slot_id} has {len(bound)} bound, {slot.headcount} wanted"
        for one in bound:
            for other in book.bookings.values():
                is_another = other.binds and other.agent_id == one.agent_id and other.booking_id != one.booking_id
                if is_another and book.slots[other.slot_id].overlaps(slot):
                    yield f"{one.agent_id} is in {slot_id} and {other.slot_id} at once"


def _told(slot: Slot) -> dict[str, object]:
    return {
        "scope": slot.scope.value,
        "scope_id": slot.scope_id,
        "from_at": slot.from_at,
        "to_at": slot.to_at,
        "headcount": slot.headcount,
        "leader": slot.leader,
    }


def _no_such(identifier: str) -> Refusal:
    return Refusal(code=RefusalCode.NO_SUCH_SHIFT, facts={"shift": identifier})
