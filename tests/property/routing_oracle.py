"""The floor once more, without any index: every decision is searched anew among all agents and all calls."""

from dataclasses import dataclass

from msgspec.structs import replace

from routing.directory import Directory
from routing.eligibility import ineligible
from routing.queueing import WaitingCall, rank_of
from routing.share import costs_of
from telephony.identifiers import AgentId, CallId, Instant, ProjectId


@dataclass(frozen=True, slots=True)
class Claim:
    call_id: CallId
    agent_id: AgentId
    pass_before: float
    pass_after: float


class Oracle:
    """Slow and plain: the rule as it is written down."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.passes: dict[AgentId, float] = {}
        self.available: dict[AgentId, Instant] = {}
        self.waiting: dict[CallId, WaitingCall] = {}
        self.marks: dict[ProjectId, float] = {}
        self.back_from_call: dict[AgentId, bool] = {}

    def may(self, agent_id: AgentId, project_id: ProjectId) -> bool:
        return ineligible(self.directory.agents.get(agent_id), self.directory.projects.get(project_id)) is None

    def projects_of(self, agent_id: AgentId) -> list[ProjectId]:
        return [p for p in self.directory.projects if self.may(agent_id, p)]

    def remember(self) -> None:
        """The smallest pass of each project's available agents, kept for when there are none."""
        for project_id in self.directory.projects:
            standing = [self.passes[a] for a in self.available if self.may(a, project_id)]
            if standing:
                self.marks[project_id] = max(self.marks.get(project_id, 0.0), min(standing))

    def agent_available(self, agent_id: AgentId, since: Instant) -> None:
        if agent_id in self.available:
            return
        credit = {p: self.credit(p) if agent_id in self.back_from_call else 0.0 for p in self.projects_of(agent_id)}
        smallest = max((self.marks.get(p, 0.0) - credit[p] for p in credit), default=0.0)
        self.passes[agent_id] = max(self.passes.get(agent_id, 0.0), smallest)
        self.available[agent_id] = since
        self.remember()

    def agent_unavailable(self, agent_id: AgentId) -> None:
        if self.available.pop(agent_id, None) is not None:
            self.back_from_call.pop(agent_id, None)
        self.remember()

    def agent_away(self, agent_id: AgentId) -> None:
        self.agent_unavailable(agent_id)
        self.back_from_call.pop(agent_id, None)

    def call_waiting(self, call: WaitingCall) -> None:
        self.call_gone(call.call_id)
        self.waiting[call.call_id] = call

    def call_gone(self, call_id: CallId) -> None:
        self.waiting.pop(call_id, None)

    def use(self, directory: Directory) -> None:
        before = {a: self.projects_of(a) for a in self.available}
        self.directory = directory
        lifted = {
            a: max((self.marks.get(p, 0.0) for p in self.projects_of(a) if p not in before[a]), default=0.0)
            for a in self.available
        }
        for agent_id, smallest in lifted.items():
            self.passes[agent_id] = max(self.passes[agent_id], smallest)
        self.remember()

    def credit(self, project_id: ProjectId) -> float:
        return 4 * max(costs_of(self.directory.projects[project_id].weights or self.directory.default_weights, owner="test"))

    def cost(self, agent_id: AgentId, project_id: ProjectId) -> float:
        project = self.directory.projects[project_id]
        weights = project.weights or self.directory.default_weights
        return costs_of(weights, owner="test")[self.directory.agents[agent_id].level_for(project_id) - 1]

    def match(self, now: Instant) -> list[Claim]:
        claims: list[Claim] = []
        while True:
            takers = {c: [a for a in self.available if self.may(a, call.project_id)] for c, call in self.waiting.items()}
            matchable = [self.waiting[c] for c, agents in takers.items() if agents]
            if not matchable:
                return claims
            call = min(matchable, key=lambda c: rank_of(c, now))
            agent_id = min(takers[call.call_id], key=lambda a: (self.passes[a], self.available[a], a))
            before = self.passes[agent_id]
            del self.waiting[call.call_id], self.available[agent_id]
            self.remember()
            self.passes[agent_id] = before + self.cost(agent_id, call.project_id)
            self.back_from_call[agent_id] = True
            claims.append(Claim(call.call_id, agent_id, before, self.passes[agent_id]))


def offered_again(call: WaitingCall, *, goes_first: bool = False) -> WaitingCall:
    """The call after an offer that came to nothing, with its waiting time kept."""
    return replace(call, offers=call.offers + 1, goes_first=goes_first)
