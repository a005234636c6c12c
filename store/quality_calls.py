"""Which recordings could be rated, who may rate them, and which terms become those of rated ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from recording.quality.review import ReviewState
from recording.quality.rules import Rater
from recording.retention import RecordingClass
from recording.vault.canonical import decoded
from recording.vault.manifest import StoppedSegment
from store.engine import reading, writing
from store.tables.accounts import USERS
from store.tables.quality import QUALITY_REVIEWS
from store.tables.vault import VAULT_SEGMENTS
from store.vault_intake import SEALED
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

_REVIEWS, _SEGMENTS = QUALITY_REVIEWS.c, VAULT_SEGMENTS.c
_SOUND = [each.value for each in SEALED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rateable:
    """A recording that lies sealed in the vault, as it was handed in."""

    segment: StoppedSegment
    kept_as: str
    kept_until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Unkept:
    """A sample that was rated and has the term of one that was not."""

    review_id: str
    segment_id: str
    project_id: ProjectId
    stopped_at: Instant
    kept_until: Instant


class QualityCalls:
    """Reads the vault's book beside the reviews; writes nothing but that a term was prolonged."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def unrated(
        self, project_id: ProjectId, from_at: Instant, to_at: Instant, *, kept_past: Instant, limit: int = 1_000
    ) -> Sequence[Rateable]:
        """The project's recordings made within [from_at, to_at) that are kept past that instant, and that nobody rates."""
        rated = select(_REVIEWS.review_id).where(_REVIEWS.segment_id == _SEGMENTS.segment_id, *_ordinary())
        query = select(VAULT_SEGMENTS).where(
            *(_SEGMENTS.project_id == project_id, _SEGMENTS.state.in_(_SOUND), ~rated.exists()),
            *(_SEGMENTS.stopped_at >= from_at, _SEGMENTS.stopped_at < to_at, _SEGMENTS.kept_until > kept_past),
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(_SEGMENTS.stopped_at.desc()).limit(limit))).all()
        return [found for row in rows if (found := _rateable(row)) is not None]

    async def recording(self, segment_id: str) -> Rateable | None:
        """That recording, if it lies sealed in the vault."""
        query = select(VAULT_SEGMENTS).where(_SEGMENTS.segment_id == segment_id, _SEGMENTS.state.in_(_SOUND))
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _rateable(row)

    async def raters(self, user_ids: Sequence[UserId]) -> Sequence[Rater]:
        """Those of these people who are there, as the centre knows them now."""
        query = select(USERS.c.user_id, USERS.c.role, USERS.c.is_active, USERS.c.agent_id)
        query = query.where(USERS.c.user_id.in_(user_ids)).order_by(USERS.c.user_id)
        async with reading(self._engine) as connection:
            return [Rater(**row._mapping) for row in (await connection.execute(query)).all()]

    async def rated_of(self, project_id: ProjectId, from_at: Instant, to_at: Instant) -> Mapping[AgentId, int]:
        """How many recordings of each agent that were made within [from_at, to_at) somebody rates or has rated."""
        query = select(_REVIEWS.agent_id, func.count()).group_by(_REVIEWS.agent_id)
        query = query.where(
            *(_REVIEWS.project_id == project_id, _REVIEWS.recorded_at >= from_at, _REVIEWS.recorded_at < to_at),
            *_ordinary(),
        )
        async with reading(self._engine) as connection:
            return {AgentId(row[0]): row[1] for row in (await connection.execute(query)).all()}

    async def loads(self) -> Mapping[UserId, int]:
        """How many drafts each reviewer has."""
        query = select(_REVIEWS.reviewer, func.count()).where(_REVIEWS.state == ReviewState.DRAFT.value)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.group_by(_REVIEWS.reviewer))).all()
        return {UserId(row[0]): row[1] for row in rows}

    async def lost(self, limit: int = 100) -> Sequence[str]:
        """Drafts whose recordings are not in the vault any more."""
        there = select(_SEGMENTS.segment_id).where(_SEGMENTS.segment_id == _REVIEWS.segment_id, _SEGMENTS.state.in_(_SOUND))
        query = select(_REVIEWS.review_id).where(_REVIEWS.state == ReviewState.DRAFT.value, ~there.exists())
        async with reading(self._engine) as connection:
            return [str(each) for each in (await connection.execute(query.order_by(_REVIEWS.review_id).limit(limit))).scalars()]

    async def unkept(self, limit: int = 100) -> Sequence[Unkept]:
        """Samples in the vault that were rated since somebody looked last."""
        told = (_SEGMENTS.segment_id, _SEGMENTS.project_id, _SEGMENTS.stopped_at, _SEGMENTS.kept_until)
        query = select(_REVIEWS.review_id, *told)
        query = query.join(VAULT_SEGMENTS, _SEGMENTS.segment_id == _REVIEWS.segment_id)
        query = query.where(_REVIEWS.handed_in_at.is_not(None), _REVIEWS.kept_at.is_(None), _SEGMENTS.state.in_(_SOUND))
        query = query.where(_SEGMENTS.kept_as == RecordingClass.QUALITY_SAMPLE.value)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(_SEGMENTS.kept_until).limit(limit))).all()
        return [Unkept(**row._mapping) for row in rows]

    async def note_kept(self, review_id: str, at: Instant) -> None:
        """The recording of that review has the term of a rated one."""
        async with writing(self._engine) as connection:
            await connection.execute(update(QUALITY_REVIEWS).where(_REVIEWS.review_id == review_id).values(kept_at=at))


def _ordinary() -> tuple[ColumnElement[bool], ...]:
    return _REVIEWS.calibration_id.is_(None), _REVIEWS.state != ReviewState.DROPPED.value


def _rateable(row: Row[tuple[object, ...]]) -> Rateable | None:
    if row.facts is None:
        return None
    return Rateable(segment=decoded(row.facts, StoppedSegment), kept_as=row.kept_as, kept_until=Instant(row.kept_until))
