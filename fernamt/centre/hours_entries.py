"""What a centre file may say about hours: windows by weekday, holidays and exceptions."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.section import Section, expected
from routing.hours import REGIONS, OpeningHours, Window, faults_of

_WINDOW = re.compile(r"(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise expected("zone", "a time zone such as Europe/Berlin") from None
    return text


def _window(text: object) -> object:
    if not isinstance(text, str):
        return text
    found = _WINDOW.fullmatch(text.strip())
    hours = [int(part) for part in found.groups()] if found else []
    if not hours or hours[0] > 23 or hours[2] > 24 or max(hours[1], hours[3]) > 59 or (hours[2] == 24 and hours[3]):
        raise expected("window", 'opening hours such as "08:00-20:00"')
    return Window(opens=time(hours[0], hours[1]), closes=time(hours[2] % 24, hours[3]))


def _windows(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """The windows of a day, where routing finds nothing in them that cannot be meant."""
    faults = faults_of(OpeningHours(week={0: windows}))
    if faults:
        raise expected("windows", f"windows that do not clash; {'; '.join(fault.what for fault in faults)}")
    return windows


def _region(text: str) -> str:
    if text not in REGIONS:
        raise expected("region", f"a Bundesland, one of {', '.join(REGIONS)}")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Hours = Annotated[Window, BeforeValidator(_window)]
Windows = Annotated[tuple[Hours, ...], AfterValidator(_windows)]
Region = Annotated[str, AfterValidator(_region)]


class HoursEntry(Section):
    """When a project is open; a day that is not named is closed. A window that closes earlier than it opens ends on the next day.

    On public holidays of the Bundesland `holidays_of`, `on_holidays` replaces the weekday; `exceptions` replace both, by date.
    """

    zone: Zone = "Europe/Berlin"
    monday: Windows = ()
    tuesday: Windows = ()
    wednesday: Windows = ()
    thursday: Windows = ()
    friday: Windows = ()
    saturday: Windows = ()
    sunday: Windows = ()
    exceptions: dict[date, Windows] = Field(default_factory=dict, max_length=2_000)
    holidays_of: Region | None = None
    on_holidays: Windows = ()

    @model_validator(mode="after")
    def _knows_its_holidays(self) -> Self:
        if self.on_holidays and self.holidays_of is None:
            raise expected("holidays", "holidays_of, a Bundesland such as BY, beside on_holidays")
        return self


def hours_of(entry: HoursEntry) -> OpeningHours:
    """The hours the entry describes."""
    week: dict[int, tuple[Window, ...]] = {number: getattr(entry, day) for number, day in enumerate(WEEKDAYS)}
    return OpeningHours(
        zone=entry.zone,
        week={number: windows for number, windows in week.items() if windows},
        exceptions=entry.exceptions,
        holidays_of=entry.holidays_of,
        on_holidays=entry.on_holidays,
    )


def values_of_hours(hours: OpeningHours) -> dict[str, Any]:
    """The hours as an entry would say them."""
    week: Mapping[str, list[str]] = {WEEKDAYS[day]: _texts(windows) for day, windows in sorted(hours.week.items())}
    exceptions = {day.isoformat(): _texts(windows) for day, windows in sorted(hours.exceptions.items())}
    holidays = {"holidays_of": hours.holidays_of, "on_holidays": _texts(hours.on_holidays)}
    return {"zone": hours.zone, **week, "exceptions": exceptions, **holidays}


def text_of(window: Window) -> str:
    """The window as an entry would say it."""
    closes = "24:00" if window.closes.hour == window.closes.minute == 0 else f"{window.closes:%H:%M}"
    return f"{window.opens:%H:%M}-{closes}"


def _texts(windows: tuple[Window, ...]) -> list[str]:
    return [text_of(window) for window in windows]
