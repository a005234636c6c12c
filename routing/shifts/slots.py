"""What a plan of shifts is made of: slots that want heads, bookings that bind, swaps, excuses, and what agents are told. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from routing.directory import AgentProfile
from telephony.identifiers import AgentId, Instant, UserId

LONGEST_SLOT_US = 24 * 3_600 * 1_000_000
MOST_HEADS = 10_000


class SlotScope(StrEnum):
    """Whose work the slot is for."""

    PROJECT = "project"
    TEAM = "team"
    CENTRE = "centre"


class BookingState(StrEnum):
    """What became of a booking. Only `BOOKED` takes a place and is planned time; `EXCUSED` is left out of all figures."""

    BOOKED = "booked"
    RELEASED = "released"
    """Taken back by a person."""
    HANDED_ON = "handed_on"
    """Another agent took it over."""
    EXCUSED = "excused"
    CANCELLED = "cancelled"
    """The slot itself was taken out of the plan."""


class RequestState(StrEnum):
    """What became of a swap or an excuse."""

    OPEN = "open"
    TAKEN = "taken"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ExcuseReason(StrEnum):
    """Why somebody cannot come, in the words that are kept: nobody has to tell an illness in detail."""

    ILLNESS = "illness"
    FAMILY = "family"
    APPOINTMENT = "appointment"
    TECHNICAL = "technical"
    OTHER = "other"


class NoticeKind(StrEnum):
    """What a person changed in a plan that bound an agent, or decided on what the agent asked for."""

    BOOKED = "booked"
    RELEASED = "released"
    MOVED = "moved"
    CANCELLED = "cancelled"
    HANDED_ON = "handed_on"
    EXCUSED = "excused"
    NOT_EXCUSED = "not_excused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A stretch of time in which so many agents are wanted. `scope_id`: the project or team; None for the whole centre."""

    slot_id: str
    scope: SlotScope
    scope_id: str | None
    from_at: Instant
    to_at: Instant
    headcount: int
    leader: str | None = None
    """The log-in of who is on duty as its leader."""
    is_cancelled: bool = False

    def overlaps(self, other: "Slot") -> bool:
        """Whether one agent could not keep both; back to back is no overlap."""
        return self.from_at < other.to_at and other.from_at < self.to_at

    def is_same_time_and_work(self, other: "Slot") -> bool:
        """Whether the two say the same of when and for whom."""
        mine = (self.scope, self.scope_id, self.from_at, self.to_at)
        return mine == (other.scope, other.scope_id, other.from_at, other.to_at)

    def is_for(self, agent: AgentProfile) -> bool:
        """Whether the agent may work in it: active, and certified for the project, or of the team."""
        match self.scope:
            case SlotScope.PROJECT:
                return agent.is_active and self.scope_id in agent.certificates
            case SlotScope.TEAM:
                return agent.is_active and self.scope_id is not None and self.scope_id == agent.team
            case SlotScope.CENTRE:
                return agent.is_active


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An agent's word for a slot, binding from `booked_at` on."""

    booking_id: str
    slot_id: str
    agent_id: AgentId
    booked_at: Instant
    booked_by: UserId
    state: BookingState = BookingState.BOOKED
    ended_at: Instant | None = None

    @property
    def binds(self) -> bool:
        """Whether the agent is expected."""
        return self.state is BookingState.BOOKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """An agent offers a booking to another, or (None) to whoever may take it."""

    swap_id: str
    booking_id: str
    from_agent: AgentId
    to_agent: AgentId | None
    offered_at: Instant
    state: RequestState = RequestState.OPEN
    taken_by: AgentId | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """An agent asks to be let off a booking; a person decides."""

    excuse_id: str
    booking_id: str
    agent_id: AgentId
    reason: ExcuseReason
    note: str
    asked_at: Instant
    state: RequestState = RequestState.OPEN
    decided_by: UserId | None = None
    decided_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the agent is to know of the plan; open until they have seen it."""

    notice_id: str
    agent_id: AgentId
    at: Instant
    kind: NoticeKind
    slot_id: str
    from_at: Instant
    to_at: Instant
    seen_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSpan:
    """Planned time of one agent. `project_id`: of that project only; None: whatever the agent may serve."""

    from_at: Instant
    to_at: Instant
    project_id: str | None = None
    is_excused: bool = False


def merged_spans(spans: Iterable[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    """The same time as stretches that neither touch nor overlap, in their order."""
    found: list[tuple[Instant, Instant]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif begin < end:
            found.append((begin, end))
    return found
