"""The controller dies in the middle of everything; nobody on the phone notices."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from fernamt.demo.house import House
from fernamt.demo.sipp import SippResult, run_sipp
from tests.e2e.service.centres import RINGING as NUMBER
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.test_calls import minutes

TALKING, RINGING, WAITING, IN_THE_GAP = 20, 3, 5, 2
LONG_MS, SHORT_MS = 14_000, 2_000


def calling(house: House, calls: int, talk_ms: int) -> asyncio.Task[SippResult]:
    """That many callers, who talk that long once an agent has answered, then hang up."""
    keys = {"caller": "+491701234567", "number": NUMBER}
    return asyncio.create_task(
        run_sipp("speaking_caller", to=house.sip, calls=calls, rate=10, talk_ms=talk_ms, keys=keys, within_s=120)
    )


async def arrived(house: House, count: int) -> None:
    """Returns when that many callers are known."""
    while sum(event["event"]["kind"] == "leg_offered" for event in await house.journal()) < count:  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(0.1)


async def take_calls(house: House, name: str) -> None:
    """The agent answers whatever rings."""
    while True:
        await house.phones[name].expect("CALL_INCOMING", within_s=300)
        await house.phones[name].answer()


async def test_a_killed_controller_drops_nobody_offers_nobody_twice_and_loses_no_minute(
    open_house: OpenHouse, record_testsuite_property: Callable[[str, object], None]
) -> None:
    async with open_house(agents=TALKING + RINGING, ring_ms=30_000) as house:
        ringing = {asyncio.create_task(phone.expect("CALL_INCOMING", within_s=60)): name for name, phone in house.phones.items()}
        talking = calling(house, TALKING, LONG_MS)
        answered: list[str] = []
        while len(answered) < TALKING:
            done, _ = await asyncio.wait(ringing, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                answered.append(name := ringing.pop(task))
                await house.phones[name].answer()
                await house.phones[name].expect("CALL_ESTABLISHED")
        waiting = calling(house, RINGING + WAITING, SHORT_MS)
        await asyncio.wait(ringing)
        await asyncio.wait_for(arrived(house, TALKING + RINGING + WAITING), 20)

        house.kill_service()
        in_the_gap = calling(house, IN_THE_GAP, SHORT_MS)
        started_at = time.time_ns() // 1_000
        await house.start_service(within_s=60)
        for name in ringing.values():
            await house.phones[name].answer()
        agents = [asyncio.create_task(take_calls(house, name)) for name in house.phones]
        results = await asyncio.gather(talking, waiting, in_the_gap)
        for agent in agents:
            agent.cancel()
        lines = await asyncio.wait_for(minutes(house, TALKING + RINGING + WAITING + IN_THE_GAP), 30)
        events = await house.journal()

    back_at = next(event["received_at"] for event in reversed(events) if event["event"]["kind"] == "switch_connected")
    back_s = (back_at - started_at) / 1_000_000
    record_testsuite_property("control_back_s", back_s)  # the aim is 3 s; what a machine that does other things allows is wide
    assert 0 < back_s < 60
    assert [result.failed for result in results] == [0, 0, 0]
    talks = sorted(int(line["talk_ms"]) for line in lines)
    assert len(talks) == TALKING + RINGING + WAITING + IN_THE_GAP
    assert all(abs(talk - SHORT_MS) < 150 for talk in talks[:-TALKING]), talks
    assert all(abs(talk - LONG_MS) < 150 for talk in talks[-TALKING:]), talks
    assert_offered_once(events)
    assert_served_in_order(events)


def assert_offered_once(events: list[dict[str, Any]]) -> None:
    """Nobody missed a call, so each call was offered once; and no agent had two at a time."""
    offers = Counter(event["call_id"] for event in events if event["event"]["kind"] == "agent_reserved")
    assert set(offers.values()) == {1}, offers
    bound: dict[str, str] = {}
    for event in events:
        agent, kind = event["agent_id"], event["event"]["kind"]
        if kind == "agent_reserved":
            assert agent not in bound, f"{agent} was offered {event['call_id']} while bound to {bound[agent]}"
            bound[agent] = event["call_id"]
        elif kind == "agent_released":
            del bound[agent]


def assert_served_in_order(events: list[dict[str, Any]]) -> None:
    """Who came first was served first, before and after the restart."""
    came = [event["call_id"] for event in events if event["event"]["kind"] == "leg_offered"]
    served = [event["call_id"] for event in events if event["event"]["kind"] == "agent_reserved"]
    assert served == came
