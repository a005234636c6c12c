"""Callers handed on, colleagues asked, three together, callers parked: who hears whom at every step, and the minutes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from telephony.events import (
    AgentConnected,
    AgentLost,
    AgentReleased,
    CallEnded,
    LegHungUp,
    LogInRequested,
    UnexpectedHappened,
)
from telephony.identifiers import CallId
from telephony.transfers import CallParked, ConsultAnswered
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import Desk, at_desk, goes_off_duty
from tests.e2e.service.hearing import ANNA, BEN, CALLER, who_is_heard
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Two agents whose phones keep what they hear."""
    async with opened_house(state_dir, 2) as opened:
        await opened.phone("a01", tone_hz=ANNA, keeps_what_it_hears=True)
        await opened.phone("a02", tone_hz=BEN, keeps_what_it_hears=True)
        yield opened


@dataclass(slots=True)
class Scene:
    """Anna (a01) talks with a caller, Ben (a02) is free."""

    house: House
    watch: Watch
    caller: Phone
    anna: Phone
    ben: Phone
    annas: Desk
    bens: Desk
    call_id: CallId

    async def ask(self, what: str, body: object = None) -> None:
        await self.annas.do(f"/calls/{self.call_id}/{what}", body)

    async def hears(self, phone: Phone, *whom: str) -> None:
        """Sooner or later the phone hears exactly these; "music" is none of them, "nothing" not one packet."""
        wanted = set(whom)
        last: set[str] = set()

        async def look() -> bool | None:
            nonlocal last
            last = await asyncio.to_thread(who_is_heard, phone)
            return True if last == wanted else None

        try:
            await eventually(look, f"what {phone.account.user} is to hear")
        except AssertionError:
            raise AssertionError(f"{phone.account.user} hears {sorted(last)}, not {sorted(wanted)}") from None

    async def consulting(self) -> None:
        await self.ask("consult", {"agent_id": "a02"})
        await takes_call(self.ben)
        await self.watch.until(ConsultAnswered)

    async def over(self) -> None:
        """The call is over, nothing impossible happened, and every reservation was released."""
        await self.watch.until(CallEnded)
        assert await self.watch.all(UnexpectedHappened) == []


@asynccontextmanager
async def a_talk(house: House, number: str = MUSIC) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        annas = await stack.enter_async_context(at_desk(house, "a01"))
        bens = await stack.enter_async_context(at_desk(house, "a02"))
        await annas.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested, agent_id="a01")
        anna, ben = house.phones["a01"], house.phones["a02"]
        anna.forget_events()
        ben.forget_events()
        caller = await stack.enter_async_context(a_caller(house, number, tone_hz=CALLER, hears=True))
        await takes_call(anna)
        connected = await watch.until(AgentConnected)
        await bens.do("/agents/a02/log-in", {})
        await watch.until(LogInRequested, agent_id="a02")
        scene = Scene(house, watch, caller, anna, ben, annas, bens, connected.event.call_id)
        await scene.hears(caller, "anna")
        await scene.hears(anna, "caller")
        yield scene
        for desk, name in ((annas, "a01"), (bens, "a02")):
            await goes_off_duty(desk, name)


async def test_a_caller_is_handed_to_a_colleague(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.ask("transfer", {"agent_id": "a02"})
        await scene.anna.expect("CALL_CLOSED")
        await scene.hears(scene.caller, "music")
        await takes_call(scene.ben)
        await scene.hears(scene.caller, "ben")
        await scene.hears(scene.ben, "caller")
        await scene.caller.hang_up()
        await scene.over()
        lines = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
    annas, bens = lines
    assert (annas.agent_id, bens.agent_id) == ("a01", "a02")
    assert annas.talk_ms > 100
    assert bens.talk_ms > 100
    assert annas.consult_ms == bens.consult_ms == 0


async def test_a_colleague_who_refuses_gives_the_caller_back(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.ask("transfer", {"agent_id": "a02"})
        await scene.ben.expect("CALL_INCOMING")
        await scene.anna.expect("CALL_CLOSED")
        await scene.ben.hang_up()
        await takes_call(scene.anna)
        await scene.hears(scene.caller, "anna")
        await scene.hears(scene.anna, "caller")
        await scene.anna.hang_up()
        await scene.over()


async def test_a_caller_waits_for_another_project(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.ask("transfer", {"project_id": "ringing"})
        await takes_call(scene.ben)
        await scene.hears(scene.caller, "ben")
        await scene.hears(scene.ben, "caller")
        await scene.ben.hang_up()
        await scene.over()
        lines = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
    assert [(line.agent_id, line.project_id) for line in lines] == [("a01", "music"), ("a02", "ringing")]


async def test_somebody_of_a_department_is_asked_and_the_caller_is_handed_to_it_by_keys(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.ask("consult", {"department": "Nord"})
        await takes_call(scene.ben)
        await scene.watch.until(ConsultAnswered)
        await scene.ask("cancel")
        await scene.hears(scene.caller, "anna")
        await scene.ben.expect("CALL_CLOSED")
        scene.ben.forget_events()
        await scene.anna.press("*37#")
        await takes_call(scene.ben)
        await scene.hears(scene.caller, "ben")
        await scene.ben.hang_up()
        await scene.over()
        lines = await scene.watch.lines(scene.call_id, where=lambda found: len(found) >= 2)
    assert {(line.agent_id, line.project_id) for line in lines if line.talk_ms} == {("a01", "music"), ("a02", "ringing")}


async def test_a_colleague_is_asked_and_gets_the_caller(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.consulting()
        await scene.hears(scene.caller, "music")
        await scene.hears(scene.anna, "ben")
        await scene.hears(scene.ben, "anna")
        await scene.ask("swap")
        await scene.hears(scene.caller, "anna")
        await scene.hears(scene.anna, "caller")
        await scene.hears(scene.ben, "music")
        await scene.ask("swap")
        await scene.hears(scene.caller, "music")
        await scene.hears(scene.anna, "ben")
        await scene.ask("complete")
        await scene.hears(scene.caller, "ben")
        await scene.hears(scene.ben, "caller")
        await scene.anna.expect("CALL_CLOSED")
        await scene.caller.hang_up()
        await scene.over()
        annas, bens = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
    assert annas.consult_ms > 100
    assert bens.consult_ms > annas.consult_ms, "Ben waited while Anna was back with the caller"
    assert annas.talk_ms > 100
    assert bens.talk_ms > 100


async def test_the_agents_goodbye_hands_the_caller_over(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.consulting()
        await scene.anna.hang_up()
        await scene.hears(scene.caller, "ben")
        await scene.hears(scene.ben, "caller")
        await scene.ben.hang_up()
        await scene.over()


async def test_a_colleague_who_is_let_go_or_goes_leaves_the_agent_with_the_caller(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.consulting()
        await scene.ask("cancel")
        await scene.ben.expect("CALL_CLOSED")
        await scene.hears(scene.caller, "anna")
        between = time.monotonic()
        await scene.hears(scene.anna, "caller")
        heard_s = time.monotonic() - between
        await scene.ask("consult", {"agent_id": "a02"})
        await takes_call(scene.ben)
        await scene.hears(scene.ben, "anna")
        await scene.ben.hang_up()
        await scene.hears(scene.caller, "anna")
        after = time.monotonic()
        await scene.hears(scene.anna, "caller")
        heard_s += time.monotonic() - after
        await scene.caller.hang_up()
        await scene.over()
        annas, bens = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
        connected, ended = await scene.watch.until(AgentConnected), await scene.watch.until(CallEnded)
    assert bens.talk_ms == 0
    assert bens.consult_ms > 100
    assert annas.talk_ms > max(100, 1_000 * heard_s), "she talked before, between and after"
    whole_ms = (ended.occurred_at - connected.occurred_at) / 1_000
    assert abs(annas.talk_ms + annas.hold_ms + annas.consult_ms - whole_ms) < 150, "and no moment is lost or counted twice"


@pytest.mark.parametrize("leaves", ["anna", "ben", "caller"])
async def test_three_hear_each_other_and_two_go_on(house: House, leaves: str) -> None:
    async with a_talk(house) as scene:
        await scene.consulting()
        await scene.ask("conference")
        await scene.hears(scene.caller, "anna", "ben")
        await scene.hears(scene.anna, "caller", "ben")
        await scene.hears(scene.ben, "caller", "anna")
        phones = {"anna": scene.anna, "ben": scene.ben, "caller": scene.caller}
        await phones.pop(leaves).hang_up()
        (one, first), (other, second) = phones.items()
        await scene.hears(first, other)
        await scene.hears(second, one)
        await first.hang_up()
        await scene.over()
        annas, bens = await scene.watch.lines(scene.call_id, where=lambda found: len(found) == 2)
    assert annas.talk_ms > 100
    assert bens.talk_ms > 100
    assert annas.billed_ms + bens.billed_ms < annas.talk_ms + bens.talk_ms, "what both talked at once is billed once"


async def test_an_agent_whose_phone_dies_in_a_consultation_is_rung_again(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.consulting()
        await scene.hears(scene.anna, "ben")
        await scene.anna.kill()
        await scene.watch.until(AgentLost)
        await scene.ben.expect("CALL_CLOSED")
        await scene.hears(scene.caller, "music")
        anna = await house.phone("a01", tone_hz=ANNA, keeps_what_it_hears=True)
        await takes_call(anna)
        await scene.hears(scene.caller, "anna")
        await scene.hears(anna, "caller")
        await scene.caller.hang_up()
        await scene.over()


async def test_a_parked_caller_is_picked_up(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.ask("park")
        await scene.anna.expect("CALL_CLOSED")
        parked = (await scene.watch.until(CallParked)).event
        await scene.hears(scene.caller, "music")
        status, listed = await scene.bens.ask("GET", "/parked-calls")
        assert status == 200
        assert [item["parked_at"] for item in listed["items"]] == [parked.slot]
        await scene.bens.do(f"/parked-calls/{parked.slot}/pick-up")
        await takes_call(scene.ben)
        await scene.hears(scene.caller, "ben")
        await scene.hears(scene.ben, "caller")
        await scene.caller.hang_up()
        await scene.over()


async def test_all_of_it_by_the_keys_of_the_phone(house: House) -> None:
    async with a_talk(house) as scene:
        await scene.anna.press("*22#")
        await takes_call(scene.ben)
        await scene.hears(scene.anna, "ben")
        await scene.anna.press("*6")
        await scene.hears(scene.caller, "anna")
        await scene.anna.press("*9")
        await scene.hears(scene.caller, "anna", "ben")
        await scene.anna.hang_up()
        await scene.hears(scene.caller, "ben")
        await scene.ben.press("*8")
        parked = (await scene.watch.until(CallParked)).event
        await scene.ben.expect("CALL_CLOSED")
        await scene.hears(scene.caller, "music")
        scene.anna.forget_events()
        await scene.anna.dial(f"*7{parked.slot}")
        await takes_call(scene.anna)
        await scene.hears(scene.caller, "anna")
        await scene.caller.hang_up()
        await scene.over()
        assert "LegPressedKey" not in await scene.watch.told()


@pytest.mark.parametrize("phase", ["ringing", "asking", "swapped", "conference"])
async def test_a_controller_that_is_killed_finds_everybody_where_they_were(house: House, phase: str) -> None:
    async with a_talk(house, RINGING) as scene:
        await scene.ask("consult", {"agent_id": "a02"})
        if phase == "ringing":
            await scene.ben.expect("CALL_INCOMING")
        else:
            await takes_call(scene.ben)
            await scene.watch.until(ConsultAnswered)
        if phase in ("swapped", "conference"):
            await scene.ask("swap" if phase == "swapped" else "conference")
        wanted = {
            "ringing": (("music",), None, None),
            "asking": (("music",), ("ben",), ("anna",)),
            "swapped": (("anna",), ("caller",), ("music",)),
            "conference": (("anna", "ben"), ("caller", "ben"), ("caller", "anna")),
        }[phase]
        await _all_hear(scene, wanted)
        house.kill_service()
        await house.start_service()
        await _all_hear(scene, wanted)
        if phase == "ringing":
            await scene.ben.answer()
            await scene.hears(scene.ben, "anna")
        await scene.ask("complete")
        await scene.hears(scene.caller, "ben")
        await scene.hears(scene.ben, "caller")
        await scene.caller.hang_up()
        await scene.over()
        assert len(await scene.watch.all(AgentReleased)) == 2
        assert await scene.watch.all(LegHungUp, is_estimated=True) == []


async def _all_hear(scene: Scene, wanted: tuple[tuple[str, ...] | None, ...]) -> None:
    for phone, whom in zip((scene.caller, scene.anna, scene.ben), wanted, strict=True):
        if whom is not None:
            await scene.hears(phone, *whom)
