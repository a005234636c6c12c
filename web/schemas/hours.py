"""Opening hours, as they are sent and shown."""

from datetime import date, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from routing.hours import REGIONS, OpeningHours, Window, faults_of
from telephony.faults import FaultCode, Wrong
from web.schemas.types import Shape, Text, said


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise said(Wrong(FaultCode.UNKNOWN_ZONE, zone=name)) from error
    return name


Zone = Annotated[Text, AfterValidator(_is_zone)]


class WindowFacts(Shape):
    """Open from `opens` up to, not with, `closes`: of the next day where that is not later; 00:00 means the day's end."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _is_local(self) -> Self:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("are local times, without an offset")
        return self


def _are_apart(windows: list[WindowFacts]) -> list[WindowFacts]:
    """The windows of a day, where routing finds nothing in them that cannot be meant."""
    day = OpeningHours(week={0: tuple(Window(opens=w.opens, closes=w.closes) for w in windows)})
    faults = faults_of(day)
    if faults:
        raise said(faults[0].what)
    return windows


def _is_region(region: str) -> str:
    if region not in REGIONS:
        raise said(Wrong(FaultCode.UNKNOWN_REGION, region=region[:20], regions=", ".join(REGIONS)))
    return region


Windows = Annotated[list[WindowFacts], AfterValidator(_are_apart)]
Region = Annotated[str, AfterValidator(_is_region), Field(json_schema_extra={"enum": list(REGIONS)})]


class HoursFacts(Shape):
    """Opening hours by weekday (0 Monday … 6 Sunday); public holidays replace the weekday, exceptions by date replace both."""

    zone: Zone = "Europe/Berlin"
    week: dict[Annotated[str, Field(pattern="^[0-6]$")], Windows] = Field(default_factory=dict)
    exceptions: dict[date, Windows] = Field(default_factory=dict, max_length=2_000)
    holidays_of: Region | None = Field(default=None, description="Bundesland whose public holidays count; None: none do.")
    on_holidays: Windows = Field(default_factory=list, description="When it is open on those; empty: closed.")

    @model_validator(mode="after")
    def _knows_its_holidays(self) -> Self:
        if self.on_holidays and self.holidays_of is None:
            raise said(Wrong(FaultCode.NO_HOLIDAYS_KNOWN))
        return self
