"""The worker's job that lists what callers left on the answering machine: files of a node's disk become rows with their call.

A message waits in its node's folder until the journal knows the call it belongs to, however long nobody of us was alive. Once it
is listed, the file beside the sound goes: it names the caller, and numbers are kept encrypted in the person store alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from fernamt.moment import now
from routing.answering_machine import VoiceMessage, arrival_mail
from store.journal_reading import JournalReader
from store.messages import MessageStore
from store.parties import PartyStore
from telephony.events import CallAdmitted, CallTurnedAway, Envelope, FallbackAnswered, LegOffered
from telephony.identifiers import CallId, Instant, PartyId
from telephony.switch.asterisk.messages import Message, parse_message

LOOK_EVERY_S = 2.0
PATIENCE_S = 24 * 3_600.0
"""A message whose call nobody ever told of is listed without it then: the switch's record was lost."""

_log = structlog.get_logger("fernamt.voice_messages")


class CollectMessages:
    """Looks into the folders of all nodes below `folder`."""

    name = "collect_messages"

    def __init__(
        self,
        journal: JournalReader,
        messages: MessageStore,
        parties: PartyStore,
        folder: Path,
        mailbox: Callable[[str | None], Awaitable[str | None]] | None = None,
    ) -> None:
        """`mailbox` says where messages of a project go; None: nowhere, they are listed only."""
        self._mailbox = mailbox
        self._journal = journal
        self._messages = messages
        self._parties = parties
        self._folder = folder
        self._read_to: dict[str, int] = {}
        """Per waiting message the number up to which the journal tells nothing of its call: nothing is read twice."""

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """Every message whose call is known is listed; the others wait."""
        waiting: dict[Path, Message] = {}
        for path in await asyncio.to_thread(self._waiting):
            message = parse_message(await asyncio.to_thread(_content, path))
            if message is not None and message.sound_file:
                waiting[path] = message
        calls = await self._calls_of(list(waiting.values()))
        for path, message in waiting.items():
            if is_stopping():
                break
            await self._list(path, message, calls.get(message.unique_id))
        return LOOK_EVERY_S

    async def _list(self, path: Path, message: Message, call_id: CallId | None) -> None:
        if call_id is None and time.time() - await asyncio.to_thread(_written_at, path) < PATIENCE_S:
            return
        told = [] if call_id is None else [envelope async for envelope in self._journal.read_call(call_id)]
        listed = _listed(path, message, call_id or CallId(""), told)
        people = [each.event.party_id for each in told if isinstance(each.event, LegOffered | FallbackAnswered)]
        mailbox = None if self._mailbox is None or await self._are_erased(people) else await self._mailbox(listed.project_id)
        mail = None if mailbox is None else arrival_mail(listed, mailbox, now())
        if await self._messages.add(listed, mail):
            _log.info("a voice message was left", call_id=call_id or "", is_mailed=mail is not None)
        # Asked once it is listed: whoever is erased after this is found by the list.
        if await self._are_erased(people):
            await asyncio.to_thread((self._folder / listed.file_name).unlink, missing_ok=True)
            await self._messages.remove(listed.message_id)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _are_erased(self, people: Sequence[PartyId]) -> bool:
        return bool(people) and await self._parties.are_erased(people)

    async def _calls_of(self, messages: Sequence[Message]) -> dict[str, CallId]:
        """The calls the messages belong to, as far as they are known: the switch's record of a call is told after it began,
        be it days later. What the journal has told before is not read again."""
        read_to = {message.unique_id: self._read_to.get(message.unique_id, -1) for message in messages}
        for message in messages:
            if read_to[message.unique_id] < 0:
                read_to[message.unique_id] = await self._journal.first_seq_at(Instant(message.started_at_us)) - 1
        found: dict[str, CallId] = {}
        seen = max(read_to.values(), default=0)
        if messages:
            async for envelope in self._journal.read_since(min(read_to.values())):
                seen = max(seen, envelope.seq)
                event = envelope.event
                if isinstance(event, FallbackAnswered) and event.leg_id in read_to and envelope.call_id is not None:
                    found.setdefault(event.leg_id, envelope.call_id)
        # A found one is looked for anew should listing it fail.
        self._read_to = {unique_id: seen for unique_id in read_to if unique_id not in found}
        return found

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob("*/message-*.json"))


def _content(path: Path) -> bytes:
    """Nothing where the file went meanwhile: its caller was erased."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


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
