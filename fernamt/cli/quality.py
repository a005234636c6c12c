"""`fernamt quality`: forms and rules by which calls are rated, reviews, and what they come to."""

import csv
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, Places, opened
from fernamt.leads.exporting import safe
from fernamt.quality_assigning import AssignByHand
from fernamt.quality_jobs import QualitySources, quality_sources
from recording.quality.form import Criterion, Form, FormDraft
from recording.quality.report import reported
from recording.quality.rules import RATING_ROLES, Bar, RatingPeriod, RatingRules
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

COLUMNS = ("review_id", "project_id", "agent_id", "reviewer", "state", "versions", "points", "assigned_at")
REPORT = ("project_id", "agent_id", "form_version", "criterion_id", "name", "reviews", "mean", "knockouts")

Project = Annotated[str, typer.Argument(metavar="PROJECT_ID", help="The project's id.")]
FormFile = Annotated[Path, typer.Argument(metavar="FILE.toml", help="scale, and [[criteria]] with criterion_id, name, weight.")]
RuleFile = Annotated[Path, typer.Argument(metavar="FILE.toml", help="raters, per_agent, period, answer_days, agent_may_hear.")]
Segment = Annotated[str, typer.Argument(metavar="SEGMENT_ID", help="`fernamt recordings list` lists them.")]
Reviewer = Annotated[str, typer.Option("--to", metavar="LOGIN", help="Who is to rate it.")]
Whose = Annotated[str, typer.Argument(metavar="AGENT_ID")]
AsCsv = Annotated[bool, typer.Option("--csv", help="As CSV.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("form")(show_form)
    app.command("publish")(publish)
    app.command("rules")(set_rules)
    app.command("list")(show)
    app.command("assign")(assign)
    app.command("report")(report)
    app.command("erase-words")(erase_words)


def show_form(project: Project) -> None:
    """Show the form and the rules that hold for a project, as JSON."""
    form, rules = run(_with(lambda sources, _: _of_project(sources, ProjectId(project))))
    show_json({"form": msgspec.to_builtins(form), "rules": msgspec.to_builtins(rules)})


def publish(project: Project, file: FormFile) -> None:
    """Publish a form: what is given to reviewers from now on is rated by it."""
    read = _read(file, _FormFile)
    made = run(_with(lambda sources, database: _publish(sources, database, ProjectId(project), read)))
    note(f"{project}: form {made.version} is rated by from now on")


def set_rules(project: Project, file: RuleFile) -> None:
    """Set who rates a project's calls, and how many of each agent."""
    read = _read(file, _RuleFile)
    run(_with(lambda sources, database: _set_rules(sources, database, ProjectId(project), read)))
    note(f"{project}: {len(read.raters)} may rate, {read.per_agent} calls of each agent in a {read.period.value}")


def show(from_: From, to: To, as_json: Json = False) -> None:
    """List reviews given out in a period, the newest first; their words are read in the screens."""
    stretch = (moment("--from", from_), moment("--to", to))
    show_rows(COLUMNS, run(_with(lambda sources, database: _rows(sources, database, stretch))), is_json=as_json)


def assign(segment: Segment, reviewer: Reviewer) -> None:
    """Have a recording rated by a reviewer; the worker gives out the rest by itself."""
    review = run(_with(lambda sources, database: _assign(sources, database, segment, reviewer)))
    note(f"{reviewer} is to rate it: review {review}")


def report(from_: From, to: To, as_csv: AsCsv = False, as_json: Json = False) -> None:
    """Tell mean scores and marks by project, agent and criterion."""
    stretch = (moment("--from", from_), moment("--to", to))
    rows = run(_with(lambda sources, _: _report(sources, stretch)))
    if not as_csv:
        show_rows(REPORT, rows, is_json=as_json)
        return
    writer = csv.DictWriter(sys.stdout, REPORT)
    writer.writeheader()
    writer.writerows({name: safe(cell) for name, cell in row.items()} for row in rows)


def erase_words(agent: Whose) -> None:
    """Erase what was written in an agent's reviews, of either side; marks and scores stay."""
    count = run(_with(lambda sources, _: sources.reviews.erase_words(AgentId(agent), by=command_line())))
    note(f"the words of {count} reviews of {agent} cannot be read any more")


_Read = TypeVar("_Read", bound=msgspec.Struct)


class _FormFile(msgspec.Struct, forbid_unknown_fields=True):
    criteria: tuple[Criterion, ...]
    scale: int = 5


class _RuleFile(msgspec.Struct, forbid_unknown_fields=True):
    raters: tuple[str, ...]
    per_agent: int = 4
    period: RatingPeriod = RatingPeriod.MONTH
    answer_days: int = 7
    agent_may_hear: bool = False
    order_words: str = ""


def _read(file: Path, kind: type[_Read]) -> _Read:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), kind)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        way_out = f"a TOML file with {', '.join(each.name for each in msgspec.structs.fields(kind))}"
        raise CliError(f"{file}: {error}", way_out=way_out, code=Exit.USAGE) from error


async def _with(work: Any) -> Any:
    async with opened(settings()) as database:
        return await work(quality_sources(database, Places(settings()).party_keys()), database)


async def _of_project(sources: QualitySources, project_id: ProjectId) -> tuple[Form | None, RatingRules]:
    return await sources.forms.form(project_id), (await sources.forms.rules(project_id))[1]


async def _publish(sources: QualitySources, database: Database, project_id: ProjectId, read: _FormFile) -> Form:
    await _known(database, project_id)
    draft = FormDraft(project_id=project_id, scale=read.scale, criteria=read.criteria)
    made = await sources.forms.publish(draft, by=command_line())
    if isinstance(made, Form):
        return made
    told = "; ".join(what.value if number is None else f"criterion {number + 1}: {what.value}" for what, number in made)
    raise CliError(f"the form cannot be published: {told}", way_out="mend the file; nothing was done", code=Exit.CONFIG)


async def _set_rules(sources: QualitySources, database: Database, project_id: ProjectId, read: _RuleFile) -> None:
    await _known(database, project_id)
    people = {login: await _rater(database, login) for login in read.raters}
    rules = RatingRules(
        raters=tuple(people.values()),
        per_agent=read.per_agent,
        period=read.period,
        answer_days=read.answer_days,
        agent_may_hear=read.agent_may_hear,
        order_words=read.order_words.strip(),
    )
    if faults := await sources.forms.set_rules(project_id, rules, by=command_line()):
        told = ", ".join(faults)
        raise CliError(f"the rules cannot be set: {told}", way_out="mend the file; nothing was done", code=Exit.CONFIG)


async def _rows(sources: QualitySources, database: Database, stretch: tuple[Instant, Instant]) -> list[dict[str, Any]]:
    logins = {user.user_id: user.login for user in await database.users.all()}
    return [
        {
            "review_id": each.review_id,
            "project_id": each.call.project_id,
            "agent_id": each.call.agent_id,
            "reviewer": logins.get(each.reviewer, each.reviewer),
            "state": each.state.value,
            "versions": len(each.versions),
            "points": None if each.current is None else each.current.score.points,
            "assigned_at": local_time(each.assigned_at),
        }
        for each in await sources.reviews.reviews(*stretch)
    ]


async def _assign(sources: QualitySources, database: Database, segment_id: str, login: str) -> str:
    reviewer = await _rater(database, login)
    given = await AssignByHand(sources).assign(segment_id, [reviewer], by=command_line())
    if isinstance(given, Bar):
        raise CliError(f"{login} may not rate it: {given.value}", way_out="the project's rules name who may", code=Exit.FAILED)
    if not given:
        way_out = "it has to lie sealed in the vault, its project needs a form, and nobody else rates it"
        raise CliError(f"segment {segment_id!r} cannot be rated", way_out=way_out, code=Exit.NOT_FOUND)
    return given[0].review_id


async def _report(sources: QualitySources, stretch: tuple[Instant, Instant]) -> list[dict[str, Any]]:
    rated = [each for _, each in await sources.reviews.rated(*stretch)]
    names = {(each.project_id, each.form_version) for each in rated}
    found = {name: await sources.forms.form(*name) for name in names}
    forms = {name: form for name, form in found.items() if form is not None}
    lines = reported(rated, forms)
    return [
        {name: getattr(each, name) for name in REPORT} | {"mean": None if each.mean is None else f"{each.mean / 100:.2f}"}
        for each in lines
    ]


async def _known(database: Database, project_id: ProjectId) -> None:
    if project_id not in {each.item.project_id for each in await database.directory.projects()}:
        raise not_found("project", project_id, list_with="fernamt projects list")


async def _rater(database: Database, login: str) -> UserId:
    user = await database.users.find(login)
    if user is None or not user.is_active or user.role not in RATING_ROLES:
        way_out = f"`fernamt users list` lists people; {', '.join(RATING_ROLES)} can rate"
        raise CliError(f"nobody who could rate logs in as {login!r}", way_out=way_out, code=Exit.NOT_FOUND)
    return user.user_id
