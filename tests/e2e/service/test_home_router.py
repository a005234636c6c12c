"""A real phone behind a home router that forgets it, loses its voice or delays it: nobody talks into the void."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from telephony.agent.judged import PresenceJudged
from telephony.causes import EndReason, ReleaseReason
from telephony.events import (
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    CallAdmitted,
    CallEnded,
    CallQueuedAgain,
    EndpointChanged,
    UnexpectedHappened,
)
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.home_router import HomeRouter, home_router
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, watching
from tests.e2e.test_phones import is_tone, until_hears

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

CALLER, AGENT, LATER = 1_000, 620, 1_900
GOOD_FOR_S = 4
LOCKED_AFTER_S = 5.5
"""For five seconds Asterisk lets a talk's voice come from another port."""
CHANGES: dict[str, dict[str, Any]] = {
    "agents": {"rtp_timeout_s": 3, "qualify_every_s": 2, "qualify_timeout_s": 1.0},
    "routing": {"rest_lost_ms": 0},
    "presence": {"line_gate": True, "measure_every_s": 1, "good_for_s": GOOD_FOR_S, "downs_until_unsteady": 0},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent; no phone is up yet."""
    async with opened_house(state_dir, 1, changes=CHANGES, recovery_ms=5_000) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def router(house: House) -> AsyncIterator[HomeRouter]:
    async with home_router(house) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    async with watching(house) as watch:
        yield watch
        async with at_desk(house, "sup") as desk:
            await desk.ask("POST", "/agents/a01/available")
            await desk.ask("POST", "/agents/a01/log-out")
        for phone in house.phones.values():
            await phone.stop()
        house.phones.clear()


async def at_work(house: House, router: HomeRouter, watch: Watch, *, registration_s: int = 60) -> Phone:
    """The agent's phone behind the router, on duty."""
    phone = await router.phone("a01", tone_hz=AGENT, hears=True, registration_s=registration_s)
    await watch.until(EndpointChanged, is_reachable=True)
    async with at_desk(house, "sup") as desk:
        await desk.do("/agents/a01/log-in", {})
    return phone


async def both_hear(caller: Phone, phone: Phone) -> None:
    await until_hears(caller, is_tone(AGENT))
    await until_hears(phone, is_tone(CALLER))


async def test_a_talk_whose_voice_comes_from_another_port_is_put_through_anew(
    house: House, router: HomeRouter, watch: Watch
) -> None:
    phone = await at_work(house, router, watch)
    async with a_caller(house, RINGING, tone_hz=CALLER, hears=True) as caller:
        await takes_call(phone)
        await both_hear(caller, phone)
        await asyncio.sleep(LOCKED_AFTER_S)
        router.rebind(signalling=False)
        lost = await watch.until(AgentLost)
        await takes_call(phone)
        again = await watch.until(AgentConnected, count=2)
        await both_hear(caller, phone)
        assert again.agent_id == "a01"
        await caller.hang_up()
        await watch.until(CallEnded)
    (line,) = await watch.lines(lost.call_id)
    assert line.is_estimated, "nobody knows when the agent was heard last"
    assert await watch.found(UnexpectedHappened) == []


async def test_voice_from_another_port_in_the_first_seconds_is_heard_at_once(
    house: House, router: HomeRouter, watch: Watch
) -> None:
    phone = await at_work(house, router, watch)
    async with a_caller(house, RINGING, tone_hz=CALLER, hears=True) as caller:
        await takes_call(phone)
        router.rebind(signalling=False)
        await both_hear(caller, phone)
        await caller.hang_up()
        await watch.until(CallEnded)
    assert await watch.found(AgentLost) == []


async def test_signalling_from_another_port_ends_no_talk_and_the_next_call_finds_the_phone(
    house: House, router: HomeRouter, watch: Watch
) -> None:
    phone = await at_work(house, router, watch, registration_s=30)
    async with a_caller(house, RINGING, tone_hz=CALLER, hears=True) as caller:
        await takes_call(phone)
        await both_hear(caller, phone)
        router.rebind(media=False)
        await watch.until(EndpointChanged, is_reachable=False)  # a leg in doubt would be ended within the next seconds
        await watch.until(EndpointChanged, is_reachable=True, count=2)
        assert await watch.found(AgentLost) == []
        await caller.speak_tone(LATER)
        await until_hears(phone, is_tone(LATER))
        await phone.hang_up()
        await watch.until(CallEnded)
    async with a_caller(house, RINGING, tone_hz=CALLER, hears=True) as caller:
        await takes_call(phone)
        await both_hear(caller, phone)


async def test_a_router_that_starts_anew_moves_signalling_and_voice_at_once_and_the_talk_goes_on_once_the_phone_is_found(
    house: House, router: HomeRouter, watch: Watch
) -> None:
    """The voice is unheard, and the phone cannot be rung where it was: it is, as soon as it has registered from its new place."""
    phone = await at_work(house, router, watch, registration_s=30)
    async with a_caller(house, RINGING, tone_hz=CALLER, hears=True) as caller:
        await takes_call(phone)
        await both_hear(caller, phone)
        await asyncio.sleep(LOCKED_AFTER_S)
        router.rebind()
        lost = await watch.until(AgentLost)
        await watch.until(EndpointChanged, is_reachable=False)
        await watch.until(EndpointChanged, is_reachable=True, count=2)
        await takes_call(phone)
        again = await watch.until(AgentConnected, count=2)
        await both_hear(caller, phone)
        assert (again.agent_id, again.call_id) == ("a01", lost.call_id)
        assert not any(event.type == "CALL_CLOSED" for event in caller.events), "the caller was there all the time"
        await caller.hang_up()
        await watch.until(CallEnded)
    assert await watch.found(UnexpectedHappened) == []


async def test_whose_router_does_not_come_back_is_taken_out_and_the_caller_goes_first(
    house: House, router: HomeRouter, watch: Watch
) -> None:
    phone = await at_work(house, router, watch)
    async with at_desk(house, "sup") as desk, a_caller(house, MUSIC, tone_hz=CALLER, hears=True) as caller:
        await takes_call(phone)
        await both_hear(caller, phone)
        phone.freeze()
        router.rebind()
        await watch.until(AgentLost)
        await watch.until(EndpointChanged, is_reachable=False)
        released = await watch.until(AgentReleased)
        assert released.event.reason is ReleaseReason.LOST
        again = await watch.until(CallQueuedAgain)
        assert again.event.goes_first
        _, said = await desk.ask("GET", "/agents/a01")
        assert said["now"]["is_reachable"] is False
        assert not any(event.type == "CALL_CLOSED" for event in caller.events)
        phone.thaw()
        await caller.hang_up()
        await watch.until(CallEnded)


async def test_a_line_that_loses_or_delays_packets_is_bad_until_it_has_been_good_for_a_while(
    house: House, router: HomeRouter, watch: Watch
) -> None:
    phone = await at_work(house, router, watch)
    async with at_desk(house, "sup") as sup, at_desk(house, "a01") as own:
        async with a_caller(house, RINGING, tone_hz=CALLER, hears=True) as caller:
            await takes_call(phone)
            await both_hear(caller, phone)
            router.loses = 0.3
            bad = await watch.until(PresenceJudged, absence="bad_line")
            assert bad.event.fault == "loss"
            for desk in (sup, own):  # both see why
                _, said = await desk.ask("GET", "/agents/a01")
                assert (said["now"]["absence"], said["now"]["line_fault"]) == ("bad_line", "loss")
            well = len(await watch.all(PresenceJudged, absence=None))
            router.loses = 0.0
            good = await watch.until(PresenceJudged, absence=None, count=well + 1)
            assert good.occurred_at - bad.occurred_at > GOOD_FOR_S * 1_000_000
            router.late_s = 0.4
            late = await watch.until(PresenceJudged, absence="bad_line", count=2)
            assert late.event.fault in ("jitter", "score", "round_trip")
            assert await watch.found(AgentLost) == [], "a bad line ends no call"
            await caller.hang_up()
            await watch.until(AgentReleased)
        async with a_caller(house, RINGING) as caller:
            await watch.until(CallAdmitted, count=2)
            await caller.hang_up()
            await watch.until(CallEnded, end_reason=EndReason.ABANDONED)
            assert len(await watch.found(AgentReserved)) == 1, "who comes now is offered to nobody"
