"""How a batch is written, in the words of either database: SQLite takes rows, PostgreSQL columns, all of it in one statement."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from store.journal_codec import Row
from store.open_streams import StreamChanges
from store.parties import SealedParty
from store.shares import share_text


class BatchWriter(Protocol):
    """Writes events, people and what the events change of the open streams, in the caller's transaction."""

    async def __call__(
        self, connection: AsyncConnection, rows: Sequence[Row], parties: Sequence[SealedParty], changes: StreamChanges
    ) -> None: ...


async def write_to_sqlite(
    connection: AsyncConnection, rows: Sequence[Row], parties: Sequence[SealedParty], changes: StreamChanges
) -> None:
    """The batch is in the transaction; events and people already there are left as they are."""
    for statement, values in (
        (_SQLITE_EVENTS, rows),
        (_SQLITE_PARTIES, parties),
        (_SQLITE_OPENED, _opened(changes)),
        (_SQLITE_CLOSED, _closed(changes)),
        (_SQLITE_SHARES, _shares(changes)),
    ):
        if values:
            await connection.exec_driver_sql(statement, list[tuple[Any, ...]](values))


async def write_to_postgresql(
    connection: AsyncConnection, rows: Sequence[Row], parties: Sequence[SealedParty], changes: StreamChanges
) -> None:
    """The same in one round trip: under load, it is the round trips that cost."""
    columns = [
        *_columns(rows, 10),
        *_columns(parties, 6),
        *_columns(_opened(changes), 5),
        *_columns(_closed(changes), 2),
        *_columns(_shares(changes), 4),
    ]
    await connection.exec_driver_sql(_POSTGRESQL_BATCH, tuple(columns))


def _opened(changes: StreamChanges) -> list[tuple[str, str, int, str, int]]:
    return [
        (key[0].value, key[1], stream.first_seq, stream.bond.value, int(stream.is_leaving))
        for key, stream in changes.streams.items()
        if stream is not None
    ]


def _closed(changes: StreamChanges) -> list[tuple[str, str]]:
    return [(key[0].value, key[1]) for key, stream in changes.streams.items() if stream is None]


def _shares(changes: StreamChanges) -> list[tuple[str, float, int, str]]:
    return [(agent_id, last.share.share_pass, seq, share_text(last)) for agent_id, (last, seq) in changes.shares.items()]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


_SQLITE_EVENTS = (
    "INSERT INTO journal (seq, event_id, occurred_at, received_at, kind, version, call_id, agent_id, switch, payload) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING"
)
_SQLITE_PARTIES = (
    "INSERT INTO parties (party_id, seen_at, lookup_hash, wrapped_key, number_cipher, name_cipher) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (party_id) DO NOTHING"
)
_SQLITE_OPENED = (
    "INSERT INTO open_streams (family, stream_id, first_seq, bond, is_leaving) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (family, stream_id) DO UPDATE SET "
    "first_seq = excluded.first_seq, bond = excluded.bond, is_leaving = excluded.is_leaving"
)
_SQLITE_CLOSED = "DELETE FROM open_streams WHERE family = ? AND stream_id = ?"
_SQLITE_SHARES = (
    "INSERT INTO agent_passes (agent_id, pass_after, seq, share) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (agent_id) DO UPDATE SET pass_after = excluded.pass_after, seq = excluded.seq, share = excluded.share"
)

_POSTGRESQL_BATCH = """
WITH new_events AS (
    INSERT INTO journal (seq, event_id, occurred_at, received_at, kind, version, call_id, agent_id, switch, payload)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::smallint[],
                         $7::text[], $8::text[], $9::text[], $10::text[])
    ON CONFLICT (seq) DO NOTHING
), new_parties AS (
    INSERT INTO parties (party_id, seen_at, lookup_hash, wrapped_key, number_cipher, name_cipher)
    SELECT * FROM unnest($11::text[], $12::bigint[], $13::bytea[], $14::bytea[], $15::bytea[], $16::bytea[])
    ON CONFLICT (party_id) DO NOTHING
), opened AS (
    INSERT INTO open_streams (family, stream_id, first_seq, bond, is_leaving)
    SELECT * FROM unnest($17::text[], $18::text[], $19::bigint[], $20::text[], $21::smallint[])
    ON CONFLICT (family, stream_id) DO UPDATE SET
        first_seq = excluded.first_seq, bond = excluded.bond, is_leaving = excluded.is_leaving
), closed AS (
    DELETE FROM open_streams USING unnest($22::text[], $23::text[]) AS gone (family, stream_id)
    WHERE open_streams.family = gone.family AND open_streams.stream_id = gone.stream_id
)
INSERT INTO agent_passes (agent_id, pass_after, seq, share)
SELECT * FROM unnest($24::text[], $25::float8[], $26::bigint[], $27::text[])
ON CONFLICT (agent_id) DO UPDATE SET pass_after = excluded.pass_after, seq = excluded.seq, share = excluded.share
"""
