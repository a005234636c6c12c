"""What must hold of promises to call back in a simulated day: each is kept, or given up for a reason that is true."""

from collections.abc import Sequence

from telephony.call.model import Call, CallState
from telephony.callback import CallbackAgreed
from telephony.causes import EndReason
from telephony.dialling import DialDropped, DialPermitted, DialPurpose
from telephony.events import CallEnded, Envelope, HangUpRequested, LegAnswered
from telephony.identifiers import SECOND, CallId, Instant

LATE_US = 30 * SECOND
"""Longer than any controller is away."""
IN_VAIN = (EndReason.CALLBACK_UNREACHED, EndReason.CALLBACK_EXPIRED, EndReason.CALLBACK_REFUSED)


def wrong_with_promise(call: Call, now: Instant) -> str | None:
    """What is wrong with a call that is to be called back: forgotten at its rest, or past its end."""
    callback, rested = call.callee, call.rest_over_at
    if callback is None or callback.was_reached or callback.expires_at is None:
        return None
    if call.state is CallState.RESTING and (rested is None or now - rested > LATE_US):
        return f"call {call.call_id} rests for ever"
    if call.state in (CallState.RESTING, CallState.PLACE_KEPT) and now - callback.expires_at > LATE_US:
        return f"call {call.call_id} should have been called back until {callback.expires_at}"
    if callback.attempts > callback.attempts_limit:
        return f"call {call.call_id} was dialled {callback.attempts} times"
    return None


def wrong_in_end(call_id: CallId, envelopes: Sequence[Envelope]) -> str | None:
    """What is wrong with the end of a call that was promised to be called back; None where there was no such promise."""
    agreed = next((e.event for e in envelopes if isinstance(e.event, CallbackAgreed)), None)
    if agreed is None or any(isinstance(e.event, HangUpRequested) for e in envelopes):
        return None
    (end,) = [(e.occurred_at, e.event.end_reason) for e in envelopes if isinstance(e.event, CallEnded)]
    events = [e.event for e in envelopes]
    dropped = {event.leg_id for event in events if isinstance(event, DialDropped)}
    permits = [event for event in events if isinstance(event, DialPermitted) and event.purpose is DialPurpose.CALLBACK]
    dialled = [event for event in permits if event.leg_id not in dropped]
    if len(dialled) > agreed.attempts:
        return f"call {call_id} was dialled {len(dialled)} times, {agreed.attempts} were promised"
    was_reached = any(isinstance(event, LegAnswered) and ".callee." in event.leg_id for event in events)
    if not was_reached and end[1] not in IN_VAIN:
        return f"call {call_id} was promised a call back and ended as {end[1]}"
    if end[1] is EndReason.CALLBACK_EXPIRED and end[0] < agreed.expires_at:
        return f"call {call_id} expired before its time"
    if end[1] is EndReason.CALLBACK_UNREACHED and not dialled:
        return f"call {call_id} was given up and never tried"
    return None


def is_promise_over(envelopes: Sequence[Envelope]) -> bool:
    """Whether the call ended because nobody could be called back."""
    return any(isinstance(e.event, CallEnded) and e.event.end_reason in IN_VAIN for e in envelopes)
