"""A person goes out of all lead lists, or is left alone by them; imports that are under way leave them out."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.outbound.lead import NEVER, LeadState
from store.lead_lists import remove_found
from store.lead_rows import FORGOTTEN, UNCLAIMED
from store.lead_staging import forgotten_by_imports
from store.tables.leads import LEAD_NUMBERS, LEADS

_PAGE = 250


async def forget_leads(connection: AsyncConnection, hashes: Collection[bytes]) -> int:
    """No lead of these numbers has a person any more, whatever list it is on; how many had. What was tried stays counted."""
    if not hashes:
        return 0
    gone = 0
    for page in _pages(await _leads_of(connection, hashes)):
        await remove_found(connection, page)
        ids = [row.lead_id for row in page]
        await connection.execute(update(LEADS).where(LEADS.c.lead_id.in_(ids)).values(**FORGOTTEN, next_at=NEVER))
        gone += len(ids)
    await forgotten_by_imports(connection, hashes)
    return gone


async def restrict_leads(connection: AsyncConnection, hashes: Collection[bytes]) -> int:
    """No lead of these numbers is given out any more; how many might have been. The data is kept (Art. 18 GDPR)."""
    changed = 0
    closed = [LeadState.ERASED.value, LeadState.RESTRICTED.value]
    for page in _pages(await _leads_of(connection, hashes)):
        theirs = update(LEADS).where(LEADS.c.lead_id.in_([row.lead_id for row in page]), LEADS.c.state.not_in(closed))
        values = {"state": LeadState.RESTRICTED.value, "next_at": NEVER, **UNCLAIMED}
        changed += (await connection.execute(theirs.values(**values))).rowcount
    return changed


async def _leads_of(connection: AsyncConnection, hashes: Collection[bytes]) -> list[Row[Any]]:
    ordered = sorted(hashes)
    found: dict[int, Any] = {}
    for start in range(0, len(ordered), _PAGE):
        ids = select(LEAD_NUMBERS.c.lead_id).where(LEAD_NUMBERS.c.lookup_hash.in_(ordered[start : start + _PAGE]))
        rows = await connection.execute(select(LEADS.c.lead_id, LEADS.c.hashes).where(LEADS.c.lead_id.in_(ids)))
        found.update({row.lead_id: row for row in rows.all()})
    return list(found.values())


def _pages(rows: Sequence[Row[Any]]) -> list[Sequence[Row[Any]]]:
    return [rows[start : start + _PAGE] for start in range(0, len(rows), _PAGE)]
