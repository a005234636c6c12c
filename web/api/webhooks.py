"""Webhook subscriptions."""

from telephony.identifiers import ClientId
from web.accounts import Subscription
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Needs, route
from web.schemas.reports import NewSubscription, SubscriptionList, SubscriptionMade, TestQueued
from web.schemas.types import Nothing
from web.views import subscription_shown
from web.webhook_events import WebhookEvent, WebhookKind
from web.webhook_signing import delivery_of
from web.webhook_targets import TargetRefused, check_url

READ = Needs(resource=Resource.WEBHOOK, action=Action.READ)
WRITE = Needs(resource=Resource.WEBHOOK, action=Action.WRITE)
MOST_SUBSCRIPTIONS = 100


@route("GET", "/webhooks", access=READ, summary="List webhooks", answer=SubscriptionList)
async def list_webhooks(ask: Ask[Nothing, Nothing]) -> SubscriptionList:
    """All subscriptions, without their secrets."""
    return SubscriptionList(items=[subscription_shown(s) for s in await ask.deps.webhooks.subscriptions()])


@route(
    "POST",
    "/webhooks",
    access=Needs(resource=Resource.WEBHOOK, action=Action.WRITE, needs_session=True),
    summary="Subscribe",
    body=NewSubscription,
    answer=SubscriptionMade,
    status=201,
)
async def subscribe(ask: Ask[NewSubscription, Nothing]) -> SubscriptionMade:
    """Events are delivered to the address from here on, signed with the secret answered here. An address inside our own
    network needs to be allowed in the configuration; without TLS only such an address is taken."""
    new = ask.body
    faults = []
    try:
        check_url(new.url, ask.deps.settings.webhook_networks)
    except TargetRefused as error:
        faults.append(FieldFault(at="/url", code=error.code, detail=str(error)))
    if new.client_id is not None and ClientId(new.client_id) not in ask.deps.directory.current.clients:
        faults.append(FieldFault(at="/client_id", code="unknown", detail="there is no such client"))
    if len(await ask.deps.webhooks.subscriptions()) >= MOST_SUBSCRIPTIONS:
        faults.append(FieldFault(at="", code="too_many", detail=f"at most {MOST_SUBSCRIPTIONS} subscriptions"))
    if faults:
        raise ProblemError("invalid", fields=faults)
    subscription = Subscription(
        subscription_id=ask.deps.ids.new(ask.now),
        url=new.url,
        events=tuple(dict.fromkeys(str(e) for e in new.events)),
        client_id=ClientId(new.client_id) if new.client_id is not None else None,
        secret=ask.deps.new_secret(),
        created_at=ask.now,
    )
    await ask.deps.webhooks.add(subscription, by=ask.author)
    return SubscriptionMade(**subscription_shown(subscription).model_dump(), secret=subscription.secret)


@route("DELETE", "/webhooks/{subscription_id}", access=WRITE, summary="Unsubscribe")
async def unsubscribe(ask: Ask[Nothing, Nothing]) -> None:
    """Nothing is delivered any more, nor what was still on its way."""
    if not await ask.deps.webhooks.remove(ask.path["subscription_id"], by=ask.author):
        raise ProblemError("not_found")


@route(
    "POST",
    "/webhooks/{subscription_id}/test",
    access=WRITE,
    summary="Send a test event",
    answer=TestQueued,
    status=202,
)
async def send_test_event(ask: Ask[Nothing, Nothing]) -> TestQueued:
    """A signed `test` event is on its way to the subscription."""
    subscription = await ask.deps.webhooks.subscription(ask.path["subscription_id"])
    if subscription is None:
        raise ProblemError("not_found")
    event = WebhookEvent(
        event_id=ask.deps.ids.new(ask.now),
        kind=WebhookKind.TEST,
        occurred_at=ask.now,
        client_id=subscription.client_id,
        data={"subscription_id": subscription.subscription_id},
    )
    delivery = delivery_of(event, subscription, ask.now)
    await ask.deps.webhooks.enqueue([delivery], cursor=None)
    return TestQueued(delivery_id=delivery.delivery_id)


ROUTES = (list_webhooks, subscribe, unsubscribe, send_test_event)
