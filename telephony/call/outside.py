"""Somebody outside gets the caller, or is asked by the agent first: dialled when the desk has permitted it, never before.

The caller stays in the call's bridge and falls out in no case: whoever cannot be reached gives them back to the agent who handed
them on, if free of other calls, else to the head of the queue.
"""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.actions import RING_GRACE_MS, note_machine
from telephony.call.consult import caller_hears_music, join_caller_to_colleague, two_left, until_over
from telephony.call.departing import agent_departs, colleague_departs
from telephony.call.endings import left_machine
from telephony.call.handing_on import alone_with_music
from telephony.call.model import Call, Dial, Leg, LegRole, LegState, Party
from telephony.call.step import Step, end_caller
from telephony.causes import EndReason, ReleaseReason
from telephony.commands import Command
from telephony.dialling import DialPermitted, DialPurpose, OutsiderWanted
from telephony.events import Envelope
from telephony.identifiers import BridgeId, after_ms, leg_id
from telephony.transfers import HandOnRequest, TransferRequested


def ask_desk(call: Call, envelope: Envelope) -> Step:
    """The desk is asked whether that party may be dialled; the agent goes on talking meanwhile."""
    request, number = cast(HandOnRequest, envelope.event), call.outsiders + 1
    if request.to_party_id is None:
        raise AssertionError(f"call {call.call_id}: nobody outside is named")
    dial = Dial(
        leg_id=leg_id(call.call_id, LegRole.OUTSIDER, number),
        party_id=request.to_party_id,
        purpose=DialPurpose.TRANSFER if isinstance(request, TransferRequested) else DialPurpose.CONSULT,
        agent_id=None if call.bond is None else call.bond.agent_id,
    )
    return Step(replace(call, dial=dial, outsiders=number), (to_switch.ask_permission(call, dial),))


def ask_desk_for_waiting(call: Call, envelope: Envelope) -> Step:
    """The desk is asked for a caller who waits, and waits on meanwhile: an agent who comes free gets them."""
    event, number = cast(OutsiderWanted, envelope.event), call.outsiders + 1
    dial = Dial(
        leg_id=leg_id(call.call_id, LegRole.OUTSIDER, number),
        party_id=event.party_id,
        purpose=DialPurpose.OVERFLOW,
        agent_id=None,
    )
    call = replace(call, dial=dial, outsiders=number, has_overflowed_out=True)
    return Step(call, (to_switch.ask_permission(call, dial),))


def dial_for_waiting(call: Call, envelope: Envelope) -> Step:
    """The party outside is dialled; the caller goes on hearing what they heard, music or ringing, and waits for nobody else."""
    return _dial(replace(call, wait_limit_at=None), envelope)


def dial_for_caller(call: Call, envelope: Envelope) -> Step:
    """The agent is free of the call, the caller hears music, and the party outside is dialled for them."""
    by = None if call.bond is None else call.bond.agent_id
    waiting = alone_with_music(call, envelope)
    dialled = _dial(replace(waiting.call, goes_first=True, prefers=by), envelope)
    return Step(dialled.call, waiting.commands + dialled.commands, waiting.events)


def dial_for_agent(call: Call, envelope: Envelope) -> Step:
    """The party outside is dialled, the agent hears that it rings, or what its network says, and the caller hears music."""
    agent = _agent_leg(call)
    call = replace(call, consults=call.consults + 1)
    dialled = _dial(call, envelope, heard_in=call.consult_bridge_id)
    call = dialled.call
    commands = (
        *dialled.commands,
        to_switch.create_bridge(call, call.consult_bridge_id),
        to_switch.join(call, agent.leg_id, bridge_id=call.consult_bridge_id),
        to_switch.let_hear_ringing(call, agent),
    )
    return caller_hears_music(Step(call, commands))


def connect(call: Call, envelope: Envelope) -> Step:
    """Caller and party outside hear each other."""
    outsider = _outsider(call).leg
    call = until_over(call, envelope)
    legs = (outsider.leg_id,) if call.caller.is_in_bridge else (call.caller.leg_id, outsider.leg_id)
    commands: list[Command] = [*to_switch.stop_playing(call)]
    if call.has_music:
        commands.append(to_switch.stop_music(call))
    elif not call.caller.is_answered:
        commands.append(to_switch.answer_caller(call))
    if not call.has_bridge:
        commands.append(to_switch.create_bridge(call))
    commands += (to_switch.join(call, *legs), to_switch.mark_waiting(call, is_waiting=False))
    waited_us = call.waited_us or max(envelope.received_at - call.waiting_since, 0)
    return Step(replace(call, has_music=False, playing=None, has_bridge=True, waited_us=waited_us), tuple(commands))


def give_back(call: Call, envelope: Envelope) -> Step:
    """Busy, silent, wrong, or gone before they met the caller, who waits again; next in line if talked to before."""
    parted = colleague_departs(call, ReleaseReason.ABANDONED)
    if not _has_talked(call):
        return parted
    call = replace(parted.call, goes_first=True, given_back_at=envelope.received_at)
    mark = to_switch.mark_waiting(call, is_waiting=True)
    return caller_hears_music(Step(call, (*parted.commands, mark)))


# -- the agent gives who was asked the caller --------------------------------------------------------------------------


def hand_out(call: Call, envelope: Envelope) -> Step:
    """Caller and party outside hear each other; the agent is free of the call."""
    joined = join_caller_to_colleague(call)
    parted = agent_departs(joined.call, ReleaseReason.TALKED)
    bridge = to_switch.destroy_bridge(call, call.consult_bridge_id)
    return Step(parted.call, (*joined.commands, *parted.commands, bridge))


def hand_out_ringing(call: Call, envelope: Envelope) -> Step:
    """The agent does not wait for the answer: it goes on ringing outside, for the caller."""
    by = None if call.bond is None else call.bond.agent_id
    parted = agent_departs(call, ReleaseReason.TALKED)
    call = replace(parted.call, goes_first=True, given_back_at=envelope.received_at, prefers=by)
    mark = to_switch.mark_waiting(call, is_waiting=True)
    return Step(call, (*parted.commands, to_switch.destroy_bridge(call, call.consult_bridge_id), mark))


def agent_leaves_conference(call: Call, envelope: Envelope) -> Step:
    """The agent is out; caller and party outside go on."""
    return _left_to_outsider(call, ReleaseReason.TALKED)


def agent_lost_in_conference(call: Call, envelope: Envelope) -> Step:
    """The same where the agent's line died."""
    return _left_to_outsider(call, ReleaseReason.LOST)


# -- ends --------------------------------------------------------------------------------------------------------------


def caller_left(call: Call, envelope: Envelope) -> Step:
    """The caller is gone; whoever rings or talks outside is let go."""
    return _end(call, call.goodbye if _has_talked(call) else EndReason.ABANDONED)


def outsider_left(call: Call, envelope: Envelope) -> Step:
    """The party outside said goodbye; the caller's leg ends too."""
    return _end(call, EndReason.OUTSIDER_HUNG_UP)


def taken_to_machine(call: Call, envelope: Envelope) -> Step:
    """The watchdog took the caller for us while nobody of us was alive; nobody outside is to ring for them."""
    parted = colleague_departs(call, ReleaseReason.ABANDONED)
    noted = note_machine(parted.call, envelope)
    return Step(noted.call, parted.commands + noted.commands, noted.events)


def served_by_machine(call: Call, envelope: Envelope) -> Step:
    """The same, told when it was over."""
    parted = colleague_departs(call, ReleaseReason.ABANDONED)
    left = left_machine(parted.call, envelope)
    return Step(left.call, parted.commands + left.commands, left.events)


# -- parts -------------------------------------------------------------------------------------------------------------


def _dial(call: Call, envelope: Envelope, *, heard_in: BridgeId | None = None) -> Step:
    permit = cast(DialPermitted, envelope.event)
    leg = Leg(leg_id=permit.leg_id, role=LegRole.OUTSIDER, state=LegState.DIALLING)
    overdue_at = after_ms(envelope.received_at, permit.ring_limit_ms + RING_GRACE_MS)
    party = Party(leg=leg, party_id=permit.party_id, longest_ms=permit.max_duration_ms)
    call = replace(call, colleague=party, colleague_overdue_at=overdue_at)
    return Step(call, (to_switch.dial_outside(call, permit, heard_in=heard_in),))


def _left_to_outsider(call: Call, release: ReleaseReason) -> Step:
    leg = _outsider(call).leg
    parted = agent_departs(call, release)
    return Step(parted.call, parted.commands + two_left(call, leg))


def _end(call: Call, reason: EndReason) -> Step:
    call = replace(call, end_reason=call.end_reason or reason)
    parted = colleague_departs(call, ReleaseReason.ABANDONED)
    ended = end_caller(parted.call)
    return Step(ended.call, parted.commands + ended.commands)


def _has_talked(call: Call) -> bool:
    """Whether anybody has talked with the caller yet."""
    return call.waited_us > 0


def _agent_leg(call: Call) -> Leg:
    if call.agent is None:
        raise AssertionError(f"call {call.call_id} has no agent's leg")
    return call.agent


def _outsider(call: Call) -> Party:
    if call.colleague is None:
        raise AssertionError(f"call {call.call_id} has nobody outside")
    return call.colleague
