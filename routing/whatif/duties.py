"""When the time of each agent counts as offered to the callers of a stretch. Pure."""

from routing.whatif.demand import Demand
from routing.whatif.followed import FollowedAgent
from telephony.agent.machine import step
from telephony.agent.model import Agent, AgentRules, AgentState
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import AgentReserved, Envelope
from telephony.identifiers import AgentId, EndpointId, Instant

_OFF = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})


class Duties:
    """Every agent the journal tells of, as it has them now; spells that are over are in the demand."""

    def __init__(self, demand: Demand, rules: AgentRules) -> None:
        self._demand = demand
        self._rules = rules
        self._agents: dict[AgentId, FollowedAgent] = {}
        self._unreachable: dict[EndpointId, bool] = {}
        self._absent: dict[AgentId, bool] = {}

    def take(self, agent_id: AgentId, envelope: Envelope) -> FollowedAgent:
        """The agent as after the event."""
        duty = self._agents.get(agent_id)
        if duty is None:
            duty = self._agents[agent_id] = FollowedAgent(Agent(agent_id=agent_id))
        duty.agent = self._stepped(duty.agent, envelope)
        return duty

    def judged(self, agent_id: AgentId, at: Instant, *, is_absent: bool) -> None:
        """Whether the service holds the agent for absent."""
        self._absent[agent_id] = is_absent
        if agent_id in self._agents:
            self.count(agent_id, self._agents[agent_id], at)

    def reached(self, endpoint_id: EndpointId, at: Instant, *, is_reachable: bool) -> None:
        """Whether the phone is there."""
        self._unreachable[endpoint_id] = not is_reachable
        for agent_id, duty in self._agents.items():
            if duty.agent.endpoint_id == endpoint_id:
                self.count(agent_id, duty, at)

    def count(self, agent_id: AgentId, duty: FollowedAgent, at: Instant) -> None:
        """The agent's time counts from here on, or does not."""
        agent = duty.agent
        if duty.bound_to is not None and agent.call_id is None and agent.state is not AgentState.WRAP_UP:
            duty.bound_to = None
        is_unreachable = agent.endpoint_id is not None and self._unreachable.get(agent.endpoint_id, False)
        is_reachable = not is_unreachable and not self._absent.get(agent_id, False)
        counts = agent.state not in _OFF and duty.bound_to is None and (is_reachable or agent.call_id is not None)
        if counts and duty.since is None:
            duty.since = at
        elif not counts:
            self._close(agent_id, duty, at)

    def finish(self, at: Instant) -> None:
        """Spells that still last end there."""
        for agent_id, duty in self._agents.items():
            self._close(agent_id, duty, at)

    def _stepped(self, agent: Agent, envelope: Envelope) -> Agent:
        """Who is asked to take a call was on duty, though their log-in may be older than what was read."""
        if isinstance(envelope.event, AgentReserved) and agent.state in _OFF:
            event = envelope.event
            agent = Agent(agent_id=event.agent_id, state=AgentState.AVAILABLE, endpoint_id=event.endpoint_id)
        try:
            after = step(agent, envelope, self._rules)
        except UnexpectedEvent:
            return agent
        return agent if isinstance(after, Refusal) else after

    def _close(self, agent_id: AgentId, duty: FollowedAgent, at: Instant) -> None:
        since, duty.since = duty.since, None
        if since is not None and at > max(since, self._demand.from_at):
            self._demand.duty.setdefault(agent_id, []).append((Instant(max(since, self._demand.from_at)), at))
