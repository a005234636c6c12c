"""Voice messages of the answering machine."""

from pathlib import Path

from aiohttp import web

from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.reports import MessageList, MessagesQuery
from web.schemas.types import Nothing, instant
from web.views import message_shown

READ = Needs(resource=Resource.MESSAGE, action=Action.READ)
AUDIO = {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg"}


@route("GET", "/messages", access=READ, summary="List voice messages", query=MessagesQuery, answer=MessageList)
async def list_messages(ask: Ask[Nothing, MessagesQuery]) -> MessageList:
    """The newest first; go on with `before` the last one's `received_at`."""
    before = instant(ask.query.before) if ask.query.before is not None else None
    return MessageList(items=[message_shown(m) for m in await ask.deps.messages.list(before=before, limit=ask.query.limit)])


@route("GET", "/messages/{message_id}/audio", access=READ, summary="Hear a voice message", media=tuple(AUDIO.values()))
async def hear_message(ask: Ask[Nothing, Nothing]) -> web.StreamResponse:
    """The audio file; who listened and when is kept."""
    message = await ask.deps.messages.get(ask.path["message_id"])
    folder = ask.deps.settings.messages_folder
    path = audio_path(folder, message.file_name) if message is not None and folder is not None else None
    if message is None or path is None:
        raise ProblemError("not_found")
    await ask.keep("message.heard", message.message_id)
    headers = {"Content-Type": AUDIO[path.suffix], "Content-Disposition": f'inline; filename="message{path.suffix}"'}
    return web.FileResponse(path, headers=headers)


def audio_path(folder: Path, file_name: str) -> Path | None:
    """The file, if it is an audio file that really lies in the folder: no way up, no link out."""
    if "\x00" in file_name or Path(file_name).is_absolute():
        return None
    root = folder.resolve()
    path = (root / file_name).resolve()
    is_ours = path.is_relative_to(root) and path.suffix in AUDIO and path.is_file()
    return path if is_ours else None


ROUTES = (list_messages, hear_message)
