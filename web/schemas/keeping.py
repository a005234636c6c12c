"""Shapes of the keeping of recordings."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from recording.retention import LONGEST, SHORTEST
from store.vault import VaultState
from web.schemas.types import Asked, CallName, Shape, Shown, Text

SegmentName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]*$")]


class OfWhich(Asked):
    """Which segments are listed."""

    call_id: CallName | None = Field(default=None, description="Only of this call.")
    order_id: CallName | None = Field(default=None, description="Only of this order.")
    limit: int = Field(default=100, ge=1, le=1_000)


class SegmentShown(Shown):
    """A recorded segment: nothing of its sound, nobody's name."""

    segment_id: str
    client_id: str
    project_id: str
    call_id: str
    order_id: str | None
    kept_as: str
    state: VaultState
    stopped_at: datetime
    sealed_at: datetime | None
    kept_until: datetime
    link_number: int | None
    trouble: str | None
    shred_reason: str | None


class SegmentList(Shown):
    """Those that stopped last first."""

    items: list[SegmentShown]


class ToHold(Shape):
    """What is to be held, and why."""

    segment_id: SegmentName
    reason: Text = Field(description="A court, a letter. It is kept.")


class HoldReason(Shape):
    """Why the second person agrees, or the hold is lifted."""

    reason: Text


class HoldShown(Shown):
    """A hold, and who stands behind it."""

    hold_id: str
    segment_id: str
    reason: str
    state: str = Field(description="asked: for a week; confirmed; lapsed: nobody confirmed it; lifted.")
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    lift_asked_by: str | None = Field(description="Another person lifts it within a week of `lift_asked_at`.")
    lift_asked_at: datetime | None
    lifted_by: str | None
    lifted_at: datetime | None


class HoldList(Shown):
    """Holds nobody has lifted, the newest first."""

    items: list[HoldShown]
    people: dict[str, str] = Field(description="Names by user id, of all who stand behind them.")


class ReceiptShown(Shown):
    """Our word that a segment's key was destroyed and its object deleted."""

    segment_id: str
    link_number: int | None = Field(description="Its place in the chain; null: it was never sealed.")
    at: datetime
    reason: str
    signer: str
    signature: str
    is_valid: bool = Field(description="Whether it is as it was signed.")


class ReceiptList(Shown):
    """Those that went last first."""

    items: list[ReceiptShown]


class TermsSet(Shape):
    """How long a project keeps what it records."""

    unrated_days: int = Field(ge=SHORTEST.unrated_days, le=LONGEST.unrated_days, description="A quality sample.")
    rated_days: int = Field(ge=SHORTEST.rated_days, le=LONGEST.rated_days, description="One that was rated.")
    dispute_months: int = Field(ge=SHORTEST.dispute_months, le=LONGEST.dispute_months, description="After a contract's start.")
    order_years: int = Field(ge=SHORTEST.order_years, le=LONGEST.order_years, description="At most, to the end of the last.")


class TermsShown(Shown):
    """How long a project keeps what it records."""

    project_id: str
    unrated_days: int
    rated_days: int
    dispute_months: int
    order_years: int
    shortened: int | None = Field(default=None, description="So many recordings that are kept end earlier by this change.")
