"""Documents of rights to show a number: kept sealed, version by version; none replaces another, and all go with their right."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import CentreRejected, Fault
from store.documents import LARGEST_DOCUMENT, Document, DocumentKeys, opened_document, paper_of, plain_name, sealed_document
from store.engine import reading, writing
from store.tables.outbound import RIGHT_DOCUMENTS, SHOWN_RIGHTS
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import Instant, UserId

MOST_VERSIONS = 50
_D = RIGHT_DOCUMENTS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocument:
    """A document of a right, without its content."""

    version: int
    name: str
    media_type: str
    size: int
    sha256: bytes
    added_at: Instant
    added_by: UserId


_SHOWN = [_D[name] for name in KeptDocument.__dataclass_fields__]


class RightDocuments:
    """Adds, lists, opens. That one was opened is the caller's to put on record."""

    def __init__(self, engine: AsyncEngine, keys: DocumentKeys, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def add(self, right_id: str, name: str, content: bytes, *, by: Author | None = None) -> KeptDocument:
        """The document is the right's newest version; what was there stays. The same once more, as after an answer that was lost,
        is no new version. Raises `CentreRejected` for what is no document, or no right."""
        faults = faults_of_file(right_id, content)
        if faults:
            raise CentreRejected(faults)
        paper = paper_of(content)
        assert paper is not None  # noqa: S101 - faults_of_file says so
        author = by or self._author()
        async with writing(self._engine) as connection:
            there = select(SHOWN_RIGHTS.c.right_id).where(SHOWN_RIGHTS.c.right_id == right_id).with_for_update()
            if (await connection.execute(there)).first() is None:
                raise CentreRejected([Fault(where=f"right {right_id}", what=Wrong(FaultCode.DOES_NOT_EXIST))])
            newest = await _newest(connection, right_id)
            if newest is not None and newest.sha256 == hashlib.sha256(content).digest():
                return newest
            version = 1 if newest is None else newest.version + 1
            if version > MOST_VERSIONS:
                what = Wrong(FaultCode.TOO_MANY_VERSIONS, most=MOST_VERSIONS)
                raise CentreRejected([Fault(where=f"right {right_id} document", what=what)])
            document = Document(name=plain_name(name, paper), media_type=paper.value, content=content)
            own = {"right_id": right_id, "version": version, "added_at": author.at, "added_by": author.user_id}
            sealed = await asyncio.to_thread(sealed_document, self._keys, document, _purpose(right_id, version))
            row = {**own, **sealed}
            await connection.execute(insert(RIGHT_DOCUMENTS).values(**row))
            kept = KeptDocument(**{name: row[name] for name in KeptDocument.__dataclass_fields__})
            told = {"version": version, "name": kept.name, "sha256": kept.sha256.hex(), "size": kept.size}
            await put_on_record(connection, author, [Altered(deed="shown_right.document_added", subject=right_id, after=told)])
        return kept

    async def of(self, right_id: str) -> Sequence[KeptDocument]:
        """All versions, the newest first."""
        query = select(*_SHOWN).where(_D.right_id == right_id).order_by(_D.version.desc())
        async with reading(self._engine) as connection:
            return [_kept(row) for row in (await connection.execute(query)).all()]

    async def counts(self) -> Mapping[str, int]:
        """How many versions each right has that has one."""
        return await counts_of_documents(self._engine)

    async def open(self, right_id: str, version: int) -> Document | None:
        """That version in clear. Raises `PartyError` where it was changed."""
        query = select(RIGHT_DOCUMENTS).where(_D.right_id == right_id, _D.version == version)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return await asyncio.to_thread(opened_document, self._keys, row, _purpose(right_id, version))


async def counts_of_documents(engine: AsyncEngine) -> Mapping[str, int]:
    """How many versions each right has that has one; no key is needed for that."""
    query = select(_D.right_id, func.count().label("versions")).group_by(_D.right_id)
    async with reading(engine) as connection:
        return {row.right_id: row.versions for row in (await connection.execute(query)).all()}


def faults_of_file(right_id: str, content: bytes) -> list[Fault]:
    """What is wrong with such a document; empty: it can be kept."""
    where = f"right {right_id} document"
    if len(content) > LARGEST_DOCUMENT:
        return [Fault(where=where, what=Wrong(FaultCode.FILE_TOO_LARGE, most=LARGEST_DOCUMENT))]
    if paper_of(content) is None:
        return [Fault(where=where, what=Wrong(FaultCode.NO_PAPER))]
    return []


async def _newest(connection: AsyncConnection, right_id: str) -> KeptDocument | None:
    query = select(*_SHOWN).where(_D.right_id == right_id).order_by(_D.version.desc()).limit(1)
    row = (await connection.execute(query)).first()
    return None if row is None else _kept(row)


def _kept(row: Row[Any]) -> KeptDocument:
    return KeptDocument(**row._mapping)


def _purpose(right_id: str, version: int) -> str:
    return f"right document {right_id} {version}"
