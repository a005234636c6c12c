"""What an attempt to call somebody came to, by how their leg ended."""

from telephony.causes import EndReason, HangupCause
from telephony.events import CallTimerFired, Event, LegHungUp

HOPELESS = frozenset({HangupCause.UNALLOCATED, HangupCause.INVALID_NUMBER})
"""Causes that say of a number that nobody will ever be reached by it."""

_BY_CAUSE = {
    HangupCause.BUSY: EndReason.CALLEE_BUSY,
    HangupCause.REJECTED: EndReason.CALLEE_REJECTED,
    HangupCause.NORMAL: EndReason.CALLEE_NO_ANSWER,
    HangupCause.NO_ANSWER: EndReason.CALLEE_NO_ANSWER,
    HangupCause.NO_USER_RESPONDING: EndReason.CALLEE_NO_ANSWER,
    HangupCause.UNALLOCATED: EndReason.CALLEE_INVALID,
    HangupCause.NO_ROUTE: EndReason.CALLEE_INVALID,
    HangupCause.INVALID_NUMBER: EndReason.CALLEE_INVALID,
}


def outcome_of(event: Event) -> EndReason:
    """The outcome. A leg whose end nobody saw, and whose cause no record tells, may have rung or not: that is unclear."""
    if isinstance(event, CallTimerFired):
        return EndReason.CALLEE_NO_ANSWER
    if not isinstance(event, LegHungUp):
        return EndReason.CALLEE_UNREACHABLE
    if event.is_estimated and event.cause is HangupCause.UNKNOWN:
        return EndReason.CALLEE_UNCLEAR
    return _BY_CAUSE.get(event.cause, EndReason.CALLEE_UNREACHABLE)
