"""Who is called answers, or does not: every answer of a network on a real line, and machines that take the call."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from fernamt.demo.house import House
from routing.directory import Directory
from routing.outbound.facts import Outcome
from store.centre import Centre
from store.engine import reading
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.causes import EndReason
from telephony.events import AgentConnected, AgentReleased, DirectoryLoaded
from telephony.identifiers import CallId, ProjectId
from telephony.machines import MachineHeard
from telephony.terms import MachineRule
from tests.e2e.asterisk import spoken
from tests.e2e.asterisk.counted_sound import a_carrier
from tests.e2e.asterisk.speaking import a_speech
from tests.e2e.patience import soon
from tests.e2e.service.hearing import ANNA
from tests.e2e.service.outward import NUMBER, AtWork, at_work, line_port, outward_house
from tests.e2e.service.people import takes_call
from tests.e2e.service.watching import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

RING_LIMIT_MS = 6_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """One agent, a line out that answers as the tests say, and the right to show a number of ours."""
    async with outward_house(state_dir, {"a01": ANNA}) as house:
        yield house


async def shown(work: AtWork, call_id: CallId) -> dict[str, Any] | None:
    """The call's row, with what the agent is to know of the number called."""
    status, calls = await work.desk.ask("GET", "/calls")
    assert status == 200, calls
    found = [row for row in calls["items"] if row["call_id"] == call_id and row["outside_note"] is not None]
    return found[0] if found else None


async def noted(work: AtWork, call_id: CallId) -> str | None:
    """What the attempt came to, once the desk of permissions has it: by this the lead is settled."""
    attempts = DIAL_ATTEMPTS.c
    async with reading(work.watch.database.engine) as connection:
        query = select(attempts.outcome).where(attempts.call_id == call_id, attempts.ended_at.is_not(None))
        return (await connection.execute(query)).scalar_one_or_none()


ANSWERS = [
    ("486 Busy Here", EndReason.CALLEE_BUSY, "busy", Outcome.BUSY),
    ("600 Busy Everywhere", EndReason.CALLEE_BUSY, "busy", Outcome.BUSY),
    ("603 Decline", EndReason.CALLEE_REJECTED, "rejected", Outcome.BUSY),
    ("404 Not Found", EndReason.CALLEE_INVALID, "invalid", Outcome.INVALID),
    ("484 Address Incomplete", EndReason.CALLEE_INVALID, "invalid", Outcome.INVALID),
    ("480 Temporarily Unavailable", EndReason.CALLEE_UNREACHABLE, "unreachable", Outcome.NO_ANSWER),
    ("503 Service Unavailable", EndReason.CALLEE_UNREACHABLE, "unreachable", Outcome.FAILED),
    ("180 Ringing", EndReason.CALLEE_NO_ANSWER, "no_answer", Outcome.NO_ANSWER),
]


@pytest.mark.parametrize("place", range(len(ANSWERS)), ids=[status for status, *_ in ANSWERS])
async def test_each_answer_of_the_network_has_its_outcome_and_is_told(house: House, place: int) -> None:
    status, reason, note, outcome = ANSWERS[place]
    port = line_port(house)
    async with a_carrier(port) as network, at_work(house) as work:
        if status.startswith("180"):
            await limits_ringing(work)
        call_id = await work.wants(f"{NUMBER}5{place}")
        await takes_call(work.anna)
        await soon(network.dialled.wait())
        network.says(status)
        row = await eventually(lambda: shown(work, call_id), "what the agent reads")
        assert row["outside_note"] == note
        assert await work.over() is reason
        assert await eventually(lambda: noted(work, call_id), "the attempt's end") == outcome
        released = (await work.watch.until(AgentReleased)).event
        assert (released.has_talked, released.wraps_up) == (False, True)


async def follows(work: AtWork, change: Callable[[Directory], Centre]) -> None:
    """The service goes by the changed centre from now on."""
    await work.watch.mark()
    await work.watch.database.directory.apply(change(await work.watch.database.directory.load()))
    await work.watch.until(DirectoryLoaded)
    await work.watch.mark()


async def limits_ringing(work: AtWork) -> None:
    """Nobody rings for longer than six seconds."""
    await follows(work, lambda known: Centre(outbound=replace(known.outbound, ring_limit_ms=RING_LIMIT_MS)))


# -- machines ------------------------------------------------------------------------------------------------------------


async def listens(work: AtWork, rule: MachineRule) -> None:
    """The project does that about machines from now on."""

    def changed(known: Directory) -> Centre:
        project = known.projects[ProjectId("music")]
        assert project.outbound is not None
        return Centre(projects=(replace(project, outbound=replace(project.outbound, machines=rule)),))

    await follows(work, changed)


GREETING = spoken.silence(0.5) + spoken.words(8.0) + spoken.silence(0.4) + spoken.beep()
HELLO = spoken.silence(0.3) + spoken.words(0.5)


async def test_a_machine_is_hung_up_on_where_the_project_says_so(house: House) -> None:
    port = line_port(house)
    async with a_speech(GREETING) as speech, a_carrier(port, sound=speech) as network, at_work(house) as work:
        await listens(work, MachineRule.END)
        call_id = await work.wants(f"{NUMBER}61")
        await takes_call(work.anna)
        await soon(network.dialled.wait())
        network.says("200 OK", sounds=True)
        connected = await work.watch.until(AgentConnected)
        heard = await work.watch.until(MachineHeard)
        took_s = (heard.occurred_at - connected.occurred_at) / 1e6
        assert (heard.event.agent_id, heard.event.is_ended) == ("a01", True)
        assert took_s < len(GREETING) / 8_000, "before its beep"
        assert await work.over() is EndReason.CALLEE_MACHINE
        assert await eventually(lambda: noted(work, call_id), "the attempt's end") == Outcome.MACHINE
        record = await work.watch.record(call_id)
        assert record.end_reason is EndReason.CALLEE_MACHINE
        assert any(message.method == "BYE" for message in network.seen)
        await work.anna.expect("CALL_CLOSED")


async def test_an_agent_who_is_told_of_a_machine_decides_and_who_answers_as_people_do_is_none(house: House) -> None:
    port = line_port(house)
    async with at_work(house) as work:
        await listens(work, MachineRule.TELL)
        async with a_speech(GREETING) as speech, a_carrier(port, sound=speech) as network:
            call_id = await work.wants(f"{NUMBER}62")
            await takes_call(work.anna)
            await soon(network.dialled.wait())
            network.says("200 OK", sounds=True)
            assert not (await work.watch.until(MachineHeard)).event.is_ended
            row = await eventually(lambda: shown(work, call_id), "what the agent reads")
            assert (row["outside_note"], row["phase"]) == ("machine", "talking")
            await work.anna.hang_up()
            assert await work.over() is EndReason.CALLEE_MACHINE
    async with at_work(house) as work, a_speech(HELLO) as speech, a_carrier(port, sound=speech) as network:
        call_id = await work.wants(f"{NUMBER}63")
        await takes_call(work.anna)
        await soon(network.dialled.wait())
        network.says("200 OK", sounds=True)
        await work.watch.until(AgentConnected)
        await eventually(lambda: stopped_listening(work, call_id), "silence after the first words")
        network.hangs_up()
        assert await work.over() is EndReason.CALLEE_HUNG_UP
        assert await work.watch.all(MachineHeard) == []
        assert await eventually(lambda: noted(work, call_id), "the attempt's end") == Outcome.ANSWERED


async def stopped_listening(work: AtWork, call_id: CallId) -> bool | None:
    """Whether the first words are over."""
    return True if "LegTalkEnded" in await work.watch.told() else None
