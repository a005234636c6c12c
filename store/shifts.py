"""The plan of shifts in the database. The rules are the book's (routing/shifts/book.py): a part of it is read, changed, written.

Whoever changes the plan holds its one row locked from before the reading until the commit: two who want the last place come one
after the other, on either database.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.directory import AgentProfile
from routing.shifts.book import Doing, Done, ShiftBook, ShiftRules
from routing.shifts.plan_file import Wanted
from routing.shifts.slots import (
    Booking,
    BookingState,
    Excuse,
    ExcuseReason,
    Notice,
    PlannedSpan,
    RequestState,
    Slot,
    SlotScope,
    Swap,
)
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.shift_rows import TABLES, book_of, read, read_in, slots_between
from store.tables.shifts import SHIFT_EXCUSES, SHIFT_NOTICES, SHIFT_PLAN, SHIFT_SWAPS
from store.upserts import insert_new, insert_or_replace, values_of
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import AgentId, Instant

_THE_PLAN = 1
_PAGE = 200
Deed = Callable[[ShiftBook], Refusal | None]
Span = tuple[Instant, Instant]
SpanOf = Callable[[AsyncConnection], Awaitable[Span | None]]
NO_SUCH_SHIFT = Refusal(code=RefusalCode.NO_SUCH_SHIFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file changed in the plan, or would change."""

    added: int
    changed: int
    booked: int


class ShiftStore:
    """Reads the plan and changes it; every change is on record as `by` whom."""

    def __init__(self, engine: AsyncEngine, rules: ShiftRules | None = None) -> None:
        self._engine = engine
        self._rules = rules or ShiftRules()

    # -- reading ---------------------------------------------------------------------------------------------------------

    async def plan(self, from_at: Instant, to_at: Instant) -> ShiftBook:
        """The slots that touch the stretch, who is bound to them, and the swaps and excuses that are open."""
        async with reading(self._engine) as connection:
            return await book_of(connection, from_at, to_at, self._rules)

    async def slot(self, slot_id: str) -> Slot | None:
        """That slot, also one that was cancelled."""
        async with reading(self._engine) as connection:
            return await _slot(connection, slot_id)

    async def swap(self, swap_id: str) -> Swap | None:
        """That offer."""
        async with reading(self._engine) as connection:
            return next(iter(await read_in(connection, Swap, "swap_id", [swap_id])), None)

    async def excuse(self, excuse_id: str) -> Excuse | None:
        """That excuse."""
        async with reading(self._engine) as connection:
            return next(iter(await read_in(connection, Excuse, "excuse_id", [excuse_id])), None)

    async def open_requests(self) -> ShiftBook:
        """The swaps and excuses that are open, with the bookings and slots they are about."""
        async with reading(self._engine) as connection:
            swaps = await read(connection, Swap, select(SHIFT_SWAPS).where(SHIFT_SWAPS.c.state == RequestState.OPEN))
            excuses = await read(connection, Excuse, select(SHIFT_EXCUSES).where(SHIFT_EXCUSES.c.state == RequestState.OPEN))
            ids = [*(each.booking_id for each in swaps), *(each.booking_id for each in excuses)]
            bookings = await read_in(connection, Booking, "booking_id", ids)
            slots = await read_in(connection, Slot, "slot_id", (each.slot_id for each in bookings))
        return ShiftBook(
            rules=self._rules,
            slots={each.slot_id: each for each in slots},
            bookings={each.booking_id: each for each in bookings},
            swaps={each.swap_id: each for each in sorted(swaps, key=lambda each: each.swap_id)},
            excuses={each.excuse_id: each for each in sorted(excuses, key=lambda each: each.excuse_id)},
        )

    async def notices(self, agent_id: AgentId) -> Sequence[Notice]:
        """What the agent has not seen yet, the oldest first."""
        notices = SHIFT_NOTICES.c
        query = select(SHIFT_NOTICES).where(notices.agent_id == agent_id, notices.seen_at.is_(None))
        async with reading(self._engine) as connection:
            return await read(connection, Notice, query.order_by(notices.at, notices.notice_id))

    async def seen(self, agent_id: AgentId, up_to: Instant, at: Instant) -> int:
        """The agent has seen what they were told up to then; returns how much that was."""
        notices = SHIFT_NOTICES.c
        unseen = update(SHIFT_NOTICES).where(notices.agent_id == agent_id, notices.seen_at.is_(None), notices.at <= up_to)
        async with writing(self._engine) as connection:
            return (await connection.execute(unseen.values(seen_at=at))).rowcount

    async def revision(self) -> int:
        """The number of the last change of the plan; 0 before the first."""
        async with reading(self._engine) as connection:
            return (await connection.execute(select(SHIFT_PLAN.c.revision))).scalar() or 0

    async def spans(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None = None
    ) -> Mapping[AgentId, tuple[PlannedSpan, ...]]:
        """Everybody's planned time that touches the stretch, in its order; what was excused is marked."""
        states = (BookingState.BOOKED, BookingState.EXCUSED)
        async with reading(self._engine) as connection:
            slots = {each.slot_id: each for each in await slots_between(connection, from_at, to_at)}
            bookings = await read_in(connection, Booking, "slot_id", slots)
        found: dict[AgentId, list[PlannedSpan]] = {}
        for each in bookings:
            if each.state in states and (agent_ids is None or each.agent_id in agent_ids):
                found.setdefault(each.agent_id, []).append(_span(slots[each.slot_id], each))
        return {agent_id: tuple(sorted(spans, key=lambda s: (s.from_at, s.to_at))) for agent_id, spans in sorted(found.items())}

    # -- what agents do --------------------------------------------------------------------------------------------------

    async def book(self, slot_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None:
        """The agent is bound to the slot."""
        return await self._of_slot(slot_id, doing, lambda book: book.book(slot_id, agent, doing))

    async def release(self, slot_id: str, agent_id: AgentId, doing: Doing, reason: str = "") -> Refusal | None:
        """A person took the agent out of the slot."""
        return await self._of_slot(slot_id, doing, lambda book: book.release(slot_id, agent_id, doing), reason)

    async def offer(self, slot_id: str, agent_id: AgentId, to_agent: AgentId | None, doing: Doing) -> Refusal | None:
        """The agent's booking may be taken over, by that agent or by anybody."""
        return await self._of_slot(slot_id, doing, lambda book: book.offer(slot_id, agent_id, to_agent, doing))

    async def take(self, swap_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None:
        """The agent is bound in the place of who offered."""
        swap = await self.swap(swap_id)
        deed: Deed = lambda book: book.take(swap_id, agent, doing)  # noqa: E731
        return NO_SUCH_SHIFT if swap is None else await self._of_booking(swap.booking_id, doing, deed)

    async def withdraw(self, swap_id: str, doing: Doing) -> Refusal | None:
        """The offer is off."""
        swap = await self.swap(swap_id)
        deed: Deed = lambda book: book.withdraw(swap_id, doing)  # noqa: E731
        return NO_SUCH_SHIFT if swap is None else await self._of_booking(swap.booking_id, doing, deed)

    async def ask_excuse(self, slot_id: str, agent_id: AgentId, reason: ExcuseReason, note: str, doing: Doing) -> Refusal | None:
        """A person is asked to let the agent off."""
        return await self._of_slot(slot_id, doing, lambda book: book.ask_excuse(slot_id, agent_id, reason, note, doing))

    # -- what people decide ----------------------------------------------------------------------------------------------

    async def decide(self, excuse_id: str, doing: Doing, *, is_granted: bool, reason: str = "") -> Refusal | None:
        """The excuse is granted or refused."""
        excuse = await self.excuse(excuse_id)
        deed: Deed = lambda book: book.decide(excuse_id, doing, is_granted=is_granted)  # noqa: E731
        return NO_SUCH_SHIFT if excuse is None else await self._of_booking(excuse.booking_id, doing, deed, reason)

    async def put(self, slot: Slot, doing: Doing, reason: str = "") -> Refusal | None:
        """The slot is in the plan as given."""

        async def span(connection: AsyncConnection) -> Span | None:
            before = await _slot(connection, slot.slot_id)
            if before is None:
                return slot.from_at, slot.to_at
            if before.is_cancelled:
                return None
            return min(slot.from_at, before.from_at), max(slot.to_at, before.to_at)

        return await self._changed(span, doing, lambda book: book.put(slot, doing), reason)

    async def cancel(self, slot_id: str, doing: Doing, reason: str = "") -> Refusal | None:
        """The slot is out of the plan."""
        return await self._of_slot(slot_id, doing, lambda book: book.cancel(slot_id, doing), reason)

    async def put_all(
        self, wanted: Sequence[Wanted], agents: Mapping[AgentId, AgentProfile], doing: Doing, *, is_dry_run: bool = False
    ) -> Imported | tuple[Wanted, Refusal]:
        """All slots of a file are in the plan and their people booked, in one transaction; or nothing, and the line at fault.

        A slot of the same time and work as one that is there is that one, with the file's heads and leader.
        """
        if not wanted:
            return Imported(added=0, changed=0, booked=0)
        begins, ends = min(each.slot.from_at for each in wanted), max(each.slot.to_at for each in wanted)
        counts = {"added": 0, "changed": 0, "booked": 0}
        failed: list[tuple[Wanted, Refusal]] = []

        def deed(book: ShiftBook) -> Refusal | None:
            there = {(s.scope, s.scope_id, s.from_at, s.to_at): s for s in book.slots.values()}
            for number, each in enumerate(wanted):
                key = (each.slot.scope, each.slot.scope_id, each.slot.from_at, each.slot.to_at)
                numbered = replace(doing, new_id=f"{doing.new_id}-{number}")
                refusal = _put_one(book, each, there.get(key), agents, doing=numbered, counts=counts)
                if refusal is not None:
                    failed.append((each, refusal))
                    return refusal
            return None

        async def span(_connection: AsyncConnection) -> Span:
            return begins, ends

        refusal = await self._changed(span, doing, deed, is_dry_run=is_dry_run)
        return failed[0] if refusal is not None else Imported(**counts)

    # -- how a change is made --------------------------------------------------------------------------------------------

    async def _of_slot(self, slot_id: str, doing: Doing, deed: Deed, reason: str = "") -> Refusal | None:
        async def span(connection: AsyncConnection) -> Span | None:
            slot = await _slot(connection, slot_id)
            return None if slot is None or slot.is_cancelled else (slot.from_at, slot.to_at)

        return await self._changed(span, doing, deed, reason)

    async def _of_booking(self, booking_id: str, doing: Doing, deed: Deed, reason: str = "") -> Refusal | None:
        async with reading(self._engine) as connection:
            booking = next(iter(await read_in(connection, Booking, "booking_id", [booking_id])), None)
        return NO_SUCH_SHIFT if booking is None else await self._of_slot(booking.slot_id, doing, deed, reason)

    async def _changed(
        self, span_of: SpanOf, doing: Doing, deed: Deed, reason: str = "", *, is_dry_run: bool = False
    ) -> Refusal | None:
        """The deed is done to the plan of that stretch, which nobody else changes meanwhile."""
        async with writing(self._engine) as connection:
            await connection.execute(insert_new(self._engine, SHIFT_PLAN).values(id=_THE_PLAN, revision=0))
            await connection.execute(update(SHIFT_PLAN).values(revision=SHIFT_PLAN.c.revision + 1))
            span = await span_of(connection)
            if span is None:
                await connection.rollback()
                return NO_SUCH_SHIFT
            book = await book_of(connection, *span, self._rules)
            before = _records(book)
            refusal = deed(book)
            if refusal is not None or is_dry_run or not book.done:
                await connection.rollback()
                return refusal
            await self._write(connection, before, _records(book))
            author = Author(user_id=doing.by, at=doing.at, reason=reason)
            await put_on_record(connection, author, [_altered(each) for each in book.done])
        return None

    async def _write(self, connection: AsyncConnection, before: Mapping[Any, Any], after: Mapping[Any, Any]) -> None:
        changed = [record for key, record in after.items() if before.get(key) is not record]
        for kind, table in TABLES.items():
            rows = [values_of(record) for record in changed if type(record) is kind]
            for start in range(0, len(rows), _PAGE):
                await connection.execute(insert_or_replace(self._engine, table), rows[start : start + _PAGE])


async def _slot(connection: AsyncConnection, slot_id: str) -> Slot | None:
    return next(iter(await read_in(connection, Slot, "slot_id", [slot_id])), None)


def _records(book: ShiftBook) -> dict[tuple[type, str], Any]:
    kept = (book.slots, book.bookings, book.swaps, book.excuses, book.notices)
    return {(type(record), key): record for records in kept for key, record in records.items()}


def _altered(done: Done) -> Altered:
    return Altered(deed=done.deed, subject=done.subject, before=done.before, after=done.after)


def _span(slot: Slot, booking: Booking) -> PlannedSpan:
    return PlannedSpan(
        from_at=slot.from_at,
        to_at=slot.to_at,
        project_id=slot.scope_id if slot.scope is SlotScope.PROJECT else None,
        is_excused=booking.state is BookingState.EXCUSED,
    )


def _put_one(
    book: ShiftBook,
    wanted: Wanted,
    there: Slot | None,
    agents: Mapping[AgentId, AgentProfile],
    *,
    doing: Doing,
    counts: dict[str, int],
) -> Refusal | None:
    slot = replace(wanted.slot, slot_id=doing.new_id if there is None else there.slot_id)
    refusal = book.put(slot, doing)
    if refusal is not None:
        return refusal
    counts["added"] += there is None
    counts["changed"] += there is not None and there != slot
    for number, agent_id in enumerate(wanted.agents):
        if book.booking_of(agent_id, slot.slot_id) is not None:
            continue
        agent = agents.get(agent_id)
        if agent is None:
            return Refusal(code=RefusalCode.NO_SUCH_AGENT, facts={"agent": agent_id})
        refusal = book.book(slot.slot_id, agent, replace(doing, new_id=f"{doing.new_id}.{number}"))
        if refusal is not None:
            return refusal
        counts["booked"] += 1
    return None
