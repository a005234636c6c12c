"""Sampled calls: what became of the draw. Nothing here reaches a recording."""

from recording.sampling_report import Achieved, SamplingReport
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.sampling import AchievedShown, ReportQuery, SamplingReportList, SamplingReportShown
from web.schemas.types import Nothing, instant

LONGEST_DAYS = 400
_DAY_S = 86_400


@route(
    "GET",
    "/sampling-report",
    access=Needs(resource=Resource.SAMPLING, action=Action.READ),
    summary="What became of the draw of calls to be sampled",
    query=ReportQuery,
    answer=SamplingReportList,
)
async def show_sampling_report(ask: Ask[Nothing, ReportQuery]) -> SamplingReportList:
    """How many calls were drawn, asked, agreed and recorded, by project, with the achieved rate and its interval."""
    span = ask.query.to - ask.query.from_
    if not 0 < span.total_seconds() <= LONGEST_DAYS * _DAY_S:
        raise ProblemError("invalid")
    found = await ask.deps.sampling.report(instant(ask.query.from_), instant(ask.query.to))
    known = ask.deps.directory.current.projects
    seen = (each for each in found if each.project_id in known and ask.rows.has_project(known[each.project_id], None))
    return SamplingReportList(items=[_shown(each) for each in seen])


def _shown(found: SamplingReport) -> SamplingReportShown:
    return SamplingReportShown(
        project_id=found.project_id,
        rates_permille=list(found.rates_permille),
        calls=found.calls,
        drawn=found.drawn,
        asked=found.asked,
        agreed=found.agreed,
        recorded=found.recorded,
        withdrawn=found.withdrawn,
        without_text=found.without_text,
        over_cap=found.over_cap,
        rate=_achieved(found.rate),
        recorded_rate=_achieved(found.recorded_rate),
    )


def _achieved(found: Achieved) -> AchievedShown:
    return AchievedShown(share=found.share, low=found.low, high=found.high)


ROUTES = (show_sampling_report,)
