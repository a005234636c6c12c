"""A day on the floor, simulated from one seed: callers come, agents talk and come back; every operation is kept."""

import random
from collections.abc import Callable, Mapping
from heapq import heappop, heappush

from routing.directory import Directory
from routing.floor import Floor
from routing.queueing import WaitingCall
from telephony.decisions import DecisionTaken
from telephony.identifiers import SECOND, AgentId, CallId, Instant, ProjectId
from tests.unit.routing.centre import T0

Operation = tuple[str, object, Instant]


class Day:
    """Poisson arrivals over the projects, exponential talk; `load` is offered talk over the agents there are.

    `demand` is each project's part of the calls; without it all are alike.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        load: float,
        seed: int,
        mean_talk_s: float = 180.0,
        demand: Mapping[ProjectId, float] | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.floor = Floor(directory)
        self.directory = directory
        self.mean_talk_s = mean_talk_s
        self.gap_s = mean_talk_s / (load * len(directory.agents))
        self.demand = demand
        self.now = T0
        self.operations: list[Operation] = []
        self.decisions: list[DecisionTaken] = []
        self.on_available: Callable[[AgentId], None] = lambda _agent_id: None
        self.asks: Callable[[WaitingCall], WaitingCall] = lambda call: call
        """What a call asks for beside its project."""
        self.on_decision: Callable[[DecisionTaken], None] = lambda _decision: None
        self._back: list[tuple[Instant, AgentId]] = []
        for agent_id in directory.agents:
            self._available(agent_id)

    def run(self, calls: int) -> None:
        projects = list(self.directory.projects)
        shares = None if self.demand is None else [self.demand[p] for p in projects]
        for number in range(calls):
            arrival = Instant(self.now + round(self.rng.expovariate(1 / self.gap_s) * SECOND))
            while self._back and self._back[0][0] <= arrival:
                self.now, agent_id = heappop(self._back)
                self._available(agent_id)
            self.now = arrival
            chosen = self.rng.choice(projects) if shares is None else self.rng.choices(projects, shares)[0]
            project = self.directory.projects[chosen]
            call = WaitingCall(
                call_id=CallId(f"c{number:06}"),
                project_id=project.project_id,
                client_id=project.client_id,
                waiting_since=self.now,
                priority_weight=project.priority_weight,
            )
            call = self.asks(call)
            self.operations.append(("call", call, self.now))
            self.floor.call_waiting(call)
            self._match()

    def _available(self, agent_id: AgentId) -> None:
        self.operations.append(("available", agent_id, self.now))
        self.floor.agent_available(agent_id, self.now)
        self.on_available(agent_id)
        self._match()

    def _match(self) -> None:
        for decision in self.floor.match(self.now):
            self.decisions.append(decision)
            self.on_decision(decision)
            talk = max(1, round(self.rng.expovariate(1 / self.mean_talk_s) * SECOND))
            heappush(self._back, (Instant(self.now + talk), decision.agent_id))


def replayed(directory: Directory, operations: list[Operation]) -> list[DecisionTaken]:
    """The decisions of a fresh floor that is told the same."""
    floor = Floor(directory)
    decisions: list[DecisionTaken] = []
    for kind, what, now in operations:
        if kind == "call":
            assert isinstance(what, WaitingCall)
            floor.call_waiting(what)
        else:
            floor.agent_available(AgentId(str(what)), now)
        decisions += floor.match(now)
    return decisions
