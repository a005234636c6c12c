"""Clients, projects, numbers, and the whole centre in one document."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from routing.directory import ClosedTreatment, ClosingTreatment, OutsideShift
from web.schemas.aftercall import OrderTermsFacts
from web.schemas.agents import AgentFacts, AgentShown
from web.schemas.demands import DemandFacts, RelaxationFacts
from web.schemas.hours import HoursFacts
from web.schemas.outbound import CapsFacts, ProjectOutboundFacts
from web.schemas.sampling import RecordingSignFacts, SamplingFacts
from web.schemas.teams import NamedTeam, TeamShown
from web.schemas.types import Asked, Did, Id, Mailbox, Shape, Shown, Text
from web.schemas.waiting import AnnouncementFacts, CallbackFacts, DepartmentFacts, MenuFacts, OverflowFacts

LONGEST_MS = 24 * 3_600_000
Milliseconds = Annotated[int, Field(ge=0, le=LONGEST_MS)]
Weight = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]


class ClientFacts(Shape):
    """A client."""

    name: Text
    caps: CapsFacts | None = Field(
        default=None, description="What its calls outside may cost in a day; None: as the centre has it."
    )


class ClientShown(Shown):
    """A client."""

    client_id: str
    name: str
    caps: CapsFacts | None = None


class ClientList(Shown):
    """Clients within reach."""

    items: list[ClientShown]


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
    callback: CallbackFacts = CallbackFacts()
    overflow: list[OverflowFacts] = Field(default_factory=list, max_length=20)
    demand: DemandFacts = DemandFacts()
    relaxation: list[RelaxationFacts] = Field(default_factory=list, max_length=20)
    preference_ms: Milliseconds = Field(default=20_000, description="What is preferred counts while the caller waited less.")
    sticky_ms: Milliseconds = Field(default=0, description="How long callers wait for the agent they talked to last.")
    outside_shift: OutsideShift | None = Field(
        default=None,
        description="Whether agents get its calls outside the shifts they are booked for; None: as the centre has it.",
    )
    outbound: ProjectOutboundFacts | None = Field(
        default=None, description="How it calls people; None: it only calls back, and hands callers on."
    )
    orders: OrderTermsFacts | None = Field(default=None, description="How it takes orders; None: it takes none.")
    sampling: SamplingFacts | None = Field(default=None, description="How its inbound calls are sampled; None: none is.")
    recording_sign: RecordingSignFacts = RecordingSignFacts()


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
