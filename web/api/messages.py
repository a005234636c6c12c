"""Voice messages of the answering machine: listed, heard, forwarded, done, deleted."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from routing.answering_machine import MessageMail, VoiceMessage, agents_mailbox
from telephony.identifiers import AgentId
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.messages import Forward, MailShown, MessageCount, MessageList, MessageShown, MessagesQuery, Retried, Seen
from web.schemas.types import Nothing, instant
from web.views import mail_shown, message_shown

READ = Needs(resource=Resource.MESSAGE, action=Action.READ)
WRITE = Needs(resource=Resource.MESSAGE, action=Action.WRITE)
ERASE = Needs(resource=Resource.MESSAGE, action=Action.ERASE)
MANY = 1_000
AUDIO = {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg"}


@route("GET", "/messages", access=READ, summary="List voice messages", query=MessagesQuery, answer=MessageList)
async def list_messages(ask: Ask[Nothing, MessagesQuery]) -> MessageList:
    """The newest first, each with its mails; go on with `before` the last one's `received_at`. A team leader's are those of the
    projects their team serves, an agent's those that were mailed to them."""
    is_own = ask.rows.scope is Scope.SELF
    mailbox = _own_mailbox(ask) if is_own else None
    if is_own and mailbox is None:
        return MessageList(items=[])
    wanted = None if is_own else _projects_within(ask)
    if ask.query.project is not None:
        wanted = frozenset([ask.query.project]) & (wanted if wanted is not None else frozenset([ask.query.project]))
    found = await ask.deps.messages.list(
        before=instant(ask.query.before) if ask.query.before is not None else None,
        limit=ask.query.limit,
        project_ids=wanted,
        is_done=None if ask.query.state is None else ask.query.state is Seen.DONE,
        mailed_to=mailbox,
    )
    mails = await ask.deps.messages.mails([message.message_id for message in found])
    return MessageList(
        items=[
            message_shown(message, _told(ask, mails[message.message_id]), days=ask.deps.settings.message_days)
            for message in found
        ]
    )


@route("GET", "/message-count", access=READ, summary="Count open voice messages", answer=MessageCount)
async def count_messages(ask: Ask[Nothing, Nothing]) -> MessageCount:
    """How many messages within reach nobody has seen to yet."""
    if ask.rows.scope is Scope.SELF:
        mailbox = _own_mailbox(ask)
        own = ask.deps.messages.list(before=None, limit=MANY, is_done=False, mailed_to=mailbox) if mailbox is not None else None
        return MessageCount(open=0 if own is None else len(await own))
    return MessageCount(open=await ask.deps.messages.open_count(_projects_within(ask)))


@route("GET", "/messages/{message_id}", access=READ, summary="Show a voice message", answer=MessageShown)
async def show_message(ask: Ask[Nothing, Nothing]) -> MessageShown:
    """The message, and what became of the mails about it."""
    message = await _the_message(ask)
    mails = await ask.deps.messages.mails([message.message_id])
    return message_shown(message, _told(ask, mails[message.message_id]), days=ask.deps.settings.message_days)


@route("GET", "/messages/{message_id}/audio", access=READ, summary="Hear a voice message", media=tuple(AUDIO.values()))
async def hear_message(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """The audio file; who listened and when is kept."""
    message = await _the_message(ask)
    path = await _sound(ask, message)
    if path is None:
        raise ProblemError("not_found")
    await ask.keep("message.heard", message.message_id)
    headers = {"Content-Type": AUDIO[path.suffix], "Content-Disposition": f'inline; filename="message{path.suffix}"'}
    return web.FileResponse(path, headers=headers)


@route("POST", "/messages/{message_id}/done", access=WRITE, summary="Mark a voice message as done")
async def finish_message(ask: Ask[Nothing, Nothing]) -> None:
    """Somebody has seen to it; who and when is shown and on record."""
    await ask.deps.messages.set_done((await _the_message(ask)).message_id, is_done=True, by=ask.author)


@route("POST", "/messages/{message_id}/reopen", access=WRITE, summary="Open a voice message again")
async def reopen_message(ask: Ask[Nothing, Nothing]) -> None:
    """The message waits for somebody once more."""
    await ask.deps.messages.set_done((await _the_message(ask)).message_id, is_done=False, by=ask.author)


@route(
    "POST",
    "/messages/{message_id}/forward",
    access=WRITE,
    summary="Forward a voice message",
    body=Forward,
    answer=MailShown,
    problems=("no_mail_server",),
)
async def forward_message(ask: Ask[Forward, Nothing]) -> MailShown:
    """The message is on its way to that mailbox, or to the agent's; who sent it where is on record. One to the same mailbox that
    still waits stays the only one."""
    message = await _the_message(ask)
    if not ask.deps.settings.has_mail_server:
        raise ProblemError("no_mail_server")
    mail = MessageMail(
        mail_id=ask.deps.ids.new(ask.now),
        message_id=message.message_id,
        mailbox=_mailbox(ask),
        asked_by=ask.principal.user_id,
        note=ask.body.note,
        created_at=ask.now,
        due_at=ask.now,
    )
    waiting = await ask.deps.messages.forward(mail, by=ask.author)
    if waiting is None:
        raise ProblemError("not_found")
    return mail_shown(waiting)


@route("POST", "/messages/{message_id}/retry", access=WRITE, summary="Try failed mails again", answer=Retried)
async def retry_mails(ask: Ask[Nothing, Nothing]) -> Retried:
    """Mails about the message that were given up wait again, as the same mails: a mailbox that has one drops a second."""
    count = await ask.deps.messages.retry((await _the_message(ask)).message_id, by=ask.author)
    return Retried(mails=count or 0)


@route("DELETE", "/messages/{message_id}", access=ERASE, summary="Delete a voice message")
async def delete_message(ask: Ask[Nothing, Nothing]) -> None:
    """Sound, message and waiting mails are gone; what was mailed before is in its mailbox. Who deleted it is on record."""
    message = await _the_message(ask)
    path = await _sound(ask, message)
    if path is not None:  # first, so that a crash leaves nothing that nobody lists
        await asyncio.to_thread(path.unlink, missing_ok=True)
    await ask.deps.messages.delete(message.message_id, by=ask.author)


async def _the_message(ask: Ask[Body, Query]) -> VoiceMessage:
    """The message named in the path. Out of reach is answered like unknown."""
    message = await ask.deps.messages.get(ask.path["message_id"])
    if message is None or not await _is_within(ask, message):
        raise ProblemError("not_found")
    return message


async def _is_within(ask: Ask[Body, Query], message: VoiceMessage) -> bool:
    match ask.rows.scope:
        case Scope.ALL:
            return True
        case Scope.TEAM:
            return message.project_id in ask.rows.team_projects
        case _:
            mails = await ask.deps.messages.mails([message.message_id])
            return bool(_told(ask, mails[message.message_id]))


def _projects_within(ask: Ask[Body, Query]) -> frozenset[str] | None:
    """None: of all projects, and of none."""
    return None if ask.rows.scope is Scope.ALL else frozenset(map(str, ask.rows.team_projects))


def _own_mailbox(ask: Ask[Body, Query]) -> str | None:
    """Where messages are mailed to the asking agent."""
    agent_id = ask.principal.agent_id
    agent = None if agent_id is None else ask.deps.directory.current.agents.get(agent_id)
    return None if agent is None else agents_mailbox(agent)


def _told(ask: Ask[Body, Query], mails: Sequence[MessageMail]) -> Sequence[MessageMail]:
    """An agent is told of what was mailed to them, not to whom else it went."""
    if ask.rows.scope is not Scope.SELF:
        return mails
    mailbox = _own_mailbox(ask)
    return [mail for mail in mails if mailbox is not None and mail.mailbox == mailbox]


async def _sound(ask: Ask[Body, Query], message: VoiceMessage) -> Path | None:
    folder = ask.deps.settings.messages_folder
    return None if folder is None else await asyncio.to_thread(audio_path, folder, message.file_name)


def _mailbox(ask: Ask[Forward, Nothing]) -> str:
    if ask.body.mailbox is not None:
        return ask.body.mailbox
    agent = ask.deps.directory.current.agents.get(AgentId(str(ask.body.agent_id)))
    mailbox = agents_mailbox(agent) if agent is not None and ask.rows.has_agent(agent.agent_id) else None
    if mailbox is None:
        raise ProblemError("invalid", fields=[FieldFault(at="/agent_id", code="no_mailbox", detail="no agent with a mailbox")])
    return mailbox


def audio_path(folder: Path, file_name: str) -> Path | None:
    """The file, if it is an audio file that really lies in the folder: no way up, no link out."""
    if "\x00" in file_name or Path(file_name).is_absolute():
        return None
    root = folder.resolve()
    path = (root / file_name).resolve()
    is_ours = path.is_relative_to(root) and path.suffix in AUDIO and path.is_file()
    return path if is_ours else None


ROUTES = (
    list_messages,
    count_messages,
    show_message,
    hear_message,
    finish_message,
    reopen_message,
    forward_message,
    retry_mails,
    delete_message,
)
