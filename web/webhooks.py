"""Delivers webhooks from the outbox: at least once, with backoff, signed, never following a redirect. Runs in the worker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver

from telephony.dialling import CallPlaced
from telephony.engine.ports import Clock
from telephony.events import Envelope, LegOffered, LogInRequested, RequestRefused
from telephony.identifiers import SECOND, Instant
from web.accounts import Delivery, Subscription
from web.ports import JournalReader, Webhooks
from web.reading import before, first_of
from web.settings import Network
from web.webhook_events import WebhookFold
from web.webhook_signing import DELIVERY_HEADER, EVENT_HEADER, SIGNATURE_HEADER, delivery_of, is_wanted, signature
from web.webhook_targets import GuardedResolver, TargetRefused, check_url

BATCH = 500
MOST_PAST = 5_000
FIRST_STEP_BACK = 10_000
"""Numbers of the journal: the first look for an agent's log-in goes so far back."""
AT_ONCE = 8
TIMEOUT_S = 10.0
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 3_600
MOST_ATTEMPTS = 24
"""With the pauses doubling up to an hour, about fourteen hours."""
POLL_S = 0.5

log = structlog.get_logger("fernamt.webhooks")


def pause_s(delivery: Delivery) -> int:
    """How long to wait after the delivery's `attempts` failures: doubling, and up to a quarter more by the id, so that what
    failed together is not tried again together."""
    whole: int = min(FIRST_PAUSE_S * 2 ** min(delivery.attempts - 1, 20), LONGEST_PAUSE_S)
    return whole + whole * (int(delivery.delivery_id[:4], 16) % 26) // 100


class WebhookWorker:
    """Takes events from the journal into the outbox, and from the outbox to the subscribers."""

    def __init__(
        self,
        *,
        webhooks: Webhooks,
        journal: JournalReader,
        fold: WebhookFold,
        clock: Clock,
        allowed: tuple[Network, ...] = (),
        resolver: AbstractResolver | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._webhooks = webhooks
        self._journal = journal
        self._fold = fold
        self._clock = clock
        self._allowed = allowed
        self._resolver = resolver
        self._timeout_s = timeout_s

    async def run(self, wait: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Goes on until cancelled."""
        await self.prime()
        async with self.connection() as http:
            while True:
                is_busy = await self.feed() > 0
                is_busy = await self.deliver_due(http) > 0 or is_busy
                if not is_busy:
                    await wait(POLL_S)

    def connection(self) -> aiohttp.ClientSession:
        """A client that reaches allowed targets alone, keeps no cookies and believes no proxy of the environment."""
        resolver = GuardedResolver(self._resolver or aiohttp.ThreadedResolver(), self._allowed)
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=AT_ONCE, force_close=True)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            trust_env=False,
            auto_decompress=False,
        )

    async def prime(self) -> None:
        """The fold knows the agents on duty and the open calls as they were at the outbox's cursor."""
        cursor = await self._webhooks.cursor()
        async for envelope in self._journal.read_open():
            if envelope.seq <= cursor:
                self._fold.apply(envelope)

    async def feed(self) -> int:
        """How many events of the journal went by; what subscribers want of them is in the outbox."""
        cursor = await self._webhooks.cursor()
        batch = await first_of(self._journal.read_since(cursor), BATCH)
        if not batch:
            return 0
        subscriptions = await self._webhooks.subscriptions()
        refused = {e.event.request_id for e in batch if isinstance(e.event, RequestRefused)}
        deliveries: list[Delivery] = []
        try:
            for envelope in batch:
                if envelope.event_id not in refused:
                    deliveries.extend(await self._wanted(envelope, subscriptions))
            await self._webhooks.enqueue(deliveries, cursor=batch[-1].seq)
        except BaseException:
            self._fold.forget()  # it is ahead of the cursor: the batch comes again, and would be no news to it
            raise
        return len(batch)

    async def _wanted(self, envelope: Envelope, subscriptions: Sequence[Subscription]) -> list[Delivery]:
        await self._recall(envelope)
        await self._recall_agent(envelope)
        now = self._clock.now()
        return [
            delivery_of(event, subscription, now)
            for event in self._fold.apply(envelope)
            for subscription in subscriptions
            if subscription.created_at <= envelope.received_at and is_wanted(event, subscription)
        ]

    async def _recall(self, envelope: Envelope) -> None:
        """A call that began before the cursor and ended since is not among the open ones: its past is read when it is met."""
        call_id = envelope.call_id
        if call_id is None or isinstance(envelope.event, LegOffered | CallPlaced) or self._fold.knows(call_id):
            return
        for past in await first_of(self._journal.read_call(call_id), MOST_PAST):
            if past.seq < envelope.seq:
                self._fold.recall(past)

    async def _recall_agent(self, envelope: Envelope) -> None:
        """An agent who went off duty since the cursor is not among the open ones, and one who came again only from then on: what
        they did before is read when they are met. The journal is read backwards in growing steps, as far as a log-in.
        """
        agent_id = envelope.agent_id
        if agent_id is None or self._fold.knows_agent(agent_id):
            return
        past: list[Envelope] = []
        step, since = FIRST_STEP_BACK, envelope.seq
        while since > 0 and not any(isinstance(each.event, LogInRequested) for each in past):
            since, step = max(0, envelope.seq - 1 - step), step * 10
            past = [each async for each in before(self._journal.read_agent(agent_id, since), envelope.seq)]
        self._fold.recall_agent(agent_id, past)

    async def deliver_due(self, http: aiohttp.ClientSession) -> int:
        """How many deliveries were tried."""
        due = await self._webhooks.due(self._clock.now(), AT_ONCE * 4)
        subscriptions = {s.subscription_id: s for s in await self._webhooks.subscriptions()}
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(delivery: Delivery) -> None:
            async with turn:
                await self._deliver(http, delivery, subscriptions.get(delivery.subscription_id))

        async with asyncio.TaskGroup() as group:
            for delivery in due:
                group.create_task(one(delivery))
        return len(due)

    async def _deliver(self, http: aiohttp.ClientSession, delivery: Delivery, to: Subscription | None) -> None:
        if to is None or not to.is_active:
            await self._webhooks.given_up(delivery.delivery_id)
            return
        error = await self._post(http, delivery, to)
        if error is None:
            await self._webhooks.delivered(delivery.delivery_id)
            return
        attempts = delivery.attempts + 1
        if attempts >= MOST_ATTEMPTS:
            log.warning("webhook_given_up", subscription_id=to.subscription_id, delivery_id=delivery.delivery_id, error=error)
            await self._webhooks.given_up(delivery.delivery_id)
            return
        failed = replace(delivery, attempts=attempts, last_error=error)
        await self._webhooks.failed(replace(failed, due_at=Instant(self._clock.now() + pause_s(failed) * SECOND)))

    async def _post(self, http: aiohttp.ClientSession, delivery: Delivery, to: Subscription) -> str | None:
        """None: taken with a 2xx. Otherwise why not, without what the target said: it is none of our log's business."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "fernamt-webhooks",
            SIGNATURE_HEADER: signature(to.secret, delivery.body, self._clock.now()),
            DELIVERY_HEADER: delivery.delivery_id,
            EVENT_HEADER: delivery.event,
        }
        try:
            check_url(to.url, self._allowed)
            async with http.post(to.url, data=delivery.body, headers=headers, allow_redirects=False) as response:
                return None if 200 <= response.status < 300 else f"status {response.status}"
        except TargetRefused as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {self._timeout_s:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__
