"""What a house does, as its journal tells: tests wait for what is to happen, and look at what did.

    watch = await stack.enter_async_context(watching(house))
    await watch.until(AgentConnected)
    line, = await watch.lines(call_id)

Only what came after the last `mark()` counts, so that tests which share a house do not see each other's calls.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from fernamt.demo.house import House
from fernamt.demo.phones import PATIENCE_S
from fernamt.installation import Database, opened
from metering.lines import CallRecord, MinuteLine
from telephony.events import Envelope, Event, LegAnswered, LegOffered, LegRinging
from telephony.identifiers import AgentId, CallId, Instant

LOOK_EVERY_S = 0.05
"""The journal is another process's: nothing tells of its growth sooner."""

E = TypeVar("E", bound=Event)
T = TypeVar("T")


@dataclass(slots=True)
class Watch:
    """The journal from a place on."""

    house: House
    database: Database
    since: int = 0

    async def mark(self) -> None:
        """What happened so far counts no more."""
        self.since = await self.database.journal.last_seq()

    async def story(self) -> list[Envelope]:
        """Everything since the mark."""
        return [envelope async for envelope in self.database.journal.read_since(self.since)]

    async def all(self, kind: type[E], **fields: Any) -> list[E]:
        """The events of that kind and with these fields, since the mark."""
        return [envelope.event for envelope in await self.found(kind, **fields)]

    async def found(self, kind: type[Event], **fields: Any) -> list[Any]:
        """The same with their numbers and times."""
        return [e for e in await self.story() if isinstance(e.event, kind) and _has(e.event, fields)]

    async def until(self, kind: type[Event], *, count: int = 1, **fields: Any) -> Any:
        """The `count`-th such event, past or to come. Raises AssertionError that tells what came instead."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(found := await self.found(kind, **fields)) < count:  # noqa: ASYNC110 - another process writes
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} {fields} x{count}; saw {await self.told()}") from None
        return found[count - 1]

    async def told(self) -> list[str]:
        """The names of everything since the mark."""
        return [type(envelope.event).__name__ for envelope in await self.story()]

    async def call(self, count: int = 1) -> CallId:
        """The `count`-th caller since the mark."""
        call_id = (await self.until(LegOffered, count=count)).call_id
        assert isinstance(call_id, str)
        return CallId(call_id)

    async def lines(self, call_id: CallId, *, where: Callable[[list[MinuteLine]], bool] = bool) -> list[MinuteLine]:
        """The call's minute lines as soon as they are derived and as wanted."""

        async def look() -> list[MinuteLine] | None:
            lines = [line async for line in self.database.minutes.lines(Instant(0), Instant(1 << 62)) if line.call_id == call_id]
            return lines if where(lines) else None

        return await eventually(look, f"minute lines of {call_id}")

    async def rang_ms(self, leg_id: str) -> int:
        """From the leg's ringing to its answer, by the switch's clock: 0 where it took no millisecond."""
        ringing, answered = await self.until(LegRinging, leg_id=leg_id), await self.until(LegAnswered, leg_id=leg_id)
        return int(answered.occurred_at - ringing.occurred_at) // 1_000

    async def record(self, call_id: CallId) -> CallRecord:
        """The call's record as soon as it is derived."""
        return await eventually(lambda: self.database.minutes.record(call_id), f"the record of {call_id}")


@asynccontextmanager
async def watching(house: House) -> AsyncIterator[Watch]:
    """A watch over the house, beginning now."""
    async with opened(house.settings) as database:
        watch = Watch(house, database)
        await watch.mark()
        yield watch


async def eventually(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What `look` finds, as soon as it is not None. Raises AssertionError naming what did not come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (found := await look()) is None:  # noqa: ASYNC110 - another process writes
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {PATIENCE_S:g} s") from None
    return found


def seconds_between(first: Envelope, second: Envelope) -> float:
    """By the clock of whoever saw both happen."""
    return (second.occurred_at - first.occurred_at) / 1_000_000


def _has(event: Event, fields: dict[str, Any]) -> bool:
    return all(getattr(event, name) == wanted for name, wanted in fields.items())


__all__ = ["AgentId", "Watch", "eventually", "seconds_between", "watching"]
