"""Webhooks, voice messages and phone accounts."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.answering_machine import VoiceMessage
from routing.directory import AgentProfile
from store.directory import DirectoryStore
from store.endpoints import EndpointStore, NoSuchEndpoint
from store.engine import reading
from store.messages import MessageStore
from store.parties import PartyKeys
from store.tables.deliveries import SUBSCRIPTIONS
from store.tables.directory import ENDPOINTS
from store.webhooks import WebhookStore
from telephony.engine.ports import EndpointAccount
from telephony.identifiers import AgentId, EndpointId, Instant
from web.accounts import Delivery, Subscription
from web.ports import Messages, Webhooks

KEYS = PartyKeys(bytes(range(32)))
HOOK = Subscription(
    subscription_id="s1",
    url="https://example.org/hook",
    events=("call.ended", "call.admitted"),
    client_id=None,
    secret="whsec-1",
    created_at=Instant(1),
)
FIRST = Delivery(
    delivery_id="d1", subscription_id="s1", event="call.ended", body=b'{"a":1}', created_at=Instant(5), due_at=Instant(10)
)
SECOND = replace(FIRST, delivery_id="d2", due_at=Instant(7))


async def test_a_subscription_comes_out_as_it_went_in_and_its_secret_is_encrypted_at_rest(engine: AsyncEngine) -> None:
    hooks: Webhooks = WebhookStore(engine, KEYS)
    await hooks.add(HOOK)
    assert await hooks.subscriptions() == [HOOK]
    assert await hooks.subscription("s1") == HOOK
    assert await hooks.subscription("s2") is None
    async with reading(engine) as connection:
        assert b"whsec" not in (await connection.execute(select(SUBSCRIPTIONS.c.secret_cipher))).scalar_one()


async def test_deliveries_wait_until_they_are_due_the_oldest_first_and_are_not_doubled(engine: AsyncEngine) -> None:
    hooks = WebhookStore(engine, KEYS)
    await hooks.add(HOOK)
    assert await hooks.cursor() == 0
    await hooks.enqueue([FIRST, SECOND], cursor=12)
    await hooks.enqueue([FIRST], cursor=None)
    assert await hooks.cursor() == 12
    assert await hooks.due(Instant(8), 9) == [SECOND]
    assert await hooks.due(Instant(10), 9) == [SECOND, FIRST]
    assert await hooks.due(Instant(10), 1) == [SECOND]


async def test_a_delivery_is_tried_again_delivered_or_given_up(engine: AsyncEngine) -> None:
    hooks = WebhookStore(engine, KEYS)
    await hooks.add(HOOK)
    await hooks.enqueue([FIRST, SECOND], cursor=1)
    failed = replace(FIRST, attempts=1, due_at=Instant(50), last_error="500")
    await hooks.failed(failed)
    assert await hooks.due(Instant(10), 9) == [SECOND]
    await hooks.delivered("d2")
    assert await hooks.due(Instant(50), 9) == [failed]
    await hooks.given_up("d1")
    assert await hooks.due(Instant(99), 9) == []


async def test_a_removed_subscription_takes_its_deliveries_with_it_and_gets_no_more(engine: AsyncEngine) -> None:
    hooks = WebhookStore(engine, KEYS)
    await hooks.add(HOOK)
    await hooks.enqueue([FIRST], cursor=1)
    assert await hooks.remove("s1")
    assert not await hooks.remove("s1")
    await hooks.enqueue([SECOND], cursor=2)
    assert await hooks.due(Instant(99), 9) == []
    assert await hooks.cursor() == 2


async def test_voice_messages_are_listed_the_newest_first_and_once(engine: AsyncEngine) -> None:
    store = MessageStore(engine)
    messages: Messages = store
    one = VoiceMessage(
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
    other = replace(one, message_id="m2", received_at=Instant(6))
    assert await store.add(one)
    assert await store.add(other)
    assert not await store.add(one)
    assert await messages.list(before=None, limit=9) == [other, one]
    assert await messages.list(before=Instant(6), limit=9) == [one]
    assert await messages.get("m2") == other
    assert await messages.get("m3") is None


async def test_a_phone_has_an_account_once_it_has_a_password_which_is_encrypted_at_rest(engine: AsyncEngine) -> None:
    book, phones = DirectoryStore(engine), EndpointStore(engine, KEYS)
    anna = AgentProfile(agent_id=AgentId("anna"), name="Anna", level=1, endpoint_id=EndpointId("anna-phone"))
    await book.put_agent(anna)
    assert await phones.accounts() == []
    assert await phones.without_password() == ["anna-phone"]
    await phones.set_password(EndpointId("anna-phone"), "s3cret-s3cret")
    account = EndpointAccount(endpoint_id=EndpointId("anna-phone"), agent_id=AgentId("anna"), password="s3cret-s3cret")
    assert await phones.accounts() == [account]
    assert await phones.accounts([EndpointId("other")]) == []
    assert await phones.without_password() == []
    async with reading(engine) as connection:
        assert b"s3cret" not in (await connection.execute(select(ENDPOINTS.c.password_cipher))).scalar_one()
    await book.put_agent(replace(anna, name="Anna Ähre"))
    assert await phones.accounts() == [account]
    assert await phones.out_of_use() == []
    await book.deactivate_agent(AgentId("anna"))
    assert await phones.out_of_use() == ["anna-phone"]
    assert await phones.accounts() == []


async def test_a_password_for_a_phone_that_nobody_has_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(NoSuchEndpoint, match="'ghost'"):
        await EndpointStore(engine, KEYS).set_password(EndpointId("ghost"), "x")
