"""Minutes, the journal, webhooks."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from metering.export import ExportFormat
from web.schemas.types import Asked, CallName, Id, Shape, Shown, When
from web.webhook_events import WebhookKind


class MinutesQuery(Asked):
    """Which minute lines."""

    from_: When = Field(alias="from", description="Calls that came in from this instant on.")
    to: When = Field(description="Up to, not with, this instant.")
    client: Id | None = Field(default=None, description="Of this client only.")
    format: ExportFormat = ExportFormat.JSON

    @model_validator(mode="after")
    def _begins_first(self) -> Self:
        if self.to <= self.from_:
            raise ValueError("to must be later than from")
        return self


class JournalQuery(Asked):
    """Which events."""

    since: Annotated[int, Field(ge=0, le=2**62)] | None = Field(default=None, description="After this number; from the first on.")
    latest: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        default=None, description="Those among the so many latest events, instead of `since` and `limit`."
    )
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    call: CallName | None = Field(default=None, description="Of this call only.")
    agent: Id | None = Field(default=None, description="Of this agent only.")

    @model_validator(mode="after")
    def _has_one_beginning(self) -> Self:
        if self.since is not None and self.latest is not None:
            raise ValueError("since and latest are two beginnings: give one of them")
        return self


class NewSubscription(Shape):
    """Where events are to be delivered."""

    url: Annotated[str, Field(min_length=8, max_length=2_000, pattern=r"^https?://[\x21-\x7e]+$")]
    events: Annotated[list[WebhookKind | Literal["*"]], Field(min_length=1, max_length=20)]
    client_id: Id | None = Field(default=None, description="Only events of this client's calls.")


class SubscriptionShown(Shown):
    """A subscription, without its secret."""

    subscription_id: str
    url: str
    events: list[str]
    client_id: str | None
    created_at: datetime
    is_active: bool


class SubscriptionMade(SubscriptionShown):
    """A new subscription. The signing secret is shown now and never again."""

    secret: str


class SubscriptionList(Shown):
    """All subscriptions."""

    items: list[SubscriptionShown]


class TestQueued(Shown):
    """A test event is on its way."""

    delivery_id: str


class AuditQuery(Asked):
    """Which entries of the record of changes."""

    before: Annotated[int, Field(ge=1, le=2**62)] | None = Field(default=None, description="Older than the entry of this number.")
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class DeedShown(Shown):
    """One entry. `user_id` is the user's, or `command-line` (the reason names the account) or `service`."""

    number: int
    at: datetime
    user_id: str
    deed: str
    subject: str
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditPage(Shown):
    """Entries, the newest first."""

    items: list[DeedShown]
    next_before: int | None
