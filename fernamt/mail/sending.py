"""The worker's job that mails the messages of the answering machine out of their outbox: never lost, and one mail each.

A try is begun in one transaction and settled in another; between the two the server may take the mail and this process die.
The try then runs out, and the mail is sent again with the same Message-ID: the mailbox drops the second. There is no other way
to two.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from config.mail import MailSettings, SoundAs
from config.settings import Settings
from fernamt.installation import Database
from fernamt.mail.letters import mail_of
from fernamt.mail.server import MailRefused, MailServer
from fernamt.moment import now
from fernamt.parts import base_url
from routing.answering_machine import (
    About,
    Failure,
    MailState,
    MessageMail,
    VoiceMessage,
    after_failure,
    after_success,
    letter_of,
)
from routing.directory import Client, Project
from store.messages import MessageStore
from store.parties import PartyStore
from telephony.events import FallbackAnswered, LegOffered
from telephony.identifiers import CallId, ClientId, PartyId, ProjectId, after_ms
from web.api.messages import audio_path

LOOK_EVERY_S = 2.0
AT_A_TIME = 20
SPARE_S = 5
"""So much longer than its time limit a try counts as under way."""

_log = structlog.get_logger("fernamt.mail")


class SendMessages:
    """Mails what is due, one after the other."""

    name = "send_messages"

    def __init__(self, settings: Settings, database: Database, parties: PartyStore, folder: Path) -> None:
        self._mail: MailSettings = settings.mail
        self._zone = ZoneInfo(settings.service.time_zone)
        self._url = base_url(settings)
        self._database = database
        self._messages = MessageStore(database.engine)
        self._parties = parties
        self._folder = folder
        self._taken: dict[str, MessageMail] = {}
        self._server = None if settings.mail.host is None else MailServer(settings.mail)

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What was due has been tried. Without a mail server everything waits for one."""
        if self._server is None:
            return LOOK_EVERY_S
        await self._note_taken()
        due = await self._messages.due(now(), AT_A_TIME)
        if not due:
            return LOOK_EVERY_S
        projects = {each.item.project_id: each.item for each in await self._database.directory.projects()}
        clients = {each.item.client_id: each.item for each in await self._database.directory.clients()}
        for mail in due:
            if is_stopping():
                break
            until = after_ms(now(), (self._mail.timeout_s + SPARE_S) * 1_000)
            begun = await self._messages.begin(mail, until=until)
            if begun is not None:
                await self._try(self._server, begun, projects, clients)
        return 0.0 if len(due) == AT_A_TIME else LOOK_EVERY_S

    async def _try(
        self,
        server: MailServer,
        mail: MessageMail,
        projects: dict[ProjectId, Project],
        clients: dict[ClientId, Client],
    ) -> None:
        message = await self._messages.get(mail.message_id)
        if message is None:
            return  # deleted since: the mail went with it
        path = await asyncio.to_thread(audio_path, self._folder, message.file_name)
        if path is None:
            await self._failed(mail, Failure(said="the recording is not there any more", is_permanent=True))
            return
        try:
            await server.deliver(mail.mailbox, await self._composed(mail, message, path, projects, clients))
        except MailRefused as refused:
            await self._failed(mail, refused.failure)
            return
        self._taken[mail.mail_id] = after_success(mail, now())
        _log.info("a voice message was mailed", message_id=mail.message_id, mail_id=mail.mail_id, attempts=mail.attempts)
        await self._note_taken()

    async def _note_taken(self) -> None:
        """What servers took is in the database. While that is away it is remembered here, and nothing is sent."""
        for mail_id, mail in list(self._taken.items()):
            await self._messages.settle(mail)
            del self._taken[mail_id]

    async def _failed(self, mail: MessageMail, failure: Failure) -> None:
        after = after_failure(mail, failure, now(), give_up_after_s=self._mail.give_up_after_h * 3_600)
        await self._messages.settle(after)
        facts = {"message_id": mail.message_id, "mail_id": mail.mail_id, "attempts": mail.attempts, "error": after.last_error}
        if after.state is MailState.FAILED:
            _log.error("a voice message could not be mailed and is given up", **facts)
        else:
            _log.warning("a voice message is mailed later", **facts)

    async def _composed(
        self,
        mail: MessageMail,
        message: VoiceMessage,
        path: Path,
        projects: dict[ProjectId, Project],
        clients: dict[ClientId, Client],
    ) -> bytes:
        size = (await asyncio.to_thread(path.stat)).st_size
        is_attached = self._mail.sound is SoundAs.ATTACHMENT and size <= self._mail.attachment_limit_bytes
        project = None if message.project_id is None else projects.get(ProjectId(message.project_id))
        client = None if message.client_id is None else clients.get(ClientId(message.client_id))
        name, number = await self._caller(message)
        about = About(
            language="de" if project is None else project.language,
            zone=self._zone,
            project_name=None if project is None else project.name,
            client_name=None if client is None else client.name,
            caller_name=name,
            caller_number=number,
            forwarded_by=await self._name_of(mail.asked_by),
            note=mail.note,
            is_attached=is_attached,
            link=None if is_attached else f"{self._url}/api/v1/messages/{message.message_id}/audio",
        )
        sound = await asyncio.to_thread(path.read_bytes) if is_attached else None
        letter = letter_of(message, about)
        return await asyncio.to_thread(mail_of, mail, letter, str(self._mail.sender), sound)

    async def _caller(self, message: VoiceMessage) -> tuple[str | None, str | None]:
        """Name and number in clear where the centre wants them told and the person was not erased."""
        if not self._mail.shows_caller or not message.call_id:
            return None, None
        party_id: PartyId | None = None
        async for envelope in self._database.journal.read_call(CallId(message.call_id)):
            if isinstance(envelope.event, LegOffered | FallbackAnswered):
                party_id = envelope.event.party_id
                break
        found = await self._parties.reveal([party_id]) if party_id is not None else {}
        person = None if party_id is None else found.get(party_id)
        return (None, None) if person is None else (person.name, person.number)

    async def _name_of(self, user_id: str | None) -> str | None:
        if user_id is None:
            return None
        user = next((each for each in await self._database.users.all() if each.user_id == user_id), None)
        return user_id if user is None else user.display_name
