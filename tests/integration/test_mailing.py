"""The worker mails messages through a real mail server: one mail each, whatever the server or the worker does in between."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import time_machine

from config.settings import Settings
from fernamt.doctor.finding import Status
from fernamt.doctor.mail import examine_mail
from fernamt.installation import Database, Places, opened
from fernamt.mail.sending import LOOK_EVERY_S, SPARE_S, SendMessages
from fernamt.mail.server import MailRefused, MailServer
from fernamt.moment import now
from fernamt.node.settings import messages_of
from routing.answering_machine import MailState, MessageMail, VoiceMessage, arrival_mail
from routing.directory import Client, Project
from store.centre import Centre
from store.journal import SqlJournal
from store.messages import MessageStore
from store.upgrade import upgrade
from telephony.engine.ports import PartyRecord
from telephony.events import Envelope, LegOffered
from telephony.identifiers import SECOND, CallId, ClientId, EventId, Instant, LegId, PartyId, ProjectId, TrunkId
from tests.contract.store.journal_words import PATIENT
from tests.mail_house import DIES, HANGS, PASSWORD, USER, MailHouse, a_mail_house

BOX = "nord@centre.example"


def a_sound(seconds: float = 1.0) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(b"\x01\x02" * int(8_000 * seconds))
    return file.getvalue()


@dataclass
class Office:
    """An installation with a message in its outbox, and the mail server it is to use."""

    settings: Settings
    database: Database
    store: MessageStore
    post: MailHouse
    folder: Path

    def job(self) -> SendMessages:
        """A worker's job as a new process has it."""
        parties = self.database.parties(Places(self.settings).party_keys())
        return SendMessages(self.settings, self.database, parties, self.folder)

    async def run(self) -> None:
        await self.job().run_once(lambda: False)

    async def mail(self) -> MessageMail:
        return (await self.store.mails(["m1"]))["m1"][0]


def a_message(**changes: Any) -> VoiceMessage:
    message = VoiceMessage(
        message_id="m1",
        call_id="",
        did="+4930111",
        project_id="nord",
        client_id="c1",
        received_at=Instant(now() - 60 * SECOND),
        duration_ms=1_000,
        masked_caller="+49 170 •••67\r\nBcc: x@y.example",
        file_name="node1/m1.wav",
    )
    return replace(message, **changes)


@asynccontextmanager
async def an_office(tmp_path: Path, post: MailHouse, **mail: Any) -> AsyncIterator[Office]:
    values = {"host": "127.0.0.1", "port": post.port, "security": "none", "sender": "machine@centre.example", "timeout_s": 5}
    settings = Settings(**{"service": {"state_dir": tmp_path}, "mail": values | mail})  # type: ignore[arg-type]
    Places(settings).make()
    await upgrade(Places(settings).database_url)
    folder = messages_of(tmp_path)
    (folder / "node1").mkdir(parents=True)
    (folder / "node1" / "m1.wav").write_bytes(a_sound())
    async with opened(settings) as database:
        client = Client(client_id=ClientId("c1"), name="Nordlicht")
        project = Project(project_id=ProjectId("nord"), client_id=client.client_id, name="Projekt Süd")
        await database.directory.apply(Centre(clients=[client], projects=[project]))
        office = Office(settings, database, MessageStore(database.engine), post, folder)
        message = a_message()
        await office.store.add(message, arrival_mail(message, BOX, now()))
        yield office


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with a_mail_house(tmp_path) as house:
        yield house


@pytest.mark.parametrize(("tls", "logs_in"), [("none", False), ("starttls", True), ("tls", False)])
async def test_the_mailbox_has_one_mail_with_the_sound(tmp_path: Path, tls: str, logs_in: bool) -> None:
    async with a_mail_house(tmp_path, tls=tls, logs_in=logs_in) as post:
        login = {"username": USER, "password": PASSWORD} if logs_in else {}
        async with an_office(tmp_path, post, security=tls, ca_file=post.certificate, **login) as office:
            for _ in range(3):
                await office.run()
            assert (await office.mail()).state is MailState.SENT
    assert len(post.taken) == 1
    assert post.logins == ([USER] if logs_in else [])
    (mail,) = post.mails(BOX)
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == a_sound()
    assert attached.get_content_type() == "audio/x-wav"
    assert "+49 170 •••67" in str(mail["Subject"])
    assert mail["Bcc"] is None
    assert mail["To"] == BOX
    assert "angehängt" in mail.get_body().get_content()  # type: ignore[union-attr]


async def test_a_server_that_is_not_who_it_should_be_gets_no_mail_and_no_password(tmp_path: Path) -> None:
    async with (
        a_mail_house(tmp_path, tls="starttls", logs_in=True) as post,
        an_office(tmp_path, post, security="starttls", username=USER, password=PASSWORD) as office,
    ):
        await office.run()
        mail = await office.mail()
        assert (mail.state, post.taken, post.logins) == (MailState.WAITING, [], [])
        assert "certificate" in str(mail.last_error).lower()


async def test_a_server_without_starttls_gets_nothing_where_it_was_asked_for(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post, security="starttls") as office:
        await office.run()
        assert ((await office.mail()).state, post.taken) == (MailState.WAITING, [])


async def test_what_is_refused_for_now_is_tried_again_as_the_same_mail(tmp_path: Path, post: MailHouse) -> None:
    post.answers += ["450 4.2.0 come back later", "451 4.3.0 not yet"]
    async with an_office(tmp_path, post) as office:
        with time_machine.travel(now() / SECOND, tick=True) as clock:
            for attempts in (1, 2):
                await office.run()
                mail = await office.mail()
                assert (mail.state, mail.attempts, mail.sent_at) == (MailState.WAITING, attempts, None)
                await office.run()
                assert post.tries == attempts, "not before its time"
                clock.shift(3_700)
            await office.run()
            mail = await office.mail()
        assert (mail.state, mail.attempts, mail.last_error) == (MailState.SENT, 3, None)
        assert len(post.taken) == 1


async def test_a_server_that_takes_the_mail_and_dies_before_it_says_so_leads_to_one_mail(tmp_path: Path, post: MailHouse) -> None:
    post.answers += [DIES]
    async with an_office(tmp_path, post) as office:
        await office.run()
        assert (await office.mail()).state is MailState.WAITING
        with time_machine.travel(now() / SECOND + 60):
            await office.run()
        assert (await office.mail()).state is MailState.SENT
    assert len(post.taken) == 2
    assert len(post.mails(BOX)) == 1, "both have the same Message-ID"


async def test_a_worker_that_dies_while_the_server_takes_the_mail_leads_to_one_mail(tmp_path: Path, post: MailHouse) -> None:
    post.answers += [HANGS]
    async with an_office(tmp_path, post, timeout_s=600) as office:
        dying = asyncio.create_task(office.run())
        await post.came.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await office.run()
        assert post.tries == 1, "the try of the dead counts as under way until its time is over"
        with time_machine.travel(now() / SECOND + 600 + SPARE_S + 1):
            await office.run()
        assert (await office.mail()).state is MailState.SENT
    assert len(post.mails(BOX)) == 1


async def test_a_database_that_is_away_when_the_server_has_the_mail_leads_to_one_mail(
    tmp_path: Path, post: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_office(tmp_path, post) as office:
        job, settle, failures = office.job(), MessageStore.settle, [OSError("the disk is away")] * 2

        async def settled(store: MessageStore, mail: MessageMail) -> bool:
            if failures:
                raise failures.pop()
            return await settle(store, mail)

        monkeypatch.setattr(MessageStore, "settle", settled)
        with time_machine.travel(now() / SECOND, tick=True) as clock:
            for _ in range(2):
                with pytest.raises(OSError, match="away"):
                    await job.run_once(lambda: False)
                clock.shift(600)
            await job.run_once(lambda: False)
        assert (await office.mail()).state is MailState.SENT
    assert len(post.taken) == 1


async def test_a_password_that_cannot_be_sent_stops_nothing(tmp_path: Path) -> None:
    async with (
        a_mail_house(tmp_path, tls="starttls", logs_in=True) as post,
        an_office(tmp_path, post, security="starttls", ca_file=post.certificate, username="jörg", password="ÄÖÜ€") as office,
    ):
        await office.run()
        assert (await office.mail()).state is MailState.WAITING
        assert post.taken == []


async def test_a_host_that_cannot_be_one_stops_nothing(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post, host=f"{'a' * 70}.example", security="tls") as office:
        await office.run()
        assert ((await office.mail()).state, post.taken) == (MailState.WAITING, [])


async def test_two_workers_at_once_send_one_mail(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post) as office:
        await asyncio.gather(office.run(), office.run(), office.run())
    assert len(post.taken) == 1


@pytest.mark.parametrize("refused", ["mailbox", "content"])
async def test_what_is_refused_for_good_is_failed_until_a_person_tries_it_again(
    tmp_path: Path, post: MailHouse, refused: str
) -> None:
    if refused == "mailbox":
        post.refuses[BOX] = "550 5.1.1 nobody here"
    else:
        post.answers += ["554 5.6.0 no"]
    async with an_office(tmp_path, post) as office:
        await office.run()
        mail = await office.mail()
        assert (mail.state, mail.attempts) == (MailState.FAILED, 1)
        assert str(mail.last_error).startswith("55")
        await office.run()
        assert post.taken == []
        post.refuses.clear()
        assert (await office.store.counts())["failed"] == 1
        assert await office.store.retry("m1") == 1
        await office.run()
        again = await office.mail()
    assert (again.state, again.mail_id) == (MailState.SENT, mail.mail_id)
    assert len(post.taken) == 1


async def test_a_wrong_password_fails_no_mail(tmp_path: Path) -> None:
    async with (
        a_mail_house(tmp_path, tls="starttls", logs_in=True) as post,
        an_office(tmp_path, post, security="starttls", ca_file=post.certificate, username=USER, password="wrong") as office,
    ):
        await office.run()
        mail = await office.mail()
        assert mail.state is MailState.WAITING
        assert str(mail.last_error).startswith("535")
        assert "wrong" not in str(mail.last_error)


async def test_a_mail_that_no_server_takes_is_given_up_after_its_time(tmp_path: Path, post: MailHouse) -> None:
    post.answers += ["451 never"] * 100
    async with an_office(tmp_path, post, give_up_after_h=1) as office:
        begun = now() / SECOND
        with time_machine.travel(begun, tick=False) as clock:
            while (await office.mail()).state is MailState.WAITING:
                await office.run()
                clock.shift(60)
        hours = clock_hours(begun, (await office.mail()).due_at)
    assert hours <= 1.1
    assert post.tries > 5


def clock_hours(begun: float, until: int) -> float:
    return (until / SECOND - begun) / 3_600


async def test_a_recording_too_large_to_be_attached_goes_as_a_link(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post, attachment_limit_bytes=16_000) as office:
        await office.run()
    (mail,) = post.mails(BOX)
    assert list(mail.iter_attachments()) == []
    assert "http://127.0.0.1:8080/api/v1/messages/m1/audio" in mail.get_content()


async def test_a_deleted_message_is_not_mailed(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post) as office:
        assert await office.store.delete("m1") == "node1/m1.wav"
        await office.run()
    assert post.taken == []


async def test_a_recording_that_is_gone_fails_and_one_outside_the_folder_is_never_sent(tmp_path: Path, post: MailHouse) -> None:
    (tmp_path / "secret.wav").write_bytes(a_sound())
    async with an_office(tmp_path, post) as office:
        other = a_message(message_id="m2", file_name="../secret.wav")
        await office.store.add(other, arrival_mail(other, BOX, now()))
        (office.folder / "node1" / "m1.wav").unlink()
        await office.run()
        mails = await office.store.mails(["m1", "m2"])
    assert [mail.state for each in mails.values() for mail in each] == [MailState.FAILED] * 2
    assert post.taken == []


async def test_without_a_server_everything_waits(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post, host=None, sender=None) as office:
        assert await office.job().run_once(lambda: False) == LOOK_EVERY_S
        mail = await office.mail()
    assert (mail.state, mail.attempts) == (MailState.WAITING, 0)


async def test_an_examination_tells_what_is_wrong_and_sends_nothing(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post) as office:
        await MailServer(office.settings.mail).examine(BOX)
        post.refuses[BOX] = "550 5.1.1 nobody here"
        with pytest.raises(MailRefused, match="nobody here"):
            await MailServer(office.settings.mail).examine(BOX)
    assert post.tries == 0


async def test_the_doctor_tells_how_it_stands_with_the_mail(tmp_path: Path, post: MailHouse) -> None:
    async with an_office(tmp_path, post, mailbox=BOX) as office:
        assert (await examine_mail(office.settings)).status is Status.GOOD
        post.refuses[BOX] = "550 5.1.1 nobody here"
        found = await examine_mail(office.settings)
        assert (found.status, "nobody here" in found.found) == (Status.WRONG, True)
    async with a_mail_house(tmp_path, tls="tls") as other:
        mail = {"host": "127.0.0.1", "port": other.port, "security": "tls", "sender": "m@x.example"}
        distrusted = await examine_mail(Settings(mail=mail))  # type: ignore[arg-type]
        assert (distrusted.status, "certificate" in distrusted.found.lower()) == (Status.WRONG, True)
        trusted = await examine_mail(Settings(mail={**mail, "ca_file": other.certificate}))  # type: ignore[arg-type]
        assert trusted.status is Status.DOUBTFUL
    assert (await examine_mail(Settings())).status is Status.GOOD


@pytest.mark.parametrize(("shows", "is_erased"), [(False, False), (True, False), (True, True)])
async def test_the_callers_number_is_told_in_clear_only_where_the_centre_wants_it_and_the_person_was_not_erased(
    tmp_path: Path, post: MailHouse, shows: bool, is_erased: bool
) -> None:
    async with an_office(tmp_path, post, shows_caller=shows) as office:
        places = Places(office.settings)
        keys = places.party_keys()
        journal = await SqlJournal.open(office.database.engine, spool=places.spool, keys=keys, settings=PATIENT)
        erika = PartyRecord(party_id=PartyId("p1"), number="+491701234567", name="Erika\r\nBcc: x@y.example", seen_at=now())
        offered = LegOffered(leg_id=LegId("l"), trunk_id=TrunkId("t"), dnis="+4930", party_id=PartyId("p1"), caller=None)
        came = Envelope(
            seq=1, event_id=EventId("e1"), occurred_at=now(), received_at=now(), call_id=CallId("call-1"), event=offered
        )
        journal.append([came], [erika])
        await journal.wait_durable(1)
        await journal.close()
        if is_erased:
            parties = office.database.parties(keys)
            await parties.erase(at=now(), receipt_id="r", reason="asked for", party_id=PartyId("p1"))
        message = a_message(message_id="m2", call_id="call-1")
        await office.store.add(message, arrival_mail(message, "other@centre.example", now()))
        await office.run()
    (mail,) = post.mails("other@centre.example")
    assert ("Erika Bcc: x@y.example (+491701234567)" in str(mail["Subject"])) is (shows and not is_erased)
    assert ("1234567" in str(mail)) is (shows and not is_erased)
    assert mail["Bcc"] is None
