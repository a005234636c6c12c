"""What a fact changes in the legs themselves, before the call's rule acts on it."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from telephony.call.facts import CallFact
from telephony.call.model import Call, LegState
from telephony.events import Event, LegJoined, LegLeft

_GONE = {"state": LegState.GONE, "bridge_id": None}

_CALLER_CHANGES: Mapping[CallFact, Mapping[str, Any]] = {
    CallFact.CALLER_ANSWERED: {"is_answered": True, "state": LegState.UP},
    CallFact.CALLER_HUNG_UP: _GONE,
}

_AGENT_CHANGES: Mapping[CallFact, Mapping[str, Any]] = {
    CallFact.AGENT_ANSWERED: {"is_answered": True, "state": LegState.UP},
    CallFact.OFFER_FAILED: _GONE,
    CallFact.AGENT_HUNG_UP: _GONE,
    CallFact.AGENT_LEG_LOST: _GONE,
    CallFact.AGENT_LEFT_OUTSIDER: _GONE,
    CallFact.AGENT_LOST_OUTSIDER: _GONE,
    CallFact.CANCELLED_LEG_GONE: _GONE,
}

_COLLEAGUE_CHANGES: Mapping[CallFact, Mapping[str, Any]] = {
    CallFact.COLLEAGUE_RINGING: {"is_ringing": True, "state": LegState.RINGING},
    CallFact.COLLEAGUE_ANSWERED: {"is_answered": True, "state": LegState.UP},
    CallFact.COLLEAGUE_FAILED: _GONE,
    CallFact.COLLEAGUE_LEFT_CALL: _GONE,
}

_DESK_SAID = (
    *(CallFact.TRANSFER_PERMITTED, CallFact.CONSULT_PERMITTED, CallFact.OVERFLOW_PERMITTED),
    *(CallFact.CALLEE_PERMITTED, CallFact.DIAL_REFUSED),
)

_PLACES = (
    CallFact.CALLER_JOINED,
    CallFact.CALLER_LEFT,
    CallFact.AGENT_JOINED,
    CallFact.AGENT_LEFT,
    CallFact.COLLEAGUE_JOINED,
    CallFact.COLLEAGUE_LEFT,
)


def observe(call: Call, fact: CallFact, event: Event) -> Call:
    """The call with its legs as the fact says they are. A leg whose end we asked for stays `ENDING` until it is gone."""
    if fact in _PLACES:
        return _placed(call, event)
    if fact in _DESK_SAID:
        return replace(call, dial=None)
    if fact is CallFact.CALLEE_OVERDUE:
        return replace(call, callee_overdue_at=None)
    if fact is CallFact.DEPARTED_GONE:
        return _departed(call, event)
    change = _CALLER_CHANGES.get(fact)
    if change is not None:
        is_ending = call.caller.state is LegState.ENDING and fact is CallFact.CALLER_ANSWERED
        return call if is_ending else replace(call, caller=replace(call.caller, **change))
    return _with_agents(call, fact)


def _with_agents(call: Call, fact: CallFact) -> Call:
    agent, colleague = call.agent, call.colleague
    change = _COLLEAGUE_CHANGES.get(fact)
    if change is not None and colleague is not None:
        return replace(call, colleague=replace(colleague, leg=replace(colleague.leg, **change)))
    if agent is None:
        return call
    if fact is CallFact.AGENT_RINGING:
        ringing = LegState.ENDING if agent.state is LegState.ENDING else LegState.RINGING
        return replace(call, agent=replace(agent, state=ringing, is_ringing=True))
    change = _AGENT_CHANGES.get(fact)
    return call if change is None else replace(call, agent=replace(agent, **change))


def _placed(call: Call, event: Event) -> Call:
    """The leg is in that bridge, or in it no more; of two bridges the word about the other one says nothing."""
    if not isinstance(event, LegJoined | LegLeft):
        return call
    leg = call.leg(event.leg_id)
    if leg is None or (isinstance(event, LegLeft) and leg.bridge_id != event.bridge_id):
        return call
    is_in_call = isinstance(event, LegJoined) and event.bridge_id != leg.home
    moved = replace(leg, bridge_id=event.bridge_id if is_in_call else None)
    if leg is call.caller:
        return replace(call, caller=moved)
    if leg is call.agent:
        return replace(call, agent=moved)
    if call.colleague is None:
        return call
    has_met = call.colleague.has_met_caller or moved.bridge_id in (call.bridge_id, call.conference_bridge_id)
    return replace(call, colleague=replace(call.colleague, leg=moved, has_met_caller=has_met))


def _departed(call: Call, event: Event) -> Call:
    leg_id = getattr(event, "leg_id", None)
    departing = tuple(
        replace(party, leg=replace(party.leg, state=LegState.GONE, bridge_id=None)) if party.leg.leg_id == leg_id else party
        for party in call.departing
    )
    return replace(call, departing=departing)
