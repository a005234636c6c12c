"""The campaign board's figures are those of the calls one by one, on both databases."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.aftercall.board import CodesMeant, Counted, Tally
from routing.leads.following import Said
from routing.leads.lists import LeadListId
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadState
from routing.outbound.verdicts import CodeRule, Verdict
from store.campaigns import EVER, CampaignStore, Period
from store.engine import reading, writing
from store.lead_attempts import count_attempt
from store.lead_lists import LeadListStore
from store.retention import Retention
from store.tables.leads import LEAD_ATTEMPTS, LEAD_HOURS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.agent.model import Agent, AgentState
from telephony.identifiers import SECOND, AgentId, Instant, WrapUpCode
from tests.contract.store.lead_calls import AGENTS, SALES, SOLD, Controller, Killed, World, a_world, minutes
from tests.contract.store.lead_words import AT, DAY, House, a_list, centre

HOUR = 3_600 * SECOND
CODES = CodesMeant(not_reached=frozenset([WrapUpCode("mailbox")]), successes=frozenset([SOLD]))
SPENT = ("preview_ms", "ring_ms", "talk_ms", "wrap_up_ms")
Made = dict[str, Any]


def some_attempts(count: int, list_id: str, random: Random) -> list[Made]:
    """Calls of a few leads by a few agents over two days."""
    return [
        {
            "leg_id": f"{list_id}-{place}",
            "list_id": list_id,
            "lead_id": random.randrange(20),
            "agent_id": random.choice(["anna", "ben", "carla"]),
            "at": AT + random.randrange(2 * DAY),
            "outcome": random.choice([Outcome.ANSWERED, Outcome.ANSWERED, Outcome.BUSY, Outcome.UNCLEAR, Outcome.MACHINE]).value,
            "wrap_up_code": random.choice([None, "mailbox", "sold", "no"]),
            **{name: random.randrange(60_000) for name in SPENT},
        }
        for place in range(count)
    ]


def counted(made: Iterable[Made]) -> Tally:
    """The same figures, one call after the other."""
    calls = list(made)
    answered = [each for each in calls if each["outcome"] == "answered"]
    reached = [each for each in answered if each["wrap_up_code"] != "mailbox"]
    return Tally(
        calls=len(calls),
        answered=len(answered),
        machines=len([each for each in calls if each["outcome"] == "machine"]),
        leads=len({each["lead_id"] for each in calls}),
        reached=len({each["lead_id"] for each in reached}),
        successes=len({each["lead_id"] for each in reached if each["wrap_up_code"] == "sold"}),
        work_ms=sum(each[name] for each in calls for name in SPENT),
        talk_ms=sum(each["talk_ms"] for each in calls),
    )


@pytest.fixture
async def made(engine: AsyncEngine, tmp_path: Path) -> Sequence[Made]:
    """Two lists with calls."""
    house = House(engine, tmp_path, centre())
    await house.open(a_list(), a_list("summer"))
    random = Random(7)
    made = [*some_attempts(200, "spring", random), *some_attempts(50, "summer", random)]
    async with writing(engine) as connection:
        for each in made:
            await count_attempt(connection, each)
    return made


async def test_the_figures_of_a_period_are_those_of_its_calls_one_by_one(engine: AsyncEngine, made: Sequence[Made]) -> None:
    store, random = CampaignStore(engine), Random(3)
    of_list = [each for each in made if each["list_id"] == "spring"]
    for _ in range(5):
        from_at, to_at = sorted(Instant(AT + random.randrange(2 * DAY)) for _ in range(2))
        told = await store.board(a_list(), CODES, Period(from_at=from_at, to_at=to_at))
        meant = [each for each in of_list if from_at <= each["at"] < to_at]
        assert told.total == counted(meant)
        whole = counted(of_list)
        sold = sum(each["outcome"] == "answered" and each["wrap_up_code"] == "sold" for each in of_list)
        assert told.ever == Tally(calls=whole.calls, successes=sold, work_ms=whole.work_ms)
        for agent, tally in told.by_agent.items():
            assert tally == counted(each for each in meant if each["agent_id"] == agent)
        assert sum(tally.calls for tally in told.by_agent.values()) == len(meant)
        assert [hour.from_at for hour in told.hours] == sorted({each["at"] - each["at"] % HOUR for each in meant})
        assert sum(hour.calls for hour in told.hours) == len(meant)
        assert sum(hour.work_ms for hour in told.hours) == told.total.work_ms


async def test_who_may_see_some_agents_only_is_told_nothing_of_the_others(engine: AsyncEngine, made: Sequence[Made]) -> None:
    period = Period(from_at=AT, to_at=Instant(AT + 2 * DAY), agents=[AgentId("anna")])
    told = await CampaignStore(engine).board(a_list(), CODES, period)
    mine = [each for each in made if each["list_id"] == "spring" and each["agent_id"] == "anna"]
    assert told.total == counted(mine)
    assert list(told.by_agent) == ["anna"]
    nobody = Period(from_at=AT, to_at=Instant(AT + 2 * DAY), agents=[])
    assert (await CampaignStore(engine).board(a_list(), CODES, nobody)).total == Tally()


async def test_lists_are_told_side_by_side(engine: AsyncEngine, made: Sequence[Made]) -> None:
    lists = [a_list("summer"), a_list()]
    told = await CampaignStore(engine).by_list(lists, {a_list().project_id: CODES}, EVER)
    assert list(told) == ["summer", "spring"]
    assert all(tally == counted(each for each in made if each["list_id"] == name) for name, tally in told.items())


async def test_what_is_counted_goes_with_its_list_or_its_term(engine: AsyncEngine, made: Sequence[Made]) -> None:
    house_lists = CampaignStore(engine)
    await Retention(engine).sweep(Instant(AT + 366 * DAY + HOUR // 2))
    told = await house_lists.by_list([a_list(), a_list("summer")], {a_list().project_id: CODES}, EVER)
    assert sum(each.calls for each in told.values()) == sum(each["at"] >= AT + DAY + HOUR for each in made)
    assert await hours_kept(engine) == hours_of(await rows_kept(engine))


Hours = dict[tuple[object, ...], list[int]]


async def rows_kept(engine: AsyncEngine) -> Sequence[Made]:
    async with reading(engine) as connection:
        return [row._asdict() for row in await connection.execute(select(LEAD_ATTEMPTS))]


async def hours_kept(engine: AsyncEngine) -> Hours:
    async with reading(engine) as connection:
        return {tuple(row[:5]): list(row[5:]) for row in await connection.execute(select(LEAD_HOURS))}


def hours_of(made: Iterable[Made]) -> Hours:
    """What these calls add up to by hour."""
    sums: Hours = {}
    for each in made:
        is_answered = each["outcome"] == "answered"
        code = (each["wrap_up_code"] or "") if is_answered else ""
        key = (each["list_id"], each["at"] - each["at"] % HOUR, each["agent_id"], each["outcome"], code)
        of = sums.setdefault(key, [0, 0, 0])
        for place, more in enumerate((1, sum(each[name] for name in SPENT), each["talk_ms"])):
            of[place] += more
    return sums


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("settle"), st.integers(0, 2**32)),
        st.tuples(st.just("again"), st.integers(0, 2**32)),
        st.tuples(st.just("sweep"), st.integers(0, 4 * DAY)),
        st.tuples(st.just("delete"), st.sampled_from(["spring", "summer"])),
    ),
    max_size=12,
)
CUTS = st.tuples(
    st.integers(0, 50 * HOUR), st.one_of(st.integers(0, 50).map(lambda hours: hours * HOUR), st.integers(0, 50 * HOUR))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(deeds=DEEDS, cut=CUTS)
async def test_hours_are_what_their_calls_add_up_to_after_any_history(
    engine: AsyncEngine, deeds: list[tuple[str, Any]], cut: tuple[int, int]
) -> None:
    async with writing(engine) as connection:
        for table in (LEAD_ATTEMPTS, LEAD_HOURS):
            await connection.execute(table.delete())
    made: list[Made] = []
    for deed, what in deeds:
        if deed == "sweep":
            await Retention(engine).sweep(Instant(AT - DAY + what + 365 * DAY))
        elif deed == "delete":
            await LeadListStore(engine).forget_attempts(what)
        else:
            random = Random(what)
            new = some_attempts(20, random.choice(["spring", "summer"]), random) if deed == "settle" or not made else made
            made = [{**each, "leg_id": f"{what}-{each['leg_id']}"} for each in new] if new is not made else made
            async with writing(engine) as connection:
                for each in made:
                    await count_attempt(connection, each)
    kept = await rows_kept(engine)
    assert await hours_kept(engine) == hours_of(kept)
    period = Period(from_at=Instant(AT + min(cut)), to_at=Instant(AT + max(cut)))
    told = await CampaignStore(engine).by_list([a_list()], {a_list().project_id: CODES}, period)
    within = [each for each in kept if each["list_id"] == "spring" and period.from_at <= each["at"] < period.to_at]
    assert told["spring"] == counted(within)


async def board_of(world: World) -> Counted:
    lead_list = await world.house.lists.get(LeadListId("spring"))
    assert lead_list is not None
    assert lead_list.project_id == SALES
    return await CampaignStore(world.house.engine).board(lead_list, CODES, EVER)


async def test_a_call_of_a_lead_is_counted_with_the_time_it_took_when_its_lead_is_settled(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    world = await a_world(engine, tmp_path, leads=3)
    controller, anna = Controller(world, dies_after="ended"), AGENTS[0]
    claimed = await controller.claim(anna)
    assert claimed is not None
    with pytest.raises(Killed):
        await controller.call(claimed, anna)
    await controller.settle()
    spent = {"permitted_at": 20, "answered_at": 32, "ended_at": 95}  # seconds after the lead was there
    async with writing(engine) as connection:
        await connection.execute(update(DIAL_ATTEMPTS).values(**{name: AT + each * SECOND for name, each in spent.items()}))
    assert (await board_of(world)).ever == Tally()
    free_at = Instant(AT + 125 * SECOND)
    rules = (CodeRule(code=SOLD, verdict=Verdict.DONE, is_success=True),)
    await controller.calls.conclude(claimed.claim_id, Said(at=world.at, code=SOLD, rules=rules, free_at=free_at))
    await controller.calls.conclude(claimed.claim_id, Said(at=world.at, code=SOLD, rules=rules))
    told = await board_of(world)
    expected = Tally(calls=1, answered=1, leads=1, reached=1, successes=1, work_ms=125_000, talk_ms=63_000)
    assert (told.total, told.by_agent) == (expected, {anna: expected})
    assert told.ever == Tally(calls=1, successes=1, work_ms=125_000)
    assert (told.by_state, told.tried) == ({LeadState.DONE: 1, LeadState.FRESH: 2}, 1)
    await world.house.lists.delete(LeadListId("spring"), reason="over")
    await world.house.lists.tidy(expired_before=Instant(0))
    assert (await rows_kept(engine), await hours_kept(engine)) == ([], {})


async def test_the_wrap_up_lasts_until_the_agent_is_seen_to_have_left_it(engine: AsyncEngine, tmp_path: Path) -> None:
    world = await a_world(engine, tmp_path, leads=1)
    controller, anna = Controller(world, dies_after="ended"), AGENTS[0]
    claimed = await controller.claim(anna)
    assert claimed is not None
    with pytest.raises(Killed):
        await controller.call(claimed, anna)
    free_at = Instant(world.at + 30 * SECOND)
    controller.agents[anna] = Agent(agent_id=anna, state=AgentState.AVAILABLE, since=free_at)
    await controller.settle()
    assert (await board_of(world)).ever.work_ms == 30_000


async def test_a_call_whose_lease_ran_out_is_counted_too(engine: AsyncEngine, tmp_path: Path) -> None:
    world = await a_world(engine, tmp_path, leads=1)
    controller, anna = Controller(world, dies_after="ended"), AGENTS[0]
    claimed = await controller.claim(anna)
    assert claimed is not None
    with pytest.raises(Killed):
        await controller.call(claimed, anna)
    await controller.desk.settle()
    world.at = Instant(world.at + minutes(300))
    after = Controller(world)
    assert await after.claim(AGENTS[1]) is None
    assert (await board_of(world)).ever.calls == 1
