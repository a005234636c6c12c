"""A call's whole way on real parts: from the caller's INVITE to the exported minute."""

import asyncio
import csv
import io

from fernamt.demo.house import House
from fernamt.demo.sipp import run_sipp
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.people import takes_call
from tests.e2e.service.watching import eventually


async def serve_one(house: House, name: str) -> None:
    """The agent takes the next call and talks until it is over."""
    await takes_call(house.phones[name])
    await house.phones[name].expect("CALL_CLOSED")


async def minutes(house: House) -> list[dict[str, str]] | None:
    """The exported lines, if there are any."""
    text = await house.command("minutes", "export", "--from", "2020-01-01", "--to", "2100-01-01", "--format", "csv")
    return list(csv.DictReader(io.StringIO(text))) or None


async def test_a_call_is_rung_through_answered_and_metered(open_house: OpenHouse) -> None:
    async with open_house(agents=1) as house:
        agent = asyncio.create_task(serve_one(house, "a01"))
        result = await run_sipp("caller", to=house.sip, talk_ms=2_000, keys={"caller": "+491701234567", "number": RINGING})
        await agent
        (line,) = await eventually(lambda: minutes(house), "a minute line")

    assert result.succeeded == 1
    assert line["agent_id"] == "a01"
    assert line["number_class"] == "mobile"
    assert 1_850 < int(line["talk_ms"]) < 4_000, "two seconds; a busy caller hangs up later, never sooner"
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
        await takes_call(house.phones["a01"])
        await house.phones["a01"].kill()
        back = await house.phone("a01")
        await takes_call(back)
        await back.expect("CALL_CLOSED")
        result = await caller
        kinds = [event["event"]["kind"] for event in await house.journal()]

    assert result.succeeded == 1
    assert kinds.count("agent_lost") == 1
    assert kinds.count("agent_connected") == 2
    assert kinds.count("agent_released") == 1
