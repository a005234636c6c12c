"""Without us (never started, dead, hung) the dialplan answers and takes messages; all of it is ours once we are back."""

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import CHECKOUT, House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.node.child import end, spawn
from telephony.causes import EndReason
from telephony.events import (
    AgentConnected,
    AgentLost,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    CallTurnedAway,
    FallbackAnswered,
    HoldRequested,
    LegOffered,
    UnexpectedHappened,
)
from telephony.identifiers import CallId
from tests.contract.switch.asterisk_world import beat_is_old
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import a_caller, leaves_a_message, new_recording, takes_call
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

BEAT_LIMIT_S = 8
CHANGES = {"switch.node1": {"beat_limit_s": BEAT_LIMIT_S, "waiting_limit_s": BEAT_LIMIT_S}, "agents": {"rtp_timeout_s": 2}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Nobody has ever started the service here."""
    async with opened_house(state_dir, 2, changes=CHANGES, starts_service=False) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on."""
    async with watching(house) as watch:
        yield watch


async def the_message(house: House, call_id: CallId) -> dict[str, object]:
    """What is listed of that call over HTTP."""

    async def look() -> dict[str, object] | None:
        async with at_desk(house, "sup") as desk:
            _, said = await desk.ask("GET", "/messages")
        return next((item for item in said["items"] if item["call_id"] == call_id), None)

    found = await eventually(look, "the message")
    assert isinstance(found, dict)
    return found


async def test_before_anybody_ever_started_the_machine_answers_and_the_call_is_ours_later(house: House, watch: Watch) -> None:
    async with a_caller(house, RINGING) as caller:
        await leaves_a_message(caller, house)
    await house.start_service()
    served = await watch.until(FallbackAnswered)
    ended = await watch.until(CallEnded)
    assert served.call_id is not None
    assert ended.event.end_reason is EndReason.FALLBACK
    record = await watch.record(served.call_id)
    assert (record.project_id, record.number_class, record.talk_ms) == ("ringing", "mobile", 0)
    event = served.event
    assert isinstance(event, FallbackAnswered)
    assert event.answered_at is not None
    assert abs(record.machine_ms - (event.ended_at - event.answered_at) / 1_000) < 50
    message = await the_message(house, served.call_id)
    assert message["project_id"] == "ringing"
    async with at_desk(house, "sup") as desk:
        status, sound = await desk.ask("GET", f"/messages/{message['message_id']}/audio")
    assert status == 200
    assert len(sound) > 16_000
    assert not list((house.settings.service.state_dir / "messages").glob("*/*.json")), "the caller's number lies there no more"


async def test_while_the_controller_is_dead_the_machine_answers_and_nothing_is_counted_twice(house: House, watch: Watch) -> None:
    house.kill_service()
    await until_beat_is_old(house)
    async with a_caller(house, RINGING) as caller:
        await caller.expect("CALL_ESTABLISHED")
        await caller.hang_up()
    await house.start_service()
    served = await watch.until(CallEnded)
    assert served.call_id is not None
    await watch.record(served.call_id)
    house.kill_service()
    await house.start_service()  # the switch's record is read again over the last minute
    async with a_caller(house, MUSIC) as caller:
        later = await watch.until(LegOffered)
        await caller.hang_up()
    await watch.until(CallEnded, call_id=later.call_id)
    assert len(await watch.found(CallEnded, call_id=served.call_id)) == 1
    watch.since = 0
    legs = {e.event.leg_id: e.call_id for e in await watch.found(FallbackAnswered)}
    assert len(legs) == 2, "told again, a call is the same call"
    assert len(await watch.found(CallEnded)) == 3


async def test_a_hung_controller_loses_nobody_and_takes_up_again_when_it_wakes(house: House, watch: Watch) -> None:
    house.signal_service(signal.SIGSTOP)
    try:
        await until_beat_is_old(house)
        async with a_caller(house, RINGING) as caller:
            await caller.expect("CALL_ESTABLISHED")
            await caller.hang_up()
    finally:
        house.signal_service(signal.SIGCONT)
    served = await watch.until(FallbackAnswered)
    assert served.call_id is not None
    await watch.record(served.call_id)
    await house.phone("a01")
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/log-in", {})
    async with a_caller(house, RINGING) as caller:
        await takes_call(house.phones["a01"])
        await watch.until(AgentConnected)
        await caller.hang_up()
        await watch.until(CallEnded, end_reason=EndReason.CALLER_HUNG_UP)
    assert await watch.found(UnexpectedHappened) == []


async def test_the_watchdog_takes_the_waiting_to_the_machine_and_nobody_else(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    ben = await house.phone("a02")
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a02/log-in", {})
    async with a_caller(house, MUSIC) as held, a_watchdog(house), at_desk(house, "a01") as own_desk:
        await takes_call(anna)
        call_held = (await watch.until(AgentConnected)).event.call_id
        await own_desk.do(f"/calls/{call_held}/hold")
        await watch.until(HoldRequested)
        async with a_caller(house, MUSIC, as_whom="+491702222222") as recovering:
            await takes_call(ben)
            await watch.until(AgentConnected, count=2)
            ben.freeze()
            await watch.until(AgentLost)
            await ben.kill()
            del house.phones["a02"]
            async with a_caller(house, MUSIC, as_whom="+491703333333") as waiting:
                waiting_id = (await watch.until(CallAdmitted, count=3)).call_id
                assert waiting_id is not None
                house.kill_service()
                messages = house.settings.service.state_dir / "messages"
                known = set(messages.glob("*/*.wav"))
                await eventually(lambda: new_recording(messages, known), "a recording of the one who waited")
                assert not any(event.type == "CALL_CLOSED" for event in (*held.events, *recovering.events))
                await house.start_service()
                await watch.until(CallTurnedAway, call_id=waiting_id, reason=EndReason.FALLBACK)
                assert len(await watch.found(AgentReserved, call_id=waiting_id)) == 0
                await waiting.hang_up()
                ended = await watch.until(CallEnded, call_id=waiting_id)
            await recovering.hang_up()
        async with at_desk(house, "a01") as again:
            await again.do(f"/calls/{call_held}/unhold")
        await held.hang_up()
        await watch.until(CallEnded, count=3)
    assert ended.event.end_reason is EndReason.FALLBACK
    leg_id = next(e.event.leg_id for e in await watch.found(LegOffered) if e.call_id == waiting_id)
    served = await watch.until(FallbackAnswered, leg_id=leg_id)
    assert served.call_id == waiting_id
    taken = {envelope.call_id for envelope in await watch.found(CallTurnedAway, reason=EndReason.FALLBACK)}
    assert call_held not in taken
    (line,) = await watch.lines(call_held)
    assert line.hold_ms > 5_000
    record = await watch.record(waiting_id)
    assert record.wait_ms > 3_000


async def test_a_caller_taken_while_the_controller_hung_is_offered_to_nobody_when_it_wakes(house: House, watch: Watch) -> None:
    async with at_desk(house, "sup") as desk:
        await desk.ask("POST", "/agents/a01/log-out")
    async with a_watchdog(house), a_caller(house, MUSIC) as caller:
        call_id = (await watch.until(CallAdmitted)).call_id
        house.signal_service(signal.SIGSTOP)
        try:
            messages = house.settings.service.state_dir / "messages"
            known = set(messages.glob("*/*.wav"))
            await eventually(lambda: new_recording(messages, known), "a recording of the one who waited")
        finally:
            house.signal_service(signal.SIGCONT)
        async with at_desk(house, "sup") as desk:
            await desk.do("/agents/a01/log-in", {})
        async with a_caller(house, RINGING, as_whom="+491704444444") as next_caller:
            await takes_call(house.phones["a01"])
            reserved = await watch.until(AgentReserved)
            await next_caller.hang_up()
        await caller.hang_up()
        ended = await watch.until(CallEnded, call_id=call_id)
    assert reserved.event.call_id != call_id
    assert ended.event.end_reason is EndReason.FALLBACK


async def test_an_emergency_call_leaves_by_the_dialplan_with_and_without_us(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    port = house.settings.switch["node1"].trunk["emergency"].port
    for number in ("112", "110"):
        account = PhoneAccount(user=number, server=house.sip)
        control_room = await Phone.start(house.baresip, account, house.directory / "phones" / number, sip_port=port)
        try:
            await anna.dial(number)
            await takes_call(control_room)
            await anna.expect("CALL_ESTABLISHED")
            await anna.hang_up()
            await control_room.expect("CALL_CLOSED")
        finally:
            await control_room.stop()
        if number == "112":
            house.kill_service()
            await until_beat_is_old(house)
    await house.start_service()
    assert await watch.found(LegOffered) == []


async def until_beat_is_old(house: House) -> None:
    """The dialplan knows that nobody is there."""

    async def look() -> bool | None:
        return await beat_is_old(house.node) or None

    await eventually(look, "a beat that is old")


@asynccontextmanager
async def a_watchdog(house: House) -> AsyncIterator[None]:
    """`fernamt watchdog` runs beside the switch as a program of its own."""
    argv = (sys.executable, "-m", "fernamt", "--config", str(house.config_file), "watchdog")
    with (house.directory / "watchdog.log").open("wb") as output:
        process = await spawn(argv, directory=CHECKOUT, output=output)
    try:
        yield
    finally:
        await end(process, limit_s=5)
