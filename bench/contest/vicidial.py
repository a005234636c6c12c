"""VICIdial's next-agent-call rules of an in-group: levels as rank or as grade.

From its documentation: the help text of Next Agent Call in the administration manual, as guides to it repeat it
(vicifast.com/blog/vicidial-ingroup-rank-grade-callcount). `inbound_group_rank` orders by the rank given to the agent for the
in-group, highest first (here, within a rank, by the longest wait). `ingroup_grade_random` draws among those free, each with a
probability in proportion to the grade. `longest_wait_time` orders by how long the agent has been waiting for a call.
"""

import random

from bench.contest.day import Day
from bench.contest.queues import LongestIdle, Queues


class Rank(Queues):
    """inbound_group_rank: the level is the rank."""

    def choose(self, project: int, tiers: int) -> int | None:
        for tier in self.idle[project][:tiers]:
            if tier:
                return next(iter(tier))
        return None


class GradeRandom(Queues):
    """ingroup_grade_random: the level's weight is the grade."""

    def __init__(self, day: Day) -> None:
        super().__init__(day)
        self._rng = random.Random(f"grade {day.seed}")

    def choose(self, project: int, tiers: int) -> int | None:
        groups = self.idle[project]
        total = sum(len(group) * self.grade(tier) for tier, group in enumerate(groups))
        if not total:
            return None
        drawn = self._rng.randrange(total)
        for tier, group in enumerate(groups):
            inside = len(group) * self.grade(tier)
            if drawn < inside:
                return list(group)[drawn // self.grade(tier)]
            drawn -= inside
        raise AssertionError("a draw is below the sum of the grades")

    @staticmethod
    def grade(tier: int) -> int:
        """3, 2, 1 for level 3, 2, 1."""
        return 3 - tier


class LongestWaitTime(LongestIdle):
    """longest_wait_time: no level counts."""
