"""The figures of a day, journaled or replayed, and how two rules compare over several replays. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, stdev

from telephony.identifiers import SECOND, Instant, ProjectId

LEVELS = 3
HALF_HOUR = 1_800 * SECOND
DEFAULT_THRESHOLD_MS = 20_000
T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110)
"""Student's t for 95 %, by degrees of freedom from 1 on; from 18 on 2.09."""


@dataclass(slots=True)
class Counts:
    """Of a project, a half hour, or all."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    elsewhere: int = 0
    """Sent to the machine, an announcement, or away at the limit of waiting."""
    callbacks: int = 0
    """Agreed to be called back: neither answered nor given up, whatever came of it."""
    reached: int = 0
    """Of those, so far."""
    in_time: int = 0
    waited_us: int = 0
    """Of the answered."""

    @property
    def asa_s(self) -> float:
        """Average speed of answer in seconds."""
        return self.waited_us / self.answered / SECOND if self.answered else 0.0

    @property
    def service_level(self) -> float:
        """Answered within the threshold, of all who came, those who are called back left out."""
        counted = self.offered - self.callbacks
        return self.in_time / counted if counted else 0.0

    @property
    def abandonment(self) -> float:
        """Gave up, of all who came."""
        return self.abandoned / self.offered if self.offered else 0.0


@dataclass(slots=True)
class Tally:
    """One day's figures."""

    from_at: Instant
    to_at: Instant
    threshold_us: int
    all: Counts = field(default_factory=Counts)
    projects: dict[ProjectId, Counts] = field(default_factory=dict)
    half_hours: dict[int, Counts] = field(default_factory=dict)
    turned_away: int = 0
    calls: list[int] = field(default_factory=lambda: [0] * LEVELS)
    busy_us: list[int] = field(default_factory=lambda: [0] * LEVELS)
    """Talk and wrap-up by level."""
    staffed_us: list[int] = field(default_factory=lambda: [0] * LEVELS)

    def offered(self, project_id: ProjectId, came: Instant) -> None:
        """A caller waits."""
        for counts in self._of(project_id, came):
            counts.offered += 1

    def answered(self, project_id: ProjectId, came: Instant, at: Instant, level: int) -> None:
        """An agent of that level took them."""
        waited = max(at - came, 0)
        for counts in self._of(project_id, came):
            counts.answered += 1
            counts.waited_us += waited
            counts.in_time += waited <= self.threshold_us
        self.calls[level - 1] += 1

    def abandoned(self, project_id: ProjectId, came: Instant) -> None:
        """They gave up."""
        for counts in self._of(project_id, came):
            counts.abandoned += 1

    def sent_elsewhere(self, project_id: ProjectId, came: Instant) -> None:
        """They were sent to the machine or away."""
        for counts in self._of(project_id, came):
            counts.elsewhere += 1

    def promised(self, project_id: ProjectId, came: Instant) -> None:
        """They will be called back."""
        for counts in self._of(project_id, came):
            counts.callbacks += 1

    def called_back(self, project_id: ProjectId, came: Instant, level: int) -> None:
        """An agent of that level has them on the line again."""
        for counts in self._of(project_id, came):
            counts.reached += 1
        self.calls[level - 1] += 1

    def staffed(self, level: int, since: int, until: int) -> None:
        """An agent of that level was on duty; what lies outside the stretch does not count."""
        self.staffed_us[level - 1] += max(min(until, self.to_at) - max(since, self.from_at), 0)

    def figures(self) -> dict[str, float]:
        """What is compared, by name; shares and levels in percent, times in seconds."""
        staffed, busy, calls = sum(self.staffed_us), sum(self.busy_us), sum(self.calls)
        found = {
            "asa_s": self.all.asa_s,
            "service_level_pct": 100 * self.all.service_level,
            "abandonment_pct": 100 * self.all.abandonment,
            "elsewhere_pct": 100 * self.all.elsewhere / self.all.offered if self.all.offered else 0.0,
            "callbacks_pct": 100 * self.all.callbacks / self.all.offered if self.all.offered else 0.0,
            "reached_pct": 100 * self.all.reached / self.all.callbacks if self.all.callbacks else 0.0,
            "occupancy_pct": 100 * busy / staffed if staffed else 0.0,
        }
        rates = [c / s if s else 0.0 for c, s in zip(self.calls, self.staffed_us, strict=True)]
        for level in range(LEVELS):
            found[f"share_{level + 1}_pct"] = 100 * self.calls[level] / calls if calls else 0.0
        for level in range(LEVELS):
            found[f"share_per_hour_{level + 1}_pct"] = 100 * rates[level] / (sum(rates) or 1.0)
        return found

    def _of(self, project_id: ProjectId, came: Instant) -> tuple[Counts, Counts, Counts]:
        project = self.projects.setdefault(project_id, Counts())
        return self.all, project, self.half_hours.setdefault((came - self.from_at) // HALF_HOUR, Counts())


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replays, its 95 % interval to each side, and how far single replays lie from each other (1 sigma)."""

    mean: float
    to_side: float = 0.0
    spread: float = 0.0
    replays: int = 1

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out: the difference is no chance. One replay never tells."""
        return self.replays > 1 and abs(self.mean) > self.to_side


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and interval by Student's t."""
    if len(values) < 2:
        return Estimate(fmean(values) if values else 0.0)
    freedom = len(values) - 1
    t = T_95[freedom - 1] if freedom <= len(T_95) else 2.09
    spread = stdev(values)
    return Estimate(fmean(values), t * spread / sqrt(len(values)), spread, len(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: journaled, replayed under the rule of now and the new one, and their difference, pair by pair."""

    name: str
    journaled: float
    now: Estimate
    new: Estimate
    change: Estimate


def compare(journaled: Tally, now: Sequence[Tally], new: Sequence[Tally]) -> list[Row]:
    """Every figure. `now` and `new` are pairs: the same callers and the same luck."""
    facts = journaled.figures()
    of_now, of_new = [tally.figures() for tally in now], [tally.figures() for tally in new]
    return [
        Row(
            name=name,
            journaled=fact,
            now=estimate([figures[name] for figures in of_now]),
            new=estimate([figures[name] for figures in of_new]),
            change=estimate([after[name] - before[name] for before, after in zip(of_now, of_new, strict=True)]),
        )
        for name, fact in facts.items()
    ]


TOLERANCES = {
    "asa_s": (1.5, 0.20),
    "service_level_pct": (3.0, 0.0),
    "abandonment_pct": (2.0, 0.0),
    "callbacks_pct": (2.0, 0.0),
    "occupancy_pct": (3.0, 0.0),
    "share_1_pct": (3.0, 0.0),
    "share_2_pct": (3.0, 0.0),
    "share_3_pct": (3.0, 0.0),
}
"""By how much the replays under the rule of now may differ from the journaled day: this much, or that part of it."""
CHANCE = 3.5
"""Or by so many standard deviations of a share among the day's callers: a short day is one draw of few, and callers of a busy
spell wait together, so that they count for fewer still."""
SPREADS = 2.0
"""Or so much as single replays differ from each other: the journaled day is one draw as well (about 95 % of days lie within)."""


def deviations(rows: Sequence[Row], callers: int) -> list[Row]:
    """The figures in which the replays do not reproduce the journaled day of so many callers; empty where they do."""
    found = []
    for row in rows:
        absolute, part = TOLERANCES.get(row.name, (float("inf"), 0.0))
        if row.name.endswith("_pct"):
            share = min(max(row.journaled / 100, 0.0), 1.0)
            absolute = max(absolute, 100 * CHANCE * sqrt(share * (1 - share) / max(callers, 1)))
        if abs(row.now.mean - row.journaled) > max(absolute, part * row.journaled, SPREADS * row.now.spread):
            found.append(row)
    return found
