"""`fernamt messages`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from fernamt.authors import COMMAND_LINE, command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json
from fernamt.cli.showing import local_time, note, seconds, show_json, show_rows
from fernamt.cli.work import run, settings
from fernamt.installation import opened
from fernamt.moment import new_id, now
from fernamt.node.settings import messages_of
from routing.answering_machine import MessageMail, VoiceMessage, agents_mailbox, is_mailbox
from store.audit import AuditStore
from store.messages import MessageStore
from telephony.identifiers import SECOND, AgentId, Instant
from web.api.messages import audio_path

Name = Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="As `fernamt messages list` shows it.")]
Project = Annotated[str | None, typer.Option("--project", help="Of this project only.")]
IsOpen = Annotated[bool | None, typer.Option("--open/--done", help="Only those that nobody, or somebody, has seen to.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Most messages.")]
Before = Annotated[str | None, typer.Option("--before", help="Older than this moment: 2026-11-01T08:00+01:00.")]
Mailbox = Annotated[str | None, typer.Option("--to", help="The mailbox it goes to.")]
Agent = Annotated[str | None, typer.Option("--agent", help="The agent to whose mailbox it goes.")]
Note = Annotated[str, typer.Option("--note", help="Stands in the mail.")]
Sound = Annotated[Path | None, typer.Option("--sound", help="Write the recording to this file; that is on record.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept on record.")]
COLUMNS = ("message_id", "received", "project_id", "did", "masked_caller", "seconds", "mail", "done_by")
LONGEST_NOTE = 200

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.callback()(_group)
    app.command("list")(show_all)
    app.command("show")(show)
    app.command("forward")(forward)
    app.command("retry")(retry)
    app.command("done")(finish)
    app.command("delete")(delete)


def _group() -> None:
    """Voice messages of the answering machine."""


def show_all(
    *, project: Project = None, is_open: IsOpen = None, before: Before = None, limit: Limit = 100, as_json: Json = False
) -> None:
    """List the messages, the newest first, and how their mails went."""
    moment = None if before is None else _moment(before)

    async def rows(store: MessageStore) -> list[dict[str, Any]]:
        only = None if project is None else [project]
        is_done = None if is_open is None else not is_open
        found = await store.list(before=moment, limit=limit, project_ids=only, is_done=is_done)
        mails = await store.mails([each.message_id for each in found])
        return [_row(each, list(mails[each.message_id])) for each in found]

    show_rows(COLUMNS, _with_store(rows), is_json=as_json)


def show(name: Name, sound: Sound = None, as_json: Json = False) -> None:
    """Show a message with its mails; with --sound FILE, fetch the recording."""

    async def row(store: MessageStore) -> dict[str, Any] | None:
        message = await store.get(name)
        return None if message is None else _row(message, list((await store.mails([name]))[name]))

    found = _known(name, _with_store(row))
    if sound is not None:
        run(_fetch(name, sound))
        note(f"{sound}: {sound.stat().st_size} bytes")
    if as_json:
        show_json(found)
    else:
        show_rows(COLUMNS, [found], is_json=False)
        show_rows(("mailbox", "state", "attempts", "last_error"), found["mails"], is_json=False)


def forward(name: Name, to: Mailbox = None, agent: Agent = None, remark: Note = "", as_json: Json = False) -> None:
    """Forward a message to a mailbox, or to an agent's; the worker sends it."""
    if (to is None) == (agent is None):
        raise CliError("to whom was not said", way_out="give either --to or --agent", code=Exit.USAGE)
    if to is not None and not is_mailbox(to):
        raise CliError(f"{to!r} is no mailbox", way_out="give one address, such as nord@centre.example", code=Exit.USAGE)
    if len(remark) > LONGEST_NOTE or not remark.isprintable():
        raise CliError("the note is no short line", way_out=f"one line of {LONGEST_NOTE} characters", code=Exit.USAGE)
    if settings().mail.host is None:
        raise CliError("no mail server is set up", way_out="set mail.host and mail.sender", code=Exit.CONFIG)
    mailbox = to if to is not None else run(_mailbox_of(str(agent)))
    at = now()

    async def put(store: MessageStore) -> MessageMail | None:
        mail = MessageMail(
            mail_id=new_id(at),
            message_id=name,
            mailbox=mailbox,
            asked_by=COMMAND_LINE,
            note=remark,
            created_at=at,
            due_at=at,
        )
        return await store.forward(mail)

    waiting = _known(name, _with_store(put))
    if as_json:
        show_json(waiting)
    else:
        note(f"it waits to be mailed to {waiting.mailbox}")


def retry(name: Name) -> None:
    """Have the mails about a message tried again that were given up."""
    count = _known(name, _with_store(lambda store: store.retry(name)))
    note(f"{count} mails wait again" if count else "no mail of it had been given up")


def finish(name: Name) -> None:
    """Mark a message as done."""
    if not _with_store(lambda store: store.set_done(name, is_done=True)):
        _known(name, None)


def delete(name: Name, reason: Reason, as_json: Json = False) -> None:
    """Delete a message with its sound and its waiting mails; what was mailed before is in its mailbox."""
    deleted = run(_delete(name, reason))
    if as_json:
        show_json(deleted)


async def _delete(name: str, reason: str) -> dict[str, Any]:
    chosen = settings()
    async with opened(chosen) as database:
        store = MessageStore(database.engine, command_line)
        message = _known(name, await store.get(name))
        row = _row(message, list((await store.mails([name]))[name]))
        path = await asyncio.to_thread(audio_path, messages_of(_state(chosen)), message.file_name)
        if path is not None:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        author = command_line()
        await store.delete(name, by=type(author)(user_id=author.user_id, at=author.at, reason=f"{reason} ({author.reason})"))
    return row


async def _fetch(name: str, target: Path) -> None:
    chosen = settings()
    async with opened(chosen) as database:
        message = _known(name, await MessageStore(database.engine).get(name))
        path = await asyncio.to_thread(audio_path, messages_of(_state(chosen)), message.file_name)
        if path is None:
            raise CliError("the recording is not there any more", way_out="its mail may have it", code=Exit.NOT_FOUND)
        author = command_line()
        record = AuditStore(database.engine).record
        await record(at=author.at, user_id=author.user_id, deed="message.heard", subject=name, reason=author.reason)
        await asyncio.to_thread(lambda: target.write_bytes(path.read_bytes()))


async def _mailbox_of(agent_id: str) -> str:
    async with opened(settings()) as database:
        mailbox = agents_mailbox(await database.directory.agent(AgentId(agent_id)))
    if mailbox is None:
        way_out = f"`fernamt agents set {agent_id} mailbox=NAME@HOST` gives them one"
        raise CliError(f"there is no agent {agent_id!r} with a mailbox", way_out=way_out, code=Exit.NOT_FOUND)
    return mailbox


def _state(chosen: Any) -> Path:
    return Path(chosen.service.state_dir).absolute()


def _with_store(work: Callable[[MessageStore], Awaitable[T]]) -> T:
    async def whole() -> T:
        async with opened(settings()) as database:
            return await work(MessageStore(database.engine, command_line))

    return run(whole())


def _known(name: str, found: T | None) -> T:
    if found is None:
        raise not_found("message", name, list_with="fernamt messages list")
    return found


def _row(message: VoiceMessage, mails: list[MessageMail]) -> dict[str, Any]:
    arrival = next((mail for mail in mails if mail.asked_by is None), None)
    return {
        "message_id": message.message_id,
        "call_id": message.call_id,
        "received": local_time(message.received_at),
        "project_id": message.project_id,
        "client_id": message.client_id,
        "did": message.did,
        "masked_caller": message.masked_caller,
        "seconds": seconds(message.duration_ms),
        "done_by": message.done_by,
        "mail": "none" if arrival is None else arrival.state.value,
        "mails": [
            {
                "mailbox": mail.mailbox,
                "state": mail.state.value,
                "attempts": mail.attempts,
                "sent": None if mail.sent_at is None else local_time(mail.sent_at),
                "last_error": mail.last_error,
                "forwarded_by": mail.asked_by,
            }
            for mail in mails
        ],
    }


def _moment(text: str) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        way_out = "write 2026-11-01T08:00+01:00"
        raise CliError(f"--before {text!r} is no moment with its offset", way_out=way_out, code=Exit.USAGE)
    return Instant(int(moment.timestamp()) * SECOND)
