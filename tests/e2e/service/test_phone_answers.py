"""An agent's phone that is told to answer by itself: what its INVITE says, on the wire."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from telephony.events import AgentReleased, CallEnded, LogInRequested
from tests.e2e.patience import soon
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller
from tests.e2e.service.scripted_phone import scripted_phone
from tests.e2e.service.watching import watching

pytestmark = pytest.mark.asyncio

TOLD = re.compile(r"^(Call-Info|Alert-Info): *(.*?)\r$", re.MULTILINE | re.IGNORECASE)


@pytest_asyncio.fixture
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Two agents: the phone of one answers by itself, where it is told to."""
    async with opened_house(state_dir, 2, starts_service=False) as opened:
        await opened.command("agents", "set", "a01", "phone_answers=true")
        await opened.start_service()
        yield opened


async def test_the_phone_is_told_to_answer_the_agents_own_calls_and_nothing_else(house: House) -> None:
    """No standard names it: phones of one make look for the first line, those of others for the second."""
    for name, told in (("a01", True), ("a02", False)):
        async with watching(house) as watch, scripted_phone(house, name) as phone, at_desk(house, name) as desk:
            phone.refusal = 486
            await desk.do(f"/agents/{name}/log-in", {})
            await watch.until(LogInRequested, agent_id=name)
            wish = {"project_id": "music", "number": "0171 39200-31", "reference": {"kind": "task", "id": "t1"}}
            status, said = await desk.ask("POST", "/calls", wish | {"key": name})
            assert status == 200, said
            invite = await soon(phone.invites.get())
            found = {header.lower(): value for header, value in TOLD.findall(invite)}
            if told:
                assert found["call-info"].endswith(";answer-after=0")
                assert found["alert-info"].endswith(";info=alert-autoanswer;delay=0")
            else:
                assert found == {}
            await watch.until(CallEnded)
            await desk.do(f"/agents/{name}/available")
            async with a_caller(house, RINGING):
                assert TOLD.findall(await soon(phone.invites.get())) == [], "who calls in is answered by a person"
                await watch.until(AgentReleased, count=2)
            await desk.do(f"/agents/{name}/log-out")
