"""`fernamt staffing`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fernamt import parts
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from fernamt.moment import now
from fernamt.staffing import Staffing, staffing
from fernamt.whatif.replays import NICE
from fernamt.worker import PAGE_ROWS
from routing.shifts.staffing import Wanted
from routing.shifts.wall_clock import local_of
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.shifts import ShiftStore
from telephony.identifiers import Instant, ProjectId

Project = Annotated[str, typer.Option("--project", help="For this project.")]
Weeks = Annotated[int, typer.Option("--weeks", min=1, max=52, help="So many past weeks tell how many callers come.")]
Target = Annotated[float, typer.Option("--target", min=1, max=99.9, help="Percent of callers to be answered in time.")]
Threshold = Annotated[float | None, typer.Option("--threshold", min=0, help="Seconds that are in time; else the project's.")]
Shrinkage = Annotated[float, typer.Option("--shrinkage", min=0, max=89, help="Percent of booked time agents are not there.")]
Picture = Annotated[Path | None, typer.Option("--picture", help="Write an SVG to this file; - for standard output.")]
COLUMNS = ("from", "callers", "erlang_c", "erlang_a", "needed", "planned", "over")


def register(app: typer.Typer) -> None:
    """The command is known."""
    app.info.no_args_is_help = False
    app.command(no_args_is_help=True)(show)


def show(
    from_: From,
    to: To,
    project: Project,
    weeks: Weeks = 6,
    target: Target = 80.0,
    threshold: Threshold = None,
    shrinkage: Shrinkage = 0.0,
    picture: Picture = None,
    as_json: Json = False,
) -> None:
    """How many agents a project needs each quarter hour for its service level, and how many are planned.

    Callers are those of past weeks by weekday and quarter hour, public holidays apart. `erlang_c`: if nobody gave up; `erlang_a`:
    with the patience that callers had; `needed`: that with shrinkage. Who is booked for the centre or a team counts for each of
    their projects.
    """
    from_at, to_at = moment("--from", from_), moment("--to", to)
    if to_at <= from_at:
        raise CliError(f"--to {to} is not after --from {from_}", way_out="give the later moment as --to", code=Exit.USAGE)
    os.nice(NICE)
    found = run(_asked(project, (from_at, to_at), weeks, (target / 100, threshold, shrinkage / 100)))
    if picture is not None and str(picture) == "-":
        sys.stdout.write(found.picture())
        return
    if picture is not None:
        picture.write_text(found.picture(), encoding="utf-8")
        note(f"{picture}: the hint as a picture")
    if as_json:
        show_json(found.told())
        return
    show_rows(COLUMNS, _rows(found), is_json=False)
    told = found.told()
    patience = "nobody is known to give up" if told["patience_s"] is None else f"they wait {told['patience_s']:g} s on average"
    goal = f"{target:g} % within {told['threshold_s']:g} s"
    note(f"{goal}; {told['callers_seen']} callers in {weeks} weeks; {patience}")
    if not told["callers_seen"]:
        note("no callers were seen in these weeks, so nobody is needed: `--weeks` looks further back")


async def _asked(name: str, period: tuple[Instant, Instant], weeks: int, goal: tuple[float, float | None, float]) -> Staffing:
    chosen = settings()
    target, threshold, shrinkage = goal
    async with opened(chosen) as database:
        directory = await database.directory.load()
        project = directory.projects.get(ProjectId(name))
        if project is None:
            raise not_found("project", name, list_with="fernamt projects list")
        threshold_s = project.service_level_ms / 1_000 if threshold is None else threshold
        return await staffing(
            JournalReader(database.engine, JournalCodec(), page_rows=PAGE_ROWS),
            ShiftStore(database.engine),
            directory,
            parts.agent_rules(chosen),
            project=project,
            wanted=Wanted(threshold_s=threshold_s, target=target, shrinkage=shrinkage),
            weeks=weeks,
            zone=ZoneInfo(chosen.service.time_zone),
            from_at=period[0],
            to_at=period[1],
            now=now(),
        )


def _rows(found: Staffing) -> list[dict[str, Any]]:
    zone = ZoneInfo(settings().service.time_zone)
    return [
        {
            "from": local_of(each.from_at, zone).isoformat(sep=" ", timespec="minutes"),
            "callers": f"{each.callers:.1f}",
            "erlang_c": each.erlang_c,
            "erlang_a": each.erlang_a,
            "needed": each.needed,
            "planned": each.planned,
            "over": f"{each.over:+d}",
        }
        for each in found.quarters
        if each.callers or each.planned
    ]
