"""While they talk: holds by the API and by the phone, to the ear and to the minute; what agents ask for, by code and by desk."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from fernamt.installation import Places
from metering.derive import rebuild
from metering.lines import MinuteLine
from telephony.events import (
    AgentConnected,
    AgentReserved,
    AvailableRequested,
    CallEnded,
    HoldRequested,
    LegHeld,
    LegOffered,
    LegUnheld,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    RequestRefused,
    UnholdRequested,
    WrapUpCodeChosen,
    WrapUpExtended,
)
from telephony.identifiers import CallId
from tests.e2e.service.centres import MUSIC, RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import Desk, at_desk, goes_off_duty
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, watching
from tests.e2e.test_phones import Sound, is_tone, until_hears
from tests.unit.metering.test_derive import ListedBook

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENTS_TONE, CALLERS_TONE = 620, 1_130


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent with a phone that keeps what it hears."""
    async with opened_house(state_dir, 2) as opened:
        await opened.phone("a01", tone_hz=AGENTS_TONE, keeps_what_it_hears=True)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def watch(house: House) -> AsyncIterator[Watch]:
    """From here on; the agent is on duty, and off duty after it."""
    async with watching(house) as watch, at_desk(house, "a01") as desk:
        await desk.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested)
        await watch.mark()
        yield watch
        await goes_off_duty(desk, "a01")


def is_music(sound: Sound) -> bool:
    return bool(np.abs(sound).max() > 500) and not is_tone(AGENTS_TONE)(sound) and not is_tone(CALLERS_TONE)(sound)


async def until_hears_nothing(phone: Phone) -> None:
    """Not one packet for a third of a second: the switch sends nothing to somebody who is alone."""

    async def look() -> bool | None:
        before = phone.heard()[-1].stat().st_size
        await asyncio.sleep(0.3)
        return True if phone.heard()[-1].stat().st_size == before else None

    await eventually(look, f"silence for {phone.account.user}")


async def held_ms(watch: Watch, call_id: CallId) -> tuple[float, MinuteLine]:
    """The hold as the journal's own times say, and the minute line."""
    begun = (await watch.until(HoldRequested)).occurred_at
    over = (await watch.until(UnholdRequested)).occurred_at
    (line,) = await watch.lines(call_id)
    return (over - begun) / 1_000, line


async def test_a_hold_by_the_desk_gives_the_caller_music_and_is_metered(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    async with a_caller(house, MUSIC, tone_hz=CALLERS_TONE, hears=True) as caller, at_desk(house, "a01") as desk:
        await takes_call(anna)
        call_id = (await watch.until(AgentConnected)).event.call_id
        await until_hears(caller, is_tone(AGENTS_TONE))
        await until_hears(anna, is_tone(CALLERS_TONE))
        await desk.do(f"/calls/{call_id}/hold")
        await until_hears(caller, is_music)
        await until_hears_nothing(anna)
        status, said = await desk.ask("POST", f"/calls/{call_id}/hold")
        assert (status, said["code"]) == (409, "wrong_state")
        await desk.do(f"/calls/{call_id}/unhold")
        await until_hears(caller, is_tone(AGENTS_TONE))
        await until_hears(anna, is_tone(CALLERS_TONE))
        await desk.do(f"/calls/{call_id}/hang-up")
        await caller.expect("CALL_CLOSED")
        await watch.until(CallEnded)
    wanted_ms, line = await held_ms(watch, call_id)
    assert abs(line.hold_ms - wanted_ms) < 100
    assert line.talk_ms > 0
    assert line.agent_id == "a01"


async def test_a_hold_by_the_phone_gives_the_caller_music_and_is_metered(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    async with a_caller(house, RINGING, tone_hz=CALLERS_TONE, hears=True) as caller:
        await takes_call(anna)
        call_id = (await watch.until(AgentConnected)).event.call_id
        await until_hears(caller, is_tone(AGENTS_TONE))
        await anna.hold()
        begun = (await watch.until(LegHeld)).occurred_at
        await until_hears(caller, is_music)
        await anna.resume()
        over = (await watch.until(LegUnheld)).occurred_at
        await until_hears(caller, is_tone(AGENTS_TONE))
        await caller.hang_up()
        await watch.until(CallEnded)
    (line,) = await watch.lines(call_id)
    assert abs(line.hold_ms - (over - begun) / 1_000) < 100
    assert line.talk_ms > 0


async def test_a_caller_who_hangs_up_on_hold_is_metered_to_that_moment(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    async with a_caller(house, RINGING) as caller, at_desk(house, "a01") as desk:
        await takes_call(anna)
        call_id = (await watch.until(AgentConnected)).event.call_id
        await desk.do(f"/calls/{call_id}/hold")
        begun = (await watch.until(HoldRequested)).occurred_at
        await caller.hang_up()
        ended = await watch.until(CallEnded)
        await anna.expect("CALL_CLOSED")
    (line,) = await watch.lines(call_id)
    assert abs(line.hold_ms - (ended.occurred_at - begun) / 1_000) < 100


async def test_what_an_agent_asks_for_at_the_desk_is_done(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    async with at_desk(house, "a01") as desk:
        await desk.do("/agents/a01/pause", {"pause_reason": "lunch"})
        assert await state(desk) == "paused"
        await desk.do("/agents/a01/available")
        assert await state(desk) == "available"
        status, _ = await desk.ask("POST", "/agents/a02/log-in", {})
        assert status in (403, 404), "nobody logs somebody else in"
        async with a_caller(house, MUSIC) as caller:
            await takes_call(anna)
            call_id = (await watch.until(AgentConnected)).event.call_id
            await caller.hang_up()
            await watch.until(CallEnded)
        await eventually(lambda: when(desk, "wrap_up"), "wrap-up")
        await desk.do("/agents/a01/extend-wrap-up")
        status, said = await desk.ask("POST", "/agents/a01/wrap-up-code", {"call_id": call_id, "wrap_up_code": "never"})
        assert status >= 400, said
        await desk.do("/agents/a01/wrap-up-code", {"call_id": call_id, "wrap_up_code": "again"})
        assert await state(desk) == "available"
        await desk.do("/agents/a01/log-out")
        assert await state(desk) == "logged_out"
    for kind in (PauseRequested, AvailableRequested, WrapUpExtended, WrapUpCodeChosen, LogOutRequested):
        await watch.until(kind)
        assert len(await watch.found(kind)) == 1, kind
    by = {getattr(envelope.event, "by", "") for envelope in await watch.found(PauseRequested)}
    assert by != {""}


async def test_an_agents_program_asks_by_a_token(house: House, watch: Watch) -> None:
    async with at_desk(house, "a01") as desk:
        until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        status, made = await desk.ask("POST", "/tokens", {"name": "test", "role": "agent", "expires_at": until})
        assert status == 201, made
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        async with aiohttp.ClientSession(headers=bearer) as program:
            pausing = f"{house.url}/api/v1/agents/a01/pause"
            async with program.post(pausing, json={"pause_reason": "lunch"}) as answer:
                assert answer.status < 300, await answer.text()
            assert await state(desk) == "paused"
            await desk.ask("DELETE", f"/tokens/{made['token_id']}")
            async with program.post(f"{house.url}/api/v1/agents/a01/available") as answer:
                assert answer.status == 401
    await watch.until(PauseRequested)  # the journal is on disk a moment after the answer
    assert len(await watch.found(PauseRequested)) == 1


async def test_the_codes_of_the_phone_do_the_same(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    async with at_desk(house, "a01") as desk:
        for code, kind, wanted in (
            ("*12", LogOutRequested, "logged_out"),
            ("*11", LogInRequested, "available"),
            ("*21", PauseRequested, "paused"),
            ("*22", AvailableRequested, "available"),
        ):
            await anna.dial(code)
            await watch.until(kind, by="phone")
            await anna.expect("CALL_CLOSED")
            assert await state(desk) == wanted
        async with a_caller(house, MUSIC) as caller:
            await takes_call(anna)
            await caller.hang_up()
            await anna.expect("CALL_CLOSED")
        await eventually(lambda: when(desk, "wrap_up"), "wrap-up")
        await anna.dial("*32")
        chosen = (await watch.until(WrapUpCodeChosen)).event
        await anna.expect("CALL_CLOSED")
        assert isinstance(chosen, WrapUpCodeChosen)
        assert chosen.wrap_up_code == "again"
        await anna.dial("*99")
        await anna.expect("CALL_CLOSED")
        assert await watch.found(RequestRefused) == []


async def test_a_pause_asked_for_in_a_call_follows_it(house: House, watch: Watch) -> None:
    anna = house.phones["a01"]
    async with at_desk(house, "a01") as desk:
        async with a_caller(house, RINGING) as caller:
            await takes_call(anna)
            await desk.do("/agents/a01/pause", {"pause_reason": "lunch"})
            assert await state(desk) == "talking"
            await caller.hang_up()
            await watch.until(CallEnded)
        await eventually(lambda: when(desk, "paused"), "the pause")
        async with a_caller(house, RINGING):
            await watch.call(2)
            await desk.do("/agents/a01/available")
            await watch.until(AgentReserved, count=2)


async def test_an_erased_caller_leaves_the_minutes_as_they_were(house: House, watch: Watch) -> None:
    async with a_caller(house, RINGING, as_whom="+491721111111") as caller:
        await takes_call(house.phones["a01"])
        await caller.hang_up()
        ended = await watch.until(CallEnded)
    (line,) = await watch.lines(ended.event.call_id)
    party_id = (await watch.until(LegOffered)).event.party_id
    parties = watch.database.parties(Places(house.settings).party_keys())
    assert (await parties.reveal([party_id]))[party_id].number == "+491721111111"
    before = ListedBook()
    await rebuild(watch.database.journal, before)
    receipt = json.loads(
        await house.command("parties", "erase", "--number", "+49 172 1111111", "--reason", "asked for", "--json")
    )
    assert receipt["party_ids"] == [party_id]
    assert await parties.reveal([party_id]) == {}
    after = ListedBook()
    await rebuild(watch.database.journal, after)
    assert after.content == before.content
    assert next(iter(after.calls[ended.event.call_id].lines)) == line
    story = json.dumps(json.loads(await house.command("calls", "show", ended.event.call_id, "--json")))
    assert "1721111111" not in story


async def state(desk: Desk) -> str:
    status, said = await desk.ask("GET", "/agents/a01")
    assert status == 200, said
    return str(said["now"]["state"]) if said["now"] else "logged_out"


async def when(desk: Desk, wanted: str) -> bool | None:
    return True if await state(desk) == wanted else None
