"""Voice messages and the outbox of the mails about them: one message, one mail, whatever happens at the same time."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.answering_machine import (
    Failure,
    MailState,
    MessageMail,
    VoiceMessage,
    after_failure,
    after_success,
    arrival_mail,
)
from store.audit import AuditStore, Author
from store.messages import MessageStore
from store.retention import DAY, Retention
from telephony.identifiers import Instant, UserId
from web.ports import Messages

SVEN = Author(user_id=UserId("sven"), at=Instant(100))
ONE = VoiceMessage(
    message_id="m1",
    call_id="c",
    did="+4930",
    project_id="p",
    client_id=None,
    received_at=Instant(5),
    duration_ms=1_200,
    masked_caller="+4930…",
    file_name="m1.wav",
)
MAIL = arrival_mail(ONE, "box@centre.example", Instant(10))


def a_forward(mail_id: str, mailbox: str = "anna@centre.example") -> MessageMail:
    return replace(MAIL, mail_id=mail_id, mailbox=mailbox, asked_by="sven", note="please")


@pytest.fixture
async def store(engine: AsyncEngine) -> MessageStore:
    store = MessageStore(engine)
    await store.add(ONE, MAIL)
    return store


async def the_mails(store: MessageStore) -> list[MessageMail]:
    return list((await store.mails(["m1"]))["m1"])


async def test_a_message_found_twice_is_one_message_and_one_mail(store: MessageStore) -> None:
    port: Messages = store
    assert not await store.add(ONE, MAIL)
    assert not await store.add(ONE, a_forward("other"))
    assert await port.list(before=None, limit=9) == [ONE]
    assert await the_mails(store) == [MAIL]


async def test_lists_are_narrowed_by_project_and_by_what_is_done(store: MessageStore) -> None:
    await store.add(replace(ONE, message_id="m2", project_id=None))
    assert await store.list(before=None, limit=9, project_ids={"p"}) == [ONE]
    assert await store.list(before=None, limit=9, project_ids=set()) == []
    await store.set_done("m1", is_done=True, by=SVEN)
    assert [m.message_id for m in await store.list(before=None, limit=9, is_done=False)] == ["m2"]
    assert [m.done_by for m in await store.list(before=None, limit=9, is_done=True)] == ["sven"]


async def test_an_agents_are_those_that_were_mailed_to_them_and_open_ones_are_counted(store: MessageStore) -> None:
    for number in (2, 3):
        other = replace(ONE, message_id=f"m{number}", project_id="q", received_at=Instant(number), file_name=f"m{number}.wav")
        await store.add(other, arrival_mail(other, "box@centre.example", Instant(10)))
    assert await store.list(before=None, limit=9, mailed_to="anna@centre.example") == []
    await store.forward(replace(a_forward("f2"), message_id="m2"), by=SVEN)
    assert [m.message_id for m in await store.list(before=None, limit=9, mailed_to="anna@centre.example")] == ["m2"]
    assert await store.list(before=None, limit=9, mailed_to="ben@centre.example") == []
    assert (await store.open_count(), await store.open_count(["q"]), await store.open_count([])) == (3, 2, 0)
    await store.set_done("m2", is_done=True, by=SVEN)
    assert await store.open_count(["q"]) == 1


async def test_of_many_who_begin_a_try_one_has_it(store: MessageStore) -> None:
    (due,) = await store.due(Instant(10), 9)
    begun = await asyncio.gather(*(store.begin(due, until=Instant(50)) for _ in range(8)))
    mine = [each for each in begun if each is not None]
    assert [(each.attempts, each.due_at) for each in mine] == [(1, 50)]
    assert await store.due(Instant(49), 9) == []
    assert [mail.attempts for mail in await store.due(Instant(50), 9)] == [1]


async def test_what_came_of_a_try_that_ran_out_is_no_more_than_that_the_server_took_it(store: MessageStore) -> None:
    first = await store.begin(MAIL, until=Instant(50))
    assert first is not None
    second = await store.begin(first, until=Instant(90))
    assert second is not None
    failed = after_failure(first, Failure(said="550", is_permanent=True), Instant(60), give_up_after_s=1)
    assert not await store.settle(failed)
    assert (await the_mails(store))[0].state is MailState.WAITING
    assert await store.settle(after_success(first, Instant(61)))
    assert (await the_mails(store))[0].state is MailState.SENT
    assert await store.due(Instant(1_000), 9) == []
    assert await store.begin(second, until=Instant(2_000)) is None


async def test_a_given_up_mail_waits_again_at_a_persons_word_and_it_is_on_record(
    store: MessageStore, engine: AsyncEngine
) -> None:
    await store.settle(after_failure(MAIL, Failure(said="550 no", is_permanent=True), Instant(20), give_up_after_s=1))
    assert await store.due(Instant(1_000), 9) == []
    assert await store.counts() == {"open": 1, "waiting": 0, "sent": 0, "failed": 1}
    assert await store.retry("m1", by=SVEN) == 1
    assert await store.retry("m1", by=SVEN) == 0
    assert await store.retry("m9", by=SVEN) is None
    assert [mail.mail_id for mail in await store.due(Instant(100), 9)] == [MAIL.mail_id]
    assert [deed.deed for deed in await AuditStore(engine).latest()] == ["message.mail_retried"]


async def test_forwarding_is_on_record_with_its_mailbox_and_two_clicks_are_one_mail(
    store: MessageStore, engine: AsyncEngine
) -> None:
    first = await store.forward(a_forward("f1"), by=SVEN)
    assert await store.forward(a_forward("f2"), by=SVEN) == first
    assert await store.forward(replace(a_forward("f3"), message_id="m9"), by=SVEN) is None
    assert [mail.mail_id for mail in await the_mails(store)] == sorted([MAIL.mail_id, "f1"])
    await store.settle(after_success(a_forward("f1"), Instant(200)))
    assert (await store.forward(a_forward("f4"), by=SVEN)) == a_forward("f4")
    (later, first_deed) = await AuditStore(engine).latest()
    assert (later.user_id, first_deed.deed) == ("sven", "message.forwarded")
    assert "anna@centre.example" in str(first_deed.after)


async def test_done_and_open_again_are_on_record_once_each(store: MessageStore, engine: AsyncEngine) -> None:
    for _ in range(2):
        assert await store.set_done("m1", is_done=True, by=SVEN)
    assert await store.set_done("m1", is_done=False, by=SVEN)
    assert not await store.set_done("m9", is_done=True, by=SVEN)
    assert await store.get("m1") == ONE
    assert [deed.deed for deed in await AuditStore(engine).latest()] == ["message.reopened", "message.done"]


async def test_a_deleted_message_takes_its_mails_with_it(store: MessageStore, engine: AsyncEngine) -> None:
    assert await store.delete("m1", by=SVEN) == "m1.wav"
    assert await store.delete("m1", by=SVEN) is None
    assert await store.due(Instant(1_000), 9) == []
    assert not await store.settle(after_success(MAIL, Instant(30)))
    assert await store.counts() == {"open": 0, "waiting": 0, "sent": 0, "failed": 0}
    assert [deed.deed for deed in await AuditStore(engine).latest()] == ["message.deleted"]


async def test_a_message_over_its_term_takes_its_mails_with_it(store: MessageStore, engine: AsyncEngine) -> None:
    gone = await Retention(engine, {"voicemail": 1}).sweep(Instant(DAY + 6))
    assert gone["voicemail"] == 1
    assert await the_mails(store) == []
