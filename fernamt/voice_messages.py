"""The worker's job that lists what callers left on the answering machine: files of a node's disk become rows with their call.

A message waits in its node's folder until the journal knows the call it belongs to, however long nobody of us was alive. Once it
is listed, the file beside the sound goes: it names the caller, and numbers are kept encrypted in the person store alone.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from store.journal_reading import JournalReader
from store.messages import MessageStore
from telephony.events import CallAdmitted, CallTurnedAway, Envelope, FallbackAnswered, LegOffered
from telephony.identifiers import CallId, Instant
from telephony.switch.asterisk.messages import Message, parse_message
from web.accounts import VoiceMessage

LOOK_EVERY_S = 2.0
PATIENCE_S = 24 * 3_600.0
"""A message whose call nobody ever told of is listed without it then: the switch's record was lost."""

_log = structlog.get_logger("fernamt.voice_messages")


class CollectMessages:
    """Looks into the folders of all nodes below `folder`."""

    name = "collect_messages"

    def __init__(self, journal: JournalReader, messages: MessageStore, folder: Path) -> None:
        self._journal = journal
        self._messages = messages
        self._folder = folder

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """Every message whose call is known is listed; the others wait."""
        for path in await asyncio.to_thread(self._waiting):
            if is_stopping():
                break
            message = parse_message(await asyncio.to_thread(path.read_bytes))
            if message is not None and message.sound_file:
                await self._list(path, message)
        return LOOK_EVERY_S

    async def _list(self, path: Path, message: Message) -> None:
        call_id = await self._call_of(message)
        if call_id is None and time.time() - (await asyncio.to_thread(path.stat)).st_mtime < PATIENCE_S:
            return
        told = [] if call_id is None else [envelope async for envelope in self._journal.read_call(call_id)]
        if await self._messages.add(_listed(path, message, call_id or CallId(""), told)):
            _log.info("a voice message was left", call_id=call_id or "")
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _call_of(self, message: Message) -> CallId | None:
        """The switch's record of the call is told after the message began, be it days later."""
        start = await self._journal.first_seq_at(Instant(message.started_at_us))
        async for envelope in self._journal.read_since(start - 1):
            if isinstance(envelope.event, FallbackAnswered) and envelope.event.leg_id == message.unique_id:
                return envelope.call_id
        return None

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob("*/message-*.json"))


def _listed(path: Path, message: Message, call_id: CallId, told: list[Envelope]) -> VoiceMessage:
    events = [envelope.event for envelope in told]
    caller = next((event.caller for event in events if isinstance(event, LegOffered | FallbackAnswered)), None)
    admitted = next((event.terms for event in events if isinstance(event, CallAdmitted)), None)
    away = next((event for event in events if isinstance(event, CallTurnedAway)), None)
    project = admitted or away
    return VoiceMessage(
        message_id=path.stem.removeprefix("message-"),
        call_id=call_id,
        did=message.dialled,
        project_id=None if project is None else project.project_id,
        client_id=None if project is None else project.client_id,
        received_at=Instant(message.started_at_us),
        duration_ms=message.recorded_ms,
        masked_caller=None if caller is None else caller.masked,
        file_name=f"{path.parent.name}/{Path(message.sound_file).name}",
    )
