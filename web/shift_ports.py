"""What the web edge needs of shifts: the plan, and figures that a process beside the service works out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from routing.directory import AgentProfile
from routing.shifts.book import Doing, ShiftBook
from routing.shifts.plan_file import Wanted
from routing.shifts.slots import Excuse, ExcuseReason, Notice, Slot, Swap
from store.shifts import Imported
from telephony.errors import FernamtError, Refusal
from telephony.identifiers import AgentId, Instant


class Shifts(Protocol):
    """The plan of shifts. What is refused has changed nothing."""

    async def plan(self, from_at: Instant, to_at: Instant) -> ShiftBook:
        """The slots that touch the stretch, who is bound to them, and what is open about that."""
        ...

    async def slot(self, slot_id: str) -> Slot | None: ...
    async def swap(self, swap_id: str) -> Swap | None: ...
    async def excuse(self, excuse_id: str) -> Excuse | None: ...

    async def open_requests(self) -> ShiftBook:
        """The swaps and excuses that are open, with what they are about."""
        ...

    async def notices(self, agent_id: AgentId) -> Sequence[Notice]: ...
    async def seen(self, agent_id: AgentId, up_to: Instant, at: Instant) -> int: ...
    async def book(self, slot_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None: ...
    async def release(self, slot_id: str, agent_id: AgentId, doing: Doing, reason: str = "") -> Refusal | None: ...
    async def offer(self, slot_id: str, agent_id: AgentId, to_agent: AgentId | None, doing: Doing) -> Refusal | None: ...
    async def take(self, swap_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None: ...
    async def withdraw(self, swap_id: str, doing: Doing) -> Refusal | None: ...
    async def ask_excuse(
        self, slot_id: str, agent_id: AgentId, reason: ExcuseReason, note: str, doing: Doing
    ) -> Refusal | None: ...
    async def decide(self, excuse_id: str, doing: Doing, *, is_granted: bool, reason: str = "") -> Refusal | None: ...
    async def put(self, slot: Slot, doing: Doing, reason: str = "") -> Refusal | None: ...
    async def cancel(self, slot_id: str, doing: Doing, reason: str = "") -> Refusal | None: ...
    async def put_all(
        self, wanted: Sequence[Wanted], agents: Mapping[AgentId, AgentProfile], doing: Doing, *, is_dry_run: bool = False
    ) -> Imported | tuple[Wanted, Refusal]:
        """All of it, or nothing and the line at fault."""
        ...


class FiguresBusy(FernamtError):
    """As many figures are worked out as may be at once."""

    code = "figures_busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingWanted:
    """For which project and time heads are to be worked out."""

    project_id: str
    from_at: Instant
    to_at: Instant
    weeks: int
    target_percent: float
    shrinkage_percent: float


class ShiftFigures(Protocol):
    """Attendance and staffing. Raises `FiguresBusy` where somebody else's are being worked out."""

    async def attendance(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None
    ) -> Sequence[Mapping[str, Any]]:
        """One row an agent."""
        ...

    async def staffing(self, wanted: StaffingWanted) -> Mapping[str, Any]:
        """The answer of `fernamt staffing --json`."""
        ...

    async def staffing_picture(self, wanted: StaffingWanted) -> bytes:
        """The same as SVG."""
        ...
