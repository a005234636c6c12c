"""Do-not-call lists: the centre's, a client's, a project's. Numbers go in as keyed hashes and never come out again.

Entries outlive the erasure of a person: without them nobody would know whom not to call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.facts import Covers, ListOwner
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import CentreRejected, Fault
from store.engine import reading, writing
from store.known_callers import Hashes
from store.tables.directory import CLIENTS, PROJECTS
from store.tables.outbound import DO_NOT_CALL
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import Instant

_PAGE = 250
_OWNERS = {ListOwner.CLIENT: CLIENTS.c.client_id, ListOwner.PROJECT: PROJECTS.c.project_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCallList:
    """Whose list it is; the centre's own has no id."""

    owner: ListOwner
    owner_id: str = ""

    def __str__(self) -> str:
        return self.owner.value if not self.owner_id else f"{self.owner.value} {self.owner_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a list says of one number."""

    covers: Covers
    reason: str
    added_at: Instant


class DoNotCallStore:
    """Adds, removes, counts; in force for the next ask."""

    def __init__(self, engine: AsyncEngine, keys: Hashes, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def add(
        self,
        whose: DoNotCallList,
        numbers: Sequence[str],
        *,
        covers: Covers = Covers.EVERYTHING,
        reason: str = "",
        by: Author | None = None,
    ) -> int:
        """The numbers are on the list, all or none; how many were not there, or there for less. Raises `CentreRejected`.

        What covers everything is never narrowed by a later entry for advertising.
        """
        author = by or self._author()
        hashes = list(dict.fromkeys(self._keys.lookup_hash(number) for number in numbers))
        entry = Entry(covers=covers, reason=reason, added_at=author.at)
        async with writing(self._engine) as connection:
            await _check_owner(connection, whose)
            changed = 0
            for start in range(0, len(hashes), _PAGE):
                changed += await self._put(connection, whose, hashes[start : start + _PAGE], entry)
            if changed:
                altered = Altered(
                    deed="do_not_call.added",
                    subject=str(whose),
                    after={"numbers": changed, "covers": covers.value, "why": reason},
                )
                await put_on_record(connection, author, [altered])
        return changed

    async def _put(self, connection: AsyncConnection, whose: DoNotCallList, hashes: list[bytes], entry: Entry) -> int:
        entries = DO_NOT_CALL.c
        theirs = and_(*_of(whose), entries.lookup_hash.in_(hashes))
        there = {row.lookup_hash: row.covers for row in await connection.execute(select(DO_NOT_CALL).where(theirs))}
        new = [each for each in hashes if each not in there]
        wider = [each for each, covers in there.items() if covers != entry.covers and entry.covers is Covers.EVERYTHING]
        values = {"covers": entry.covers.value, "reason": entry.reason, "added_at": entry.added_at}
        if new:
            rows = [{"lookup_hash": each, "owner": whose.owner.value, "owner_id": whose.owner_id, **values} for each in new]
            await connection.execute(insert(DO_NOT_CALL), rows)
        if wider:
            await connection.execute(update(DO_NOT_CALL).where(*_of(whose), entries.lookup_hash.in_(wider)).values(**values))
        return len(new) + len(wider)

    async def remove(self, whose: DoNotCallList, number: str, *, reason: str, by: Author | None = None) -> bool:
        """The number is not on the list; False where it was not. Who said so, and why, is on record."""
        author = by or self._author()
        of_number = DO_NOT_CALL.c.lookup_hash == self._keys.lookup_hash(number)
        async with writing(self._engine) as connection:
            gone = (await connection.execute(delete(DO_NOT_CALL).where(*_of(whose), of_number))).rowcount
            if gone:
                altered = Altered(deed="do_not_call.removed", subject=str(whose), before={"why": reason})
                await put_on_record(connection, author, [altered])
        return bool(gone)

    async def entries_of(self, number: str) -> Mapping[DoNotCallList, Entry]:
        """What all lists say of that number."""
        query = select(DO_NOT_CALL).where(DO_NOT_CALL.c.lookup_hash == self._keys.lookup_hash(number))
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(DO_NOT_CALL.c.owner, DO_NOT_CALL.c.owner_id))).all()
        return {
            DoNotCallList(owner=ListOwner(row.owner), owner_id=row.owner_id): Entry(
                covers=Covers(row.covers), reason=row.reason, added_at=row.added_at
            )
            for row in rows
        }

    async def counts(self) -> Mapping[DoNotCallList, int]:
        """How many numbers each list has."""
        entries = DO_NOT_CALL.c
        query = select(entries.owner, entries.owner_id, func.count()).group_by(entries.owner, entries.owner_id)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(entries.owner, entries.owner_id))).all()
        return {DoNotCallList(owner=ListOwner(row[0]), owner_id=row[1]): row[2] for row in rows}


async def put_entry(
    connection: AsyncConnection, lookup_hash: bytes, whose: DoNotCallList, *, covers: Covers, reason: str, by: Author
) -> None:
    """The number of that hash is on the list, in a transaction of somebody else's; what covers more stays."""
    entries = DO_NOT_CALL.c
    there = and_(*_of(whose), entries.lookup_hash == lookup_hash)
    if (await connection.execute(select(entries.covers).where(there))).first() is not None:
        return
    row = {"lookup_hash": lookup_hash, "owner": whose.owner.value, "owner_id": whose.owner_id}
    await connection.execute(insert(DO_NOT_CALL).values(**row, covers=covers.value, reason=reason, added_at=by.at))
    after = {"numbers": 1, "covers": covers.value, "why": reason}
    await put_on_record(connection, by, [Altered(deed="do_not_call.added", subject=str(whose), after=after)])


def _of(whose: DoNotCallList) -> tuple[ColumnElement[bool], ...]:
    return DO_NOT_CALL.c.owner == whose.owner.value, DO_NOT_CALL.c.owner_id == whose.owner_id


async def _check_owner(connection: AsyncConnection, whose: DoNotCallList) -> None:
    column = _OWNERS.get(whose.owner)
    if column is None:
        if whose.owner_id:
            raise CentreRejected([Fault(where="do-not-call list", what=Wrong(FaultCode.CENTRE_HAS_NO_ID))])
        return
    if (await connection.execute(select(column).where(column == whose.owner_id))).first() is None:
        is_client = whose.owner is ListOwner.CLIENT
        unknown = {"client": whose.owner_id} if is_client else {"project": whose.owner_id}
        what = Wrong(FaultCode.UNKNOWN_CLIENT if is_client else FaultCode.UNKNOWN_PROJECT, **unknown)
        raise CentreRejected([Fault(where=f"do-not-call list {whose}", what=what)])
