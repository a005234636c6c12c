"""The work on one import: leads are written unseen, found by their numbers, seen all at once. Everything holds the lease.

Each step is a transaction of bounded size, so that the journal's writer never waits long for its turn.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.leads.lists import LeadList, lead_id
from routing.outbound.facts import Covers, ListOwner
from store.audit import Altered, Author, put_on_record
from store.bulk import add_rows
from store.engine import reading, writing
from store.lead_imports import ImportState, Instructions, LeadImport, Report, change_import, import_in
from store.lead_lists import IS_SEEN, remove_found, remove_leads
from store.lead_rows import COLUMNS, HASH_BYTES
from store.lease import Lease, require_epoch
from store.tables.leads import LEAD_IMPORTS, LEAD_LISTS, LEAD_NUMBERS, LEADS
from store.tables.outbound import DO_NOT_CALL

IMPORTER = "lead_imports"
"""The lease: one process at a time imports leads or removes them."""
BUCKETS = 256
AT_ONCE = 5_000
Stretch = range
"""Of the first bytes of hashes: the part of all numbers that is worked on at once."""
_ROW_BYTES = 4
_ENTRY = HASH_BYTES + _ROW_BYTES
_PAGE = 500


class FoundBy:
    """Which number stands in which row, kept by the first byte of the hash: 36 bytes a number, and sorted a part at a time."""

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(BUCKETS)]

    def add(self, hashes: bytes, row: int) -> None:
        """These numbers (32 bytes each) stand in that row."""
        tail = row.to_bytes(_ROW_BYTES, "big")
        for start in range(0, len(hashes), HASH_BYTES):
            one = hashes[start : start + HASH_BYTES]
            self._parts[one[0]] += one + tail

    def stretches(self) -> Iterator[Stretch]:
        """The first bytes in stretches of a few thousand numbers each."""
        sizes = [len(part) // _ENTRY for part in self._parts]
        return stretches_of(sizes)

    def within(self, stretch: Stretch) -> list[tuple[bytes, int]]:
        """The hashes that begin with these bytes and their rows, in the order of both."""
        found: list[tuple[bytes, int]] = []
        for packed in self._parts[stretch.start : stretch.stop]:
            entries = sorted(bytes(packed[start : start + _ENTRY]) for start in range(0, len(packed), _ENTRY))
            found += [(each[:HASH_BYTES], int.from_bytes(each[HASH_BYTES:], "big")) for each in entries]
        return found


def stretches_of(sizes: Sequence[int]) -> Iterator[Stretch]:
    """Stretches of first bytes that have a few thousand numbers each; `sizes` by first byte."""
    begins, count = 0, 0
    for number, size in enumerate(sizes):
        count += size
        if count >= AT_ONCE or number == BUCKETS - 1:
            yield range(begins, number + 1)
            begins, count = number + 1, 0


class LeadStaging:
    """One import's way into the database."""

    def __init__(self, engine: AsyncEngine, lease: Lease, lead_list: LeadList, import_no: int) -> None:
        self._engine = engine
        self.lease = lease
        self._list = lead_list
        self._import_no = import_no

    async def look(self) -> LeadImport:
        """The import as it stands now."""
        async with reading(self._engine) as connection:
            query = select(LEAD_IMPORTS).where(LEAD_IMPORTS.c.import_no == self._import_no)
            return import_in((await connection.execute(query)).one())

    async def begin(self) -> None:
        """Nothing is left of an earlier try, and the import is being read."""
        await remove_leads(self._engine, self._import_no)
        await self._change({"state": ImportState.READING.value, "rows_read": 0, "read_permille": 0, "leads": 0})

    async def add(self, rows: Sequence[Sequence[Any]], *, rows_read: int, read_permille: int) -> bool:
        """The leads (in the order of `COLUMNS`) are there, unseen; False where somebody has cancelled the import."""
        async with writing(self._engine) as connection:
            await require_epoch(connection, self.lease)
            query = select(LEAD_IMPORTS.c.is_cancelled).where(LEAD_IMPORTS.c.import_no == self._import_no)
            if (await connection.execute(query)).scalar_one():
                return False
            await add_rows(connection, LEADS, COLUMNS, rows)
            await change_import(connection, self._import_no, {"rows_read": rows_read, "read_permille": read_permille})
        return True

    async def remove(self, rows: Collection[int]) -> None:
        """The leads of these rows are not there any more, and found by no number."""
        ordered = sorted(rows)
        for start in range(0, len(ordered), _PAGE):
            ids = [lead_id(self._import_no, row) for row in ordered[start : start + _PAGE]]
            async with writing(self._engine) as connection:
                await require_epoch(connection, self.lease)
                page = select(LEADS.c.lead_id, LEADS.c.hashes).where(LEADS.c.lead_id.in_(ids))
                await remove_found(connection, (await connection.execute(page)).all())
                await connection.execute(delete(LEADS).where(LEADS.c.lead_id.in_(ids)))

    async def make_found(self, part: Sequence[tuple[bytes, int]], without: Collection[int]) -> None:
        """The leads of these rows are found by these numbers, but for the rows without."""
        rows = sorted({(each, lead_id(self._import_no, row)) for each, row in part if row not in without})
        async with writing(self._engine) as connection:
            await require_epoch(connection, self.lease)
            await add_rows(connection, LEAD_NUMBERS, ("lookup_hash", "lead_id"), rows)

    # -- what is known of the numbers already --------------------------------------------------------------------------

    async def imports_of_client(self) -> frozenset[int]:
        """The other imports of the client's lists whose leads exist."""
        joined = LEAD_IMPORTS.join(LEAD_LISTS, LEAD_LISTS.c.list_id == LEAD_IMPORTS.c.list_id)
        query = select(LEAD_IMPORTS.c.import_no).select_from(joined)
        query = query.where(LEAD_LISTS.c.client_id == self._list.client_id, LEAD_IMPORTS.c.state.in_(IS_SEEN))
        async with reading(self._engine) as connection:
            found = (await connection.execute(query.where(LEAD_LISTS.c.state != "deleted"))).scalars()
            return frozenset(found) - {self._import_no}

    async def leads_by(self, stretch: Stretch) -> Sequence[tuple[bytes, int]]:
        """All leads that are found by hashes that begin with these bytes."""
        found = within(LEAD_NUMBERS.c.lookup_hash, stretch)
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(LEAD_NUMBERS.c.lookup_hash, LEAD_NUMBERS.c.lead_id).where(*found))
            return [(bytes(row[0]), row[1]) for row in rows.all()]

    async def barred(self, stretch: Stretch, *, is_advertising: bool) -> frozenset[bytes]:
        """The hashes, beginning with these bytes, that may not be called for this list."""
        listed = DO_NOT_CALL.c
        owners = or_(
            and_(listed.owner == ListOwner.CENTRE.value, listed.owner_id == ""),
            and_(listed.owner == ListOwner.CLIENT.value, listed.owner_id == self._list.client_id),
            and_(listed.owner == ListOwner.PROJECT.value, listed.owner_id == self._list.project_id),
        )
        query = select(listed.lookup_hash).where(owners, *within(listed.lookup_hash, stretch))
        if not is_advertising:
            query = query.where(listed.covers == Covers.EVERYTHING.value)
        async with reading(self._engine) as connection:
            return frozenset(bytes(each) for each in (await connection.execute(query)).scalars())

    # -- how it ends ---------------------------------------------------------------------------------------------------

    async def decide(self, report: Report, known_forgotten: frozenset[bytes]) -> frozenset[bytes]:
        """All leads are good and will exist, whatever dies from here on; people who were erased meanwhile come back instead,
        and nothing is decided."""
        async with writing(self._engine) as connection:
            await require_epoch(connection, self.lease)
            query = select(LEAD_IMPORTS).where(LEAD_IMPORTS.c.import_no == self._import_no)
            if connection.dialect.name != "sqlite":
                query = query.with_for_update()
            stands = import_in((await connection.execute(query)).one())
            more = stands.forgotten - known_forgotten
            if not more and not stands.is_cancelled:
                values = {"state": ImportState.FILING.value, "report": msgspec.json.encode(report).decode()}
                await change_import(connection, self._import_no, values)
            return more

    async def end(self, state: ImportState, *, leads: int, report: Report, by: Author, proofs: int = 0) -> None:
        """The import has ended so; from here on its leads are seen, where it is done. `proofs`: leads that brought a consent."""
        values: Mapping[str, Any] = {
            "state": state.value,
            "leads": leads,
            "ended_at": by.at,
            "read_permille": 1_000 if state is ImportState.DONE else None,
            "report": msgspec.json.encode(report).decode(),
            "forgotten": "[]",
            "instructions": msgspec.json.encode(Instructions()).decode() if state is ImportState.CANCELLED else None,
        }
        async with writing(self._engine) as connection:
            await require_epoch(connection, self.lease)
            given = {name: value for name, value in values.items() if value is not None}
            await change_import(connection, self._import_no, given)
            after = {"list_id": self._list.list_id, "state": state.value, "leads": leads, "counts": report.counts}
            altered = Altered(deed="leads.import_ended", subject=str(self._import_no), after=after)
            filed = Altered(
                deed="consents.filed_by_import",
                subject=str(self._import_no),
                after={"list_id": self._list.list_id, "client_id": self._list.client_id, "leads": proofs},
            )
            await put_on_record(connection, by, [altered, filed] if proofs else [altered])

    async def undo(self) -> None:
        """None of its leads is there."""
        await remove_leads(self._engine, self._import_no)

    async def count(self, *, with_proof: bool = False) -> int:
        """How many leads of it are there, or how many that brought a consent."""
        query = select(func.count()).select_from(LEADS).where(LEADS.c.import_no == self._import_no)
        if with_proof:
            query = query.where(LEADS.c.proof.is_not(None))
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def proofs(self, stretch: Stretch) -> Sequence[tuple[bytes, int, str]]:
        """Hash, lead and proof of the leads that brought a consent and are found by hashes that begin with these bytes."""
        first, last = lead_id(self._import_no, 0), lead_id(self._import_no + 1, 0)
        joined = LEAD_NUMBERS.join(LEADS, LEADS.c.lead_id == LEAD_NUMBERS.c.lead_id)
        query = select(LEAD_NUMBERS.c.lookup_hash, LEADS.c.lead_id, LEADS.c.proof).select_from(joined)
        query = query.where(*within(LEAD_NUMBERS.c.lookup_hash, stretch), LEADS.c.proof.is_not(None))
        query = query.where(LEAD_NUMBERS.c.lead_id >= first, LEAD_NUMBERS.c.lead_id < last)
        async with reading(self._engine) as connection:
            return [(bytes(row[0]), row[1], row[2]) for row in (await connection.execute(query)).all()]

    async def _change(self, values: Mapping[str, Any]) -> None:
        async with writing(self._engine) as connection:
            await require_epoch(connection, self.lease)
            await change_import(connection, self._import_no, values)


def within(column: Any, stretch: Stretch) -> Iterator[Any]:
    """That the hash begins with one of these bytes."""
    yield column >= bytes([stretch.start])
    if stretch.stop < BUCKETS:
        yield column < bytes([stretch.stop])


async def forgotten_by_imports(connection: AsyncConnection, hashes: Collection[bytes]) -> None:
    """Imports that are under way will leave these people out."""
    query = select(LEAD_IMPORTS.c.import_no, LEAD_IMPORTS.c.forgotten).where(LEAD_IMPORTS.c.ended_at.is_(None))
    for row in (await connection.execute(query)).all():
        there = set(msgspec.json.decode(row.forgotten, type=list[str]))
        together = sorted(there | {each.hex() for each in hashes})
        await change_import(connection, row.import_no, {"forgotten": msgspec.json.encode(together).decode()})
