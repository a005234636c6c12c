"""The customer's data: checked and completed by who has the lead, looked at by who may see what comes of a list."""

from typing import cast

from routing.aftercall.customer import FieldChecked
from routing.aftercall.forms import FieldFault
from telephony.identifiers import CallId
from web.api.lead_work import agent_of, is_called, own_lead
from web.api.leads import REVEAL, list_of
from web.api.orders import form_faults
from web.permissions import Action, Resource, Scope
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.lead_work import (
    CheckedData,
    CheckShown,
    ChecksReveal,
    ChecksShown,
    DataChecked,
    FieldCheckedShown,
    LeadCheckedShown,
    LeadsChecked,
)
from web.schemas.types import Nothing, when

_CHECK = Needs(resource=Resource.LEAD, action=Action.WRITE)


@route(
    "POST",
    "/my-lead/check",
    access=_CHECK,
    summary="Check my lead's data",
    body=CheckedData,
    answer=DataChecked,
    problems=("not_found",),
)
async def check_my_lead(ask: Ask[CheckedData, Nothing]) -> DataChecked:
    """The data is as stated, and each field is on record as confirmed, completed, corrected or removed. With one fault nothing
    is changed. Numbers are not changed: permission rests on them."""
    agent_id = agent_of(ask)
    mine = await own_lead(ask, agent_id)
    call_id = CallId(mine.claimed.claim_id) if await is_called(ask, mine.claimed) else None
    found = await ask.deps.lead_checks.check(
        mine.claimed.lead.lead_id, mine.lead_list, ask.body.values, by=ask.author, agent_id=agent_id, call_id=call_id
    )
    if found is None:
        raise ProblemError("not_found")
    faults = [each for each in found if isinstance(each, FieldFault)]
    if faults:
        raise ProblemError("invalid", fields=form_faults(faults))
    checked = cast(tuple[FieldChecked, ...], found)
    return DataChecked(fields=[FieldCheckedShown(name=each.name, found=each.found) for each in checked])


@route(
    "GET",
    "/lead-lists/{lead_list_id}/checks",
    access=REVEAL,
    summary="List leads whose data was checked",
    answer=LeadsChecked,
)
async def list_lead_checks(ask: Ask[Nothing, Nothing]) -> LeadsChecked:
    """Leads of the list whose data an agent checked, those checked last first, at most 200, and how many fields were found how.
    What they say is revealed lead by lead."""
    found = await ask.deps.lead_checks.checked(await list_of(ask))
    return LeadsChecked(
        items=[LeadCheckedShown(lead_id=str(each.lead_id), last_at=when(each.last_at), found=dict(each.found)) for each in found]
    )


@route(
    "POST",
    "/lead-lists/{lead_list_id}/leads/{lead_id}/reveal-checks",
    access=REVEAL,
    summary="Reveal what was checked of a lead",
    body=ChecksReveal,
    answer=ChecksShown,
)
async def reveal_lead_checks(ask: Ask[ChecksReveal, Nothing]) -> ChecksShown:
    """Each field that was checked, before and after, in clear. Who asked for it, and why, is on record. Nothing of a person who
    was erased, or is on another list."""
    lead_list, lead_id = await list_of(ask), int(ask.path["lead_id"])
    kept = await ask.deps.lead_checks.of_lead(lead_id, lead_list)
    await ask.keep("lead.checks_revealed", str(lead_id), ask.body.reason)
    return ChecksShown(
        items=[
            CheckShown(
                name=each.field.name,
                found=each.field.found,
                before=each.field.before,
                after=each.field.after,
                at=when(each.at),
                user_id=None if ask.rows.scope is Scope.CLIENT else each.user_id,
                call_id=each.call_id,
            )
            for each in kept
        ]
    )


ROUTES = (check_my_lead, list_lead_checks, reveal_lead_checks)
