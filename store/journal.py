"""The journal in a database, as the engine sees it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.journal_codec import JournalCodec
from store.journal_database import JournalDatabase
from store.journal_reading import JournalReader
from store.journal_writer import JournalHealth, JournalSettings, JournalWriter
from store.lease import Lease
from store.parties import PartyKeys
from store.spool_batches import BatchSpool
from telephony.agent.noted import LastShare
from telephony.engine.ports import PartyRecord
from telephony.errors import JournalError
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, Instant


class SqlJournal:
    """The journal on SQLite or PostgreSQL. Made by `open`; ended by `close`."""

    def __init__(self, *, database: JournalDatabase, reader: JournalReader, spool: BatchSpool, writer: JournalWriter) -> None:
        self._database = database
        self._reader = reader
        self._spool = spool
        self._writer = writer
        self._is_closed = False

    @classmethod
    async def open(
        cls,
        engine: AsyncEngine,
        *,
        spool: Path,
        keys: PartyKeys,
        lease: Lease | None = None,
        settings: JournalSettings | None = None,
    ) -> "SqlJournal":
        """The journal is ready, and what an earlier process left in the spool is in the database.

        Raises `JournalError` when the database or the spool cannot be used: a start needs both. With a `lease`, nothing is
        written any more once another process has taken it.
        """
        codec = JournalCodec()
        file = await asyncio.to_thread(BatchSpool, spool, codec)
        database = JournalDatabase(engine, lease)
        writer = JournalWriter(database=database, spool=file, keys=keys, codec=codec, settings=settings or JournalSettings())
        try:
            await writer.start()
        except BaseException as error:
            await writer.stop()
            await database.disconnect()
            file.close()
            if isinstance(error, SQLAlchemyError | OSError):
                raise JournalError(f"the journal's database cannot be used: {error}") from error
            raise
        return cls(database=database, reader=JournalReader(engine, codec), spool=file, writer=writer)

    async def close(self) -> None:
        """What was in line is on disk, as far as a disk takes it, and the files are closed."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._writer.stop()
        await self._database.disconnect()
        self._spool.close()

    @property
    def health(self) -> JournalHealth:
        """How the journal stands now, for readiness and metrics."""
        return self._writer.health

    def append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord] = ()) -> None:
        """The events are in line to be written; returns at once. Raises `JournalError` for what can never be written."""
        self._writer.append(envelopes, parties)

    @property
    def durable_seq(self) -> int:
        """All events up to this number are on disk, in the database or the spool."""
        return self._writer.waiters.durable_seq

    @property
    def stored_seq(self) -> int:
        """All events up to this number are in the database and on its disk, and so is what was written into it before them."""
        return self._database.last_seq

    async def wait_durable(self, seq: int) -> None:
        """Returns when the event of that number is on disk. Raises `JournalError` when neither database nor spool takes it."""
        await self._writer.waiters.wait(seq)

    async def last_seq(self) -> int:
        """The highest number ever given, 0 for an empty journal; spool included."""
        return self._writer.last_seq

    def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """The call's events in their order; what waits in the spool comes once the database has it, here as in all readings."""
        return self._reader.read_call(call_id)

    def read_agent(self, agent_id: AgentId, since: int = 0) -> AsyncIterator[Envelope]:
        """The agent's events after number `since`, in their order."""
        return self._reader.read_agent(agent_id, since)

    def read_open(self) -> AsyncIterator[Envelope]:
        """The events of all calls without a `CallEnded` and of all agents on duty since their log-in, by number."""
        return self._reader.read_open()

    def read_since(self, seq: int, until: int | None = None, kinds: Sequence[type[Event]] = ()) -> AsyncIterator[Envelope]:
        """All events after `seq` in their order, up to and with `until`; of these kinds only where any are named."""
        return self._reader.read_since(seq, until, kinds)

    async def last_shares(self) -> Mapping[AgentId, LastShare]:
        """Of each agent who ever had one, the place in the fair share."""
        return await self._reader.last_shares()

    async def first_seq_at(self, at: Instant) -> int:
        """The lowest number received at that instant or later, or one past the end."""
        return await self._reader.first_seq_at(at)
