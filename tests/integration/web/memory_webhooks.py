"""Webhooks of the web edge's surroundings, in memory."""

from collections.abc import Sequence

from store.audit import Author
from telephony.identifiers import Instant
from web.accounts import Delivery, Subscription


class MemoryWebhooks:
    def __init__(self) -> None:
        self.rows: dict[str, Subscription] = {}
        self.outbox: dict[str, Delivery] = {}
        self.done: list[str] = []
        self.lost: list[str] = []
        self.at_seq = 0

    async def subscriptions(self) -> Sequence[Subscription]:
        return list(self.rows.values())

    async def subscription(self, subscription_id: str) -> Subscription | None:
        return self.rows.get(subscription_id)

    async def add(self, subscription: Subscription, *, by: Author | None = None) -> None:
        self.rows[subscription.subscription_id] = subscription

    async def remove(self, subscription_id: str, *, by: Author | None = None) -> bool:
        self.outbox = {k: d for k, d in self.outbox.items() if d.subscription_id != subscription_id}
        return self.rows.pop(subscription_id, None) is not None

    async def cursor(self) -> int:
        return self.at_seq

    async def enqueue(self, deliveries: Sequence[Delivery], *, cursor: int | None) -> None:
        for delivery in deliveries:
            self.outbox.setdefault(delivery.delivery_id, delivery)
        if cursor is not None:
            self.at_seq = cursor

    async def due(self, now: Instant, limit: int) -> Sequence[Delivery]:
        return [d for d in self.outbox.values() if d.due_at <= now][:limit]

    async def delivered(self, delivery_id: str) -> None:
        del self.outbox[delivery_id]
        self.done.append(delivery_id)

    async def failed(self, delivery: Delivery) -> None:
        self.outbox[delivery.delivery_id] = delivery

    async def given_up(self, delivery_id: str) -> None:
        del self.outbox[delivery_id]
        self.lost.append(delivery_id)
