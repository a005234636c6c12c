"""A phone that asks the switch itself for a transfer.

An Asterisk that would not survive it refuses it in every form, and neither call nor switch is the worse for it; by one that does,
it is a request of its agent's like any other. What this Asterisk is, it tells by its version, as it tells the service.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import SWITCH, House
from fernamt.node.packages import find_asterisk
from fernamt.node.unpack import run
from telephony.causes import ReleaseReason
from telephony.dialling import DialRefused
from telephony.events import AgentConnected, AgentReleased, CallEnded, LogInRequested, SwitchDisconnected, UnexpectedHappened
from telephony.switch.asterisk.refer import survives_refer
from telephony.transfers import TransferRequested
from tests.e2e.patience import soon
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.scripted_phone import scripted_phone
from tests.e2e.service.watching import watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATTENDED = "sip:a02@127.0.0.1?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def survives(state_dir: Path) -> bool:
    """Whether the Asterisk here survives what any phone may send."""
    program = await find_asterisk(state_dir)
    return survives_refer(await run(*program.argv, "-V"))


def letting(setting: str) -> dict[str, dict[str, Any]]:
    """The change of settings that says which phones may hand calls on by themselves."""
    return {f"switch.{SWITCH}": {"phone_transfers": setting}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path, survives: bool) -> AsyncIterator[House]:
    """One agent, whose phone is scripted; transfers are refused as detected, or by the setting where they would be let in."""
    changes = letting("never" if survives else "detected")
    async with opened_house(state_dir, 1, changes=changes, ring_ms=10_000) as opened:
        yield opened


async def test_a_transfer_that_a_phone_asks_the_switch_for_is_refused_and_the_call_goes_on(house: House) -> None:
    async with watching(house) as watch, scripted_phone(house, "a01") as phone, at_desk(house, "a01") as desk:
        phone.takes_calls = True
        await desk.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested, agent_id="a01")
        async with a_caller(house, RINGING) as caller:
            await watch.until(AgentConnected)
            for to in ("sip:777@127.0.0.1", "sip:a02@192.0.2.1", ATTENDED):
                # The second is what kills an Asterisk whose endpoint lets REFER in (asterisk #2021).
                for headers in ((), ("Refer-Sub: false\r\n", "Supported: norefersub\r\n")):
                    assert await phone.refer(to, *headers) == 603, (to, headers)
            assert not phone.hung_up.is_set()
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            await caller.hang_up()
            released = await watch.until(AgentReleased)
            assert released.event.reason is ReleaseReason.TALKED
            await watch.until(CallEnded)
        assert await watch.all(UnexpectedHappened) == []
        assert await watch.all(SwitchDisconnected) == [], "Asterisk is still the same one"


@pytest_asyncio.fixture(loop_scope="module")
async def letting_house(state_dir: Path, survives: bool) -> AsyncIterator[House]:
    """Two agents whose phones may hand calls on: as detected, or by the setting, though then only in the form it survives."""
    changes = letting("detected" if survives else "always")
    async with opened_house(state_dir, 2, changes=changes, ring_ms=10_000) as opened:
        yield opened


async def test_where_the_switch_survives_it_a_phones_transfer_key_hands_the_caller_on(letting_house: House) -> None:
    house = letting_house
    async with watching(house) as watch, scripted_phone(house, "a01") as phone, scripted_phone(house, "a02") as other:
        phone.takes_calls = other.takes_calls = True
        async with at_desk(house, "a01") as desk:
            await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            first = await watch.until(AgentConnected)
            async with at_desk(house, "a02") as desk:
                await desk.do("/agents/a02/log-in", {})
            await watch.until(LogInRequested, agent_id="a02")
            for to in ("sip:nobody@127.0.0.1", "sip:+4930112233@127.0.0.1", ATTENDED):
                assert await phone.refer(to) == 202
                assert "603" in await soon(phone.told.get()), to
                assert not phone.hung_up.is_set(), "what is refused leaves the call as it was"
            assert (await watch.until(DialRefused)).event.agent_id == "a01", "outside by permission only"
            assert await phone.refer("sip:a02@192.0.2.1") == 202
            assert "200" in await soon(phone.told.get())
            await soon(phone.hung_up.wait())
            connected = await watch.until(AgentConnected, agent_id="a02")
            assert connected.event.call_id == first.event.call_id
            asked = await watch.all(TransferRequested)
            assert [(each.to_agent_id, each.by) for each in asked][-1] == ("a02", "phone")
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            await caller.hang_up()
            await watch.until(CallEnded)
        assert await watch.all(UnexpectedHappened) == []


async def test_a_phone_that_asks_again_and_again_before_it_is_told_ends_nothing(letting_house: House) -> None:
    """What we say of one request meets the next one in the switch; an Asterisk that is told in the midst of one dies of it."""
    house, switch = letting_house, letting_house.node.pid
    async with watching(house) as watch, scripted_phone(house, "a01") as phone:
        phone.takes_calls = True
        async with at_desk(house, "a01") as desk:
            await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            await watch.until(AgentConnected)
            said = await phone.refer_at_once(ATTENDED, 1_000)
            assert said.count(202) > 100, "they were heard"
            assert not phone.hung_up.is_set()
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            await caller.hang_up()
            released = await watch.until(AgentReleased)
            assert released.event.reason is ReleaseReason.TALKED
            await watch.until(CallEnded)
        assert await watch.all(SwitchDisconnected) == []
        assert (house.node.pid, house.node.is_running) == (switch, True)


@pytest.mark.parametrize("way", ["blind", "attended"])
async def test_the_header_that_ends_other_builds_hands_the_caller_on_or_is_refused(
    letting_house: House, survives: bool, way: str
) -> None:
    if not survives:
        pytest.skip("this Asterisk ends by it, and so refuses every transfer that a phone asks for")
    house, switch = letting_house, letting_house.node.pid
    async with watching(house) as watch, scripted_phone(house, "a01") as phone, scripted_phone(house, "a02") as other:
        phone.takes_calls = other.takes_calls = True
        async with at_desk(house, "a01") as desk:
            await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING) as caller:
            await watch.until(AgentConnected)
            async with at_desk(house, "a02") as desk:
                await desk.do("/agents/a02/log-in", {})
            await watch.until(LogInRequested, agent_id="a02")
            to = ATTENDED if way == "attended" else "sip:a02@192.0.2.1"
            assert await phone.refer(to, "Refer-Sub: false\r\n", "Supported: norefersub\r\n") in (200, 202)
            if way == "attended":
                assert await phone.refer("sip:a02@192.0.2.1") == 202, "it was no transfer, and left the call as it was"
            await soon(phone.hung_up.wait())
            await watch.until(AgentConnected, agent_id="a02")
            asked = await watch.all(TransferRequested)
            assert [(each.to_agent_id, each.by) for each in asked] == [("a02", "phone")]
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            await caller.hang_up()
            await watch.until(CallEnded)
        assert await watch.all(UnexpectedHappened) == []
        assert await watch.all(SwitchDisconnected) == []
        assert (house.node.pid, house.node.is_running) == (switch, True)


async def test_a_real_phones_transfer_key_hands_the_caller_on(letting_house: House) -> None:
    house = letting_house
    async with watching(house) as watch, scripted_phone(house, "a02") as other:
        other.takes_calls = True
        phone = await house.phone("a01", tone_hz=400)
        await house.log_in("a01")
        async with a_caller(house, RINGING) as caller:
            await takes_call(phone)
            first = await watch.until(AgentConnected)
            async with at_desk(house, "a02") as desk:
                await desk.do("/agents/a02/log-in", {})
            await watch.until(LogInRequested, agent_id="a02")
            await phone.transfer(f"sip:a02@{house.sip}")
            connected = await watch.until(AgentConnected, agent_id="a02")
            assert connected.event.call_id == first.event.call_id
            await phone.expect("CALL_CLOSED")
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            await caller.hang_up()
            await watch.until(CallEnded)
        assert await watch.all(UnexpectedHappened) == []
        assert await watch.all(SwitchDisconnected) == []
