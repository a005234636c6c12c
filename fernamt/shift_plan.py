"""The plan of shifts as the engine has it: the shifts of the next days, read again when the plan changes and as time goes on."""

import asyncio
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from fernamt.moment import now
from routing.shifts.outside import Plan
from store.shifts import ShiftStore
from telephony.engine.engine import Engine
from telephony.identifiers import SECOND, Instant

REVISION_EVERY_S = 1.0
DAY_US = 86_400 * SECOND
AHEAD_US, BEHIND_US = 8 * DAY_US, DAY_US
READ_AGAIN_US = DAY_US


async def plan_now(shifts: ShiftStore, at: Instant) -> Plan:
    """Everybody's shifts of the last day and the next eight."""
    return await shifts.spans(Instant(at - BEHIND_US), Instant(at + AHEAD_US))


async def follow_shifts(shifts: ShiftStore, engine: Engine, revision: int) -> None:
    """What anybody changes in the plan concerns agents on duty within a second. `revision`: that the engine has already."""
    read_at = now()
    while True:
        await asyncio.sleep(REVISION_EVERY_S)
        with suppress(SQLAlchemyError, OSError):  # while the database is away, the plan stays as it is known
            newest = await shifts.revision()
            if newest != revision or now() - read_at > READ_AGAIN_US:
                read_at = now()
                engine.use_plan(await plan_now(shifts, read_at))
                revision = newest
