"""Shifts of the web edge's surroundings: the real book in memory, and figures that are played."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from routing.directory import AgentProfile
from routing.shifts.book import Doing, ShiftBook
from routing.shifts.plan_file import Wanted
from routing.shifts.slots import Excuse, ExcuseReason, Notice, RequestState, Slot, SlotScope, Swap
from store.shifts import Imported
from telephony.errors import Refusal
from telephony.identifiers import AgentId, Instant, UserId
from tests.integration.web.memory import T0
from web.shift_ports import FiguresBusy, StaffingWanted


class MemoryShifts:
    """One book for everything."""

    def __init__(self) -> None:
        self.book_ = ShiftBook()

    async def plan(self, from_at: Instant, to_at: Instant) -> ShiftBook:
        slots = {
            each.slot_id: each
            for each in self.book_.slots.values()
            if each.from_at < to_at and each.to_at > from_at and not each.is_cancelled
        }
        bookings = {each.booking_id: each for each in self.book_.bookings.values() if each.slot_id in slots and each.binds}
        return ShiftBook(slots=slots, bookings=bookings)

    async def slot(self, slot_id: str) -> Slot | None:
        return self.book_.slots.get(slot_id)

    async def swap(self, swap_id: str) -> Swap | None:
        return self.book_.swaps.get(swap_id)

    async def excuse(self, excuse_id: str) -> Excuse | None:
        return self.book_.excuses.get(excuse_id)

    async def open_requests(self) -> ShiftBook:
        swaps = {key: each for key, each in self.book_.swaps.items() if each.state is RequestState.OPEN}
        excuses = {key: each for key, each in self.book_.excuses.items() if each.state is RequestState.OPEN}
        return ShiftBook(slots=self.book_.slots, bookings=self.book_.bookings, swaps=swaps, excuses=excuses)

    async def notices(self, agent_id: AgentId) -> Sequence[Notice]:
        return [each for each in self.book_.notices.values() if each.agent_id == agent_id and each.seen_at is None]

    async def seen(self, agent_id: AgentId, up_to: Instant, at: Instant) -> int:
        unseen = [each for each in await self.notices(agent_id) if each.at <= up_to]
        for each in unseen:
            self.book_.notices[each.notice_id] = replace(each, seen_at=at)
        return len(unseen)

    async def book(self, slot_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None:
        return self.book_.book(slot_id, agent, doing)

    async def release(self, slot_id: str, agent_id: AgentId, doing: Doing, reason: str = "") -> Refusal | None:
        return self.book_.release(slot_id, agent_id, doing)

    async def offer(self, slot_id: str, agent_id: AgentId, to_agent: AgentId | None, doing: Doing) -> Refusal | None:
        return self.book_.offer(slot_id, agent_id, to_agent, doing)

    async def take(self, swap_id: str, agent: AgentProfile, doing: Doing) -> Refusal | None:
        return self.book_.take(swap_id, agent, doing)

    async def withdraw(self, swap_id: str, doing: Doing) -> Refusal | None:
        return self.book_.withdraw(swap_id, doing)

    async def ask_excuse(self, slot_id: str, agent_id: AgentId, reason: ExcuseReason, note: str, doing: Doing) -> Refusal | None:
        return self.book_.ask_excuse(slot_id, agent_id, reason, note, doing)

    async def decide(self, excuse_id: str, doing: Doing, *, is_granted: bool, reason: str = "") -> Refusal | None:
        return self.book_.decide(excuse_id, doing, is_granted=is_granted)

    async def put(self, slot: Slot, doing: Doing, reason: str = "") -> Refusal | None:
        return self.book_.put(slot, doing)

    async def cancel(self, slot_id: str, doing: Doing, reason: str = "") -> Refusal | None:
        return self.book_.cancel(slot_id, doing)

    async def put_all(
        self, wanted: Sequence[Wanted], agents: Mapping[AgentId, AgentProfile], doing: Doing, *, is_dry_run: bool = False
    ) -> Imported | tuple[Wanted, Refusal]:
        if not is_dry_run:
            for number, each in enumerate(wanted):
                self.book_.put(replace(each.slot, slot_id=f"{doing.new_id}-{number}"), doing)
        return Imported(added=len(wanted), changed=0, booked=0)


class PlayedShiftFigures:
    """Answers at once, and notes what was asked."""

    def __init__(self) -> None:
        self.is_busy = False
        self.asked: list[Any] = []
        self.rows: list[dict[str, Any]] = []
        self.hint: Callable[[StaffingWanted], Mapping[str, Any]] | None = None

    async def attendance(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None
    ) -> Sequence[Mapping[str, Any]]:
        return self._answered(agent_ids, self.rows)

    async def staffing(self, wanted: StaffingWanted) -> Mapping[str, Any]:
        facts = {"project": wanted.project_id, "threshold_s": 20.0, "weeks": wanted.weeks, "callers_seen": 0}
        facts |= {"target_percent": wanted.target_percent, "shrinkage_percent": wanted.shrinkage_percent}
        more = {"patience_s": None, "quarters": []} if self.hint is None else self.hint(wanted)
        return self._answered(wanted, facts | more)

    async def staffing_picture(self, wanted: StaffingWanted) -> bytes:
        return self._answered(wanted, b"<svg/>")

    def _answered(self, asked: Any, answer: Any) -> Any:
        if self.is_busy:
            raise FiguresBusy("busy")
        self.asked.append(asked)
        return answer


def populate_shifts(shifts: MemoryShifts) -> None:
    """Of each team a shift with one booked; both ask to be let off, and offer another one."""
    day = 86_400 * 1_000_000
    for team, name in (("red", "ben"), ("blue", "carla")):
        profile = AgentProfile(agent_id=AgentId(name), name=name, level=1, team=team)
        for number, shift in enumerate((f"shift-{team}", f"shift-{team}-2")):
            begin = Instant(T0 + (number + 2) * day)
            end = Instant(begin + day // 6)
            slot = Slot(slot_id=shift, scope=SlotScope.TEAM, scope_id=team, from_at=begin, to_at=end, headcount=3)
            shifts.book_.put(slot, Doing(at=T0, by=UserId("x"), new_id=shift, is_own=False))
            shifts.book_.book(shift, profile, Doing(at=T0, by=UserId(name), new_id=f"booking-{shift}", is_own=True))
        asking = Doing(at=T0, by=UserId(name), new_id=f"excuse-{team}", is_own=True)
        shifts.book_.ask_excuse(f"shift-{team}-2", profile.agent_id, ExcuseReason.FAMILY, "the wedding", asking)
        offering = Doing(at=T0, by=UserId(name), new_id=f"swap-{team}", is_own=True)
        shifts.book_.offer(f"shift-{team}-2", profile.agent_id, None, offering)
    shifts.book_.done.clear()
