"""Suggestions: made by agents, passed on and answered by management."""

from routing.aftercall.suggestions import SuggestionState
from store.suggestions import Suggestion
from telephony.identifiers import ProjectId
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Needs, route
from web.schemas.surveys import NewSuggestion, SuggestionDecision, SuggestionList, SuggestionShown
from web.schemas.types import Nothing, maybe_when, when

READ = Needs(resource=Resource.SUGGESTION, action=Action.READ)
WRITE = Needs(resource=Resource.SUGGESTION, action=Action.WRITE)
DECIDE = Needs(resource=Resource.SUGGESTION, action=Action.CONFIRM)


@route("POST", "/suggestions", access=WRITE, summary="Suggest something", body=NewSuggestion)
async def make_suggestion(ask: Ask[NewSuggestion, Nothing]) -> None:
    """It waits for management, in the agent's own words."""
    body, agent_id = ask.body, ask.principal.agent_id
    if agent_id is None:
        raise ProblemError("not_found")
    if body.project_id is not None and ProjectId(body.project_id) not in ask.deps.directory.current.projects:
        raise ProblemError("invalid", fields=[FieldFault(at="/project_id", code="unknown", detail="there is no such project")])
    suggestion = Suggestion(
        suggestion_id=body.suggestion_id,
        agent_id=agent_id,
        project_id=None if body.project_id is None else ProjectId(body.project_id),
        about=body.about,
        words=body.words,
        made_at=ask.now,
    )
    await ask.deps.suggestions.add(suggestion, by=ask.author)


@route("GET", "/suggestions", access=READ, summary="List suggestions", answer=SuggestionList)
async def list_suggestions(ask: Ask[Nothing, Nothing]) -> SuggestionList:
    """Those within reach, the newest first, with what was answered."""
    rows = ask.rows
    whose = {Scope.SELF: [] if rows.agent_id is None else [rows.agent_id], Scope.TEAM: list(rows.team_agents)}
    found = await ask.deps.suggestions.suggestions(whose.get(rows.scope))
    return SuggestionList(
        items=[
            SuggestionShown(
                suggestion_id=each.suggestion_id,
                agent_id=each.agent_id,
                project_id=each.project_id,
                about=each.about,
                words=each.words,
                state=each.state,
                answer=each.answer,
                made_at=when(each.made_at),
                changed_at=maybe_when(each.changed_at),
            )
            for each in found
        ]
    )


@route(
    "POST",
    "/suggestions/{suggestion_id}/decide",
    access=DECIDE,
    summary="Answer a suggestion",
    body=SuggestionDecision,
    problems=("not_open",),
)
async def decide_suggestion(ask: Ask[SuggestionDecision, Nothing]) -> None:
    """It is passed on, taken up or declined; the agent reads the answer."""
    body = ask.body
    if body.state in (SuggestionState.TAKEN_UP, SuggestionState.DECLINED) and not body.answer.strip():
        raise ProblemError("invalid", fields=[FieldFault(at="/answer", code="missing", detail="the agent is owed an answer")])
    went = await ask.deps.suggestions.decide(ask.path["suggestion_id"], body.state, body.answer, by=ask.author)
    if went is None:
        raise ProblemError("not_found")
    if not went:
        raise ProblemError("not_open")


ROUTES = (make_suggestion, list_suggestions, decide_suggestion)
