"""When people are called: by the hours of the project, and by the clock and the holidays of the called party."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from routing.hours import HOLIDAY_COUNTRY, REGIONS, OpeningHours, Window, is_open_on, public_holidays
from routing.outbound.rules import OutboundRules
from telephony.identifiers import MS, SECOND, Instant

SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From when on past calls count, seen from one instant."""

    day_at: Instant
    burst_at: Instant
    night_at: Instant | None
    """None: it is no night now."""


def counted_since(at: Instant, rules: OutboundRules) -> Since:
    """What is counted against an ask at that instant: the day and the night by the centre's clock, the burst to the moment."""
    return Since(
        day_at=day_began_at(at, rules.zone),
        burst_at=Instant(at - rules.brakes.burst_ms * MS),
        night_at=night_began_at(at, rules.brakes.night, rules.zone),
    )


def night_began_at(at: Instant, night: Window, zone: str) -> Instant | None:
    """When the night of that instant began; None where it is none."""
    local = clock_of(at, zone)
    if not is_within(night, local):
        return None
    crossed = night.opens >= night.closes and local.time() < night.closes
    day = local.date() - timedelta(days=1) if crossed else local.date()
    return Instant(int(datetime.combine(day, night.opens, local.tzinfo).timestamp()) * SECOND)


def is_within(window: Window, local: datetime) -> bool:
    """Whether that wall clock lies in the window, which may cross midnight."""
    clock = local.time()
    if window.opens < window.closes:
        return window.opens <= clock < window.closes
    return clock >= window.opens or clock < window.closes


def day_of(at: Instant, zone: str) -> date:
    """The day on that wall clock."""
    return clock_of(at, zone).date()


def day_began_at(at: Instant, zone: str) -> Instant:
    """When the day of that instant began on that wall clock."""
    midnight = clock_of(at, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return Instant(int(midnight.timestamp()) * SECOND)


def is_open_at(hours: OpeningHours | None, at: Instant) -> bool:
    """Whether these hours are open by the clock of their own zone."""
    return hours is None or is_open_on(hours, *_day_and_clock(at // SECOND, hours.zone))


def may_be_rung(hours: OpeningHours, at: Instant, zones: tuple[str, ...]) -> bool:
    """Whether these hours, read by the clock of each zone the party may live in, are open."""
    return all(is_open_on(hours, *_day_and_clock(at // SECOND, zone)) for zone in zones)


def is_day_of_rest(at: Instant, zones: tuple[str, ...], country: str | None, regions: tuple[str, ...]) -> bool:
    """Whether it is a Sunday or public holiday where the party may live.

    In Germany a holiday of any of these Länder counts; where none is known, of any Land at all: nobody is disturbed on one.
    """
    for zone in zones:
        day, _ = _day_and_clock(at // SECOND, zone)
        if day.weekday() == SUNDAY or _is_holiday(day, country, regions):
            return True
    return False


@lru_cache(maxsize=1_024)
def _is_holiday(day: date, country: str | None, regions: tuple[str, ...]) -> bool:
    if country == HOLIDAY_COUNTRY:
        return any(day in public_holidays(region, day.year) for region in regions or REGIONS)
    return country is not None and day in _holidays_of_country(country, day.year)


@lru_cache(maxsize=256)
def _holidays_of_country(country: str, year: int) -> frozenset[date]:
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=[year], expand=False))


def clock_of(at: Instant, zone: str) -> datetime:
    """That instant on that wall clock, by whole seconds."""
    return _clock(at // SECOND, zone)


@lru_cache(maxsize=64)
def _clock(second: int, zone: str) -> datetime:
    """Once a second and zone: what is permitted in the same one is judged by the same clock."""
    return datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(zone))


@lru_cache(maxsize=64)
def _day_and_clock(second: int, zone: str) -> tuple[date, time]:
    local = _clock(second, zone)
    return local.date(), local.time()
