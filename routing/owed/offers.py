"""What calls an agent was offered, and what share the weights would have given them: a fold over all decisions. Pure.

The share expected of a decision is the agent's weight over the weights of all who were on duty then, not paused, and certified
for the project. Memory grows with the agents, not with the calls.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.directory import Directory
from telephony.agent.machine import step
from telephony.agent.model import Agent, AgentRules, AgentState
from telephony.decisions import DecisionTaken
from telephony.errors import Refusal, UnexpectedEvent
from telephony.events import AgentReleased, Envelope
from telephony.identifiers import AgentId, Instant, ProjectId

_OFF = (AgentState.LOGGED_OUT, AgentState.PAUSED)


class NotOffered:
    """Why a call of the agent's projects went to somebody else, beside the refusals' own codes."""

    OTHERS_AHEAD = "others_ahead"
    NOT_FREE = "not_free"
    RESTING = "resting"
    ABSENT = "absent"


@dataclass(slots=True)
class ProjectShare:
    """One project, while the agent was on duty and not paused."""

    decisions: int = 0
    expected: float = 0.0
    got: int = 0


@dataclass(slots=True)
class Offers:
    """Everything about the offers of one agent within [from_at, to_at)."""

    agent_id: AgentId
    from_at: Instant
    to_at: Instant
    directory: Directory
    rules: AgentRules
    by_project: dict[ProjectId, ProjectShare] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    """How offers ended, by reason."""
    not_offered: Counter[str] = field(default_factory=Counter)
    rule_versions: Counter[str] = field(default_factory=Counter)
    revisions: list[int] = field(default_factory=list)
    """The first and the last directory revision that decisions were made by."""
    is_absent: bool = False
    _agents: dict[AgentId, Agent] = field(default_factory=dict)
    _weights: dict[ProjectId, float] = field(default_factory=dict)

    def hear(self, envelope: Envelope) -> None:
        """One event, of any agent."""
        event = envelope.event
        if isinstance(event, DecisionTaken):
            if self.from_at <= envelope.received_at < self.to_at:
                self._decision(event)
            return
        if envelope.agent_id is None:
            return
        is_own_end = isinstance(event, AgentReleased) and event.agent_id == self.agent_id
        if isinstance(event, AgentReleased) and is_own_end and self.from_at <= envelope.received_at < self.to_at:
            self.outcomes["talked" if event.has_talked else event.reason.value] += 1
        self._step(envelope.agent_id, envelope)

    def _decision(self, decision: DecisionTaken) -> None:
        self.rule_versions[decision.rule_version] += 1
        self.revisions = [self.revisions[0] if self.revisions else decision.directory_revision, decision.directory_revision]
        profile = self.directory.agents.get(self.agent_id)
        is_chosen = decision.agent_id == self.agent_id
        mine = self._agents.get(self.agent_id)
        if profile is None or (decision.project_id not in profile.certificates and not is_chosen):
            return
        if not is_chosen and (mine is None or mine.state in _OFF):
            return
        share = self.by_project.setdefault(decision.project_id, ProjectShare())
        share.decisions += 1
        own, all_weights = self._weight(self.agent_id, decision.project_id), self._weights.get(decision.project_id, 0.0)
        share.expected += own / all_weights if all_weights >= own > 0 else 1.0
        if is_chosen:
            share.got += 1
        elif mine is not None:
            self.not_offered[self._why(decision, mine)] += 1

    def _why(self, decision: DecisionTaken, mine: Agent) -> str:
        refusal = next((each.refusal for each in decision.refused if each.agent_id == self.agent_id), None)
        if refusal is not None:
            return refusal
        if mine.state is not AgentState.AVAILABLE:
            return NotOffered.NOT_FREE
        if self.is_absent:
            return NotOffered.ABSENT
        return NotOffered.RESTING if mine.rest_until is not None else NotOffered.OTHERS_AHEAD

    def _step(self, agent_id: AgentId, envelope: Envelope) -> None:
        before = self._agents.get(agent_id) or Agent(agent_id=agent_id)
        try:
            after = step(before, envelope, self.rules)
        except UnexpectedEvent:
            return
        if isinstance(after, Refusal):
            return
        was, is_there = before.state not in _OFF, after.state not in _OFF
        if after.state is AgentState.LOGGED_OUT:
            self._agents.pop(agent_id, None)
        else:
            self._agents[agent_id] = after
        if was is not is_there:
            profile = self.directory.agents.get(agent_id)
            for project_id in profile.certificates if profile is not None else ():
                change = self._weight(agent_id, project_id) * (1 if is_there else -1)
                self._weights[project_id] = self._weights.get(project_id, 0.0) + change

    def _weight(self, agent_id: AgentId, project_id: ProjectId) -> float:
        profile, project = self.directory.agents.get(agent_id), self.directory.projects.get(project_id)
        if profile is None:
            return 0.0
        weights = self.directory.default_weights if project is None or project.weights is None else project.weights
        return weights[profile.level_for(project_id) - 1]


def totals(by_project: Mapping[ProjectId, ProjectShare]) -> ProjectShare:
    """All projects together."""
    return ProjectShare(
        decisions=sum(each.decisions for each in by_project.values()),
        expected=sum(each.expected for each in by_project.values()),
        got=sum(each.got for each in by_project.values()),
    )
