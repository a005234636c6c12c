"""`fernamt leads board`: what came of a list, against what its client was promised."""

from typing import Annotated, Any

import typer

from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.period import moment
from fernamt.cli.showing import note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from routing.aftercall.board import (
    COLUMNS,
    against,
    codes_meant,
    figures_of,
    forecast,
    penetration_permille,
    row_of,
)
from routing.leads.lists import LeadListId
from routing.outbound.rules import ProjectOutbound
from store.campaigns import EVER, CampaignStore, Period
from store.directory import DirectoryStore
from store.lead_lists import LeadListStore

ListName = Annotated[str, typer.Argument(metavar="LIST", help="The list's id.")]
From = Annotated[str | None, typer.Option("--from", help="First moment: 2026-11-01; all there is where nothing is said.")]
To = Annotated[str | None, typer.Option("--to", help="The moment after the last: 2026-12-01 ends with November.")]
WHOLE = "all"


def board(name: ListName, from_: From = None, to: To = None, as_json: Json = False) -> None:
    """Show a list's board: reach, success and cancellations by agent, against the targets; what is left, and for how long."""
    from_at = EVER.from_at if from_ is None else moment("--from", from_)
    to_at = EVER.to_at if to is None else moment("--to", to)
    if to_at <= from_at:
        raise CliError(f"--to {to} is not after --from {from_}", way_out="give the later moment as --to", code=Exit.USAGE)
    told = run(_board(name, Period(from_at=from_at, to_at=to_at)))
    if as_json:
        tallies = {"all": figures_of(told["all"]), "agents": {name: figures_of(each) for name, each in told["agents"].items()}}
        show_json({**told, **tallies})
        return
    show_rows(COLUMNS, [row_of(WHOLE, told["all"]), *(row_of(*each) for each in told["agents"].items())], is_json=False)
    for word, target in told["targets"].items():
        if target.target is not None:
            met = {True: "met", False: "missed", None: "not known yet"}[target.is_met]
            note(f"{word}: {target.figure} against {target.target}, {met}")
    left = told["forecast"]
    if left is not None:
        hours = left.work_left_ms / 3_600_000
        note(f"to come: {left.open_leads} leads, {left.calls_left} calls, {hours:.1f} h, {left.successes_to_come} successes")


async def _board(name: str, period: Period) -> dict[str, Any]:
    async with opened(settings()) as database:
        lead_list = await LeadListStore(database.engine).get(LeadListId(name))
        if lead_list is None:
            raise not_found("list", name, list_with="fernamt leads list")
        project = (await DirectoryStore(database.engine).load()).projects.get(lead_list.project_id)
        rules = ProjectOutbound() if project is None or project.outbound is None else project.outbound
        found = await CampaignStore(database.engine).board(lead_list, codes_meant(rules.codes), period)
    return {
        "list_id": name,
        "all": found.total,
        "agents": found.by_agent,
        "targets": against(found.total, rules.targets),
        "leads": sum(found.by_state.values()),
        "tried": found.tried,
        "by_state": {state.value: count for state, count in found.by_state.items()},
        "penetration_permille": penetration_permille(found.by_state, found.tried),
        "forecast": forecast(found.by_state, found.ever),
    }
