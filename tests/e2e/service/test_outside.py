"""Somebody outside on a real switch: permitted first, shown our number, given the caller or asked, and who hears whom."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from metering.lines import Direction
from telephony.causes import EndReason
from telephony.dialling import DialPermitted, DialRefused, OutsiderWanted
from telephony.events import CallEnded, CallQueuedAgain, LegAnswered, LegJoined, UnexpectedHappened
from tests.e2e.asterisk.counted_sound import a_carrier
from tests.e2e.patience import soon
from tests.e2e.service.centres import OUTWARD
from tests.e2e.service.hearing import ANNA, BEN, CALLER, OUTSIDER, is_heard
from tests.e2e.service.outward import NUMBER, NUMBER_AS_WRITTEN, SHOWN, line_port, outward_house, somebody_outside
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.test_transfers import Scene, a_talk
from tests.e2e.service.watching import eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Two agents, a line out, and the right to show a number of ours."""
    async with outward_house(state_dir, {"a01": ANNA, "a02": BEN}) as house:
        yield house


@dataclass(slots=True)
class Call:
    """What is tried: Anna's talk, and somebody outside."""

    scene: Scene
    outsider: Phone


@asynccontextmanager
async def a_talk_and_somebody(house: House) -> AsyncIterator[Call]:
    async with somebody_outside(house, f"{NUMBER}11") as outsider, a_talk(house) as scene:
        yield Call(scene, outsider)


async def test_a_caller_is_handed_to_a_number_outside(house: House) -> None:
    async with a_talk_and_somebody(house) as call:
        scene, outsider = call.scene, call.outsider
        await scene.ask("transfer", {"number": NUMBER_AS_WRITTEN})
        permit = (await scene.watch.until(DialPermitted)).event
        assert (permit.shown, permit.number.number_class) == (SHOWN, "mobile")
        ringing = await outsider.expect("CALL_INCOMING")
        assert SHOWN in ringing.peer
        await scene.anna.expect("CALL_CLOSED")
        await scene.hears(scene.caller, "music")
        await outsider.answer()
        await scene.hears(scene.caller, "outsider")
        await scene.hears(outsider, "caller")
        await outsider.hang_up()
        await scene.caller.expect("CALL_CLOSED")
        ended = (await scene.watch.until(CallEnded)).event
        assert ended.end_reason is EndReason.OUTSIDER_HUNG_UP
        assert await scene.watch.all(UnexpectedHappened) == []
        lines = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
    annas, outside = lines
    assert (annas.agent_id, annas.direction) == ("a01", Direction.INBOUND)
    assert (outside.agent_id, outside.direction, outside.number_class) == (None, Direction.OUTBOUND, "mobile")
    assert outside.talk_ms > 100
    assert outside.billed_ms >= outside.talk_ms


async def test_somebody_outside_is_asked_and_gets_the_caller(house: House) -> None:
    async with a_talk_and_somebody(house) as call:
        scene, outsider = call.scene, call.outsider
        await scene.ask("consult", {"number": f"{NUMBER}11"})
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await scene.watch.until(LegAnswered, leg_id=f"{scene.call_id}.outsider.1")
        await scene.hears(scene.anna, "outsider")
        await scene.hears(outsider, "anna")
        await scene.hears(scene.caller, "music")
        await scene.ask("swap")
        await scene.hears(scene.anna, "caller")
        await scene.hears(outsider, "music")
        await scene.ask("swap")
        await scene.hears(scene.anna, "outsider")
        await scene.ask("complete")
        await scene.hears(scene.caller, "outsider")
        await scene.hears(outsider, "caller")
        await scene.anna.expect("CALL_CLOSED")
        await scene.caller.hang_up()
        await outsider.expect("CALL_CLOSED")
        await scene.over()
        annas, outside = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
    assert annas.consult_ms > 100
    assert outside.consult_ms > 100
    assert outside.talk_ms > 100


async def test_a_network_that_sounds_is_heard_by_the_agent_who_asks_and_not_by_the_caller(house: House) -> None:
    async with AsyncExitStack() as stack:
        port = line_port(house)
        network = await stack.enter_async_context(a_carrier(port, OUTSIDER))
        scene = await stack.enter_async_context(a_talk(house))
        await scene.ask("consult", {"number": f"{NUMBER}11"})
        await soon(network.dialled.wait())
        network.says("183 Session Progress", sounds=True)
        await scene.hears(scene.anna, "outsider")
        await scene.hears(scene.caller, "music")
        assert await scene.watch.all(LegJoined, leg_id=f"{scene.call_id}.outsider.1") == []
        network.says("200 OK", sounds=True)
        await scene.watch.until(LegJoined, leg_id=f"{scene.call_id}.outsider.1")
        await scene.ask("complete")
        await scene.hears(scene.caller, "outsider")
        await scene.caller.hang_up()
        await scene.over()


async def test_all_three_hear_each_other_and_the_agent_leaves(house: House) -> None:
    async with a_talk_and_somebody(house) as call:
        scene, outsider = call.scene, call.outsider
        await scene.ask("consult", {"number": f"{NUMBER}11"})
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await scene.hears(scene.anna, "outsider")
        await scene.ask("conference")
        await scene.hears(scene.caller, "anna", "outsider")
        await scene.hears(outsider, "anna", "caller")
        await scene.ask("leave")
        await scene.hears(scene.caller, "outsider")
        await scene.hears(outsider, "caller")
        await scene.caller.hang_up()
        await scene.over()


async def test_a_busy_number_gives_the_caller_back_to_the_agent(house: House) -> None:
    async with a_talk_and_somebody(house) as call:
        scene, outsider = call.scene, call.outsider
        await scene.ask("transfer", {"number": f"{NUMBER}11"})
        await outsider.expect("CALL_INCOMING")
        await outsider.hang_up()
        await scene.watch.until(CallQueuedAgain)
        await takes_call(scene.anna)
        await scene.watch.until(LegJoined, count=3)  # what the caller heard of her before may still sound
        await scene.hears(scene.caller, "anna")
        await scene.anna.hang_up()
        await scene.over()


async def test_a_caller_who_waits_too_long_is_sent_outside_by_the_project(house: House) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        outsider = await stack.enter_async_context(somebody_outside(house, f"{NUMBER}11"))
        caller = await stack.enter_async_context(a_caller(house, OUTWARD, tone_hz=CALLER, hears=True))
        await watch.until(OutsiderWanted)
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await eventually(lambda: is_heard(caller, "outsider"), "the party outside, at the caller's")
        await eventually(lambda: is_heard(outsider, "caller"), "the caller, outside")
        await caller.hang_up()
        await outsider.expect("CALL_CLOSED")
        await watch.until(CallEnded)
        lines = await watch.lines(await watch.call(), where=lambda found: len(found) == 2)
    waited, outside = lines
    assert (waited.agent_id, waited.talk_ms) == (None, 0)
    assert waited.wait_ms > 1_000
    assert (outside.direction, outside.number_class) == (Direction.OUTBOUND, "mobile")
    assert outside.talk_ms > 100


async def test_a_number_nobody_may_call_is_refused_and_the_talk_goes_on(house: House) -> None:
    async with a_talk_and_somebody(house) as call:
        scene = call.scene
        status, said = await scene.annas.ask("POST", f"/calls/{scene.call_id}/transfer", {"number": "0900 5123456"})
        assert (status, said["code"]) == (403, "number_class_refused")
        assert (await scene.watch.until(DialRefused)).event.code == "number_class_refused"
        await scene.hears(scene.caller, "anna")
        await scene.caller.hang_up()
        await scene.over()


async def test_the_controller_may_be_killed_while_it_rings_outside(house: House) -> None:
    async with a_talk_and_somebody(house) as call:
        scene, outsider = call.scene, call.outsider
        await scene.ask("transfer", {"number": f"{NUMBER}11"})
        await outsider.expect("CALL_INCOMING")
        await scene.anna.expect("CALL_CLOSED")
        house.kill_service()
        await house.start_service()
        await outsider.answer()
        await scene.hears(scene.caller, "outsider")
        await scene.hears(outsider, "caller")
        await scene.caller.hang_up()
        await outsider.expect("CALL_CLOSED")
        await scene.over()
        assert [event.type for event in outsider.events].count("CALL_INCOMING") == 1
