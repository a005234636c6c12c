"""`fernamt recordings`: how long recordings are kept, who holds them, and what is left of those that are gone."""

from dataclasses import asdict, replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer

from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, Places, opened
from fernamt.moment import new_id, now
from fernamt.vault_places import rotate_client, rotate_master
from recording.retention import RecordingTerms, TermTooLong
from recording.vault.canonical import decoded
from recording.vault.receipts import Receipt, is_valid
from store.audit import AuditStore, Author
from store.recording_terms import RecordingTermsStore
from store.vault import NoSuchSegment, VaultStore
from store.vault_holds import Hold, HoldRefused, HoldStore
from telephony.identifiers import ClientId, ProjectId
from web.permissions import Action, Resource, scope_of

Name = Annotated[str, typer.Argument(metavar="SEGMENT_ID")]
HoldId = Annotated[str, typer.Argument(metavar="HOLD_ID", help="As `fernamt recordings holds` lists it.")]
By = Annotated[str, typer.Option("--by", metavar="LOGIN", help="Who stands behind it: a supervisor or an administrator.")]
Why = Annotated[str, typer.Option("--reason", help="Why: a court, a letter. It is kept.")]
Project = Annotated[str | None, typer.Argument(metavar="[PROJECT_ID]")]
Days = Annotated[int | None, typer.Option(help="Days; 180 at most.")]
Months = Annotated[int | None, typer.Option(help="Months after the contract's start.")]
Years = Annotated[int | None, typer.Option(help="Years, to the end of the last; 3 at most.")]
OfClient = Annotated[str | None, typer.Option("--client", metavar="CLIENT_ID", help="Of this client's recordings.")]
Master = Annotated[bool, typer.Option("--master", help="The key that wraps the keys of all clients.")]
HOLD_COLUMNS = ("hold_id", "segment_id", "state", "reason", "asked_by", "asked_at", "confirmed_by", "lift_asked_by")
TERM_COLUMNS = ("project_id", "unrated_days", "rated_days", "dispute_months", "order_years", "is_own")
RECEIPT_COLUMNS = ("segment_id", "at", "reason", "link_number", "is_valid")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("hold")(hold)
    app.command("confirm-hold")(confirm)
    app.command("lift")(lift)
    app.command("holds")(show_holds)
    app.command("receipts")(show_receipts)
    app.command("terms")(terms)
    app.command("rotate-key")(rotate_key)


def hold(segment: Name, by: By, reason: Why) -> None:
    """Keep a segment whatever its term. It is held for a week; a second person confirms it, or it lapses."""
    hold_id = run(_hold(segment, by, reason))
    print(hold_id)
    note(f"{segment} is held for a week: somebody else makes it last with `fernamt recordings confirm-hold {hold_id}`")


def confirm(hold_id: HoldId, by: By, reason: Why) -> None:
    """Confirm a hold, as the second person: it stays until two lift it."""
    run(_confirm(hold_id, by, reason))
    note(f"{hold_id} stays until two people lift it")


def lift(hold_id: HoldId, by: By, reason: Why) -> None:
    """Lift a hold: the first person asks, and another one within a week does it."""
    if run(_lift(hold_id, by, reason)):
        note(f"{hold_id} is lifted: the segment goes when its term is over")
    else:
        note(f"{hold_id} stays until another person lifts it as well, within a week")


def show_holds(as_json: Json = False) -> None:
    """List the holds that nobody has lifted, and who stands behind them."""
    show_rows(HOLD_COLUMNS, run(_holds()), is_json=as_json)


def show_receipts(as_json: Json = False) -> None:
    """List what was shredded: when, why, and whether our signature under that is valid. Ends with 1 where one is not."""
    rows = run(_receipts())
    show_rows(RECEIPT_COLUMNS, rows, is_json=as_json)
    if false := [row["segment_id"] for row in rows if not row["is_valid"]]:
        raise CliError(
            f"receipts that were not signed by their key: {', '.join(false)}",
            way_out="the list of keys/vault.db has them as made",
        )


def terms(
    project: Project = None,
    unrated_days: Days = None,
    rated_days: Days = None,
    dispute_months: Months = None,
    order_years: Years = None,
    as_json: Json = False,
) -> None:
    """Show how long projects keep what they record, or set it for one. Shorter terms hold at once, longer ones from now on."""
    given = {
        "unrated_days": unrated_days,
        "rated_days": rated_days,
        "dispute_months": dispute_months,
        "order_years": order_years,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        if project is None:
            raise CliError("whose terms was not said", way_out="name the project first", code=Exit.USAGE)
        shortened = run(_set_terms(project, changes))
        note(f"{project}: these terms hold; {shortened} recordings that are kept end earlier")
    show_rows(TERM_COLUMNS, run(_terms(project)), is_json=as_json)


def rotate_key(client: OfClient = None, master: Master = False) -> None:
    """Turn a key over: what it wrapped is wrapped by a new one, the old one is destroyed. Recordings stay as they are."""
    if (client is None) is not master:
        raise CliError("which key was not said", way_out="give either --client CLIENT_ID or --master", code=Exit.USAGE)
    run(_rotate(client))
    note("the new key is in force, the old one is destroyed")


async def _named(database: Database, login: str, reason: str) -> Author:
    user = await database.users.find(login.lower())
    if user is None or not user.is_active:
        raise not_found("user", login, list_with="fernamt users list")
    if scope_of(user.role, Resource.LEGAL_HOLD, Action.WRITE) is None:
        raise CliError(f"{login} is {user.role.value}", way_out="a supervisor or an administrator stands behind a hold")
    by = command_line()
    return replace(by, user_id=user.user_id, reason=f"{reason} (at the command line, {by.reason})")


async def _hold(segment_id: str, login: str, reason: str) -> str:
    async with opened(settings()) as database:
        by = await _named(database, login, reason)
        hold_id = new_id(by.at)
        try:
            await HoldStore(database.engine).ask(hold_id, segment_id, by=by)
        except NoSuchSegment as error:
            raise not_found("segment", segment_id, list_with="fernamt recordings list") from error
        except HoldRefused as error:
            raise CliError(str(error), way_out="nothing brings it back") from error
    return hold_id


async def _confirm(hold_id: str, login: str, reason: str) -> None:
    async with opened(settings()) as database:
        by = await _named(database, login, reason)
        try:
            await HoldStore(database.engine).confirm(hold_id, by=by)
        except HoldRefused as error:
            raise _refused(error) from error


async def _lift(hold_id: str, login: str, reason: str) -> bool:
    async with opened(settings()) as database:
        by = await _named(database, login, reason)
        try:
            return await HoldStore(database.engine).lift(hold_id, by=by)
        except HoldRefused as error:
            raise _refused(error) from error


def _refused(error: HoldRefused) -> CliError:
    return CliError(str(error), way_out="`fernamt recordings holds` lists those in force, and who asked")


async def _holds() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        return [_held(each) for each in await HoldStore(database.engine).unlifted()]


def _held(each: Hold) -> dict[str, Any]:
    row = {**asdict(each), "state": each.state(now())}
    return {name: local_time(value) if name.endswith("_at") and value is not None else value for name, value in row.items()}


async def _receipts() -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        found = await VaultStore(database.engine).receipts()
    words = [decoded(word, Receipt) for _, word in found]
    return [{**msgspec.structs.asdict(word), "at": local_time(word.at), "is_valid": is_valid(word)} for word in words]


async def _set_terms(project: str, changes: dict[str, int]) -> int:
    async with opened(settings()) as database:
        await _require_project(database, project)
        book = _book(database)
        try:
            return await book.put(ProjectId(project), replace(await book.of(ProjectId(project)), **changes), by=command_line())
        except TermTooLong as error:
            raise CliError(str(error), way_out="choose a term within the law's", code=Exit.CONFIG) from error


async def _terms(project: str | None) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        if project is not None:
            await _require_project(database, project)
        own, directory = await _book(database).all(), await database.directory.load()
    wanted = sorted(directory.projects) if project is None else [ProjectId(project)]
    return [{"project_id": each, **asdict(own.get(each, RecordingTerms())), "is_own": each in own} for each in wanted]


async def _require_project(database: Database, project: str) -> None:
    if ProjectId(project) not in (await database.directory.load()).projects:
        raise not_found("project", project, list_with="fernamt projects list")


def _book(database: Database) -> RecordingTermsStore:
    return RecordingTermsStore(database.engine, ZoneInfo(settings().service.time_zone))


async def _rotate(client: str | None) -> None:
    chosen = settings()
    by, folder = command_line(), Places(chosen).key.parent
    async with opened(chosen) as database:
        if client is not None and ClientId(client) not in (await database.directory.load()).clients:
            raise not_found("client", client, list_with="fernamt clients list")
        if client is not None:
            rotate_client(folder, ClientId(client))
        elif not rotate_master(folder):
            raise CliError("nothing was sealed yet: there is no key to turn over", way_out="do it once there is")
        deed = "recording_key.rotated"
        await AuditStore(database.engine).record(
            at=by.at, user_id=by.user_id, deed=deed, subject=client or "master", reason=by.reason
        )
