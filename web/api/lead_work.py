"""Leads on an agent's desk: the next one of a list, seen before it is dialled, and dialled, skipped or promised a call.

The number is chosen with the lead and resolved here: no agent reads it. The lead's claim and its call have one id, so a wish made
twice is one call, and a lead is dialled by nobody who does not have it.
"""

from dataclasses import dataclass

from routing.eligibility import ineligible
from routing.leads.lists import LeadList, LeadListId, ListState
from routing.outbound.lead import LeadState
from routing.outbound.rules import ProjectOutbound
from store.lead_calls import wish_for
from store.lead_claims import ClaimedLead
from telephony.dialling import DialPurpose
from telephony.errors import RefusalCode
from telephony.identifiers import AgentId, CallId, Instant, PartyId
from web.api.dialling import REFUSALS
from web.permissions import Action, Resource
from web.problems import ProblemError, RefusalError
from web.reading import first_of
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.dialling import CallPlacedShown
from web.schemas.lead_work import LeadAnswer, LeadNumberShown, MyLead, PromisedCall, SkippedLead, WorkList, WorkLists
from web.schemas.leads import LeadFieldFacts
from web.schemas.types import Nothing, instant, maybe_when, when

_WORK = Needs(resource=Resource.LEAD, action=Action.DIAL)
_MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLead:
    """The lead an agent has, its list, and what they promised."""

    lead_list: LeadList
    claimed: ClaimedLead
    promise_at: Instant | None = None
    is_own_promise: bool = False


@route("GET", "/my-lead-lists", access=_WORK, summary="List the lists I may call", answer=WorkLists)
async def list_my_lead_lists(ask: Ask[Nothing, Nothing]) -> WorkLists:
    """Open lists of the projects the agent may work for."""
    agent_id = agent_of(ask)
    items = []
    for each in await ask.deps.lead_lists.lists():
        outbound = _outbound_of(ask, each)
        if each.state is not ListState.OPEN or each.expires_at <= ask.now or outbound is None:
            continue
        if _works_for(ask, agent_id, each):
            left = await ask.deps.lead_lists.left(each.list_id, _MOST_COUNTED)
            items.append(
                WorkList(
                    list_id=each.list_id,
                    name=each.name,
                    project_id=each.project_id,
                    purpose=each.purpose.value,
                    is_progressive=outbound.is_progressive,
                    left=left,
                )
            )
    return WorkLists(items=items)


@route("POST", "/lead-lists/{lead_list_id}/next", access=_WORK, summary="Have the next lead", answer=LeadAnswer)
async def have_next_lead(ask: Ask[Nothing, Nothing]) -> LeadAnswer:
    """The list's next lead is the agent's for the project's time; none, where nobody may be called now. Who has one already,
    of whatever list, is shown that one."""
    agent_id = agent_of(ask)
    mine = await _mine(ask, agent_id)
    if mine is not None:
        return LeadAnswer(lead=_shown(mine))
    lead_list = await ask.deps.lead_lists.get(LeadListId(ask.path["lead_list_id"]))
    if lead_list is None or not _works_for(ask, agent_id, lead_list):
        raise ProblemError("not_found")
    outbound = _outbound_of(ask, lead_list)
    if outbound is None:
        return LeadAnswer(lead=None)
    claimed = await ask.deps.lead_claims.claim(
        lead_list,
        agent_id,
        ask.deps.directory.current,
        claim_id=ask.deps.ids.new(ask.now),
        at=ask.now,
        lease_ms=outbound.preview_limit_ms,
    )
    return LeadAnswer(lead=None if claimed is None else _shown(OwnLead(lead_list=lead_list, claimed=claimed)))


@route("GET", "/my-lead", access=_WORK, summary="Show the lead I have", answer=LeadAnswer)
async def show_my_lead(ask: Ask[Nothing, Nothing]) -> LeadAnswer:
    """The lead the agent has, from when it was given out until it is settled after its call."""
    mine = await _mine(ask, agent_of(ask))
    return LeadAnswer(lead=None if mine is None else _shown(mine))


@route(
    "POST",
    "/my-lead/dial",
    access=_WORK,
    summary="Call the lead I have",
    answer=CallPlacedShown,
    problems=("not_found",),
    refusals=REFUSALS,
)
async def dial_my_lead(ask: Ask[Nothing, Nothing]) -> CallPlacedShown:
    """The agent's own phone rings first, as for every call by hand; asked twice, it is one call."""
    agent_id = agent_of(ask)
    mine = await own_lead(ask, agent_id)
    lead_list, claimed = mine.lead_list, mine.claimed
    call_id, now = CallId(claimed.claim_id), ask.deps.clock.now()
    if await is_called(ask, claimed):
        return CallPlacedShown(call_id=call_id)
    if not await ask.deps.lead_claims.keep(claimed.claim_id, at=now):
        raise ProblemError("not_found")
    request, party = wish_for(
        lead_list,
        claimed,
        agent_id,
        by=ask.principal.user_id,
        purpose=DialPurpose.PREVIEW,
        party_id=PartyId(ask.deps.ids.new(now)),
        at=now,
        home_country=ask.deps.directory.current.home_country,
    )
    refusal = await ask.deps.intents.submit(request, party)
    if refusal is not None and refusal.code is not RefusalCode.ALREADY_DIALLED:
        raise RefusalError(refusal)
    return CallPlacedShown(call_id=call_id)


@route(
    "POST", "/my-lead/skip", access=_WORK, summary="Skip the lead I have", body=SkippedLead, problems=("not_found", "not_open")
)
async def skip_my_lead(ask: Ask[SkippedLead, Nothing]) -> None:
    """The lead is not called now and rests a little; why is on record. One whose call has begun is not skipped any more."""
    agent_id = agent_of(ask)
    claimed = (await own_lead(ask, agent_id)).claimed
    if await is_called(ask, claimed) or not await ask.deps.lead_calls.skip(
        claimed.claim_id, agent_id, reason=ask.body.reason, by=ask.author
    ):
        raise ProblemError("not_open")


@route(
    "POST",
    "/my-lead/promise",
    access=_WORK,
    summary="Promise to call my lead back",
    body=PromisedCall,
    problems=("not_found", "too_soon"),
)
async def promise_my_lead(ask: Ask[PromisedCall, Nothing]) -> None:
    """Once its call is over the lead waits for that time, whatever its code says, unless that is that nobody calls again."""
    agent_id = agent_of(ask)
    claimed = (await own_lead(ask, agent_id)).claimed
    at = instant(ask.body.at)
    if at <= ask.now:
        raise ProblemError("too_soon")
    if not await ask.deps.lead_calls.promise(claimed.claim_id, agent_id, at=at, is_own=ask.body.is_own):
        raise ProblemError("not_found")


def agent_of(ask: Ask[Body, Query]) -> AgentId:
    agent_id = ask.principal.agent_id
    if agent_id is None:
        raise ProblemError("not_allowed")
    return agent_id


def _works_for(ask: Ask[Body, Query], agent_id: AgentId, lead_list: LeadList) -> bool:
    directory = ask.deps.directory.current
    return ineligible(directory.agents.get(agent_id), directory.projects.get(lead_list.project_id)) is None


def _outbound_of(ask: Ask[Body, Query], lead_list: LeadList) -> ProjectOutbound | None:
    project = ask.deps.directory.current.projects.get(lead_list.project_id)
    return None if project is None else project.outbound


async def is_called(ask: Ask[Body, Query], claimed: ClaimedLead) -> bool:
    """Whether the lead's call has begun."""
    return bool(await first_of(ask.deps.journal.read_call(CallId(claimed.claim_id)), 1))


async def own_lead(ask: Ask[Body, Query], agent_id: AgentId) -> OwnLead:
    """The lead the agent has. Raises `ProblemError` where they have none."""
    mine = await _mine(ask, agent_id)
    if mine is None:
        raise ProblemError("not_found")
    return mine


async def _mine(ask: Ask[Body, Query], agent_id: AgentId) -> OwnLead | None:
    mine = await ask.deps.lead_calls.of_agent(agent_id, ask.now)
    lead_list = None if mine is None else await ask.deps.lead_lists.get(mine.list_id)
    if mine is None or lead_list is None:
        return None
    found = await ask.deps.lead_claims.claim(lead_list, agent_id, ask.deps.directory.current, claim_id=mine.claim_id, at=ask.now)
    if found is None:
        return None
    return OwnLead(lead_list=lead_list, claimed=found, promise_at=mine.promise_at, is_own_promise=mine.is_own_promise)


def _shown(mine: OwnLead) -> MyLead:
    lead_list, lead, person = mine.lead_list, mine.claimed.lead, mine.claimed.person
    return MyLead(
        call_id=mine.claimed.claim_id,
        lead_id=str(lead.lead_id),
        list_id=lead_list.list_id,
        list_name=lead_list.name,
        project_id=lead_list.project_id,
        name=person.name,
        company=person.company,
        reference=person.reference,
        fields=dict(person.fields),
        titles=[
            LeadFieldFacts(name=each.name, title=each.title, kind=each.kind, is_required=each.is_required)
            for each in lead_list.fields
        ],
        numbers=[
            LeadNumberShown(
                kind=each.kind,
                number_class=each.number_class,
                country=each.country,
                tries=each.tries,
                is_next=place == mine.claimed.number_place,
            )
            for place, each in enumerate(lead.numbers)
        ],
        is_promised=lead.state is LeadState.PROMISED,
        promised_at=maybe_when(mine.promise_at),
        is_own_promise=mine.is_own_promise,
        tries=lead.tries,
        last_at=maybe_when(lead.last_at),
        ends_at=when(mine.claimed.ends_at),
    )


ROUTES = (list_my_lead_lists, have_next_lead, show_my_lead, dial_my_lead, skip_my_lead, promise_my_lead)
