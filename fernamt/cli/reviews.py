"""`fernamt reviews`: what reviewers made of calls; levels rest on it."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import DryRun, Json
from fernamt.cli.period import moment
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, opened
from fernamt.moment import new_id, now
from routing.levels.review import Review
from store.levels import LevelStore
from telephony.identifiers import AgentId, CallId, Instant, ProjectId

COLUMNS = ("review_id", "agent_id", "score", "form_version", "reviewer", "reviewed_at", "call_id", "project_id")
NEEDED = ("agent_id", "score", "form_version", "reviewer", "reviewed_at")
KNOWN = (*NEEDED, "review_id", "call_id", "project_id", "recording_id")
_DAYS = 31

Agent = Annotated[str, typer.Argument(metavar="AGENT_ID")]
Score = Annotated[int, typer.Option(min=0, max=100, help="0 to 100.")]
Form = Annotated[str, typer.Option("--form", help="Version of the form the score was given by.")]
Reviewer = Annotated[str, typer.Option("--by", help="Log-in of the reviewer.")]
Call = Annotated[str | None, typer.Option("--call", help="The call it is about.")]
Project = Annotated[str | None, typer.Option("--project", help="The project it is about.")]
At = Annotated[str | None, typer.Option("--at", help="When it was reviewed; now where nothing is said.")]
Begin = Annotated[str | None, typer.Option("--from", help="First moment; 31 days ago where nothing is said.")]
End = Annotated[str | None, typer.Option("--to", help="The moment after the last; now where nothing is said.")]
Only = Annotated[str | None, typer.Option("--agent", help="Only of this agent.")]
File = Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8; the first line names the columns.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("import")(take)


def show(begin: Begin = None, end: End = None, agent: Only = None, as_json: Json = False) -> None:
    """List reviews, the oldest first."""
    to_at = now() if end is None else moment("--to", end)
    from_at = Instant(to_at - _DAYS * 86_400_000_000) if begin is None else moment("--from", begin)
    show_rows(COLUMNS, run(_rows(from_at, to_at, agent)), is_json=as_json)


def add(
    agent: Agent,
    *,
    score: Score,
    form: Form,
    reviewer: Reviewer,
    call: Call = None,
    project: Project = None,
    at: At = None,
) -> None:
    """Add one review: `fernamt reviews add anna --score 85 --form 3 --by rita --call CALL_ID`."""
    reviewed_at = now() if at is None else moment("--at", at)
    review = Review(
        review_id=new_id(now()),
        agent_id=AgentId(agent),
        reviewer=reviewer,
        score=score,
        form_version=form,
        reviewed_at=reviewed_at,
        call_id=None if call is None else CallId(call),
        project_id=None if project is None else ProjectId(project),
    )
    run(_add([review], is_dry_run=False))
    note(f"review {review.review_id} added")


def take(file: File, is_dry_run: DryRun = False) -> None:
    """Add many reviews from a CSV file: all of them, or, with any fault, none.

    Columns: agent_id, score, form_version, reviewer, reviewed_at (2026-11-01 or 2026-11-01T08:00+01:00), and if wanted review_id
    (a review whose id is known already is left as it is), call_id, project_id, recording_id.
    """
    reviews = read_reviews(file)
    count = run(_add(reviews, is_dry_run=is_dry_run))
    note(f"{len(reviews)} reviews read; nothing was done" if is_dry_run else f"{count} of {len(reviews)} reviews are new")


def read_reviews(file: Path) -> list[Review]:
    """The reviews of the file. Raises `CliError` with every fault at its line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened_file:
            lines = csv.DictReader(opened_file, strict=True)
            faults = _faults_of_head(lines.fieldnames or ())
            reviews = [] if faults else [_review(row, line, faults) for line, row in enumerate(lines, start=2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise CliError(f"{file} cannot be read: {error}", way_out="save it as CSV in UTF-8", code=Exit.CONFIG) from error
    if faults:
        raise CliError(f"{file}: {'; '.join(faults)}", way_out="mend the lines; nothing was done", code=Exit.CONFIG)
    return [review for review in reviews if review is not None]


def _faults_of_head(names: Any) -> list[str]:
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in KNOWN]
    faults = [f"line 1: the column {name} is missing" for name in missing]
    return faults + [f"line 1: there is no column {name!r}; there are {', '.join(KNOWN)}" for name in unknown]


def _review(row: dict[str, str | None], line: int, faults: list[str]) -> Review | None:
    values = {name: value.strip() for name, value in row.items() if name in KNOWN and isinstance(value, str)}
    before = len(faults)
    faults += [f"line {line}, {name}: nothing is given" for name in NEEDED if not values.get(name)]
    score = values.get("score", "")
    if score and not (score.isascii() and score.isdigit() and int(score) <= 100):
        faults.append(f"line {line}, score: {score!r} is no whole number from 0 to 100")
    try:
        reviewed_at = moment(f"line {line}, reviewed_at:", values.get("reviewed_at", ""))
    except CliError as error:
        faults.append(error.what)
    if len(faults) > before:
        return None
    return Review(
        review_id=values.get("review_id") or new_id(now()),
        agent_id=AgentId(values["agent_id"]),
        reviewer=values["reviewer"],
        score=int(score),
        form_version=values["form_version"],
        reviewed_at=reviewed_at,
        call_id=CallId(values["call_id"]) if values.get("call_id") else None,
        project_id=ProjectId(values["project_id"]) if values.get("project_id") else None,
        recording_id=values.get("recording_id") or None,
    )


async def _add(reviews: list[Review], *, is_dry_run: bool) -> int:
    async with opened(settings()) as database:
        await _check(database, reviews)
        return 0 if is_dry_run else await LevelStore(database.engine).add_reviews(reviews, by=command_line())


async def _check(database: Database, reviews: list[Review]) -> None:
    known = {agent.agent_id for agent in await database.directory.agents()}
    missing = sorted({review.agent_id for review in reviews} - known)
    if missing:
        way_out = "`fernamt agents list` lists those there are; nothing was done"
        raise CliError(f"there is no agent {', '.join(missing)}", way_out=way_out, code=Exit.NOT_FOUND)


async def _rows(from_at: Instant, to_at: Instant, agent: str | None) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        agents = None if agent is None else [AgentId(agent)]
        found = await LevelStore(database.engine).reviews(from_at, to_at, agent_ids=agents)
    return [_shown(review) for review in found]


def _shown(review: Review) -> dict[str, Any]:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=review.reviewed_at)
    row = {name: getattr(review, name) for name in (*COLUMNS, "recording_id")}
    return {**row, "reviewed_at": at.isoformat(), "reviewed_at_local": local_time(review.reviewed_at)}
