"""Lead lists: made, paused, closed, deleted, counted; what came of them; leads that wait for a person."""

from contextlib import aclosing
from math import ceil

from aiohttp import web

from routing.leads.lists import LeadField, LeadList, LeadListId, counts_as_advertising
from routing.outbound.order import OrderPolicy
from routing.outbound.settling import Verdict
from telephony.identifiers import ClientId, ProjectId
from web.api.directory import written
from web.csv_answer import CSV, CSV_TYPE
from web.permissions import Action, Resource
from web.ports import ExportsBusy
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.leads import (
    LeadDecision,
    LeadFieldFacts,
    LeadListFacts,
    LeadListShown,
    LeadListsShown,
    ListDeletion,
    ListFiguresShown,
    NewListState,
    UnclearLeads,
    UnclearShown,
)
from web.schemas.types import Nothing, instant, maybe_when, when
from web.streaming import send_file

READ = Needs(resource=Resource.LEAD_LIST, action=Action.READ)
WRITE = Needs(resource=Resource.LEAD_LIST, action=Action.WRITE)
REVEAL = Needs(resource=Resource.LEAD_LIST, action=Action.REVEAL)
ERASE = Needs(resource=Resource.LEAD_LIST, action=Action.ERASE)


@route("GET", "/lead-lists", access=READ, summary="List lead lists", answer=LeadListsShown)
async def list_lead_lists(ask: Ask[Nothing, Nothing]) -> LeadListsShown:
    """The lists within reach, the newest first."""
    return LeadListsShown(items=[_shown(ask, each) for each in await ask.deps.lead_lists.lists() if reaches(ask, each)])


@route("POST", "/lead-lists", access=WRITE, summary="Add a lead list", body=LeadListFacts)
async def add_lead_list(ask: Ask[LeadListFacts, Nothing]) -> None:
    """The list exists, empty; a file fills it. Its client is its project's, its id is never given twice."""
    facts = ask.body
    made = LeadList(
        list_id=LeadListId(facts.list_id),
        project_id=ProjectId(facts.project_id),
        client_id=ClientId(""),
        name=facts.name,
        purpose=facts.purpose,
        owner=facts.owner,
        expires_at=instant(facts.expires_at),
        fields=tuple(
            LeadField(name=each.name, title=each.title, kind=each.kind, is_required=each.is_required) for each in facts.fields
        ),
        policy=OrderPolicy(first=facts.first, among=facts.among),
    )
    await written(ask.deps.lead_lists.add(made, by=ask.author))


@route("GET", "/lead-lists/{lead_list_id}", access=READ, summary="Show a lead list", answer=LeadListShown)
async def show_lead_list(ask: Ask[Nothing, Nothing]) -> LeadListShown:
    """The list."""
    return _shown(ask, await list_of(ask))


@route("GET", "/lead-lists/{lead_list_id}/figures", access=READ, summary="Tell how far a lead list is", answer=ListFiguresShown)
async def tell_lead_list_figures(ask: Ask[Nothing, Nothing]) -> ListFiguresShown:
    """Leads by where they stand, attempts, and what came of them."""
    found = await ask.deps.lead_lists.figures((await list_of(ask)).list_id)
    return ListFiguresShown(
        leads=found.leads,
        tried=found.tried,
        reached=found.reached,
        attempts=found.attempts,
        by_state={state.value: count for state, count in found.by_state.items()},
        by_code=dict(found.by_code),
    )


@route(
    "POST",
    "/lead-lists/{lead_list_id}/state",
    access=WRITE,
    summary="Pause, open or close a lead list",
    body=NewListState,
    problems=("not_open",),
)
async def set_lead_list_state(ask: Ask[NewListState, Nothing]) -> None:
    """Its leads are given out, rest, or are closed for good; in force for the next lead."""
    lead_list = await list_of(ask)
    if not await ask.deps.lead_lists.set_state(lead_list.list_id, ask.body.state, by=ask.author):
        raise ProblemError("not_open")


@route("POST", "/lead-lists/{lead_list_id}/delete", access=ERASE, summary="Delete a lead list", body=ListDeletion)
async def delete_lead_list(ask: Ask[ListDeletion, Nothing]) -> None:
    """Nobody sees the list or is given a lead of it any more; its people are erased within the hour. Consents and do-not-call
    entries stay: they prove, and protect."""
    lead_list = await list_of(ask)
    await ask.deps.lead_lists.delete(lead_list.list_id, reason=ask.body.reason, by=ask.author)


@route(
    "GET",
    "/lead-lists/{lead_list_id}/results",
    access=REVEAL,
    summary="Export what came of a lead list",
    media=(CSV,),
    problems=("busy",),
)
async def export_lead_list(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """Every lead with its person, state, attempts and wrap-up code, as CSV that no spreadsheet takes for formulas. Who asked for
    it is on record. A file that broke off has no proper end of its transfer."""
    lead_list = await list_of(ask)
    await ask.keep("leads.exported", lead_list.list_id)
    async with aclosing(ask.deps.lead_files.results(lead_list.list_id)) as pieces:
        try:
            first = await anext(pieces, b"")
        except ExportsBusy as busy:
            raise ProblemError("busy", headers={"Retry-After": str(ceil(ask.deps.settings.export_idle_s))}) from busy
        name = f"{lead_list.list_id}.csv"
        return await send_file(ask.http, ask.deps.settings, content_type=CSV_TYPE, name=name, first=first, pieces=pieces)


@route("GET", "/lead-lists/{lead_list_id}/unclear", access=WRITE, summary="List unclear leads", answer=UnclearLeads)
async def list_unclear_leads(ask: Ask[Nothing, Nothing]) -> UnclearLeads:
    """Leads with an attempt whose end nobody saw: they are not dialled again until a person says so."""
    found = await ask.deps.lead_decisions.unclear(await list_of(ask))
    return UnclearLeads(
        items=[UnclearShown(lead_id=str(each.lead_id), tries=each.tries, last_at=maybe_when(each.last_at)) for each in found]
    )


@route(
    "POST", "/lead-lists/{lead_list_id}/leads/{lead_id}/decide", access=WRITE, summary="Decide an unclear lead", body=LeadDecision
)
async def decide_lead(ask: Ask[LeadDecision, Nothing]) -> None:
    """The lead is tried again, done, or never called; who said so is on record."""
    lead_list, verdict = await list_of(ask), Verdict(ask.body.verdict.value)
    if not await ask.deps.lead_decisions.decide(int(ask.path["lead_id"]), lead_list, verdict, by=ask.author):
        raise ProblemError("not_found")


async def list_of(ask: Ask[Body, Query]) -> LeadList:
    """The list in the path. Raises `ProblemError` where there is none within reach."""
    found = await ask.deps.lead_lists.get(LeadListId(ask.path["lead_list_id"]))
    if found is None or not reaches(ask, found):
        raise ProblemError("not_found")
    return found


def reaches(ask: Ask[Body, Query], lead_list: LeadList) -> bool:
    """Whether the list is within reach: by its project, a client's own by its client."""
    project = ask.deps.directory.current.projects.get(lead_list.project_id)
    if project is None:
        return ask.rows.has_client(lead_list.client_id)
    return ask.rows.has_project(project, None)


def _shown(ask: Ask[Nothing, Nothing], lead_list: LeadList) -> LeadListShown:
    return LeadListShown(
        list_id=lead_list.list_id,
        project_id=lead_list.project_id,
        client_id=lead_list.client_id,
        name=lead_list.name,
        purpose=lead_list.purpose,
        is_advertising=counts_as_advertising(lead_list.project_id, lead_list.purpose, ask.deps.directory.current),
        owner=lead_list.owner,
        state=lead_list.state,
        fields=[
            LeadFieldFacts(name=each.name, title=each.title, kind=each.kind, is_required=each.is_required)
            for each in lead_list.fields
        ],
        first=lead_list.policy.first,
        among=lead_list.policy.among,
        created_at=when(lead_list.created_at),
        expires_at=when(lead_list.expires_at),
    )


ROUTES = (
    list_lead_lists,
    add_lead_list,
    show_lead_list,
    tell_lead_list_figures,
    set_lead_list_state,
    delete_lead_list,
    export_lead_list,
    list_unclear_leads,
    decide_lead,
)
