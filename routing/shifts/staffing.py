"""How many agents a project needs each quarter hour: by callers of past weeks (weekday, quarter; holidays apart), and Erlang.

Each quarter hour is taken as steady and for itself. Agents are busy while a phone rings, talk and wrap up; a caller's wait ends
when an agent answers, so the ringing is taken off the time that is left for queueing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from routing.directory import Project
from routing.hours import public_holidays
from routing.shifts.erlang import Load, agents_needed, with_shrinkage
from routing.shifts.wall_clock import local_of, quarters_of
from routing.whatif.demand import ANSWERED, Demand
from routing.whatif.patience import ENOUGH_GAVE_UP
from telephony.identifiers import SECOND, Instant, ProjectId

QUARTER_S = 900
QUARTER_US = QUARTER_S * SECOND
HOLIDAY = 7
SUNDAY = 6
_Key = tuple[int, int]
"""Kind of day (0 Monday … 6 Sunday, 7 holiday) and quarter of it by the wall clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a call of the project costs and how patient its callers are, in seconds."""

    handling_s: float
    ringing_s: float = 0.0
    patience_s: float | None = None
    """None: too few gave up to tell, so it is reckoned as if nobody did."""


@dataclass(slots=True)
class Pattern:
    """How many callers come in which quarter of which kind of day, on average."""

    zone: ZoneInfo
    region: str | None = None
    """The Bundesland whose public holidays are days of their own; None: none are."""
    _callers: dict[_Key, int] = field(default_factory=dict)
    _quarters: dict[_Key, int] = field(default_factory=dict)
    seen: int = 0

    def watch(self, from_at: Instant, to_at: Instant) -> None:
        """So long callers were looked for: quarters without any count as well."""
        for quarter in quarters_of(from_at, to_at):
            key = self._key(quarter)
            self._quarters[key] = self._quarters.get(key, 0) + 1

    def add(self, came: Instant) -> None:
        """A caller of that time."""
        key = self._key(came)
        self._callers[key] = self._callers.get(key, 0) + 1
        self.seen += 1

    def expected(self, quarter: Instant) -> float:
        """Callers to expect in that quarter. A holiday whose like was not seen is taken for a Sunday."""
        kind, place = self._key(quarter)
        if not self._quarters.get((kind, place)) and kind == HOLIDAY:
            kind = SUNDAY
        times = self._quarters.get((kind, place), 0)
        return self._callers.get((kind, place), 0) / times if times else 0.0

    def _key(self, at: Instant) -> _Key:
        local = local_of(at, self.zone)
        kind = HOLIDAY if self._is_holiday(local.date()) else local.weekday()
        return kind, (local.hour * 60 + local.minute) // 15

    def _is_holiday(self, day: date) -> bool:
        return self.region is not None and day in public_holidays(self.region, day.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The service level to reach, and the part of booked time in which agents are not there."""

    threshold_s: float
    target: float
    shrinkage: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter hour of the hint."""

    from_at: Instant
    callers: float
    erlang_c: int
    erlang_a: int
    """By the measured patience; Erlang C's where that is not known."""
    needed: int
    """Heads to book: `erlang_a` with shrinkage."""
    planned: int = 0

    @property
    def over(self) -> int:
        """Planned less needed: below 0 is short."""
        return self.planned - self.needed


def pattern_of(
    demand: Demand, project_id: ProjectId, *, from_at: Instant, to_at: Instant, zone: ZoneInfo, region: str | None
) -> Pattern:
    """The project's callers of that stretch as a pattern."""
    pattern = Pattern(zone=zone, region=region)
    pattern.watch(from_at, to_at)
    for _, came, _, mark in demand.callers():
        if mark.project_id == project_id and from_at <= came < to_at:
            pattern.add(came)
    return pattern


def work_of(demand: Demand, project_id: ProjectId) -> Work | None:
    """What the project's calls cost, as journaled; None where there was none."""
    sample = demand.work_of.get(project_id)
    if sample is None or not sample.values:
        return None
    rang = [value for outcome, value in demand.offers_of_all.values if outcome == ANSWERED]
    ringing_s = sum(rang) / len(rang) / SECOND if rang else 0.0
    worked_s = sum(talk + wrap_up for talk, wrap_up in sample.values) / len(sample.values) / SECOND
    return Work(handling_s=worked_s + ringing_s, ringing_s=ringing_s, patience_s=_patience_s(demand, project_id))


def _patience_s(demand: Demand, project_id: ProjectId) -> float | None:
    """All seconds waited over those who gave up: of an exponential patience the likeliest mean, the answered cut short."""
    waits = demand.waits.get(project_id)
    gave_up = 0 if waits is None else sum(waits.gave_up)
    if waits is None or gave_up < ENOUGH_GAVE_UP:
        return None
    waited = sum((second + 0.5) * (waits.gave_up[second] + waits.left[second]) for second in range(len(waits.gave_up)))
    return waited / gave_up


def hint(
    pattern: Pattern,
    work: Work,
    wanted: Wanted,
    *,
    from_at: Instant,
    to_at: Instant,
    planned: Sequence[tuple[Instant, Instant]] = (),
) -> list[Quarter]:
    """Every quarter hour of the time. `planned`: the booked time of each agent who may take the project's calls."""
    memory: dict[float, tuple[int, int]] = {}
    found = []
    for quarter in quarters_of(from_at, to_at):
        callers = pattern.expected(quarter)
        if callers not in memory:
            memory[callers] = _agents(callers, work, wanted)
        patient, impatient = memory[callers]
        found.append(
            Quarter(
                from_at=quarter,
                callers=callers,
                erlang_c=patient,
                erlang_a=impatient,
                needed=with_shrinkage(impatient, wanted.shrinkage),
                planned=sum(begin <= quarter < end for begin, end in planned),
            )
        )
    return found


def _agents(callers: float, work: Work, wanted: Wanted) -> tuple[int, int]:
    threshold_s = max(wanted.threshold_s - work.ringing_s, 0.0)
    load = Load(per_second=callers / QUARTER_S, handling_s=work.handling_s)
    patient = agents_needed(load, threshold_s, wanted.target)
    if work.patience_s is None:
        return patient, patient
    impatient = Load(per_second=load.per_second, handling_s=work.handling_s, patience_s=work.patience_s)
    return patient, agents_needed(impatient, threshold_s, wanted.target)


def region_of(project: Project) -> str | None:
    """The Bundesland whose holidays the project knows."""
    return None if project.hours is None else project.hours.holidays_of
