"""The controller dies in the middle of everything; nobody on the phone notices."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

from fernamt.demo.house import House
from fernamt.demo.sipp import SippResult, run_sipp
from metering.lines import MinuteLine
from telephony.events import AgentReleased, AgentReserved, CallEnded, Envelope, LegOffered, SwitchConnected
from tests.e2e.service.centres import RINGING as NUMBER
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.watching import Watch, watching

TALKING, RINGING, WAITING, IN_THE_GAP = 20, 3, 5, 2
CALLS = TALKING + RINGING + WAITING + IN_THE_GAP
LONG_MS, SHORT_MS = 14_000, 2_000
LATE_MS = 1_000
"""Callers of a busy machine hang up later than they were to, and never sooner; minutes that ended at the kill lack seconds."""
WIDEST_S = 60.0
"""What a machine that does other things allows; `make bench ONLY=restart` has the aim."""


def calling(house: House, calls: int, talk_ms: int) -> asyncio.Task[SippResult]:
    """That many callers, who talk that long once an agent has answered, then hang up."""
    keys = {"caller": "+491701234567", "number": NUMBER}
    return asyncio.create_task(
        run_sipp("speaking_caller", to=house.sip, calls=calls, rate=10, talk_ms=talk_ms, keys=keys, within_s=120)
    )


async def metered(watch: Watch) -> list[MinuteLine]:
    """The minutes of all calls since the mark, which have ended."""
    await watch.until(CallEnded, count=CALLS)
    return [line for ended in await watch.found(CallEnded) for line in await watch.lines(ended.event.call_id)]


async def take_calls(house: House, name: str) -> None:
    """The agent answers whatever rings."""
    while True:
        await house.phones[name].expect("CALL_INCOMING", within_s=300)
        await house.phones[name].answer()


async def test_a_killed_controller_drops_nobody_offers_nobody_twice_and_loses_no_minute(
    open_house: OpenHouse, record_testsuite_property: Callable[[str, object], None]
) -> None:
    async with open_house(agents=TALKING + RINGING) as house, watching(house) as watch:
        ringing = {asyncio.create_task(phone.expect("CALL_INCOMING")): name for name, phone in house.phones.items()}
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
        await watch.until(LegOffered, count=TALKING + RINGING + WAITING)

        house.kill_service()
        in_the_gap = calling(house, IN_THE_GAP, SHORT_MS)
        started_at = time.time_ns() // 1_000
        await house.start_service()
        for name in ringing.values():
            await house.phones[name].answer()
        agents = [asyncio.create_task(take_calls(house, name)) for name in house.phones]
        results = await asyncio.gather(talking, waiting, in_the_gap)
        for agent in agents:
            agent.cancel()
        lines = await metered(watch)
        events = await watch.story()

    connected = [event.received_at for event in events if isinstance(event.event, SwitchConnected)]
    back_s = (next(at for at in connected if at > started_at) - started_at) / 1_000_000
    record_testsuite_property("control_back_s", back_s)
    assert back_s < WIDEST_S
    assert [result.failed for result in results] == [0, 0, 0]
    talks = sorted(line.talk_ms for line in lines)
    assert len(talks) == CALLS
    for wanted_ms, found in ((SHORT_MS, talks[:-TALKING]), (LONG_MS, talks[-TALKING:])):
        assert all(-150 < talk - wanted_ms < LATE_MS for talk in found), talks
    assert_offered_once(events)
    assert_served_in_order(events)


def assert_offered_once(events: Sequence[Envelope]) -> None:
    """Nobody missed a call, so each call was offered once; and no agent had two at a time."""
    offers = Counter(event.call_id for event in events if isinstance(event.event, AgentReserved))
    assert set(offers.values()) == {1}, offers
    bound: dict[str, str] = {}
    for event in (event.event for event in events):
        if isinstance(event, AgentReserved):
            assert event.agent_id not in bound, f"{event.agent_id} was offered {event.call_id}, bound to {bound[event.agent_id]}"
            bound[event.agent_id] = event.call_id
        elif isinstance(event, AgentReleased):
            del bound[event.agent_id]


def assert_served_in_order(events: Sequence[Envelope]) -> None:
    """Who came first was served first, before and after the restart."""
    came = [event.call_id for event in events if isinstance(event.event, LegOffered)]
    served = [event.call_id for event in events if isinstance(event.event, AgentReserved)]
    assert served == came
