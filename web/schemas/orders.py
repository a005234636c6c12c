"""Shapes of orders."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from recording.proof import Proof
from routing.aftercall.order_terms import FormRule
from routing.aftercall.orders import Deed, OrderState
from web.schemas.aftercall import FieldName
from web.schemas.types import NO_CONTROLS, Asked, CallName, Id, Shape, Shown, When

Value = Annotated[str, StringConstraints(max_length=2_000)]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=NO_CONTROLS)]
NeededReason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_CONTROLS)]


class PersonsDeed(StrEnum):
    """What people do with an order; it expires by itself."""

    SEND_TEXT = Deed.SEND_TEXT.value
    APPROVE = Deed.APPROVE.value
    CONFIRM = Deed.CONFIRM.value
    DELIVER = Deed.DELIVER.value
    WITHDRAW = Deed.WITHDRAW.value
    CANCEL = Deed.CANCEL.value


class NewOrder(Shape):
    """An order taken on the call."""

    order_id: CallName = Field(description="Chosen by who asks: asked again, nothing is booked twice.")
    values: dict[FieldName, Value] = Field(max_length=60, description="The project's order form, filled in.")
    summary_at: When | None = Field(default=None, description="When the callee had the summary of the contract.")


class OrderStep(Shape):
    """What happened to the order."""

    deed: PersonsDeed
    at: When | None = Field(default=None, description="When it happened, where not now; never later than now.")
    reason: Reason = Field(default="", description="Needed to cancel.")


class OrderReveal(Shape):
    """Why the form is looked at."""

    reason: NeededReason


class OrdersQuery(Asked):
    """Which orders are meant."""

    from_: When = Field(alias="from")
    to: When
    project: Id | None = None
    state: OrderState | None = None


class OrderShown(Shown):
    """An order as it stands; what was ordered is not part of it."""

    order_id: str
    project_id: str
    client_id: str
    call_id: str
    agent_id: str | None = Field(description="None to clients.")
    lead_id: str | None
    state: OrderState
    form_rule: FormRule
    booked_at: datetime
    summary_at: datetime | None
    text_sent_at: datetime | None
    effective_at: datetime | None
    instructed_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None
    ended_by: Deed | None
    approval_ends_at: datetime | None = Field(description="Of one that waits for approval.")
    withdrawal_ends_at: datetime | None = Field(description="None: the period has not begun.")


class ListedOrder(OrderShown):
    """An order as lists show it."""

    proof: Proof = Field(description="Proven by a whole recording of what was declared that is sealed; not proven without one.")


class OrderList(Shown):
    """Orders within reach, the newest first."""

    items: list[ListedOrder]


class StepShown(Shown):
    """What was done, and by whom."""

    deed: str
    state: OrderState
    at: datetime
    user_id: str | None = Field(description="None to clients.")
    reason: str


class OrderStory(Shown):
    """An order with all that was done with it."""

    order: OrderShown
    steps: list[StepShown]
    proof: Proof = Field(description="Proven by a whole recording of what was declared that is sealed; not proven without one.")


class FormShown(Shown):
    """The order form as it was filled in."""

    values: dict[str, str]
