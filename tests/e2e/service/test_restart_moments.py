"""The controller dies at the worst of moments, or is told to go: what was under way is under way when it is back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from telephony.causes import ReleaseReason
from telephony.decisions import DecisionTaken
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    CallAdmitted,
    CallEnded,
    HoldRequested,
    LegAnswered,
    LegHungUp,
    LegJoined,
    LegOffered,
    LogInRequested,
    UnexpectedHappened,
    UnholdRequested,
)
from tests.e2e.patience import soon
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call, until_gone
from tests.e2e.service.watching import Watch, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Two agents of one level with phones; nobody is on duty."""
    changes = {"agents": {"rtp_timeout_s": 2}, "routing": {"rest_lost_ms": 0}}
    async with opened_house(state_dir, 4, changes=changes) as opened:
        for name in ("a01", "a04"):
            await opened.phone(name)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on; nobody is on duty before and after."""
    async with watching(house) as watch:
        yield watch
        async with at_desk(house, "sup") as desk:
            for name in ("a01", "a04"):
                await desk.ask("POST", f"/agents/{name}/available")
                await desk.ask("POST", f"/agents/{name}/log-out")


async def on_duty(house: House, watch: Watch, *names: str) -> None:
    async with at_desk(house, "sup") as desk:
        for name in names:
            await desk.do(f"/agents/{name}/log-in", {})
    await watch.until(LogInRequested, count=len(names))
    await watch.mark()


async def test_killed_right_after_the_agent_answered(house: House, watch: Watch) -> None:
    await on_duty(house, watch, "a01")
    async with a_caller(house, RINGING) as caller:
        await house.phones["a01"].expect("CALL_INCOMING")
        # A call of which nothing at all is on disk yet would be another one after the restart: its agent is rung anew.
        await watch.until(AgentAlerted)
        await house.phones["a01"].answer()
        house.kill_service()
        await house.start_service()
        await caller.expect("CALL_ESTABLISHED")
        connected = await watch.until(AgentConnected)
        await watch.until(LegJoined, count=2)
        await caller.hang_up()
        await watch.until(CallEnded)
    (line,) = await watch.lines(connected.event.call_id)
    assert line.agent_id == "a01"
    assert len(await watch.found(AgentReserved)) == 1
    assert await watch.found(UnexpectedHappened) == []


async def test_killed_while_the_caller_is_on_hold(house: House, watch: Watch) -> None:
    await on_duty(house, watch, "a01")
    async with a_caller(house, RINGING) as caller:
        await takes_call(house.phones["a01"])
        connected = await watch.until(AgentConnected)
        call_id = connected.event.call_id
        async with at_desk(house, "a01") as desk:
            await desk.do(f"/calls/{call_id}/hold")
        await watch.until(HoldRequested)
        house.kill_service()
        await house.start_service()
        async with at_desk(house, "a01") as desk:
            await desk.do(f"/calls/{call_id}/unhold")
        await watch.until(LegJoined, count=3)
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    begun = (await watch.until(HoldRequested)).occurred_at
    over = (await watch.until(UnholdRequested)).occurred_at
    (line,) = await watch.lines(call_id)
    assert abs(line.hold_ms - (over - begun) / 1_000) < 100
    assert abs(line.talk_ms + line.hold_ms - (ended.occurred_at - connected.occurred_at) / 1_000) < 150
    assert await watch.found(UnexpectedHappened) == []


async def test_killed_while_a_lost_line_is_rung_again(house: House, watch: Watch) -> None:
    await on_duty(house, watch, "a01")
    async with a_caller(house, MUSIC) as caller:
        await takes_call(house.phones["a01"])
        house.phones["a01"].freeze()
        await watch.until(AgentLost)
        await house.phones["a01"].kill()
        house.kill_service()
        await house.start_service()
        back = await house.phone("a01")
        await takes_call(back)
        connected = await watch.until(AgentConnected, count=2)
        assert connected.agent_id == "a01"
        await caller.hang_up()
        await watch.until(CallEnded)
    (released,) = await watch.found(AgentReleased)
    assert released.event.reason is ReleaseReason.TALKED
    assert await watch.found(UnexpectedHappened) == []


async def test_a_call_that_ends_while_we_are_away_is_metered_to_its_true_end(house: House, watch: Watch) -> None:
    await on_duty(house, watch, "a01")
    async with a_caller(house, RINGING) as caller:
        await takes_call(house.phones["a01"])
        connected = await watch.until(AgentConnected)
        await watch.until(LegJoined, count=2)
        offered = (await watch.until(LegOffered)).event
        house.kill_service()
        await asyncio.sleep(1)  # of talk nobody of us hears
        await caller.hang_up()
        await until_gone(house, offered.leg_id)
        await asyncio.sleep(2)  # in which the agent's leg is alone
        await house.start_service()
        await watch.until(CallEnded)
    hung_up = await watch.until(LegHungUp, leg_id=offered.leg_id)
    assert hung_up.received_at - hung_up.occurred_at > 1_500_000
    (line,) = await watch.lines(connected.event.call_id)
    assert not line.is_estimated
    assert abs(line.talk_ms - (hung_up.occurred_at - connected.occurred_at) / 1_000) < 150
    assert line.talk_ms > 900


async def test_wrap_up_the_order_of_idleness_and_shares_survive(house: House, watch: Watch) -> None:
    """Anna is in wrap-up; Dora, of the same level, has had the same work later: who is next is as it was."""
    await on_duty(house, watch, "a01", "a04")
    for count in (1, 2):
        async with a_caller(house, RINGING) as caller:
            name = (await watch.until(AgentReserved, count=count)).event.agent_id
            await takes_call(house.phones[name])
            await watch.until(AgentConnected, count=count)
            await caller.hang_up()
            await watch.until(AgentReleased, count=count)
    before = [(e.event.agent_id, e.event.pass_after) for e in await watch.found(DecisionTaken)]
    async with a_caller(house, MUSIC) as caller:
        third = (await watch.until(AgentReserved, count=3)).event
        await takes_call(house.phones[third.agent_id])
        await watch.until(AgentConnected, count=3)
        await caller.hang_up()
        ended = await watch.until(AgentReleased, count=3)
    house.kill_service()
    await house.start_service()
    async with at_desk(house, "sup") as desk:
        _, said = await desk.ask("GET", f"/agents/{third.agent_id}")
        assert said["now"]["state"] == "wrap_up"
    async with a_caller(house, RINGING) as caller:
        fourth = (await watch.until(DecisionTaken, count=4)).event
        assert fourth.agent_id != third.agent_id
        assert fourth.pass_before == dict(before)[fourth.agent_id], "the share is what it was"
        await takes_call(house.phones[fourth.agent_id])
        await caller.hang_up()
    over = await watch.until(AgentTimerFired, agent_id=third.agent_id)
    assert abs(over.event.due_at - ended.occurred_at - 20_000_000) < 100_000, "the wrap-up was not begun anew"


async def test_a_service_told_to_go_leaves_calls_up_and_the_next_one_has_them(house: House, watch: Watch) -> None:
    await on_duty(house, watch, "a01")
    async with a_caller(house, RINGING) as caller, a_caller(house, MUSIC, as_whom="+491706666666") as waiting:
        await takes_call(house.phones["a01"])
        await watch.until(AgentConnected)
        await watch.until(CallAdmitted, count=2)
        house.signal_service(signal.SIGTERM)
        assert house.service is not None
        assert await soon(house.service.wait()) == 0
        assert not any(event.type == "CALL_CLOSED" for event in (*caller.events, *waiting.events))
        await house.start_service()
        await caller.hang_up()
        await watch.until(CallEnded)
        await takes_call(house.phones["a01"])
        await waiting.hang_up()
        await watch.until(CallEnded, count=2)
    assert len(await watch.found(LegOffered)) == 2
    assert len(await watch.found(LegAnswered)) >= 3
    assert await watch.found(UnexpectedHappened) == []
