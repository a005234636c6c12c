"""Clients, projects, numbers, and the whole centre in one document."""

from datetime import date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from routing.directory import ClosedTreatment, ClosingTreatment, OutsideShift
from routing.hours import REGIONS, OpeningHours, Window, faults_of
from web.schemas.agents import AgentFacts, AgentShown
from web.schemas.demands import DemandFacts, RelaxationFacts
from web.schemas.teams import NamedTeam, TeamShown
from web.schemas.types import Asked, Did, Id, Mailbox, Shape, Shown, Text
from web.schemas.waiting import AnnouncementFacts, DepartmentFacts, MenuFacts, OverflowFacts

LONGEST_MS = 24 * 3_600_000
Milliseconds = Annotated[int, Field(ge=0, le=LONGEST_MS)]
Weight = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone, such as Europe/Berlin") from error
    return name


Zone = Annotated[Text, AfterValidator(_is_zone)]


class ClientFacts(Shape):
    """A client."""

    name: Text


class ClientShown(Shown):
    """A client."""

    client_id: str
    name: str


class ClientList(Shown):
    """Clients within reach."""

    items: list[ClientShown]


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
        raise ValueError("; ".join(fault.what for fault in faults))
    return windows


def _is_region(region: str) -> str:
    if region not in REGIONS:
        raise ValueError(f"is no Bundesland: give one of {', '.join(REGIONS)}")
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
            raise ValueError("on_holidays needs holidays_of, a Bundesland such as BY")
        return self


class ProjectFacts(Shape):
    """A project, whole. Durations in milliseconds."""

    client_id: Id
    name: Text
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] = "de"
    hours: HoursFacts | None = Field(default=None, description="None: always open.")
    closed_treatment: ClosedTreatment = ClosedTreatment.MACHINE
    at_closing: ClosingTreatment = Field(
        default=ClosingTreatment.SERVE, description="What becomes of callers who wait when the project closes."
    )
    closing_grace_ms: Milliseconds = 0
    answers_early: bool = False
    accepts_anonymous: bool = True
    music: Id = "default"
    mailbox: Mailbox | None = Field(default=None, description="Where voice messages are mailed; None: to the centre's mailbox.")
    ring_timeout_ms: Annotated[int, Field(ge=1_000, le=600_000)] = 20_000
    recovery_ms: Milliseconds = 20_000
    wait_limit_ms: Milliseconds | None = None
    priority_weight: Weight = 1.0
    weights: Annotated[list[Weight], Field(min_length=3, max_length=3)] | None = None
    wrap_up_limit_ms: Milliseconds = 30_000
    wrap_up_extension_ms: Milliseconds = 30_000
    wrap_up_codes: list[Id] = Field(default_factory=list, max_length=200)
    service_level_ms: Milliseconds = 20_000
    menu: MenuFacts | None = Field(default=None, description="None: callers are asked nothing.")
    departments: list[DepartmentFacts] = Field(default_factory=list, max_length=50)
    announcements: AnnouncementFacts | None = Field(default=None, description="None: waiting callers hear music only.")
    overflow: list[OverflowFacts] = Field(default_factory=list, max_length=20)
    demand: DemandFacts = DemandFacts()
    relaxation: list[RelaxationFacts] = Field(default_factory=list, max_length=20)
    preference_ms: Milliseconds = Field(default=20_000, description="What is preferred counts while the caller waited less.")
    sticky_ms: Milliseconds = Field(default=0, description="How long callers wait for the agent they talked to last.")
    outside_shift: OutsideShift | None = Field(
        default=None,
        description="Whether agents get its calls outside the shifts they are booked for; None: as the centre has it.",
    )


class ProjectShown(Shown):
    """A project."""

    project_id: str
    facts: ProjectFacts


class ProjectList(Shown):
    """Projects within reach."""

    items: list[ProjectShown]


class NumberFacts(Shape):
    """Where a number of ours leads."""

    project_id: Id


class NumberShown(Shown):
    """A number of ours."""

    did: str
    project_id: str


class NumberList(Shown):
    """Numbers within reach."""

    items: list[NumberShown]


class CentreQuery(Asked):
    """How to apply."""

    dry_run: bool = Field(default=False, description="Say what would change, and change nothing.")
    remove_others: bool = Field(default=False, description="What is not named goes out of use.")


class NamedClient(ClientFacts):
    """A client with its id."""

    client_id: Id


class NamedProject(ProjectFacts):
    """A project with its id."""

    project_id: Id


class NamedNumber(NumberFacts):
    """A number with where it leads."""

    did: Did


class NamedAgent(AgentFacts):
    """An agent with their id."""

    agent_id: Id


class CentreFacts(Shape):
    """A whole centre: each thing named holds as described; what is not named stays, or goes out of use by `remove_others`."""

    clients: list[NamedClient] = Field(default_factory=list, max_length=10_000)
    projects: list[NamedProject] = Field(default_factory=list, max_length=10_000)
    numbers: list[NamedNumber] = Field(default_factory=list, max_length=100_000)
    agents: list[NamedAgent] = Field(default_factory=list, max_length=100_000)
    teams: list[NamedTeam] = Field(default_factory=list, max_length=10_000)
    default_weights: Annotated[list[Weight], Field(min_length=3, max_length=3)] | None = None
    home_country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    outside_shift: OutsideShift | None = None


class ChangeShown(Shown):
    """One thing that changed."""

    what: str
    id: str
    how: str


class AppliedShown(Shown):
    """What applying changed."""

    is_dry_run: bool
    revision: int
    changes: list[ChangeShown]


class DirectoryShown(Shown):
    """The whole centre in force."""

    revision: int
    as_of: datetime
    clients: list[ClientShown]
    projects: list[ProjectShown]
    numbers: list[NumberShown]
    agents: list[AgentShown]
    teams: list[TeamShown]
