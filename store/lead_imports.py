"""Imports of leads: asked for, under way, done. All of a file's leads exist from one instant on, or none ever does.

`uploaded` (its file is here, nobody has started it) → `waiting` → `reading` → `filing` → `done`; or `refused`, `cancelled`. While
it is read, its leads are in the table and nobody sees them; what dies then is wiped away and begun again. `filing` says that all
were found good: from there on it only goes forward, however often it is begun again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.leads.lists import LeadListId
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.engine import reading, writing
from store.tables.leads import LEAD_IMPORTS
from telephony.identifiers import Instant, UserId


class ImportState(StrEnum):
    """How far an import is."""

    UPLOADED = "uploaded"
    WAITING = "waiting"
    READING = "reading"
    FILING = "filing"
    DONE = "done"
    REFUSED = "refused"
    """The file has faults; none of its leads was taken."""
    CANCELLED = "cancelled"


OPEN = (ImportState.WAITING, ImportState.READING, ImportState.FILING)
NOT_SEEN = (ImportState.UPLOADED, ImportState.WAITING, ImportState.READING, ImportState.FILING)
KEPT_FAULTS = 1_000


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read."""

    mapping: list[str] = []
    leave_out: list[str] = []
    """Faults whose rows are left out instead of refusing the file."""
    sheet: str | None = None


class Report(msgspec.Struct, kw_only=True):
    """What was found in a file. Faults are row, column and code; never what stood there."""

    faults: list[tuple[int, int, str]] = []
    """The first thousand."""
    counts: dict[str, int] = {}
    """All of them, by code."""
    left_out: int = 0
    """Rows that were left out as was asked for."""
    refused: str = ""
    """Why the file could not be read at all: a code."""

    def note(self, row: int, column: int, code: str) -> None:
        """The fault is counted, and told while there are few."""
        self.counts[code] = self.counts.get(code, 0) + 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append((row, column, code))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadImport:
    """One file for one list."""

    import_no: int
    list_id: LeadListId
    state: ImportState
    file_name: str
    stored_as: str
    instructions: Instructions
    asked_at: Instant
    asked_by: UserId
    ended_at: Instant | None
    is_cancelled: bool
    rows_read: int
    read_permille: int
    leads: int
    report: Report
    forgotten: frozenset[bytes] = field(default=frozenset(), repr=False)


class LeadImportStore:
    """Keeps imports; what works on one is `LeadStaging`."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def ask(
        self, list_id: LeadListId, *, file_name: str, stored_as: str, state: ImportState, by: Author | None = None,
        instructions: Instructions | None = None,
    ) -> int:  # fmt: skip
        """An import of that stored file is there, uploaded or waiting; returns its number."""
        author = by or self._author()
        values = {
            "list_id": list_id,
            "state": state.value,
            "file_name": file_name[:200],
            "stored_as": stored_as,
            "instructions": _json(instructions or Instructions()),
            "asked_at": author.at,
            "asked_by": author.user_id,
            "is_cancelled": False,
            "rows_read": 0,
            "read_permille": 0,
            "leads": 0,
            "report": _json(Report()),
            "forgotten": "[]",
        }
        async with writing(self._engine) as connection:
            made = await connection.execute(insert(LEAD_IMPORTS).values(**values).returning(LEAD_IMPORTS.c.import_no))
            number = int(made.scalar_one())
            told = Altered(deed="leads.import_asked", subject=str(number), after={"list_id": list_id, "state": state.value})
            await put_on_record(connection, author, [told])
        return number

    async def start(self, import_no: int, instructions: Instructions, *, by: Author | None = None) -> bool:
        """The uploaded file waits for its turn; False where it is not an uploaded one."""
        imports = LEAD_IMPORTS.c
        change = update(LEAD_IMPORTS).where(imports.import_no == import_no, imports.state == ImportState.UPLOADED.value)
        async with writing(self._engine) as connection:
            values = {"state": ImportState.WAITING.value, "instructions": _json(instructions)}
            if not (await connection.execute(change.values(**values))).rowcount:
                return False
            after = {"mapping": instructions.mapping, "leave_out": instructions.leave_out}
            altered = Altered(deed="leads.import_started", subject=str(import_no), after=after)
            await put_on_record(connection, by or self._author(), [altered])
        return True

    async def cancel(self, import_no: int, *, by: Author | None = None) -> bool:
        """No lead of it will ever exist; False where it has ended, or is past the point where it could."""
        imports = LEAD_IMPORTS.c
        cancellable = [each.value for each in (ImportState.UPLOADED, ImportState.WAITING, ImportState.READING)]
        change = update(LEAD_IMPORTS).where(imports.import_no == import_no, imports.state.in_(cancellable))
        async with writing(self._engine) as connection:
            if not (await connection.execute(change.values(is_cancelled=True))).rowcount:
                return False
            altered = Altered(deed="leads.import_cancelled", subject=str(import_no))
            await put_on_record(connection, by or self._author(), [altered])
        return True

    async def get(self, import_no: int) -> LeadImport | None:
        """That import."""
        found = await self._read(select(LEAD_IMPORTS).where(LEAD_IMPORTS.c.import_no == import_no))
        return found[0] if found else None

    async def of_list(self, list_id: LeadListId, limit: int = 200) -> Sequence[LeadImport]:
        """The list's imports, the newest first."""
        imports = LEAD_IMPORTS.c
        query = select(LEAD_IMPORTS).where(imports.list_id == list_id).order_by(imports.import_no.desc()).limit(limit)
        return await self._read(query)

    async def open(self) -> Sequence[LeadImport]:
        """Those to be worked on, in their order; those cancelled as well, until they are wiped away."""
        imports = LEAD_IMPORTS.c
        is_open = imports.state.in_([each.value for each in OPEN])
        given_up = imports.is_cancelled & (imports.state == ImportState.UPLOADED.value)
        return await self._read(select(LEAD_IMPORTS).where(is_open | given_up).order_by(imports.import_no))

    async def forgotten_uploads(self, before: Instant) -> Sequence[LeadImport]:
        """Files nobody started since."""
        imports = LEAD_IMPORTS.c
        return await self._read(
            select(LEAD_IMPORTS).where(imports.state == ImportState.UPLOADED.value, imports.asked_at < before)
        )

    async def _read(self, query: Any) -> list[LeadImport]:
        async with reading(self._engine) as connection:
            return [import_in(row) for row in (await connection.execute(query)).all()]


def import_in(row: Row[Any]) -> LeadImport:
    """The import as it is meant."""
    return LeadImport(
        import_no=row.import_no,
        list_id=LeadListId(row.list_id),
        state=ImportState(row.state),
        file_name=row.file_name,
        stored_as=row.stored_as,
        instructions=msgspec.json.decode(row.instructions, type=Instructions),
        asked_at=Instant(row.asked_at),
        asked_by=UserId(row.asked_by),
        ended_at=None if row.ended_at is None else Instant(row.ended_at),
        is_cancelled=row.is_cancelled,
        rows_read=row.rows_read,
        read_permille=row.read_permille,
        leads=row.leads,
        report=msgspec.json.decode(row.report, type=Report),
        forgotten=frozenset(bytes.fromhex(each) for each in msgspec.json.decode(row.forgotten, type=list[str])),
    )


async def change_import(connection: AsyncConnection, import_no: int, values: Mapping[str, Any]) -> None:
    """The import's row has these values."""
    await connection.execute(update(LEAD_IMPORTS).where(LEAD_IMPORTS.c.import_no == import_no).values(**values))


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
