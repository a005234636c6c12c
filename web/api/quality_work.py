"""What quality reviews rest on and come to: forms, rules, who rates what, calibrations, reports."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from recording.quality.calibration import spread_of
from recording.quality.form import Fault, Form, FormDraft
from recording.quality.report import Line, reported
from recording.quality.review import QualityReview
from recording.quality.rules import RATING_ROLES, Bar, RatingRules
from telephony.identifiers import ProjectId, UserId
from web.api.levels import names_of_users
from web.csv_answer import CSV, csv_answer
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.quality_views import calibration_shown, criterion_of, form_shown, rules_shown
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.period import PeriodQuery
from web.schemas.quality import (
    CalibrationList,
    CalibrationShown,
    NewQualityForm,
    QualityFormShown,
    QualityFormsShown,
    RateableList,
    RateableShown,
    RatingRuleFacts,
    ReportLine,
    ReportQuery,
    ReportShown,
    ToAssign,
    ToCalibrate,
)
from web.schemas.types import Nothing, instant, when

FORM_READ = Needs(resource=Resource.QUALITY_FORM, action=Action.READ)
FORM_WRITE = Needs(resource=Resource.QUALITY_FORM, action=Action.WRITE)
ASSIGN = Needs(resource=Resource.QUALITY_REVIEW, action=Action.CONFIRM)
REPORT = Needs(resource=Resource.QUALITY_REPORT, action=Action.READ)
ASSIGN_PROBLEMS = ("cannot_be_rated", *(each.value for each in Bar))
COLUMNS = tuple(ReportLine.model_fields)


@route("GET", "/projects/{project_id}/quality", access=FORM_READ, summary="Show forms and rules", answer=QualityFormsShown)
async def show_quality_forms(ask: Ask[Nothing, Nothing]) -> QualityFormsShown:
    """What calls of the project are rated by, in all versions, and who rates them; its agents can read it."""
    project_id = _project(ask)
    version, rules = await ask.deps.quality_forms.rules(project_id)
    logins = {user.user_id: user.login for user in await ask.deps.users.all()}
    forms = [form_shown(each) for each in await ask.deps.quality_forms.forms(project_id)]
    return QualityFormsShown(forms=forms, rules_version=version, rules=rules_shown(rules, logins))


@route(
    "POST",
    "/projects/{project_id}/quality/forms",
    access=FORM_WRITE,
    summary="Publish a form",
    body=NewQualityForm,
    answer=QualityFormShown,
)
async def publish_quality_form(ask: Ask[NewQualityForm, Nothing]) -> QualityFormShown:
    """What is given out from now on is rated by this version; what was given out before keeps its own."""
    draft = FormDraft(project_id=_project(ask), scale=ask.body.scale, criteria=tuple(map(criterion_of, ask.body.criteria)))
    made = await ask.deps.quality_forms.publish(draft, by=ask.author)
    if isinstance(made, Form):
        return form_shown(made)
    raise ProblemError("invalid", fields=[_fault(each) for each in made])


@route(
    "PUT",
    "/projects/{project_id}/quality/rules",
    access=FORM_WRITE,
    summary="Set who rates",
    body=RatingRuleFacts,
    answer=QualityFormsShown,
)
async def set_quality_rules(ask: Ask[RatingRuleFacts, Nothing]) -> QualityFormsShown:
    """The rules hold from now on, for drafts as well."""
    project_id, body = _project(ask), ask.body
    rules = RatingRules(
        raters=await _people(ask, body.raters, "/raters"),
        per_agent=body.per_agent,
        period=body.period,
        answer_days=body.answer_days,
        agent_may_hear=body.agent_may_hear,
        order_words=body.order_words.strip(),
    )
    if faults := await ask.deps.quality_forms.set_rules(project_id, rules, by=ask.author):
        raise ProblemError("invalid", fields=[FieldFault(at="/", code=each.value, detail=each.value) for each in faults])
    return await show_quality_forms.handler(ask)  # type: ignore[return-value,arg-type]


@route(
    "GET",
    "/projects/{project_id}/quality/recordings",
    access=ASSIGN,
    summary="List recordings nobody rates",
    answer=RateableList,
)
async def list_rateable(ask: Ask[Nothing, Nothing]) -> RateableList:
    """Sealed recordings of the project that may be rated, the newest first."""
    found = await ask.deps.quality_assigning.rateable(_project(ask), ask.now)
    items = [
        RateableShown(
            segment_id=call.segment_id,
            call_id=call.call_id,
            agent_id=call.agent_id,
            kept_as=call.kept_as,
            recorded_at=when(call.recorded_at),
            kept_until=when(kept_until),
        )
        for call, kept_until in found
    ]
    return RateableList(items=items)


@route("POST", "/quality-reviews", access=ASSIGN, summary="Have a recording rated", body=ToAssign, problems=ASSIGN_PROBLEMS)
async def assign_quality_review(ask: Ask[ToAssign, Nothing]) -> None:
    """That reviewer is to rate it; the worker gives out the rest by itself. Nobody gives out to themselves."""
    people = await _people(ask, [ask.body.reviewer], "/reviewer")
    _given(await ask.deps.quality_assigning.assign(ask.body.segment_id, people, by=ask.author))


@route("POST", "/calibrations", access=ASSIGN, summary="Have two reviewers compared", body=ToCalibrate, problems=ASSIGN_PROBLEMS)
async def calibrate(ask: Ask[ToCalibrate, Nothing]) -> None:
    """Both rate the recording, neither sees the other's marks before both have handed in, and it counts for no level."""
    people = await _people(ask, ask.body.reviewers, "/reviewers")
    name = ask.deps.ids.new(ask.now)
    _given(await ask.deps.quality_assigning.assign(ask.body.segment_id, people, calibration_id=name, by=ask.author))


@route("GET", "/calibrations", access=ASSIGN, summary="List calibrations", query=PeriodQuery, answer=CalibrationList)
async def list_calibrations(ask: Ask[Nothing, PeriodQuery]) -> CalibrationList:
    """Who was compared with whom, and how far apart they are once both have handed in."""
    stretch = (instant(ask.query.from_), instant(ask.query.to))
    found = await ask.deps.quality_reviews.reviews(*stretch, is_calibration=True)
    groups: dict[str, list[QualityReview]] = {}
    for each in found:
        groups.setdefault(each.calibration_id or "", []).append(each)
    names = await names_of_users(ask)
    shown = [await _calibration(ask, tuple(sorted(group, key=lambda one: one.review_id)), names) for group in groups.values()]
    return CalibrationList(items=[each for each in shown if each is not None])


@route("GET", "/quality-report", access=REPORT, summary="Report quality", query=ReportQuery, answer=ReportShown)
async def report_quality(ask: Ask[Nothing, ReportQuery]) -> ReportShown:
    """Mean scores and marks by month, project, agent and criterion; of agents within reach."""
    return ReportShown(items=[_line(each) for each in await _lines(ask)])


@route("GET", "/quality-report/export", access=REPORT, summary="Export the quality report", query=ReportQuery, media=(CSV,))
async def export_quality(ask: Ask[Nothing, ReportQuery]) -> web.Response:
    """The report as CSV, points with two decimals."""
    rows = [{key: _cell(key, value) for key, value in _line(each).model_dump().items()} for each in await _lines(ask)]
    return csv_answer("quality", COLUMNS, rows)


async def _lines(ask: Ask[Body, ReportQuery]) -> list[Line]:
    query, forms = ask.query, dict[tuple[ProjectId, int], Form]()
    project_id = None if query.project is None else ProjectId(query.project)
    stretch = (instant(query.from_), instant(query.to))
    found = await ask.deps.quality_reviews.rated(*stretch, agent_ids=ask.rows.agents, project_id=project_id)
    zone = ask.deps.settings.zone
    rated = [replace(each, period=f"{when(at).astimezone(zone):%Y-%m}") for at, each in found]
    for name in {(each.project_id, each.form_version) for each in rated}:
        form = await ask.deps.quality_forms.form(*name)
        if form is not None:
            forms[name] = form
    return reported([each for each in rated if (each.project_id, each.form_version) in forms], forms)


async def _calibration(
    ask: Ask[Body, Query], reviews: tuple[QualityReview, ...], names: Mapping[str, str]
) -> CalibrationShown | None:
    form = await ask.deps.quality_forms.form(reviews[0].call.project_id, reviews[0].form_version)
    return None if form is None else calibration_shown(reviews, form, spread_of(form, reviews), names)


async def _people(ask: Ask[Body, Query], logins: list[str], at: str) -> tuple[UserId, ...]:
    """The ids of these log-ins, who can rate."""
    known = {user.login: user.user_id for user in await ask.deps.users.all() if user.is_active and user.role in RATING_ROLES}
    missing = [each for each in logins if each not in known]
    if missing or len(set(logins)) < len(logins):
        detail = "is named twice" if not missing else f"nobody with a role to rate logs in as {', '.join(missing)}"
        raise ProblemError("invalid", fields=[FieldFault(at=at, code="no_such_rater", detail=detail)])
    return tuple(known[each] for each in logins)


def _project(ask: Ask[Body, Query]) -> ProjectId:
    """The project named in the path. Out of reach is answered like unknown."""
    directory = ask.deps.directory.current
    project = directory.projects.get(ProjectId(ask.path["project_id"]))
    agent_id = ask.rows.agent_id
    profile = None if agent_id is None else directory.agents.get(agent_id)
    if project is None or not ask.rows.has_project(project, profile):
        raise ProblemError("not_found")
    return project.project_id


def _given(result: object) -> None:
    if result is None or result == []:
        raise ProblemError("cannot_be_rated")
    if isinstance(result, Bar):
        raise ProblemError(result.value)


def _fault(fault: Fault) -> FieldFault:
    what, number = fault
    at = "/criteria" if number is None else f"/criteria/{number}"
    return FieldFault(at=at, code=what.value, detail=what.value.replace("_", " "))


def _line(line: Line) -> ReportLine:
    return ReportLine(**{name: getattr(line, name) for name in COLUMNS})


def _cell(key: str, value: object) -> str:
    if value is None:
        return ""
    return f"{value / 100:.2f}" if key == "mean" and isinstance(value, int) else str(value)


ROUTES = (
    show_quality_forms,
    publish_quality_form,
    set_quality_rules,
    list_rateable,
    assign_quality_review,
    calibrate,
    list_calibrations,
    report_quality,
    export_quality,
)
