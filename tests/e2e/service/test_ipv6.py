"""Everything over IPv6 but the one connection that Asterisk dials: the service, ARI over HTTP, AMI, phones, callers, voices."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.demo.sipp import run_sipp
from fernamt.node.ports import free_ports
from telephony.events import AgentConnected, LegHeld, LegHungUp, LegUnheld
from tests.e2e.conftest import StartPhone
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.watching import seconds_between, watching
from tests.e2e.test_node import listeners, surprises
from tests.e2e.test_phones import is_music, is_tone, until_hears

HERE = "::1"
AGENT, AGENTS_TONE = "a01", 500
CALLER, CALLERS_TONE = "+491701234567", 900


@pytest.fixture(params=["outbound", "inbound"])
async def house(request: pytest.FixtureRequest, state_dir: Any) -> AsyncIterator[House]:
    """The installation is at an IPv6 address, whoever of Asterisk and us dials the other."""
    line, emergency = free_ports(2, address=HERE)
    changes = {
        "service": {"listen": HERE},
        f"switch.{SWITCH}": {"bind_address": HERE, "connection": request.param},
        f"switch.{SWITCH}.trunk.line": {"host": HERE, "port": line},
        f"switch.{SWITCH}.trunk.emergency": {"host": f"[{HERE}]", "port": emergency, "accepts_calls": False},
    }
    async with opened_house(state_dir, 1, changes=changes) as opened:
        yield opened


async def test_a_phone_is_offered_a_call_talks_holds_and_hangs_up(house: House, start_phone: StartPhone) -> None:
    agent = await house.phone(AGENT, tone_hz=AGENTS_TONE, keeps_what_it_hears=True)
    await house.log_in(AGENT)
    async with watching(house) as watch:
        caller = await calling(house, start_phone)
        await agent.expect("CALL_INCOMING")
        await agent.answer()
        await caller.expect("CALL_ESTABLISHED")
        await until_hears(caller, is_tone(AGENTS_TONE))
        await until_hears(agent, is_tone(CALLERS_TONE))
        switch = house.settings.switch[SWITCH]
        voices = range(switch.rtp_first_port, switch.rtp_last_port + 1)
        assert {address for _, address, port in listeners(house.node.pid) if port in voices} == {HERE}

        await agent.hold()
        await watch.until(LegHeld)
        await until_hears(caller, is_music)
        await agent.resume()
        await watch.until(LegUnheld)
        await until_hears(caller, is_tone(AGENTS_TONE))

        await agent.hang_up()
        await caller.expect("CALL_CLOSED")
        (line,) = await watch.lines(await watch.call())
        connected = await watch.until(AgentConnected)
        together = seconds_between(connected, await watch.until(LegHungUp, leg_id=connected.event.leg_id))
    assert (line.agent_id, line.end_reason) == (AGENT, "agent_hung_up")
    assert abs((line.talk_ms + line.hold_ms) / 1_000 - together) < 0.15
    assert surprises(house.node) == []


async def test_the_doctor_finds_no_fault(house: House) -> None:
    found = {finding["check"]: finding for finding in json.loads(await house.command("doctor", "--json"))["findings"]}
    assert {finding["status"] for finding in found.values()} <= {"good", "doubtful"}, found
    assert any("ARI" in check or "manager" in check for check in found), "the switch was asked"


async def test_many_callers_are_told_what_they_would_be_told_over_ipv4(house: House) -> None:
    keys = {"caller": "+49301234567", "number": "4930000000"}
    unknown = await run_sipp("speaking_caller", to=house.sip, talk_ms=100, keys=keys)
    assert (unknown.succeeded, unknown.failed) == (0, 1)
    assert "404" in unknown.errors


async def calling(house: House, start_phone: StartPhone) -> Phone:
    caller = await start_phone(PhoneAccount(user=CALLER, server=house.sip), tone_hz=CALLERS_TONE, keeps_what_it_hears=True)
    await caller.dial(RINGING)
    return caller
