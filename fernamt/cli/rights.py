"""`fernamt rights`."""

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from fernamt.moment import now
from routing.outbound.number import e164
from routing.outbound.shown import OURS, AssignedTo, ShownRight
from store.centre import CentreRejected
from store.rights import RightsStore
from telephony.identifiers import SECOND, Instant

Name = Annotated[str, typer.Argument(metavar="RIGHT_ID", help="A name for the entry, such as nordlicht-head-office.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The number that may be shown, in any spelling.")]
Document = Annotated[str, typer.Option("--document", help="Where the permission is filed.")]
Owner = Annotated[str, typer.Option("--owner", help="The client it is allocated to; 'centre' for our own.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Shown in this agent's calls.")]
Project = Annotated[str | None, typer.Option("--project", help="Shown in this project's calls.")]
Client = Annotated[str | None, typer.Option("--client", help="Shown in this client's calls. Without any of the three: in all.")]
From = Annotated[str | None, typer.Option("--from", help="The first day, as 2026-12-31; without it today, from now on.")]
Until = Annotated[str | None, typer.Option("--until", help="The last day; without it until it is ended.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("end")(end)


def show(as_json: Json = False) -> None:
    """List the rights to show a number, those that are over as well."""
    columns = ("right_id", "number", "owner", "assigned_to", "valid_from", "valid_until", "holds", "document")
    show_rows(columns, run(_rows()), is_json=as_json)


def add(
    name: Name,
    number: Number,
    document: Document,
    owner: Owner = OURS,
    agent: Agent = None,
    project: Project = None,
    client: Client = None,
    first: From = None,
    last: Until = None,
) -> None:
    """Add a right: `fernamt rights add head-office '+49 30 5550 0' --document 'contract 12/2026'`."""
    named = [(kind, each) for kind, each in zip(_KINDS, (agent, project, client), strict=True) if each is not None]
    if len(named) > 1:
        raise CliError("more than one was named", way_out="give one of --agent, --project, --client", code=Exit.USAGE)
    assigned_to, assigned_id = named[0] if named else (AssignedTo.CENTRE, "")
    dialled = e164(number, settings().service.country)
    if dialled is None:
        raise CliError("that is no telephone number", way_out="give it as +49 30 5550 0", code=Exit.USAGE)
    right = ShownRight(
        right_id=name,
        number=dialled,
        owner=owner,
        document=document,
        assigned_to=assigned_to,
        assigned_id=assigned_id,
        valid_from=now() if first is None else _midnight(first, 0),
        valid_until=None if last is None else _midnight(last, 1),
    )
    run(_add(right))
    note(f"{dialled} may be shown")


def end(name: Name) -> None:
    """End a right: the number is shown by it no more, from the next call on. The entry stays."""
    run(_end(name))
    note(f"{name} has ended")


_KINDS = (AssignedTo.AGENT, AssignedTo.PROJECT, AssignedTo.CLIENT)


def _midnight(day: str, later: int) -> Instant:
    """The beginning of that day, or of the `later`-th after it, by the wall clock of the service."""
    try:
        first = date.fromisoformat(day)
    except ValueError as error:
        raise CliError(f"{day!r} is no day", way_out="write it as 2026-12-31", code=Exit.USAGE) from error
    zone = ZoneInfo(settings().service.time_zone)
    begins = datetime.fromordinal(first.toordinal() + later).replace(tzinfo=zone)
    return Instant(int(begins.timestamp()) * SECOND)


async def _add(right: ShownRight) -> None:
    async with opened(settings()) as database:
        await _done(RightsStore(database.engine, command_line).add(right))


async def _end(name: str) -> None:
    async with opened(settings()) as database:
        await _done(RightsStore(database.engine, command_line).end(name, now()))


async def _done(change: Awaitable[object]) -> None:
    try:
        await change
    except CentreRejected as rejected:
        raise CliError(str(rejected), way_out="`fernamt rights list`") from rejected


async def _rows() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        rights = await RightsStore(database.engine).rights()
    at = now()
    return [
        {
            "right_id": right.right_id,
            "number": right.number,
            "owner": right.owner,
            "assigned_to": f"{right.assigned_to.value} {right.assigned_id}".strip(),
            "valid_from": local_time(right.valid_from),
            "valid_until": None if right.valid_until is None else local_time(right.valid_until),
            "holds": right.holds_at(at),
            "document": right.document,
        }
        for right in rights
    ]
