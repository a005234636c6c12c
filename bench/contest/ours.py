"""Fernamt's own rule: the floor of the product, driven as the engine drives it."""

from unittest.mock import patch

from bench.contest.day import WEIGHTS, Day
from bench.contest.play import Claims
from routing.directory import AgentProfile, Client, Directory, Project
from routing.floor import Floor
from routing.queueing import WaitingCall
from routing.share import CREDIT_CALLS
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId

MORNING = 1_767_600_000_000_000
CLIENT = ClientId("client")


class FairShare:
    """Weighted fair share. Another credit than the product's is for the picture of what the credit does."""

    openings: tuple[int, ...] = ()

    def __init__(self, day: Day, weights: tuple[float, float, float] = WEIGHTS, credit_calls: int | None = None) -> None:
        self.day = day
        self._agents = [AgentId(f"agent{n:03}") for n in range(len(day.levels))]
        self._projects = [ProjectId(f"project{n:02}") for n in range(day.projects)]
        self._calls = [CallId(f"{n:05}") for n in range(len(day.arrives))]
        self._number = {agent_id: n for n, agent_id in enumerate(self._agents)}
        with patch("routing.project_floor.CREDIT_CALLS", CREDIT_CALLS if credit_calls is None else credit_calls):
            self._floor = Floor(self._directory(weights))

    def waits(self, call: int, now: int) -> Claims:
        at = Instant(MORNING + now)
        project_id = self._projects[self.day.project[call]]
        self._floor.call_waiting(
            WaitingCall(call_id=self._calls[call], project_id=project_id, client_id=CLIENT, waiting_since=at)
        )
        return self._matched(at)

    def gone(self, call: int) -> None:
        self._floor.call_gone(self._calls[call])

    def free(self, agent: int, now: int, *, is_back_from_call: bool) -> Claims:
        at = Instant(MORNING + now)
        self._floor.agent_available(self._agents[agent], at)
        return self._matched(at)

    def away(self, agent: int, now: int) -> Claims:
        self._floor.agent_away(self._agents[agent])
        return ()

    def look(self, call: int, now: int) -> Claims:
        return self._matched(Instant(MORNING + now))

    def _matched(self, at: Instant) -> Claims:
        return [(int(d.call_id), self._number[d.agent_id]) for d in self._floor.match(at)]

    def _directory(self, weights: tuple[float, float, float]) -> Directory:
        profiles = [
            AgentProfile(
                agent_id=agent_id,
                name=agent_id,
                level=level,
                certificates=frozenset(self._projects[p] for p in certificates),
            )
            for agent_id, level, certificates in zip(self._agents, self.day.levels, self.day.certificates, strict=True)
        ]
        return Directory(
            revision=1,
            clients={CLIENT: Client(client_id=CLIENT, name=CLIENT)},
            projects={p: Project(project_id=p, client_id=CLIENT, name=p) for p in self._projects},
            numbers={},
            agents={profile.agent_id: profile for profile in profiles},
            endpoints={},
            default_weights=weights,
        )
