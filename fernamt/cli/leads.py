"""`fernamt leads`: lists of people a client wants called."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from fernamt.authors import command_line
from fernamt.cli.campaigns import board
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.lead_files import Given, Leave, Mapped, Sheet, show_preview, take
from fernamt.cli.options import Json
from fernamt.cli.period import ZONE
from fernamt.cli.showing import local_time, note, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Places, opened
from fernamt.leads.exporting import export_results
from fernamt.leads.memory import bound_memory
from fernamt.leads.places import leads_folder
from fernamt.leads.work import LeadWork
from fernamt.moment import now
from routing.leads.lists import FieldKind, LeadField, LeadList, LeadListId, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.order import Among, First, OrderPolicy
from routing.outbound.settling import Verdict
from store.audit import AuditStore
from store.centre import CentreRejected
from store.lead_claims import LeadClaims
from store.lead_imports import LeadImport, LeadImportStore
from store.lead_lists import LeadListStore
from store.lease import LeaseTaken
from telephony.identifiers import ClientId, ProjectId, after_ms

ListName = Annotated[str, typer.Argument(metavar="LIST", help="The list's id.")]
Number = Annotated[int, typer.Argument(metavar="IMPORT", help="The import's number.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX; the first row names the columns.")]
OnList = Annotated[str, typer.Option("--list", help="The list the leads go on.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is on record.")]
_NICENESS = 10
LIST_COLUMNS = ("list_id", "name", "project_id", "client_id", "purpose", "state", "expires_at")
IMPORT_COLUMNS = ("import_no", "list_id", "state", "file_name", "rows_read", "leads", "left_out", "faults", "asked_at")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    commands: dict[str, Callable[..., Any]] = {
        "list": show,
        "add": add,
        "show": figures,
        "board": board,
        "preview": preview,
        "import": take_file,
        "imports": imports,
        "cancel": cancel,
        "export": export,
        "pause": pause,
        "open": reopen,
        "close": close,
        "delete": delete,
        "unclear": unclear,
        "decide": decide,
    }
    for name, command in commands.items():
        app.command(name)(command)
    app.command("work", hidden=True)(work)


def show(as_json: Json = False) -> None:
    """List the lead lists, the newest first."""
    show_rows(LIST_COLUMNS, run(_lists()), is_json=as_json)


def add(
    name: ListName,
    project: Annotated[str, typer.Option("--project", help="Whose agents call; its client is the list's.")],
    owner: Annotated[str, typer.Option("--owner", help="Who answers for where the data came from.")],
    *,
    title: Annotated[str, typer.Option("--name", help="What people call it.")] = "",
    purpose: Annotated[WorkKind, typer.Option("--purpose", help="Surveys count as advertising.")] = WorkKind.SERVICE,
    days: Annotated[int, typer.Option("--days", min=1, max=3_650, help="Its term, from now.")] = 90,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", help="NAME[:KIND][!], KIND text, integer, decimal, date or yes_no; ! is required."),
    ] = None,
    first: Annotated[First, typer.Option("--first", help="What goes first once no promise is due.")] = First.FRESH,
    among: Annotated[Among, typer.Option("--among", help="The order among leads never tried.")] = Among.AS_LISTED,
) -> None:
    """Add a list: `fernamt leads add spring --project nordlicht-sales --owner 'Nordlicht AG' --purpose advertising`."""
    at = now()
    made = LeadList(
        list_id=LeadListId(name),
        project_id=ProjectId(project),
        client_id=ClientId(""),
        name=title or name,
        purpose=purpose,
        owner=owner,
        expires_at=after_ms(at, days * 86_400_000),
        fields=tuple(_field(text) for text in fields or ()),
        policy=OrderPolicy(first=first, among=among),
    )
    run(_add(made))
    note(f"the list {name} is there; `fernamt leads import FILE --list {name}` fills it")


def figures(name: ListName, as_json: Json = False) -> None:
    """Tell how far a list is: leads by where they stand, attempts, wrap-up codes."""
    told = run(_figures(name))
    if as_json:
        show_json(told)
    else:
        shown = [{"what": key, "count": value} for key, value in told.items() if not isinstance(value, dict)]
        parts = (("leads", "by_state"), ("code", "by_code"))
        shown += [{"what": f"{word} {key}", "count": n} for word, part in parts for key, n in told[part].items()]
        show_rows(("what", "count"), shown, is_json=False)


def preview(
    file: File,
    name: OnList,
    *,
    mapped: Mapped = None,
    sheet: Sheet = None,
    file_name: Annotated[str | None, typer.Option("--name", hidden=True)] = None,
    as_json: Json = False,
) -> None:
    """Show what a file's columns would be taken for, its first rows and their faults. Nothing is taken."""
    given = Given(file=file, name=name, mapped=tuple(mapped or ()), sheet=sheet, file_name=file_name)
    if file_name is not None:  # the service asks for somebody: in a process of its own
        bound_memory()
    show_preview(run(given.previewed()), is_json=as_json)


def take_file(
    file: File, name: OnList, *, mapped: Mapped = None, leave_out: Leave = None, sheet: Sheet = None, as_json: Json = False
) -> None:
    """Take all leads of a file, or none. Columns that are not said are guessed, as `preview` shows them."""
    given = Given(file=file, name=name, mapped=tuple(mapped or ()), sheet=sheet, leave_out=tuple(leave_out or ()))
    ended = run(take(given))
    if as_json:
        show_json(told_of(ended))
    show_end(ended)


def imports(name: ListName, as_json: Json = False) -> None:
    """List the imports of a list, the newest first, with what was found in their files."""
    show_rows(IMPORT_COLUMNS, [told_of(each) for each in run(_imports(name))], is_json=as_json)


def cancel(number: Number) -> None:
    """End an import: no lead of it will exist."""
    if not run(_cancel(number)):
        raise CliError(f"import {number} has ended, or there is none", way_out="`fernamt leads imports LIST` shows them")
    note(f"import {number} is cancelled")


def export(
    name: ListName, output: Annotated[Path | None, typer.Option("--output", "-o", help="Without it standard output.")] = None
) -> None:
    """Export what came of a list as CSV, with the people's names and numbers. It is on record."""
    count = run(_export(name, output))
    note(f"{count} leads")


def pause(name: ListName) -> None:
    """Give no lead of a list out until it is opened again."""
    _set(name, ListState.PAUSED)


def reopen(name: ListName) -> None:
    """Give the leads of a paused list out again."""
    _set(name, ListState.OPEN)


def close(name: ListName) -> None:
    """Close a list for good: no lead is given out, none is added."""
    _set(name, ListState.CLOSED)


def delete(name: ListName, reason: Why) -> None:
    """Delete a list with all its people. Only consents and do-not-call entries stay, as the law wants."""
    if not run(_delete(name, reason)):
        raise not_found("list", name, list_with="fernamt leads list")
    note(f"the list {name} is gone")


def unclear(name: ListName, as_json: Json = False) -> None:
    """List leads with an attempt whose end nobody saw: a person decides about them."""
    show_rows(("lead_id", "tries", "last_at"), run(_unclear(name)), is_json=as_json)


def decide(
    name: ListName,
    lead: Annotated[int, typer.Argument(metavar="LEAD_ID")],
    verdict: Annotated[Verdict, typer.Argument(help="retry, done or do_not_call.")],
) -> None:
    """Say what becomes of an unclear lead."""
    if verdict not in (Verdict.RETRY, Verdict.DONE, Verdict.DO_NOT_CALL):
        raise CliError("that is nothing to decide here", way_out="say retry, done or do_not_call", code=Exit.USAGE)
    if not run(_decide(name, lead, verdict)):
        raise not_found("unclear lead", str(lead), list_with=f"fernamt leads unclear {name}")


def work() -> None:
    """Do the imports that wait, and end."""
    bound_memory()
    os.nice(_NICENESS)  # calls go first
    run(_work())


def told_of(each: LeadImport) -> dict[str, Any]:
    """The import as it is shown."""
    return {
        "import_no": each.import_no,
        "list_id": each.list_id,
        "state": each.state.value,
        "file_name": each.file_name,
        "rows_read": each.rows_read,
        "read_permille": each.read_permille,
        "leads": each.leads,
        "left_out": each.report.left_out,
        "faults": each.report.counts,
        "first_faults": [{"row": row, "column": column, "code": code} for row, column, code in each.report.faults],
        "asked_at": local_time(each.asked_at),
    }


def show_end(ended: LeadImport) -> None:
    """How an import ended is told. Raises `CliError` where nothing was taken."""
    told = ", ".join(f"{code} {count}" for code, count in sorted(ended.report.counts.items()))
    if ended.state.value == "done":
        note(f"{ended.leads} leads taken, {ended.report.left_out} rows left out" + (f" ({told})" if told else ""))
        return
    if ended.ended_at is None:
        note(f"import {ended.import_no} waits for its turn; `fernamt leads imports {ended.list_id}` shows it")
        return
    for row, column, code in ended.report.faults[:20]:
        note(f"  row {row}, column {column}: {code}" if column else f"  row {row}: {code}")
    raise CliError(
        f"nothing was taken: {told or ended.state.value}",
        way_out="mend the file, or leave such rows out by --leave-out CODE",
        code=Exit.CONFIG,
    )


def _field(text: str) -> LeadField:
    named, is_required = text.removesuffix("!"), text.endswith("!")
    name, _, kind = named.partition(":")
    if kind and kind not in list(FieldKind):
        raise CliError(f"there is no kind of field {kind!r}", way_out=f"say one of {', '.join(FieldKind)}", code=Exit.USAGE)
    return LeadField(name=name, kind=FieldKind(kind or "text"), is_required=is_required)


def _set(name: str, state: ListState) -> None:
    if not run(_set_state(name, state)):
        raise CliError(f"there is no list {name!r} that can be {state.value}", way_out="`fernamt leads list` shows them")
    note(f"the list {name} is {state.value}")


async def _lists() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        lists = await LeadListStore(database.engine).lists()
    return [
        {
            **{key: str(getattr(each, key)) for key in LIST_COLUMNS[:-1]},
            "owner": each.owner,
            "fields": [field.name for field in each.fields],
            "expires_at": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=each.expires_at)).isoformat(),
        }
        for each in lists
    ]


async def _add(made: LeadList) -> None:
    async with opened(settings()) as database:
        try:
            await LeadListStore(database.engine, command_line).add(made)
        except CentreRejected as rejected:
            raise CliError(str(rejected), way_out="mend what is told; nothing was made", code=Exit.CONFIG) from rejected


async def _figures(name: str) -> dict[str, Any]:
    async with opened(settings()) as database:
        lists = LeadListStore(database.engine)
        await _known(lists, name)
        found = await lists.figures(LeadListId(name))
    return {
        "leads": found.leads,
        "attempts": found.attempts,
        "tried": found.tried,
        "reached": found.reached,
        "by_state": {state.value: count for state, count in found.by_state.items()},
        "by_code": dict(found.by_code),
    }


async def _imports(name: str) -> Sequence[LeadImport]:
    async with opened(settings()) as database:
        await _known(LeadListStore(database.engine), name)
        return await LeadImportStore(database.engine).of_list(LeadListId(name))


async def _cancel(number: int) -> bool:
    async with opened(settings()) as database:
        return await LeadImportStore(database.engine, command_line).cancel(number)


async def _export(name: str, output: Path | None) -> int:
    chosen = settings()
    keys = Places(chosen).party_keys()
    async with opened(chosen) as database:
        lead_list = await _known(LeadListStore(database.engine), name)
        by = command_line()
        audit = AuditStore(database.engine)
        await audit.record(at=by.at, user_id=by.user_id, deed="leads.exported", subject=name, reason=by.reason)
        if output is None:
            count = await export_results(database.engine, keys, lead_list, sys.stdout.buffer, ZONE)
            sys.stdout.flush()
            return count
        beside = output.with_name(f".{output.name}.part")
        try:
            with beside.open("wb") as file:
                beside.chmod(0o600)
                count = await export_results(database.engine, keys, lead_list, file, ZONE)
            shutil.move(beside, output)
        finally:
            beside.unlink(missing_ok=True)
    return count


async def _set_state(name: str, state: ListState) -> bool:
    async with opened(settings()) as database:
        return await LeadListStore(database.engine, command_line).set_state(LeadListId(name), state)


async def _delete(name: str, reason: str) -> bool:
    chosen = settings()
    async with opened(chosen) as database:
        if not await LeadListStore(database.engine, command_line).delete(LeadListId(name), reason=reason):
            return False
        places = Places(chosen)
        try:
            await LeadWork(database, places.party_keys(), leads_folder(places.state)).tidy(10**17)
        except LeaseTaken:
            note("an import runs: the worker removes the people within the hour")
    return True


async def _unclear(name: str) -> list[dict[str, Any]]:
    chosen = settings()
    async with opened(chosen) as database:
        lead_list = await _known(LeadListStore(database.engine), name)
        found = await LeadClaims(database.engine, Places(chosen).party_keys()).unclear(lead_list)
    return [
        {"lead_id": str(each.lead_id), "tries": each.tries, "last_at": local_time(each.last_at) if each.last_at else ""}
        for each in found
    ]


async def _decide(name: str, lead: int, verdict: Verdict) -> bool:
    chosen = settings()
    async with opened(chosen) as database:
        lead_list = await _known(LeadListStore(database.engine), name)
        claims = LeadClaims(database.engine, Places(chosen).party_keys())
        return await claims.decide(lead, lead_list, verdict, by=command_line())


async def _work() -> None:
    chosen = settings()
    places = Places(chosen)
    async with opened(chosen) as database:
        try:
            done = await LeadWork(database, places.party_keys(), leads_folder(places.state)).do()
        except LeaseTaken as taken:
            raise CliError(str(taken), way_out="it goes on when that one has ended") from taken
    for number, state in done.items():
        note(f"import {number}: {state.value}")


async def _known(lists: LeadListStore, name: str) -> LeadList:
    found = await lists.get(LeadListId(name))
    if found is None:
        raise not_found("list", name, list_with="fernamt leads list")
    return found
