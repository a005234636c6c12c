"""Rows of the plan as records, and a part of the plan as a book."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.shifts.book import ShiftBook, ShiftRules
from routing.shifts.slots import Booking, BookingState, Excuse, Notice, RequestState, Slot, Swap
from store.tables.shifts import SHIFT_BOOKINGS, SHIFT_EXCUSES, SHIFT_NOTICES, SHIFT_SLOTS, SHIFT_SWAPS
from telephony.identifiers import Instant

PAGE = 500

Record = Slot | Booking | Swap | Excuse | Notice
R = TypeVar("R", Slot, Booking, Swap, Excuse, Notice)

TABLES: dict[type[Record], Table] = {
    Slot: SHIFT_SLOTS,
    Booking: SHIFT_BOOKINGS,
    Swap: SHIFT_SWAPS,
    Excuse: SHIFT_EXCUSES,
    Notice: SHIFT_NOTICES,
}


async def read(connection: AsyncConnection, record: type[R], query: Select[Any]) -> list[R]:
    """The rows of the query as records."""
    rows = (await connection.execute(query)).mappings().all()
    return [msgspec.convert({str(name): value for name, value in row.items()}, record) for row in rows]


async def read_in(connection: AsyncConnection, record: type[R], column: str, values: Iterable[str]) -> list[R]:
    """The records whose column has one of these values."""
    table, found, wanted = TABLES[record], list[R](), sorted(set(values))
    for start in range(0, len(wanted), PAGE):
        query = select(table).where(table.c[column].in_(wanted[start : start + PAGE]))
        found += await read(connection, record, query)
    return found


async def slots_between(connection: AsyncConnection, from_at: Instant, to_at: Instant) -> list[Slot]:
    """The slots of the plan that touch the stretch, in the order of their beginning."""
    slots = SHIFT_SLOTS.c
    query = select(SHIFT_SLOTS).where(slots.from_at < to_at, slots.to_at > from_at, slots.is_cancelled.is_(False))
    return await read(connection, Slot, query.order_by(slots.from_at, slots.slot_id))


async def book_of(
    connection: AsyncConnection,
    from_at: Instant,
    to_at: Instant,
    rules: ShiftRules,
    states: Sequence[BookingState] = (BookingState.BOOKED,),
) -> ShiftBook:
    """The plan of that stretch: every slot that touches it, their bookings, and what is open about these."""
    slots = await slots_between(connection, from_at, to_at)
    bookings = await read_in(connection, Booking, "slot_id", (slot.slot_id for slot in slots))
    bookings = [each for each in bookings if each.state in states]
    ids = [each.booking_id for each in bookings]
    swaps, excuses = await read_in(connection, Swap, "booking_id", ids), await read_in(connection, Excuse, "booking_id", ids)
    return ShiftBook(
        rules=rules,
        slots={each.slot_id: each for each in slots},
        bookings={each.booking_id: each for each in bookings},
        swaps={each.swap_id: each for each in swaps if each.state is RequestState.OPEN},
        excuses={each.excuse_id: each for each in excuses if each.state is RequestState.OPEN},
    )
