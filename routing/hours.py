"""When a project is open, by the local wall clock, its public holidays and its own exceptions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from telephony.faults import FaultCode, Wrong
from telephony.identifiers import Instant

MIDNIGHT = time(0)
HOLIDAY_COUNTRY = "DE"
REGIONS = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
LOOKED_AHEAD_DAYS = 30
LOOKED_BACK_DAYS = 8
_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Open from `opens` up to, not with, `closes`; where that is not later, it is on the next day (00:00: the day's end).

    00:00 to 00:00 is the whole day.
    """

    opens: time
    closes: time

    @property
    def crosses_midnight(self) -> bool:
        """Whether it is open on the morning after."""
        return MIDNIGHT < self.closes <= self.opens


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Windows per weekday (0 Monday … 6 Sunday). A holiday replaces the weekday, an exception replaces both.

    A window belongs to the day on which it opens, and runs to its end whatever the next day is.
    """

    zone: str = "Europe/Berlin"
    week: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    holidays_of: str | None = None
    """The Bundesland whose public holidays count, such as "BY"; None: none do."""
    on_holidays: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursFault:
    """Something in opening hours that cannot be meant, and what to write instead."""

    where: str
    what: Wrong


def is_open(hours: OpeningHours | None, at: Instant) -> bool:
    """Whether the wall clock of that instant lies in a window; a project without hours is always open.

    The hour that comes twice in autumn is open both times or not at all; the one left out in spring never comes.
    """
    if hours is None:
        return True
    return is_open_by(hours, datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(ZoneInfo(hours.zone)))


def is_open_by(hours: OpeningHours, local: datetime) -> bool:
    """Whether that wall clock lies in a window, whatever zone it is of."""
    return is_open_on(hours, local.date(), local.time())


def is_open_on(hours: OpeningHours, today: date, clock: time) -> bool:
    """The same, of a day and its clock. Asked twice in each decision about a call outside."""
    for window in windows_of(hours, today):
        if window.opens <= clock and (clock < window.closes or window.closes <= window.opens):
            return True
    return any(clock < window.closes and window.crosses_midnight for window in windows_of(hours, today - _DAY))


def next_change_at(hours: OpeningHours | None, at: Instant) -> Instant | None:
    """When it opens or closes next, after that instant; None where that is not within `LOOKED_AHEAD_DAYS`."""
    return (
        None
        if hours is None
        else next((change for change in _changes(hours, at, range(-2, LOOKED_AHEAD_DAYS)) if change > at), None)
    )


def closed_since(hours: OpeningHours | None, at: Instant) -> Instant | None:
    """When it closed, as of an instant at which it is closed; None where it is open, or was closed all `LOOKED_BACK_DAYS`."""
    if is_open(hours, at) or hours is None:
        return None
    before = [change for change in _changes(hours, at, range(-LOOKED_BACK_DAYS, 2)) if change <= at]
    return before[-1] if before else None


def _changes(hours: OpeningHours, at: Instant, days: Iterable[int]) -> Iterator[Instant]:
    """The instants in these days, counted from that of `at`, from which on it is open and was not, or the other way round."""
    zone = ZoneInfo(hours.zone)
    today = datetime.fromtimestamp(at // _SECOND, UTC).astimezone(zone).date()
    edges = {edge for day in days for edge in _edges(hours, today + timedelta(days=day), zone)}
    for edge in sorted(edges):
        if is_open(hours, edge) is not is_open(hours, Instant(edge - _SECOND)):
            yield edge


def _edges(hours: OpeningHours, day: date, zone: ZoneInfo) -> Iterator[Instant]:
    for window in windows_of(hours, day):
        closing_day = day if window.closes > window.opens else day + timedelta(days=1)
        for local in (datetime.combine(day, window.opens), datetime.combine(closing_day, window.closes)):
            for fold in (0, 1):  # an hour that comes twice in autumn has both its edges
                yield Instant(int(local.replace(tzinfo=zone, fold=fold).timestamp()) * _SECOND)
    begins, ends = (datetime.combine(each, MIDNIGHT, zone) for each in (day, day + timedelta(days=1)))
    midnight = int(begins.timestamp())
    yield Instant(midnight * _SECOND)
    if begins.utcoffset() != ends.utcoffset():  # the wall clock jumps, at a full hour, over an edge or back before one
        for hour in range(1, 26):
            yield Instant((midnight + hour * 3_600) * _SECOND)


def windows_of(hours: OpeningHours, day: date) -> tuple[Window, ...]:
    """The windows that open on that day."""
    exception = hours.exceptions.get(day)
    if exception is not None:
        return exception
    if hours.holidays_of is not None and day in public_holidays(hours.holidays_of, day.year):
        return hours.on_holidays
    return hours.week.get(day.weekday(), ())


@lru_cache(maxsize=256)
def public_holidays(region: str, year: int) -> Mapping[date, str]:
    """The public holidays of a Bundesland in that year, by name in German, as the library `holidays` knows them."""
    found = holidays.country_holidays(HOLIDAY_COUNTRY, subdiv=region, years=[year], expand=False, language="de")
    return dict(found.items())


def faults_of(hours: OpeningHours) -> tuple[HoursFault, ...]:
    """Everything in these hours that cannot be meant; empty where all is well."""
    return tuple(_faults(hours))


def _faults(hours: OpeningHours) -> Iterator[HoursFault]:
    try:
        ZoneInfo(hours.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield HoursFault(where="zone", what=Wrong(FaultCode.UNKNOWN_ZONE, zone=hours.zone))
    if hours.holidays_of is not None and hours.holidays_of not in REGIONS:
        yield HoursFault(
            where="holidays_of", what=Wrong(FaultCode.UNKNOWN_REGION, region=hours.holidays_of, regions=", ".join(REGIONS))
        )
    if hours.on_holidays and hours.holidays_of is None:
        yield HoursFault(where="on_holidays", what=Wrong(FaultCode.NO_HOLIDAYS_KNOWN))
    for day, windows in hours.week.items():
        if day not in range(7):
            yield HoursFault(where=f"week.{day}", what=Wrong(FaultCode.UNKNOWN_WEEKDAY, day=day))
        yield from _overlaps(f"week.{day}", windows)
    for exception, windows in hours.exceptions.items():
        yield from _overlaps(f"exceptions.{exception.isoformat()}", windows)
    yield from _overlaps("on_holidays", hours.on_holidays)


def _overlaps(where: str, windows: Sequence[Window]) -> Iterator[HoursFault]:
    for window in windows:
        if window.opens == window.closes != MIDNIGHT:
            yield HoursFault(where=where, what=Wrong(FaultCode.EMPTY_WINDOW, window=_text(window)))
    for earlier, later in pairwise(sorted(windows, key=lambda w: w.opens)):
        end = _minutes(earlier.closes) if earlier.closes > earlier.opens else _DAY_MINUTES
        if _minutes(later.opens) < end:
            yield HoursFault(where=where, what=Wrong(FaultCode.WINDOWS_OVERLAP, first=_text(earlier), second=_text(later)))


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute + clock.second / 60


def _text(window: Window) -> str:
    return f"{window.opens:%H:%M}-{window.closes:%H:%M}"
