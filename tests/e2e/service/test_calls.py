"""A call's whole way on real parts: from the caller's INVITE to the exported minute."""

import asyncio
import csv
import io

from fernamt.demo.house import House
from fernamt.demo.sipp import run_sipp
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import OpenHouse


async def serve_one(house: House, name: str) -> None:
    """The agent takes the next call and talks until it is over."""
    phone = house.phones[name]
    await phone.expect("CALL_INCOMING")
    await phone.answer()
    await phone.expect("CALL_ESTABLISHED")
    await phone.expect("CALL_CLOSED")


async def minutes(house: House, count: int) -> list[dict[str, str]]:
    """The exported lines, once there are that many."""
    while True:
        text = await house.command("minutes", "export", "--from", "2020-01-01", "--to", "2100-01-01", "--format", "csv")
        lines = list(csv.DictReader(io.StringIO(text)))
        if len(lines) >= count:
            return lines
        await asyncio.sleep(0.2)


async def test_a_call_is_rung_through_answered_and_metered(open_house: OpenHouse) -> None:
    async with open_house(agents=1) as house:
        agent = asyncio.create_task(serve_one(house, "a01"))
        result = await run_sipp("caller", to=house.sip, talk_ms=2_000, keys={"caller": "+491701234567", "number": RINGING})
        await agent
        (line,) = await asyncio.wait_for(minutes(house, 1), 20)

    assert result.succeeded == 1
    assert line["agent_id"] == "a01"
    assert line["number_class"] == "mobile"
    assert abs(int(line["talk_ms"]) - 2_000) < 150
    assert line["end_reason"] == "caller_hung_up"


async def test_the_agents_phone_shows_the_project_and_not_the_caller(open_house: OpenHouse) -> None:
    async with open_house(agents=1) as house:
        caller = asyncio.create_task(
            run_sipp("caller", to=house.sip, talk_ms=500, keys={"caller": "+491701234567", "number": RINGING})
        )
        phone = house.phones["a01"]
        incoming = await phone.expect("CALL_INCOMING")
        await phone.answer()
        await caller

    assert "491701234567" not in incoming.peer
    assert RINGING in incoming.peer


async def test_a_lost_line_keeps_the_caller_and_the_same_agent_is_rung_again(open_house: OpenHouse) -> None:
    async with open_house(agents=1, changes={"agents": {"rtp_timeout_s": 2}}) as house:
        caller = asyncio.create_task(
            run_sipp("speaking_caller", to=house.sip, talk_ms=14_000, keys={"caller": "+491701234567", "number": MUSIC})
        )
        await house.phones["a01"].expect("CALL_INCOMING")
        await house.phones["a01"].answer()
        await house.phones["a01"].expect("CALL_ESTABLISHED")
        await house.phones["a01"].kill()
        back = await house.phone("a01")
        await back.expect("CALL_INCOMING", within_s=12)
        await back.answer()
        await back.expect("CALL_ESTABLISHED")
        await back.expect("CALL_CLOSED", within_s=20)
        result = await caller
        kinds = [event["event"]["kind"] for event in await house.journal()]

    assert result.succeeded == 1
    assert kinds.count("agent_lost") == 1
    assert kinds.count("agent_connected") == 2
    assert kinds.count("agent_released") == 1
