"""A caller who asked to be called back: asked by which number, let go, kept in the line, and called when an agent is there.

The agent comes first: whoever is called back hears a person at once. A leg to the caller has an id never used before, so a
controller that dies in between loses nobody and dials nobody twice. Until the caller answers, the attempt binds the agent and
no conversation has begun; in vain, the agent is free and the place rests until the next attempt.
"""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.actions import RING_GRACE_MS
from telephony.call.model import Call, Callback, CallState, Dial, Leg, LegRole, LegState, require_terms
from telephony.call.search import waits_since
from telephony.call.step import Step, end_agent, end_caller
from telephony.callback import CallbackAgreed, CallbackGivenUp, CallbackOffered, CallbackRested
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.commands import Command
from telephony.dialling import DialPermitted, DialPurpose, DialRefused
from telephony.errors import RefusalCode
from telephony.events import AgentConnected, CallQueuedAgain, Envelope, LegHungUp
from telephony.identifiers import Instant, after_ms, leg_id

GOODBYE_MS = 30_000
"""Longer than the words of goodbye take; who is on the line still is hung up on."""
DESK_MS = 20_000
"""So long the agent waits for the desk's answer."""

HOPELESS = frozenset({HangupCause.UNALLOCATED, HangupCause.INVALID_NUMBER})
"""Causes that say of a number that nobody will ever be reached by it."""

FINAL = frozenset(
    {
        RefusalCode.NO_REFERENCE,
        RefusalCode.REFERENCE_EXPIRED,
        RefusalCode.NO_NUMBER,
        RefusalCode.NUMBER_INVALID,
        RefusalCode.NUMBER_CLASS_REFUSED,
        RefusalCode.COUNTRY_NOT_OFFERED,
        RefusalCode.ON_DO_NOT_CALL_LIST,
        RefusalCode.NO_SUCH_PROJECT,
    }
)
"""Refusals that waiting does not change. All others are asked again after a rest, until the callback expires."""


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
    callback = Callback(
        party_id=event.party_id,
        event_id=envelope.event_id,
        agreed_at=envelope.received_at,
        expires_at=event.expires_at,
        attempts_limit=event.attempts,
        retry_ms=event.retry_ms,
    )
    call = replace(
        _answered(call),
        callback=callback,
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


# -- the attempt -------------------------------------------------------------------------------------------------------


def ask_desk(call: Call, envelope: Envelope) -> Step:
    """The agent is there, hears ringing in the call's bridge, and the desk is asked for the caller's number."""
    callback, agent = _callback(call), _agent_leg(call)
    number = callback.asks + 1
    dial = Dial(
        leg_id=leg_id(call.call_id, "callee", number),
        party_id=callback.party_id,
        purpose=DialPurpose.CALLBACK,
        agent_id=None if call.bond is None else call.bond.agent_id,
    )
    call = replace(
        call,
        callback=replace(callback, asks=number),
        dial=dial,
        ring_overdue_at=None,
        callee_overdue_at=after_ms(envelope.received_at, DESK_MS),
    )
    commands = (
        to_switch.join(call, agent.leg_id),
        to_switch.let_hear_ringing(call, agent),
        to_switch.ask_permission(call, dial),
    )
    return Step(call, commands)


def dial_caller(call: Call, envelope: Envelope) -> Step:
    """The caller is dialled, under the permit."""
    permit, callback = cast(DialPermitted, envelope.event), _callback(call)
    callee = Leg(leg_id=permit.leg_id, role=LegRole.CALLER, state=LegState.DIALLING)
    command = to_switch.dial_outside(call, permit, for_leg=_agent_leg(call))
    call = replace(
        call,
        caller=callee,
        callback=replace(callback, attempts=callback.attempts + 1, longest_ms=permit.max_duration_ms),
        callee_overdue_at=after_ms(envelope.received_at, permit.ring_limit_ms + RING_GRACE_MS),
    )
    return Step(call, (command,))


def connect(call: Call, envelope: Envelope) -> Step:
    """The caller answered: both hear each other, and the call is one like any other, but for the permit's time."""
    callback, agent, bond = _callback(call), _agent_leg(call), call.bond
    if bond is None:
        raise AssertionError(f"call {call.call_id} has no agent for whom it was dialled")
    legs = (call.caller.leg_id,) if agent.is_in_bridge else (agent.leg_id, call.caller.leg_id)
    commands = (to_switch.stop_ringing(call, agent), to_switch.join(call, *legs))
    call = replace(
        call,
        bond=replace(bond, has_talked=True),
        callback=replace(callback, was_reached=True),
        callee_overdue_at=after_ms(envelope.received_at, callback.longest_ms),
        waited_us=call.waited_us or max(envelope.received_at - call.waiting_since, 0),
        goes_first=False,
    )
    connected = AgentConnected(call_id=call.call_id, agent_id=bond.agent_id, leg_id=agent.leg_id)
    return Step(call, commands, (connected,))


# -- an attempt in vain ------------------------------------------------------------------------------------------------


def caller_not_reached(call: Call, envelope: Envelope) -> Step:
    """Busy, silent or wrong: once more after a rest, unless that was the last time or nobody can be reached so."""
    event, callback = envelope.event, _callback(call)
    is_hopeless = isinstance(event, LegHungUp) and event.cause in HOPELESS
    if is_hopeless or callback.attempts >= callback.attempts_limit:
        call = replace(call, end_reason=EndReason.CALLBACK_UNREACHED)
    return _step_back(_rested(call, envelope), ReleaseReason.ABANDONED)


def callee_overdue(call: Call, envelope: Envelope) -> Step:
    """Nobody answers, or the desk does not."""
    if _is_dialled(call):
        return caller_not_reached(call, envelope)
    return _step_back(_rested(call, envelope), ReleaseReason.ABANDONED)


def desk_refused(call: Call, envelope: Envelope) -> Step:
    """The caller may not be called: now, or at all."""
    event = envelope.event
    if isinstance(event, DialRefused) and event.code in FINAL:
        call = replace(call, end_reason=EndReason.CALLBACK_REFUSED)
    return _step_back(_rested(call, envelope), ReleaseReason.ABANDONED)


def agent_not_there(call: Call, envelope: Envelope) -> Step:
    """The agent is gone again, or does not want to: the caller's phone stops ringing, and another agent is asked.

    At once where no phone rang yet, else after a rest.
    """
    is_lost = call.state is CallState.CALLING_BACK and isinstance(envelope.event, LegHungUp) and not envelope.event.by_phone
    dialled = _is_dialled(call)
    callback = _callback(call)
    if dialled and callback.attempts >= callback.attempts_limit:
        call = replace(call, end_reason=EndReason.CALLBACK_UNREACHED)
    return _step_back(
        _rested(call, envelope) if dialled else call, ReleaseReason.UNREACHABLE if is_lost else ReleaseReason.REJECTED
    )


def stepped_back(step: Step, now: Instant) -> Step:
    """Where a call goes whose attempt has left no legs: to its end, to rest, or into the line."""
    call, callback = step.call, _callback(step.call)
    if call.end_reason is None and callback.expires_at <= now:
        step = step.then(end_reason=EndReason.CALLBACK_EXPIRED)
    step = without_bridge(step.then(callee_overdue_at=None, end_overdue_at=None))
    if step.call.end_reason is not None:
        return step.then(state=CallState.ENDING, rest_over_at=None)
    until_at = call.rest_over_at
    if until_at is not None and until_at > now:
        rested = CallbackRested(call_id=call.call_id, until_at=until_at, attempts=callback.attempts)
        return step.then(state=CallState.RESTING, events=(rested,))
    again = CallQueuedAgain(call_id=call.call_id, goes_first=call.goes_first)
    return step.then(state=CallState.PLACE_KEPT, rest_over_at=None, events=(again,))


def has_stepped_back(call: Call) -> bool:
    """Whether an attempt is over and all its legs are gone."""
    is_free = call.bond is None and not call.departing and not call.caller.is_live
    return call.state is CallState.STEPPING_BACK and is_free


def without_bridge(step: Step) -> Step:
    """Nobody is in the bridge; the next attempt, maybe after a restart of the switch, makes it anew."""
    call = step.call
    if not call.has_bridge:
        return step
    return step.then(commands=(to_switch.destroy_bridge(call),), has_bridge=False)


# -- parts -------------------------------------------------------------------------------------------------------------


def _answered(call: Call) -> Call:
    return replace(call, playing=None, asked_at=None, asked_party_id=None, asked_number=None)


def _rested(call: Call, envelope: Envelope) -> Call:
    return replace(call, rest_over_at=after_ms(envelope.received_at, _callback(call).retry_ms))


def _step_back(call: Call, release: ReleaseReason) -> Step:
    """All legs of the attempt are asked to end; a desk that answers later is not heard."""
    call = replace(call, dial=None, callee_overdue_at=None)
    without_agent = end_agent(call, release)
    without_both = end_caller(without_agent.call, HangupCause.NORMAL)
    return Step(without_both.call, without_agent.commands + without_both.commands)


def _is_dialled(call: Call) -> bool:
    return call.caller.is_live


def _callback(call: Call) -> Callback:
    if call.callback is None:
        raise AssertionError(f"call {call.call_id} is not to be called back")
    return call.callback


def _agent_leg(call: Call) -> Leg:
    if call.agent is None:
        raise AssertionError(f"call {call.call_id} has no agent's leg")
    return call.agent
