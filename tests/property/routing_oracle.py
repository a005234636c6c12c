"""The floor once more, without any index: every decision is searched anew among all agents and all calls."""

from dataclasses import dataclass

from msgspec.structs import replace

from routing.directory import Directory
from routing.eligibility import ineligible
from routing.queueing import WaitingCall
from routing.share import costs_of
from telephony.demands import SkillNeed
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
        self.lags: dict[AgentId, dict[ProjectId, float]] = {}
        self.on_duty: dict[AgentId, bool] = {}

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

    def agent_on_duty(self, agent_id: AgentId) -> None:
        self.on_duty[agent_id] = True
        self.passes.setdefault(agent_id, 0.0)

    def agent_available(self, agent_id: AgentId, since: Instant) -> None:
        self.on_duty[agent_id] = True
        if agent_id in self.available:
            return
        has_talked, lags = agent_id in self.back_from_call, self.lags.get(agent_id, {})
        behind = {p: self.credit(p) if has_talked else min(lags.get(p, 0.0), self.credit(p)) for p in self.projects_of(agent_id)}
        smallest = max((self.marks.get(p, 0.0) - behind[p] for p in behind), default=0.0)
        self.passes[agent_id] = max(self.passes.get(agent_id, 0.0), smallest)
        self.available[agent_id] = since
        self.remember()

    def agent_unavailable(self, agent_id: AgentId) -> None:
        is_gone = self.available.pop(agent_id, None) is not None
        self.remember()
        if is_gone:
            self.goes(agent_id)

    def agent_away(self, agent_id: AgentId) -> None:
        self.agent_unavailable(agent_id)
        if agent_id in self.back_from_call:
            self.goes(agent_id)
        self.on_duty.pop(agent_id, None)

    def goes(self, agent_id: AgentId) -> None:
        """How far behind the others' smallest passes; where that is greatest, or how far before it."""
        self.back_from_call.pop(agent_id, None)
        own = self.passes[agent_id]
        lags = {p: self.marks.get(p, 0.0) - own for p in sorted(self.projects_of(agent_id))}
        dearest = max(lags, key=lambda p: lags[p], default=None)
        self.lags[agent_id] = {p: lag for p, lag in lags.items() if lag > 0 or p == dearest}

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

    def meets(self, agent_id: AgentId, needs: tuple[SkillNeed, ...]) -> bool:
        agent = self.directory.agents[agent_id]
        grades = {**agent.skills, **{f"language:{language}": grade for language, grade in agent.languages.items()}}
        return all(grades.get(need.skill, 0) >= need.grade for need in needs)

    def may_have(self, agent_id: AgentId, call: WaitingCall) -> bool:
        return self.may(agent_id, call.project_id) and agent_id not in call.blocked_agents and self.meets(agent_id, call.needs)

    def waits_for(self, call: WaitingCall) -> AgentId | None:
        """The last agent, while nobody else gets the call."""
        last = call.sticky_agent_id
        return last if last is not None and last in self.on_duty and self.may_have(last, call) else None

    def takers(self, call: WaitingCall) -> list[AgentId]:
        last = self.waits_for(call)
        return [a for a in self.available if self.may_have(a, call) and (last is None or last == a)]

    def chosen(self, call: WaitingCall, takers: list[AgentId], now: Instant) -> AgentId:
        def place(agent_id: AgentId) -> tuple[float, Instant, AgentId]:
            return (self.passes[agent_id], self.available[agent_id], agent_id)

        first = min(takers, key=place)
        if call.preferred and now < call.preferred_until and self.waits_for(call) is None:
            better = min((a for a in takers if self.meets(a, call.preferred)), key=place, default=first)
            if self.passes[better] <= self.passes[first] + self.credit(call.project_id) / 4:
                return better
        return first

    def match(self, now: Instant) -> list[Claim]:
        claims: list[Claim] = []
        while True:
            takers = {c: self.takers(call) for c, call in self.waiting.items()}
            matchable = [self.waiting[c] for c, agents in takers.items() if agents]
            if not matchable:
                return claims
            call = min(matchable, key=lambda c: self.rank(c, now))
            agent_id = self.chosen(call, takers[call.call_id], now)
            before = self.passes[agent_id]
            del self.waiting[call.call_id], self.available[agent_id]
            self.remember()
            self.passes[agent_id] = before + self.cost(agent_id, call.project_id)
            self.back_from_call[agent_id] = True
            claims.append(Claim(call.call_id, agent_id, before, self.passes[agent_id]))

    def rank(self, call: WaitingCall, now: Instant) -> tuple[int, float, Instant, CallId]:
        """Handed back first, then who has aged by age, then the greatest weight times waiting time."""
        since = Instant(call.waiting_since - call.priority_ms * 1_000)
        waited = max(now - since, 0)
        if not call.goes_first and waited >= self.directory.ageing_ms * 1_000:
            return (1, 0.0, since, call.call_id)
        return (0 if call.goes_first else 2, -call.priority_weight * waited, since, call.call_id)


def offered_again(call: WaitingCall, *, goes_first: bool = False) -> WaitingCall:
    """The call after an offer that came to nothing, with its waiting time kept."""
    return replace(call, offers=call.offers + 1, goes_first=goes_first)
