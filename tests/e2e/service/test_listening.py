"""Listening on a real switch, by tone: who listens hears both, is heard by nobody they may not, and hears no longer than that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from fernamt.installation import opened
from store.users import UserStore
from telephony.events import AgentConnected, CallEnded, HoldRequested, LegJoined, LegLeft, LogInRequested
from telephony.identifiers import AgentId, CallId
from telephony.overhearing import EarClosed, EarEnd, EarEnded, EarHears, ListeningAgreed, ListeningRevoked
from tests.e2e.service.centres import MUSIC
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import Desk, at_desk, goes_off_duty
from tests.e2e.service.hearing import ANNA, BEN, CALLER, is_heard, who_is_heard
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, watching
from tests.integration.web.memory_recording import NAMES, TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASON = {"reason": "new to the project"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """An agent, a supervisor with a phone of their own, and a text by which it is asked whether somebody may listen."""
    async with opened_house(state_dir, 2, starts_service=False) as house:
        async with opened(house.settings) as database:
            users = UserStore(database.engine)
            supervisor = await users.find("sup")
            assert supervisor is not None
            await users.put(replace(supervisor, agent_id=AgentId("a02")))
        names = "\n".join(f'{part.value} = "{words}"' for part, words in NAMES.items())
        text = house.directory / "text.toml"
        told = f'language = "de"\npurpose = "listening"\ntext = "{TEXT}"\n[names]\n{names}\n'
        await asyncio.to_thread(text.write_text, told)
        await house.command("consent-texts", "publish", "music", str(text))
        await house.start_service()
        await house.phone("a01", tone_hz=ANNA, keeps_what_it_hears=True)
        await house.phone("a02", tone_hz=BEN, keeps_what_it_hears=True)
        yield house


@dataclass(slots=True)
class Talk:
    """Anna and a caller, and who wants to listen."""

    call_id: CallId
    caller: Phone
    anna: Phone
    ear: Phone
    desk: Desk
    supervisor: Desk
    watch: Watch

    async def may_be_listened_to(self) -> None:
        await self.desk.do(f"/calls/{self.call_id}/listening/ask", {"language": "de"})
        await self.desk.do(f"/calls/{self.call_id}/listening/agree")

    async def is_listened_to(self, mode: str) -> None:
        self.ear.forget_events()
        await self.supervisor.do(f"/calls/{self.call_id}/listening/begin", {"mode": mode, **REASON})
        await takes_call(self.ear)
        heard = await self.watch.until(EarHears)
        agreed = await self.watch.until(ListeningAgreed)
        assert agreed.seq < heard.seq
        for whom in ("caller", "anna"):
            await eventually(lambda whom=whom: is_heard(self.ear, whom), f"{whom} at the supervisor's ear")  # type: ignore[misc]

    async def begin(self) -> tuple[int, str]:
        status, said = await self.supervisor.ask("POST", f"/calls/{self.call_id}/listening/begin", REASON)
        return status, said["code"]


@asynccontextmanager
async def a_talk(house: House) -> AsyncIterator[Talk]:
    async with watching(house) as watch, at_desk(house, "a01") as desk, at_desk(house, "sup") as supervisor:
        await desk.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested)
        async with a_caller(house, MUSIC, tone_hz=CALLER, hears=True) as caller:
            await takes_call(house.phones["a01"])
            call_id = (await watch.until(AgentConnected)).event.call_id
            await eventually(lambda: is_heard(caller, "anna"), "anna at the caller's ear")
            yield Talk(call_id, caller, house.phones["a01"], house.phones["a02"], desk, supervisor, watch)
        await watch.until(CallEnded)
        await goes_off_duty(desk, "a01")


async def test_nobody_listens_without_a_yes_and_the_withdrawal_ends_it_at_once(house: House) -> None:
    async with a_talk(house) as talk:
        assert await talk.begin() == (409, "listening_not_agreed")
        await talk.desk.do(f"/calls/{talk.call_id}/listening/ask", {"language": "de"})
        assert await talk.begin() == (409, "listening_not_agreed")
        await talk.desk.do(f"/calls/{talk.call_id}/listening/agree")
        await talk.is_listened_to("listen")
        assert await asyncio.to_thread(who_is_heard, talk.caller) == {"anna"}
        assert await asyncio.to_thread(who_is_heard, talk.anna) == {"caller"}
        await talk.desk.do(f"/calls/{talk.call_id}/listening/withdraw")
        ended = await talk.watch.until(EarEnded)
        revoked = await talk.watch.until(ListeningRevoked)
        closed = await talk.watch.until(EarClosed)
        assert revoked.seq < ended.seq < closed.seq
        assert (closed.event.reason, closed.event.has_heard) == (EarEnd.WITHDRAWN, True)
        await talk.ear.expect("CALL_CLOSED")
        assert await asyncio.to_thread(who_is_heard, talk.caller) == {"anna"}, "the talk goes on"
        assert await talk.begin() == (409, "listening_not_agreed")


async def test_a_whisper_is_heard_by_the_agent_alone_and_a_hold_ends_it_first(house: House) -> None:
    async with a_talk(house) as talk:
        await talk.may_be_listened_to()
        await talk.is_listened_to("whisper")
        await eventually(lambda: is_heard(talk.anna, "ben"), "the whisper at anna's ear")
        assert await asyncio.to_thread(who_is_heard, talk.caller) == {"anna"}
        await talk.desk.do(f"/calls/{talk.call_id}/hold")
        held = await talk.watch.until(HoldRequested)
        closed = await talk.watch.until(EarClosed)
        await talk.watch.until(LegLeft)
        assert held.seq < closed.seq
        assert closed.event.reason is EarEnd.APART
        await talk.ear.expect("CALL_CLOSED")
        await talk.desk.do(f"/calls/{talk.call_id}/unhold")
        await talk.watch.until(LegJoined)
        assert await talk.begin() == (409, "listening_not_agreed"), "asked anew after a hold"


async def test_a_controller_that_is_killed_lets_nobody_listen_on(house: House) -> None:
    async with a_talk(house) as talk:
        await talk.may_be_listened_to()
        await talk.is_listened_to("listen")
        house.kill_service()
        await house.start_service()
        await talk.ear.expect("CALL_CLOSED")
        closed = await talk.watch.until(EarClosed)
        assert closed.event.reason is EarEnd.CUT
        assert await talk.watch.all(CallEnded) == [], "the talk goes on"
