"""A lead's data checked and completed: the person is sealed anew, and each field that was checked is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from msgspec.structs import replace
from sqlalchemy import case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.aftercall.customer import Checked, FieldChecked, checked, faults_of_check, form_of
from routing.aftercall.forms import FieldFault
from routing.leads.lists import LeadList
from routing.outbound.lead import LeadState
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.lead_lists import seen_imports
from store.lead_rows import LeadKeys, Person, name_of, person_in
from store.tables.aftercall import LEAD_CHECKS
from store.tables.leads import LEADS
from telephony.identifiers import AgentId, CallId, Instant, UserId

CheckSaid: TypeAlias = tuple[FieldChecked, ...] | tuple[FieldFault, ...]
"""What was checked, field by field; or what is wrong with what was stated, and nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckKept:
    """One field that was checked, as it is on record; before and after in clear."""

    field: FieldChecked
    at: Instant
    user_id: UserId
    call_id: CallId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChecked:
    """A lead whose data was checked: when last, and how many fields were found how; nothing of what they say."""

    lead_id: int
    last_at: Instant
    found: Mapping[Checked, int]


class LeadCheckStore:
    """Corrects, completes, confirms; tells who did."""

    def __init__(self, engine: AsyncEngine, keys: LeadKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def check(
        self,
        lead_id: int,
        lead_list: LeadList,
        stated: Mapping[str, str],
        *,
        by: Author,
        agent_id: AgentId | None = None,
        call_id: CallId | None = None,
    ) -> CheckSaid | None:
        """The lead's data is as stated. None where there is no such person on the list any more, or, for an agent, where the lead
        is not theirs. Faults: nothing was changed."""
        form = form_of(lead_list.fields)
        if faults := faults_of_check(form, stated):
            return faults
        of_list = LEADS.c.import_no.in_(seen_imports(lead_list.list_id))
        query = select(LEADS).where(LEADS.c.lead_id == lead_id, of_list, LEADS.c.state != LeadState.RESTRICTED.value)
        if agent_id is not None:
            query = query.where(LEADS.c.claimed_by == agent_id)
        async with writing(self._engine) as connection:
            row = (await connection.execute(query.with_for_update())).first()
            person = None if row is None else person_in(row, self._keys)
            if person is None:
                return None
            found = checked(form, {**person.fields, "name": person.name, "company": person.company}, stated)
            if any(each.found is not Checked.CONFIRMED for each in found):
                wrapped_key, sealed = self._keys.seal_record(name_of(lead_id), msgspec.json.encode(_after(person, found)))
                mine = update(LEADS).where(LEADS.c.lead_id == lead_id)
                await connection.execute(mine.values(wrapped_key=wrapped_key, sealed=sealed))
            rows = [self._row(lead_id, each, by, call_id) for each in found]
            if rows:
                await connection.execute(insert(LEAD_CHECKS), rows)
            told = {each.name: each.found.value for each in found}
            await put_on_record(connection, by, [Altered(deed="lead.checked", subject=str(lead_id), after=told)])
        return found

    async def of_lead(self, lead_id: int, lead_list: LeadList) -> Sequence[CheckKept]:
        """All that was ever checked of that lead of the list, in its order."""
        of_list = select(LEADS.c.lead_id).where(
            LEADS.c.lead_id == lead_id, LEADS.c.import_no.in_(seen_imports(lead_list.list_id))
        )
        query = select(LEAD_CHECKS).where(LEAD_CHECKS.c.lead_id.in_(of_list)).order_by(LEAD_CHECKS.c.check_no)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        kept = []
        for row in rows:
            clear = self._keys.open_record(_name(lead_id, row.field, row.at), row.wrapped_key, row.sealed)
            before, after = msgspec.json.decode(clear, type=tuple[str, str])
            field = FieldChecked(name=row.field, found=Checked(row.found), before=before, after=after)
            call_id = None if row.call_id is None else CallId(row.call_id)
            kept.append(CheckKept(field=field, at=Instant(row.at), user_id=UserId(row.user_id), call_id=call_id))
        return kept

    async def checked(self, lead_list: LeadList, limit: int = 200) -> Sequence[LeadChecked]:
        """The leads of the list whose data was checked, those checked last first."""
        of_list = LEADS.c.import_no.in_(seen_imports(lead_list.list_id))
        last_at = func.max(LEAD_CHECKS.c.at).label("last_at")
        kinds = [func.sum(case((LEAD_CHECKS.c.found == each.value, 1), else_=0)).label(each.name) for each in Checked]
        query = select(LEAD_CHECKS.c.lead_id, last_at, *kinds).join(LEADS, LEADS.c.lead_id == LEAD_CHECKS.c.lead_id)
        query = query.where(of_list).group_by(LEAD_CHECKS.c.lead_id).order_by(last_at.desc(), LEAD_CHECKS.c.lead_id)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.limit(limit))).all()
        return [
            LeadChecked(
                lead_id=row.lead_id,
                last_at=Instant(row.last_at),
                found={each: int(getattr(row, each.name)) for each in Checked if getattr(row, each.name)},
            )
            for row in rows
        ]

    def _row(self, lead_id: int, each: FieldChecked, by: Author, call_id: CallId | None) -> dict[str, object]:
        name = _name(lead_id, each.name, by.at)
        wrapped_key, sealed = self._keys.seal_record(name, msgspec.json.encode((each.before, each.after)))
        own = {"lead_id": lead_id, "field": each.name, "found": each.found.value, "at": by.at, "user_id": by.user_id}
        return {**own, "call_id": call_id, "wrapped_key": wrapped_key, "sealed": sealed}


def _name(lead_id: int, field: str, at: int) -> str:
    return f"check:{lead_id}:{field}:{at}"


def _after(person: Person, found: Sequence[FieldChecked]) -> Person:
    stated = {each.name: each.after for each in found}
    own = {name: stated.pop(name) for name in ("name", "company") if name in stated}
    fields = {name: value for name, value in {**person.fields, **stated}.items() if value}
    return replace(person, fields=fields, **own)
