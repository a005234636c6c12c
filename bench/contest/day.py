"""One day of a contact centre as it could have been recorded: who rang when, how long it took, who was on duty. All of one seed.

Twelve projects of uneven size and 300 agents at home with shifts of two to six hours that were planned for the usual day, not for
this one: about three quarters of the time on duty is work. Higher levels hold more certificates, as people who have been there
longer do. How long a call takes belongs to the call, so that every rule is given the same work. Times are integers,
microseconds from eight in the morning on.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

SECOND = 1_000_000
MINUTE = 60 * SECOND
HALF_HOUR = 30 * MINUTE
HOUR = 2 * HALF_HOUR
LEVELS = (1, 2, 3)
WEIGHTS = (1.0, 2.0, 3.0)

CALLS = 20_000
AGENTS = 300
PROJECTS = 12
USUAL = (  # callers of each half hour from 8 to 20, as shares of the mean
    *(0.55, 0.75, 0.95, 1.15, 1.30, 1.35, 1.30, 1.15, 1.00, 0.95, 0.95, 1.05),
    *(1.15, 1.20, 1.20, 1.15, 1.10, 1.00, 0.90, 0.80, 0.70, 0.60, 0.50, 0.40),
)
NOISE = 0.2
"""Of the logarithm of a project's callers in a half hour: days are never the usual one."""
TALK_S, TALK_SIGMA = 125.0, 0.85
WRAP_UP_S, WRAP_UP_SIGMA = 20.0, 0.6
PATIENCE_S = 180.0
SHIFT_HOURS = (2, 3, 3, 4, 4, 5, 5, 6)
BREAK_FROM_HOURS = 4
STARTS_THAT_SUIT = 4
"""Of all starts of a shift, how many suit an agent; the one is booked in which most is missing."""
LEVEL_SHARES = (0.40, 0.35, 0.25)
CERTIFICATES = {1: (1, 1), 2: (1, 2), 3: (1, 4)}


@dataclass(frozen=True, slots=True)
class Day:
    """By agent: level, certificates, spells on duty. By call, in the order of arrival: when, for whom, work, patience."""

    seed: int
    projects: int
    levels: tuple[int, ...]
    certificates: tuple[tuple[int, ...], ...]
    duty: tuple[tuple[tuple[int, int], ...], ...]
    arrives: tuple[int, ...]
    project: tuple[int, ...]
    work: tuple[int, ...]
    """Talk and wrap-up."""
    patience: tuple[int, ...]

    def pooled(self) -> "Day":
        """The same day with one queue and every agent certified for it: what no rule over certificates can do better."""
        return replace(self, projects=1, certificates=((0,),) * len(self.levels), project=(0,) * len(self.project))


def recorded_like(seed: int, calls: int = CALLS) -> Day:
    """The day of that seed, the same each time. People and shifts are those of the seed, however many call."""
    rng = random.Random(seed)
    sizes = [(n + 1) ** -0.7 for n in range(PROJECTS)]
    levels = tuple(rng.choices(LEVELS, LEVEL_SHARES, k=AGENTS))
    certificates = tuple(_certificates(level, sizes, rng) for level in levels)
    duty = tuple(_rosters(certificates, sizes, rng))
    came = sorted(_callers(sizes, calls, rng))
    return Day(
        seed=seed,
        projects=PROJECTS,
        levels=levels,
        certificates=certificates,
        duty=duty,
        arrives=tuple(at for at, _ in came),
        project=tuple(project for _, project in came),
        work=tuple(lognormal(rng, TALK_S, TALK_SIGMA) + lognormal(rng, WRAP_UP_S, WRAP_UP_SIGMA) for _ in range(calls)),
        patience=tuple(round(rng.expovariate(1 / PATIENCE_S) * SECOND) for _ in range(calls)),
    )


def lognormal(rng: random.Random, mean_s: float, sigma: float) -> int:
    """A duration in microseconds with that mean; sigma is that of its logarithm."""
    return max(SECOND, round(rng.lognormvariate(math.log(mean_s) - sigma * sigma / 2, sigma) * SECOND))


def _callers(sizes: Sequence[float], calls: int, rng: random.Random) -> list[tuple[int, int]]:
    """Arrivals in no order: within a half hour at any time alike, so Poisson but for their number in all."""
    cells = [(half_hour, project) for half_hour in range(len(USUAL)) for project in range(len(sizes))]
    weights = [USUAL[h] * sizes[p] * math.exp(rng.gauss(0, NOISE)) for h, p in cells]
    return [(h * HALF_HOUR + rng.randrange(HALF_HOUR), p) for h, p in rng.choices(cells, weights, k=calls)]


def _certificates(level: int, sizes: Sequence[float], rng: random.Random) -> tuple[int, ...]:
    """Larger projects train more people."""
    left = dict(enumerate(sizes))
    for _ in range(rng.randint(*CERTIFICATES[level])):
        (project,) = rng.choices(list(left), [size**0.8 for size in left.values()])
        del left[project]
    return tuple(p for p in range(len(sizes)) if p not in left)


def _rosters(
    certificates: Sequence[tuple[int, ...]], sizes: Sequence[float], rng: random.Random
) -> list[tuple[tuple[int, int], ...]]:
    """Spells on duty: one agent after the other books where most is missing of what the usual day asks for."""
    hours = [rng.choice(SHIFT_HOURS) for _ in certificates]
    scale = 2 * sum(hours) / (sum(USUAL) * sum(sizes))
    missing = [[scale * usual * size for size in sizes] for usual in USUAL]
    rosters = []
    for mine, length in zip(certificates, hours, strict=True):
        slots = 2 * length
        first = max(
            rng.sample(range(len(USUAL) - slots + 1), STARTS_THAT_SUIT),
            key=lambda start: sum(missing[s][p] for s in range(start, start + slots) for p in mine) / len(mine),
        )
        for slot in range(first, first + slots):
            for project in mine:
                missing[slot][project] -= 1 / len(mine)
        rosters.append(_spells(first * HALF_HOUR, length, rng))
    return rosters


def _spells(start: int, hours: int, rng: random.Random) -> tuple[tuple[int, int], ...]:
    """A shift, with a quarter of an hour off somewhere in its middle if it is long."""
    start += rng.randrange(-3 * MINUTE, 3 * MINUTE)
    end = start + hours * HOUR
    if hours < BREAK_FROM_HOURS:
        return ((start, end),)
    pause = start + round((0.4 + 0.2 * rng.random()) * hours * HOUR)
    return ((start, pause), (pause + 15 * MINUTE, end))
