"""Forms and rules of quality reviews, by project. A version is written once and stays."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recording.quality.form import Criterion, Fault, Form, FormDraft, faults_of
from recording.quality.rules import RatingRules, RuleFault, faults_of_rules
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.tables.quality import QUALITY_FORMS, QUALITY_RULES
from telephony.identifiers import Instant, ProjectId, UserId

_FORMS, _RULES = QUALITY_FORMS.c, QUALITY_RULES.c


class _Stored(msgspec.Struct, frozen=True):
    """What a form's row holds."""

    scale: int
    criteria: tuple[Criterion, ...]


class QualityForms:
    """Publishes forms, sets rules, tells both."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def publish(self, draft: FormDraft, *, by: Author) -> Form | tuple[Fault, ...]:
        """What is given to reviewers from here on is rated by this form, its project's next version; or all that is wrong."""
        if faults := faults_of(draft):
            return faults
        async with writing(self._engine) as connection:
            last = await connection.execute(select(func.max(_FORMS.version)).where(_FORMS.project_id == draft.project_id))
            form = Form(
                project_id=draft.project_id,
                version=(last.scalar() or 0) + 1,
                scale=draft.scale,
                criteria=draft.criteria,
                published_at=by.at,
                published_by=by.user_id,
            )
            stored = msgspec.json.encode(_Stored(scale=form.scale, criteria=form.criteria)).decode()
            row = {"project_id": form.project_id, "version": form.version, "form": stored}
            row |= {"published_at": by.at, "published_by": by.user_id}
            await connection.execute(insert(QUALITY_FORMS).values(**row))
            altered = Altered(deed="quality_form.published", subject=form.name, after=msgspec.to_builtins(form))
            await put_on_record(connection, by, [altered])
        return form

    async def forms(self, project_id: ProjectId) -> Sequence[Form]:
        """All versions, the newest first."""
        query = select(QUALITY_FORMS).where(_FORMS.project_id == project_id).order_by(_FORMS.version.desc())
        async with reading(self._engine) as connection:
            return [_form(row) for row in (await connection.execute(query)).all()]

    async def form(self, project_id: ProjectId, version: int | None = None) -> Form | None:
        """That version, or the newest."""
        async with reading(self._engine) as connection:
            return await read_form(connection, project_id, version)

    async def set_rules(self, project_id: ProjectId, rules: RatingRules, *, by: Author) -> tuple[RuleFault, ...]:
        """The rules hold from here on, as another version where they differ; or all that is wrong, and nothing changed."""
        if faults := tuple(faults_of_rules(rules)):
            return faults
        async with writing(self._engine) as connection:
            version, before = await read_rules(connection, project_id)
            if version and before == rules:
                return ()
            row = {"project_id": project_id, "version": version + 1, "rules": msgspec.json.encode(rules).decode()}
            await connection.execute(insert(QUALITY_RULES).values(**row, set_at=by.at, set_by=by.user_id))
            told = (msgspec.to_builtins(before) if version else None, msgspec.to_builtins(rules))
            altered = Altered(deed="quality_rules.set", subject=project_id, before=told[0], after=told[1])
            await put_on_record(connection, by, [altered])
        return ()

    async def rules(self, project_id: ProjectId) -> tuple[int, RatingRules]:
        """The rules that hold, with their version; 0 and nobody may rate before any were set."""
        async with reading(self._engine) as connection:
            return await read_rules(connection, project_id)

    async def all_rules(self) -> Mapping[ProjectId, RatingRules]:
        """The rules that hold, of every project that has some."""
        newest = select(_RULES.project_id, func.max(_RULES.version).label("version")).group_by(_RULES.project_id).subquery()
        same = (newest.c.project_id == _RULES.project_id) & (newest.c.version == _RULES.version)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(QUALITY_RULES).join(newest, same))).all()
        return {ProjectId(row.project_id): msgspec.json.decode(row.rules, type=RatingRules) for row in rows}


async def read_form(connection: AsyncConnection, project_id: ProjectId, version: int | None = None) -> Form | None:
    """The form, within the caller's transaction."""
    query = select(QUALITY_FORMS).where(_FORMS.project_id == project_id).order_by(_FORMS.version.desc()).limit(1)
    if version is not None:
        query = query.where(_FORMS.version == version)
    row = (await connection.execute(query)).first()
    return None if row is None else _form(row)


async def read_rules(connection: AsyncConnection, project_id: ProjectId) -> tuple[int, RatingRules]:
    """The rules that hold, within the caller's transaction."""
    query = select(QUALITY_RULES).where(_RULES.project_id == project_id).order_by(_RULES.version.desc()).limit(1)
    row = (await connection.execute(query)).first()
    return (0, RatingRules()) if row is None else (row.version, msgspec.json.decode(row.rules, type=RatingRules))


def _form(row: Row[Any]) -> Form:
    stored = msgspec.json.decode(row.form, type=_Stored)
    return Form(
        project_id=ProjectId(row.project_id),
        version=row.version,
        scale=stored.scale,
        criteria=stored.criteria,
        published_at=Instant(row.published_at),
        published_by=UserId(row.published_by),
    )
