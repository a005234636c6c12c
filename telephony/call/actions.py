"""What the rules do from arrival to conversation: queue the caller, ring an agent, connect both, hold, hand over."""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.model import Bond, Call, Leg, LegRole, LegState, require_terms
from telephony.call.step import Step, end_agent, end_caller
from telephony.causes import EndReason, HangupCause, ReleaseReason, miss_of
from telephony.commands import Command, FailureReason
from telephony.demands import merged
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentReserved,
    CallAdmitted,
    CallTurnedAway,
    CommandFailed,
    Envelope,
    Event,
    LegHungUp,
)
from telephony.identifiers import after_ms, leg_id

RING_GRACE_MS = 3_000
"""The switch gives up ringing by itself; we look after it this long after it should have."""

REJECT_CAUSES = {
    EndReason.UNKNOWN_DID: HangupCause.UNALLOCATED,
    EndReason.MALFORMED: HangupCause.INVALID_NUMBER,
    EndReason.REFUSED_ANONYMOUS: HangupCause.REJECTED,
}


def stay(call: Call, envelope: Envelope) -> Step:
    """Nothing but the leg's own state has changed."""
    return Step(call)


def admit(call: Call, envelope: Envelope) -> Step:
    """The caller waits: hears ringing, or is answered at once and hears music, as the project has it."""
    event = cast(CallAdmitted, envelope.event)
    terms = event.terms
    limit = terms.wait_limit_ms
    call = replace(
        call,
        terms=terms,
        did=event.did,
        demand=merged(event.demand, call.demand),
        has_music=terms.answers_early,
        wait_limit_at=None if limit is None else after_ms(call.waiting_since, limit),
    )
    if not terms.answers_early:
        return Step(call, (to_switch.let_caller_hear_ringing(call),))
    return Step(call, (to_switch.answer_caller(call), to_switch.play_music(call)))


def hand_to_machine(call: Call, envelope: Envelope) -> Step:
    """The static dialplan takes the caller: announcement and answering machine."""
    event = envelope.event
    reason = event.reason if isinstance(event, CallTurnedAway) else EndReason.WAIT_LIMIT
    gone = replace(call, end_reason=reason, wait_limit_at=None, has_music=False, playing=None)
    return Step(gone, to_switch.to_machine(replace(call, end_reason=reason)))


def leave_queue_for_machine(call: Call, envelope: Envelope) -> Step:
    """The project sends its caller to the static dialplan; whom the watchdog took there is there already."""
    event = envelope.event
    if isinstance(event, CallTurnedAway) and event.reason is not EndReason.FALLBACK:
        return hand_to_machine(call, envelope)
    return note_machine(call, envelope)


def note_machine(call: Call, envelope: Envelope) -> Step:
    """The caller was found with the static dialplan, taken there while nobody of us was alive; no agent is to ring for it."""
    call = replace(call, end_reason=call.end_reason or EndReason.FALLBACK, wait_limit_at=None, has_music=False)
    return end_agent(call, ReleaseReason.ABANDONED, HangupCause.ANSWERED_ELSEWHERE)


def turn_away(call: Call, envelope: Envelope) -> Step:
    """The caller's call is refused with the cause that says why; one who was answered with music is hung up on."""
    reason = cast(CallTurnedAway, envelope.event).reason
    return end_caller(replace(call, end_reason=reason, wait_limit_at=None), REJECT_CAUSES.get(reason, HangupCause.NORMAL))


def ring_agent(call: Call, envelope: Envelope) -> Step:
    """The reserved agent's phone is rung with the project's name; the bridge is made meanwhile, off the critical path."""
    event = cast(AgentReserved, envelope.event)
    call = replace(
        call, bond=Bond(agent_id=event.agent_id, endpoint_id=event.endpoint_id), offers=call.offers + 1, wait_limit_at=None
    )
    rung = ring(call, envelope)
    bridge: tuple[Command, ...] = () if call.has_bridge else (to_switch.create_bridge(call),)
    return rung.then(commands=bridge, has_bridge=True)


def ring(call: Call, envelope: Envelope) -> Step:
    """A new leg to the bound agent's phone, under an id never used before. One that is rung anew answers nothing by itself."""
    terms, bond, event = require_terms(call), call.bond, envelope.event
    if bond is None:
        raise AssertionError(f"call {call.call_id} has no agent to ring")
    number = call.agent_legs + 1
    leg = Leg(leg_id=leg_id(call.call_id, "agent", number), role=LegRole.AGENT, state=LegState.DIALLING)
    overdue_at = after_ms(envelope.received_at, terms.ring_timeout_ms + RING_GRACE_MS)
    rung = replace(call, agent=leg, agent_legs=number, ring_overdue_at=overdue_at, ring_again_at=None)
    phone_answers = isinstance(event, AgentReserved) and event.phone_answers
    return Step(rung, (to_switch.ring_phone(call, leg, bond.endpoint_id, phone_answers=phone_answers),))


def note_ringing(call: Call, envelope: Envelope) -> Step:
    """The agent's machine learns that the phone rings."""
    if call.bond is None or call.agent is None:
        return Step(call)
    event = AgentAlerted(call_id=call.call_id, agent_id=call.bond.agent_id, leg_id=call.agent.leg_id)
    return Step(call, events=(event,))


def connect(call: Call, envelope: Envelope) -> Step:
    """The agent took the call: the caller is answered if need be, and both are in the bridge."""
    bond, agent = call.bond, call.agent
    if bond is None or agent is None:
        raise AssertionError(f"call {call.call_id} has no agent to connect")
    commands: list[Command] = [*to_switch.stop_playing(call)]
    if call.has_music:
        commands.append(to_switch.stop_music(call))
    elif not call.caller.is_answered:
        commands.append(to_switch.answer_caller(call))
    legs = (agent.leg_id,) if call.caller.is_in_bridge else (call.caller.leg_id, agent.leg_id)
    commands += (to_switch.join(call, *legs), to_switch.mark_waiting(call, is_waiting=False))
    waited_us = call.waited_us or max(envelope.received_at - call.waiting_since, 0)
    call = replace(
        call,
        bond=replace(bond, has_talked=True),
        waited_us=waited_us,
        prefers=None,
        has_music=False,
        playing=None,
        ring_overdue_at=None,
        ring_again_at=None,
        recovery_over_at=None,
    )
    connected = AgentConnected(call_id=call.call_id, agent_id=bond.agent_id, leg_id=agent.leg_id)
    return Step(call, tuple(commands), (connected,))


def offer_next(call: Call, envelope: Envelope) -> Step:
    """The agent did not take the call; the caller waits on, with the waiting time kept, and another is asked."""
    return end_agent(call, miss_in(envelope.event))


def miss_in(event: Event) -> ReleaseReason:
    """What an offer that came to nothing says about the agent."""
    if isinstance(event, LegHungUp):
        return miss_of(event.cause)
    if isinstance(event, CommandFailed) and event.reason == FailureReason.UNTOLD:
        return ReleaseReason.ABANDONED  # the switch was away, the agent has missed nothing
    return ReleaseReason.UNREACHABLE


def give_up_ringing(call: Call, envelope: Envelope) -> Step:
    """The phone rang too long, or vanished while it rang: its leg is ended, another agent asked."""
    overdue = call.ring_overdue_at is not None and call.ring_overdue_at <= envelope.received_at
    return end_agent(call, ReleaseReason.NO_ANSWER if overdue else ReleaseReason.UNREACHABLE)


def connect_failed(call: Call, envelope: Envelope) -> Step:
    """The bridge refused them: the caller goes back to the queue's head rather than hear silence."""
    return _music(give_caller_back(call, envelope))


def give_caller_back(call: Call, envelope: Envelope) -> Step:
    """Nobody talks to the caller any more: they go to the head of the queue, with the waiting time kept.

    The limit of waiting begins anew: a conversation was no waiting.
    """
    mark = to_switch.mark_waiting(call, is_waiting=True)
    call = replace(call, goes_first=True, given_back_at=envelope.received_at)
    return end_agent(call, ReleaseReason.LOST).then(commands=(mark,))


def hold(call: Call, envelope: Envelope) -> Step:
    """The agent is out of the bridge and hears nothing, the caller hears music. The agent leaves, never the caller."""
    agent = _agent_leg(call)
    return _music(Step(call, (to_switch.leave(call, agent),)))


def unhold(call: Call, envelope: Envelope) -> Step:
    """The music ends and the agent is back in the bridge."""
    agent = _agent_leg(call)
    return Step(replace(call, has_music=False), (to_switch.stop_music(call), to_switch.join(call, agent.leg_id)))


def probe_agent(call: Call, envelope: Envelope) -> Step:
    """The agent's phone answers the switch no more: if no media comes either, its leg is ended and counts as lost."""
    return Step(call, (to_switch.hang_up_if_silent(call, _agent_leg(call)),))


def _agent_leg(call: Call) -> Leg:
    if call.agent is None:
        raise AssertionError(f"call {call.call_id} has no agent's leg")
    return call.agent


def _music(step: Step) -> Step:
    call = step.call
    if call.has_music or not call.caller.is_live:
        return step
    return step.then(commands=(to_switch.play_music(call),), has_music=True)
