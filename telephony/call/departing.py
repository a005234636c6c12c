"""Those whose part in a call is over: the leg is asked to end at once, an agent is released when it is gone."""

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.model import Bond, Call, Leg, LegState, Party
from telephony.call.step import Step
from telephony.causes import HangupCause, ReleaseReason
from telephony.events import AgentReleased


def agent_departs(call: Call, release: ReleaseReason) -> Step:
    """The agent who had the caller departs; the call has no agent."""
    if call.agent is None or call.bond is None:
        raise AssertionError(f"call {call.call_id} has no agent who could depart")
    party = Party(leg=call.agent, bond=replace(call.bond, release=call.bond.release or release))
    return _depart(replace(call, agent=None, bond=None, ring_overdue_at=None, recovery_over_at=None), party)


def colleague_departs(call: Call, release: ReleaseReason) -> Step:
    """The colleague, or who is outside, departs, if there is one; a phone that rang for it lists no missed call."""
    party = call.colleague
    if party is None:
        return Step(call)
    if party.bond is not None:
        party = replace(party, bond=replace(party.bond, release=release))
    return _depart(replace(call, colleague=None, colleague_overdue_at=None), party)


def ask_departing_again(call: Call) -> Step:
    """Legs whose end nobody has reported are asked to end once more: the answer says whether they exist."""
    commands = tuple(to_switch.hang_up(call, party.leg, HangupCause.NORMAL) for party in call.departing if party.leg.is_live)
    return Step(replace(call, end_overdue_at=None), commands)


def release_departed(step: Step) -> Step:
    """Whose leg is gone is released."""
    call = step.call
    gone = [party for party in call.departing if not party.leg.is_live]
    if not gone:
        return step
    events = tuple(_released(call, party.leg, party.bond) for party in gone if party.bond is not None)
    left = tuple(party for party in call.departing if party.leg.is_live)
    return step.then(events=events, departing=left, end_overdue_at=call.end_overdue_at if left else None)


def _depart(call: Call, party: Party) -> Step:
    leg = party.leg
    if leg.state is LegState.GONE:
        return Step(replace(call, departing=(*call.departing, party)))
    cause = HangupCause.NORMAL if leg.is_answered else HangupCause.ANSWERED_ELSEWHERE
    ending: Leg = replace(leg, state=LegState.ENDING)
    commands = () if leg.state is LegState.ENDING else to_switch.let_go(call, leg, cause)
    return Step(replace(call, departing=(*call.departing, replace(party, leg=ending))), commands)


def _released(call: Call, leg: Leg, bond: Bond) -> AgentReleased:
    return AgentReleased(
        call_id=call.call_id,
        agent_id=bond.agent_id,
        reason=bond.release or ReleaseReason.TALKED,
        has_talked=bond.has_talked,
        leg_id=leg.leg_id,
    )
