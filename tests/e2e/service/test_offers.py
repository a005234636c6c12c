"""What becomes of an offer: taken, missed in each of its ways, called off; and of a line that dies in mid-call."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from telephony.agent.model import AgentTimer
from telephony.causes import EndReason, ReleaseReason
from telephony.decisions import DecisionTaken
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    CallEnded,
    CallQueuedAgain,
    LegHungUp,
    LegJoined,
    LegOffered,
)
from tests.e2e.patience import soon
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.scripted_phone import scripted_phone
from tests.e2e.service.watching import Watch, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESTS_MS = {
    ReleaseReason.NO_ANSWER: 900,
    ReleaseReason.BUSY: 1_300,
    ReleaseReason.REJECTED: 500,
    ReleaseReason.UNREACHABLE: 1_700,
}
CHANGES: dict[str, dict[str, Any]] = {
    "routing": {f"rest_{reason}_ms": rest for reason, rest in RESTS_MS.items()} | {"misses_until_pause": 0},
    "agents": {"rtp_timeout_s": 2, "qualify_every_s": 1, "qualify_timeout_s": 0.5},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Two agents with phones of their own, a third whose phone is scripted; nobody is on duty."""
    async with opened_house(state_dir, 3, changes=CHANGES, ring_ms=3_000, recovery_ms=4_000) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on; whoever came on duty in a test goes off duty after it."""
    async with watching(house) as watch:
        yield watch
        async with at_desk(house, "sup") as desk:
            for name in ("a01", "a02", "a03"):
                await desk.ask("POST", f"/agents/{name}/log-out")
        for phone in house.phones.values():
            await phone.stop()
        house.phones.clear()


async def on_duty(house: House, *names: str) -> None:
    async with at_desk(house, "sup") as desk:
        for name in names:
            await desk.do(f"/agents/{name}/log-in", {})


async def assert_missed(watch: Watch, reason: ReleaseReason) -> None:
    """The first offer was missed for that reason, and the second came after the rest that it costs."""
    released = await watch.until(AgentReleased)
    assert released.event.reason is reason
    rested = await watch.until(AgentTimerFired, timer=AgentTimer.REST_OVER)
    again = await watch.until(AgentReserved, count=2)
    assert (rested.event.due_at - released.occurred_at) / 1_000 == pytest.approx(RESTS_MS[reason], abs=50)
    assert rested.seq < again.seq


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (486, ReleaseReason.BUSY),
        (603, ReleaseReason.REJECTED),
        (404, ReleaseReason.UNREACHABLE),
        (503, ReleaseReason.UNREACHABLE),
        (480, ReleaseReason.NO_ANSWER),
    ],
)
async def test_a_refused_offer_costs_what_its_kind_costs_and_the_caller_waits_on(
    house: House, watch: Watch, code: int, reason: ReleaseReason
) -> None:
    async with scripted_phone(house, "a03") as phone:
        phone.refusal = code
        await on_duty(house, "a03")
        async with a_caller(house, RINGING):
            await assert_missed(watch, reason)
            assert await watch.found(LegHungUp, leg_id=(await watch.found(LegOffered))[0].event.leg_id) == []
            phone.refusal = None


async def test_a_phone_that_rings_unheard_is_given_up_and_offered_again_after_a_rest(house: House, watch: Watch) -> None:
    async with scripted_phone(house, "a03") as phone:
        await on_duty(house, "a03")
        async with a_caller(house, RINGING):
            await soon(phone.cancels.get())
            await assert_missed(watch, ReleaseReason.NO_ANSWER)


async def test_a_port_behind_which_nobody_is_counts_as_unreachable(house: House, watch: Watch) -> None:
    async with scripted_phone(house, "a03") as phone:
        await on_duty(house, "a03")
        phone.play_dead()
        async with a_caller(house, RINGING):
            released = await watch.until(AgentReleased)
            assert released.event.reason is ReleaseReason.UNREACHABLE


async def test_a_caller_who_gives_up_stops_the_ringing_and_the_agent_missed_nothing(house: House, watch: Watch) -> None:
    async with scripted_phone(house, "a03") as phone:
        await on_duty(house, "a03")
        async with a_caller(house, MUSIC) as caller:
            await watch.until(AgentAlerted)
            await caller.hang_up()
            cancel = await soon(phone.cancels.get())
            ended = await watch.until(CallEnded)
        async with a_caller(house, MUSIC):
            await watch.until(AgentReserved, count=2)
            assert await watch.found(AgentTimerFired) == [], "nobody rests who missed nothing"
    assert "CANCEL" in cancel
    assert ended.event.end_reason is EndReason.ABANDONED
    assert (await watch.found(AgentReleased))[0].event.reason is ReleaseReason.ABANDONED
    (line,) = await watch.lines(ended.event.call_id)
    assert line.talk_ms == 0


async def test_a_phone_that_vanishes_while_it_rings_is_given_up_and_the_next_agent_asked(house: House, watch: Watch) -> None:
    anna = await house.phone("a01")
    await on_duty(house, "a01")
    async with a_caller(house, RINGING) as caller:
        await watch.until(AgentAlerted)
        await anna.kill()
        ben = await house.phone("a02")
        await on_duty(house, "a02")
        released = await watch.until(AgentReleased)
        assert released.event.reason in (ReleaseReason.UNREACHABLE, ReleaseReason.NO_ANSWER)
        await takes_call(ben)
        await watch.until(LegJoined, count=2)
        await caller.hang_up()
        assert (await watch.until(CallEnded)).event.end_reason is EndReason.CALLER_HUNG_UP


async def test_the_agents_goodbye_ends_the_call(house: House, watch: Watch) -> None:
    anna = await house.phone("a01")
    await on_duty(house, "a01")
    async with a_caller(house, RINGING) as caller:
        await takes_call(anna)
        await caller.expect("CALL_ESTABLISHED")
        await watch.until(LegJoined, count=2)
        await anna.hang_up()
        await caller.expect("CALL_CLOSED")
        ended = await watch.until(CallEnded)
    assert ended.event.end_reason is EndReason.AGENT_HUNG_UP
    (line,) = await watch.lines(ended.event.call_id)
    assert line.talk_ms > 0
    assert line.end_reason is EndReason.AGENT_HUNG_UP


async def test_a_line_fallen_silent_keeps_the_caller_and_the_same_agent_is_rung_anew(house: House, watch: Watch) -> None:
    anna = await house.phone("a01")
    ben = await house.phone("a02")
    await on_duty(house, "a01")
    async with a_caller(house, RINGING) as caller:
        await takes_call(anna)
        await on_duty(house, "a02")
        anna.freeze()
        lost = await watch.until(AgentLost)
        await anna.kill()
        back = await house.phone("a01")
        await takes_call(back)
        connected = await watch.until(AgentConnected, count=2)
        assert not any(event.type == "CALL_CLOSED" for event in caller.events)
        assert not any(event.type == "CALL_INCOMING" for event in ben.events)
        await caller.hang_up()
        await watch.until(CallEnded)
    assert {lost.agent_id, connected.agent_id} == {"a01"}
    assert [envelope.agent_id for envelope in await watch.found(AgentReleased)] == ["a01"]


async def test_a_caller_whose_agent_does_not_come_back_is_served_first_with_the_waiting_time_kept(
    house: House, watch: Watch
) -> None:
    anna = await house.phone("a01")
    await on_duty(house, "a01")
    async with a_caller(house, MUSIC) as caller, a_caller(house, MUSIC, as_whom="+491709999999") as second:
        await takes_call(anna)
        await watch.until(LegOffered, count=2)
        first_id = (await watch.until(AgentConnected)).call_id
        house.phones["a01"].freeze()
        await watch.until(AgentLost)
        await anna.kill()
        del house.phones["a01"]
        again = await watch.until(CallQueuedAgain)
        assert again.event.goes_first
        assert again.call_id == first_id
        ben = await house.phone("a02")
        await on_duty(house, "a02")
        await takes_call(ben)
        decision = (await watch.until(DecisionTaken, count=2)).event
        assert isinstance(decision, DecisionTaken)
        assert decision.call_id == first_id, "the one who lost an agent goes before the one who waited all along"
        offered = next(e for e in await watch.found(LegOffered) if e.call_id == first_id)
        assert abs(decision.waited_ms - (again.received_at - offered.received_at) / 1_000) < 15_000
        assert decision.waited_ms > 4_000
        assert not any(event.type == "CALL_CLOSED" for event in (*caller.events, *second.events))
