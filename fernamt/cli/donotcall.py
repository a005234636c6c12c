"""`fernamt donotcall`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from routing.outbound.callee import read_callee
from routing.outbound.facts import Covers, ListOwner
from store.do_not_call import DoNotCallList, DoNotCallStore

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="In any spelling.")]
Client = Annotated[str | None, typer.Option("--client", help="On this client's list; without it and --project on the centre's.")]
Project = Annotated[str | None, typer.Option("--project", help="On this project's list.")]
Advertising = Annotated[bool, typer.Option("--advertising", help="Only calls with advertising are unwanted.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the entry.")]
NeededReason = Annotated[str, typer.Option("--reason", help="Why; it is on record.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Text, one number a line; empty lines and those with # are left out.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("list")(show)
    app.command("add")(add)
    app.command("remove")(remove)
    app.command("import")(import_file)


def show(
    number: Annotated[str | None, typer.Argument(metavar="[NUMBER]", help="What the lists say of this number.")] = None,
    as_json: Json = False,
) -> None:
    """List the do-not-call lists with how many numbers each has, or what they say of one number. Numbers are never shown."""
    if number is None:
        show_rows(("list", "numbers"), run(_counts()), is_json=as_json)
    else:
        show_rows(("list", "covers", "added_at", "reason"), run(_entries(number)), is_json=as_json)


def add(
    number: Number, client: Client = None, project: Project = None, advertising: Advertising = False, reason: Reason = ""
) -> None:
    """Put a number on a list: `fernamt donotcall add '030 1234567' --client nordlicht --reason 'by letter'`."""
    changed = run(_add([_checked(number)], whose(client, project), advertising, reason))
    note("the number is on the list" if changed else "the number was on the list before")


def remove(number: Number, reason: NeededReason, client: Client = None, project: Project = None) -> None:
    """Take a number off a list."""
    if not run(_remove(number, whose(client, project), reason)):
        raise not_found("entry", number, list_with=f"fernamt donotcall list '{number}'")
    note("the number is off the list")


def import_file(
    file: File, client: Client = None, project: Project = None, advertising: Advertising = False, reason: Reason = ""
) -> None:
    """Put all numbers of a file on a list, or none: what is no number is told with its line."""
    numbers = _numbers_in(file)
    changed = run(_add(numbers, whose(client, project), advertising, reason))
    note(f"{changed} of {len(numbers)} numbers were new on the list")


def whose(client: str | None, project: str | None) -> DoNotCallList:
    """The list that was named. Raises `CliError` where two were."""
    if client is not None and project is not None:
        raise CliError("two lists were named", way_out="give --client or --project, or neither", code=Exit.USAGE)
    if client is not None:
        return DoNotCallList(owner=ListOwner.CLIENT, owner_id=client)
    if project is not None:
        return DoNotCallList(owner=ListOwner.PROJECT, owner_id=project)
    return DoNotCallList(owner=ListOwner.CENTRE)


def _checked(number: str) -> str:
    if read_callee(number, settings().service.country).dialled is None:
        raise CliError(
            "that is no telephone number", way_out="give it with its area code, or with + and country", code=Exit.USAGE
        )
    return number


def _numbers_in(file: Path) -> list[str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"{file} cannot be read: {error}", way_out="give a text file in UTF-8", code=Exit.USAGE) from error
    found = {place: line.strip() for place, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")}
    country = settings().service.country
    wrong = [place for place, number in found.items() if read_callee(number, country).dialled is None]
    if wrong:
        told = ", ".join(map(str, wrong[:20])) + (" …" if len(wrong) > 20 else "")
        raise CliError(f"{len(wrong)} lines have no telephone number: {told}", way_out="mend them; nothing was added")
    return list(found.values())


async def _add(numbers: list[str], on: DoNotCallList, advertising: bool, reason: str) -> int:
    chosen = settings()
    covers = Covers.ADVERTISING if advertising else Covers.EVERYTHING
    async with opened(chosen) as database:
        lists = DoNotCallStore(database.engine, Places(chosen).party_keys(), command_line)
        return await lists.add(on, numbers, covers=covers, reason=reason)


async def _remove(number: str, on: DoNotCallList, reason: str) -> bool:
    chosen = settings()
    async with opened(chosen) as database:
        return await DoNotCallStore(database.engine, Places(chosen).party_keys(), command_line).remove(on, number, reason=reason)


async def _counts() -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        counts = await DoNotCallStore(database.engine, Places(chosen).party_keys()).counts()
    return [{"list": str(each), "owner": each.owner, "owner_id": each.owner_id, "numbers": n} for each, n in counts.items()]


async def _entries(number: str) -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        entries = await DoNotCallStore(database.engine, Places(chosen).party_keys()).entries_of(number)
    return [
        {"list": str(each), "covers": entry.covers.value, "added_at": local_time(entry.added_at), "reason": entry.reason}
        for each, entry in entries.items()
    ]
