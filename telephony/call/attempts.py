"""Somebody is called when an agent is there: a caller who asked to be called back, or whom an agent wants to speak with.

The agent comes first: whoever is called hears a person at once. Each leg to them has an id never used before, so a controller
that dies in between dials nobody twice. Until they answer no conversation has begun. An attempt in vain ends a call that began
with us; a promised one rests until the next attempt, and the agent is free.
"""

from typing import cast

from msgspec.structs import replace

from telephony.call import actions, listening, to_switch
from telephony.call.actions import RING_GRACE_MS
from telephony.call.model import Bond, Call, Callee, CallState, Dial, Leg, LegRole, LegState
from telephony.call.outcomes import HOPELESS, outcome_of, sound_of, sound_of_refusal
from telephony.call.step import Step, end_agent, end_caller
from telephony.callback import CallbackRested
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.dialling import DialPermitted, DialRefused
from telephony.errors import RefusalCode
from telephony.events import AgentConnected, AgentReserved, CallQueuedAgain, Envelope, HangUpRequested, LegHungUp
from telephony.identifiers import Instant, after_ms, leg_id

DESK_MS = 20_000
"""So long the agent waits for the desk's answer."""

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
"""Refusals that waiting does not change. All others are asked again after a rest, until the promise expires."""


# -- the attempt -------------------------------------------------------------------------------------------------------


def ring_agent(call: Call, envelope: Envelope) -> Step:
    """The agent who wants the call is rung; whose phone has dialled by itself is answered."""
    call = replace(call, callee_overdue_at=None)
    if call.agent is None:
        return actions.ring_agent(call, envelope)
    event = cast(AgentReserved, envelope.event)
    bond = Bond(agent_id=event.agent_id, endpoint_id=event.endpoint_id)
    overdue_at = after_ms(envelope.received_at, RING_GRACE_MS)
    call = replace(call, bond=bond, offers=call.offers + 1, has_bridge=True, ring_overdue_at=overdue_at)
    return Step(call, (to_switch.create_bridge(call), to_switch.take_call_of(call, _agent_leg(call))))


def take_line(call: Call, envelope: Envelope) -> Step:
    """The agent is there already: their open line comes into the call's bridge, and the desk is asked at once."""
    event = cast(AgentReserved, envelope.event)
    if event.line_leg_id is None:
        raise AssertionError(f"call {call.call_id} is lent no line")
    leg = Leg(leg_id=event.line_leg_id, role=LegRole.AGENT, state=LegState.UP, is_answered=True, is_ringing=True, is_lent=True)
    bond = Bond(agent_id=event.agent_id, endpoint_id=event.endpoint_id)
    call = replace(call, agent=leg, bond=bond, offers=call.offers + 1, has_bridge=True)
    asked = ask_desk(call, envelope)
    return Step(asked.call, (to_switch.create_bridge(call), *asked.commands))


def ask_desk(call: Call, envelope: Envelope) -> Step:
    """The agent is there, hears ringing in the call's bridge, and the desk is asked for the callee's number."""
    callee, agent, bond = _callee(call), _agent_leg(call), _bond(call)
    number = callee.asks + 1
    dial = Dial(
        leg_id=leg_id(call.call_id, "callee", number),
        party_id=callee.party_id,
        purpose=callee.purpose,
        agent_id=bond.agent_id,
    )
    call = replace(
        call,
        callee=replace(callee, asks=number),
        bond=replace(bond, wraps_up=not callee.is_promised),
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


def dial_callee(call: Call, envelope: Envelope) -> Step:
    """The callee is dialled, under the permit; the agent hears what their network says before the answer."""
    permit, callee = cast(DialPermitted, envelope.event), _callee(call)
    leg = Leg(leg_id=permit.leg_id, role=LegRole.CALLER, state=LegState.DIALLING)
    command = to_switch.dial_outside(call, permit, for_leg=_agent_leg(call), heard_in=call.bridge_id)
    call = replace(
        call,
        caller=leg,
        callee=replace(callee, attempts=callee.attempts + 1, longest_ms=permit.max_duration_ms),
        callee_overdue_at=after_ms(envelope.received_at, permit.ring_limit_ms + RING_GRACE_MS),
    )
    return Step(call, (command,))


def connect(call: Call, envelope: Envelope) -> Step:
    """The callee answered: both hear each other, and the call is one like any other, but for the permit's time."""
    callee, agent, bond = _callee(call), _agent_leg(call), _bond(call)
    legs = (call.caller.leg_id,) if agent.is_in_bridge else (agent.leg_id, call.caller.leg_id)
    commands = (to_switch.stop_ringing(call, agent), to_switch.join(call, *legs))
    call = replace(
        call,
        bond=replace(bond, has_talked=True),
        callee=replace(callee, was_reached=True),
        callee_overdue_at=after_ms(envelope.received_at, callee.longest_ms),
        waited_us=call.waited_us or max(envelope.received_at - call.waiting_since, 0),
        goes_first=False,
    )
    connected = AgentConnected(call_id=call.call_id, agent_id=bond.agent_id, leg_id=agent.leg_id)
    call, listened = listening.listen(call, envelope)
    return Step(call, (*commands, *listened), (connected,))


# -- in vain -----------------------------------------------------------------------------------------------------------


def callee_not_reached(call: Call, envelope: Envelope) -> Step:
    """Busy, silent or wrong. Who was promised a call is called once more after a rest, unless that was the last time or nobody
    can be reached so."""
    event, callee = envelope.event, _callee(call)
    if not callee.is_promised:
        outcome = outcome_of(event)
        return _tell_agent(_ended(call, outcome), sound_of(outcome))
    is_hopeless = isinstance(event, LegHungUp) and event.cause in HOPELESS
    if is_hopeless or callee.attempts >= callee.attempts_limit:
        call = _ended(call, EndReason.CALLBACK_UNREACHED)
    return _step_back(_rested(call, envelope), ReleaseReason.ABANDONED)


def callee_overdue(call: Call, envelope: Envelope) -> Step:
    """Nobody answers, or the desk does not."""
    if _is_dialled(call):
        return callee_not_reached(call, envelope)
    if not _callee(call).is_promised:
        call = _ended(call, EndReason.NOT_PERMITTED)
    return _step_back(_rested(call, envelope), ReleaseReason.ABANDONED)


def desk_refused(call: Call, envelope: Envelope) -> Step:
    """The callee may not be called: now, or at all."""
    event = envelope.event
    if not _callee(call).is_promised:
        sound = sound_of_refusal(event.code) if isinstance(event, DialRefused) else None
        return _tell_agent(_ended(call, EndReason.NOT_PERMITTED), sound)
    if isinstance(event, DialRefused) and event.code in FINAL:
        call = _ended(call, EndReason.CALLBACK_REFUSED)
    return _step_back(_rested(call, envelope), ReleaseReason.ABANDONED)


def spare_callee(call: Call, envelope: Envelope) -> Step:
    """The callee was permitted, and forbade it before they answered: their phone stops ringing, and nobody tries again."""
    if not _callee(call).is_promised:
        return _tell_agent(_ended(call, EndReason.NOT_PERMITTED), sound_of_refusal(RefusalCode.ON_DO_NOT_CALL_LIST))
    return _step_back(_ended(call, EndReason.CALLBACK_REFUSED), ReleaseReason.ABANDONED)


def offer_failed(call: Call, envelope: Envelope) -> Step:
    """The agent did not take the call: another is asked. Who had wanted it themselves has missed nothing."""
    if _callee(call).is_promised:
        return actions.offer_next(call, envelope)
    return end_agent(_ended(call, EndReason.AGENT_UNREACHED), ReleaseReason.ABANDONED)


def give_up_ringing(call: Call, envelope: Envelope) -> Step:
    """The same where the agent's phone rang too long, or vanished while it rang."""
    if _callee(call).is_promised:
        return actions.give_up_ringing(call, envelope)
    return end_agent(_ended(call, EndReason.AGENT_UNREACHED), ReleaseReason.ABANDONED)


def agent_not_there(call: Call, envelope: Envelope) -> Step:
    """The agent is gone again, or does not want to: the callee's phone stops ringing.

    Who was promised a call is called by another agent: at once where no phone rang yet, else after a rest.
    """
    event, callee, dialled = envelope.event, _callee(call), _is_dialled(call)
    is_goodbye = isinstance(event, HangUpRequested) or (isinstance(event, LegHungUp) and event.by_phone)
    if not callee.is_promised:
        reason = EndReason.AGENT_HUNG_UP if is_goodbye else EndReason.AGENT_UNREACHED
        return _step_back(_ended(call, reason), ReleaseReason.ABANDONED)
    is_lost = call.state is CallState.CALLING_OUT and isinstance(event, LegHungUp) and not is_goodbye
    if dialled and callee.attempts >= callee.attempts_limit:
        call = _ended(call, EndReason.CALLBACK_UNREACHED)
    return _step_back(
        _rested(call, envelope) if dialled else call, ReleaseReason.UNREACHABLE if is_lost else ReleaseReason.REJECTED
    )


def not_placed(call: Call, envelope: Envelope) -> Step:
    """No agent was reserved for it: the word of that was lost with a controller."""
    return Step(_ended(call, EndReason.AGENT_UNREACHED))


def stepped_back(step: Step, now: Instant) -> Step:
    """Where a call goes whose attempt has left no legs: to its end, to rest, or into the line."""
    call, callee = step.call, _callee(step.call)
    if call.end_reason is None and callee.expires_at is not None and callee.expires_at <= now:
        step = step.then(end_reason=EndReason.CALLBACK_EXPIRED)
    step = without_bridge(step.then(callee_overdue_at=None, end_overdue_at=None))
    if step.call.end_reason is not None or not callee.is_promised:
        return step.then(state=CallState.ENDING, rest_over_at=None)
    until_at = call.rest_over_at
    if until_at is not None and until_at > now:
        rested = CallbackRested(call_id=call.call_id, until_at=until_at, attempts=callee.attempts)
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


def _ended(call: Call, reason: EndReason) -> Call:
    return replace(call, end_reason=call.end_reason or reason)


def _rested(call: Call, envelope: Envelope) -> Call:
    return replace(call, rest_over_at=after_ms(envelope.received_at, _callee(call).retry_ms))


def _tell_agent(call: Call, sound: str | None) -> Step:
    """The agent hears why it was in vain, and their leg ends with that by itself."""
    agent = _agent_leg(call)
    if sound is None or agent.state is not LegState.UP:
        return _step_back(call, ReleaseReason.ABANDONED)
    said = to_switch.say_and_end(call, agent, sound)
    step = _step_back(replace(call, agent=replace(agent, state=LegState.ENDING)), ReleaseReason.ABANDONED)
    return Step(step.call, (*said, *step.commands), step.events)


def _step_back(call: Call, release: ReleaseReason) -> Step:
    """All legs of the attempt are asked to end; a desk that answers later is not heard."""
    call = replace(call, dial=None, callee_overdue_at=None)
    without_agent = end_agent(call, release)
    without_both = end_caller(without_agent.call, HangupCause.NORMAL)
    return Step(without_both.call, without_agent.commands + without_both.commands)


def _is_dialled(call: Call) -> bool:
    """Whether a leg to the callee may be at the switch."""
    return call.caller.is_live


def _callee(call: Call) -> Callee:
    if call.callee is None:
        raise AssertionError(f"call {call.call_id} is to reach nobody")
    return call.callee


def _bond(call: Call) -> Bond:
    if call.bond is None:
        raise AssertionError(f"call {call.call_id} has no agent for whom somebody is called")
    return call.bond


def _agent_leg(call: Call) -> Leg:
    if call.agent is None:
        raise AssertionError(f"call {call.call_id} has no agent's leg")
    return call.agent
