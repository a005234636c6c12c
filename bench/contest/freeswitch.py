"""FreeSWITCH's `mod_callcenter`: levels as tiers.

From its documentation: the page of mod_callcenter in FreeSWITCH Explained (developer.signalwire.com) and the sample
callcenter.conf.xml. A caller's score grows by one a second, and the highest is served first. `longest-idle-agent` takes tier
by tier whoever ended a call longest ago. With `tier-rules-apply` a caller waits `tier-rule-wait-second` before the next tier;
with `tier-rule-wait-multiply-level` on every tier anew, without it once for all; with `tier-rule-no-agent-no-wait` tiers in
which nobody is logged in are skipped.
"""

from bench.contest.day import SECOND, Day
from bench.contest.queues import TIERS, Queues


class Tiers(Queues):
    """Level 3 is the first tier, level 1 the last. Strategy longest-idle-agent."""

    def __init__(
        self,
        day: Day,
        *,
        rules_apply: bool,
        wait_second: float = 10.0,
        wait_multiply_level: bool = True,
        no_agent_no_wait: bool = True,
    ) -> None:
        super().__init__(day)
        self._wait = round(wait_second * SECOND)
        self._multiply = wait_multiply_level
        self._skips_empty = no_agent_no_wait
        if rules_apply:
            self.openings = tuple(self._wait * n for n in (range(1, TIERS) if wait_multiply_level else (1,)))

    def tiers_open(self, project: int, waited: int) -> int:
        if not self.openings:
            return TIERS
        steps = waited // self._wait
        if not self._multiply:
            steps = TIERS if steps else 0
        if not self._skips_empty:
            return min(TIERS, steps + 1)
        reached = 0
        for tier, agents in enumerate(self.staffed[project]):
            reached = tier
            if agents:
                if not steps:
                    break
                steps -= 1
        return reached + 1

    def choose(self, project: int, tiers: int) -> int | None:
        for tier in self.idle[project][:tiers]:
            if tier:
                return min(tier, key=lambda agent: (self.freed_at[agent], agent))
        return None
