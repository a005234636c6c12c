"""When a project is open, by the local wall clock and its holidays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from telephony.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Open from `opens` up to, not with, `closes`; `closes` 00:00 means midnight at the day's end."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Windows per weekday (0 Monday … 6 Sunday), with dated exceptions that replace the day."""

    zone: str = "Europe/Berlin"
    week: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)


def is_open(hours: OpeningHours | None, at: Instant) -> bool:
    """Whether the wall clock of that instant lies in a window; a project without hours is always open."""
    if hours is None:
        return True
    local = datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(ZoneInfo(hours.zone))
    windows = hours.exceptions.get(local.date(), hours.week.get(local.weekday(), ()))
    clock = local.time()
    return any(w.opens <= clock and (clock < w.closes or w.closes == time(0)) for w in windows)
