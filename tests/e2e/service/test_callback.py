"""A caller on a real switch asks by a key to be called back, hangs up, keeps the place, and is called when an agent is there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import PATIENCE_S
from metering.lines import Direction
from telephony.callback import CallbackAgreed, CallbackOffered, CallbackRested
from telephony.causes import EndReason
from telephony.dialling import DialPermitted
from telephony.events import AgentConnected, CallEnded, Event, LegHungUp, LogInRequested, UnexpectedHappened
from telephony.waiting import AnnouncementBegun, MenuAnswered, MenuOpened
from tests.e2e.service.centres import CALLED_BACK_BY_KEY, CALLED_BACK_BY_MENU, CALLING_BACK
from tests.e2e.service.desk import Desk, at_desk, goes_off_duty
from tests.e2e.service.hearing import ANNA, CALLER, is_heard
from tests.e2e.service.outward import NUMBER, SHOWN, outward_house, somebody_outside
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

WHOM = f"{NUMBER}11"
KILLED_AT_PERMIT, KILLED_MEANWHILE = f"{NUMBER}12", f"{NUMBER}13"
"""Of their own: nobody is called back too often in a day, and how often these are, the instant of the kill decides."""
REST_S = 60
"""Of a callback that reached nobody, as the centre has it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent, a line out, and the right to show a number of ours."""
    async with outward_house(state_dir, {"a01": ANNA}) as house:
        yield house


async def promised(house: House, watch: Watch, *keys: str, whom: str = WHOM, pause_before_yes: bool = False) -> None:
    """A caller was asked, pressed these keys, heard goodbye, and is gone."""
    async with a_caller(house, CALLING_BACK, as_whom=whom, tone_hz=CALLER) as caller:
        await caller.expect("CALL_ESTABLISHED")
        offered = (await watch.until(CallbackOffered)).event
        assert offered.party_id is not None
        for key in keys:
            await caller.press(key)
        if pause_before_yes:
            await watch.until(CallbackOffered, count=3)
            await caller.press("1")
        await watch.until(CallbackAgreed)
        await caller.expect("CALL_CLOSED")
        await watch.until(LegHungUp)


async def comes_on_duty(stack: AsyncExitStack, house: House, watch: Watch) -> Desk:
    """Anna logs in, and out again at the end."""
    desk = await stack.enter_async_context(at_desk(house, "a01"))
    house.phones["a01"].forget_events()
    await desk.do("/agents/a01/log-in", {})
    await watch.until(LogInRequested, agent_id="a01")
    stack.push_async_callback(goes_off_duty, desk, "a01")
    return desk


async def test_a_caller_hangs_up_and_is_called_when_an_agent_is_there(house: House) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        await promised(house, watch, "1")
        outsider = await stack.enter_async_context(somebody_outside(house, WHOM))
        await comes_on_duty(stack, house, watch)
        anna = house.phones["a01"]
        await takes_call(anna)
        permit = (await watch.until(DialPermitted)).event
        assert (permit.purpose, permit.agent_id, permit.shown) == ("callback", "a01", SHOWN)
        ringing = await outsider.expect("CALL_INCOMING")
        assert SHOWN in ringing.peer
        await outsider.answer()
        await watch.until(AgentConnected)
        await eventually(lambda: is_heard(anna, "outsider"), "the caller, at the agent's")
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, at the caller's")
        await outsider.hang_up()
        await anna.expect("CALL_CLOSED")
        ended = (await watch.until(CallEnded)).event
        assert ended.end_reason is EndReason.CALLER_HUNG_UP
        assert await watch.all(UnexpectedHappened) == []
        lines = await watch.lines(ended.call_id, where=lambda found: len(found) == 2)
    annas, outside = lines
    assert (annas.agent_id, outside.direction) == ("a01", Direction.OUTBOUND)
    assert annas.talk_ms > 100
    assert outside.billed_ms >= annas.talk_ms - 200


@pytest.mark.parametrize(
    ("number", "heard", "key"), [(CALLED_BACK_BY_MENU, MenuOpened, "4"), (CALLED_BACK_BY_KEY, AnnouncementBegun, "5")]
)
async def test_a_menu_or_the_announcements_offer_a_callback_by_a_key(
    house: House, number: str, heard: type[Event], key: str
) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        async with a_caller(house, number, as_whom=WHOM, tone_hz=CALLER) as caller:
            await caller.expect("CALL_ESTABLISHED")
            told = (await watch.until(heard)).event
            await caller.press(key)
            offered = (await watch.until(CallbackOffered)).event
            assert offered.party_id is not None
            await caller.press("1")
            agreed = (await watch.until(CallbackAgreed)).event
            await caller.expect("CALL_CLOSED")
        await watch.until(LegHungUp)
        if heard is MenuOpened:
            assert (await watch.until(MenuAnswered)).event.key == key
        else:
            assert f"fernamt/digit-{key}" in told.sounds
        desk = await stack.enter_async_context(at_desk(house, "sup"))
        _, shown = await desk.ask("GET", "/calls")
        (row,) = [call for call in shown["items"] if call["call_id"] == agreed.call_id]
        assert (row["is_callback"], row["phase"]) == (True, "waiting")
        await desk.do(f"/calls/{agreed.call_id}/hang-up")
        assert (await watch.until(CallEnded)).event.end_reason is EndReason.ENDED_BY_US
        assert await watch.all(UnexpectedHappened) == []


async def test_a_controller_killed_at_the_permit_rings_the_caller_once(house: House) -> None:
    """Whether the switch was told to dial or not: the leg is followed on, or another one is tried after the rest."""
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        await promised(house, watch, "1", whom=KILLED_AT_PERMIT)
        outsider = await stack.enter_async_context(somebody_outside(house, KILLED_AT_PERMIT))
        await comes_on_duty(stack, house, watch)
        anna = house.phones["a01"]
        await anna.expect("CALL_INCOMING")
        await anna.answer()
        permit = (await watch.until(DialPermitted)).event
        house.kill_service()
        await house.start_service()

        async def look() -> str | None:
            """The ring, or the end of the attempt without one."""
            if any(event.type == "CALL_INCOMING" for event in outsider.events):
                return "rung"
            return "rested" if await watch.all(CallbackRested) else None

        if await eventually(look, "what became of the attempt") == "rung":
            await outsider.answer()
        else:
            await anna.expect("CALL_CLOSED")
            rested = (await watch.until(CallbackRested)).event
            assert rested.attempts == 1
            await takes_call(anna, within_s=REST_S + PATIENCE_S)
            again = (await watch.until(DialPermitted, count=2)).event
            assert again.leg_id != permit.leg_id
            await outsider.expect("CALL_INCOMING")
            await outsider.answer()
        await watch.until(AgentConnected)
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, at the caller's")
        await outsider.hang_up()
        await watch.until(CallEnded)
        assert [event.type for event in outsider.events].count("CALL_INCOMING") == 1
        assert await watch.all(UnexpectedHappened) == []


async def test_the_controller_may_be_killed_while_the_place_is_kept(house: House) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        await promised(house, watch, "1", whom=KILLED_MEANWHILE)
        house.kill_service()
        await house.start_service()
        outsider = await stack.enter_async_context(somebody_outside(house, KILLED_MEANWHILE))
        await comes_on_duty(stack, house, watch)
        anna = house.phones["a01"]
        await takes_call(anna)
        await outsider.expect("CALL_INCOMING")
        await outsider.answer()
        await eventually(lambda: is_heard(outsider, "anna"), "the agent, at the caller's")
        await outsider.hang_up()
        await anna.expect("CALL_CLOSED")
        await watch.until(CallEnded)
        assert [event.type for event in outsider.events].count("CALL_INCOMING") == 1


async def test_a_number_typed_by_keys_is_called_and_a_busy_one_rests_until_it_is_cancelled(house: House) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        await promised(house, watch, "2", *"01713920022#", pause_before_yes=True)
        agreed = (await watch.until(CallbackAgreed)).event
        assert agreed.number is not None
        assert "39200" not in repr(agreed)
        outsider = await stack.enter_async_context(somebody_outside(house, f"{NUMBER}22"))
        await comes_on_duty(stack, house, watch)
        anna = house.phones["a01"]
        await takes_call(anna)
        await outsider.expect("CALL_INCOMING")
        await outsider.hang_up()
        await anna.expect("CALL_CLOSED")
        await watch.until(CallbackRested)
        desk = await stack.enter_async_context(at_desk(house, "sup"))
        status, shown = await desk.ask("GET", "/calls")
        (row,) = [call for call in shown["items"] if call["call_id"] == agreed.call_id]
        assert (status, row["is_callback"], row["rests_until"] is not None) == (200, True, True)
        await desk.do(f"/calls/{agreed.call_id}/hang-up")
        ended = (await watch.until(CallEnded)).event
        assert ended.end_reason is EndReason.ENDED_BY_US
        assert await watch.all(UnexpectedHappened) == []
