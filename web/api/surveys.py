"""Surveys: published, asked on calls, counted."""

from dataclasses import asdict

import msgspec
from aiohttp import web

from routing.aftercall.survey_figures import TABLE_COLUMNS, SurveyFigures, table_of
from routing.aftercall.surveys import Question, Survey, SurveyId
from store.surveys import Published, Response
from telephony.identifiers import ProjectId
from web.api.calls import belongings, party_of, story_within_reach, talked_of
from web.api.directory import written
from web.api.orders import lead_of
from web.csv_answer import CSV, csv_answer
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.surveys import (
    NewAnswer,
    NewResponse,
    NewSurvey,
    NextShown,
    QuestionFacts,
    SurveyFiguresShown,
    SurveyList,
    SurveyShown,
    VersionQuery,
)
from web.schemas.types import Nothing, when

READ = Needs(resource=Resource.SURVEY, action=Action.READ)
WRITE = Needs(resource=Resource.SURVEY, action=Action.WRITE)
COUNT = Needs(resource=Resource.SURVEY_ANSWER, action=Action.READ)
ANSWER = Needs(resource=Resource.SURVEY_ANSWER, action=Action.WRITE)


@route("GET", "/surveys", access=READ, summary="List surveys", answer=SurveyList)
async def list_surveys(ask: Ask[Nothing, Nothing]) -> SurveyList:
    """The newest version of each survey within reach."""
    return SurveyList(items=[_shown(each) for each in await ask.deps.surveys.surveys() if _reaches(ask, each)])


@route("POST", "/surveys", access=WRITE, summary="Publish a survey", body=NewSurvey, answer=SurveyShown)
async def publish_survey(ask: Ask[NewSurvey, Nothing]) -> SurveyShown:
    """The survey stands; what stood under its id keeps its version and its answers."""
    body = ask.body
    questions = msgspec.convert([each.model_dump() for each in body.questions], tuple[Question, ...])
    survey = Survey(survey_id=SurveyId(body.survey_id), version=0, title=body.title, questions=questions)
    await written(ask.deps.surveys.publish(survey, ProjectId(body.project_id), by=ask.author))
    found = await ask.deps.surveys.get(survey.survey_id)
    if found is None:
        raise ProblemError("not_found")
    return _shown(found)


@route("GET", "/surveys/{survey_id}", access=READ, summary="Show a survey", query=VersionQuery, answer=SurveyShown)
async def show_survey(ask: Ask[Nothing, VersionQuery]) -> SurveyShown:
    """The survey in that version, or the newest."""
    return _shown(await _within_reach(ask, ask.query.version))


@route(
    "GET", "/surveys/{survey_id}/figures", access=COUNT, summary="Count a survey", query=VersionQuery, answer=SurveyFiguresShown
)
async def count_survey(ask: Ask[Nothing, VersionQuery]) -> SurveyFiguresShown:
    """What came of it: counts, shares, means, bars to draw. What rests on few people is withheld; words are never part of it."""
    return SurveyFiguresShown.model_validate_json(msgspec.json.encode(asdict(await _figures(ask))))


@route(
    "GET",
    "/surveys/{survey_id}/figures.csv",
    access=COUNT,
    summary="Export a survey's figures",
    query=VersionQuery,
    media=(CSV,),
)
async def export_survey(ask: Ask[Nothing, VersionQuery]) -> web.Response:
    """The same as a table: a row for each bar."""
    figures = await _figures(ask)
    return csv_answer(f"{figures.survey_id}-{figures.version}", TABLE_COLUMNS, table_of(figures))


@route(
    "POST",
    "/calls/{call_id}/survey-responses",
    access=ANSWER,
    summary="Ask a survey on a call",
    body=NewResponse,
    answer=NextShown,
    problems=("taken",),
)
async def begin_survey(ask: Ask[NewResponse, Nothing]) -> NextShown:
    """The first question, of the newest version. Agents: on calls they talked on, with the surveys of the call's project."""
    envelopes = await story_within_reach(ask)
    agent_id, call_id = ask.principal.agent_id, envelopes[0].call_id
    found = await ask.deps.surveys.get(SurveyId(ask.body.survey_id))
    if found is None or agent_id is None or call_id is None or agent_id not in talked_of(envelopes):
        raise ProblemError("not_found")
    if found.project_id != belongings(envelopes)[1]:
        raise ProblemError("not_found")
    there = await ask.deps.surveys.response(ask.body.response_id)
    if there is not None and (there.agent_id, there.call_id) != (agent_id, call_id):
        raise ProblemError("taken")
    response = there or Response(
        response_id=ask.body.response_id,
        survey_id=found.survey.survey_id,
        version=found.survey.version,
        agent_id=agent_id,
        call_id=call_id,
        begun_at=ask.now,
        completed_at=None,
    )
    first = await ask.deps.surveys.begin(response, party_id=party_of(envelopes), lead_id=lead_of(envelopes))
    return NextShown(next_question=_question(first))


@route(
    "POST",
    "/survey-responses/{response_id}/answers",
    access=ANSWER,
    summary="Answer a survey's question",
    body=NewAnswer,
    answer=NextShown,
)
async def answer_survey(ask: Ask[NewAnswer, Nothing]) -> NextShown:
    """The answer is added to those before it, and what is asked next is told."""
    response_id = ask.path["response_id"]
    response = await ask.deps.surveys.response(response_id)
    if response is None or not ask.rows.has_agent(response.agent_id):
        raise ProblemError("not_found")
    went = await ask.deps.surveys.answer(response_id, ask.body.question, tuple(ask.body.values), at=ask.now)
    if went is None:
        raise ProblemError("not_found")
    if went.fault is not None:
        raise ProblemError("invalid", fields=[FieldFault(at="/values", code=went.fault, detail="is no answer to that question")])
    return NextShown(next_question=_question(went.next_question))


async def _figures(ask: Ask[Nothing, VersionQuery]) -> SurveyFigures:
    found = await _within_reach(ask, ask.query.version)
    figures = await ask.deps.surveys.figures(found.survey.survey_id, found.survey.version)
    if figures is None:
        raise ProblemError("not_found")
    return figures


async def _within_reach(ask: Ask[Body, Query], version: int | None) -> Published:
    found = await ask.deps.surveys.get(SurveyId(ask.path["survey_id"]), version)
    if found is None or not _reaches(ask, found):
        raise ProblemError("not_found")
    return found


def _reaches(ask: Ask[Body, Query], found: Published) -> bool:
    directory = ask.deps.directory.current
    project = directory.projects.get(found.project_id)
    if project is None:
        return ask.rows.scope in (Scope.ALL, Scope.CLIENT) and ask.rows.has_client(found.client_id)
    agent_id = ask.principal.agent_id
    return ask.rows.has_project(project, None if agent_id is None else directory.agents.get(agent_id))


def _question(question: Question | None) -> QuestionFacts | None:
    return None if question is None else QuestionFacts.model_validate_json(msgspec.json.encode(question))


def _shown(found: Published) -> SurveyShown:
    survey = found.survey
    return SurveyShown(
        survey_id=survey.survey_id,
        version=survey.version,
        project_id=found.project_id,
        client_id=found.client_id,
        title=survey.title,
        questions=[QuestionFacts.model_validate_json(msgspec.json.encode(each)) for each in survey.questions],
        published_at=when(found.published_at),
    )


ROUTES = (list_surveys, publish_survey, show_survey, count_survey, export_survey, begin_survey, answer_survey)
