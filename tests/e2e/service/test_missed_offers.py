"""What follows from offers missed one after the other, and what is none: a phone that registers anew while it rings."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from telephony.agent.on_shift import PauseConfirmed
from telephony.causes import ReleaseReason
from telephony.events import AgentAlerted, AgentReleased, AgentReserved, AvailableRequested, CallEnded, EndpointChanged
from tests.e2e.patience import soon
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller
from tests.e2e.service.scripted_phone import scripted_phone
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGES: dict[str, dict[str, Any]] = {"routing": {"rest_busy_ms": 300, "rest_no_answer_ms": 300, "misses_until_pause": 2}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent, whose phone is scripted."""
    async with opened_house(state_dir, 1, changes=CHANGES) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    async with watching(house) as watch:
        yield watch
        async with at_desk(house, "sup") as desk:
            await desk.ask("POST", "/agents/a01/log-out")


async def test_offers_missed_one_after_the_other_put_the_agent_on_pause_for_a_reason_that_is_shown(
    house: House, watch: Watch
) -> None:
    async with scripted_phone(house, "a01") as phone, at_desk(house, "sup") as desk:
        phone.refusal = 486
        await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            missed = await watch.until(AgentReleased, count=2)
            assert missed.event.reason is ReleaseReason.BUSY
            now = await paused(desk)
            assert (now["pause_reason"], now["is_forced"]) == ("missed_calls", True)
            assert now["forced_until"] is not None, "it ends by itself"
            async with at_desk(house, "a01") as agent:
                status, _ = await agent.ask("POST", "/agents/a01/confirm-pause")
                assert status == 403, "that is for a person beside the agent"
            await desk.do("/agents/a01/confirm-pause")
            await watch.until(PauseConfirmed)
            assert (await paused(desk))["forced_until"] is None, "until somebody ends it"
            await asyncio.sleep(1)  # longer than any rest: a third offer would have come
            assert len(await watch.found(AgentReserved)) == 2
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            phone.refusal = None
            await desk.do("/agents/a01/available")
            await watch.until(AvailableRequested)
            await watch.until(AgentReserved, count=3)
            await caller.hang_up()
            await watch.until(CallEnded)
        # Asking for calls has forgiven the misses: one more is one.
        phone.refusal = 486
        async with a_caller(house, RINGING):
            await watch.until(AgentReserved, count=5)


async def paused(desk: Any) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        _, said = await desk.ask("GET", "/agents/a01")
        return said["now"] if said["now"]["state"] == "paused" else None

    return await eventually(look, "the pause")


async def test_a_phone_that_registers_anew_while_it_rings_goes_on_ringing_and_has_missed_nothing(
    house: House, watch: Watch
) -> None:
    async with scripted_phone(house, "a01") as phone, at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            await watch.until(AgentAlerted)
            async with scripted_phone(house, "a01"):  # the same phone behind another port of its router
                await asyncio.sleep(0.5)  # a leg given up with the old address would end at once
                assert phone.cancels.empty()
                assert await watch.found(AgentReleased) == []
                assert await watch.found(EndpointChanged, is_reachable=False) == []
                await caller.hang_up()
                await soon(phone.cancels.get())
                released = await watch.until(AgentReleased)
        assert released.event.reason is ReleaseReason.ABANDONED
        assert len(await watch.found(AgentReserved)) == 1
