"""What the rules of other switches have in common: a queue a project, idle agents in tiers, the longest waiting call first.

The highest level is tier 0. Of the calls an agent who comes free may take, each rule here takes the one that has waited longest.
"""

from abc import ABC, abstractmethod

from bench.contest.day import LEVELS, Day
from bench.contest.play import Claims

TIERS = len(LEVELS)


class Queues(ABC):
    """A rule says by `choose` who of the idle gets a call, and by `tiers_open` how far down a call may look by now."""

    openings: tuple[int, ...] = ()

    def __init__(self, day: Day) -> None:
        self.day = day
        self.tier = tuple(TIERS - level for level in day.levels)
        self.idle: list[list[dict[int, int]]] = [[{} for _ in range(TIERS)] for _ in range(day.projects)]
        """By project and tier: since when each agent is idle, the longest idle first."""
        self.staffed = [[0] * TIERS for _ in range(day.projects)]
        """By project and tier: how many are logged in."""
        self.freed_at = [-1] * len(day.levels)
        """When each agent was last through with a call; before the first one, never."""
        self._is_logged_in = [False] * len(day.levels)
        self._waiting: list[dict[int, None]] = [{} for _ in range(day.projects)]

    # -- what a rule is --------------------------------------------------------------------------------------------

    @abstractmethod
    def choose(self, project: int, tiers: int) -> int | None:
        """Who of the idle agents in the first `tiers` tiers gets a call of the project."""

    def tiers_open(self, project: int, waited: int) -> int:
        """How many tiers a call that has waited so long may be given to."""
        return TIERS

    def took(self, project: int, agent: int) -> None:  # noqa: B027 - most rules take no note of it
        """The agent was given a call of the project."""

    # -- what happens ----------------------------------------------------------------------------------------------

    def waits(self, call: int, now: int) -> Claims:
        self._waiting[self.day.project[call]][call] = None
        return self.look(call, now)

    def look(self, call: int, now: int) -> Claims:
        project = self.day.project[call]
        agent = self.choose(project, self.tiers_open(project, now - self.day.arrives[call]))
        if agent is None:
            return ()
        self._leave(agent)
        return (self._give(call, project, agent),)

    def gone(self, call: int) -> None:
        del self._waiting[self.day.project[call]][call]

    def free(self, agent: int, now: int, *, is_back_from_call: bool) -> Claims:
        if is_back_from_call:
            self.freed_at[agent] = now
        if not self._is_logged_in[agent]:
            self._log(agent, is_in=True)
        tier, arrives = self.tier[agent], self.day.arrives
        best: tuple[int, int, int] | None = None
        for project in self.day.certificates[agent]:
            call = next(iter(self._waiting[project]), None)
            if call is None or (best is not None and best[0] < arrives[call]):
                continue
            if tier < self.tiers_open(project, now - arrives[call]):
                best = (arrives[call], call, project)
        if best is not None:
            return (self._give(best[1], best[2], agent),)
        for project in self.day.certificates[agent]:
            self.idle[project][tier][agent] = now
        return ()

    def away(self, agent: int, now: int) -> Claims:
        self._leave(agent)
        self._log(agent, is_in=False)
        claims: list[tuple[int, int]] = []
        for project in self.day.certificates[agent]:
            if not self.staffed[project][self.tier[agent]]:
                for call in tuple(self._waiting[project]):
                    claims += self.look(call, now)
        return claims

    # -- the books -------------------------------------------------------------------------------------------------

    def _give(self, call: int, project: int, agent: int) -> tuple[int, int]:
        del self._waiting[project][call]
        self.took(project, agent)
        return call, agent

    def _leave(self, agent: int) -> None:
        for project in self.day.certificates[agent]:
            self.idle[project][self.tier[agent]].pop(agent, None)

    def _log(self, agent: int, *, is_in: bool) -> None:
        self._is_logged_in[agent] = is_in
        for project in self.day.certificates[agent]:
            self.staffed[project][self.tier[agent]] += 1 if is_in else -1


class LongestIdle(Queues):
    """Whoever has been idle longest, whatever the level: what a centre without levels does."""

    def choose(self, project: int, tiers: int) -> int | None:
        heads = [(since, agent) for tier in self.idle[project][:tiers] for agent, since in _first(tier)]
        return min(heads)[1] if heads else None


def _first(tier: dict[int, int]) -> list[tuple[int, int]]:
    return [next(iter(tier.items()))] if tier else []
