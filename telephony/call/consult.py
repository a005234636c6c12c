"""A colleague beside the agent: asked while the caller hears music, given the caller, or heard by all three.

The caller's leg is in a bridge of ours all the while. Two parties speak in a bridge for two, three in one that mixes from its
beginning: a third who joins a talking pair can be left without sound (seen on Asterisk 22.10.1), so nobody ever does.
"""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.actions import RING_GRACE_MS, miss_in
from telephony.call.agent_loss import keep_caller_and_ring_again
from telephony.call.departing import agent_departs, colleague_departs
from telephony.call.endings import reason_asked
from telephony.call.model import Bond, Call, CallState, Leg, LegRole, LegState, Party, require_terms
from telephony.call.step import Step, end_agent, end_caller
from telephony.causes import ReleaseReason
from telephony.commands import Command
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentReserved,
    CallTimerFired,
    EndpointChanged,
    Envelope,
    HangUpRequested,
)
from telephony.identifiers import after_ms, leg_id
from telephony.transfers import ConsultAnswered

# -- asking a colleague ------------------------------------------------------------------------------------------------


def ring_colleague(call: Call, envelope: Envelope) -> Step:
    """The colleague's phone rings, the agent hears that it does, and the caller hears music."""
    event = cast(AgentReserved, envelope.event)
    agent, number = _agent_leg(call), call.agent_legs + 1
    leg = Leg(leg_id=leg_id(call.call_id, "agent", number), role=LegRole.AGENT, state=LegState.DIALLING)
    call = replace(
        call,
        colleague=Party(leg=leg, bond=Bond(agent_id=event.agent_id, endpoint_id=event.endpoint_id)),
        agent_legs=number,
        offers=call.offers + 1,
        consults=call.consults + 1,
        colleague_overdue_at=after_ms(envelope.received_at, require_terms(call).ring_timeout_ms + RING_GRACE_MS),
    )
    commands = (
        to_switch.ring_phone(call, leg, event.endpoint_id),
        to_switch.create_bridge(call, call.consult_bridge_id),
        to_switch.join(call, agent.leg_id, bridge_id=call.consult_bridge_id),
        to_switch.let_hear_ringing(call, agent),
    )
    return caller_hears_music(Step(call, commands))


def note_ringing(call: Call, envelope: Envelope) -> Step:
    """The colleague's machine learns that the phone rings."""
    leg, agent_id = _colleague(call).leg, _colleague(call).agent_id
    if agent_id is None:
        return Step(call)
    return Step(call, events=(AgentAlerted(call_id=call.call_id, agent_id=agent_id, leg_id=leg.leg_id),))


def speak_to_colleague(call: Call, envelope: Envelope) -> Step:
    """Agent and colleague hear each other, the caller goes on hearing music."""
    party, agent = _colleague(call), _agent_leg(call)
    commands = (
        to_switch.stop_ringing(call, agent),
        to_switch.join(call, party.leg.leg_id, bridge_id=call.consult_bridge_id),
    )
    call = until_over(call, envelope)
    if party.agent_id is None:
        return Step(call, commands)
    answered = ConsultAnswered(call_id=call.call_id, agent_id=party.agent_id, leg_id=party.leg.leg_id)
    return Step(call, commands, (answered,))


def until_over(call: Call, envelope: Envelope) -> Call:
    """The colleague has answered and may stay; somebody outside as long as the permit for the call to them says."""
    longest_ms = _colleague(call).longest_ms
    return replace(call, colleague_overdue_at=None if longest_ms is None else after_ms(envelope.received_at, longest_ms))


# -- back and forth ----------------------------------------------------------------------------------------------------


def back_to_caller(call: Call, envelope: Envelope) -> Step:
    """The colleague is let go, or is gone; agent and caller hear each other again."""
    agent = _agent_leg(call)
    is_ringing = not _colleague(call).leg.is_answered
    parted = colleague_departs(call, _release_of_colleague(call, envelope))
    ringing: tuple[Command, ...] = (to_switch.stop_ringing(call, agent),) if is_ringing else ()
    commands = (
        *ringing,
        *_no_music(call),
        to_switch.join(call, agent.leg_id),
        to_switch.destroy_bridge(call, call.consult_bridge_id),
    )
    return Step(replace(parted.call, has_music=False), parted.commands + commands)


def swap_to_caller(call: Call, envelope: Envelope) -> Step:
    """The agent speaks with the caller, the colleague waits with music."""
    agent, colleague = _agent_leg(call), _colleague(call).leg
    commands = (*_no_music(call), to_switch.join(call, agent.leg_id), to_switch.play_music_to(call, colleague))
    return Step(replace(call, has_music=False), commands)


def swap_to_colleague(call: Call, envelope: Envelope) -> Step:
    """The agent speaks with the colleague, the caller waits with music."""
    agent, colleague = _agent_leg(call), _colleague(call).leg
    commands = (to_switch.stop_music_of(call, colleague), to_switch.join(call, agent.leg_id, bridge_id=call.consult_bridge_id))
    return caller_hears_music(Step(call, commands))


# -- the colleague gets the caller -------------------------------------------------------------------------------------


def hand_over(call: Call, envelope: Envelope) -> Step:
    """Caller and colleague hear each other; the agent is free of the call. The agent's goodbye means the same."""
    joined = join_caller_to_colleague(call)
    parted = agent_departs(joined.call, ReleaseReason.TALKED)
    taken = _taken_by_colleague(parted.call)
    bridge = to_switch.destroy_bridge(call, call.consult_bridge_id)
    return Step(taken.call, (*joined.commands, *parted.commands, bridge), taken.events)


def join_caller_to_colleague(call: Call) -> Step:
    """The colleague is with the caller in the call's bridge, where the agent is no more."""
    leg, agent = _colleague(call).leg, _agent_leg(call)
    is_swapped = call.state is CallState.SWAPPED
    swapped: tuple[Command, ...] = (to_switch.stop_music_of(call, leg),) if is_swapped else ()
    # Out first: nobody joins a talking pair.
    out: tuple[Command, ...] = (to_switch.leave(call, agent),) if is_swapped and agent.is_live else ()
    commands = (*out, *swapped, *_no_music(call), to_switch.join(call, leg.leg_id))
    return Step(replace(call, has_music=False), commands)


def hand_over_ringing(call: Call, envelope: Envelope) -> Step:
    """The agent does not wait for the answer: the phone goes on ringing for the caller; unanswered, the caller goes back."""
    party = _colleague(call)
    parted = agent_departs(call, ReleaseReason.TALKED)
    by = None if call.bond is None else call.bond.agent_id
    call = replace(
        parted.call,
        agent=party.leg,
        bond=party.bond,
        colleague=None,
        ring_overdue_at=call.colleague_overdue_at,
        colleague_overdue_at=None,
        goes_first=True,
        given_back_at=envelope.received_at,
        prefers=by,
    )
    mark = to_switch.mark_waiting(call, is_waiting=True)
    return Step(call, (*parted.commands, to_switch.destroy_bridge(call, call.consult_bridge_id), mark))


def confer(call: Call, envelope: Envelope) -> Step:
    """All three hear each other, in a bridge that mixes from its beginning."""
    party, agent, there = _colleague(call), _agent_leg(call), call.conference_bridge_id
    is_swapped = call.state is CallState.SWAPPED
    music: tuple[Command, ...] = (to_switch.stop_music_of(call, party.leg),) if is_swapped else _no_music(call)
    commands = (
        to_switch.create_bridge(call, there, mixes=True),
        *music,
        *(to_switch.join(call, leg, bridge_id=there) for leg in (call.caller.leg_id, agent.leg_id, party.leg.leg_id)),
        to_switch.destroy_bridge(call, call.consult_bridge_id),
    )
    call = replace(call, has_music=False)
    if party.bond is None:
        return Step(call, commands)
    event = AgentConnected(call_id=call.call_id, agent_id=party.bond.agent_id, leg_id=party.leg.leg_id)
    colleague = replace(party, bond=replace(party.bond, has_talked=True))
    return Step(replace(call, colleague=colleague), commands, (event,))


def colleague_leaves_conference(call: Call, envelope: Envelope) -> Step:
    """The colleague is out, agent and caller go on."""
    parted = colleague_departs(call, ReleaseReason.TALKED)
    return Step(parted.call, parted.commands + two_left(call, _agent_leg(call)))


def agent_leaves_conference(call: Call, envelope: Envelope) -> Step:
    """The agent is out; colleague and caller go on, and the call is the colleague's."""
    return _colleague_stays(call, ReleaseReason.TALKED)


def agent_lost_in_conference(call: Call, envelope: Envelope) -> Step:
    """The same where the agent's line died: nobody has to be rung again for the caller."""
    return _colleague_stays(call, ReleaseReason.LOST)


# -- lines that die, and ends ------------------------------------------------------------------------------------------


def recover_agent(call: Call, envelope: Envelope) -> Step:
    """The agent's line died before the caller was handed over: the colleague is let go, the agent rung again."""
    parted = colleague_departs(call, _release_of_colleague(call, envelope))
    lost = keep_caller_and_ring_again(parted.call, envelope)
    bridge = to_switch.destroy_bridge(call, call.consult_bridge_id)
    return Step(lost.call, (*parted.commands, *lost.commands, bridge), lost.events)


def caller_left_ringing(call: Call, envelope: Envelope) -> Step:
    """The caller is gone before the colleague answered: there is nothing left to ask."""
    call = replace(call, end_reason=call.end_reason or call.goodbye)
    parted = colleague_departs(call, ReleaseReason.ABANDONED)
    ended = end_agent(parted.call, ReleaseReason.TALKED)
    return Step(ended.call, (*parted.commands, *ended.commands, to_switch.destroy_bridge(call, call.consult_bridge_id)))


def caller_left_colleagues(call: Call, envelope: Envelope) -> Step:
    """The caller is gone; agent and colleague go on, until one of them hangs up."""
    swapped: tuple[Command, ...] = ()
    if call.state is CallState.SWAPPED:  # else they hear each other already
        colleague = _colleague(call).leg
        there = to_switch.join(call, _agent_leg(call).leg_id, bridge_id=call.consult_bridge_id)
        swapped = (to_switch.stop_music_of(call, colleague), there)
    return Step(replace(call, end_reason=call.end_reason or call.goodbye, has_music=False), swapped)


def end_all(call: Call, envelope: Envelope) -> Step:
    """Everybody's leg is asked to end."""
    event = envelope.event
    if isinstance(event, HangUpRequested):
        call = replace(call, end_reason=call.end_reason or reason_asked(event))
    parted = colleague_departs(call, ReleaseReason.TALKED)
    without_agent = end_agent(parted.call, ReleaseReason.TALKED)
    without_caller = end_caller(without_agent.call)
    bridges = tuple(to_switch.destroy_bridge(call, bridge) for bridge in (call.consult_bridge_id, call.conference_bridge_id))
    return Step(without_caller.call, (*parted.commands, *without_agent.commands, *without_caller.commands, *bridges))


def probe_colleague(call: Call, envelope: Envelope) -> Step:
    """The colleague's phone answers the switch no more: if no media comes either, its leg is ended."""
    return Step(call, (to_switch.hang_up_if_silent(call, _colleague(call).leg),))


# -- parts -------------------------------------------------------------------------------------------------------------


def _taken_by_colleague(call: Call) -> Step:
    party = _colleague(call)
    if party.bond is None:
        raise AssertionError(f"call {call.call_id} is given to somebody outside as if to a colleague")
    event = AgentConnected(call_id=call.call_id, agent_id=party.bond.agent_id, leg_id=party.leg.leg_id)
    bond = replace(party.bond, has_talked=True)
    return Step(replace(call, agent=party.leg, bond=bond, colleague=None, colleague_overdue_at=None), events=(event,))


def _colleague_stays(call: Call, release: ReleaseReason) -> Step:
    leg = _colleague(call).leg
    parted = agent_departs(call, release)
    taken = _taken_by_colleague(parted.call)
    # Who goes is out first; who stays is told to the switch one by one, so that one lost leg takes no other with it.
    return Step(taken.call, parted.commands + two_left(call, leg), ())


def two_left(call: Call, leg: Leg) -> tuple[Command, ...]:
    """Two are left: they go back to the call's own bridge, where a phone's hold plays music and nothing is mixed."""
    return (
        to_switch.join(call, call.caller.leg_id),
        to_switch.join(call, leg.leg_id),
        to_switch.destroy_bridge(call, call.conference_bridge_id),
    )


def _release_of_colleague(call: Call, envelope: Envelope) -> ReleaseReason:
    """What the unanswered colleague is told: a miss of their own, or nothing, where we let them go."""
    event, leg = envelope.event, _colleague(call).leg
    if leg.is_answered:
        return ReleaseReason.TALKED
    if isinstance(event, CallTimerFired):
        return ReleaseReason.NO_ANSWER
    is_theirs = isinstance(event, EndpointChanged) or getattr(event, "leg_id", None) == leg.leg_id
    return miss_in(event) if is_theirs else ReleaseReason.ABANDONED


def _no_music(call: Call) -> tuple[Command, ...]:
    return (to_switch.stop_music(call),) if call.has_music else ()


def caller_hears_music(step: Step) -> Step:
    call = step.call
    if call.has_music or not call.caller.is_live:
        return step
    return step.then(commands=(to_switch.play_music(call),), has_music=True)


def _agent_leg(call: Call) -> Leg:
    if call.agent is None:
        raise AssertionError(f"call {call.call_id} has no agent's leg")
    return call.agent


def _colleague(call: Call) -> Party:
    if call.colleague is None:
        raise AssertionError(f"call {call.call_id} has no colleague")
    return call.colleague
