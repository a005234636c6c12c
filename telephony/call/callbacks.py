"""A caller who asked to be called back: asked by which number, let go, and kept in the line until an agent is there for them.

How they are called then is telephony/call/attempts.py.
"""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.attempts import without_bridge
from telephony.call.model import Call, Callee, LegState, require_terms
from telephony.call.search import waits_since
from telephony.call.step import Step, end_caller
from telephony.callback import CallbackAgreed, CallbackGivenUp, CallbackOffered, CallbackRested
from telephony.causes import EndReason
from telephony.commands import Command
from telephony.dialling import DialPurpose, DialReference
from telephony.events import CallQueuedAgain, Envelope
from telephony.identifiers import after_ms

GOODBYE_MS = 30_000
"""Longer than the words of goodbye take; who is on the line still is hung up on."""


# -- with the caller on the line ---------------------------------------------------------------------------------------


def ask(call: Call, envelope: Envelope) -> Step:
    """The caller hears the question; no limit of waiting takes them away from it."""
    event = cast(CallbackOffered, envelope.event)
    silence: tuple[Command, ...] = to_switch.stop_playing(call)
    music = require_terms(call).music
    play: Command
    if event.party_id is None:
        play = to_switch.play_sequence(call, event.before + event.after, event.language, music=music)
    else:
        play = to_switch.read_number_back(call, event.party_id, event.before, event.after, event.language)
    call = replace(
        call,
        playing=play.playback_id,
        playbacks=call.playbacks + 1,
        has_music=True,
        asked_at=envelope.received_at,
        times_asked=event.attempt,
        was_offered_callback=True,
        asked_party_id=event.party_id,
        asked_number=event.number,
        wait_limit_at=None,
    )
    return Step(call, (*silence, play))


def wait_on(call: Call, envelope: Envelope) -> Step:
    """The question is cut off; the caller waits on with music, and the limit of waiting counts again."""
    limit = require_terms(call).wait_limit_ms
    limit_at = None if limit is None else max(after_ms(waits_since(call), limit), envelope.received_at)
    silence: tuple[Command, ...] = to_switch.stop_playing(call)
    return Step(replace(_answered(call), wait_limit_at=limit_at), silence)


def take_leave(call: Call, envelope: Envelope) -> Step:
    """The static dialplan says goodbye and ends the call: that works also when nobody of us is alive any more."""
    event = cast(CallbackAgreed, envelope.event)
    silence: tuple[Command, ...] = to_switch.stop_playing(call)
    silence += (to_switch.stop_music(call),) if call.has_music else ()
    rests_on = DialReference(
        kind="callback_request", id=envelope.event_id, given_at=envelope.received_at, expires_at=event.expires_at
    )
    callee = Callee(
        party_id=event.party_id,
        purpose=DialPurpose.CALLBACK,
        rests_on=rests_on,
        expires_at=event.expires_at,
        attempts_limit=event.attempts,
        retry_ms=event.retry_ms,
    )
    call = replace(
        _answered(call),
        callee=callee,
        has_music=False,
        end_overdue_at=after_ms(envelope.received_at, GOODBYE_MS),
    )
    return Step(call, (*silence, to_switch.mark_waiting(call, is_waiting=False), to_switch.hand_over(call)))


def end_goodbye(call: Call, envelope: Envelope) -> Step:
    """Who is on the line still is hung up on; asked for again where nobody reports the end."""
    gone = end_caller(replace(call, caller=replace(call.caller, state=LegState.UP)))
    return gone.then(end_overdue_at=after_ms(envelope.received_at, GOODBYE_MS))


def keep_place(call: Call, envelope: Envelope) -> Step:
    """The caller is gone and waits all the same."""
    return without_bridge(Step(replace(call, end_overdue_at=None)))


# -- the line ----------------------------------------------------------------------------------------------------------


def rest(call: Call, envelope: Envelope) -> Step:
    """The place is kept off the line until then."""
    return Step(replace(call, rest_over_at=cast(CallbackRested, envelope.event).until_at))


def wait_again(call: Call, envelope: Envelope) -> Step:
    """The rest is over: whoever is free may be rung."""
    again = CallQueuedAgain(call_id=call.call_id, goes_first=call.goes_first)
    return Step(replace(call, rest_over_at=None), events=(again,))


def expire(call: Call, envelope: Envelope) -> Step:
    """The promise is over unkept."""
    return Step(replace(call, rest_over_at=None, end_reason=EndReason.CALLBACK_EXPIRED))


def give_up(call: Call, envelope: Envelope) -> Step:
    """The same where there is nothing left to call for."""
    return Step(replace(call, rest_over_at=None, end_reason=cast(CallbackGivenUp, envelope.event).reason))


# -- parts -------------------------------------------------------------------------------------------------------------


def _answered(call: Call) -> Call:
    return replace(call, playing=None, asked_at=None, asked_party_id=None, asked_number=None)
