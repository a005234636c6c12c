"""Surveys in their versions, and the answers to them: only ever added to. Words are sealed; figures count what is plain."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.aftercall.survey_figures import SurveyFigures, figures_of
from routing.aftercall.surveys import (
    REFUSED,
    Answer,
    Question,
    QuestionKind,
    Survey,
    SurveyId,
    fault_of_answer,
    faults_of_survey,
    follows,
    next_question,
    standing,
)
from store.aftercall_people import people_of
from store.audit import Altered, Author, put_on_record
from store.centre import CentreRejected, Fault
from store.engine import reading, writing
from store.lead_rows import LeadKeys
from store.tables.aftercall import RESPONSE_PEOPLE, SURVEY_ANSWERS, SURVEY_RESPONSES, SURVEYS
from store.tables.directory import PROJECTS
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import AgentId, CallId, ClientId, Instant, PartyId, ProjectId

_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A survey, and whose it is."""

    survey: Survey
    project_id: ProjectId
    client_id: ClientId
    published_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Somebody's answers."""

    response_id: str
    survey_id: SurveyId
    version: int
    agent_id: AgentId
    call_id: CallId | None
    begun_at: Instant
    completed_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """How an answer was taken: what is asked next, or why it was refused."""

    next_question: Question | None = None
    fault: str | None = None


class SurveyStore:
    """Publishes, takes answers, counts."""

    def __init__(self, engine: AsyncEngine, keys: LeadKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def publish(self, survey: Survey, project_id: ProjectId, *, by: Author) -> Survey:
        """The survey stands, in a version of its own. Raises `CentreRejected` with all faults."""
        where = f"survey {survey.survey_id}"
        async with writing(self._engine) as connection:
            faults = [Fault(where=where, what=what) for what in faults_of_survey(survey)]
            query = select(PROJECTS.c.client_id).where(PROJECTS.c.project_id == project_id)
            client_id = (await connection.execute(query)).scalar()
            if client_id is None:
                faults.append(Fault(where=where, what=Wrong(FaultCode.UNKNOWN_PROJECT, project=project_id)))
            of_name = select(SURVEYS.c.project_id, SURVEYS.c.version).where(SURVEYS.c.survey_id == survey.survey_id)
            last = (await connection.execute(of_name.order_by(SURVEYS.c.version.desc()).limit(1))).first()
            if last is not None and last.project_id != project_id:
                faults.append(Fault(where=where, what=Wrong(FaultCode.SURVEY_ANOTHER_PROJECTS)))
            if faults:
                raise CentreRejected(faults)
            made = replace(survey, version=1 if last is None else last.version + 1)
            await connection.execute(
                insert(SURVEYS).values(
                    survey_id=made.survey_id,
                    version=made.version,
                    project_id=project_id,
                    client_id=client_id,
                    title=made.title,
                    questions=msgspec.json.encode(made.questions).decode(),
                    published_at=by.at,
                )
            )
            told = Altered(deed="survey.published", subject=made.survey_id, after={"version": made.version})
            await put_on_record(connection, by, [told])
        return made

    async def get(self, survey_id: SurveyId, version: int | None = None) -> Published | None:
        """That version of the survey, or the newest."""
        query = select(SURVEYS).where(SURVEYS.c.survey_id == survey_id)
        if version is not None:
            query = query.where(SURVEYS.c.version == version)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query.order_by(SURVEYS.c.version.desc()).limit(1))).first()
        return None if row is None else _published(row)

    async def surveys(self) -> Sequence[Published]:
        """The newest version of each, by name."""
        newest = select(SURVEYS.c.survey_id, func.max(SURVEYS.c.version).label("version")).group_by(SURVEYS.c.survey_id)
        newest_ones = newest.subquery()
        joined = SURVEYS.join(
            newest_ones, (SURVEYS.c.survey_id == newest_ones.c.survey_id) & (SURVEYS.c.version == newest_ones.c.version)
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(select(SURVEYS).select_from(joined).order_by(SURVEYS.c.survey_id))).all()
        return [_published(row) for row in rows]

    async def begin(self, response: Response, *, party_id: PartyId | None = None, lead_id: int | None = None) -> Question | None:
        """Somebody is asked the survey; the first question. Begun twice under one id it goes on where it stands."""
        async with writing(self._engine) as connection:
            survey = await _survey(connection, response.survey_id, response.version)
            there = await _response(connection, response.response_id)
            if there is None:
                row = {name: getattr(response, name) for name in Response.__slots__}
                await connection.execute(insert(SURVEY_RESPONSES).values(**row))
                people = await people_of(connection, response.call_id, party_id=party_id, lead_id=lead_id)
                if people:
                    rows = [{"response_id": response.response_id, "lookup_hash": each} for each in people]
                    await connection.execute(insert(RESPONSE_PEOPLE), rows)
            return next_question(survey, await _answers(connection, response.response_id))

    async def response(self, response_id: str) -> Response | None:
        """That response, without its answers."""
        async with reading(self._engine) as connection:
            return await _response(connection, response_id)

    async def answer(self, response_id: str, question: str, values: tuple[str, ...], *, at: Instant) -> Went | None:
        """The answer is kept beside those before it; None where there is no such response."""
        async with writing(self._engine) as connection:
            response = await _response(connection, response_id)
            if response is None:
                return None
            survey = await _survey(connection, response.survey_id, response.version)
            answers = await _answers(connection, response_id)
            asked = next((each for each in survey.questions if each.name == question), None)
            if asked is None or not follows(asked, standing(survey, answers)):
                return Went(fault="not_asked")
            if (fault := fault_of_answer(asked, values)) is not None:
                return Went(fault=fault)
            await connection.execute(insert(SURVEY_ANSWERS).values(**self._row(response_id, asked, values, at)))
            then = next_question(survey, [*answers, Answer(question=question, values=values, at=at)])
            ended = update(SURVEY_RESPONSES).where(SURVEY_RESPONSES.c.response_id == response_id)
            await connection.execute(ended.values(completed_at=at if then is None else None))
        return Went(next_question=then)

    async def figures(self, survey_id: SurveyId, version: int) -> SurveyFigures | None:
        """What came of that version, of all who answered anything; None where there is none."""
        async with reading(self._engine) as connection:
            row = await _survey_row(connection, survey_id, version)
            if row is None:
                return None
            survey = _published(row).survey
            given = [answers async for answers in _given(connection, survey)]
        return figures_of(survey, given)

    def _row(self, response_id: str, asked: Question, values: tuple[str, ...], at: Instant) -> dict[str, Any]:
        row: dict[str, Any] = {"response_id": response_id, "question": asked.name, "at": at}
        if asked.kind is not QuestionKind.TEXT or values == REFUSED:
            return {**row, "values": msgspec.json.encode(values).decode()}
        wrapped_key, sealed = self._keys.seal_record(_name(response_id, asked.name, at), values[0].encode())
        return {**row, "values": None, "wrapped_key": wrapped_key, "sealed": sealed}


WORDS = ("",)
"""What stands for an answer in words where only its being there counts."""


def _name(response_id: str, question: str, at: Instant) -> str:
    return f"answer:{response_id}:{question}:{at}"


async def _given(connection: AsyncConnection, survey: Survey) -> AsyncIterator[list[Answer]]:
    """Every response's answers, page by page."""
    responses = SURVEY_RESPONSES.c
    of_survey = (responses.survey_id == survey.survey_id) & (responses.version == survey.version)
    after = ""
    while True:
        page = select(responses.response_id).where(of_survey, responses.response_id > after)
        ids = list((await connection.execute(page.order_by(responses.response_id).limit(_PAGE))).scalars())
        if not ids:
            return
        query = select(SURVEY_ANSWERS).where(SURVEY_ANSWERS.c.response_id.in_(ids)).order_by(SURVEY_ANSWERS.c.answer_no)
        found: dict[str, list[Answer]] = {}
        for row in (await connection.execute(query)).all():
            found.setdefault(row.response_id, []).append(_answer(row))
        for response_id in ids:
            if response_id in found:
                yield found[response_id]
        after = ids[-1]


async def _answers(connection: AsyncConnection, response_id: str) -> list[Answer]:
    query = select(SURVEY_ANSWERS).where(SURVEY_ANSWERS.c.response_id == response_id).order_by(SURVEY_ANSWERS.c.answer_no)
    return [_answer(row) for row in (await connection.execute(query)).all()]


def _answer(row: Row[Any]) -> Answer:
    values = WORDS if row._mapping["values"] is None else msgspec.json.decode(row._mapping["values"], type=tuple[str, ...])
    return Answer(question=row.question, values=values, at=Instant(row.at))


async def _response(connection: AsyncConnection, response_id: str) -> Response | None:
    query = select(SURVEY_RESPONSES).where(SURVEY_RESPONSES.c.response_id == response_id)
    row = (await connection.execute(query.with_for_update())).first()
    return None if row is None else Response(**row._mapping)


async def _survey_row(connection: AsyncConnection, survey_id: SurveyId, version: int) -> Row[Any] | None:
    query = select(SURVEYS).where(SURVEYS.c.survey_id == survey_id, SURVEYS.c.version == version)
    return (await connection.execute(query)).first()


async def _survey(connection: AsyncConnection, survey_id: SurveyId, version: int) -> Survey:
    row = await _survey_row(connection, survey_id, version)
    if row is None:
        raise LookupError(f"there is no survey {survey_id} in version {version}")
    return _published(row).survey


def _published(row: Row[Any]) -> Published:
    survey = Survey(
        survey_id=SurveyId(row.survey_id),
        version=row.version,
        title=row.title,
        questions=msgspec.json.decode(row.questions, type=tuple[Question, ...]),
    )
    return Published(
        survey=survey,
        project_id=ProjectId(row.project_id),
        client_id=ClientId(row.client_id),
        published_at=Instant(row.published_at),
    )
