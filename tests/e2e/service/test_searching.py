"""Skills, last agents and blocked callers on a real Asterisk: relaxed by due times, known by number."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from fernamt.demo.house import House
from store.centre import Centre
from telephony.decisions import Choice, DecisionTaken
from telephony.demands import CallDemand, RelaxationStep, SkillNeed
from telephony.events import AgentConnected, CallEnded, DirectoryLoaded, LegOffered, UnexpectedHappened
from telephony.identifiers import AgentId, ProjectId
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import at_desk
from tests.e2e.service.people import CALLER, a_caller, takes_call
from tests.e2e.service.watching import Watch, seconds_between, watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

TAX = SkillNeed(skill="tax", grade=3)
RELAXED_AFTER_S = 3
KNOWN_AFTER_S = 4.0
"""Known callers are read anew every two seconds."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Anna (a01) knows of tax, Ben (a02) does not; both phones are there."""
    async with opened_house(state_dir, 2) as opened:
        await opened.phone("a01")
        await opened.phone("a02")
        async with watching(opened) as watch:
            book = watch.database.directory
            directory = await book.load()
            anna = replace(directory.agents[AgentId("a01")], skills={"tax": 4})
            project = replace(
                directory.projects[ProjectId("ringing")],
                demand=CallDemand(skills=(TAX,)),
                relaxation=(RelaxationStep(after_ms=RELAXED_AFTER_S * 1_000, drop=("tax",)),),
                sticky_ms=20_000,
            )
            await book.apply(Centre(projects=(project,), agents=(anna,)))
            await watch.until(DirectoryLoaded)
            await asyncio.sleep(KNOWN_AFTER_S)
        yield opened


async def talks(house: House, watch: Watch, agent: str) -> DecisionTaken:
    """The caller is taken by that agent, and hangs up; the decision."""
    await watch.mark()
    async with a_caller(house, RINGING) as caller:
        await takes_call(house.phones[agent])
        decision = (await watch.until(DecisionTaken)).event
        await watch.until(AgentConnected)
        await caller.hang_up()
        await watch.until(CallEnded)
    assert await watch.all(UnexpectedHappened) == []
    assert isinstance(decision, DecisionTaken)
    return decision


async def test_skills_are_relaxed_in_time_last_agents_waited_for_and_blocked_ones_passed_over(house: House) -> None:
    async with watching(house) as watch, at_desk(house, "sup") as desk:
        await desk.do("/agents/a02/log-in", {})
        decision = await talks(house, watch, "a02")
        assert (decision.needs, decision.relaxation_stage) == ((), 1)
        offered, decided = (await watch.found(LegOffered))[0], (await watch.found(DecisionTaken))[0]
        assert seconds_between(offered, decided) >= RELAXED_AFTER_S
        await desk.do("/agents/a01/log-in", {})
        decision = await talks(house, watch, "a01")  # Ben would be waited for, but does not know of tax: Anna does
        assert decision.needs == (TAX,)
        assert decision.chosen_by is Choice.SHARE
        await asyncio.sleep(KNOWN_AFTER_S)
        decision = await talks(house, watch, "a01")
        assert decision.chosen_by is Choice.LAST_AGENT
        await desk.do("/agents/a01/block-caller", {"number": CALLER})
        await asyncio.sleep(KNOWN_AFTER_S)
        decision = await talks(house, watch, "a02")
        assert decision.relaxation_stage == 1  # Anna was free all the time
        offered = (await watch.found(LegOffered))[0]
        assert (offered.event.last_agent_id, offered.event.blocked_agents) == ("a01", ("a01",))
        assert CALLER not in repr(await watch.story())
