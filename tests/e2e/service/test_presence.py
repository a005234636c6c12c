"""Presence as a verdict, with real phones: a line that stutters, a desktop closed, an address that changes in mid-call."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from telephony.agent.judged import PresenceJudged
from telephony.causes import EndReason
from telephony.events import (
    AgentLost,
    AgentReleased,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    EndpointChanged,
    LegHungUp,
    LegJoined,
)
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import Desk, at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.scripted_phone import scripted_phone
from tests.e2e.service.watching import Watch, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGES: dict[str, dict[str, Any]] = {
    "presence": {
        "line_gate": True,
        "measure_every_s": 1,
        "worst_jitter_ms": 12,  # what a phone that is stopped again and again can be made to show
        "good_jitter_ms": 6,
        "good_for_s": 600,
        "desktop_lease_s": 10,
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    async with opened_house(state_dir, 1, changes=CHANGES) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    async with watching(house) as watch:
        yield watch
        async with at_desk(house, "sup") as desk:
            await desk.ask("POST", "/agents/a01/log-out")
        for phone in house.phones.values():
            await phone.stop()
        house.phones.clear()


async def now_of(desk: Desk) -> dict[str, Any]:
    _, said = await desk.ask("GET", "/agents/a01")
    return dict(said["now"])


async def test_a_desktop_that_gives_no_sign_any_more_keeps_offers_away_until_it_is_back(house: House, watch: Watch) -> None:
    await house.phone("a01")
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/log-in", {})
        await desk.do("/agents/a01/heartbeat")
        judged = await watch.until(PresenceJudged, absence="desktop_gone")
        assert (judged.agent_id, (await now_of(desk))["absence"]) == ("a01", "desktop_gone")
        assert (await now_of(desk))["state"] == "available"
        async with a_caller(house, RINGING):
            await watch.until(CallAdmitted)
            await desk.do("/agents/a01/heartbeat")
            reserved = await watch.until(AgentReserved)
            back = await watch.until(PresenceJudged, absence=None)
            assert judged.seq < back.seq < reserved.seq, "offered once the desktop was back, and not before"
        assert (await now_of(desk))["absence"] is None


async def test_an_open_board_of_the_agents_own_is_a_sign_of_the_desktop_and_a_closed_one_is_missed(
    house: House, watch: Watch
) -> None:
    await house.phone("a01")
    async with at_desk(house, "a01") as desk:
        await desk.do("/agents/a01/log-in", {})
        await desk.do("/agents/a01/heartbeat")  # once a desktop was there, it is missed
        await watch.until(PresenceJudged, absence="desktop_gone")
        well = len(await watch.all(PresenceJudged, absence=None))
        async with desk.http.ws_connect(f"{desk.url}/api/v1/live", headers={"Origin": desk.url}) as socket:
            await socket.receive()
            await socket.send_str('{"type":"start"}')
            await watch.until(PresenceJudged, absence=None, count=well + 1)
        await watch.until(PresenceJudged, absence="desktop_gone", count=2)


async def test_an_address_that_changes_in_mid_call_loses_nobody(house: House, watch: Watch) -> None:
    phone = await house.phone("a01")
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            await takes_call(phone)
            await watch.until(LegJoined, count=2)
            before = await watch.found(EndpointChanged, is_reachable=False)  # of the phone an earlier test left there
            async with scripted_phone(house, "a01"):  # the same account from another port: its router has forgotten the old one
                await asyncio.sleep(3)  # in which the talk would be given up
                assert await watch.found(EndpointChanged, is_reachable=False) == before
                assert await watch.found(AgentLost) == []
                assert await watch.found(LegHungUp) == []
                assert (await now_of(desk))["is_reachable"] is True
                await caller.hang_up()
                ended = await watch.until(CallEnded)
        (line,) = await watch.lines(ended.call_id)
    assert not line.is_estimated
    assert line.talk_ms > 2_500


async def stuttering(phone: Phone) -> None:
    """The phone stands still for a third of a second, again and again: its packets come in heaps, as over a bad radio link."""
    while True:
        phone.freeze()
        await asyncio.sleep(0.35)
        phone.thaw()
        await asyncio.sleep(0.35)


async def test_a_line_that_stutters_is_offered_no_more_calls_and_everybody_sees_why(house: House, watch: Watch) -> None:
    phone = await house.phone("a01")
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            await takes_call(phone)
            bad = asyncio.create_task(stuttering(phone))
            judged = await watch.until(PresenceJudged, absence="bad_line")
            bad.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await bad
            phone.thaw()
            assert await watch.found(AgentLost) == [], "a bad line ends no call"
            await caller.hang_up()
            await watch.until(AgentReleased)
        assert judged.event.fault in ("jitter", "loss")
        assert judged.event.mos_hundredths is not None
        now = await now_of(desk)
        assert (now["absence"], now["line_fault"]) == ("bad_line", judged.event.fault)
        await desk.do("/agents/a01/available")
        async with a_caller(house, RINGING) as caller:
            await watch.until(CallAdmitted, count=2)
            await caller.hang_up()
            await watch.until(CallEnded, end_reason=EndReason.ABANDONED)
            assert len(await watch.found(AgentReserved)) == 1
        status, said = await desk.ask("GET", "/agents/a01/standing?language=en")
        assert status == 404 or "line" in str(said)
