"""An order from the booking to its end: a table of states and deeds, each deed dated and of somebody.

    booked → awaiting text approval → effective → cancelled or expired

Pure: whoever keeps orders hands in the order and the deed, and writes what comes out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from routing.aftercall.order_terms import UNTAUGHT_DAYS, FormRule, OrderTerms, PeriodFrom, after_days
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId

OrderId = NewType("OrderId", str)


class OrderState(StrEnum):
    """Where an order stands."""

    BOOKED = "booked"
    """Declared on the phone, and nothing sent yet."""
    AWAITING_APPROVAL = "awaiting_approval"
    EFFECTIVE = "effective"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Deed(StrEnum):
    """What happens to an order."""

    SEND_TEXT = "send_text"
    """The text of the contract went out, to be approved."""
    APPROVE = "approve"
    """The callee approved in text form."""
    CONFIRM = "confirm"
    """The confirmation on a durable medium went out, with the instruction on withdrawal (§312f(2) BGB)."""
    DELIVER = "deliver"
    """The goods arrived."""
    WITHDRAW = "withdraw"
    """The callee withdrew in time; they need give no reason (§355(1) BGB)."""
    CANCEL = "cancel"
    """The client or we undid it: a mistake, out of stock, goodwill after the period."""
    EXPIRE = "expire"
    """Nobody approved in time."""


class OrderRefusal(StrEnum):
    """Why a deed cannot be."""

    NO_SUMMARY = "no_summary"
    NOT_IN_THIS_STATE = "not_in_this_state"
    NOT_UNDER_THIS_RULE = "not_under_this_rule"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as it stands. What was ordered stands elsewhere, sealed."""

    order_id: OrderId
    project_id: ProjectId
    client_id: ClientId
    call_id: CallId
    agent_id: AgentId
    terms: OrderTerms
    """As they were when it was booked: later changes do not reach back."""
    state: OrderState
    booked_at: Instant
    lead_id: int | None = None
    summary_at: Instant | None = None
    text_sent_at: Instant | None = None
    effective_at: Instant | None = None
    instructed_at: Instant | None = None
    """When the callee was told of the right of withdrawal on a durable medium."""
    delivered_at: Instant | None = None
    ended_at: Instant | None = None
    ended_by: Deed | None = None

    @property
    def is_effective(self) -> bool:
        """Whether it counts where effective orders count."""
        return self.state is OrderState.EFFECTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A deed: what, when, and the reason where one is needed. Who did it is written beside it."""

    deed: Deed
    at: Instant
    reason: str = ""


def booked(order: Order) -> Order | OrderRefusal:
    """The order as it stands after the call: by voice and with a summary before it binds at once."""
    match order.terms.form_rule:
        case FormRule.VOICE:
            return replace(order, state=OrderState.EFFECTIVE, effective_at=order.booked_at)
        case FormRule.SUMMARY_BEFORE:
            if order.summary_at is None or order.summary_at > order.booked_at:
                return OrderRefusal.NO_SUMMARY
            return replace(order, state=OrderState.EFFECTIVE, effective_at=order.booked_at)
        case FormRule.TEXT_APPROVAL:
            return replace(order, state=OrderState.BOOKED)


def _send_text(order: Order, done: Done) -> Order | OrderRefusal:
    if order.terms.form_rule is not FormRule.TEXT_APPROVAL:
        return OrderRefusal.NOT_UNDER_THIS_RULE
    return replace(order, state=OrderState.AWAITING_APPROVAL, text_sent_at=done.at)


def _send_again(order: Order, done: Done) -> Order | OrderRefusal:
    return _send_text(order, done)


def _approve(order: Order, done: Done) -> Order | OrderRefusal:
    if done.at > approval_ends_at(order):
        return OrderRefusal.TOO_LATE
    return replace(order, state=OrderState.EFFECTIVE, effective_at=done.at)


def _confirm(order: Order, done: Done) -> Order | OrderRefusal:
    return replace(order, instructed_at=order.instructed_at or done.at)


def _deliver(order: Order, done: Done) -> Order | OrderRefusal:
    return replace(order, delivered_at=order.delivered_at or done.at)


def _withdraw(order: Order, done: Done) -> Order | OrderRefusal:
    ends_at = withdrawal_ends_at(order)
    if ends_at is not None and done.at > ends_at:
        return OrderRefusal.TOO_LATE
    return _ended(order, done, OrderState.CANCELLED)


def _cancel(order: Order, done: Done) -> Order | OrderRefusal:
    return _ended(order, done, OrderState.CANCELLED) if done.reason.strip() else OrderRefusal.NO_REASON


def _expire(order: Order, done: Done) -> Order | OrderRefusal:
    if done.at <= approval_ends_at(order):
        return OrderRefusal.TOO_EARLY
    return _ended(order, done, OrderState.EXPIRED)


def _ended(order: Order, done: Done, state: OrderState) -> Order:
    return replace(order, state=state, ended_at=done.at, ended_by=done.deed)


_S = OrderState
TRANSITIONS: Mapping[tuple[OrderState, Deed], Callable[[Order, Done], Order | OrderRefusal]] = MappingProxyType(
    {
        # in state              when              does
        (_S.BOOKED, Deed.SEND_TEXT): _send_text,
        (_S.BOOKED, Deed.WITHDRAW): _withdraw,
        (_S.BOOKED, Deed.CANCEL): _cancel,
        (_S.BOOKED, Deed.EXPIRE): _expire,
        (_S.AWAITING_APPROVAL, Deed.SEND_TEXT): _send_again,
        (_S.AWAITING_APPROVAL, Deed.APPROVE): _approve,
        (_S.AWAITING_APPROVAL, Deed.WITHDRAW): _withdraw,
        (_S.AWAITING_APPROVAL, Deed.CANCEL): _cancel,
        (_S.AWAITING_APPROVAL, Deed.EXPIRE): _expire,
        (_S.EFFECTIVE, Deed.CONFIRM): _confirm,
        (_S.EFFECTIVE, Deed.DELIVER): _deliver,
        (_S.EFFECTIVE, Deed.WITHDRAW): _withdraw,
        (_S.EFFECTIVE, Deed.CANCEL): _cancel,
    }
)
"""What is not in it cannot be: an order that has ended stays ended."""


def step(order: Order, done: Done) -> Order | OrderRefusal:
    """The order after the deed, or why it cannot be."""
    action = TRANSITIONS.get((order.state, done.deed))
    if action is None:
        return OrderRefusal.NOT_IN_THIS_STATE
    if done.at < order.booked_at:
        return OrderRefusal.TOO_EARLY
    return action(order, done)


def approval_ends_at(order: Order) -> Instant:
    """Until when the text may be approved."""
    return after_days(order.text_sent_at or order.booked_at, order.terms.approval_days)


def withdrawal_ends_at(order: Order) -> Instant | None:
    """Until when the callee may withdraw; None: the period has not begun, they may at any time."""
    if order.effective_at is None:
        return None
    begins_at = order.effective_at if order.terms.period_from is PeriodFrom.CONTRACT else order.delivered_at
    if begins_at is None:
        return None
    # The first day does not count and the last one counts to its end (§§187, 188 BGB): a day more than hours would say.
    days = order.terms.withdrawal_days + 1
    last = after_days(begins_at, UNTAUGHT_DAYS + days)
    # The period does not begin before the consumer was told of it, and is over a year later whether or not they were (§356(3)).
    return last if order.instructed_at is None else min(last, after_days(max(begins_at, order.instructed_at), days))
