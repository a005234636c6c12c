"""Attendance against the plan, and how many heads to plan: worked out in a process beside the service."""

from aiohttp import web

from telephony.identifiers import AgentId
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.shifts import AttendanceList, AttendanceQuery, AttendanceShown, StaffingQuery, StaffingShown
from web.schemas.types import Nothing, instant
from web.shift_ports import FiguresBusy, StaffingWanted

STAFFING = Needs(resource=Resource.STAFFING, action=Action.READ)
RETRY_S = "10"


@route(
    "GET",
    "/attendance",
    access=Needs(resource=Resource.ATTENDANCE, action=Action.READ),
    summary="Attendance against the plan",
    query=AttendanceQuery,
    answer=AttendanceList,
    problems=("not_found", "busy"),
)
async def show_attendance(ask: Ask[Nothing, AttendanceQuery]) -> AttendanceList:
    """What became of planned time in [from, to), agent by agent: of oneself, of one's team, or of all."""
    query = ask.query
    if query.agent is not None and not ask.rows.has_agent(AgentId(query.agent)):
        raise ProblemError("not_found")
    whose = ask.rows.agents if query.agent is None else frozenset([AgentId(query.agent)])
    if whose is not None and not whose:
        return AttendanceList(items=[])
    try:
        rows = await ask.deps.shift_figures.attendance(instant(query.from_), instant(query.to), whose)
    except FiguresBusy as busy:
        raise ProblemError("busy", headers={"Retry-After": RETRY_S}) from busy
    return AttendanceList(items=[AttendanceShown.model_validate(row) for row in rows if ask.rows.has_agent(row["agent_id"])])


@route(
    "GET",
    "/staffing",
    access=STAFFING,
    summary="Heads to plan",
    query=StaffingQuery,
    answer=StaffingShown,
    problems=("busy", "not_found"),
)
async def hint_staffing(ask: Ask[Nothing, StaffingQuery]) -> StaffingShown:
    """How many agents a project needs each quarter hour for its service level, by callers of past weeks, and the plan."""
    try:
        return StaffingShown.model_validate(await ask.deps.shift_figures.staffing(_wanted(ask)))
    except FiguresBusy as busy:
        raise ProblemError("busy", headers={"Retry-After": RETRY_S}) from busy


@route(
    "GET",
    "/staffing/picture",
    access=STAFFING,
    summary="Heads to plan, as a picture",
    query=StaffingQuery,
    media=("image/svg+xml",),
    problems=("busy", "not_found"),
)
async def draw_staffing(ask: Ask[Nothing, StaffingQuery]) -> web.StreamResponse:
    """Needed and planned heads over the time asked for."""
    try:
        picture = await ask.deps.shift_figures.staffing_picture(_wanted(ask))
    except FiguresBusy as busy:
        raise ProblemError("busy", headers={"Retry-After": RETRY_S}) from busy
    return web.Response(body=picture, content_type="image/svg+xml", charset="utf-8")


def _wanted(ask: Ask[Nothing, StaffingQuery]) -> StaffingWanted:
    query = ask.query
    if query.project not in ask.deps.directory.current.projects:
        raise ProblemError("not_found")
    return StaffingWanted(
        project_id=query.project,
        from_at=instant(query.from_),
        to_at=instant(query.to),
        weeks=query.weeks,
        target_percent=query.target,
        shrinkage_percent=query.shrinkage,
    )


ROUTES = (show_attendance, hint_staffing, draw_staffing)
