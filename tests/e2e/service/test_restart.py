"""The controller dies in the middle of everything; nobody on the phone notices."""

import asyncio
from collections import Counter

from fernamt.demo.house import House
from fernamt.demo.sipp import run_sipp
from tests.e2e.service.centres import MUSIC
from tests.e2e.service.conftest import OpenHouse
from tests.e2e.service.test_calls import minutes

TALKING, RINGING, WAITING = 20, 3, 5


async def answer(house: House, name: str) -> None:
    phone = house.phones[name]
    await phone.expect("CALL_INCOMING", within_s=60)
    await phone.answer()
    await phone.expect("CALL_ESTABLISHED")


async def test_a_killed_controller_drops_nobody_offers_nobody_twice_and_loses_no_minute(open_house: OpenHouse) -> None:
    async with open_house(agents=TALKING + RINGING, ring_ms=30_000) as house:
        talk_ms = 16_000
        keys = {"caller": "+491701234567", "number": MUSIC}
        first = asyncio.create_task(
            run_sipp("speaking_caller", to=house.sip, calls=TALKING, rate=10, talk_ms=talk_ms, keys=keys, within_s=90)
        )
        ringing = {asyncio.create_task(phone.expect("CALL_INCOMING", within_s=60)): name for name, phone in house.phones.items()}
        answered = set()
        while len(answered) < TALKING:
            done, _ = await asyncio.wait(ringing, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                name = ringing.pop(task)
                await house.phones[name].answer()
                await house.phones[name].expect("CALL_ESTABLISHED")
                answered.add(name)
        rest = asyncio.create_task(
            run_sipp("patient_caller", to=house.sip, calls=RINGING + WAITING, rate=10, talk_ms=2_000, keys=keys, within_s=90)
        )
        rung, _ = await asyncio.wait(ringing, return_when=asyncio.ALL_COMPLETED)

        house.kill_service()
        gap = asyncio.create_task(run_sipp("caller", to=house.sip, calls=2, rate=5, talk_ms=2_000, keys=keys, within_s=90))
        await house.start_service(within_s=10)

        for task in rung:
            await house.phones[ringing[task]].answer()
        free = {asyncio.create_task(serve_all(house, name)) for name in house.phones}
        results = await asyncio.gather(first, rest, gap)
        for task in free:
            task.cancel()
        lines = await asyncio.wait_for(minutes(house, TALKING + RINGING + WAITING + 2), 30)
        events = await house.journal()

    assert [result.failed for result in results] == [0, 0, 0]
    talks = sorted(int(line["talk_ms"]) for line in lines if int(line["talk_ms"]) > 10_000)
    assert len(talks) == TALKING
    assert all(abs(talk - talk_ms) < 300 for talk in talks), talks
    reserved = Counter(event["call_id"] for event in events if event["event"]["kind"] == "agent_reserved")
    assert all(count == 1 for count in reserved.values()), "somebody was offered twice"


async def serve_all(house: House, name: str) -> None:
    """The agent takes call after call."""
    phone = house.phones[name]
    while True:
        await phone.expect("CALL_INCOMING", within_s=300)
        await phone.answer()
