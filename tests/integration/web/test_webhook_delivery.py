"""From the journal to a real subscriber over a real socket: signed, repeated until taken, never inside, never redirected."""

import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from structlog.testing import capture_logs

from store.engine import make_engine
from store.memory_journal import MemoryJournal as StoredJournal
from store.parties import PartyKeys
from store.tables.schema import METADATA
from store.webhooks import WebhookStore
from telephony.agent.model import AgentRules
from telephony.events import Envelope, Event, LogInRequested, LogOutRequested, PauseRequested, RequestRefused
from telephony.identifiers import AgentId, EndpointId, EventId, Instant
from tests.integration.web.memory import T0, MemoryJournal, StepClock
from tests.integration.web.stories import a_talk
from web.accounts import Subscription
from web.webhook_events import WebhookFold
from web.webhooks import MOST_ATTEMPTS, POLL_S, WebhookWorker

LOOPBACK = (ip_network("127.0.0.0/8"),)
CALL = "00000000-0000-7000-8000-00000000aaaa"


@dataclass
class Subscriber:
    """A server of somebody else's."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        headers = {"Location": self.url + "/inside"} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    there = Subscriber()
    app = web.Application()
    app.router.add_post("/{tail:.*}", there.take)
    app.router.add_get("/{tail:.*}", there.take)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    there.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    yield there
    await runner.cleanup()


@pytest.fixture
async def webhooks(tmp_path: Path) -> AsyncIterator[WebhookStore]:
    engine = make_engine(f"sqlite:///{tmp_path}/fernamt.db")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield WebhookStore(engine, PartyKeys(bytes(32)))
    await engine.dispose()


class Rig:
    def __init__(self, webhooks: WebhookStore, **more: Any) -> None:
        self.webhooks = webhooks
        self.journal: Any = MemoryJournal()
        self.clock = StepClock()
        self.more: dict[str, Any] = {"allowed": LOOPBACK, **more}
        self.worker = self.a_worker()

    def a_worker(self) -> WebhookWorker:
        return WebhookWorker(
            webhooks=self.webhooks, journal=self.journal, fold=WebhookFold(AgentRules()), clock=self.clock, **self.more
        )

    async def subscribe(self, url: str, *events: str, name: str = "s") -> None:
        await self.webhooks.add(
            Subscription(subscription_id=name, url=url, events=events or ("*",), client_id=None, secret="sesame", created_at=T0)
        )

    async def deliver(self) -> int:
        async with self.worker.connection() as http:
            return await self.worker.deliver_due(http)


async def test_a_call_reaches_the_subscriber_signed(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url + "/hook", "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    assert await rig.worker.feed() == 8
    assert await rig.deliver() == 1
    headers, body = subscriber.got[0]
    assert (json.loads(body)["type"], headers["Fernamt-Event"]) == ("call.ended", "call.ended")
    seconds, _, mac = headers["Fernamt-Signature"].partition(",v1=")
    signed = seconds.removeprefix("t=").encode() + b"." + body
    assert hmac.compare_digest(mac, hmac.new(b"sesame", signed, hashlib.sha256).hexdigest())
    assert (await rig.worker.feed(), await rig.deliver()) == (0, 0)


async def test_what_was_not_taken_is_sent_again_under_the_same_id(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    await rig.worker.feed()
    subscriber.answers = [500, 429, 204]
    for pause in (0, 7, 13):
        rig.clock.pass_s(pause)
        assert await rig.deliver() == 1
        assert await rig.deliver() == 0
    assert len({headers["Fernamt-Delivery"] for headers, _ in subscriber.got}) == 1
    assert len({headers["Fernamt-Signature"] for headers, _ in subscriber.got}) == 3
    rig.clock.pass_s(100_000)
    assert await rig.deliver() == 0


async def test_a_dead_subscriber_is_given_up_and_harms_no_other(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        await rig.subscribe(f"http://127.0.0.1:{nobody.getsockname()[1]}", "call.ended", name="dead")
        await rig.subscribe(subscriber.url, "call.ended", name="alive")
        rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
        await rig.worker.feed()
        tried = 0
        with capture_logs() as logs:
            for _ in range(MOST_ATTEMPTS + 3):
                tried += await rig.deliver()
                rig.clock.pass_s(5_000)
    assert tried == MOST_ATTEMPTS + 1
    assert len(subscriber.got) == 1
    assert [entry["event"] for entry in logs] == ["webhook_given_up"]
    assert "sesame" not in str(logs)


async def test_a_redirect_is_not_followed(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    await rig.worker.feed()
    subscriber.answers = [307]
    await rig.deliver()
    assert len(subscriber.got) == 1
    assert (await webhooks.due(Instant(T0 + 10**10), 10))[0].last_error == "status 307"


class RebindingNames(AbstractResolver):
    """A name that was public when somebody subscribed, and is this machine now."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


async def test_a_name_that_turned_inside_is_not_connected_to(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks, allowed=(), resolver=RebindingNames())
    port = subscriber.url.rpartition(":")[2]
    await rig.subscribe(f"https://hooks.example:{port}/", "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    await rig.worker.feed()
    await rig.deliver()
    assert subscriber.got == []
    assert "inside" in str((await webhooks.due(Instant(T0 + 10**10), 10))[0].last_error)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_an_inner_address_in_disguise_is_not_connected_to(
    webhooks: WebhookStore, subscriber: Subscriber, host: str
) -> None:
    rig = Rig(webhooks, allowed=())
    port = subscriber.url.rpartition(":")[2]
    await rig.subscribe(f"https://{host}:{port}/", "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    await rig.worker.feed()
    assert await rig.deliver() == 1
    assert "no host name" in str((await webhooks.due(Instant(T0 + 10**10), 10))[0].last_error)


async def test_an_address_allowed_once_and_no_more_is_not_connected_to(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks, allowed=())
    await rig.subscribe(subscriber.url, "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    await rig.worker.feed()
    await rig.deliver()
    assert subscriber.got == []


async def test_a_worker_killed_at_any_event_loses_and_doubles_nothing(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url)
    whole = a_talk(CALL, client="acme", agent="anna")
    for length in range(1, len(whole) + 1):
        rig.journal.envelopes = whole[:length]
        rig.worker = rig.a_worker()
        await rig.worker.prime()
        await rig.worker.feed()
        await rig.deliver()
    kinds = [json.loads(body)["type"] for _, body in subscriber.got]
    assert sorted(kinds) == ["agent.state"] * 5 + ["call.answered", "call.ended", "call.offered"]


async def test_a_call_that_ended_while_no_worker_ran_is_told_to_its_end(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "call.ended")
    whole = a_talk(CALL, client="acme", agent="anna")
    rig.journal.envelopes = whole[:5]
    await rig.worker.feed()
    rig.journal.envelopes = whole
    rig.worker = rig.a_worker()  # not primed: an ended call is not among the open ones
    await rig.worker.feed()
    await rig.deliver()
    assert json.loads(subscriber.got[0][1])["data"]["connected_ms"] == 60_000


def a_shift(*events: Event, agent: str = "anna", first_seq: int = 1) -> list[Envelope]:
    """What an agent asked for, a second apart."""
    return [
        Envelope(
            seq=first_seq + number,
            event_id=EventId(f"shift-{first_seq + number}"),
            occurred_at=Instant(T0 + number * 1_000_000),
            received_at=Instant(T0 + number * 1_000_000),
            event=event,
            agent_id=AgentId(agent),
        )
        for number, event in enumerate(events)
    ]


ANNA = AgentId("anna")
LOG_IN = LogInRequested(agent_id=ANNA, endpoint_id=EndpointId("phone-anna"))
PAUSE = PauseRequested(agent_id=ANNA, pause_reason="lunch")
LOG_OUT = LogOutRequested(agent_id=ANNA)
SHIFTS = [
    (LOG_IN, PAUSE, LOG_OUT),
    (LOG_IN, PAUSE, LOG_OUT, LOG_IN, PAUSE),
    (LOG_IN, LOG_OUT, LOG_IN, LOG_OUT, LOG_IN),
]


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("step_back", [1, 10_000])
async def test_a_worker_that_was_away_at_any_moment_misses_no_change_of_an_agent(
    webhooks: WebhookStore,
    subscriber: Subscriber,
    monkeypatch: pytest.MonkeyPatch,
    shift: tuple[Event, ...],
    step_back: int,
) -> None:
    monkeypatch.setattr("web.webhooks.FIRST_STEP_BACK", step_back)
    whole = a_shift(*shift)
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "agent.state")
    for seen in range(1, len(whole)):
        await webhooks.enqueue([], cursor=0)
        subscriber.got.clear()
        for journal in (whole[:seen], whole):
            rig.journal = StoredJournal()
            rig.journal.append(journal)
            rig.worker = rig.a_worker()  # as after a restart: its memory is empty, only the cursor is kept
            await rig.worker.prime()
            await rig.worker.feed()
            await rig.deliver()
        bodies = [json.loads(body) for _, body in subscriber.got]
        told = sorted((body["occurred_at"], body["data"]["state_before"], body["data"]["state"]) for body in bodies)
        assert [change[1:] for change in told] == list(pairwise(["logged_out", *(STATE_AFTER[type(e)] for e in shift)])), seen


STATE_AFTER: dict[type[Event], str] = {LogInRequested: "available", PauseRequested: "paused", LogOutRequested: "logged_out"}


class FailingOutbox:
    """The outbox of a database that goes away at the end of every other batch."""

    def __init__(self, webhooks: WebhookStore) -> None:
        self._webhooks = webhooks
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._webhooks, name)

    async def enqueue(self, deliveries: Any, *, cursor: int | None) -> None:
        self._calls += 1
        if self._calls % 2:
            raise OSError("the database is away")
        await self._webhooks.enqueue(deliveries, cursor=cursor)


async def test_what_was_read_and_could_not_be_kept_is_told_after_all(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url)
    whole = a_talk(CALL, client="acme", agent="anna")
    rig.webhooks = FailingOutbox(webhooks)  # type: ignore[assignment]
    rig.worker = rig.a_worker()
    for length in range(1, len(whole) + 1):
        rig.journal.envelopes = whole[:length]
        with pytest.raises(OSError, match="away"):
            await rig.worker.feed()
        await rig.worker.feed()
        await rig.deliver()
    kinds = [json.loads(body)["type"] for _, body in subscriber.got]
    assert sorted(kinds) == ["agent.state"] * 5 + ["call.answered", "call.ended", "call.offered"]


async def test_an_agent_whose_log_in_is_gone_from_the_journal_is_taken_for_off_duty(
    webhooks: WebhookStore, subscriber: Subscriber
) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "agent.state")
    rig.journal.envelopes = a_shift(PAUSE, LOG_OUT, LOG_IN, first_seq=900)
    await rig.worker.feed()
    await rig.deliver()
    assert [json.loads(body)["data"]["state"] for _, body in subscriber.got] == ["available"]


async def test_a_new_subscription_is_told_nothing_of_the_past(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    story = a_talk(CALL, client="acme", agent="anna")
    rig.journal.envelopes = [replace_at(e, -1_000) for e in story]
    await rig.subscribe(subscriber.url)
    await rig.worker.feed()
    assert await rig.deliver() == 0


def replace_at(envelope: Any, seconds: int) -> Any:
    moved = Instant(envelope.received_at + seconds * 1_000_000)
    return type(envelope)(**{**{f: getattr(envelope, f) for f in envelope.__struct_fields__}, "received_at": moved})


async def test_a_refused_request_is_no_new_state(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "agent.state")
    log_in = a_talk(CALL, client="acme", agent="anna")[0]
    refused = RequestRefused(request_id=EventId(log_in.event_id), code="endpoint_in_use", agent_id=log_in.agent_id)
    answer = type(log_in)(
        seq=2,
        event_id=EventId("refusal"),
        occurred_at=log_in.occurred_at,
        received_at=log_in.received_at,
        event=refused,
        agent_id=log_in.agent_id,
    )
    rig.journal.envelopes = [log_in, answer]
    await rig.worker.feed()
    assert await rig.deliver() == 0


async def test_run_goes_on_until_it_is_cancelled(webhooks: WebhookStore, subscriber: Subscriber) -> None:
    rig = Rig(webhooks)
    await rig.subscribe(subscriber.url, "call.ended")
    rig.journal.envelopes = a_talk(CALL, client="acme", agent="anna")
    waits: list[float] = []

    class Enough(Exception):
        pass

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        raise Enough

    with pytest.raises(Enough):
        await rig.worker.run(wait)
    assert len(subscriber.got) == 1
    assert waits == [POLL_S]


def test_replace_keeps_the_records_frozen() -> None:
    subscription = Subscription(subscription_id="s", url="u", events=(), client_id=None, secret="sesame", created_at=T0)
    assert "sesame" not in repr(replace(subscription, is_active=False))
