"""What came of a list, as CSV: streamed, so that a million leads take no more memory than a thousand do.

UTF-8, comma, CRLF, a heading. A text that a spreadsheet would take for a formula gets an apostrophe in front.
"""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.leads.lists import LeadList, row_of
from routing.outbound.lead import LeadState
from store.engine import reading
from store.lead_lists import seen_imports
from store.lead_rows import LeadKeys, Person, person_in
from store.tables.leads import LEADS

PAGE = 2_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = (
    *("lead_id", "row", "reference", "name", "company", "numbers", "state", "tries", "last_attempt", "last_outcome"),
    *("wrap_up_code", "promised_for", "language"),
)


async def export_results(engine: AsyncEngine, keys: LeadKeys, lead_list: LeadList, sink: BinaryIO, zone: ZoneInfo) -> int:
    """The list's leads are written, in their order; how many."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = [each.name for each in lead_list.fields]
    writer.writerow([*_COLUMNS, *names])
    count = 0
    async for row in _leads(engine, lead_list):
        writer.writerow([safe(cell) for cell in _cells(row, person_in(row, keys), names, zone)])
        count += 1
        if count % PAGE == 0:
            _flush(text, sink)
    _flush(text, sink)
    return count


def safe(cell: object) -> object:
    """The cell as no spreadsheet takes it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _flush(text: io.StringIO, sink: BinaryIO) -> None:
    sink.write(text.getvalue().encode())
    text.seek(0)
    text.truncate()


async def _leads(engine: AsyncEngine, lead_list: LeadList) -> AsyncIterator[Row[Any]]:
    after = -1
    while True:
        query = select(LEADS).where(LEADS.c.import_no.in_(seen_imports(lead_list.list_id)), LEADS.c.lead_id > after)
        async with reading(engine) as connection:
            rows = (await connection.execute(query.order_by(LEADS.c.lead_id).limit(PAGE))).all()
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = rows[-1].lead_id


def _cells(row: Row[Any], person: Person | None, names: list[str], zone: ZoneInfo) -> list[object]:
    state = LeadState(row.claimed_from) if row.claimed_from is not None else LeadState(row.state)
    promised = row.next_at if state is LeadState.PROMISED and row.claim_id is None else row.claimed_due_at
    known = person or Person(numbers=[])
    return [
        str(row.lead_id),
        row_of(row.lead_id),
        known.reference,
        known.name,
        known.company,
        " ".join(known.numbers),
        state.value,
        row.tries,
        _when(row.last_at, zone),
        row.last_outcome or "",
        row.wrap_up_code or "",
        _when(promised, zone) if state is LeadState.PROMISED else "",
        row.language or "",
        *(known.fields.get(name, "") for name in names),
    ]


def _when(at: int | None, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(zone).isoformat(timespec="seconds")
