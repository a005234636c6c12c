"""The campaign board: what came of lead lists, against what their clients were promised."""

from collections.abc import Mapping
from dataclasses import asdict

from aiohttp import web

from routing.aftercall.board import (
    COLUMNS,
    CodesMeant,
    Counted,
    Tally,
    against,
    codes_meant,
    forecast,
    penetration_permille,
    row_of,
)
from routing.leads.lists import LeadList
from routing.outbound.verdicts import Targets
from store.campaigns import Period
from telephony.identifiers import ProjectId
from web.api.leads import READ, list_of, reaches
from web.csv_answer import CSV, csv_answer
from web.permissions import Scope
from web.routes import Ask, route
from web.schemas.campaigns import (
    AgainstTargetShown,
    AgentTally,
    CampaignBoard,
    CampaignList,
    CampaignShown,
    ForecastShown,
    HourShown,
    TallyShown,
)
from web.schemas.period import PeriodQuery
from web.schemas.types import Nothing, instant, when

MOST_LISTS = 200
WHOLE = "all"


@route("GET", "/campaigns", access=READ, summary="Compare lead lists", query=PeriodQuery, answer=CampaignList)
async def compare_campaigns(ask: Ask[Nothing, PeriodQuery]) -> CampaignList:
    """The figures of [from, to) of each list within reach, the newest 200. Team leaders: of their own people's calls."""
    return CampaignList(items=[_campaign(ask, each, tally) for each, tally in await _side_by_side(ask)])


@route("GET", "/campaigns.csv", access=READ, summary="Export the comparison of lead lists", query=PeriodQuery, media=(CSV,))
async def export_campaigns(ask: Ask[Nothing, PeriodQuery]) -> web.Response:
    """The same as a table: a row for each list."""
    rows = [row_of(each.list_id, tally) for each, tally in await _side_by_side(ask)]
    return csv_answer("campaigns", COLUMNS, rows)


@route(
    "GET",
    "/lead-lists/{lead_list_id}/board",
    access=READ,
    summary="Show a lead list's board",
    query=PeriodQuery,
    answer=CampaignBoard,
)
async def show_campaign_board(ask: Ask[Nothing, PeriodQuery]) -> CampaignBoard:
    """The list's figures of [from, to) against its client's targets, by agent and by hour; how far the whole list is, and what is
    to come. Clients see no agents, team leaders the calls of their own people."""
    lead_list = await list_of(ask)
    found = await _counted(ask, lead_list)
    left = forecast(found.by_state, found.ever)
    agents = [AgentTally(agent_id=agent, tally=_tally(tally)) for agent, tally in found.by_agent.items()]
    return CampaignBoard(
        campaign=_campaign(ask, lead_list, found.total),
        agents=None if ask.rows.scope is Scope.CLIENT else agents,
        hours=[
            HourShown(
                from_at=when(each.from_at),
                calls=each.calls,
                reached=each.reached,
                successes=each.successes,
                work_ms=each.work_ms,
            )
            for each in found.hours
        ],
        leads=sum(found.by_state.values()),
        tried=found.tried,
        by_state=dict(found.by_state),
        penetration_permille=penetration_permille(found.by_state, found.tried),
        forecast=None if left is None else ForecastShown(**asdict(left)),
    )


@route(
    "GET",
    "/lead-lists/{lead_list_id}/board.csv",
    access=READ,
    summary="Export a lead list's board",
    query=PeriodQuery,
    media=(CSV,),
)
async def export_campaign_board(ask: Ask[Nothing, PeriodQuery]) -> web.Response:
    """The figures as a table: a row for the list, and one for each agent. Clients have the list's alone."""
    lead_list = await list_of(ask)
    found = await _counted(ask, lead_list)
    agents = {} if ask.rows.scope is Scope.CLIENT else found.by_agent
    rows = [row_of(WHOLE, found.total), *(row_of(agent, tally) for agent, tally in agents.items())]
    return csv_answer(f"{lead_list.list_id}-board", COLUMNS, rows)


async def _counted(ask: Ask[Nothing, PeriodQuery], lead_list: LeadList) -> Counted:
    return await ask.deps.campaigns.board(lead_list, _codes(ask, lead_list.project_id), _period(ask))


async def _side_by_side(ask: Ask[Nothing, PeriodQuery]) -> list[tuple[LeadList, Tally]]:
    lists = [each for each in await ask.deps.lead_lists.lists() if reaches(ask, each)][:MOST_LISTS]
    codes: Mapping[ProjectId, CodesMeant] = {each.project_id: _codes(ask, each.project_id) for each in lists}
    found = await ask.deps.campaigns.by_list(lists, codes, _period(ask))
    return [(each, found[each.list_id]) for each in lists]


def _period(ask: Ask[Nothing, PeriodQuery]) -> Period:
    agents = ask.rows.team_agents if ask.rows.scope is Scope.TEAM else None
    return Period(from_at=instant(ask.query.from_), to_at=instant(ask.query.to), agents=agents)


def _codes(ask: Ask[Nothing, PeriodQuery], project_id: ProjectId) -> CodesMeant:
    project = ask.deps.directory.current.projects.get(project_id)
    return codes_meant(() if project is None or project.outbound is None else project.outbound.codes)


def _campaign(ask: Ask[Nothing, PeriodQuery], lead_list: LeadList, tally: Tally) -> CampaignShown:
    project = ask.deps.directory.current.projects.get(lead_list.project_id)
    targets = Targets() if project is None or project.outbound is None else project.outbound.targets
    return CampaignShown(
        list_id=lead_list.list_id,
        name=lead_list.name,
        project_id=lead_list.project_id,
        client_id=lead_list.client_id,
        state=lead_list.state,
        tally=_tally(tally),
        targets={name: AgainstTargetShown(**asdict(each)) for name, each in against(tally, targets).items()},
    )


def _tally(tally: Tally) -> TallyShown:
    return TallyShown.model_validate(tally, from_attributes=True)


ROUTES = (compare_campaigns, export_campaigns, show_campaign_board, export_campaign_board)
