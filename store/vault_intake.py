"""What the vault's book says to those who bring segments in, and to those who ask what there is of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recording.vault.canonical import decoded
from recording.vault.manifest import Manifest
from store.engine import reading, writing
from store.tables.vault import VAULT_CURSOR, VAULT_SEGMENTS
from store.upserts import insert_or_replace
from store.vault import VaultState
from telephony.identifiers import Instant

SEALED = (VaultState.SEALED, VaultState.STORED, VaultState.KEPT)
"""In the chain, and not about to go."""
_THE_CURSOR = 1
_PAGE = 500
CUT_SHORT = "what was found is not as long as its recorder told: it proves nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSegment:
    """One segment as lists show it: nothing of its sound, nobody's name."""

    segment_id: str
    client_id: str
    project_id: str
    call_id: str
    order_id: str | None
    kept_as: str
    state: VaultState
    stopped_at: Instant
    sealed_at: Instant | None
    stored_at: Instant | None
    kept_until: Instant
    link_number: int | None
    trouble: str | None
    shred_reason: str | None
    is_whole: bool | None = None
    """What was sealed is as long as it was told; None: nothing is sealed."""


_LISTED = [VAULT_SEGMENTS.c[name] for name in ListedSegment.__dataclass_fields__]


class VaultIntake:
    """Reads the vault's book; writes nothing but how far the journal was read."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def states(self, segment_ids: Sequence[str]) -> Mapping[str, VaultState]:
        """How far each of these is that the vault knows."""
        found: dict[str, VaultState] = {}
        async with reading(self._engine) as connection:
            for start in range(0, len(segment_ids), _PAGE):
                query = select(VAULT_SEGMENTS.c.segment_id, VAULT_SEGMENTS.c.state)
                query = query.where(VAULT_SEGMENTS.c.segment_id.in_(segment_ids[start : start + _PAGE]))
                found |= {row[0]: VaultState(row[1]) for row in (await connection.execute(query)).all()}
        return found

    async def sealed(self, order_id: str) -> frozenset[str]:
        """The order's segments that are sealed as whole as they were told, and not shredded."""
        return (await self.sealed_of([order_id])).get(order_id, frozenset())

    async def sealed_of(self, order_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The same of several orders; those that have none are left out."""
        columns, found = VAULT_SEGMENTS.c, dict[str, set[str]]()
        async with reading(self._engine) as connection:
            for start in range(0, len(order_ids), _PAGE):
                query = select(columns.order_id, columns.segment_id).where(columns.state.in_(SEALED), columns.is_whole)
                query = query.where(columns.order_id.in_(order_ids[start : start + _PAGE]))
                for order_id, segment_id in (await connection.execute(query)).all():
                    found.setdefault(order_id, set()).add(segment_id)
        return {order_id: frozenset(segments) for order_id, segments in found.items()}

    async def listed(
        self, *, call_id: str | None = None, order_id: str | None = None, limit: int = 100
    ) -> Sequence[ListedSegment]:
        """Segments, those that stopped last first; of that call or order only where one is named."""
        query = select(*_LISTED).order_by(VAULT_SEGMENTS.c.stopped_at.desc(), VAULT_SEGMENTS.c.segment_id).limit(limit)
        if call_id is not None:
            query = query.where(VAULT_SEGMENTS.c.call_id == call_id)
        if order_id is not None:
            query = query.where(VAULT_SEGMENTS.c.order_id == order_id)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [_listed(row._mapping) for row in rows]

    async def told(self, segment_id: str) -> tuple[ListedSegment, Manifest | None] | None:
        """That segment, and what is proven of it once it is sealed; None: the vault knows none."""
        query = select(*_LISTED, VAULT_SEGMENTS.c.manifest).where(VAULT_SEGMENTS.c.segment_id == segment_id)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return _listed(row._mapping), None if row.manifest is None else decoded(row.manifest, Manifest)

    async def read_to(self) -> int:
        """The number in the journal up to which everything was heard; 0: nothing."""
        async with reading(self._engine) as connection:
            return (await connection.execute(select(VAULT_CURSOR.c.seq).where(VAULT_CURSOR.c.id == _THE_CURSOR))).scalar() or 0

    async def note_read(self, seq: int) -> None:
        """Everything up to there was heard, and done."""
        async with writing(self._engine) as connection:
            await connection.execute(insert_or_replace(self._engine, VAULT_CURSOR).values(id=_THE_CURSOR, seq=seq))


def _listed(columns: RowMapping) -> ListedSegment:
    known = {name: columns[name] for name in ListedSegment.__dataclass_fields__}
    trouble = known["trouble"] or (CUT_SHORT if known["is_whole"] is False else None)
    return ListedSegment(**{**known, "state": VaultState(known["state"]), "trouble": trouble})
