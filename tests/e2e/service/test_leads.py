"""Agents on a real switch call the people of a list: seen first or given, dialled once, settled by what was said."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bench.sip_message import Message
from bench.softphones import Manner, Softphones
from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from telephony.causes import EndReason
from telephony.dialling import DialPermitted, DialRefused
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReserved,
    CallEnded,
    LegOffered,
    LegRinging,
    LogInRequested,
    UnexpectedHappened,
)
from tests.e2e.asterisk.counted_sound import Carrier, a_carrier
from tests.e2e.patience import soon
from tests.e2e.service.centres import MUSIC
from tests.e2e.service.desk import Desk, at_desk
from tests.e2e.service.hearing import ANNA, OUTSIDER, is_heard
from tests.e2e.service.leads import SHOWN, a_house_with_lists, a_list, attempts_at, leads_of, settled
from tests.e2e.service.outward import line_port
from tests.e2e.service.people import a_caller, takes_call
from tests.e2e.service.watching import Watch, eventually, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBER = "+49171392"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Anna has a phone with sound; two more agents have none yet."""
    async with a_house_with_lists(state_dir, 3) as house:
        await house.phone("a01", tone_hz=ANNA, keeps_what_it_hears=True)
        yield house


@dataclass(slots=True)
class AtWork:
    """Anna at her desk with a list, somebody outside, and what the journal tells."""

    house: House
    watch: Watch
    desk: Desk
    anna: Phone
    network: Carrier
    name: str

    async def next(self) -> dict[str, Any]:
        """The lead she is given."""
        status, said = await self.desk.ask("POST", f"/lead-lists/{self.name}/next")
        assert status == 200, said
        return said["lead"]  # type: ignore[no-any-return]

    async def rings(self) -> str:
        """The lead she has is dialled, and rings; its call."""
        status, said = await self.desk.ask("POST", "/my-lead/dial")
        assert status == 200, said
        await takes_call(self.anna)
        await soon(self.network.dialled.wait())
        self.network.says("183 Session Progress", sounds=True)
        call_id = str(said["call_id"])
        await self.watch.until(LegRinging, leg_id=f"{call_id}.callee.1")
        return call_id

    async def talks(self) -> None:
        """Whom she calls answers."""
        self.network.says("200 OK", sounds=True)
        await self.watch.until(AgentConnected)

    async def over(self, call_id: str, code: str) -> None:
        """Who was called hangs up, and Anna chooses that code."""
        self.network.hangs_up()
        await self.coded(call_id, code)

    async def coded(self, call_id: str, code: str) -> None:
        ended = (await self.watch.until(CallEnded)).event
        assert ended.end_reason is EndReason.CALLEE_HUNG_UP
        await eventually(self.wraps_up, "wrap-up")
        await self.desk.do("/agents/a01/wrap-up-code", {"call_id": call_id, "wrap_up_code": code})

    async def wraps_up(self) -> bool | None:
        _, shown = await self.desk.ask("GET", "/agents/a01")
        return True if shown["now"]["state"] == "wrap_up" else None

    async def is_cancelled(self) -> bool | None:
        return True if any(each.method == "CANCEL" for each in self.network.seen) else None

    def rung(self) -> int:
        """How often somebody outside was rung."""
        return len({each["call-id"] for each in self.network.seen if each.method == "INVITE" and not each.status})


@asynccontextmanager
async def at_work(house: House, name: str, *digits: str) -> AsyncIterator[AtWork]:
    """Anna is on duty; the list has people with these numbers."""
    await a_list(house, name, [f"{NUMBER}{each}" for each in digits])
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(house))
        desk = await stack.enter_async_context(at_desk(house, "a01"))
        port = line_port(house)
        network = await stack.enter_async_context(a_carrier(port, OUTSIDER))
        anna = house.phones["a01"]
        anna.forget_events()
        await desk.do("/agents/a01/log-in", {})
        await watch.until(LogInRequested, agent_id="a01")
        yield AtWork(house, watch, desk, anna, network, name)
        assert await watch.all(UnexpectedHappened) == []
        await desk.ask("POST", "/agents/a01/available")
        await desk.ask("POST", "/agents/a01/log-out")


async def test_a_lead_is_seen_dialled_heard_ringing_and_done_by_its_code(house: House) -> None:
    async with at_work(house, "spring", "0101", "0102") as work:
        lead = await work.next()
        assert (lead["name"], lead["fields"]) == ("Person 0", {"tariff": "T0"})
        assert "3920101" not in repr(lead)
        assert (await work.next())["lead_id"] == lead["lead_id"]
        call_id = await work.rings()
        assert (await work.desk.ask("POST", "/my-lead/dial"))[1]["call_id"] == call_id == lead["call_id"]
        permit = (await work.watch.until(DialPermitted)).event
        assert (permit.purpose, permit.shown) == ("preview", SHOWN)
        invite = work.network.invite
        assert SHOWN in invite["from"]
        assert f"{NUMBER}0101" in invite.first
        await eventually(lambda: is_heard(work.anna, "outsider"), "who has not answered yet, at the agent's")
        assert (await work.desk.ask("POST", "/my-lead/skip", {"reason": "too late"}))[0] == 409
        await work.talks()
        await work.over(call_id, "sold")
        assert await settled(house, "spring") == {"done": 1, "fresh": 1}
        assert work.rung() == 1
        (attempt,) = await attempts_at(house, "spring")
        assert (attempt.purpose, attempt.outcome, attempt.agent_id) == ("preview", "answered", "a01")


async def test_a_skipped_lead_rests_and_one_to_call_again_waits_as_its_code_says(house: House) -> None:
    async with at_work(house, "skips", "0201", "0202") as work:
        first = await work.next()
        await work.desk.do("/my-lead/skip", {"reason": "speaks only Danish"})
        second = await work.next()
        assert second["lead_id"] != first["lead_id"]
        call_id = await work.rings()
        await work.talks()
        await work.over(call_id, "again")
        assert await settled(house, "skips") == {"fresh": 1, "retry": 1}
        skipped, tried = await leads_of(house, "skips")
        assert (skipped.tries, tried.tries) == (0, 1)
        assert 3_500_000_000 < tried.next_at - tried.last_at < 3_700_000_000
        assert await work.next() is None


async def test_who_wants_no_call_is_closed_with_the_code_and_their_number_barred(house: House) -> None:
    async with at_work(house, "nevers", "0301") as work:
        await work.next()
        call_id = await work.rings()
        await work.talks()
        await work.over(call_id, "never")
        assert await settled(house, "nevers") == {"do_not_call": 1}
        body = {"project_id": "selling", "number": f"{NUMBER}0301", "reference": {"kind": "task", "id": "t1"}}
        status, said = await work.desk.ask("POST", "/calls", body)
        assert status == 200, said
        await takes_call(work.anna)
        refused = (await work.watch.until(DialRefused)).event
        assert refused.code == RefusalCode.ON_DO_NOT_CALL_LIST
        await work.watch.until(CallEnded, count=2)
        assert work.rung() == 1


async def test_a_promise_of_the_talk_is_kept_however_soon_it_is(house: House) -> None:
    async with at_work(house, "promises", "0401", "0402") as work:
        lead = await work.next()
        call_id = await work.rings()
        await work.talks()
        promised_at = datetime.now(UTC) + timedelta(seconds=3)
        await work.desk.do("/my-lead/promise", {"at": promised_at.isoformat()})
        await work.over(call_id, "again")
        assert await settled(house, "promises") == {"promised": 1, "fresh": 1}
        await asyncio.sleep(max(0.0, (promised_at - datetime.now(UTC)).total_seconds()))  # the time that was promised
        again = await work.next()
        assert (again["lead_id"], again["is_promised"], again["tries"]) == (lead["lead_id"], True, 1)
        work.network.dialled.clear()
        await work.desk.do("/my-lead/dial")
        await takes_call(work.anna)
        await work.watch.until(DialPermitted, count=2)
        await soon(work.network.dialled.wait())
        work.network.says("486 Busy Here")
        await work.watch.until(CallEnded, count=2)
        await eventually(work.wraps_up, "wrap-up")
        await work.desk.do("/agents/a01/available")
        assert await settled(house, "promises") == {"retry": 1, "fresh": 1}


async def test_who_comes_on_a_list_while_it_rings_is_rung_no_more(house: House) -> None:
    async with at_work(house, "objects", "0451") as work:
        await work.next()
        await work.rings()
        async with at_desk(house, "sup") as supervisor:
            await supervisor.do("/do-not-call/add", {"number": f"{NUMBER}0451", "reason": "by mail"})
        await eventually(work.is_cancelled, "the end of the ringing")
        assert (await work.watch.until(CallEnded)).event.end_reason is EndReason.NOT_PERMITTED
        await eventually(work.wraps_up, "wrap-up")
        await work.desk.do("/agents/a01/available")
        await settled(house, "objects")
        assert await work.next() is None
        assert work.rung() == 1


@pytest.mark.parametrize(("moment", "digits"), [("rings", "0501"), ("talks", "0502"), ("wrap_up", "0503")])
async def test_a_controller_killed_meanwhile_rings_the_lead_once_and_settles_it_once(
    house: House, moment: str, digits: str
) -> None:
    name = f"killed-{moment.replace('_', '-')}"
    async with at_work(house, name, digits) as work:
        await work.next()
        call_id = await work.rings()
        if moment != "rings":
            await work.talks()
        if moment == "wrap_up":
            work.network.hangs_up()
            await eventually(work.wraps_up, "wrap-up")
        house.kill_service()
        await house.start_service()
        if moment == "rings":
            await work.talks()
        if moment == "wrap_up":
            await work.coded(call_id, "sold")
        else:
            await eventually(lambda: is_heard(work.anna, "outsider"), "who was called, at the agent's")
            await work.over(call_id, "sold")
        assert await settled(house, name) == {"done": 1}
        assert work.rung() == 1
        (lead,), (attempt,) = await leads_of(house, name), await attempts_at(house, name)
        assert (lead.tries, lead.wrap_up_code, attempt.outcome) == (1, "sold", "answered")
        assert attempt.ended_at is not None


async def test_leads_that_come_by_themselves_leave_a_caller_the_next_agent_who_is_free(house: House) -> None:
    numbers = [f"{NUMBER}060{place}" for place in range(5)]
    names = ("a02", "a03")
    async with AsyncExitStack() as stack:
        port = line_port(house)
        outside = await Softphones.open(("127.0.0.1", 0), {}, port=port)
        stack.push_async_callback(outside.close)
        host, _, sip = house.sip.rpartition(":")
        phones = await Softphones.open((host, int(sip)), {name: house.accounts[name].password for name in names})
        stack.push_async_callback(phones.close)
        await phones.register()
        rung: list[str] = []

        def answers(user: str, _invite: Message) -> Manner:
            rung.append(user)
            return Manner(answer_after_s=0.0)

        outside.manner = answers
        await a_list(house, "run", numbers, project="by-itself")
        watch = await stack.enter_async_context(watching(house))
        supervisor = await stack.enter_async_context(at_desk(house, "sup"))
        for name in names:
            await supervisor.do(f"/agents/{name}/log-in", {})
        await watch.until(AgentConnected, count=2)
        permits = await watch.all(DialPermitted)
        assert [(each.purpose, each.shown) for each in permits] == [("progressive", SHOWN)] * 2
        caller = await stack.enter_async_context(a_caller(house, MUSIC))
        offered = await watch.until(LegOffered)
        outside.hang_up(next(each for each in outside.dialogs.values() if each.state == "talking"))
        served = (await watch.until(AgentReserved, call_id=offered.call_id)).event
        await watch.until(AgentConnected, agent_id=served.agent_id, call_id=offered.call_id)
        await caller.hang_up()
        await supervisor.ask("POST", f"/agents/{served.agent_id}/available")
        reserved = [each for each in await watch.found(AgentReserved) if each.seq > offered.seq]
        assert reserved[0].call_id == offered.call_id, "a lead went before a caller who waited"
        outside.manner = lambda user, _invite: rung.append(user) or Manner(answer_after_s=0.0, bye_after_s=0.5)
        for dialog in [each for each in outside.dialogs.values() if each.state == "talking"]:
            outside.hang_up(dialog)
        await supervisor.ask("POST", f"/agents/{served.agent_id}/available")
        await watch.until(CallEnded, count=6)
        assert Counter(rung) == dict.fromkeys(numbers, 1)
        assert await settled(house, "run") == {"retry": 5}
        assert await watch.all(UnexpectedHappened) == []
        for name in names:
            await supervisor.ask("POST", f"/agents/{name}/log-out")
