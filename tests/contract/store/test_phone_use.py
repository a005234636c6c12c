"""The report on softphones: calls without success, short calls, repeated numbers; emergencies are nobody's business."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.asking import DialPurpose, Permit, Reference, ReferenceKind
from routing.outbound.phone_use import Known, UseRules, remarks_on
from routing.outbound.rules import Attempts, Brakes, OutboundRules
from store.audit import AuditStore, Author
from store.engine import reading
from store.parties import PartyStore
from store.phone_use import PhoneUseStore
from store.retention import DAY, Retention
from store.tables.outbound import CLEARED_CALLS
from telephony.causes import HangupCause
from telephony.events import LegAnswered, LegHungUp, LegRinging
from telephony.identifiers import SECOND, AgentId, CallId, Instant, PartyId
from tests.contract.store.dial_books import CLERK, KEYS, World, in_database
from tests.contract.store.test_dial_book import hears, rules
from tests.unit.routing.outbound.asks import BERLIN, FRIDAY_AT_TEN, MOBILE

ANNA_K, BEN_K = PartyId("anna-k"), PartyId("ben-k")
RULES = UseRules(repeated_from=3, least_calls=4, vain_percent=50, short_percent=50)
FOREVER = Instant(2**52)
BY = Author(user_id=CLERK, at=FRIDAY_AT_TEN)


@pytest_asyncio.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    """Two people who may be called as often as one likes."""
    world = await in_database(engine)
    await world.put_person(ANNA_K, BERLIN)
    await world.put_person(BEN_K, MOBILE)
    await world.put_person(PartyId("room"), "112")
    lax = Attempts(per_day=100, in_total=100, interval_ms=0, after_busy_ms=0, after_answer_ms=0)
    rules(world, attempts=lax, brakes=Brakes(burst_calls=100))
    assert isinstance(world.centre.outbound, OutboundRules)
    return world


async def calls(world: World, party: PartyId, seconds: float | None, **facts: object) -> None:
    """A call of that length; None: nobody answered."""
    ask = world.ask(**facts)  # type: ignore[arg-type]
    assert isinstance(await world.desk.permission(ask, party), Permit)
    hears(world, ask, LegRinging(leg_id=ask.leg_id))
    if seconds is not None:
        hears(world, ask, LegAnswered(leg_id=ask.leg_id))
    cause = HangupCause.NO_ANSWER if seconds is None else HangupCause.NORMAL
    hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=cause, by_phone=True), seconds or 0)
    await world.desk.settle()
    world.clock.at = Instant(world.clock.at + 60 * SECOND)


async def test_what_was_called_in_vain_shortly_and_again_and_again_is_counted(engine: AsyncEngine, world: World) -> None:
    for seconds in (None, None, 3.0, 200.0):
        await calls(world, ANNA_K, seconds)
    await calls(world, BEN_K, 9.9)
    await calls(world, PartyId("room"), 30.0)
    (use,) = await PhoneUseStore(engine).of_agents(Instant(0), FOREVER, RULES)
    assert (use.agent_id, use.calls, use.by_hand, use.answered, use.in_vain, use.short) == ("anna", 5, 5, 3, 2, 2)
    assert (use.repeated_numbers, use.most_tries, use.countries) == (1, 4, 1)
    assert use.cost_micros > 0
    assert remarks_on(use, RULES) == ("repeated_numbers",)
    assert remarks_on(use, UseRules(least_calls=3, vain_percent=40, short_percent=60)) == (
        "many_in_vain",
        "many_short",
        "repeated_numbers",
    )


async def test_calls_that_lists_gave_are_told_from_those_the_agent_wanted(engine: AsyncEngine, world: World) -> None:
    await calls(world, ANNA_K, 30.0)
    for purpose in (DialPurpose.PREVIEW, DialPurpose.PROGRESSIVE):
        await calls(world, BEN_K, 30.0, purpose=purpose, reference=Reference(kind=ReferenceKind.LEAD, id="r"))
    (use,) = await PhoneUseStore(engine).of_agents(Instant(0), FOREVER, RULES)
    assert (use.calls, use.by_hand, use.from_lists) == (3, 1, 2)


async def test_calls_by_hand_whose_end_nobody_saw_are_listed_and_those_of_leads_are_not(
    engine: AsyncEngine, world: World
) -> None:
    lead = {"purpose": DialPurpose.PREVIEW, "reference": Reference(kind=ReferenceKind.LEAD, id="r")}
    for party, facts in ((ANNA_K, {}), (BEN_K, lead)):
        ask = world.ask(**facts)  # type: ignore[arg-type]
        assert isinstance(await world.desk.permission(ask, party), Permit)
        hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.UNKNOWN, by_phone=False, is_estimated=True))
        await world.desk.settle()
        world.clock.at = Instant(world.clock.at + 60 * SECOND)
    store = PhoneUseStore(engine)
    (found,) = await store.unclear(Instant(0), FOREVER)
    assert (found.call_id, found.agent_id, found.reference_kind, found.reference_id) == ("call-1", "anna", "task", "r1")
    assert await store.unclear(Instant(0), FRIDAY_AT_TEN) == await store.unclear(Instant(0), FOREVER, [AgentId("ben")]) == []


async def test_what_somebody_cleared_up_is_off_the_list_on_record_and_counts_as_before(engine: AsyncEngine, world: World) -> None:
    for _ in range(2):
        ask = world.ask()
        assert isinstance(await world.desk.permission(ask, ANNA_K), Permit)
        hears(world, ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.UNKNOWN, by_phone=False, is_estimated=True))
        await world.desk.settle()
        world.clock.at = Instant(world.clock.at + 60 * SECOND)
    store = PhoneUseStore(engine)
    newest, first = await store.unclear(Instant(0), FOREVER)
    before = await store.of_agents(Instant(0), FOREVER, RULES)
    assert not await store.clear(first.call_id, Known.TALKED, "x", by=BY, agent_ids=[AgentId("ben")])
    assert not await store.clear(first.call_id, Known.TALKED, "x", by=BY, agent_ids=[])
    assert not await store.clear(CallId("nothing"), Known.TALKED, "x", by=BY)
    assert await store.clear(first.call_id, Known.NOBODY_RUNG, "the line was dead", by=BY, agent_ids=[AgentId("anna")])
    assert not await store.clear(first.call_id, Known.TALKED, "once more", by=BY)
    assert await store.unclear(Instant(0), FOREVER) == [newest]
    assert await store.of_agents(Instant(0), FOREVER, RULES) == before
    (deed,) = [each for each in await AuditStore(engine).latest() if each.deed == "unclear_call.cleared"]
    assert (deed.subject, deed.user_id) == (first.call_id, BY.user_id)
    assert "nobody_rung" in str(deed.after)
    gone = await Retention(engine, {"attempts": 1}).sweep(Instant(world.clock.at + 3 * DAY))
    assert gone["attempts"] >= 2
    async with reading(engine) as connection:
        assert (await connection.execute(select(CLEARED_CALLS))).all() == []


async def test_a_period_and_a_reach_hold_and_who_is_erased_is_no_repeated_number(engine: AsyncEngine, world: World) -> None:
    for _ in range(3):
        await calls(world, ANNA_K, None)
    store = PhoneUseStore(engine)
    assert await store.of_agents(Instant(0), FRIDAY_AT_TEN, RULES) == []
    assert len(await store.of_agents(FRIDAY_AT_TEN, FOREVER, RULES, [AgentId("anna")])) == 1
    assert await store.of_agents(FRIDAY_AT_TEN, FOREVER, RULES, [AgentId("ben")]) == []
    assert await store.of_agents(FRIDAY_AT_TEN, FOREVER, RULES, []) == []
    await PartyStore(engine, KEYS).erase(at=FRIDAY_AT_TEN, receipt_id="r", reason="asked for it", number=BERLIN)
    (use,) = await store.of_agents(Instant(0), FOREVER, RULES)
    assert (use.calls, use.in_vain, use.repeated_numbers) == (3, 3, 0)
