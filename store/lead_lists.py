"""Lead lists: made, paused, closed, deleted, counted. Every change is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Row, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.aftercall.forms import FIELD_NAME
from routing.leads.lists import MOST_FIELDS, LeadField, LeadList, LeadListId, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.lead import GIVEN_OUT, LeadState
from routing.outbound.order import OrderPolicy
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import CentreRejected, Fault
from store.engine import forget_old_pages, reading, writing
from store.lead_rows import hashes_in
from store.tables.directory import PROJECTS
from store.tables.leads import LEAD_ATTEMPTS, LEAD_HOURS, LEAD_IMPORTS, LEAD_LISTS, LEAD_NUMBERS, LEADS
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import ClientId, Instant, ProjectId

_PAGE = 1_000
_DELETED = "deleted"
"""The state of a list whose people are just being removed: nobody sees it any more."""
IS_SEEN = ("filing", "done")
"""Imports whose leads exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFigures:
    """How far a list is: leads by where they stand, attempts, and what came of them."""

    by_state: Mapping[LeadState, int]
    attempts: int
    tried: int
    """Leads tried at least once."""
    reached: int
    """Of these, whose last attempt was answered."""
    by_code: Mapping[str, int]
    """By the wrap-up code chosen last."""

    @property
    def leads(self) -> int:
        """All there are, those erased as well."""
        return sum(self.by_state.values())


class LeadListStore:
    """Writes and reads lists."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def add(self, lead_list: LeadList, *, by: Author | None = None) -> None:
        """The list exists, empty; its client is its project's. Raises `CentreRejected` with all faults."""
        author = by or self._author()
        async with writing(self._engine) as connection:
            faults = _faults(lead_list, author.at)
            client = select(PROJECTS.c.client_id).where(PROJECTS.c.project_id == lead_list.project_id)
            client_id = (await connection.execute(client)).scalar()
            where = f"lead list {lead_list.list_id}"
            if client_id is None:
                faults.append(Fault(where=where, what=Wrong(FaultCode.UNKNOWN_PROJECT, project=lead_list.project_id)))
            there = select(LEAD_LISTS.c.list_id).where(LEAD_LISTS.c.list_id == lead_list.list_id)
            if (await connection.execute(there)).first() is not None:
                faults.append(Fault(where=where, what=Wrong(FaultCode.LIST_THERE)))
            if faults:
                raise CentreRejected(faults)
            made = replace(lead_list, client_id=ClientId(str(client_id)), created_at=author.at)
            await connection.execute(insert(LEAD_LISTS).values(**_row(made)))
            altered = Altered(deed="lead_list.added", subject=made.list_id, after={**_shown(made)})
            await put_on_record(connection, author, [altered])

    async def get(self, list_id: LeadListId) -> LeadList | None:
        """That list; None where there is none, or it was deleted."""
        query = select(LEAD_LISTS).where(LEAD_LISTS.c.list_id == list_id, LEAD_LISTS.c.state != _DELETED)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else list_in(row)

    async def any(self, list_id: LeadListId) -> LeadList:
        """That list, deleted or not; closed, then, since nothing comes to it any more."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(LEAD_LISTS).where(LEAD_LISTS.c.list_id == list_id))).one()
        return list_in(row)

    async def lists(self) -> Sequence[LeadList]:
        """All lists, the newest first."""
        query = select(LEAD_LISTS).where(LEAD_LISTS.c.state != _DELETED)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(LEAD_LISTS.c.created_at.desc(), LEAD_LISTS.c.list_id))).all()
        return [list_in(row) for row in rows]

    async def set_state(self, list_id: LeadListId, state: ListState, *, by: Author | None = None) -> bool:
        """Its leads are given out, rest, or are closed for good; False where that cannot be: there is none, or it is closed."""
        lists = LEAD_LISTS.c
        stands = [each.value for each in (ListState.OPEN, ListState.PAUSED)]
        change = update(LEAD_LISTS).where(lists.list_id == list_id, lists.state.in_(stands)).values(state=state.value)
        async with writing(self._engine) as connection:
            if not (await connection.execute(change)).rowcount:
                return False
            altered = Altered(deed="lead_list.state", subject=list_id, after={"state": state.value})
            await put_on_record(connection, by or self._author(), [altered])
        return True

    async def delete(self, list_id: LeadListId, *, reason: str, by: Author | None = None) -> bool:
        """Nobody sees the list or gives its leads out any more; its people are removed by `tidy`. False where there is none."""
        lists = LEAD_LISTS.c
        change = update(LEAD_LISTS).where(lists.list_id == list_id, lists.state != _DELETED).values(state=_DELETED)
        async with writing(self._engine) as connection:
            if not (await connection.execute(change)).rowcount:
                return False
            going = update(LEAD_IMPORTS).where(LEAD_IMPORTS.c.list_id == list_id, LEAD_IMPORTS.c.ended_at.is_(None))
            await connection.execute(going.values(is_cancelled=True))
            altered = Altered(deed="lead_list.deleted", subject=list_id, before={"why": reason})
            await put_on_record(connection, by or self._author(), [altered])
        return True

    async def tidy(self, *, expired_before: Instant) -> int:
        """The people of deleted lists, and of those whose term was over before, are removed; says how many leads went.

        Page by page: a list of a million holds the database never longer than a thousand do. A list is forgotten last.
        """
        lists = LEAD_LISTS.c
        async with writing(self._engine) as connection:
            over = (lists.expires_at < expired_before) & (lists.state != _DELETED)
            await connection.execute(update(LEAD_LISTS).where(over).values(state=_DELETED))
            going = (await connection.execute(select(lists.list_id).where(lists.state == _DELETED))).scalars().all()
        gone = 0
        for list_id in going:
            imports = select(LEAD_IMPORTS.c.import_no).where(LEAD_IMPORTS.c.list_id == list_id)
            async with reading(self._engine) as connection:
                numbers = (await connection.execute(imports)).scalars().all()
            for number in numbers:
                gone += await remove_leads(self._engine, number)
            await self.forget_attempts(list_id)
            async with writing(self._engine) as connection:
                await connection.execute(delete(LEAD_IMPORTS).where(LEAD_IMPORTS.c.list_id == list_id))
                await connection.execute(delete(LEAD_LISTS).where(lists.list_id == list_id))
        if going:
            await forget_old_pages(self._engine)
        return gone

    async def forget_attempts(self, list_id: str) -> None:
        """Nothing is counted of the list any more."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(LEAD_HOURS).where(LEAD_HOURS.c.list_id == list_id))
        legs = select(LEAD_ATTEMPTS.c.leg_id).where(LEAD_ATTEMPTS.c.list_id == list_id).limit(_PAGE)
        page, gone = delete(LEAD_ATTEMPTS).where(LEAD_ATTEMPTS.c.leg_id.in_(legs)), _PAGE
        while gone == _PAGE:
            async with writing(self._engine) as connection:
                gone = (await connection.execute(page)).rowcount

    async def left(self, list_id: LeadListId, most: int) -> int:
        """How many of its leads may yet be given out, now or later; counted no further than `most`."""
        given_out = [state.value for state in GIVEN_OUT]
        waiting = select(LEADS.c.lead_id).where(LEADS.c.import_no.in_(seen_imports(list_id)), LEADS.c.state.in_(given_out))
        async with reading(self._engine) as connection:
            return (await connection.execute(select(func.count()).select_from(waiting.limit(most).subquery()))).scalar_one()

    async def figures(self, list_id: LeadListId) -> ListFigures:
        """How far the list is now."""
        of_list = LEADS.c.import_no.in_(seen_imports(list_id))
        tried = and_(of_list, LEADS.c.tries > 0)
        sums = select(func.coalesce(func.sum(LEADS.c.tries), 0), func.count()).where(tried)
        async with reading(self._engine) as connection:
            states = await connection.execute(select(LEADS.c.state, func.count()).where(of_list).group_by(LEADS.c.state))
            by_state = {LeadState(row[0]): row[1] for row in states}
            attempts, count = (await connection.execute(sums)).one()
            reached = select(func.count()).where(tried, LEADS.c.last_outcome == "answered")
            codes = select(LEADS.c.wrap_up_code, func.count()).where(of_list, LEADS.c.wrap_up_code.is_not(None))
            by_code = (await connection.execute(codes.group_by(LEADS.c.wrap_up_code))).all()
            reached_count = (await connection.execute(reached)).scalar_one()
        return ListFigures(
            by_state=by_state,
            attempts=int(attempts),
            tried=count,
            reached=reached_count,
            by_code={row[0]: row[1] for row in by_code},
        )


def seen_imports(list_id: str) -> Any:
    """The imports of that list whose leads exist."""
    return select(LEAD_IMPORTS.c.import_no).where(LEAD_IMPORTS.c.list_id == list_id, LEAD_IMPORTS.c.state.in_(IS_SEEN))


async def remove_leads(engine: AsyncEngine, import_no: int) -> int:
    """No lead of that import is there any more, and none is found by a number; how many went."""
    gone = 0
    while True:
        async with writing(engine) as connection:
            page = select(LEADS.c.lead_id, LEADS.c.hashes).where(LEADS.c.import_no == import_no).limit(_PAGE)
            rows = (await connection.execute(page)).all()
            if rows:
                await remove_found(connection, rows)
                await connection.execute(delete(LEADS).where(LEADS.c.lead_id.in_([row.lead_id for row in rows])))
        gone += len(rows)
        if len(rows) < _PAGE:
            return gone


async def remove_found(connection: AsyncConnection, rows: Sequence[Any]) -> None:
    """These leads (`lead_id`, `hashes`) are found by no number any more."""
    found = and_(LEAD_NUMBERS.c.lookup_hash == bindparam("the_hash"), LEAD_NUMBERS.c.lead_id == bindparam("the_lead"))
    gone = [{"the_hash": each, "the_lead": row.lead_id} for row in rows for each in hashes_in(row.hashes)]
    if gone:
        await connection.execute(delete(LEAD_NUMBERS).where(found), gone)


async def list_of(connection: AsyncConnection, row: Row[Any]) -> LeadList:
    """The list that this lead is on."""
    query = select(LEAD_LISTS).join(LEAD_IMPORTS, LEAD_IMPORTS.c.list_id == LEAD_LISTS.c.list_id)
    return list_in((await connection.execute(query.where(LEAD_IMPORTS.c.import_no == row.import_no))).one())


def list_in(row: Row[Any]) -> LeadList:
    """The list as it is meant."""
    return LeadList(
        list_id=LeadListId(row.list_id),
        project_id=ProjectId(row.project_id),
        client_id=ClientId(row.client_id),
        name=row.name,
        purpose=WorkKind(row.purpose),
        owner=row.owner,
        expires_at=Instant(row.expires_at),
        fields=tuple(msgspec.json.decode(row.fields, type=list[LeadField])),
        policy=msgspec.json.decode(row.policy, type=OrderPolicy),
        state=ListState.CLOSED if row.state == _DELETED else ListState(row.state),
        created_at=Instant(row.created_at),
    )


def _row(lead_list: LeadList) -> dict[str, Any]:
    return {
        **_shown(lead_list),
        "fields": msgspec.json.encode(lead_list.fields).decode(),
        "policy": msgspec.json.encode(lead_list.policy).decode(),
        "created_at": lead_list.created_at,
    }


def _shown(lead_list: LeadList) -> dict[str, Any]:
    return {
        "list_id": lead_list.list_id,
        "project_id": lead_list.project_id,
        "client_id": lead_list.client_id,
        "name": lead_list.name,
        "purpose": lead_list.purpose.value,
        "owner": lead_list.owner,
        "state": lead_list.state.value,
        "expires_at": lead_list.expires_at,
    }


def _faults(lead_list: LeadList, at: Instant) -> list[Fault]:
    where = f"lead list {lead_list.list_id}"
    found = []
    if not lead_list.name.strip() or not lead_list.owner.strip():
        found.append(Fault(where=where, what=Wrong(FaultCode.LIST_UNNAMED)))
    if lead_list.expires_at <= at:
        found.append(Fault(where=where, what=Wrong(FaultCode.LIST_TERM_OVER)))
    if len(lead_list.fields) > MOST_FIELDS:
        found.append(Fault(where=where, what=Wrong(FaultCode.TOO_MANY_FIELDS, count=len(lead_list.fields), most=MOST_FIELDS)))
    names = [each.name for each in lead_list.fields]
    for name in dict.fromkeys(names):
        if FIELD_NAME.fullmatch(name) is None:
            found.append(Fault(where=where, what=Wrong(FaultCode.BAD_FIELD_NAME, field=name[:60])))
        elif names.count(name) > 1:
            found.append(Fault(where=where, what=Wrong(FaultCode.FIELD_TWICE, field=name)))
    return found
