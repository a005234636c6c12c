"""The plan of shifts in both databases: places are not given twice, also at once; all or nothing; and everything is on record."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import AgentProfile, Client, Project
from routing.shifts.book import Doing, ShiftBook, ShiftRules, faults_of
from routing.shifts.plan_file import Wanted
from routing.shifts.slots import ExcuseReason, NoticeKind, PlannedSpan, Slot, SlotScope
from store.audit import AuditStore
from store.centre import Centre
from store.directory import DirectoryStore
from store.retention import Retention
from store.shifts import Imported, ShiftStore
from telephony.errors import Refusal
from telephony.identifiers import AgentId, ClientId, Instant, ProjectId, UserId

HOUR = 3_600 * 1_000_000
DAY = 24 * HOUR
NAMES = [f"agent-{n}" for n in range(6)]
AGENTS = {
    AgentId(name): AgentProfile(agent_id=AgentId(name), name=name, level=1, certificates=frozenset({ProjectId("p")}))
    for name in NAMES
}


def at(hour: float) -> Instant:
    return Instant(int(hour * HOUR))


def slot(name: str, begin: float, end: float, heads: int = 1) -> Slot:
    return Slot(slot_id=name, scope=SlotScope.PROJECT, scope_id="p", from_at=at(begin), to_at=at(end), headcount=heads)


class Deeds:
    """Hands out deeds with ids of their own."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, by: str = "sven", hour: float = 0) -> Doing:
        self.count += 1
        return Doing(at=at(hour), by=UserId(by), new_id=f"id-{self.count:04d}", is_own=by in NAMES)


@pytest.fixture
async def plan(engine: AsyncEngine) -> ShiftStore:
    project = Project(project_id=ProjectId("p"), client_id=ClientId("acme"), name="P")
    client = Client(client_id=ClientId("acme"), name="Acme")
    await DirectoryStore(engine).apply(Centre(clients=(client,), projects=(project,), agents=tuple(AGENTS.values())))
    return ShiftStore(engine, ShiftRules(book_ahead_days=28))


@pytest.fixture
def deeds() -> Deeds:
    return Deeds()


async def whole(plan: ShiftStore) -> ShiftBook:
    return await plan.plan(at(-1_000), at(10_000))


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code.value


async def test_the_last_place_is_given_once_however_many_ask_at_once(plan: ShiftStore, deeds: Deeds) -> None:
    await plan.put(slot("s", 10, 12, heads=2), deeds())
    asked = [plan.book("s", AGENTS[AgentId(name)], deeds(name)) for name in NAMES]
    answers = [code(each) for each in await asyncio.gather(*asked)]
    assert sorted(answers, key=str) == sorted([None, None, *["shift_full"] * 4], key=str)
    book = await whole(plan)
    assert len(book.binding("s")) == 2
    assert list(faults_of(book)) == []


async def test_one_agent_asking_for_overlapping_slots_at_once_gets_one(plan: ShiftStore, deeds: Deeds) -> None:
    for n in range(4):
        await plan.put(slot(f"s{n}", 10 + n / 2, 12 + n / 2), deeds())
    agent = AGENTS[AgentId("agent-0")]
    answers = [code(e) for e in await asyncio.gather(*(plan.book(f"s{n}", agent, deeds("agent-0")) for n in range(4)))]
    assert answers.count(None) == 1
    assert list(faults_of(await whole(plan))) == []


async def test_a_slot_moved_meanwhile_is_looked_at_where_it_is_now(plan: ShiftStore, deeds: Deeds) -> None:
    agent = AGENTS[AgentId("agent-0")]
    await plan.put(slot("a", 10, 12), deeds())
    await plan.put(slot("b", 14, 16), deeds())
    await plan.book("b", agent, deeds("agent-0"))
    await asyncio.gather(plan.put(slot("a", 15, 17), deeds()), plan.book("a", agent, deeds("agent-0")))
    assert list(faults_of(await whole(plan))) == []


async def test_bookings_bind_and_a_person_who_takes_one_back_tells_the_agent(plan: ShiftStore, deeds: Deeds) -> None:
    await plan.put(slot("s", 10, 12), deeds())
    agent = AGENTS[AgentId("agent-0")]
    assert await plan.book("s", agent, deeds("agent-0")) is None
    assert code(await plan.release("s", agent.agent_id, deeds("agent-0"))) == "shift_binding"
    assert await plan.release("s", agent.agent_id, deeds("sven"), "too many of us") is None
    told = await plan.notices(agent.agent_id)
    assert [(each.kind, each.slot_id) for each in told] == [(NoticeKind.RELEASED, "s")]
    assert await plan.seen(agent.agent_id, at(0), at(1)) == 1
    assert await plan.notices(agent.agent_id) == []
    assert await plan.spans(at(0), at(100)) == {}


async def test_a_moved_slot_tells_who_is_bound_and_its_new_time_is_planned(plan: ShiftStore, deeds: Deeds) -> None:
    await plan.put(slot("s", 10, 12), deeds())
    await plan.book("s", AGENTS[AgentId("agent-0")], deeds("agent-0"))
    await plan.put(slot("s", 11, 13), deeds())
    assert [each.kind for each in await plan.notices(AgentId("agent-0"))] == [NoticeKind.MOVED]
    spans = await plan.spans(at(0), at(100))
    assert spans == {"agent-0": (PlannedSpan(from_at=at(11), to_at=at(13), project_id="p"),)}
    assert code(await plan.put(replace(slot("s", 11, 13), scope=SlotScope.CENTRE, scope_id=None), deeds())) == "shift_binding"
    assert await plan.cancel("s", deeds()) is None
    assert await plan.spans(at(0), at(100)) == {}
    assert code(await plan.put(slot("s", 11, 13), deeds())) == "no_such_shift"


async def test_a_swap_goes_to_who_takes_it_first_and_to_nobody_else(plan: ShiftStore, deeds: Deeds) -> None:
    await plan.put(slot("s", 10, 12), deeds())
    await plan.book("s", AGENTS[AgentId("agent-0")], deeds("agent-0"))
    offering = deeds("agent-0")
    assert await plan.offer("s", AgentId("agent-0"), None, offering) is None
    takers = NAMES[1:]
    answers = [
        code(each) for each in await asyncio.gather(*(plan.take(offering.new_id, AGENTS[AgentId(n)], deeds(n)) for n in takers))
    ]
    assert answers.count(None) == 1
    assert [each.agent_id for each in (await whole(plan)).binding("s")] == [takers[answers.index(None)]]
    assert [each.kind for each in await plan.notices(AgentId("agent-0"))] == [NoticeKind.HANDED_ON]


async def test_an_excuse_is_left_out_of_the_plan_once_granted_and_its_note_is_gone(plan: ShiftStore, deeds: Deeds) -> None:
    await plan.put(slot("s", 10, 12), deeds())
    await plan.book("s", AGENTS[AgentId("agent-0")], deeds("agent-0"))
    asking = deeds("agent-0")
    assert await plan.ask_excuse("s", AgentId("agent-0"), ExcuseReason.ILLNESS, "the doctor's letter", asking) is None
    again = await plan.ask_excuse("s", AgentId("agent-0"), ExcuseReason.ILLNESS, "", deeds("agent-0"))
    assert code(again) == "shift_excuse_open"
    assert [e.note for e in (await plan.open_requests()).excuses.values()] == ["the doctor's letter"]
    assert await plan.decide(asking.new_id, deeds("sven", hour=20), is_granted=True) is None
    excuse = await plan.excuse(asking.new_id)
    assert excuse is not None
    assert (excuse.note, excuse.decided_by) == ("", "sven")
    assert [span.is_excused for span in (await plan.spans(at(0), at(100)))[AgentId("agent-0")]] == [True]
    assert await plan.book("s", AGENTS[AgentId("agent-1")], deeds("agent-1")) is None


async def test_a_file_is_all_in_the_plan_or_not_at_all_and_a_second_time_changes_nothing(plan: ShiftStore, deeds: Deeds) -> None:
    wanted = [
        Wanted(line=2, slot=slot("", 10, 12, heads=2), agents=(AgentId("agent-0"),)),
        Wanted(line=3, slot=slot("", 12, 14), agents=(AgentId("agent-0"),)),
    ]
    tried = await plan.put_all(wanted, AGENTS, deeds(), is_dry_run=True)
    assert tried == Imported(added=2, changed=0, booked=2)
    assert (await whole(plan)).slots == {}
    assert await plan.revision() == 0
    assert await plan.put_all(wanted, AGENTS, deeds()) == tried
    assert await plan.put_all(wanted, AGENTS, deeds()) == Imported(added=0, changed=0, booked=0)
    clashing = [Wanted(line=2, slot=slot("", 20, 22)), Wanted(line=3, slot=slot("", 11, 13), agents=(AgentId("agent-0"),))]
    failed = await plan.put_all(clashing, AGENTS, deeds())
    assert isinstance(failed, tuple)
    assert (failed[0].line, failed[1].code) == (3, "shift_overlaps")
    assert len((await whole(plan)).slots) == 2


async def test_every_change_raises_the_revision_and_is_on_record_a_refused_one_is_neither(
    engine: AsyncEngine, plan: ShiftStore, deeds: Deeds
) -> None:
    await plan.put(slot("s", 10, 12), deeds())
    before = await plan.revision()
    await plan.book("s", AGENTS[AgentId("agent-0")], deeds("agent-0"))
    assert await plan.revision() == before + 1
    assert code(await plan.book("s", AGENTS[AgentId("agent-1")], deeds("agent-1"))) == "shift_full"
    assert await plan.revision() == before + 1
    deeds_kept = [(d.deed, d.subject, d.user_id) for d in await AuditStore(engine).latest(2)]
    assert deeds_kept == [("shift.booked", "s", "agent-0"), ("shift.added", "s", "sven")]


async def test_agents_book_four_weeks_ahead_and_people_beyond(plan: ShiftStore, deeds: Deeds) -> None:
    await plan.put(slot("s", 29 * 24, 29 * 24 + 2), deeds())
    agent = AGENTS[AgentId("agent-0")]
    assert code(await plan.book("s", agent, deeds("agent-0"))) == "shift_too_far_ahead"
    assert await plan.book("s", agent, deeds("sven")) is None
    assert [each.kind for each in await plan.notices(agent.agent_id)] == [NoticeKind.BOOKED]


async def test_with_an_old_slot_goes_all_that_belongs_to_it_and_nothing_else(
    engine: AsyncEngine, plan: ShiftStore, deeds: Deeds
) -> None:
    for name, begin in (("old", 10), ("new", 24 * 2_000)):
        await plan.put(slot(name, begin, begin + 2), deeds())
        await plan.book(name, AGENTS[AgentId("agent-0")], deeds("sven"))
        await plan.offer(name, AgentId("agent-0"), None, deeds("agent-0"))
        await plan.ask_excuse(name, AgentId("agent-0"), ExcuseReason.OTHER, "", deeds("agent-0"))
    gone = await Retention(engine, {"shifts": 1_000}).sweep(Instant(1_500 * DAY))
    assert gone["shifts"] == 3  # a slot and two notices
    assert list((await plan.plan(at(0), at(24 * 3_000))).slots) == ["new"]
    left = await plan.open_requests()
    assert (len(left.bookings), len(left.swaps), len(left.excuses)) == (1, 1, 1)
