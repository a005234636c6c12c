"""Callers who are known by number: on lists, blocked for agents, and whom they talked to last. Held by keyed hashes alone.

The book answers from memory, since a call waits for the answer. What is written here raises the centre's revision, so every
process that follows it reads the book anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Table, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.audit import Altered, Author, put_on_record
from store.centre_rows import read_centre, write_centre
from store.engine import reading, writing
from store.tables.callers import BLOCKED_CALLERS, CALLER_LIST_ENTRIES, LAST_AGENTS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.engine.ports import NO_MARKS, CallerMarks
from telephony.events import AgentConnected, CallEnded, Envelope, LegOffered
from telephony.identifiers import SECOND, AgentId, CallId, Instant, PartyId


class Hashes(Protocol):
    """The keyed hash of a number, however it is written."""

    def lookup_hash(self, number: str) -> bytes: ...


KEPT_US = 30 * 86_400 * SECOND
"""Whom a caller talked to last is forgotten after thirty days."""
UNCLAIMED_KEPT = 4_096
_PAGE = 500


class KnownCallers:
    """Who is known, in memory; `load` and `save` are its ways to the database."""

    def __init__(self, engine: AsyncEngine, keys: Hashes) -> None:
        self._engine = engine
        self._keys = keys
        self._lists: dict[bytes, tuple[str, ...]] = {}
        self._blocked: dict[bytes, tuple[AgentId, ...]] = {}
        self._last: dict[bytes, AgentId] = {}
        self._unsaved: dict[bytes, tuple[AgentId, Instant]] = {}
        self._arriving: dict[PartyId, bytes] = {}
        self._calls: dict[CallId, bytes] = {}
        self.remembers_agents = False
        """Whether any project's callers wait for whom they talked to last."""

    # -- beside the calls: nothing here waits ----------------------------------------------------------------------------

    def __call__(self, number: str, party_id: PartyId) -> CallerMarks:
        """What is known of the caller of that number."""
        if not (self.remembers_agents or self._lists or self._blocked):
            return NO_MARKS
        lookup_hash = self._keys.lookup_hash(number)
        if self.remembers_agents:
            self._arriving[party_id] = lookup_hash
            if len(self._arriving) > UNCLAIMED_KEPT:
                del self._arriving[next(iter(self._arriving))]
        return CallerMarks(
            caller_lists=self._lists.get(lookup_hash, ()),
            last_agent_id=self._last.get(lookup_hash),
            blocked_agents=self._blocked.get(lookup_hash, ()),
        )

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Whom the callers of today talk to is noted."""
        for envelope in envelopes:
            event, call_id = envelope.event, envelope.call_id
            if call_id is None:
                continue
            if isinstance(event, LegOffered):
                lookup_hash = self._arriving.pop(event.party_id, None)
                if lookup_hash is not None:
                    self._calls[call_id] = lookup_hash
            elif isinstance(event, AgentConnected) and call_id in self._calls:
                lookup_hash = self._calls[call_id]
                self._last[lookup_hash] = event.agent_id
                self._unsaved[lookup_hash] = (event.agent_id, envelope.occurred_at)
            elif isinstance(event, CallEnded):
                self._calls.pop(call_id, None)

    # -- with the database -----------------------------------------------------------------------------------------------

    async def load(self, now: Instant) -> None:
        """The book is as the database has it, and as the calls since the last `save` left it."""
        lists: dict[bytes, list[str]] = {}
        blocked: dict[bytes, list[AgentId]] = {}
        last: dict[bytes, AgentId] = {}
        async with reading(self._engine) as connection:
            for row in await connection.execute(select(CALLER_LIST_ENTRIES).order_by(CALLER_LIST_ENTRIES.c.list_name)):
                lists.setdefault(row.lookup_hash, []).append(row.list_name)
            for row in await connection.execute(select(BLOCKED_CALLERS).order_by(BLOCKED_CALLERS.c.agent_id)):
                blocked.setdefault(row.lookup_hash, []).append(AgentId(row.agent_id))
            if self.remembers_agents:
                recent = select(LAST_AGENTS).where(LAST_AGENTS.c.talked_at >= now - KEPT_US)
                last = {row.lookup_hash: AgentId(row.agent_id) for row in await connection.execute(recent)}
        self._lists = {each: tuple(names) for each, names in lists.items()}
        self._blocked = {each: tuple(agents) for each, agents in blocked.items()}
        self._last = last | {each: agent_id for each, (agent_id, _) in self._unsaved.items()}

    async def save(self, now: Instant) -> None:
        """Whom callers talked to since the last time is written; what is too old is gone."""
        unsaved, self._unsaved = self._unsaved, {}
        try:
            async with writing(self._engine) as connection:
                await connection.execute(delete(LAST_AGENTS).where(LAST_AGENTS.c.talked_at < now - KEPT_US))
                for start in range(0, len(unsaved), _PAGE):
                    page = list(unsaved.items())[start : start + _PAGE]
                    await connection.execute(delete(LAST_AGENTS).where(LAST_AGENTS.c.lookup_hash.in_([key for key, _ in page])))
                    rows = [{"lookup_hash": key, "agent_id": agent, "talked_at": at} for key, (agent, at) in page]
                    await connection.execute(insert(LAST_AGENTS), rows)
        except BaseException:
            self._unsaved = unsaved | self._unsaved
            raise

    @property
    def has_unsaved(self) -> bool:
        """Whether `save` has something to write."""
        return bool(self._unsaved)

    async def counts(self) -> Mapping[str, int]:
        """How many numbers each list has."""
        entries = CALLER_LIST_ENTRIES.c
        query = select(entries.list_name, func.count()).group_by(entries.list_name)
        async with reading(self._engine) as connection:
            return {row[0]: row[1] for row in (await connection.execute(query)).all()}

    async def counts_of_blocked(self) -> Mapping[AgentId, int]:
        """How many numbers are blocked for each agent who has any."""
        pairs = BLOCKED_CALLERS.c
        query = select(pairs.agent_id, func.count()).group_by(pairs.agent_id)
        async with reading(self._engine) as connection:
            return {AgentId(row[0]): row[1] for row in (await connection.execute(query)).all()}

    async def put_all_on_lists(self, numbers: Iterable[tuple[str, str]], *, by: Author) -> int:
        """Every number is on the list it stands beside; how many were not before. All at once, one entry a list on record."""
        wanted: dict[str, set[bytes]] = {}
        for list_name, number in numbers:
            wanted.setdefault(list_name, set()).add(self._keys.lookup_hash(number))
        entries = CALLER_LIST_ENTRIES.c
        new = 0
        async with writing(self._engine) as connection:
            for list_name, hashes in wanted.items():
                known = select(entries.lookup_hash).where(entries.list_name == list_name)
                missing = sorted(hashes - set((await connection.execute(known)).scalars()))
                rows = [{"list_name": list_name, "lookup_hash": lookup_hash} for lookup_hash in missing]
                for start in range(0, len(rows), _PAGE):
                    await connection.execute(insert(CALLER_LIST_ENTRIES), rows[start : start + _PAGE])
                if rows:
                    altered = Altered(deed="caller_list.numbers_imported", subject=list_name, after={"numbers": len(rows)})
                    await put_on_record(connection, by, [altered])
                new += len(rows)
            if new:
                await raise_revision(connection)
        return new

    async def put_on_list(self, list_name: str, number: str, *, by: Author) -> None:
        """The number is on the list; who said so is on record, the number is not."""
        row = {"list_name": list_name, "lookup_hash": self._keys.lookup_hash(number)}
        await self._change(
            CALLER_LIST_ENTRIES, row, by, Altered(deed="caller_list.number_added", subject=list_name), is_there=True
        )

    async def take_off_list(self, list_name: str, number: str, *, by: Author) -> None:
        """The number is not on the list."""
        row = {"list_name": list_name, "lookup_hash": self._keys.lookup_hash(number)}
        altered = Altered(deed="caller_list.number_removed", subject=list_name)
        await self._change(CALLER_LIST_ENTRIES, row, by, altered, is_there=False)

    async def block(self, agent_id: AgentId, number: str, *, by: Author) -> None:
        """The agent gets no call of that number."""
        row = {"agent_id": agent_id, "lookup_hash": self._keys.lookup_hash(number)}
        await self._change(BLOCKED_CALLERS, row, by, Altered(deed="caller.blocked", subject=agent_id), is_there=True)

    async def unblock(self, agent_id: AgentId, number: str, *, by: Author) -> None:
        """The agent may have the calls of that number."""
        row = {"agent_id": agent_id, "lookup_hash": self._keys.lookup_hash(number)}
        await self._change(BLOCKED_CALLERS, row, by, Altered(deed="caller.unblocked", subject=agent_id), is_there=False)

    async def _change(self, table: Table, row: Mapping[str, object], by: Author, altered: Altered, *, is_there: bool) -> None:
        same = and_(*(table.c[name] == value for name, value in row.items()))
        async with writing(self._engine) as connection:
            was_there = (await connection.execute(select(table).where(same))).first() is not None
            if was_there is is_there:
                return
            await connection.execute(insert(table).values(**row) if is_there else delete(table).where(same))
            await put_on_record(connection, by, [altered])
            await raise_revision(connection)


async def raise_revision(connection: AsyncConnection) -> None:
    """Every process that follows the centre reads it anew."""
    centre = await read_centre(connection)
    await write_centre(connection, replace(centre, revision=centre.revision + 1))


async def forget_callers(connection: AsyncConnection, hashes: Sequence[bytes]) -> None:
    """Nothing is known of these callers any more."""
    gone = 0
    for start in range(0, len(hashes), _PAGE):
        page = hashes[start : start + _PAGE]
        for table in (CALLER_LIST_ENTRIES, BLOCKED_CALLERS, LAST_AGENTS):
            gone += (await connection.execute(delete(table).where(table.c.lookup_hash.in_(page)))).rowcount
        # Do-not-call entries and consents stay: the first protect the person, the others have to be proven.
        tried = DIAL_ATTEMPTS.c.lookup_hash.in_(page)
        await connection.execute(update(DIAL_ATTEMPTS).where(tried).values(lookup_hash=None))
    if gone:
        await raise_revision(connection)
