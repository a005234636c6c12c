"""An agent on a real switch calls somebody by hand: rung first, permitted, heard both ways, measured, and never dialled twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from metering.lines import Direction
from telephony.causes import EndReason
from telephony.dialling import CallPlaced, DialPermitted, DialRefused
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReleased,
    AgentReserved,
    Event,
    LegJoined,
    LegRinging,
)
from tests.e2e.asterisk.counted_sound import a_carrier
from tests.e2e.patience import soon
from tests.e2e.service.desk import at_desk
from tests.e2e.service.hearing import ANNA, OUTSIDER, is_heard
from tests.e2e.service.outward import NUMBER, SHOWN, at_work, line_port, outward_house, somebody_outside
from tests.e2e.service.people import takes_call
from tests.e2e.service.watching import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent, a line out, and the right to show a number of ours."""
    async with outward_house(state_dir, {"a01": ANNA}) as house:
        yield house


async def test_agent_and_callee_hear_each_other_and_both_have_their_minutes(house: House) -> None:
    async with somebody_outside(house, f"{NUMBER}31") as outsider, at_work(house) as work:
        call_id = await work.wants("0171 39200-31", key="wish-1")
        assert await work.wants("0171 39200-31", key="wish-1") == call_id
        await takes_call(work.anna)
        permit = (await work.watch.until(DialPermitted)).event
        assert (permit.purpose, permit.agent_id, permit.shown) == ("manual", "a01", SHOWN)
        ringing = await outsider.expect("CALL_INCOMING")
        assert SHOWN in ringing.peer
        await outsider.answer()
        await work.watch.until(AgentConnected)
        await eventually(lambda: is_heard(work.anna, "outsider"), "who was called, at the agent's")
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, at who was called")
        await outsider.hang_up()
        await work.anna.expect("CALL_CLOSED")
        assert await work.over() is EndReason.CALLEE_HUNG_UP
        assert len(await work.watch.all(CallPlaced)) == 1
        record = await work.watch.record(call_id)
        lines = await work.watch.lines(call_id, where=lambda found: len(found) == 2)
        rang_ms = await work.watch.rang_ms(f"{call_id}.agent.1")
    assert (record.direction, record.number_class, record.did) == (Direction.OUTBOUND, "mobile", None)
    annas, line = lines
    assert (annas.agent_id, annas.direction, line.direction) == ("a01", Direction.OUTBOUND, Direction.OUTBOUND)
    assert annas.talk_ms > 100
    assert annas.ring_ms == rang_ms
    assert line.billed_ms >= annas.talk_ms - 200
    assert [event.type for event in outsider.events].count("CALL_INCOMING") == 1


async def test_what_the_network_says_before_the_answer_is_heard_and_is_no_talk(house: House) -> None:
    port = line_port(house)
    async with a_carrier(port, OUTSIDER) as network, at_work(house) as work:
        call_id = await work.wants(f"{NUMBER}38")
        await takes_call(work.anna)
        callee = {"leg_id": f"{call_id}.callee.1"}
        await soon(network.dialled.wait())
        network.says("183 Session Progress", sounds=True)
        await work.watch.until(LegRinging, **callee)
        await eventually(lambda: is_heard(work.anna, "outsider"), "who has not answered yet, at the agent's")
        assert await work.watch.all(LegJoined, **callee) + await work.watch.all(AgentConnected) == []
        network.says("200 OK", sounds=True)
        await work.watch.until(LegJoined, **callee)
        await asyncio.sleep(0.3)  # a talk that can be told from none
        network.hangs_up()
        assert await work.over() is EndReason.CALLEE_HUNG_UP
        annas, line = await work.watch.lines(call_id, where=lambda found: len(found) == 2)
    assert annas.talk_ms > 100
    assert line.ring_ms > 0
    assert line.billed_ms >= annas.talk_ms - 200


async def test_a_busy_number_ends_the_call_and_leaves_a_code_to_choose(house: House) -> None:
    async with somebody_outside(house, f"{NUMBER}32") as outsider, at_work(house) as work:
        await work.wants(f"{NUMBER}32")
        await takes_call(work.anna)
        await outsider.expect("CALL_INCOMING")
        await outsider.hang_up()
        await work.anna.expect("CALL_CLOSED")
        assert await work.over() in (EndReason.CALLEE_BUSY, EndReason.CALLEE_REJECTED)
        released = (await work.watch.until(AgentReleased)).event
        assert (released.has_talked, released.wraps_up) == (False, True)
        status, shown = await work.desk.ask("GET", "/agents/a01")
        assert (status, shown["now"]["state"]) == (200, "wrap_up")


async def test_a_number_on_a_list_is_refused_and_no_call_leaves(house: House) -> None:
    async with somebody_outside(house, f"{NUMBER}33") as outsider, at_work(house) as work:
        async with at_desk(house, "sup") as supervisor:
            await supervisor.do("/do-not-call/add", {"number": f"{NUMBER}33", "reason": "by letter"})
        await work.wants(f"{NUMBER}33")
        await takes_call(work.anna)
        refused = (await work.watch.until(DialRefused)).event
        assert refused.code == RefusalCode.ON_DO_NOT_CALL_LIST
        await work.anna.expect("CALL_CLOSED")
        assert await work.over() is EndReason.NOT_PERMITTED
        assert [event.type for event in outsider.events].count("CALL_INCOMING") == 0


async def test_what_is_no_number_or_has_no_reference_is_refused_at_once(house: House) -> None:
    async with at_work(house) as work:
        await work.wants("0900 1234567", status=403)
        await work.wants("0171 3", status=422)
        status, _ = await work.desk.ask("POST", "/calls", {"project_id": "music", "number": f"{NUMBER}34"})
        assert status == 422
        body = {"project_id": "ringing", "number": f"{NUMBER}34", "reference": {"kind": "task", "id": "t1"}}
        status, said = await work.desk.ask("POST", "/calls", body)
        assert (status, said["code"]) == (403, "outbound_not_permitted")
        assert await work.watch.all(AgentReserved) == []


@pytest.mark.parametrize(("before", "digits"), [("", "35"), ("*81*", "36")], ids=["alone", "behind the project's code"])
async def test_a_number_dialled_on_the_agents_phone_is_their_call(house: House, before: str, digits: str) -> None:
    async with somebody_outside(house, f"{NUMBER}{digits}") as outsider, at_work(house) as work:
        await work.anna.dial(f"{before}017139200{digits}")
        await work.anna.expect("CALL_ESTABLISHED")
        placed = (await work.watch.until(CallPlaced)).event
        assert (placed.placed_by, placed.terms.project_id, placed.reference.id) == ("a01", "music", "desk-calls")
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await eventually(lambda: is_heard(work.anna, "outsider"), "who was called, at the agent's")
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, at who was called")
        await work.anna.hang_up()
        await outsider.expect("CALL_CLOSED")
        assert await work.over() is EndReason.AGENT_HUNG_UP
        story = repr(await work.watch.story())
        lines = await work.watch.lines(placed.call_id, where=lambda found: len(found) == 2)
    assert [(line.agent_id, line.direction) for line in lines] == [("a01", Direction.OUTBOUND), (None, Direction.OUTBOUND)]
    assert lines[0].talk_ms > 100
    assert "13920" not in story


async def test_a_phone_that_may_not_call_hears_why(house: House) -> None:
    async with at_work(house) as work:
        await work.anna.dial("*82*01713920037")
        await work.anna.expect("CALL_ESTABLISHED")
        await eventually(lambda: is_heard(work.anna, "music"), "a voice that says why")
        await work.anna.expect("CALL_CLOSED")
        assert await work.watch.all(CallPlaced) == []


MOMENTS: list[tuple[str, type[Event], str]] = [
    ("41", AgentReserved, "while the agent's phone rings"),
    ("42", DialPermitted, "at the permit"),
    ("43", LegRinging, "while it rings outside"),
    ("44", AgentConnected, "in the conversation"),
]


@pytest.mark.parametrize(("digits", "moment", "_name"), MOMENTS, ids=[name for _, _, name in MOMENTS])
async def test_a_controller_killed_on_the_way_dials_nobody_twice(
    house: House, digits: str, moment: type[Event], _name: str
) -> None:
    async with somebody_outside(house, f"{NUMBER}{digits}") as outsider, at_work(house) as work:
        call_id = await work.wants(f"{NUMBER}{digits}", key=f"wish-{digits}")
        await work.anna.expect("CALL_INCOMING")
        if moment is not AgentReserved:
            await work.anna.answer()
        if moment is AgentConnected:
            await outsider.expect("CALL_INCOMING")
            await outsider.answer()
        leg = {"leg_id": f"{call_id}.callee.1"} if moment is LegRinging else {}
        await work.watch.until(moment, **leg)
        house.kill_service()
        await house.start_service()
        if moment is AgentReserved:
            await work.anna.answer()
            await outsider.expect("CALL_INCOMING")
        await work.anna.hang_up()
        ended = await work.over()
        assert ended in (EndReason.AGENT_HUNG_UP, EndReason.CALLEE_UNCLEAR)
        assert [event.type for event in outsider.events].count("CALL_INCOMING") <= 1
        await work.wants(f"{NUMBER}{digits}", key=f"wish-{digits}")
        assert len(await work.watch.all(CallPlaced)) == 1
