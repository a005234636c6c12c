"""An agent keeps a line open on a real switch: the callee hears them at once, and neither calls nor crashes wear it out."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.installation import Database
from metering.lines import MinuteLine
from telephony.causes import EndReason
from telephony.dialling import CallPlaced
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentLost,
    AgentReleased,
    CallEnded,
    LegHungUp,
    LegRinging,
    LogInRequested,
    UnexpectedHappened,
    WrapUpCodeChosen,
)
from telephony.identifiers import CallId
from telephony.open_lines import LineState, LineTold
from tests.e2e.asterisk.counted_sound import Carrier, a_carrier
from tests.e2e.patience import soon
from tests.e2e.service.desk import at_desk, goes_off_duty
from tests.e2e.service.hearing import ANNA, OUTSIDER, is_heard
from tests.e2e.service.outward import NUMBER, AtWork, at_work, line_port, outward_house, somebody_outside
from tests.e2e.service.people import takes_call, until_gone
from tests.e2e.service.watching import eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE_S = 0.2
CALLS = 5
"""So many are measured, and the one in the middle counts: a machine that does other things makes any single one late."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent who may keep a line open, and a line out."""

    async def prepares(house: House, _database: Database) -> None:
        await house.command("agents", "set", "a01", "keeps_line=true")

    async with outward_house(state_dir, {"a01": ANNA}, prepares=prepares) as house:
        yield house


@dataclass(slots=True)
class OnTheLine(AtWork):
    """Anna with her line open."""

    leg_id: str = ""

    async def opens(self) -> None:
        """She asks, answers her phone, and her line is open."""
        await self.desk.do("/agents/a01/open-line")
        await takes_call(self.anna)
        self.leg_id = (await self.watch.until(LineTold, state=LineState.OPEN)).event.leg_id

    async def is_free_again(self, calls: int) -> None:
        """The call is over, its code chosen, and the line open."""
        await self.watch.until(CallEnded, count=calls)
        released = (await self.watch.until(AgentReleased, count=calls)).event
        await self.desk.do("/agents/a01/wrap-up-code", {"call_id": released.call_id, "wrap_up_code": "done"})
        await self.watch.until(WrapUpCodeChosen, count=calls)
        assert await self.state() == "open"
        assert await self.watch.all(UnexpectedHappened) == []

    async def state(self) -> str | None:
        status, shown = await self.desk.ask("GET", "/agents/a01")
        assert status == 200
        return shown["now"]["open_line"]  # type: ignore[no-any-return]

    async def has_line(self, state: str | None) -> None:
        """The board says so in the end."""

        async def look() -> bool | None:
            return True if await self.state() == state else None

        await eventually(look, f"a line that is {state}")


@asynccontextmanager
async def on_the_line(house: House) -> AsyncIterator[OnTheLine]:
    async with at_work(house) as there:
        work = OnTheLine(there.house, there.watch, there.desk, there.anna)
        await work.opens()
        yield work
    await until_gone(house, work.leg_id)


async def answers(network: Carrier) -> float:
    """The callee answers; after so many seconds the agent is heard there."""
    network.says("180 Ringing")
    network.sound.loud_at.clear()
    answered_at = asyncio.get_running_loop().time()
    network.says("200 OK", sounds=True)

    async def look() -> float | None:
        return network.sound.loud_at[0] if network.sound.loud_at else None

    return await eventually(look, "the agent, at the callee's") - answered_at


async def test_the_callee_hears_the_agent_at_once_and_one_leg_serves_all_calls(house: House) -> None:
    waits = []
    async with on_the_line(house) as work:
        for number in range(CALLS):
            async with a_carrier(line_port(house), OUTSIDER) as network:
                await work.wants(f"{NUMBER}5{number}")
                await soon(network.dialled.wait())
                waits.append(await answers(network))
                await work.watch.until(AgentConnected, count=number + 1)
                await eventually(lambda: is_heard(work.anna, "outsider"), "who was called, at the agent's")
                network.hangs_up()
                await work.is_free_again(number + 1)
        assert [event.type for event in work.anna.events].count("CALL_INCOMING") == 1, "her phone rang for the line alone"
        legs = {connected.leg_id for connected in await work.watch.all(AgentConnected)}
        assert legs == {work.leg_id}
        assert await work.watch.all(LegHungUp, leg_id=work.leg_id) == []
    assert statistics.median(waits) <= AT_ONCE_S, waits


async def minutes(work: OnTheLine, call_id: CallId) -> tuple[MinuteLine, MinuteLine]:
    annas, line = await work.watch.lines(call_id, where=lambda found: len(found) == 2)
    return annas, line


async def test_minutes_are_those_of_a_call_that_rings_the_agent_first(house: House) -> None:
    async with on_the_line(house) as work:
        async with somebody_outside(house, f"{NUMBER}61") as outsider:
            call_id = await work.wants(f"{NUMBER}61")
            await outsider.expect("CALL_INCOMING")
            await outsider.answer()
            await eventually(lambda: is_heard(outsider, "anna"), "the agent, at who was called")
            await outsider.hang_up()
            await work.is_free_again(1)
        annas, line = await minutes(work, call_id)
        assert (annas.agent_id, annas.ring_ms, annas.hold_ms, line.agent_id) == ("a01", 0, 0, None)
        assert annas.talk_ms > 100
        assert abs(annas.talk_ms - line.billed_ms) <= 200
        assert not annas.is_estimated
        await work.desk.do("/agents/a01/close-line")
        await work.anna.expect("CALL_CLOSED")
        await work.has_line(None)
        async with somebody_outside(house, f"{NUMBER}62") as outsider:
            call_id = await work.wants(f"{NUMBER}62")
            await work.watch.until(LegRinging, leg_id=f"{call_id}.agent.1")  # her phone rings for a while, not for a tick
            await takes_call(work.anna)
            await outsider.expect("CALL_INCOMING")
            await outsider.answer()
            await eventually(lambda: is_heard(outsider, "anna"), "the agent, who was rung first")
            await outsider.hang_up()
            await work.watch.until(CallEnded, count=2)
        first, line = await minutes(work, call_id)
        assert first.ring_ms == await work.watch.rang_ms(f"{call_id}.agent.1")
    assert abs(first.talk_ms - line.billed_ms) <= 200


async def test_a_busy_number_is_told_on_the_line_which_stays(house: House) -> None:
    async with on_the_line(house) as work:
        async with somebody_outside(house, f"{NUMBER}63") as outsider:
            await work.wants(f"{NUMBER}63")
            await outsider.expect("CALL_INCOMING")
            await outsider.hang_up()
            await eventually(lambda: is_heard(work.anna, "music"), "a voice that says why")
            assert (await work.watch.until(CallEnded)).event.end_reason in (EndReason.CALLEE_BUSY, EndReason.CALLEE_REJECTED)
            await work.is_free_again(1)
        async with somebody_outside(house, f"{NUMBER}64") as outsider:
            await work.wants(f"{NUMBER}64")
            await outsider.expect("CALL_INCOMING")
            await outsider.answer()
            await eventually(lambda: is_heard(outsider, "anna"), "the agent, at the next one")
            await work.anna.hang_up()
            await outsider.expect("CALL_CLOSED")
            ended = (await work.watch.until(CallEnded, count=2)).event
            assert ended.end_reason is EndReason.AGENT_HUNG_UP
            await work.has_line(None)


async def test_a_controller_killed_beside_an_idle_line_finds_it_and_calls_by_it(house: House) -> None:
    async with on_the_line(house) as work:
        house.kill_service()
        await house.start_service()
        await work.has_line("open")
        async with somebody_outside(house, f"{NUMBER}65") as outsider:
            await work.wants(f"{NUMBER}65")
            await outsider.expect("CALL_INCOMING")
            await outsider.answer()
            await eventually(lambda: is_heard(outsider, "anna"), "the agent, at who was called")
            await outsider.hang_up()
            await work.is_free_again(1)
        assert [event.type for event in work.anna.events].count("CALL_INCOMING") == 1


@pytest.mark.parametrize("ends_meanwhile", [False, True])
async def test_a_controller_killed_in_a_call_by_the_line_takes_it_home_afterwards(house: House, *, ends_meanwhile: bool) -> None:
    number = f"{NUMBER}6{6 + ends_meanwhile}"
    async with on_the_line(house) as work, somebody_outside(house, number) as outsider:
        call_id = await work.wants(number)
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await work.watch.until(AgentConnected)
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, at who was called")
        house.kill_service()
        if ends_meanwhile:
            await outsider.hang_up()
        await house.start_service()
        if not ends_meanwhile:
            assert await work.watch.all(CallEnded) == []
            await eventually(lambda: is_heard(outsider, "anna"), "the agent, after the restart")
            await outsider.hang_up()
        await work.is_free_again(1)
        assert await work.watch.all(LegHungUp, leg_id=work.leg_id) == []
        assert len(await work.watch.all(CallPlaced)) == 1
        annas, line = await minutes(work, call_id)
    assert annas.talk_ms > 100
    assert abs(annas.talk_ms - line.billed_ms) <= 200


async def test_a_phone_that_dies_in_a_call_by_the_line_leaves_the_callee_and_no_line(house: House) -> None:
    async with on_the_line(house) as work, somebody_outside(house, f"{NUMBER}69") as outsider:
        call_id = await work.wants(f"{NUMBER}69")
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await work.watch.until(AgentConnected)
        await work.anna.kill()
        await work.watch.until(AgentLost)
        await work.has_line(None)
        assert await work.watch.all(CallEnded) == [], "whoever was called is kept"
        house.phones["a01"] = work.anna = await house.phone("a01", tone_hz=ANNA, keeps_what_it_hears=True)
        await takes_call(work.anna)
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, back")
        await outsider.hang_up()
        await work.watch.until(CallEnded)
        assert await work.watch.all(UnexpectedHappened) == []
        annas, _ = await minutes(work, call_id)
    assert annas.talk_ms > 100


async def test_who_may_not_keep_a_line_is_told_so(house: House) -> None:
    async with watching(house) as watch, at_desk(house, "a01") as desk:
        await house.command("agents", "set", "a01", "keeps_line=false")
        await desk.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested, agent_id="a01")

        async def refused() -> bool | None:
            status, said = await desk.ask("POST", "/agents/a01/open-line")
            return True if status == 409 and said["code"] == RefusalCode.NO_OPEN_LINE else None

        await eventually(refused, "the word of the centre")
        await goes_off_duty(desk, "a01")
