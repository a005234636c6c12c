"""`fernamt rights`."""

from collections.abc import Awaitable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.moment import now
from routing.outbound.number import e164
from routing.outbound.shown import OURS, AssignedTo, ShownRight, standing
from store.audit import AuditStore
from store.centre import CentreRejected
from store.documents import LARGEST_DOCUMENT, Document
from store.right_documents import KeptDocument, RightDocuments, counts_of_documents, faults_of_file
from store.rights import RightsStore
from telephony.identifiers import SECOND, Instant

T = TypeVar("T")

Name = Annotated[str, typer.Argument(metavar="RIGHT_ID", help="A name for the entry, such as nordlicht-head-office.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The number that may be shown, in any spelling.")]
Filed = Annotated[
    str | None, typer.Option("--document", help="Where the permission is filed; with --file its name, if left out.")
]
File = Annotated[
    Path | None, typer.Option("--file", help="The permission itself, to be kept encrypted: a PDF, PNG or JPEG, up to 4 MiB.")
]
NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="A PDF, PNG or JPEG, up to 4 MiB.")]
Into = Annotated[Path | None, typer.Option("--document", help="Write the document to this file, which is not there yet.")]
Version = Annotated[int | None, typer.Option("--version", help="Of the document; without it the newest.")]
Owner = Annotated[str, typer.Option("--owner", help="The client it is allocated to; 'centre' for our own.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Shown in this agent's calls.")]
Project = Annotated[str | None, typer.Option("--project", help="Shown in this project's calls.")]
Client = Annotated[str | None, typer.Option("--client", help="Shown in this client's calls. Without any of the three: in all.")]
From = Annotated[str | None, typer.Option("--from", help="The first day, as 2026-12-31; without it today, from now on.")]
Until = Annotated[str | None, typer.Option("--until", help="The last day; without it until it is ended.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(list_rights)
    app.command("show")(show)
    app.command("add")(add)
    app.command("file")(file_document)
    app.command("end")(end)


def list_rights(as_json: Json = False) -> None:
    """List the rights to show a number, those that are over as well."""
    columns = (
        "right_id",
        "number",
        "owner",
        "assigned_to",
        "valid_from",
        "valid_until",
        "holds",
        "ends_soon",
        "document",
        "files",
    )
    show_rows(columns, run(_rows()), is_json=as_json)


def show(name: Name, into: Into = None, version: Version = None, as_json: Json = False) -> None:
    """Show a right with its documents; with --document FILE write one there, which is on lasting record."""
    rows = [row for row in run(_rows()) if row["right_id"] == name]
    if not rows:
        raise not_found("right", name, list_with="fernamt rights list")
    if into is not None:
        _write(name, into, version)
        return
    kept = [_kept_row(each) for each in run(_kept(name))]
    if as_json:
        show_json({**rows[0], "documents": kept})
        return
    show_rows(("key", "value"), [{"key": key, "value": value} for key, value in rows[0].items()], is_json=False)
    show_rows(("version", "name", "size", "added", "by", "sha256"), kept, is_json=False)


def add(
    name: Name,
    number: Number,
    document: Filed = None,
    file: File = None,
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
    if document is None and file is None:
        raise CliError(
            "no right without a document", way_out="give --file, or say by --document where it is filed", code=Exit.USAGE
        )
    content = None if file is None else _content(name, file)
    right = ShownRight(
        right_id=name,
        number=dialled,
        owner=owner,
        document=document if document is not None else "" if file is None else file.name,
        assigned_to=assigned_to,
        assigned_id=assigned_id,
        valid_from=now() if first is None else _midnight(first, 0),
        valid_until=None if last is None else _midnight(last, 1),
    )
    run(_add(right, None if file is None or content is None else (file.name, content)))
    note(f"{dialled} may be shown")


def file_document(name: Name, file: NewFile) -> None:
    """Keep a newer version of a right's document; the older ones stay."""
    kept = run(_file(name, file.name, _content(name, file)))
    note(f"version {kept.version} of the document of {name} is kept: {kept.name}")


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


def _content(name: str, file: Path) -> bytes:
    """What is in the file, looked at before anything is written."""
    try:
        with file.open("rb") as opened_file:
            content = opened_file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error}", way_out="name a file", code=Exit.USAGE) from error
    for fault in faults_of_file(name, content):
        raise CliError(f"{file} {fault.what}", way_out="a right can also be added without it", code=Exit.USAGE)
    return content


def _write(name: str, into: Path, version: int | None) -> None:
    found = run(_document(name, version))
    if found is None:
        raise not_found("document", f"of {name}", list_with=f"fernamt rights show {name}")
    try:
        with into.open("xb") as output:
            output.write(found.content)
    except OSError as error:
        raise CliError(f"{into} cannot be written: {error}", way_out="name a file that is not there yet") from error
    note(f"{found.name} ({found.media_type}) is in {into}")


async def _add(right: ShownRight, document: tuple[str, bytes] | None) -> None:
    async with opened(settings()) as database:
        await _done(RightsStore(database.engine, command_line).add(right))
    if document is not None:
        await _file(right.right_id, *document)


async def _file(name: str, file_name: str, content: bytes) -> KeptDocument:
    chosen = settings()
    async with opened(chosen) as database:
        documents = RightDocuments(database.engine, Places(chosen).party_keys(), command_line)
        return await _done(documents.add(name, file_name, content))


async def _kept(name: str) -> Sequence[KeptDocument]:
    chosen = settings()
    async with opened(chosen) as database:
        return await RightDocuments(database.engine, Places(chosen).party_keys()).of(name)


async def _document(name: str, version: int | None) -> Document | None:
    """In clear; that it was looked at is on record."""
    chosen, by = settings(), command_line()
    async with opened(chosen) as database:
        documents = RightDocuments(database.engine, Places(chosen).party_keys())
        newest = max((each.version for each in await documents.of(name)), default=0)
        found = await documents.open(name, newest if version is None else version)
        if found is not None:
            subject = f"{name} {newest if version is None else version}"
            deed = "shown_right.document_shown"
            await AuditStore(database.engine).record(at=by.at, user_id=by.user_id, deed=deed, subject=subject, reason=by.reason)
    return found


def _kept_row(each: KeptDocument) -> dict[str, Any]:
    own = {"version": each.version, "name": each.name, "size": each.size, "added": local_time(each.added_at)}
    return {**own, "by": each.added_by, "media_type": each.media_type, "sha256": each.sha256.hex()}


async def _end(name: str) -> None:
    async with opened(settings()) as database:
        await _done(RightsStore(database.engine, command_line).end(name, now()))


async def _done(change: Awaitable[T]) -> T:
    try:
        return await change
    except CentreRejected as rejected:
        raise CliError(str(rejected), way_out="`fernamt rights list`") from rejected


async def _rows() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        rights = await RightsStore(database.engine).rights()
        files = await counts_of_documents(database.engine)
    at = now()
    ending = {right.right_id for right in standing(rights, at)[1]}
    return [
        {
            "right_id": right.right_id,
            "number": right.number,
            "owner": right.owner,
            "assigned_to": f"{right.assigned_to.value} {right.assigned_id}".strip(),
            "valid_from": local_time(right.valid_from),
            "valid_until": None if right.valid_until is None else local_time(right.valid_until),
            "holds": right.holds_at(at),
            "ends_soon": right.right_id in ending,
            "document": right.document,
            "files": files.get(right.right_id, 0),
        }
        for right in rights
    ]
