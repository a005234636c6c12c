"""Shifts, as they are asked for and shown."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from routing.shifts.slots import ExcuseReason, NoticeKind, SlotScope
from web.schemas.period import PeriodQuery
from web.schemas.types import NO_CONTROLS, Id, LoginName, Shape, Shown, When

LONGEST_FILE = 256_000
"""Some two thousand slots: the command line takes more."""
LONGEST_LIST = timedelta(days=62)
Reason = Annotated[str, StringConstraints(max_length=500, pattern=NO_CONTROLS)]
Heads = Annotated[int, Field(ge=1, le=10_000)]


class ShiftsQuery(PeriodQuery):
    """Which shifts."""

    to: When = Field(description=f"Up to, not with, this instant: at most {LONGEST_LIST.days} days later.")

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if self.to - self.from_ > LONGEST_LIST:
            raise ValueError(f"ask for {LONGEST_LIST.days} days at most")
        return self

    agent: Id | None = Field(default=None, description="Those this agent is booked in.")
    project: Id | None = Field(default=None, description="Of this project.")


class ShiftFacts(Shape):
    """A slot of the plan."""

    scope: SlotScope = Field(description="Whose work it is for.")
    scope_id: Id | None = Field(default=None, description="The project or team; nothing for the whole centre.")
    from_at: When
    to_at: When
    headcount: Heads
    leader: LoginName | None = Field(default=None, description="The log-in of who is on duty as leader.")
    reason: Reason = Field(default="", description="Why the plan is changed: it is kept on record.")


class ShiftShown(Shown):
    """A slot, how many are bound, and as far as they are within reach, who."""

    shift_id: str
    scope: SlotScope
    scope_id: str | None
    from_at: datetime
    to_at: datetime
    headcount: int
    booked: int
    leader: str | None
    agents: list[str]
    may_be_booked: bool = Field(description="Whether the asking agent could book it now.")


class ShiftList(Shown):
    """Shifts within reach, by their beginning."""

    items: list[ShiftShown]


class OfAgent(Shape):
    """For whom; an agent does it for themself."""

    agent_id: Id | None = None
    reason: Reason = ""


class SwapOffer(OfAgent):
    """To whom a booking is offered; to whoever takes it without a name."""

    to_agent: Id | None = None


class ExcuseAsked(OfAgent):
    """Why somebody cannot come. The note is for who decides, and gone once that is done."""

    why: ExcuseReason


class Decision(Shape):
    """What a person decided."""

    is_granted: bool
    reason: Reason = ""


class SwapShown(Shown):
    """A booking that may be taken over."""

    swap_id: str
    shift_id: str
    from_at: datetime
    to_at: datetime
    from_agent: str
    from_name: str = Field(description="What colleagues call who offers it.")
    to_agent: str | None
    to_name: str | None


class TakerShown(Shown):
    """A colleague a booking could be offered to."""

    agent_id: str
    name: str


class TakerList(Shown):
    """Colleagues who may do the work of the shift and are not booked in it."""

    items: list[TakerShown]


class ExcuseShown(Shown):
    """An excuse that nobody has decided on yet."""

    excuse_id: str
    shift_id: str
    agent_id: str
    from_at: datetime
    to_at: datetime
    why: ExcuseReason
    note: str


class RequestsShown(Shown):
    """Swaps and excuses that are open, as far as they are within reach."""

    swaps: list[SwapShown]
    excuses: list[ExcuseShown]


class NoticeShown(Shown):
    """What was changed of the agent's shifts, or decided on what they asked for."""

    notice_id: str
    at: datetime
    kind: NoticeKind
    shift_id: str
    from_at: datetime
    to_at: datetime


class NoticeList(Shown):
    """What the agent has not seen yet."""

    items: list[NoticeShown]


class PlanFormat(StrEnum):
    """How a plan is written."""

    CSV = "csv"
    ICAL = "ical"


class PlanFile(Shape):
    """A plan from a file, and what holds where it says nothing."""

    format: PlanFormat
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_FILE)]
    scope: SlotScope = SlotScope.CENTRE
    scope_id: Id | None = None
    headcount: Heads = 1
    is_preview: bool = Field(default=True, description="Say what would come of it, and change nothing.")


class PlanFault(Shown):
    """One thing in a file that cannot be meant. Lines and columns count from 1; column 0: the whole line."""

    line: int
    column: int
    what: str


class PlanImported(Shown):
    """What a file changed, or would change; nothing where there are faults."""

    is_preview: bool
    added: int
    changed: int
    booked: int
    faults: list[PlanFault]


class AttendanceQuery(PeriodQuery):
    """Whose attendance."""

    agent: Id | None = None


class AttendanceShown(Shown):
    """One agent's planned time and what became of it; milliseconds. Parts of `planned_ms`: kept, late, left early, away, paused,
    unreachable, missed. `down_ms` is the part of `kept_ms` in which the service was down."""

    agent_id: str
    shifts: int
    planned_ms: int
    kept_ms: int
    late_ms: int
    left_early_ms: int
    away_ms: int
    paused_ms: int
    unreachable_ms: int
    missed_ms: int
    down_ms: int
    excused_ms: int
    outside_ms: int


class AttendanceList(Shown):
    """Attendance within reach."""

    items: list[AttendanceShown]


class StaffingQuery(PeriodQuery):
    """For what heads are worked out."""

    project: Id
    weeks: Annotated[int, Field(ge=1, le=52)] = 6
    target: Annotated[float, Field(gt=0, lt=100)] = Field(default=80.0, description="Percent of callers answered in time.")
    shrinkage: Annotated[float, Field(ge=0, lt=90)] = Field(
        default=0.0, description="Percent of booked time in which agents are paused or away."
    )


class QuarterShown(Shown):
    """A quarter hour: callers to expect, agents needed by Erlang C and A, heads to plan, heads planned."""

    from_at: datetime
    callers: float
    handling_s: float
    erlang_c: int
    erlang_a: int
    needed: int = Field(description="Heads to plan: Erlang A's, with shrinkage.")
    planned: int
    over: int = Field(description="Planned less needed: below 0 is short.")


class StaffingShown(Shown):
    """The hint, and what it rests on."""

    project: str
    threshold_s: float
    target_percent: float
    shrinkage_percent: float
    weeks: int
    callers_seen: int
    patience_s: float | None = Field(description="Mean seconds a caller would wait; None: hardly anybody gave up.")
    quarters: list[QuarterShown]
