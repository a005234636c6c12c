"""An agent's state, written down whenever a call is over: a start reads from there, not from the morning's log-in."""

from telephony.agent.model import Agent, AgentState
from telephony.events import Event
from telephony.identifiers import AgentId, EndpointId, Instant


class AgentNoted(Event, frozen=True, kw_only=True):
    """The agent has no call any more, and this is all there is to know of them."""

    agent_id: AgentId
    state: AgentState
    since: Instant
    endpoint_id: EndpointId | None
    idle_since: Instant
    pause_reason: str | None = None
    misses: int = 0
    rest_until: Instant | None = None
    shift_until: Instant | None = None
    forced_until: Instant | None = None


FREE = (AgentState.AVAILABLE, AgentState.PAUSED)


def note_of(before: Agent, after: Agent) -> AgentNoted | None:
    """What is written down of this change: the agent's state once the call, and the wrap-up, are over; else nothing."""
    if before.call_id is None or after.call_id is not None or after.state not in FREE:
        return None
    return AgentNoted(
        agent_id=after.agent_id,
        state=after.state,
        since=after.since,
        endpoint_id=after.endpoint_id,
        idle_since=after.idle_since,
        pause_reason=after.pause_reason,
        misses=after.misses,
        rest_until=after.rest_until,
        shift_until=after.shift_until,
        forced_until=after.forced_until,
    )


def agent_of(note: AgentNoted) -> Agent:
    """The agent as noted."""
    return Agent(
        agent_id=note.agent_id,
        state=note.state,
        since=note.since,
        endpoint_id=note.endpoint_id,
        idle_since=note.idle_since,
        pause_reason=note.pause_reason,
        misses=note.misses,
        rest_until=note.rest_until,
        shift_until=note.shift_until,
        forced_until=note.forced_until,
    )
