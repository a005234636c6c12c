"""What a routing decision costs, on a large floor and a small one, beside a plain scan of all agents and calls.

The floor: projects of 40 clients, half of them short of agents (1,000 callers wait, everybody else talks), half with agents
to spare. Each agent is certified for one to ten projects of one half and barred from a tenth of them (client blocked).
Each project asks for two of six skills, each in one of two grades: a tenth of its callers require one, a twentieth prefer one. A
twentieth have up to three agents who never get them, one in fifty waits for an agent they know, who may be free, talk, or not be
there. Each agent has half of the skills, in grades of their own.
Timed by turns: an agent becomes free and takes the most urgent call; a caller arrives and is given the next agent. A figure
spans everything from the floor being told to the claim made. What an agent costs who becomes available
without a call to take is reported by itself. Python's own search for garbage is set as the service sets it.
"""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fernamt import pauses
from routing.directory import AgentProfile, Client, Directory, Project
from routing.eligibility import ineligible
from routing.floor import Floor
from routing.queueing import WaitingCall, rank_of
from telephony.decisions import Choice, DecisionTaken
from telephony.demands import SkillNeed
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, ProjectId

PROJECTS = 200
CLIENTS = 40
WAITING = 1_000
BARRED = 0.125  # of the certificates but the first: a tenth of the heads
SKILLS = ("billing", "english", "french", "sales", "tax", "technical")
REQUIRE, PREFER, BLOCKED, STICKY = 0.1, 0.05, 0.05, 0.02
GRADES_ASKED = (1, 3)
ROUNDS = 20_000
SCANS = 40
START = Instant(1_767_600_000 * SECOND)


@dataclass(slots=True)
class Figures:
    """Times in microseconds, heads in numbers."""

    freed: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    """Processor time of both kinds: what is left when other programs of the machine are taken out."""
    available: list[float] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    looked_at: list[int] = field(default_factory=list)
    chosen_by: Counter[str] = field(default_factory=Counter)
    with_needs: int = 0

    @property
    def decisions(self) -> list[float]:
        """Both kinds of decision."""
        return self.freed + self.arrived


def centre(agents: int, rng: random.Random, certificates: tuple[int, int] = (1, 10)) -> Directory:
    """The agents of even number serve the short half of the projects, those of odd number the other."""
    projects = [
        Project(project_id=ProjectId(f"project-{n:03}"), client_id=ClientId(f"client-{n % CLIENTS:02}"), name=f"Project {n}")
        for n in range(PROJECTS)
    ]
    halves = (projects[: PROJECTS // 2], projects[PROJECTS // 2 :])
    people = [_agent(n, halves[n % 2], rng, certificates) for n in range(agents)]
    return Directory(
        revision=1,
        clients={p.client_id: Client(client_id=p.client_id, name=p.client_id) for p in projects},
        projects={p.project_id: p for p in projects},
        numbers={},
        agents={a.agent_id: a for a in people},
        endpoints={},
    )


def _agent(number: int, half: Sequence[Project], rng: random.Random, certificates: tuple[int, int]) -> AgentProfile:
    mine = rng.sample(half, rng.randint(*certificates))
    keep, *others = mine
    blocked = {p.client_id for p in others if rng.random() < BARRED} - {keep.client_id}
    return AgentProfile(
        agent_id=AgentId(f"agent-{number:05}"),
        name=f"Agent {number}",
        level=rng.choice((1, 2, 3)),
        certificates=frozenset(p.project_id for p in mine),
        blocked_clients=frozenset(blocked),
        skills={skill: rng.randint(1, 5) for skill in SKILLS if rng.random() < 0.5},
    )


class Scene:
    """A floor with 1,000 waiting calls nobody free may take, and time going on."""

    def __init__(self, agents: int, *, certificates: tuple[int, int] = (1, 10), seed: int = 1) -> None:
        self.rng = random.Random(seed)
        self.directory = centre(agents, self.rng, certificates)
        self.floor = Floor(self.directory)
        self.now = START
        self.number = 0
        people = list(self.directory.agents.values())
        self.busy = [a.agent_id for a in people[0::2]]
        self.spare = [a.agent_id for a in people[1::2]]
        projects = list(self.directory.projects)
        self.people: dict[ProjectId, list[AgentId]] = {project_id: [] for project_id in projects}
        for agent in people:
            for project_id in sorted(agent.certificates):
                self.people[project_id].append(agent.agent_id)
        self.skills = {project_id: self.rng.sample(SKILLS, 2) for project_id in projects}
        self.short, self.staffed = projects[: PROJECTS // 2], projects[PROJECTS // 2 :]
        for agent_id in self.busy:  # has been on the floor before, as everybody who talks
            self.floor.agent_available(agent_id, self.now)
            self.floor.agent_unavailable(agent_id)
        for agent_id in self.spare:
            self.floor.agent_available(agent_id, self.now)
        for _ in range(WAITING):
            self.floor.call_waiting(self.call(self.short))
        if list(self.floor.match(self.now)):
            raise AssertionError("nobody may be free for the waiting calls")

    def call(self, projects: Sequence[ProjectId]) -> WaitingCall:
        """A new caller of one of the projects."""
        self.number += 1
        self.now = Instant(self.now + self.rng.randrange(SECOND // 10))
        project = self.directory.projects[self.rng.choice(projects)]
        return WaitingCall(
            call_id=CallId(f"call-{self.number:08}"),
            project_id=project.project_id,
            client_id=project.client_id,
            waiting_since=self.now,
            priority_weight=self.rng.choice((1.0, 1.0, 2.0)),
            **self._asked(project.project_id),
        )

    def _asked(self, project_id: ProjectId) -> dict[str, Any]:
        """What the caller asks for beside the project: mostly nothing."""
        rng, asked = self.rng, dict[str, Any]()
        known, skills = self.people[project_id], self.skills[project_id]
        if rng.random() < REQUIRE:
            asked["needs"] = (SkillNeed(skill=rng.choice(skills), grade=rng.choice(GRADES_ASKED)),)
        if rng.random() < PREFER:
            asked["preferred"] = (SkillNeed(skill=rng.choice(skills), grade=3),)
            asked["preferred_until"] = Instant(self.now + 20 * SECOND)
        if rng.random() < BLOCKED and known:
            asked["blocked_agents"] = tuple(sorted(set(rng.choices(known, k=rng.randint(1, 3)))))
        if rng.random() < STICKY and known:
            asked["sticky_agent_id"] = rng.choice(known)
        return asked

    def measure(self, rounds: int) -> Figures:
        """Decisions of both kinds by turns; whoever was claimed comes back a little later, off the clock of the decision."""
        figures = Figures()
        talking: list[AgentId] = []
        for _ in range(rounds):
            self._freed(figures)
            self._arrived(figures, talking)
            if len(talking) > max(1, len(self.spare) // 4):
                agent_id = talking.pop(self.rng.randrange(len(talking)))
                begun = time.perf_counter_ns()
                self.floor.agent_available(agent_id, self.now)
                matched = next(self.floor.match(self.now), None)
                figures.available.append((time.perf_counter_ns() - begun) / 1_000)
                if matched is not None:
                    raise AssertionError("no call waits for the agents to spare")
        return figures

    def _freed(self, figures: Figures) -> None:
        agent_id = self.rng.choice(self.busy)
        own, begun = time.thread_time_ns(), time.perf_counter_ns()
        self.floor.agent_available(agent_id, self.now)
        decision = next(self.floor.match(self.now), None)
        spent, own = time.perf_counter_ns() - begun, time.thread_time_ns() - own
        if decision is None:
            self.floor.agent_unavailable(agent_id)
            return
        figures.freed.append(spent / 1_000)
        figures.own.append(own / 1_000)
        self._count(decision, figures)
        self.floor.call_waiting(self.call([decision.project_id]))
        if next(self.floor.match(self.now), None) is not None:
            raise AssertionError("an agent was free who should not be")

    def _arrived(self, figures: Figures, talking: list[AgentId]) -> None:
        call = self.call(self.staffed)
        own, begun = time.thread_time_ns(), time.perf_counter_ns()
        self.floor.call_waiting(call)
        decision = next(self.floor.match(self.now), None)
        spent, own = time.perf_counter_ns() - begun, time.thread_time_ns() - own
        if decision is None:
            self.floor.call_gone(call.call_id)
            return
        figures.arrived.append(spent / 1_000)
        figures.own.append(own / 1_000)
        self._count(decision, figures)
        talking.append(decision.agent_id)

    @staticmethod
    def _count(decision: DecisionTaken, figures: Figures) -> None:
        figures.heads.append(decision.heads_looked_at)
        figures.refused.append(len(decision.skipped))
        figures.looked_at.append(decision.agents_looked_at)
        figures.chosen_by[decision.chosen_by] += 1
        figures.with_needs += bool(decision.needs)

    def scan(self, rounds: int) -> list[float]:
        """The same question, who is next, answered by looking at every available agent for one call, in microseconds."""
        spent = []
        for _ in range(rounds):
            call = self.call(self.staffed)
            begun = time.perf_counter_ns()
            rank_of(call, self.now)
            project = self.directory.projects[call.project_id]
            min(
                (
                    (self.floor.pass_of(agent_id), since, agent_id)
                    for agent_id, since in self.floor.available.items()
                    if ineligible(self.directory.agents[agent_id], project) is None
                ),
                default=None,
            )
            spent.append((time.perf_counter_ns() - begun) / 1_000)
        return spent


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def run() -> list[dict[str, Any]]:
    """Measures and returns one record a figure."""
    large_scene = Scene(10_000)
    scans = large_scene.scan(SCANS)
    Scene(1_000).measure(1_000)  # warm
    pauses.keep_short()
    small = Scene(100).measure(ROUNDS)
    large = large_scene.measure(ROUNDS)
    wide = Scene(10_000, certificates=(100, 100)).measure(2_000)
    p50, p99 = quantile(large.decisions, 0.5), quantile(large.decisions, 0.99)
    small_p50, small_p99 = quantile(small.decisions, 0.5), quantile(small.decisions, 0.99)
    scan = quantile(scans, 0.5)
    return [
        _figure("decision_p99_10000_agents", p99, "us", target=50.0, ok=p99 <= 50.0),
        _figure("decision_p99_10000_agents_processor_time", quantile(large.own, 0.99), "us"),
        _figure(
            "decision_p50_10000_agents", p50, "us", baseline=scan, versions={"baseline": "a scan of all agents for one call"}
        ),
        _figure("decision_p50_100_agents", small_p50, "us"),
        _figure("decision_p99_100_agents", small_p99, "us"),
        _figure("decision_p50_10000_agents_to_100", p50 / small_p50, "x", target=3.0, ok=p50 / small_p50 <= 3.0),
        _figure("decision_p99_10000_agents_to_100", p99 / small_p99, "x", target=3.0, ok=p99 / small_p99 <= 3.0),
        _figure("agent_freed_p99_10000_agents", quantile(large.freed, 0.99), "us"),
        _figure("caller_arrived_p99_10000_agents", quantile(large.arrived, 0.99), "us"),
        _figure("becoming_available_p50_10000_agents", quantile(large.available, 0.5), "us"),
        _figure("becoming_available_p99_10000_agents", quantile(large.available, 0.99), "us"),
        _figure("decision_p50_100_certificates_each", quantile(wide.decisions, 0.5), "us"),
        _figure("decision_p99_100_certificates_each", quantile(wide.decisions, 0.99), "us"),
        _figure("becoming_available_p50_100_certificates_each", quantile(wide.available, 0.5), "us"),
        _figure("decision_longest_10000_agents", max(large.decisions), "us"),
        _figure("heads_looked_at_mean", sum(large.heads) / len(large.heads), "heads"),
        _figure("heads_looked_at_most", max(large.heads), "heads"),
        _figure("heads_refused_in_all", sum(large.refused), "heads"),
        _figure("agents_looked_at_mean", sum(large.looked_at) / len(large.looked_at), "agents"),
        _figure("agents_looked_at_most", max(large.looked_at), "agents"),
        _figure("decisions_with_required_skills", large.with_needs, "decisions"),
        _figure("decisions_by_preference", large.chosen_by[Choice.PREFERENCE], "decisions"),
        _figure("decisions_for_the_last_agent", large.chosen_by[Choice.LAST_AGENT], "decisions"),
        _figure("decisions_measured", len(large.decisions), "decisions"),
    ]


def _figure(
    name: str,
    value: float,
    unit: str,
    *,
    baseline: float | None = None,
    target: float | None = None,
    ok: bool | None = None,
    versions: dict[str, str] | None = None,
) -> dict[str, Any]:
    ratio = None if baseline is None else value / baseline
    own = dict(versions or {})
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "ratio": ratio,
        "target": target,
        "ok": ok,
        "versions": own,
    }


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=1)
    sys.stdout.write("\n")
