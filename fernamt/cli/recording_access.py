"""`fernamt recordings`, the part of those who want to hear or release one: two persons, each by log-in and password."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import Database, opened
from fernamt.moment import new_id, now
from fernamt.vault_places import vault_sound
from recording.access import AccessRequest, Wanted, purpose_of
from recording.vault.heard import duration_ms
from store.audit import Author
from store.recording_access import AccessStore
from store.recording_grants import AccessRefused, NoSuchAccess
from store.vault_intake import VaultIntake
from telephony.identifiers import UserId
from web.passwords import Passwords

REQUESTS = ("request_id", "segment_id", "wanted", "state", "asked_by", "asked_at", "reason", "decided_by", "decided_at")
ACCESSES = ("at", "user_id", "ground", "what", "from_ms", "to_ms", "grant_id")
T = TypeVar("T")


class Release(StrEnum):
    """Why a package leaves the house."""

    ESCALATION = "escalation"
    DATA_SUBJECT = "data_subject"
    CONTRACT_END = "contract_end"


Segment = Annotated[str, typer.Argument(metavar="SEGMENT_ID")]
Request = Annotated[str, typer.Argument(metavar="REQUEST_ID")]
Who = Annotated[str, typer.Option("--as", metavar="LOGIN", help="Who that is, by log-in; their password is asked for.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept on record.")]
What = Annotated[Release, typer.Option("--for", help="Why the package leaves the house.")]
Where = Annotated[Path, typer.Option("--to", help="The file the package is written to; it must not exist.")]
OfSegment = Annotated[str | None, typer.Option("--segment", help="Only of this segment.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("escalate")(escalate)
    app.command("release")(release)
    app.command("requests")(requests)
    app.command("approve")(approve)
    app.command("refuse")(refuse)
    app.command("end")(end)
    app.command("fetch")(fetch)
    app.command("accesses")(accesses)


def escalate(segment: Segment, who: Who, reason: Why) -> None:
    """Ask to hear a segment. Another person approves within three days; it is heard on the page Recordings, never here."""
    _told(_asked(segment, Wanted.LISTEN, who, reason))


def release(segment: Segment, who: Who, reason: Why, what: What) -> None:
    """Ask to release a segment as a signed package. Another person approves within three days; then `fetch` writes it."""
    _told(_asked(segment, Wanted(f"release_{what.value}"), who, reason))


def requests(segment: OfSegment = None, as_json: Json = False) -> None:
    """List who wants to hear or release what, the newest first, and what became of it."""
    show_rows(REQUESTS, run(_requests(segment)), is_json=as_json)


def approve(request: Request, who: Who, reason: Why) -> None:
    """Approve a request of somebody else."""
    _told(_as(who, reason, lambda access, by: access.decide(request, is_approved=True, by=by)))


def refuse(request: Request, who: Who, reason: Why) -> None:
    """Refuse a request of somebody else."""
    _told(_as(who, reason, lambda access, by: access.decide(request, is_approved=False, by=by)))


def end(request: Request, who: Who, reason: Why) -> None:
    """Withdraw a request, or end at once what it gave."""
    _told(_as(who, reason, lambda access, by: access.end(request, by=by)))


def fetch(request: Request, who: Who, to: Where) -> None:
    """Write the package of an approved release to a new file, readable by its owner only. `fernamt verify` proves it."""
    size = run(_fetch(request, who, _password(who), to))
    note(f"{to}: {size} bytes; `fernamt verify {to}` proves it offline")


def accesses(segment: Segment, as_json: Json = False) -> None:
    """List who heard or fetched what of a segment, the newest first."""
    show_rows(ACCESSES, run(_accesses(segment)), is_json=as_json)


def _told(request: AccessRequest) -> None:
    note(f"request {request.request_id}: {request.state(now())}")


def _asked(segment_id: str, wanted: Wanted, login: str, reason: str) -> AccessRequest:
    return _as(login, reason, lambda access, by: access.ask(new_id(by.at), segment_id, wanted, by=by))


def _as(login: str, reason: str, work: Callable[[AccessStore, Author], Awaitable[AccessRequest]]) -> AccessRequest:
    password = _password(login)

    async def done() -> AccessRequest:
        async with opened(settings()) as database:
            by = Author(user_id=await _person(database, login, password), at=now(), reason=reason)
            return await _refused_or(work(AccessStore(database.engine), by))

    return run(done())


def _password(login: str) -> str:
    """What whoever sits here says is the password; from standard input where nobody does."""
    return str(typer.prompt(f"Password of {login}", hide_input=True, err=True))


async def _person(database: Database, login: str, password: str) -> UserId:
    """The user of that log-in, who has proven it: whoever sits here cannot be two persons by writing two names."""
    user = await database.users.find(login.strip().lower())
    passwords = Passwords()
    try:
        is_proven = await passwords.verify(password, None if user is None else user.password_hash)
    finally:
        passwords.close()
    if user is None or not user.is_active or not is_proven:
        raise CliError("name or password is wrong", way_out="`fernamt users list` lists who there is", code=Exit.FAILED)
    return user.user_id


async def _refused_or(work: Awaitable[T]) -> T:
    try:
        return await work
    except NoSuchAccess as error:
        raise CliError(str(error), way_out="`fernamt recordings requests` lists requests", code=Exit.NOT_FOUND) from error
    except AccessRefused as error:
        raise CliError(str(error), way_out="`fernamt recordings requests` tells how far it is", code=Exit.FAILED) from error


async def _requests(segment_id: str | None) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        found = await AccessStore(database.engine).requests(segment_id=segment_id)
        names = await _names(database)
    rows = []
    for each in found:
        row = {**asdict(each), "wanted": each.wanted.value, "state": each.state(now()).value}
        row |= {"asked_by": names.get(each.asked_by, each.asked_by), "asked_at": local_time(each.asked_at)}
        row["decided_by"] = None if each.decided_by is None else names.get(each.decided_by, each.decided_by)
        row["decided_at"] = None if each.decided_at is None else local_time(each.decided_at)
        rows.append({name: row[name] for name in REQUESTS})
    return rows


async def _accesses(segment_id: str) -> list[dict[str, Any]]:
    async with opened(settings()) as database:
        found = await AccessStore(database.engine).accesses(segment_id)
        names = await _names(database)
    return [
        {**asdict(each), "at": local_time(each.at), "user_id": names.get(each.user_id, each.user_id), "what": each.what.value}
        for each in found
    ]


async def _names(database: Database) -> dict[str, str]:
    return {user.user_id: user.login for user in await database.users.all()}


async def _fetch(request_id: str, login: str, password: str, path: Path) -> int:
    async with opened(settings()) as database:
        by = Author(user_id=await _person(database, login, password), at=now())
        access = AccessStore(database.engine)
        request = await _refused_or(access.request(request_id))
        told = await VaultIntake(database.engine).told(request.segment_id)
        if told is None or told[1] is None:
            raise not_found("segment", request.segment_id, list_with="fernamt recordings list")
        handle = _new_file(path)
        try:
            await _refused_or(access.fetch(request_id, duration_ms(told[1]), by=by))
            with os.fdopen(handle, "wb", closefd=False) as file:
                async for piece in _package(database.engine, request, by):
                    file.write(piece)
                file.flush()
                os.fsync(handle)
                return file.tell()
        except BaseException:
            await asyncio.to_thread(path.unlink)
            raise
        finally:
            os.close(handle)


def _package(engine: AsyncEngine, request: AccessRequest, by: Author) -> AsyncGenerator[bytes]:
    return vault_sound(settings(), engine).package(request.segment_id, purpose_of(request), by.at)


def _new_file(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise CliError(f"{path} cannot be made ({error.strerror})", way_out="name a file that does not exist yet") from error
