"""A phone that asks the switch itself for a transfer: refused in every form, and neither call nor switch is the worse for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from telephony.causes import ReleaseReason
from telephony.events import AgentConnected, AgentReleased, CallEnded, LogInRequested, SwitchDisconnected, UnexpectedHappened
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller
from tests.e2e.service.scripted_phone import scripted_phone
from tests.e2e.service.watching import watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATTENDED = "sip:a02@127.0.0.1?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent, whose phone is scripted."""
    async with opened_house(state_dir, 1, ring_ms=10_000) as opened:
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
