"""The vault's book: which segment is how far, and the chain. The sound itself is none of its business.

A segment's states: waiting (its recording is over), sealed (in the chain), stored (in the object store and read back), kept
(nothing is left outside of it); shredding, shredded. Every step is one transaction, and done again it changes nothing.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recording.retention import RecordingClass
from recording.vault.canonical import decoded, encoded
from recording.vault.chain import Link, Root, link_after, root_of
from recording.vault.manifest import Manifest, StoppedSegment, require_name
from recording.vault.signing import Signer
from store.audit import Altered, Author, put_on_record
from store.engine import read_at_once, reading, write_at_once, writing
from store.tables.vault import VAULT_HOLDS, VAULT_LINKS, VAULT_ROOTS, VAULT_SEGMENTS
from store.upserts import insert_new
from telephony.errors import FernamtError
from telephony.identifiers import ClientId, Instant

UNCONFIRMED_HOLD_US = 7 * 86_400 * 1_000_000
"""So long a hold that one person asked for keeps a segment while the second is looked for."""
_PAGE = 1_000


class VaultState(StrEnum):
    """How far a segment is."""

    WAITING = "waiting"
    SEALED = "sealed"
    STORED = "stored"
    KEPT = "kept"
    SHREDDING = "shredding"
    SHREDDED = "shredded"


_WORK = (VaultState.WAITING, VaultState.SEALED, VaultState.STORED, VaultState.SHREDDING)
THERE = (VaultState.WAITING, VaultState.SEALED, VaultState.STORED, VaultState.KEPT)
"""Not about to go."""


_SEALED = (
    update(VAULT_SEGMENTS)
    .where(VAULT_SEGMENTS.c.segment_id == bindparam("name"))
    .values(
        {
            "state": VaultState.SEALED.value,
            "manifest": bindparam("data"),
            "link_number": bindparam("number"),
            "sealed_at": bindparam("at"),
            "tries": 0,
            "trouble": None,
            "is_whole": bindparam("whole"),
        }
    )
)


class NoSuchSegment(FernamtError):
    """The vault knows no such segment."""

    code = "no_such_segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSegment:
    """One segment as the vault's book has it."""

    segment_id: str
    client_id: ClientId
    kept_as: RecordingClass
    state: VaultState
    facts: StoppedSegment | None
    manifest: Manifest | None
    link_number: int | None
    kept_until: Instant
    tries: int
    trouble: str | None
    shred_reason: str | None
    receipt: bytes | None


class VaultStore:
    """Takes segments in, brings them on, tells the chain. One process at a time writes: the worker."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._appending = asyncio.Lock()

    async def hand_in(
        self, segment: StoppedSegment, kept_as: RecordingClass, kept_until: Instant, *, shred_reason: str | None = None
    ) -> None:
        """The segment waits to be sealed, durably; or to be shredded, for that reason. The same one again: nothing changes."""
        row = {
            "segment_id": require_name(segment.segment_id),
            "client_id": segment.client_id,
            "project_id": segment.project_id,
            "call_id": segment.call_id,
            "order_id": segment.order_id,
            "kept_as": kept_as.value,
            "state": (VaultState.WAITING if shred_reason is None else VaultState.SHREDDING).value,
            "shred_reason": shred_reason,
            "facts": encoded(segment),
            "stopped_at": segment.stopped_at,
            "kept_until": kept_until,
            "next_at": segment.stopped_at,
            "tries": 0,
        }
        async with writing(self._engine) as connection:
            there = select(VAULT_SEGMENTS.c.segment_id).where(VAULT_SEGMENTS.c.segment_id == segment.segment_id)
            if (await connection.execute(there)).first() is None:
                await connection.execute(insert(VAULT_SEGMENTS).values(**row))

    async def refuse(self, segment_id: str, call_id: str, reason: str, at: Instant) -> None:
        """What was recorded under that name may not be kept, durably: it is to be shredded, and the fact stays for a while.

        Whatever the vault knows of a segment of that name already stands.
        """
        row = {
            "segment_id": require_name(segment_id),
            "client_id": "",
            "project_id": "",
            "call_id": call_id,
            "kept_as": RecordingClass.REFUSED.value,
            "state": VaultState.SHREDDING.value,
            "shred_reason": reason,
            **dict.fromkeys(("stopped_at", "kept_until", "next_at", "refused_at"), at),
            "tries": 0,
        }
        async with writing(self._engine) as connection:
            await connection.execute(insert_new(self._engine, VAULT_SEGMENTS).values(**row))

    async def due(self, now: Instant, limit: int = 50) -> Sequence[KeptSegment]:
        """Segments whose next step can be tried, those that wait longest first."""
        query = select(VAULT_SEGMENTS).where(VAULT_SEGMENTS.c.state.in_(_WORK), VAULT_SEGMENTS.c.next_at <= now)
        query = query.order_by(VAULT_SEGMENTS.c.next_at, VAULT_SEGMENTS.c.segment_id).limit(limit)

        async def work(connection: AsyncConnection) -> Sequence[KeptSegment]:
            return [_segment(row) for row in (await connection.execute(query)).all()]

        return await read_at_once(self._engine, work)

    async def get(self, segment_id: str) -> KeptSegment:
        """That segment. Raises `NoSuchSegment`."""
        async with reading(self._engine) as connection:
            return _segment(await _row(connection, segment_id))

    async def bind(self, digest: bytes, signer: Signer, note: Callable[[AsyncConnection, Link], Awaitable[bool]]) -> bool:
        """What has that digest has a link of its own in the chain, noted in the same transaction; False: `note` wanted none."""

        async def work(connection: AsyncConnection) -> bool:
            link = link_after(await _head(connection), digest, signer)
            if not await note(connection, link):
                return False
            await connection.execute(insert(VAULT_LINKS).values(**_values(link)))
            return True

        async with self._appending:
            return await write_at_once(self._engine, work)

    async def seal(self, manifests: Sequence[Manifest], signer: Signer) -> frozenset[str]:
        """The manifests are in the chain, in that order, and durably; their segments are sealed.

        Returns which: one that did not wait for that any more is left out, and nothing of it changed.
        """

        async def work(connection: AsyncConnection) -> frozenset[str]:
            head, waiting = await _head(connection), await _waiting(connection, [each.segment.segment_id for each in manifests])
            links, rows = list[dict[str, object]](), dict[str, dict[str, object]]()
            for manifest in manifests:
                data, segment_id = encoded(manifest), manifest.segment.segment_id
                if segment_id not in waiting or segment_id in rows:
                    continue
                head = link_after(head, hashlib.sha256(data).digest(), signer)
                links.append(_values(head))
                rows[segment_id] = {
                    "name": segment_id,
                    "data": data,
                    "number": head.number,
                    "at": manifest.sealed_at,
                    "whole": manifest.is_whole,
                }
            if rows:
                await connection.execute(insert(VAULT_LINKS), links)
                await connection.execute(_SEALED, list(rows.values()))
            return frozenset(rows)

        async with self._appending:
            return await write_at_once(self._engine, work)

    async def note_stored(self, segment_ids: Sequence[str], at: Instant) -> None:
        """The objects are in their store, and were read back. Not durable yet: that shows again by itself."""
        await self._advance(segment_ids, VaultState.SEALED, VaultState.STORED, stored_at=at)

    async def note_cleared(self, segment_ids: Sequence[str]) -> None:
        """No sound of them is left outside of the store. Not durable yet: clearing again changes nothing."""
        await self._advance(segment_ids, VaultState.STORED, VaultState.KEPT)

    async def note_trouble(self, segment_id: str, trouble: str, next_at: Instant) -> None:
        """The next step failed, and is tried again then."""
        async with writing(self._engine) as connection:
            changed = {"trouble": trouble, "next_at": next_at, "tries": VAULT_SEGMENTS.c.tries + 1}
            await _change(connection, segment_id, **changed)

    async def keep_until(self, segment_id: str, kept_until: Instant, *, by: Author) -> None:
        """The segment's term ends then: it was rated, or its contract began."""
        async with writing(self._engine) as connection:
            before = _segment(await _row(connection, segment_id, is_locked=True))
            await _change(connection, segment_id, kept_until=kept_until)
            altered = Altered(deed="keep", subject=segment_id, before=before.kept_until, after=kept_until)
            await put_on_record(connection, by, [altered])

    async def overdue(self, now: Instant, limit: int = 100) -> Sequence[str]:
        """Segments over their term that nobody holds."""
        columns = VAULT_SEGMENTS.c
        query = select(columns.segment_id).where(columns.state.in_(THERE), columns.kept_until < now)
        query = query.where(~held(now)).order_by(columns.kept_until).limit(limit)
        async with reading(self._engine) as connection:
            return [str(each) for each in (await connection.execute(query)).scalars()]

    async def begin_shred(self, segment_id: str, reason: str, *, by: Author) -> bool:
        """The segment is being shredded, which nothing takes back; or is held, and stays: False. Again: changes nothing.

        A hold and this meet in one row: whoever is first is obeyed.
        """
        async with writing(self._engine) as connection:
            there = _segment(await _row(connection, segment_id, is_locked=True))
            if there.state not in THERE:
                return True
            holds = select(VAULT_HOLDS.c.hold_id).where(VAULT_HOLDS.c.segment_id == segment_id, _is_in_force(by.at)).limit(1)
            if (await connection.execute(holds)).first() is not None:
                return False
            changed = {"state": VaultState.SHREDDING.value, "shred_reason": reason, "next_at": by.at, "tries": 0}
            await _change(connection, segment_id, **changed)
            await put_on_record(connection, by, [Altered(deed="shred", subject=segment_id, after=reason)])
        return True

    async def note_shredded(self, segment_id: str, receipt: bytes, at: Instant) -> None:
        """Nothing of the segment is left here but its link, and the receipt. Whatever state a backup brought back."""
        async with writing(self._engine) as connection:
            gone = {"facts": None, "manifest": None, "trouble": None, "receipt": receipt, "shredded_at": at}
            await _change(connection, segment_id, state=VaultState.SHREDDED.value, **gone)

    async def not_shredded_yet(self, segment_ids: Sequence[str]) -> Sequence[str]:
        """Those of the segments that this book still takes for being there."""
        found: list[str] = []
        async with reading(self._engine) as connection:
            for start in range(0, len(segment_ids), _PAGE):
                query = select(VAULT_SEGMENTS.c.segment_id).where(
                    VAULT_SEGMENTS.c.segment_id.in_(segment_ids[start : start + _PAGE]),
                    VAULT_SEGMENTS.c.state != VaultState.SHREDDED.value,
                )
                found += (await connection.execute(query)).scalars()
        return found

    async def receipts(self, limit: int | None = None) -> Sequence[tuple[str, bytes]]:
        """Every segment that was shredded, and the word on it; those that went last first."""
        columns = VAULT_SEGMENTS.c
        query = select(columns.segment_id, columns.receipt).where(columns.state == VaultState.SHREDDED.value)
        query = query.order_by(columns.shredded_at.desc(), columns.segment_id).limit(limit)
        async with reading(self._engine) as connection:
            return [(row[0], row[1]) for row in (await connection.execute(query)).all()]

    async def head(self) -> Link | None:
        """The newest link."""
        async with reading(self._engine) as connection:
            return await _head(connection)

    async def links(self, after: int = 0) -> AsyncIterator[Link]:
        """The chain, link by link, from the one after that number on."""
        while True:
            query = select(VAULT_LINKS).where(VAULT_LINKS.c.number > after).order_by(VAULT_LINKS.c.number).limit(_PAGE)
            async with reading(self._engine) as connection:
                rows = (await connection.execute(query)).all()
            for row in rows:
                yield Link(**row._mapping)
            if len(rows) < _PAGE:
                return
            after = rows[-1].number

    async def put_root(self, at: Instant, signer: Signer) -> Root | None:
        """The chain's head is signed as a root, unless it is one already; None then, or where there is no chain."""
        async with writing(self._engine) as connection:
            head = await _head(connection)
            newest = select(VAULT_ROOTS.c.number).order_by(VAULT_ROOTS.c.number.desc()).limit(1)
            if head is None or (await connection.execute(newest)).scalar() == head.number:
                return None
            root = root_of(head, at, signer)
            await connection.execute(insert(VAULT_ROOTS).values(**_values(root)))
        return root

    async def unstamped(self, limit: int = 50) -> Sequence[Root]:
        """Roots without a time stamp, oldest first."""
        query = select(VAULT_ROOTS).where(VAULT_ROOTS.c.stamp.is_(None)).order_by(VAULT_ROOTS.c.number).limit(limit)
        async with reading(self._engine) as connection:
            return [_root(row) for row in (await connection.execute(query)).all()]

    async def note_stamp(self, number: int, stamp: bytes) -> None:
        """The root has its time stamp; a first one stays."""
        async with writing(self._engine) as connection:
            without = (VAULT_ROOTS.c.number == number) & VAULT_ROOTS.c.stamp.is_(None)
            await connection.execute(update(VAULT_ROOTS).where(without).values(stamp=stamp))

    async def root_over(self, number: int) -> tuple[Root, bytes | None] | None:
        """The first root at or after that link, and its stamp."""
        query = select(VAULT_ROOTS).where(VAULT_ROOTS.c.number >= number).order_by(VAULT_ROOTS.c.number).limit(1)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else (_root(row), row.stamp)

    async def _advance(self, segment_ids: Sequence[str], before: VaultState, after: VaultState, **facts: object) -> None:
        there = VAULT_SEGMENTS.c.segment_id.in_(segment_ids) & (VAULT_SEGMENTS.c.state == before.value)
        changed = {"state": after.value, "tries": 0, "trouble": None, **facts}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(VAULT_SEGMENTS).where(there).values(**changed))

        await write_at_once(self._engine, work, waits_for_disk=False)


def _is_in_force(now: Instant) -> ColumnElement[bool]:
    """Of a hold."""
    holds = VAULT_HOLDS.c
    return holds.lifted_at.is_(None) & or_(holds.confirmed_at.is_not(None), holds.asked_at > now - UNCONFIRMED_HOLD_US)


def held(now: Instant) -> ColumnElement[bool]:
    """Of a segment's row: whether somebody holds it."""
    return exists().where(VAULT_HOLDS.c.segment_id == VAULT_SEGMENTS.c.segment_id, _is_in_force(now))


async def _row(connection: AsyncConnection, segment_id: str, *, is_locked: bool = False) -> Row[Any]:
    query = select(VAULT_SEGMENTS).where(VAULT_SEGMENTS.c.segment_id == segment_id)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).first()
    if row is None:
        raise _unknown(segment_id)
    return row


def _unknown(segment_id: str) -> NoSuchSegment:
    return NoSuchSegment(f"the vault knows no segment {segment_id}", segment_id=segment_id)


async def _waiting(connection: AsyncConnection, segment_ids: Sequence[str]) -> frozenset[str]:
    """Those of the segments that wait to be sealed, their rows locked. Raises `NoSuchSegment` where one is none."""
    columns = VAULT_SEGMENTS.c
    query = select(columns.segment_id, columns.state).where(columns.segment_id.in_(segment_ids)).order_by(columns.segment_id)
    states = {row.segment_id: row.state for row in (await connection.execute(query.with_for_update())).all()}
    for segment_id in segment_ids:
        if segment_id not in states:
            raise _unknown(segment_id)
    return frozenset(each for each, state in states.items() if state == VaultState.WAITING)


async def _change(connection: AsyncConnection, segment_id: str, **values: object) -> None:
    await connection.execute(update(VAULT_SEGMENTS).where(VAULT_SEGMENTS.c.segment_id == segment_id).values(**values))


async def _head(connection: AsyncConnection) -> Link | None:
    row = (await connection.execute(select(VAULT_LINKS).order_by(VAULT_LINKS.c.number.desc()).limit(1))).first()
    return None if row is None else Link(**row._mapping)


def _values(record: Link | Root) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _root(row: Row[Any]) -> Root:
    return Root(**{name: row._mapping[name] for name in Root.__struct_fields__})


def _segment(row: Row[Any]) -> KeptSegment:
    columns = row._mapping
    return KeptSegment(
        segment_id=columns["segment_id"],
        client_id=columns["client_id"],
        kept_as=RecordingClass(columns["kept_as"]),
        state=VaultState(columns["state"]),
        facts=None if columns["facts"] is None else decoded(columns["facts"], StoppedSegment),
        manifest=None if columns["manifest"] is None else decoded(columns["manifest"], Manifest),
        link_number=columns["link_number"],
        kept_until=columns["kept_until"],
        tries=columns["tries"],
        trouble=columns["trouble"],
        shred_reason=columns["shred_reason"],
        receipt=columns["receipt"],
    )
