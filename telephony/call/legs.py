"""What a fact changes in the legs themselves, before the call's rule acts on it."""

from msgspec.structs import replace

from telephony.call.classify import CallFact
from telephony.call.model import Call, LegState

_CALLER_CHANGES = {
    CallFact.CALLER_ANSWERED: {"is_answered": True, "state": LegState.UP},
    CallFact.CALLER_HUNG_UP: {"state": LegState.GONE, "is_in_bridge": False},
    CallFact.CALLER_JOINED: {"is_in_bridge": True},
    CallFact.CALLER_LEFT: {"is_in_bridge": False},
}

_AGENT_CHANGES = {
    CallFact.AGENT_JOINED: {"is_in_bridge": True},
    CallFact.AGENT_LEFT: {"is_in_bridge": False},
    CallFact.OFFER_FAILED: {"state": LegState.GONE, "is_in_bridge": False},
    CallFact.AGENT_HUNG_UP: {"state": LegState.GONE, "is_in_bridge": False},
    CallFact.AGENT_LEG_LOST: {"state": LegState.GONE, "is_in_bridge": False},
    CallFact.CANCELLED_LEG_GONE: {"state": LegState.GONE, "is_in_bridge": False},
}


def observe(call: Call, fact: CallFact) -> Call:
    """The call with its legs as the fact says they are. A leg whose end we asked for stays `ENDING` until it is gone."""
    caller_change = _CALLER_CHANGES.get(fact)
    if caller_change is not None:
        if call.caller.state is LegState.ENDING and fact is CallFact.CALLER_ANSWERED:
            return call
        return replace(call, caller=replace(call.caller, **caller_change))  # type: ignore[arg-type]
    if call.agent is None:
        return call
    if fact is CallFact.AGENT_RINGING:
        ringing = LegState.ENDING if call.agent.state is LegState.ENDING else LegState.RINGING
        return replace(call, agent=replace(call.agent, state=ringing, is_ringing=True))
    if fact is CallFact.AGENT_ANSWERED:
        return replace(call, agent=replace(call.agent, state=LegState.UP, is_answered=True))
    agent_change = _AGENT_CHANGES.get(fact)
    return call if agent_change is None else replace(call, agent=replace(call.agent, **agent_change))  # type: ignore[arg-type]
