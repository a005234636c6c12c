"""Which recordings a person is on, and what becomes of them when the person is forgotten."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from recording.retention import RecordingClass
from store.message_rows import NAME_A_PARTY
from store.tables.aftercall import ORDER_PEOPLE, ORDERS
from store.tables.journal import JOURNAL
from store.tables.outbound import DIAL_ATTEMPTS
from store.tables.vault import VAULT_SEGMENTS
from store.vault import THERE, VaultState, held
from telephony.identifiers import Instant

ERASURE = "erasure"
_SEGMENTS = VAULT_SEGMENTS.c
_PAGE = 250


class _Named(msgspec.Struct):
    party_id: str


async def segments_of_people(
    connection: AsyncConnection, party_ids: Collection[str], hashes: Collection[bytes]
) -> Sequence[Row[Any]]:
    """The rows of all segments that are not shredded and have one of these people on them, those that stopped first first."""
    ordered = select(ORDER_PEOPLE.c.order_id).where(ORDER_PEOPLE.c.lookup_hash.in_(sorted(hashes)))
    dialled = select(DIAL_ATTEMPTS.c.call_id).where(DIAL_ATTEMPTS.c.lookup_hash.in_(sorted(hashes)))
    called = await _called_in(connection, party_ids)
    found: dict[str, Row[Any]] = {}
    there = select(VAULT_SEGMENTS).where(_SEGMENTS.state.in_(THERE)).with_for_update()
    for start in range(0, max(1, len(called)), _PAGE):
        theirs = or_(
            _SEGMENTS.order_id.in_(ordered), _SEGMENTS.call_id.in_(dialled), _SEGMENTS.call_id.in_(called[start:][:_PAGE])
        )
        found |= {row.segment_id: row for row in (await connection.execute(there.where(theirs))).all()}
    return sorted(found.values(), key=lambda row: (row.stopped_at, row.segment_id))


async def forget_recordings(
    connection: AsyncConnection, party_ids: Collection[str], hashes: Collection[bytes], at: Instant
) -> tuple[int, int, int]:
    """Recordings of these people are being shredded: how many; then how many have to stay as proof of an order, and how many
    since somebody holds them."""
    rows = await segments_of_people(connection, party_ids, hashes)
    orders = {row.order_id for row in rows if row.kept_as == RecordingClass.ORDER_SEGMENT and row.order_id is not None}
    booked = set((await connection.execute(select(ORDERS.c.order_id).where(ORDERS.c.order_id.in_(orders)))).scalars())
    in_force = select(_SEGMENTS.segment_id).where(_SEGMENTS.segment_id.in_([row.segment_id for row in rows]), held(at))
    kept = set((await connection.execute(in_force)).scalars())
    proofs = {row.segment_id for row in rows if row.order_id in booked} - kept
    going = [row.segment_id for row in rows if row.segment_id not in kept | proofs]
    gone = {"state": VaultState.SHREDDING.value, "shred_reason": ERASURE, "next_at": at, "tries": 0}
    for start in range(0, len(going), _PAGE):
        page = going[start : start + _PAGE]
        await connection.execute(update(VAULT_SEGMENTS).where(_SEGMENTS.segment_id.in_(page)).values(**gone))
    return len(going), len(proofs), len(kept)


async def _called_in(connection: AsyncConnection, party_ids: Collection[str]) -> list[str]:
    """Calls of which there are segments, and whose beginning names one of these people."""
    wanted = frozenset(party_ids)
    if not wanted:
        return []
    recorded = exists().where(_SEGMENTS.call_id == JOURNAL.c.call_id, _SEGMENTS.state.in_(THERE))
    query = select(JOURNAL.c.call_id, JOURNAL.c.payload).where(JOURNAL.c.kind.in_(NAME_A_PARTY), recorded)
    rows = (await connection.execute(query)).all()
    return [row.call_id for row in rows if msgspec.json.decode(row.payload, type=_Named).party_id in wanted]
