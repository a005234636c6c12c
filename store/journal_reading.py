"""Reads the journal from the database, a page at a time: memory stays flat, and no page holds the event loop for long."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import cast

from sqlalchemy import Row, Select, bindparam, func, select, union
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import read_at_once, reading
from store.journal_codec import COLUMNS, JournalCodec
from store.open_streams import Family
from store.shares import shares_in
from store.tables.journal import JOURNAL, OPEN_STREAMS
from telephony.agent.noted import LastShare
from telephony.errors import JournalError
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, Instant

_COLUMNS = [JOURNAL.c[name] for name in COLUMNS]
_OF_CALL = select(*_COLUMNS).where(JOURNAL.c.call_id == bindparam("of_call"))


class JournalReader:
    """Reads what the database holds of the journal; what is in the spool is read once the database has it."""

    def __init__(self, engine: AsyncEngine, codec: JournalCodec, *, page_rows: int = 500) -> None:
        self._engine = engine
        self._codec = codec
        self._page_rows = page_rows

    async def last_seq(self) -> int:
        """The highest number in the database, 0 for an empty journal."""
        async with self._reading() as connection:
            return (await connection.execute(select(func.max(JOURNAL.c.seq)))).scalar() or 0

    def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """The call's events in their order."""
        return self._pages(_OF_CALL, 0, {"of_call": call_id})

    def read_agent(self, agent_id: AgentId, since: int = 0) -> AsyncIterator[Envelope]:
        """The agent's events after number `since`, in their order."""
        return self._pages(select(*_COLUMNS).where(JOURNAL.c.agent_id == agent_id), since)

    def read_since(self, seq: int, until: int | None = None, kinds: Sequence[type[Event]] = ()) -> AsyncIterator[Envelope]:
        """All events after `seq` in their order, up to and with `until`; of these kinds only where any are named."""
        query = select(*_COLUMNS)
        if until is not None:
            query = query.where(JOURNAL.c.seq <= until)
        if not kinds:
            return self._pages(query, seq)
        return _only(tuple(kinds), self._pages(query.where(JOURNAL.c.kind.in_(self._codec.names_of(kinds))), seq))

    async def read_open(self) -> AsyncIterator[Envelope]:
        """The events of open calls and of agents on duty, each once, by number."""
        async with self._reading() as connection:
            lowest = (await connection.execute(select(func.min(OPEN_STREAMS.c.first_seq)))).scalar()
            numbers = [] if lowest is None else (await connection.execute(_open_numbers(lowest))).scalars().all()
        for start in range(0, len(numbers), self._page_rows):
            page = numbers[start : start + self._page_rows]
            for row in await self._rows(select(*_COLUMNS).where(JOURNAL.c.seq.in_(page)).order_by(JOURNAL.c.seq)):
                yield self._codec.decode(row)

    async def last_shares(self) -> Mapping[AgentId, LastShare]:
        """Of each agent who ever had one, the place in the fair share."""
        async with self._reading() as connection:
            return await shares_in(connection)

    async def first_seq_at(self, at: Instant) -> int:
        """The lowest number received at that instant or later, or one past the end: found by halving, without an index.

        Numbers are given in the order of receiving; where our clock was set back in between, the place is off by that stretch.
        """
        async with self._reading() as connection:
            low = (await connection.execute(select(func.min(JOURNAL.c.seq)))).scalar() or 1
            high = ((await connection.execute(select(func.max(JOURNAL.c.seq)))).scalar() or 0) + 1
            while low < high:
                middle = (low + high) // 2
                query = (
                    select(JOURNAL.c.seq, JOURNAL.c.received_at).where(JOURNAL.c.seq >= middle).order_by(JOURNAL.c.seq).limit(1)
                )
                row = (await connection.execute(query)).one()
                if row.received_at < at:
                    low = row.seq + 1
                else:
                    high = middle
        return low

    async def _pages(
        self, query: Select[*tuple[object, ...]], after: int, of_one: Mapping[str, str] | None = None
    ) -> AsyncIterator[Envelope]:
        """`of_one`: what the query is asked with, whose pages are found at once."""
        page = query.where(JOURNAL.c.seq > bindparam("after")).order_by(JOURNAL.c.seq).limit(self._page_rows)
        while True:
            asked = {"after": after, **(of_one or {})}
            rows = await self._rows(page, asked) if of_one is None else await self._few_rows(page, asked)
            for envelope in map(self._codec.decode, rows):
                yield envelope
            if len(rows) < self._page_rows:
                return
            after = cast(int, rows[-1][0])

    async def _rows(
        self, query: Select[*tuple[object, ...]], asked: Mapping[str, object] | None = None
    ) -> Sequence[Row[*tuple[object, ...]]]:
        async with self._reading() as connection:
            return (await connection.execute(query, asked)).all()

    async def _few_rows(
        self, query: Select[*tuple[object, ...]], asked: Mapping[str, object]
    ) -> Sequence[Row[*tuple[object, ...]]]:
        async def work(connection: AsyncConnection) -> Sequence[Row[*tuple[object, ...]]]:
            return (await connection.execute(query, asked)).all()

        with _told():
            return await read_at_once(self._engine, work)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        with _told():
            async with reading(self._engine) as connection:
                yield connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise JournalError(f"the journal cannot be read: {error}") from error


async def _only(kinds: tuple[type[Event], ...], envelopes: AsyncIterator[Envelope]) -> AsyncIterator[Envelope]:
    """What was written under an old name may have become an event of another kind."""
    async for envelope in envelopes:
        if isinstance(envelope.event, kinds):
            yield envelope


def _open_numbers(lowest: int) -> Select[tuple[int]]:
    """The numbers of all events of open streams. `lowest` keeps the planner from reading the whole journal."""
    streams, since_then = OPEN_STREAMS.c, JOURNAL.c.seq >= lowest
    of_calls = select(JOURNAL.c.seq).join(OPEN_STREAMS, JOURNAL.c.call_id == streams.stream_id)
    of_agents = select(JOURNAL.c.seq).join(OPEN_STREAMS, JOURNAL.c.agent_id == streams.stream_id)
    both = union(
        of_calls.where(streams.family == Family.CALL.value, JOURNAL.c.seq >= streams.first_seq, since_then),
        of_agents.where(streams.family == Family.AGENT.value, JOURNAL.c.seq >= streams.first_seq, since_then),
    ).subquery()
    return select(both.c.seq).order_by(both.c.seq)
