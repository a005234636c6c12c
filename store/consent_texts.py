"""Texts by which called parties are asked, by project, purpose, language and version. A version is published once and stays."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recording.consent import ConsentText, Draft, Part, TextFault, faults_of
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.tables.recording import CONSENT_TEXTS
from telephony.identifiers import Instant, ProjectId, UserId
from telephony.order_segments import ConsentPurpose

_TEXTS = CONSENT_TEXTS.c
Faults = tuple[tuple[TextFault, Part | None], ...]


class ConsentTextStore:
    """Publishes, and tells."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def publish(self, draft: Draft, *, by: Author) -> ConsentText | Faults:
        """The text is the one that is read from here on, as the next version; or all that is missing in it."""
        if faults := faults_of(draft):
            return faults
        of_text = _of(draft.project_id, draft.language, draft.purpose)
        async with writing(self._engine) as connection:
            last = (await connection.execute(select(func.max(_TEXTS.version)).where(*of_text))).scalar()
            text = ConsentText(
                project_id=draft.project_id,
                language=draft.language,
                version=(last or 0) + 1,
                text=draft.text.strip(),
                names=dict(draft.names),
                published_at=by.at,
                published_by=by.user_id,
                purpose=draft.purpose,
                prompt=draft.prompt,
            )
            await connection.execute(insert(CONSENT_TEXTS).values(**_values(text)))
            subject = f"{text.project_id}/{text.purpose.value}/{text.language}/{text.version}"
            altered = Altered(deed="consent_text.published", subject=subject, after=text.sha256)
            await put_on_record(connection, by, [altered])
        return text

    async def texts(self, project_id: ProjectId) -> Sequence[ConsentText]:
        """All versions of the project's texts, by purpose and language, the newest first."""
        query = select(CONSENT_TEXTS).where(_TEXTS.project_id == project_id)
        order = (_TEXTS.purpose, _TEXTS.language, _TEXTS.version.desc())
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(*order))).all()
        return [_text(row) for row in rows]

    async def all_in_force(self, purpose: ConsentPurpose) -> Sequence[ConsentText]:
        """The newest text for that of every project and language."""
        query = select(CONSENT_TEXTS).where(_TEXTS.purpose == purpose.value).order_by(_TEXTS.version)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return list({(row.project_id, row.language): _text(row) for row in rows}.values())

    async def in_force(
        self, project_id: ProjectId, language: str, purpose: ConsentPurpose = ConsentPurpose.ORDER
    ) -> ConsentText | None:
        """The text to be read now; None where the project has none for that in that language: it is not done then."""
        query = select(CONSENT_TEXTS).where(*_of(project_id, language, purpose))
        async with reading(self._engine) as connection:
            row = (await connection.execute(query.order_by(_TEXTS.version.desc()).limit(1))).first()
        return None if row is None else _text(row)


def _of(project_id: ProjectId, language: str, purpose: ConsentPurpose) -> tuple[ColumnElement[bool], ...]:
    return _TEXTS.project_id == project_id, _TEXTS.language == language, _TEXTS.purpose == purpose.value


def _values(text: ConsentText) -> dict[str, Any]:
    return {
        "project_id": text.project_id,
        "purpose": text.purpose.value,
        "language": text.language,
        "version": text.version,
        "text": text.text,
        "names": msgspec.json.encode(dict(text.names)).decode(),
        "prompt": text.prompt,
        "published_at": text.published_at,
        "published_by": text.published_by,
    }


def _text(row: Row[Any]) -> ConsentText:
    return ConsentText(
        project_id=ProjectId(row.project_id),
        language=row.language,
        version=row.version,
        text=row.text,
        names=msgspec.json.decode(row.names, type=dict[Part, str]),
        published_at=Instant(row.published_at),
        published_by=UserId(row.published_by),
        purpose=ConsentPurpose(row.purpose),
        prompt=row.prompt,
    )
