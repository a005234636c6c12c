"""A shift in which one agent tries something: spells away, offers not answered, wrap-up drawn out; everybody else just works."""

import random
from collections.abc import Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush

from routing.directory import Directory
from routing.floor import Floor
from telephony.identifiers import SECOND, AgentId, CallId, Instant, ProjectId
from tests.unit.routing.centre import T0, a_call

RING_S = 15
REST_S = 10
_BACK, _LEAVES, _RETURNS, _HANGS_UP = range(4)


@dataclass(frozen=True, slots=True)
class Manoeuvre:
    """`away`: from when and how long, in seconds of the shift. `declined`: which of the agent's offers ring in vain, from 0.

    `wrap_up_s`: how long the agent stays away after each call, as for wrap-up.
    """

    away: Sequence[tuple[int, int]] = ()
    declined: Set[int] = frozenset()
    wrap_up_s: int = 0


NOTHING = Manoeuvre()


class Shift:
    """Poisson arrivals over the projects; each call is talked for a time of its own, whoever has it."""

    def __init__(self, directory: Directory, player: AgentId, tries: Manoeuvre, *, load: float, seed: int, talk_s: float = 180.0):
        self.floor = Floor(directory)
        self.directory = directory
        self.player, self.tries = player, tries
        self.talked = 0
        """The calls the player had."""
        self.away_us = 0
        """How long the player was neither free nor in a call, up to the last coming back."""
        self.now = T0
        self._rng = random.Random(seed)
        self._gap_s = talk_s / (load * len(directory.agents))
        self._talk_s = talk_s
        self._talks: dict[CallId, int] = {}
        self._came: dict[CallId, tuple[ProjectId, Instant, int]] = {}
        self._events: list[tuple[Instant, int, str]] = []
        self._offers = 0
        self._is_away = 0
        self._is_busy = False
        self._gone_at: Instant | None = None
        for start, length in tries.away:
            heappush(self._events, (self._at(start), _LEAVES, ""))
            heappush(self._events, (self._at(start + length), _RETURNS, ""))
        for agent_id in directory.agents:
            self.floor.agent_available(agent_id, T0)

    def run(self, calls: int) -> int:
        """How many calls the player talked."""
        now, projects = self.now, list(self.directory.projects)
        for number in range(calls):
            now = Instant(now + round(self._rng.expovariate(1 / self._gap_s) * SECOND))
            call_id, project_id = CallId(f"c{number:05}"), self._rng.choice(projects)
            self._talks[call_id] = max(1, round(self._rng.expovariate(1 / self._talk_s))) * SECOND
            self._came[call_id] = (project_id, now, 0)
            while self._events and self._events[0][0] <= now:
                self._happens(*heappop(self._events))
            self._waits(call_id)
            self._match(now)
        self.now = now
        return self.talked

    def _happens(self, now: Instant, kind: int, who: str) -> None:
        agent_id = AgentId(who)
        self._act(now, kind, agent_id)
        if self._is_away and not self._is_busy and self._gone_at is None:
            self._gone_at = now
        elif not self._is_away and self._gone_at is not None:
            self.away_us += now - self._gone_at
            self._gone_at = None
        self._match(now)

    def _act(self, now: Instant, kind: int, agent_id: AgentId) -> None:
        if kind == _BACK:
            if agent_id == self.player:
                self._is_busy = False
            if agent_id != self.player or not self._is_away:
                self.floor.agent_available(agent_id, now)
            else:
                self.floor.agent_away(agent_id)
        elif kind == _LEAVES:
            self._is_away += 1
            if not self._is_busy:
                self.floor.agent_away(self.player)
        elif kind == _RETURNS:
            self._is_away -= 1
            if not self._is_away and not self._is_busy:
                self.floor.agent_available(self.player, now)
        else:
            self._waits(CallId(agent_id))

    def _waits(self, call_id: CallId) -> None:
        project_id, since, offers = self._came[call_id]
        client = self.directory.projects[project_id].client_id
        self.floor.call_waiting(a_call(call_id, project_id, since, client, offers=offers))

    def _match(self, now: Instant) -> None:
        for decision in self.floor.match(now):
            busy_s, is_mine = self._talks[decision.call_id], decision.agent_id == self.player
            if is_mine:
                self._is_busy = True
                self._offers += 1
                if self._offers - 1 in self.tries.declined:
                    project_id, since, offers = self._came[decision.call_id]
                    self._came[decision.call_id] = (project_id, since, offers + 1)
                    heappush(self._events, (Instant(now + RING_S * SECOND), _HANGS_UP, decision.call_id))
                    heappush(self._events, (Instant(now + (RING_S + REST_S) * SECOND), _BACK, self.player))
                    continue
                self.talked += 1
                busy_s += self.tries.wrap_up_s * SECOND
            heappush(self._events, (Instant(now + busy_s), _BACK, decision.agent_id))

    @staticmethod
    def _at(seconds: int) -> Instant:
        return Instant(T0 + seconds * SECOND)
