"""Subscriptions and the outbox of what is on its way to them: the web edge's `Webhooks`."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.engine import reading, writing
from store.parties import PartyKeys
from store.tables.deliveries import OUTBOX, OUTBOX_CURSOR, SUBSCRIPTIONS
from store.upserts import insert_new, insert_or_replace, values_of
from telephony.identifiers import Instant
from web.accounts import Delivery, Subscription

_THE_CURSOR = 1


class WebhookStore:
    """Signing secrets are encrypted at rest; deliveries stay until they are delivered or their term is over."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys, author: Authors = the_service) -> None:
        self._engine = engine
        self._keys = keys
        self._author = author

    async def subscriptions(self) -> Sequence[Subscription]:
        """All subscriptions, the oldest first."""
        query = select(SUBSCRIPTIONS).order_by(SUBSCRIPTIONS.c.created_at, SUBSCRIPTIONS.c.subscription_id)
        async with reading(self._engine) as connection:
            return [self._subscription(row) for row in (await connection.execute(query)).all()]

    async def subscription(self, subscription_id: str) -> Subscription | None:
        """That subscription."""
        query = select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.subscription_id == subscription_id)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else self._subscription(row)

    async def add(self, subscription: Subscription, *, by: Author | None = None) -> None:
        """The subscription is in force."""
        values = values_of(subscription)
        sealed = self._keys.seal_secret(values.pop("secret"), _purpose(subscription.subscription_id))
        values["events"] = msgspec.json.encode(subscription.events).decode()
        async with writing(self._engine) as connection:
            await connection.execute(insert(SUBSCRIPTIONS).values(**values, secret_cipher=sealed))
            added = Altered(deed="webhook.subscribed", subject=subscription.subscription_id, after=_shown(subscription))
            await put_on_record(connection, by or self._author(), [added])

    async def remove(self, subscription_id: str, *, by: Author | None = None) -> bool:
        """The subscription is gone, and with it what was still to be delivered; False: there was none."""
        async with writing(self._engine) as connection:
            query = select(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.subscription_id == subscription_id)
            row = (await connection.execute(query)).first()
            if row is None:
                return False
            await connection.execute(delete(OUTBOX).where(OUTBOX.c.subscription_id == subscription_id))
            await connection.execute(delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.subscription_id == subscription_id))
            before = _shown(self._subscription(row))
            removed = Altered(deed="webhook.unsubscribed", subject=subscription_id, before=before)
            await put_on_record(connection, by or self._author(), [removed])
        return True

    async def cursor(self) -> int:
        """The journal's number up to which events are in the outbox; 0 before the first."""
        async with reading(self._engine) as connection:
            return (await connection.execute(select(OUTBOX_CURSOR.c.seq).where(OUTBOX_CURSOR.c.id == _THE_CURSOR))).scalar() or 0

    async def enqueue(self, deliveries: Sequence[Delivery], *, cursor: int | None) -> None:
        """The deliveries wait in the outbox and the cursor stands there (None: where it stood): both or neither.

        A known id is not doubled; what was to go to a subscription that is gone meanwhile is left out.
        """
        async with writing(self._engine) as connection:
            there = set((await connection.execute(select(SUBSCRIPTIONS.c.subscription_id))).scalars())
            rows = [{**values_of(each), "is_given_up": False} for each in deliveries if each.subscription_id in there]
            if rows:
                await connection.execute(insert_new(self._engine, OUTBOX), rows)
            if cursor is not None:
                await connection.execute(insert_or_replace(self._engine, OUTBOX_CURSOR).values(id=_THE_CURSOR, seq=cursor))

    async def due(self, now: Instant, limit: int) -> Sequence[Delivery]:
        """Deliveries whose time has come, oldest first."""
        columns = [OUTBOX.c[name] for name in Delivery.__dataclass_fields__]
        query = select(*columns).where(OUTBOX.c.is_given_up.is_(False), OUTBOX.c.due_at <= now)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(OUTBOX.c.due_at, OUTBOX.c.delivery_id).limit(limit))).all()
        return [Delivery(**row._mapping) for row in rows]

    async def delivered(self, delivery_id: str) -> None:
        """The delivery has left the outbox."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(OUTBOX).where(OUTBOX.c.delivery_id == delivery_id))

    async def failed(self, delivery: Delivery) -> None:
        """Kept with its new `attempts`, `due_at` and `last_error`."""
        values = {"attempts": delivery.attempts, "due_at": delivery.due_at, "last_error": delivery.last_error}
        await self._change(delivery.delivery_id, values)

    async def given_up(self, delivery_id: str) -> None:
        """The delivery is not tried again; it is kept until its term is over."""
        await self._change(delivery_id, {"is_given_up": True})

    async def _change(self, delivery_id: str, values: dict[str, Any]) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(update(OUTBOX).where(OUTBOX.c.delivery_id == delivery_id).values(**values))

    def _subscription(self, row: Row[Any]) -> Subscription:
        values = dict(row._mapping)
        values["secret"] = self._keys.open_secret(values.pop("secret_cipher"), _purpose(row.subscription_id))
        values["events"] = msgspec.json.decode(row.events, type=tuple[str, ...])
        return Subscription(**values)


def _shown(subscription: Subscription) -> dict[str, Any]:
    """What the record tells of a subscription: not its secret."""
    return {name: getattr(subscription, name) for name in ("url", "events", "client_id", "is_active")}


def _purpose(subscription_id: str) -> str:
    return f"webhook {subscription_id}"
