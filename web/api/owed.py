"""What an agent is owed: a statement on demand, and a person who answers what they contest."""

from dataclasses import replace

from routing.levels.contest import Contest
from routing.levels.proposal import Obstacle
from telephony.identifiers import AgentId
from web.api.levels import OBSTACLES, names_of_users
from web.level_ports import StatementsBusy
from web.level_views import contest_shown, statement_shown
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.calls import Reason
from web.schemas.levels import (
    AnswerFacts,
    ContestFacts,
    ContestList,
    ContestShown,
    ContestsQuery,
    StatementShown,
    WordsErasedShown,
)
from web.schemas.period import PeriodQuery
from web.schemas.types import Nothing, instant, when

RETRY_S = "30"


@route(
    "GET",
    "/agents/{agent_id}/statement",
    access=Needs(resource=Resource.STATEMENT, action=Action.READ),
    summary="Tell an agent what they are owed",
    query=PeriodQuery,
    answer=StatementShown,
    problems=("busy",),
)
async def tell_statement(ask: Ask[Nothing, PeriodQuery]) -> StatementShown:
    """Which data and which rules were used, and how level, offers, pauses and misses of the period came about: as data, and in
    German or English as Accept-Language says. For the agent, their team leader, supervisors and administrators."""
    agent_id, query = _agent(ask), ask.query
    try:
        found = await ask.deps.statements.statement(agent_id, instant(query.from_), instant(query.to), ask.language.value)
    except StatementsBusy as busy:
        raise ProblemError("busy", headers={"Retry-After": RETRY_S}) from busy
    return statement_shown(found)


@route(
    "POST",
    "/agents/{agent_id}/contest",
    access=Needs(resource=Resource.CONTEST, action=Action.WRITE),
    summary="Contest a decision",
    body=ContestFacts,
    answer=ContestShown,
)
async def contest_decision(ask: Ask[ContestFacts, Nothing]) -> ContestShown:
    """The objection is listed and on record, and addressed to a person whose name is answered here. A confirmed level does not
    come into force before its objection is answered."""
    contest = Contest(
        contest_id=ask.deps.ids.new(ask.now),
        agent_id=_agent(ask),
        what=ask.body.what,
        subject=ask.body.subject,
        words=ask.body.words,
        responsible="",
        responsible_name="",
        raised_at=ask.now,
        raised_by=ask.principal.user_id,
    )
    raised = await ask.deps.contests.raise_one(contest, by=ask.author)
    if raised is None:
        detail = "this is no proposal about you: name the proposal's id"
        raise ProblemError("invalid", fields=[FieldFault(at="/subject", code="no_such_proposal", detail=detail)])
    return contest_shown(raised, await names_of_users(ask))


@route(
    "GET",
    "/contests",
    access=Needs(resource=Resource.CONTEST, action=Action.READ),
    summary="List what is contested",
    query=ContestsQuery,
    answer=ContestList,
)
async def list_contests(ask: Ask[Nothing, ContestsQuery]) -> ContestList:
    """Objections of agents within reach, the newest first, at most a thousand."""
    names = await names_of_users(ask)
    found = await ask.deps.contests.contests(agent_ids=ask.rows.agents, is_open=ask.query.open)
    return ContestList(items=[contest_shown(contest, names) for contest in found])


@route(
    "POST",
    "/contests/{contest_id}/answer",
    access=Needs(resource=Resource.CONTEST, action=Action.CONFIRM),
    summary="Answer what is contested",
    body=AnswerFacts,
    answer=ContestShown,
    problems=OBSTACLES,
)
async def answer_contest(ask: Ask[AnswerFacts, Nothing]) -> ContestShown:
    """The decision stands, or is taken back: then a confirmed level never comes into force."""
    by = ask.author
    found = await ask.deps.contests.answer(ask.path["contest_id"], answer=ask.body.answer, words=ask.body.words, by=by)
    if found is None:
        raise ProblemError("not_found")
    if isinstance(found, Obstacle):
        raise ProblemError(found.value)
    return contest_shown(found, await names_of_users(ask))


@route(
    "POST",
    "/agents/{agent_id}/erase-contest-words",
    access=Needs(resource=Resource.CONTEST, action=Action.ERASE, needs_session=True),
    summary="Erase the words of objections",
    body=Reason,
    answer=WordsErasedShown,
)
async def erase_contest_words(ask: Ask[Reason, Nothing]) -> WordsErasedShown:
    """What the agent wrote in objections, and was answered, has lost its key and does not come back; who, what, when and the
    decision stay. The receipt is the proof; who did it, and why, is on record."""
    by = replace(ask.author, reason=ask.body.reason)
    receipt = await ask.deps.contests.erase_words(_agent(ask), receipt_id=ask.deps.ids.new(ask.now), reason=by.reason, by=by)
    return WordsErasedShown(receipt_id=receipt.receipt_id, erased_at=when(receipt.erased_at), contests=receipt.contests)


def _agent(ask: Ask[Body, Query]) -> AgentId:
    """The agent named in the path. Out of reach is answered like unknown."""
    agent_id = AgentId(ask.path["agent_id"])
    if agent_id not in ask.deps.directory.current.agents or not ask.rows.has_agent(agent_id):
        raise ProblemError("not_found")
    return agent_id


ROUTES = (tell_statement, contest_decision, list_contests, answer_contest, erase_contest_words)
