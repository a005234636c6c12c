"""Shares by occupancy: one pool of ten agents a level, callers of endless patience, from a quiet floor to a full one."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.contest.asterisk import Penalties
from bench.contest.bounds import attainable
from bench.contest.day import HOUR, LEVELS, SECOND, WEIGHTS, Day
from bench.contest.ours import FairShare
from bench.contest.play import Rule, error, play, shares
from bench.contest.vicidial import GradeRandom

OCCUPANCIES = (0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.99)
CALLS = 20_000
AGENTS_A_LEVEL = 10
WORK_S = 145.0
OTHERS: dict[str, Callable[[Day], Rule]] = {
    "Asterisk penalties, leastrecent": Penalties,
    "VICIdial ingroup_grade_random": GradeRandom,
}


@dataclass(frozen=True, slots=True)
class Point:
    """At one occupancy: our shares, those that capacity leaves, and the share error of others."""

    occupancy: float
    shares: tuple[float, ...]
    attainable: tuple[float, ...]
    errors: dict[str, float]

    def records(self) -> Iterator[dict[str, Any]]:
        """As the benchmark's figures."""
        subject = f"one pool, {100 * self.occupancy:g} % busy"
        for level, share in enumerate(self.shares, 1):
            yield {"name": f"share {level} %[{subject}]", "value": 100 * share, "unit": "%"}
        yield {"name": f"share error %[{subject}]", "value": 100 * error(self.shares), "unit": "%"}


def shares_by_occupancy() -> list[Point]:
    """The curve, the same each time."""
    return [_point(occupancy) for occupancy in OCCUPANCIES]


def pool(occupancy: float) -> Day:
    """Poisson arrivals, exponential work."""
    rng = random.Random(f"pool {occupancy}")
    agents = AGENTS_A_LEVEL * len(LEVELS)
    gap_s = WORK_S / (occupancy * agents)
    now, arrives = 0, []
    for _ in range(CALLS):
        now += round(rng.expovariate(1 / gap_s) * SECOND)
        arrives.append(now)
    return Day(
        seed=round(100 * occupancy),
        projects=1,
        levels=tuple(level for level in LEVELS for _ in range(AGENTS_A_LEVEL)),
        certificates=((0,),) * agents,
        duty=(((-1, now + 10_000 * HOUR),),) * agents,
        arrives=tuple(arrives),
        project=(0,) * CALLS,
        work=tuple(max(1, round(rng.expovariate(1 / WORK_S) * SECOND)) for _ in range(CALLS)),
        patience=(9_000 * HOUR,) * CALLS,
    )


def _point(occupancy: float) -> Point:
    day = pool(occupancy)
    equal = (1.0,) * len(LEVELS)
    return Point(
        occupancy=occupancy,
        shares=_shares(play(day, FairShare(day)).calls),
        attainable=shares(attainable(occupancy * len(LEVELS), equal, WEIGHTS), equal),
        errors={name: error(_shares(play(day, make(day)).calls)) for name, make in OTHERS.items()},
    )


def _shares(calls: tuple[tuple[int, ...], ...]) -> tuple[float, ...]:
    return shares([sum(level) for level in zip(*calls, strict=True)], (1.0,) * len(LEVELS))
