"""The journal's side of the database: writes whole batches, each exactly once, on one connection of its own."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import is_sqlite, open_writer
from store.journal_codec import Row
from store.lease import Lease, require_epoch
from store.open_streams import Bond, Family, OpenStream, OpenStreams, StreamChanges
from store.parties import SealedParty
from store.tables.journal import OPEN_STREAMS
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
        self._statements = _Statements(is_sqlite(engine))

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
            async with connection.begin():
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
            first_new = next((i for i, row in enumerate(batch.rows) if row[0] > self._last_seq), len(batch.rows))
            changes = self._streams.changes_of(batch.envelopes[first_new:])
            async with connection.begin():
                if self._lease is not None:
                    await require_epoch(connection, self._lease)
                if first_new:
                    await self._require_same(connection, batch.rows[:first_new])
                await self._insert(connection, batch.rows[first_new:], batch.parties)
                await self._write_changes(connection, changes)
        except BaseException:
            await self.disconnect()
            raise
        self._streams.apply(changes)
        self._last_seq = max(self._last_seq, batch.last_seq)

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
        self._streams, self._last_seq = OpenStreams(streams), last_seq or 0

    async def _insert(self, connection: AsyncConnection, rows: Sequence[Row], parties: Sequence[SealedParty]) -> None:
        if rows:
            await connection.exec_driver_sql(self._statements.insert_events, list(rows))
        if parties:
            await connection.exec_driver_sql(self._statements.insert_parties, list(parties))

    async def _write_changes(self, connection: AsyncConnection, changes: StreamChanges) -> None:
        opened = [
            (key[0].value, key[1], stream.first_seq, stream.bond.value, int(stream.is_leaving))
            for key, stream in changes.streams.items()
            if stream is not None
        ]
        closed = [(key[0].value, key[1]) for key, stream in changes.streams.items() if stream is None]
        passes = [(agent_id, pass_after, seq) for agent_id, (pass_after, seq) in changes.passes.items()]
        for statement, values in (
            (self._statements.upsert_streams, opened),
            (self._statements.delete_streams, closed),
            (self._statements.upsert_passes, passes),
        ):
            if values:
                await connection.exec_driver_sql(statement, list[tuple[Any, ...]](values))

    async def _require_same(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """What is skipped as already written must be the same events: a spool of another database is refused, not swallowed."""
        for row in {rows[0][0]: rows[0], rows[-1][0]: rows[-1]}.values():
            found = (await connection.exec_driver_sql(self._statements.select_event_id, (row[0],))).scalar()
            if found is not None and found != row[1]:
                raise JournalError(
                    f"the database holds another event under number {row[0]}: this spool belongs to another database, "
                    "or two processes have written; keep both files",
                    seq=row[0],
                )


class _Statements:
    """The statements as the driver takes them: no compiling between the turn and the disk."""

    def __init__(self, for_sqlite: bool) -> None:
        def marked(statement: str) -> str:
            numbers = count(1)
            return statement if for_sqlite else re.sub(r"\?", lambda _: f"${next(numbers)}", statement)

        self.insert_events = marked(
            "INSERT INTO journal "
            "(seq, event_id, occurred_at, received_at, kind, version, call_id, agent_id, switch, payload) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING"
        )
        self.insert_parties = marked(
            "INSERT INTO parties (party_id, seen_at, lookup_hash, wrapped_key, number_cipher, name_cipher) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (party_id) DO NOTHING"
        )
        self.upsert_streams = marked(
            "INSERT INTO open_streams (family, stream_id, first_seq, bond, is_leaving) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (family, stream_id) DO UPDATE SET "
            "first_seq = excluded.first_seq, bond = excluded.bond, is_leaving = excluded.is_leaving"
        )
        self.delete_streams = marked("DELETE FROM open_streams WHERE family = ? AND stream_id = ?")
        self.upsert_passes = marked(
            "INSERT INTO agent_passes (agent_id, pass_after, seq) VALUES (?, ?, ?) "
            "ON CONFLICT (agent_id) DO UPDATE SET pass_after = excluded.pass_after, seq = excluded.seq"
        )
        self.select_event_id = marked("SELECT event_id FROM journal WHERE seq = ?")
