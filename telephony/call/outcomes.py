"""What an attempt to call somebody came to, by how their leg ended."""

from telephony.causes import EndReason, HangupCause
from telephony.errors import RefusalCode
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

_SOUNDS = {
    EndReason.CALLEE_BUSY: "dial-busy",
    EndReason.CALLEE_NO_ANSWER: "dial-no-answer",
    EndReason.CALLEE_REJECTED: "dial-rejected",
    EndReason.CALLEE_INVALID: "unknown-number",
    EndReason.CALLEE_UNREACHABLE: "dial-unreachable",
}
_REFUSALS = {
    RefusalCode.NO_REFERENCE: "dial-no-reference",
    RefusalCode.OUTBOUND_NOT_PERMITTED: "dial-no-reference",
    RefusalCode.NO_SUCH_PROJECT: "dial-no-reference",
    RefusalCode.NUMBER_INVALID: "unknown-number",
    RefusalCode.NUMBER_CLASS_REFUSED: "dial-not-permitted",
    RefusalCode.NO_CONSENT: "dial-no-consent",
    RefusalCode.ON_DO_NOT_CALL_LIST: "dial-on-list",
    RefusalCode.OUTSIDE_CALLING_HOURS: "dial-not-now",
    RefusalCode.CALLED_TOO_OFTEN: "dial-not-now",
    RefusalCode.CALLED_TOO_SOON: "dial-not-now",
    RefusalCode.BUDGET_SPENT: "dial-limit",
    RefusalCode.COST_CAP_REACHED: "dial-limit",
    RefusalCode.CALL_CAP_REACHED: "dial-limit",
    RefusalCode.CALLS_TOO_FAST: "dial-limit",
    RefusalCode.TOO_MANY_NEW_COUNTRIES: "dial-limit",
    RefusalCode.TOO_MANY_CALLS_AT_NIGHT: "dial-limit",
    RefusalCode.NOT_LOGGED_IN: "logged-out",
    RefusalCode.AGENT_NOT_ELIGIBLE: "dial-not-permitted",
    RefusalCode.NO_RIGHT_TO_SHOW: "dial-not-permitted",
    RefusalCode.COUNTRY_NOT_OFFERED: "dial-not-permitted",
}
_FOLDER = "fernamt/"


def sound_of(reason: EndReason | None) -> str | None:
    """What the agent hears whose call was in vain; None: nothing."""
    name = None if reason is None else _SOUNDS.get(reason)
    return None if name is None else _FOLDER + name


def sound_of_refusal(code: str) -> str:
    """What the agent hears who may not call, and why not."""
    return _FOLDER + _REFUSALS.get(RefusalCode(code), "not-possible") if code in set(RefusalCode) else f"{_FOLDER}not-possible"


def outcome_of(event: Event) -> EndReason:
    """The outcome. A leg whose end nobody saw, and whose cause no record tells, may have rung or not: that is unclear."""
    if isinstance(event, CallTimerFired):
        return EndReason.CALLEE_NO_ANSWER
    if not isinstance(event, LegHungUp):
        return EndReason.CALLEE_UNREACHABLE
    if event.is_estimated and event.cause is HangupCause.UNKNOWN:
        return EndReason.CALLEE_UNCLEAR
    return _BY_CAUSE.get(event.cause, EndReason.CALLEE_UNREACHABLE)
