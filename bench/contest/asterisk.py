"""Asterisk's `app_queue`: levels as penalties.

From its documentation: the comments of configs/samples/queues.conf.sample and queuerules.conf.sample, and the pages of
AddQueueMember and QueuePenalty on docs.asterisk.org. Members with a higher penalty are rung only when nobody with a lower one
is free; within a penalty the strategy decides. `penaltymemberslimit`: with so few members no penalty is weighed. A rule of
queuerules.conf raises QUEUE_MAX_PENALTY as the caller waits; until then members of a higher penalty are not considered. Taken
in the form that serves callers best: `autofill=yes`, `shared_lastcall=yes`, `force_longest_waiting_caller=yes`.
"""

import random
from collections.abc import Callable

from bench.contest.day import SECOND, Day
from bench.contest.queues import TIERS, Queues


class Penalties(Queues):
    """Level 3 has penalty 0, level 2 penalty 1, level 1 penalty 2. Within one: leastrecent or rrmemory."""

    def __init__(
        self, day: Day, *, strategy: str = "leastrecent", members_limit: int = 0, penalty_changes_s: tuple[float, ...] = ()
    ) -> None:
        """`penalty_changes_s`: QUEUE_MAX_PENALTY begins at 0 and grows by one after each of these; none: no maximum."""
        super().__init__(day)
        strategies: dict[str, Callable[[int, list[int]], int]] = {
            "leastrecent": self._least_recent,
            "rrmemory": self._next_in_turn,
        }
        self._among = strategies[strategy]
        self._members_limit = members_limit
        self.openings = tuple(round(seconds * SECOND) for seconds in penalty_changes_s)
        self._last = [-1] * day.projects

    def tiers_open(self, project: int, waited: int) -> int:
        if not self.openings:
            return TIERS
        return 1 + sum(waited >= opening for opening in self.openings)

    def choose(self, project: int, tiers: int) -> int | None:
        groups = self.idle[project][:tiers]
        if sum(self.staffed[project]) <= self._members_limit:
            groups = [{agent: since for group in groups for agent, since in group.items()}]
        for group in groups:
            if group:
                return self._among(project, list(group))
        return None

    def took(self, project: int, agent: int) -> None:
        self._last[project] = agent

    def _least_recent(self, _project: int, members: list[int]) -> int:
        """Whose last call ended longest ago."""
        return min(members, key=lambda agent: (self.freed_at[agent], agent))

    def _next_in_turn(self, project: int, members: list[int]) -> int:
        """Round robin that remembers where it left off."""
        last = self._last[project]
        return min(members, key=lambda agent: (agent <= last, agent))


class WeightedRandom(Queues):
    """Strategy `wrandom`: each free member draws a number below 1000 x (penalty + 1); the smallest is rung."""

    def __init__(self, day: Day) -> None:
        super().__init__(day)
        self._rng = random.Random(f"wrandom {day.seed}")

    def choose(self, project: int, tiers: int) -> int | None:
        draw = self._rng.random
        drawn = [(draw() * (penalty + 1), agent) for penalty, group in enumerate(self.idle[project][:tiers]) for agent in group]
        return min(drawn)[1] if drawn else None
