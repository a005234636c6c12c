"""The journal's side of the database: writes whole batches, each exactly once, on one connection of its own."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import is_sqlite, open_writer, turn_to_write, write_at_once
from store.journal_codec import Row
from store.journal_statements import BatchWriter, write_to_postgresql, write_to_sqlite
from store.lease import Lease, require_epoch
from store.open_streams import Bond, Family, OpenStream, OpenStreams, StreamChanges
from store.parties import SealedParty
from store.shares import shares_in
from store.tables.journal import JOURNAL, OPEN_STREAMS
from telephony.errors import JournalError
from telephony.events import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events that are written in one transaction, with the people they name. `rows` are the envelopes, encoded."""

    envelopes: Sequence[Envelope]
    rows: Sequence[Row]
    parties: Sequence[SealedParty] = ()

    @property
    def last_seq(self) -> int:
        """The highest number in it."""
        return self.rows[-1][0]


class JournalDatabase:
    """Writes batches. The database always holds a beginning of the journal, so its highest number says what is in it."""

    def __init__(self, engine: AsyncEngine, lease: Lease | None = None) -> None:
        self._engine = engine
        self._lease = lease
        self._connection: AsyncConnection | None = None
        self._last_seq = 0
        self._streams = OpenStreams()
        self._write_batch: BatchWriter = write_to_sqlite if is_sqlite(engine) else write_to_postgresql

    @property
    def last_seq(self) -> int:
        """The highest number in the database when it was last spoken to."""
        return self._last_seq

    async def connect(self) -> AsyncConnection:
        """The connection stands and the database's end is known, whatever became of an earlier commit."""
        if self._connection is not None:
            return self._connection
        connection = await open_writer(self._engine)
        try:
            async with turn_to_write(self._engine), connection.begin():
                await self._read_end(connection)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        return connection

    async def write(self, batch: Batch) -> None:
        """The batch is in the database, durably; what of it was there already is not written again.

        Raises what the driver raises when the database is away, `LeaseLost` when another process writes now, and
        `JournalError` when the database holds other events under these numbers.
        """
        try:
            connection = await self.connect()
            if is_sqlite(self._engine):
                changes = await write_at_once(self._engine, lambda blocking: self._write(blocking, batch))
            else:
                async with connection.begin():
                    changes = await self._write(connection, batch)
        except BaseException:
            await self.disconnect()
            raise
        self._streams.apply(changes)
        self._last_seq = max(self._last_seq, batch.last_seq)

    async def _write(self, connection: AsyncConnection, batch: Batch) -> StreamChanges:
        first_new = next((i for i, row in enumerate(batch.rows) if row[0] > self._last_seq), len(batch.rows))
        changes = self._streams.changes_of(batch.envelopes[first_new:])
        if self._lease is not None:
            await require_epoch(connection, self._lease)
        if first_new:
            await self._require_same(connection, batch.rows[:first_new])
        await self._write_batch(connection, batch.rows[first_new:], batch.parties, changes)
        return changes

    async def disconnect(self) -> None:
        """The connection is given up; the next write makes a new one and looks again what the database holds."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):  # it is being thrown away, and may be broken
                await connection.invalidate()
            with suppress(SQLAlchemyError, OSError):
                await connection.close()

    async def _read_end(self, connection: AsyncConnection) -> None:
        rows = (await connection.execute(select(OPEN_STREAMS))).all()
        streams = {
            (Family(row.family), row.stream_id): OpenStream(
                first_seq=row.first_seq, bond=Bond(row.bond), is_leaving=bool(row.is_leaving)
            )
            for row in rows
        }
        last_seq = (await connection.exec_driver_sql("SELECT max(seq) FROM journal")).scalar()
        self._streams, self._last_seq = OpenStreams(streams, await shares_in(connection)), last_seq or 0

    async def _require_same(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """What is skipped as already written must be the same events: a spool of another database is refused, not swallowed."""
        for row in {rows[0][0]: rows[0], rows[-1][0]: rows[-1]}.values():
            found = (await connection.execute(select(JOURNAL.c.event_id).where(JOURNAL.c.seq == row[0]))).scalar()
            if found is not None and found != row[1]:
                raise JournalError(
                    f"the database holds another event under number {row[0]}: this spool belongs to another database, "
                    "or two processes have written; keep both files",
                    seq=row[0],
                )
