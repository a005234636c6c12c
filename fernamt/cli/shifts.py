"""`fernamt shifts`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fernamt.authors import command_line
from fernamt.cli import shift_requests
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import DryRun, Json
from fernamt.cli.period import From, To, moment
from fernamt.cli.shift_work import Agent, Reason, Shift, agent_named, doing_now, raise_refusal, refusal_told, shift_work, store_of
from fernamt.cli.showing import note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, opened
from fernamt.moment import now
from routing.shifts.book import ShiftBook
from routing.shifts.plan_file import Known, PlanRead, read_csv, slot_faults
from routing.shifts.plan_ical import calendar_of, read_ical
from routing.shifts.slots import Slot, SlotScope
from routing.shifts.wall_clock import NoSuchMoment, local_of, moment_of
from store.audit import AuditStore
from store.shifts import Imported, ShiftStore
from telephony.identifiers import SECOND, AgentId, Instant
from web.permissions import LEADING


class PlanForm(StrEnum):
    """How a plan is written."""

    CSV = "csv"
    ICAL = "ical"


OnlyAgent = Annotated[str | None, typer.Option("--agent", help="Only those this agent is booked in.")]
Project = Annotated[str | None, typer.Option("--project", help="For this project.")]
Team = Annotated[str | None, typer.Option("--team", help="For this team.")]
Heads = Annotated[int, typer.Option("--headcount", min=1, max=10_000, help="How many agents are wanted.")]
Leader = Annotated[str | None, typer.Option("--leader", help="Log-in of the leader on duty.")]
Begin = Annotated[str, typer.Option("--from", help='By the wall clock: "2026-11-02 08:00"; with offset where it comes twice.')]
End = Annotated[str, typer.Option("--to", help="The same.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or iCalendar (.ics).", exists=True, dir_okay=False)]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; without it standard output.")]
Form = Annotated[PlanForm, typer.Option("--format", help="How it is written.")]
COLUMNS = ("shift_id", "from", "to", "scope", "scope_id", "headcount", "booked", "leader", "agents")
AHEAD_US = 366 * 86_400 * SECOND


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.callback()(_group)
    app.command("list")(show)
    app.command("add")(add)
    app.command("book")(book)
    app.command("release")(release)
    app.command("import")(import_file)
    app.command("export")(export)
    shift_requests.register(app)


def _group() -> None:
    """The plan of shifts. Moments are by the centre's wall clock."""


def show(from_: From, to: To, agent: OnlyAgent = None, project: Project = None, as_json: Json = False) -> None:
    """List the shifts of that time, and who is booked."""
    from_at, to_at = moment("--from", from_), moment("--to", to)
    rows = [
        row
        for row in run(_rows(from_at, to_at))
        if (agent is None or agent in row["agents"]) and (project is None or row["scope_id"] == project)
    ]
    show_rows(COLUMNS, rows, is_json=as_json)


def add(
    from_: Begin,
    to: End,
    *,
    project: Project = None,
    team: Team = None,
    headcount: Heads = 1,
    leader: Leader = None,
    as_json: Json = False,
) -> None:
    """Add a shift for a project, a team, or (naming neither) the whole centre."""
    slot = run(_add(from_, to, (project, team), headcount, leader))
    if as_json:
        show_json({"shift_id": slot.slot_id})
    else:
        note(f"shift {slot.slot_id} added")


def book(shift: Shift, agent: Agent) -> None:
    """Book an agent in a shift; they are told."""
    run(shift_work(lambda store, directory, doing: store.book(shift, agent_named(directory, agent), doing)))
    note(f"{agent} is booked in {shift}")


def release(shift: Shift, agent: Agent, reason: Reason) -> None:
    """Take an agent out of a shift they are bound to; they are told."""
    run(shift_work(lambda store, directory, doing: store.release(shift, agent_named(directory, agent).agent_id, doing, reason)))
    note(f"{agent} is out of {shift}")


def import_file(
    file: Source,
    *,
    project: Project = None,
    team: Team = None,
    headcount: Heads = 1,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import a plan, all of it or nothing; every fault has its line and column.

    CSV columns: from, to, scope, scope_id, headcount, leader, agents. --project, --team, --headcount hold where a line is silent.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CliError(f"{file} is no UTF-8 text", way_out="save it as UTF-8", code=Exit.USAGE) from error
    done = run(_import(text, _form(file, text), (project, team), headcount, dry_run=dry_run))
    if isinstance(done, PlanRead):
        if as_json:
            show_json({"faults": [{"line": each.line, "column": each.column, "what": each.what} for each in done.faults]})
        told = "\n".join(f"{file}:{fault.line}:{fault.column}: {fault.what}" for fault in done.faults)
        raise CliError(f"nothing was imported:\n{told}", way_out="mend these lines and import again", code=Exit.CONFIG)
    if as_json:
        show_json(done)
    else:
        note(f"{done.added} shifts added, {done.changed} changed, {done.booked} booked" + (" (dry run)" if dry_run else ""))


def export(from_: From, to: To, agent: OnlyAgent = None, form: Form = PlanForm.CSV, output: Output = None) -> None:
    """Export the plan, or with --agent their shifts: as CSV, or as an iCalendar file."""
    content = run(_exported(moment("--from", from_), moment("--to", to), agent, form))
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        output.write_bytes(content)
        note(f"{output}: {len(content)} bytes")


async def _rows(from_at: Instant, to_at: Instant) -> list[dict[str, Any]]:
    chosen = settings()
    zone = ZoneInfo(chosen.service.time_zone)
    async with opened(chosen) as database:
        plan = await ShiftStore(database.engine).plan(from_at, to_at)
    return [_row(plan, slot, zone) for slot in sorted(plan.slots.values(), key=lambda each: (each.from_at, each.slot_id))]


def _row(plan: ShiftBook, slot: Slot, zone: ZoneInfo) -> dict[str, Any]:
    bound = plan.binding(slot.slot_id)
    begin, end = (local_of(at, zone).isoformat(timespec="minutes") for at in (slot.from_at, slot.to_at))
    return {
        "shift_id": slot.slot_id,
        "from": begin,
        "to": end,
        "scope": slot.scope.value,
        "scope_id": slot.scope_id,
        "headcount": slot.headcount,
        "booked": len(bound),
        "leader": slot.leader,
        "agents": sorted(each.agent_id for each in bound),
    }


async def _add(begin: str, end: str, whose: tuple[str | None, str | None], headcount: int, leader: str | None) -> Slot:
    async with opened(settings()) as database:
        known = await _known(database, whose, headcount)
        try:
            from_at, to_at = moment_of(begin, known.zone), moment_of(end, known.zone)
        except NoSuchMoment as error:
            raise CliError(str(error), way_out="write the moment so that it is one", code=Exit.USAGE) from error
        doing = doing_now()
        slot = Slot(
            slot_id=doing.new_id,
            scope=known.scope,
            scope_id=known.scope_id,
            from_at=from_at,
            to_at=to_at,
            headcount=headcount,
            leader=leader,
        )
        faults = slot_faults(slot, known)
        if faults:
            told = "; ".join(f"{name} {said.en}" for name, said in faults)
            raise CliError(told, way_out="`fernamt shifts add --help`", code=Exit.USAGE)
        raise_refusal(await store_of(database).put(slot, doing))
    return slot


async def _import(
    text: str, form: PlanForm, whose: tuple[str | None, str | None], headcount: int, *, dry_run: bool
) -> Imported | PlanRead:
    async with opened(settings()) as database:
        directory, known = await database.directory.load(), await _known(database, whose, headcount)
        at = now()
        plan = read_csv(text, known) if form is PlanForm.CSV else read_ical(text, known, at, Instant(at + AHEAD_US))
        if plan.faults:
            return plan
        done = await store_of(database).put_all(plan.wanted, directory.agents, doing_now(), is_dry_run=dry_run)
    if isinstance(done, Imported):
        return done
    wanted, refusal = done
    raise CliError(f"line {wanted.line}: {refusal_told(refusal)}", way_out="mend this line and import again", code=Exit.FAILED)


async def _exported(from_at: Instant, to_at: Instant, agent: str | None, form: PlanForm) -> bytes:
    chosen = settings()
    zone = ZoneInfo(chosen.service.time_zone)
    async with opened(chosen) as database:
        if agent is not None and await database.directory.agent(AgentId(agent)) is None:
            raise not_found("agent", agent, list_with="fernamt agents list")
        plan = await ShiftStore(database.engine).plan(from_at, to_at)
        if agent is not None:
            author = command_line()
            record = AuditStore(database.engine).record
            await record(at=author.at, user_id=author.user_id, deed="shifts.exported", subject=agent, reason=author.reason)
    mine = None if agent is None else {each.slot_id for each in plan.bound_to(AgentId(agent))}
    slots = sorted(
        (slot for slot in plan.slots.values() if mine is None or slot.slot_id in mine), key=lambda s: (s.from_at, s.slot_id)
    )
    if form is PlanForm.ICAL:
        return calendar_of(slots, agent or "Fernamt", "Schicht", now())
    lines = ["from,to,scope,scope_id,headcount,leader,agents"]
    for slot in slots:
        row = _row(plan, slot, zone)
        agents = " ".join(row["agents"] if agent is None else [agent])
        cells = (row["from"], row["to"], row["scope"], row["scope_id"] or "", row["headcount"], row["leader"] or "", agents)
        lines.append(",".join(map(str, cells)))
    return ("\n".join(lines) + "\n").encode()


async def _known(database: Database, whose: tuple[str | None, str | None], headcount: int) -> Known:
    directory, users, (project, team) = await database.directory.load(), await database.users.all(), whose
    if project is not None and team is not None:
        raise CliError("a shift is for a project or a team", way_out="give one of --project and --team", code=Exit.USAGE)
    scope = SlotScope.PROJECT if project is not None else SlotScope.TEAM if team is not None else SlotScope.CENTRE
    return Known(
        zone=ZoneInfo(settings().service.time_zone),
        projects=frozenset(directory.projects),
        teams=frozenset(directory.teams),
        agents=frozenset(agent.agent_id for agent in directory.agents.values() if agent.is_active),
        leaders=frozenset(user.login for user in users if user.is_active and user.role in LEADING),
        scope=scope,
        scope_id=project or team,
        headcount=headcount,
    )


def _form(file: Path, text: str) -> PlanForm:
    is_ical = file.suffix.lower() in (".ics", ".ical") or text.lstrip("\ufeff").startswith("BEGIN:VCALENDAR")
    return PlanForm.ICAL if is_ical else PlanForm.CSV
