"""A delivery's body and its signature.

    Fernamt-Signature: t=1790000000,v1=<hex>

`v1` is HMAC-SHA256, keyed with the subscription's secret, over the time in `t` (seconds since the epoch, in decimal), a dot,
and the body's bytes. A receiver compares in constant time and refuses a `t` more than five minutes away, so that a delivery
overheard cannot be played again; `Fernamt-Delivery` is the same over all attempts, so that it can tell a repeated one.
"""

import hashlib
import hmac
import json

from telephony.identifiers import SECOND, Instant
from web.accounts import Delivery, Subscription
from web.schemas.types import when
from web.webhook_events import WebhookEvent

SIGNATURE_HEADER = "Fernamt-Signature"
DELIVERY_HEADER = "Fernamt-Delivery"
EVENT_HEADER = "Fernamt-Event"


def delivery_of(event: WebhookEvent, subscription: Subscription, now: Instant) -> Delivery:
    """The event on its way to the subscription; the id is computed of both, so the same event is never queued twice."""
    named = f"{event.event_id}/{subscription.subscription_id}".encode()
    body = {
        "id": event.event_id,
        "type": event.kind.value,
        "occurred_at": when(event.occurred_at).isoformat().replace("+00:00", "Z"),
        "data": dict(event.data),
    }
    return Delivery(
        delivery_id=hashlib.sha256(named).hexdigest()[:32],
        subscription_id=subscription.subscription_id,
        event=event.kind.value,
        body=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"),
        created_at=now,
        due_at=now,
    )


def is_wanted(event: WebhookEvent, subscription: Subscription) -> bool:
    """Whether the subscription asked for this. One bound to a client hears of that client's calls, and of no agents."""
    if not subscription.is_active or not {"*", event.kind.value} & set(subscription.events):
        return False
    return subscription.client_id is None or subscription.client_id == event.client_id


def signature(secret: str, body: bytes, at: Instant) -> str:
    """The value of `Fernamt-Signature` for this body at this time."""
    seconds = at // SECOND
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac}"
