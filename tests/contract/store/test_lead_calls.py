"""A lead is dialled under its claim alone, at most once for each time it is given out, wherever the controller dies."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.leads.following import Said
from routing.outbound.asking import Permit
from routing.outbound.lead import LeadState
from routing.outbound.settling import Verdict
from routing.outbound.verdicts import CodeRule
from store.audit import Author
from store.engine import is_sqlite, reading, writing
from store.tables.leads import LEADS
from telephony.causes import EndReason, HangupCause
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallEnded, LegHungUp
from telephony.identifiers import Instant, UserId
from tests.contract.store.lead_calls import AGENTS, SOLD, STEPS, Controller, Killed, World, a_world, minutes

ANNA, BEN = AGENTS[:2]


async def states(world: World) -> Counter[LeadState]:
    async with reading(world.house.engine) as connection:
        return Counter(LeadState(each) for each in (await connection.execute(select(LEADS.c.state))).scalars())


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await a_world(engine, tmp_path, leads=3)


async def test_a_lead_that_is_dialled_and_answered_is_settled_by_its_code(world: World) -> None:
    controller = Controller(world)
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    await controller.call(claimed, ANNA)
    assert await states(world) == {LeadState.DONE: 1, LeadState.FRESH: 2}
    assert [len(each) for each in world.network.dialled.values()] == [1]


async def test_nobody_has_two_leads_at_once_and_each_sees_the_one_they_have(world: World) -> None:
    controller = Controller(world)
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    assert await controller.claim(ANNA) is None
    mine = await controller.calls.of_agent(ANNA, world.at)
    assert mine is not None
    assert (mine.claim_id, mine.lead_id) == (claimed.claim_id, claimed.lead.lead_id)
    assert await controller.calls.of_agent(BEN, world.at) is None


async def test_who_lost_the_lease_does_not_dial_and_the_lead_is_dialled_by_who_has_it(world: World) -> None:
    controller = Controller(world)
    first = await controller.claim(ANNA)
    assert first is not None
    call_id = await controller.place(first, ANNA)
    world.at = Instant(world.at + minutes(11))
    second = await controller.claim(BEN)
    assert second is not None
    assert second.lead.lead_id == first.lead.lead_id
    refused = await controller.permission(call_id, first, ANNA)
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.ALREADY_DIALLED
    await controller.call(second, BEN)
    assert [len(each) for each in world.network.dialled.values()] == [1]


async def test_a_lease_ends_neither_while_the_lead_is_spoken_with_nor_while_the_code_is_chosen(world: World) -> None:
    controller = Controller(world, dies_after="answered")
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    with pytest.raises(Killed):
        await controller.call(claimed, ANNA)
    world.at = Instant(world.at + minutes(100))
    given = [await controller.claim(agent_id) for agent_id in AGENTS[1:5]]
    assert claimed.lead.lead_id not in [each.lead.lead_id for each in given if each is not None]


async def test_a_skipped_lead_rests_a_little_and_why_is_on_record(world: World) -> None:
    controller = Controller(world)
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    by = Author(user_id=UserId("anna"), at=world.at)
    assert not await controller.calls.skip(claimed.claim_id, BEN, reason="not mine", by=by)
    assert await controller.calls.skip(claimed.claim_id, ANNA, reason="speaks only Danish", by=by)
    assert not await controller.calls.skip(claimed.claim_id, ANNA, reason="again", by=by)
    other = await controller.claim(ANNA)
    assert other is not None
    assert other.lead.lead_id != claimed.lead.lead_id


async def test_a_skipped_lead_is_not_dialled_by_the_call_that_was_placed_for_it(world: World) -> None:
    controller = Controller(world)
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    call_id = await controller.place(claimed, ANNA)
    assert await controller.calls.skip(claimed.claim_id, ANNA, reason="wrong", by=Author(user_id=UserId("anna"), at=world.at))
    assert isinstance(await controller.permission(call_id, claimed, ANNA), Refusal)


async def test_a_promise_holds_whatever_the_code_but_not_against_nobody_is_to_call(world: World) -> None:
    controller = Controller(world, dies_after="ended")
    never = CodeRule(code=SOLD, verdict=Verdict.DO_NOT_CALL)
    for rules, state in (((), LeadState.PROMISED), ((never,), LeadState.DO_NOT_CALL)):
        claimed = await controller.claim(ANNA)
        assert claimed is not None
        with pytest.raises(Killed):
            await controller.call(claimed, ANNA)
        soon = Instant(world.at + minutes(90))
        assert await controller.calls.promise(claimed.claim_id, ANNA, at=soon, is_own=True)
        mine = await controller.calls.of_agent(ANNA, world.at)
        assert mine is not None
        assert (mine.promise_at, mine.is_own_promise) == (soon, True)
        await controller.desk.settle()
        concluded = await controller.calls.conclude(claimed.claim_id, Said(at=world.at, code=SOLD, rules=rules))
        assert concluded is not None
        assert concluded.lead is not None
        assert concluded.lead.state is state
        if state is LeadState.PROMISED:
            assert (concluded.lead.next_at, concluded.lead.promised_agent) == (soon, ANNA)
        world.at = Instant(world.at + minutes(1))


async def test_a_lead_whose_attempt_has_no_end_on_disk_is_not_settled_yet(world: World) -> None:
    controller = Controller(world, dies_after="answered")
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    with pytest.raises(Killed):
        await controller.call(claimed, ANNA)
    assert await controller.calls.conclude(claimed.claim_id, Said(at=world.at)) is None
    assert await controller.calls.of_agent(ANNA, world.at) is not None


async def test_a_lead_is_settled_once_its_agent_has_left_the_wrap_up_and_no_earlier(world: World) -> None:
    controller = Controller(world, dies_after="ended")
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    with pytest.raises(Killed):
        await controller.call(claimed, ANNA)
    await controller.settle()
    assert (await states(world))[LeadState.CLAIMED] == 1
    controller.agents.clear()
    await controller.settle()
    assert (await states(world))[LeadState.RETRY] == 1


async def test_an_attempt_whose_end_nobody_saw_makes_its_lead_unclear_and_a_record_of_the_switch_does_not(world: World) -> None:
    for place, (cause, state) in enumerate(((None, LeadState.UNCLEAR), (HangupCause.BUSY, LeadState.RETRY))):
        controller = Controller(world, dies_after="dialled")
        claimed = await controller.claim(AGENTS[place])
        assert claimed is not None
        with pytest.raises(Killed):
            await controller.call(claimed, AGENTS[place])
        after = Controller(world)
        await after.desk.restore(world.journal)
        await after.follower.restore(world.journal)
        [call] = after.follower.open_calls
        [leg_id] = world.network.dialled[claimed.number]
        gone = LegHungUp(leg_id=leg_id, cause=cause or HangupCause.UNKNOWN, by_phone=False, is_estimated=cause is None)
        after.say(call.call_id, gone, CallEnded(call_id=call.call_id, end_reason=EndReason.CALLEE_UNCLEAR))
        await after.settle()
        assert (await states(world))[state] == 1


async def test_an_erased_person_is_not_dialled_by_the_call_that_was_placed_for_them(world: World) -> None:
    controller = Controller(world)
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    call_id = await controller.place(claimed, ANNA)
    async with writing(world.house.engine) as connection:
        await connection.execute(update(LEADS).values(state=LeadState.ERASED.value))
    assert isinstance(await controller.permission(call_id, claimed, ANNA), Refusal)


@pytest.mark.parametrize("step", STEPS)
async def test_after_a_kill_at_any_step_the_lead_is_neither_lost_nor_dialled_again_by_itself(world: World, step: str) -> None:
    dying = Controller(world, dies_after=step)
    claimed = await dying.claim(ANNA)
    assert claimed is not None
    with pytest.raises(Killed):
        await dying.call(claimed, ANNA)
    after = Controller(world)
    await after.start(Random(1))
    world.at = Instant(world.at + minutes(31))
    given = [await after.claim(agent_id) for agent_id in AGENTS[1:4]]
    mine = [each for each in given if each is not None and each.lead.lead_id == claimed.lead.lead_id]
    # Only what certainly rang nobody is given out again, as it was.
    assert [each.lead.tries for each in mine] == ([0] if step in STEPS[:4] else [])
    assert bool(world.network.dialled) is (step in STEPS[5:])
    assert sum((await states(world)).values()) == 3


async def test_five_hundred_leads_are_dialled_by_controllers_that_are_killed_all_the_time(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    many = 500 if is_sqlite(engine) else 60
    world = await a_world(engine, tmp_path, leads=many)
    random, kills, idle = Random(4), 0, 0
    controller = Controller(world)
    while idle < 2:
        given = False
        for agent_id in AGENTS:
            claimed = await controller.claim(agent_id)
            if claimed is None:
                continue
            given = True
            controller.dies_after = random.choice(STEPS) if random.random() < 0.3 else None
            try:
                await controller.call(claimed, agent_id)
            except Killed:
                kills += 1
                controller = Controller(world)
                await controller.start(random)
        idle = 0 if given else idle + 1
        world.at = Instant(world.at + minutes(1 if given else 20))
    dialled = [number for number, legs in world.network.dialled.items() if len(legs) > 1]
    last = await states(world)
    assert kills > many / 10
    assert dialled == [], "an answered, or maybe answered, lead was dialled again by itself"
    assert set(last) <= {LeadState.DONE, LeadState.UNCLEAR, LeadState.RETRY}
    assert sum(last.values()) == many, "none is lost"
    assert last[LeadState.UNCLEAR] > 0


async def test_the_desk_permits_a_lead_that_is_claimed_by_its_call(world: World) -> None:
    controller = Controller(world)
    claimed = await controller.claim(ANNA)
    assert claimed is not None
    call_id = await controller.place(claimed, ANNA)
    assert isinstance(await controller.permission(call_id, claimed, ANNA), Permit)
