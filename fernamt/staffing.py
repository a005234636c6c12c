"""The staffing hint read from journal and plan, as a record and as a picture. In a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from fernamt.pictures import Axis, Chart
from fernamt.whatif.journaled import observe
from routing.directory import Directory, Project
from routing.shifts.slots import SlotScope
from routing.shifts.staffing import Pattern, Quarter, Wanted, Work, hint, pattern_of, region_of, work_of
from routing.shifts.wall_clock import instant_of, local_of
from store.journal_reading import JournalReader
from store.shifts import ShiftStore
from telephony.agent.model import AgentRules
from telephony.identifiers import SECOND, Instant

HOUR_US = 3_600 * SECOND
TICKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """The hint, and what it rests on."""

    project: Project
    wanted: Wanted
    weeks: int
    pattern: Pattern
    work: Work | None
    quarters: Sequence[Quarter]

    def told(self) -> dict[str, Any]:
        """As the command line and the API tell it."""
        handling_s = 0.0 if self.work is None else round(self.work.handling_s, 1)
        patience_s = None if self.work is None or self.work.patience_s is None else round(self.work.patience_s, 1)
        return {
            "project": self.project.project_id,
            "threshold_s": self.wanted.threshold_s,
            "target_percent": round(100 * self.wanted.target, 3),
            "shrinkage_percent": round(100 * self.wanted.shrinkage, 3),
            "weeks": self.weeks,
            "callers_seen": self.pattern.seen,
            "patience_s": patience_s,
            "quarters": [
                {
                    "from_at": _iso(each.from_at),
                    "callers": round(each.callers, 3),
                    "handling_s": handling_s,
                    "erlang_c": each.erlang_c,
                    "erlang_a": each.erlang_a,
                    "needed": each.needed,
                    "planned": each.planned,
                    "over": each.over,
                }
                for each in self.quarters
            ],
        }

    def picture(self) -> str:
        """Needed and planned heads as one SVG."""
        first = self.quarters[0].from_at if self.quarters else Instant(0)
        hours = max(len(self.quarters) / 4, 0.25)
        top = max((max(each.needed, each.planned, each.erlang_c) for each in self.quarters), default=0) + 1
        step = max(1, ceil(hours / TICKS))
        x = Axis("hours since the beginning", 0, hours, tuple(float(n) for n in range(0, int(hours) + 1, step)))
        rise = max(1, ceil(top / 8))
        y = Axis("agents", 0, float(top), tuple(float(n) for n in range(0, top + 1, rise)))
        chart = Chart(f"Heads for {self.project.name}", x, y)
        chart.line("needed", _steps(self.quarters, first, [each.needed for each in self.quarters]))
        chart.line("planned", _steps(self.quarters, first, [each.planned for each in self.quarters]))
        chart.line("if nobody gave up", _steps(self.quarters, first, [each.erlang_c for each in self.quarters]), is_dashed=True)
        return chart.svg()


async def staffing(
    journal: JournalReader,
    shifts: ShiftStore,
    directory: Directory,
    rules: AgentRules,
    *,
    project: Project,
    wanted: Wanted,
    weeks: int,
    zone: ZoneInfo,
    from_at: Instant,
    to_at: Instant,
    now: Instant,
) -> Staffing:
    """The hint for [from, to), from the whole weeks before it, or before today where it lies ahead."""
    begins, ends = _weeks_before(min(from_at, now), weeks, zone)
    threshold_ms = round(wanted.threshold_s * 1_000)
    observer = await observe(journal, directory, rules, from_at=begins, to_at=ends, threshold_ms=threshold_ms)
    region = region_of(project)
    pattern = pattern_of(observer.demand, project.project_id, from_at=begins, to_at=ends, zone=zone, region=region)
    work = work_of(observer.demand, project.project_id)
    planned = await _planned(shifts, directory, project, from_at, to_at)
    quarters = hint(pattern, work or Work(handling_s=0.0), wanted, from_at=from_at, to_at=to_at, planned=planned)
    return Staffing(project=project, wanted=wanted, weeks=weeks, pattern=pattern, work=work, quarters=quarters)


def _weeks_before(at: Instant, weeks: int, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Whole days by the wall clock, as many of each weekday."""
    today = local_of(at, zone).date()
    return tuple(  # type: ignore[return-value]  # two of them
        instant_of(datetime.combine(day, time(), zone)) for day in (today - timedelta(weeks=weeks), today)
    )


async def _planned(
    shifts: ShiftStore, directory: Directory, project: Project, from_at: Instant, to_at: Instant
) -> list[tuple[Instant, Instant]]:
    """The booked time of agents who may take the project's calls then; who is booked for the centre or a team counts for all
    their projects."""
    book = await shifts.plan(from_at, to_at)
    found = []
    for slot in book.slots.values():
        if slot.scope is SlotScope.PROJECT and slot.scope_id != project.project_id:
            continue
        for booking in book.binding(slot.slot_id):
            agent = directory.agents.get(booking.agent_id)
            if agent is not None and agent.is_active and project.project_id in agent.certificates:
                found.append((slot.from_at, slot.to_at))
    return found


def _steps(quarters: Sequence[Quarter], first: Instant, heads: Sequence[int]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for each, count in zip(quarters, heads, strict=True):
        begin = (each.from_at - first) / HOUR_US
        points += [(begin, float(count)), (begin + 0.25, float(count))]
    return points


def _iso(at: Instant) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
