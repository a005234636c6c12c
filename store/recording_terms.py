"""How long projects keep what they record: the web edge's `RecordingTermsBook`.

A longer term never reaches back: who agreed was told the old one. A shorter one holds at once, for what is kept already as well;
only where the contract's start was known, the end that was set then stays.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from sqlalchemy import ColumnElement, RowMapping, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recording.retention import DAY, RecordingClass, RecordingTerms, kept_until, order_kept_until, require_terms
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.tables.aftercall import ORDERS
from store.tables.recording import RECORDING_TERMS
from store.tables.vault import VAULT_SEGMENTS
from store.upserts import insert_or_replace, values_of
from store.vault import THERE
from telephony.identifiers import Instant, ProjectId

_TERMS, _SEGMENTS = RECORDING_TERMS.c, VAULT_SEGMENTS.c
_PAGE = 200
_AT_ONCE = 1_000
_CLASSES = (RecordingClass.QUALITY_SAMPLE, RecordingClass.ORDER_SEGMENT)


class RecordingTermsStore:
    """Knows the terms, and changes them."""

    def __init__(self, engine: AsyncEngine, zone: tzinfo) -> None:
        """Years end in `zone`."""
        self._engine, self._zone = engine, zone

    async def of(self, project_id: ProjectId) -> RecordingTerms:
        """The project's terms; the defaults where it has none of its own."""
        async with reading(self._engine) as connection:
            return await _of(connection, project_id) or RecordingTerms()

    async def all(self) -> Mapping[ProjectId, RecordingTerms]:
        """Of all projects that have terms of their own."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(RECORDING_TERMS).order_by(_TERMS.project_id))).mappings().all()
        return {ProjectId(row["project_id"]): _terms(row) for row in rows}

    async def put(self, project_id: ProjectId, terms: RecordingTerms, *, by: Author) -> int:
        """These terms hold; says how many segments that are kept end earlier now. Raises `TermTooLong`."""
        require_terms(terms)
        async with writing(self._engine) as connection:
            before = await _of(connection, project_id) or RecordingTerms()
            row = {"project_id": project_id, **values_of(terms)}
            await connection.execute(insert_or_replace(self._engine, RECORDING_TERMS).values(**row))
            altered = Altered(deed="recording_terms.set", subject=project_id, before=values_of(before), after=values_of(terms))
            await put_on_record(connection, by, [altered])
            return await self._shorten(connection, project_id, before, terms)

    async def follow_contracts(self, *, by: Author) -> int:
        """Of every order whose contract has begun, the recordings end with the time in which it can be disputed; how many that
        was news for."""
        own = await self.all()
        others = _SEGMENTS.project_id.not_in(sorted(own))
        whose = [(others, RecordingTerms()), *((_SEGMENTS.project_id == each, terms) for each, terms in own.items())]
        changed = 0
        async with writing(self._engine) as connection:
            for which, terms in whose:
                altered = await self._begun(connection, which, terms)
                for each in altered:
                    row_of = update(VAULT_SEGMENTS).where(_SEGMENTS.segment_id == each.subject)
                    await connection.execute(row_of.values(kept_until=each.after))
                await put_on_record(connection, by, altered)
                changed += len(altered)
        return changed

    async def _begun(self, connection: AsyncConnection, which: ColumnElement[bool], terms: RecordingTerms) -> Sequence[Altered]:
        """Segments of contracts that have begun, which are to end earlier than noted: as that was, and as it has to be."""
        latest = ORDERS.c.effective_at + (31 * terms.dispute_months + 1) * DAY  # what was noted already is left out
        query = select(_SEGMENTS.segment_id, _SEGMENTS.stopped_at, _SEGMENTS.kept_until, ORDERS.c.effective_at)
        query = query.join(ORDERS, ORDERS.c.order_id == _SEGMENTS.order_id)
        query = query.where(which, _SEGMENTS.state.in_(THERE), _SEGMENTS.kept_as == RecordingClass.ORDER_SEGMENT.value)
        rows = (await connection.execute(query.where(_SEGMENTS.kept_until > latest).limit(_AT_ONCE))).all()
        months, years = terms.dispute_months, terms.order_years
        ends = [
            order_kept_until(
                Instant(row.stopped_at), self._zone, contract_starts_at=Instant(row.effective_at), months=months, years=years
            )
            for row in rows
        ]
        return [
            Altered(deed="keep", subject=row.segment_id, before=row.kept_until, after=until)
            for row, until in zip(rows, ends, strict=True)
            if until < row.kept_until
        ]

    async def _shorten(
        self, connection: AsyncConnection, project_id: ProjectId, before: RecordingTerms, terms: RecordingTerms
    ) -> int:
        """Whatever is kept and would be kept longer by the new terms ends when they say. What was rated has its longer term."""
        query = select(_SEGMENTS.segment_id, _SEGMENTS.kept_as, _SEGMENTS.stopped_at, _SEGMENTS.kept_until)
        query = query.where(_SEGMENTS.project_id == project_id, _SEGMENTS.state.in_(THERE), _SEGMENTS.kept_as.in_(_CLASSES))
        shorter: dict[str, Instant] = {}
        for row in (await connection.execute(query.with_for_update())).all():
            kept_as, at = RecordingClass(row.kept_as), Instant(row.stopped_at)
            is_rated = row.kept_until > kept_until(kept_as, at, self._zone, before)
            until = kept_until(kept_as, at, self._zone, terms, is_rated=is_rated)
            if until < row.kept_until:
                shorter[row.segment_id] = until
        names = sorted(shorter)
        for start in range(0, len(names), _PAGE):
            page = {name: shorter[name] for name in names[start : start + _PAGE]}
            values = case(page, value=_SEGMENTS.segment_id)
            await connection.execute(update(VAULT_SEGMENTS).where(_SEGMENTS.segment_id.in_(page)).values(kept_until=values))
        return len(shorter)


async def _of(connection: AsyncConnection, project_id: ProjectId) -> RecordingTerms | None:
    query = select(RECORDING_TERMS).where(_TERMS.project_id == project_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _terms(row)


def _terms(row: RowMapping) -> RecordingTerms:
    return RecordingTerms(**{name: row[name] for name in RecordingTerms.__slots__})
