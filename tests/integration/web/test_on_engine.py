"""What people ask for through the API is done by the real engine, and its refusals come back as problems."""

from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.feed import Feed
from monitor.live_view import BoardSettings, LiveView
from store.memory_journal import MemoryJournal
from telephony.agent.model import AgentRules
from telephony.engine.engine import Engine
from telephony.engine.turn import Turn
from telephony.events import NumberFacts
from tests.integration.web.edge import World, a_world
from tests.integration.web.memory import CountedIds, StepClock, a_directory


def nobody_calls(number: str) -> NumberFacts:
    raise AssertionError(number)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock, ids, journal, directory = StepClock(), CountedIds(), MemoryJournal(), a_directory()
    feed = Feed(LiveView(directory, BoardSettings(zone=ZoneInfo("Europe/Berlin")), clock.now()), epoch="e", now=clock.now)
    engine = Engine(
        turn=Turn(directory=directory, rules=AgentRules(), ids=ids),
        switches=[],
        journal=journal,
        clock=clock,
        ids=ids,
        read_number=nobody_calls,
        listeners=[feed.publish],
    )
    async with a_world(stored={"intents": engine, "floor": feed, "journal": journal}) as running:
        yield running


async def asked(world: World, path: str, body: Any = None) -> tuple[int, str | None]:
    status, problem = await world.ask("POST", f"/api/v1/agents/anna/{path}", by="anna", json=body)
    return status, problem["code"] if status != 204 else None


async def test_a_day_of_an_agent(world: World) -> None:
    assert await asked(world, "pause", {"pause_reason": "lunch"}) == (409, "not_logged_in")
    assert await asked(world, "log-in", {}) == (204, None)
    assert await asked(world, "pause", {"pause_reason": "lunch"}) == (204, None)
    _, shown = await world.ask("GET", "/api/v1/agents/anna", by="anna")
    assert (shown["now"]["state"], shown["now"]["pause_reason"]) == ("paused", "lunch")
    assert await asked(world, "available") == (204, None)
    assert (await asked(world, "extend-wrap-up"))[0] == 409
    assert await asked(world, "open-line") == (409, "no_open_line")
    assert await asked(world, "close-line") == (409, "no_open_line")
    assert await asked(world, "log-out") == (204, None)
    assert (await asked(world, "available"))[1] == "not_logged_in"
    _, page = await world.ask("GET", "/api/v1/journal?limit=1000", by="root")
    kinds = [event["kind"] for event in page["items"]]
    assert kinds.count("log_in_requested") == 1
    assert "request_refused" in kinds
    assert all(e["data"]["by"] == world.user("anna").user_id for e in page["items"] if e["kind"].endswith("_requested"))


async def test_a_call_that_is_not_there_is_not_found(world: World) -> None:
    for act in ("hold", "unhold", "hang-up"):
        assert (await world.ask("POST", f"/api/v1/calls/none/{act}", by="anna"))[0] == 404
