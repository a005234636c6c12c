"""Calls outside, as they are asked about and shown. Money is in millionths of the centre's currency."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from routing.outbound.asking import WorkKind
from routing.outbound.facts import Covers, ListOwner
from routing.outbound.rules import Attempts
from routing.outbound.shown import AssignedTo
from telephony.terms import MachineRule
from web.schemas.aftercall import CodeFacts, TargetsFacts
from web.schemas.callers import CallersNumber
from web.schemas.hours import HoursFacts
from web.schemas.types import NO_CONTROLS, Did, Id, Shape, Shown, Text, When

_BASE = Attempts()
Micros = Annotated[int, Field(ge=0, le=10**15)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Times = Annotated[int, Field(ge=0, le=1_000)]
Wait = Annotated[int, Field(ge=0, le=90 * 86_400_000)]
Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
Why = Annotated[str, StringConstraints(max_length=500, pattern=NO_CONTROLS)]
OwnerId = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")]


class CapsFacts(Shape):
    """What calls outside may cost and be in one day."""

    cost_micros: Micros
    calls: Count


class AttemptsFacts(Shape):
    """How often one number may be tried, across projects, and how long it is left in peace after a try."""

    per_day: Times = _BASE.per_day
    in_total: Times = _BASE.in_total
    interval_ms: Wait = _BASE.interval_ms
    after_busy_ms: Wait = _BASE.after_busy_ms
    after_answer_ms: Wait = _BASE.after_answer_ms


class ProjectOutboundFacts(Shape):
    """How a project calls people."""

    kind: WorkKind = WorkKind.SERVICE
    has_offer: bool = Field(default=False, description="Its script offers something: all its calls count as advertising.")
    hours: HoursFacts | None = Field(default=None, description="None: the project's own.")
    attempts: AttemptsFacts | None = Field(default=None, description="None: the centre's. What is laxer does not hold.")
    countries: list[Country] = Field(
        default_factory=list, max_length=200, description="Outside the EU, those with an individual offer."
    )
    max_duration_ms: Annotated[int, Field(ge=60_000, le=86_400_000)] | None = None
    dials_in_pause: bool = Field(default=False, description="Whether agents may call somebody by hand while they are paused.")
    dials_in_wrap_up: bool = Field(default=True, description="The same during the wrap-up of the call before.")
    dial_task: Annotated[str, StringConstraints(max_length=200, pattern=NO_CONTROLS)] = Field(
        default="", description="The task that calls dialled on agents' phones are booked on; empty: phones call nobody for it."
    )
    dial_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,4}$")] = Field(
        default="", description="Dialled before the number, between stars, to mean this project."
    )
    preview_limit_ms: Annotated[int, Field(ge=10_000, le=3_600_000)] = Field(
        default=120_000, description="So long an agent looks at a lead before it is somebody else's."
    )
    is_progressive: bool = Field(
        default=False, description="Its free agents are given leads and rung for them by themselves, one lead an agent."
    )
    keeps_free: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=0, description="So many agents of each project whose callers they could have stay free for those."
    )
    machines: MachineRule = Field(
        default=MachineRule.IGNORE,
        description="What becomes of a call that an answering machine takes: nobody listens, the agent is told, or it ends.",
    )
    machine_after_ms: Annotated[int, Field(ge=1_500, le=15_000)] = Field(
        default=4_000, description="Who speaks for so long without a pause when answering is a machine."
    )
    codes: list[CodeFacts] = Field(default_factory=list, max_length=200, description="What its wrap-up codes make of a lead.")
    targets: TargetsFacts = TargetsFacts()


class OnWhichList(CallersNumber):
    """A number, and whose list is meant."""

    owner: ListOwner = ListOwner.CENTRE
    owner_id: OwnerId = Field(default="", description="Of the client or project; empty for the centre's own list.")


class ToAdd(OnWhichList):
    """A number that is not to be called."""

    covers: Covers = Covers.EVERYTHING
    reason: Why = ""


class ToRemove(OnWhichList):
    """A number that may be called again."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_CONTROLS)]


class DoNotCallListShown(Shown):
    """A list, without its numbers: nobody can read them."""

    owner: ListOwner
    owner_id: str
    numbers: int


class DoNotCallListsShown(Shown):
    """All lists that have a number."""

    items: list[DoNotCallListShown]


class EntryShown(Shown):
    """What a list says of one number."""

    owner: ListOwner
    owner_id: str
    covers: Covers
    reason: str
    added_at: datetime


class EntriesShown(Shown):
    """What all lists say of one number."""

    items: list[EntryShown]


class RightFacts(Shape):
    """A documented right to show a number."""

    right_id: Id
    number: Did
    owner: Id = Field(description="The client the number is allocated to; `centre` for our own.")
    document: Text = Field(description="Where the permission is filed.")
    assigned_to: AssignedTo = AssignedTo.CENTRE
    assigned_id: OwnerId = Field(default="", description="Of the agent, project or client whose calls show it.")
    valid_from: When
    valid_until: When | None = None


class RightShown(Shown):
    """A right to show a number, and whether it holds now."""

    right_id: str
    number: str
    owner: str
    document: str
    assigned_to: AssignedTo
    assigned_id: str
    valid_from: datetime
    valid_until: datetime | None
    holds: bool
    ends_soon: bool = Field(description="It holds, and ends within thirty days.")
    documents: int = Field(description="Versions of its document that are kept here.")


class RightsShown(Shown):
    """All rights, those that are over as well."""

    items: list[RightShown]
