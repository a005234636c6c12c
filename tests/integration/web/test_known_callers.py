"""Callers known by number: lists and blocks are kept, numbers never shown; what a waiting call asks for can be said."""

import pytest

from telephony.searching import DemandRequested
from tests.integration.web.edge import World
from tests.integration.web.test_permission_matrix import ANNAS_CALL, populate
from web.routes import PREFIX

LISTS = f"{PREFIX}/caller-lists"


async def test_a_list_is_made_gets_numbers_and_shows_how_many(world: World) -> None:
    assert (await world.ask("PUT", f"{LISTS}/vip", by="sven", json={"priority_ms": 120_000}))[0] == 204
    assert (await world.ask("POST", f"{LISTS}/vip/add", by="sven", json={"number": "+49 177 12345"}))[0] == 204
    shown = await world.ask("GET", LISTS, by="sven")
    assert shown == (200, {"items": [{"name": "vip", "priority_ms": 120_000, "numbers": 1}]})
    assert (await world.ask("POST", f"{LISTS}/vip/remove", by="sven", json={"number": "+49 177 12345"}))[0] == 204
    assert (await world.ask("GET", LISTS, by="sven"))[1]["items"][0]["numbers"] == 0
    assert (await world.ask("DELETE", f"{LISTS}/vip", by="sven"))[0] == 204
    assert (await world.ask("GET", LISTS, by="sven"))[1] == {"items": []}


@pytest.mark.parametrize(("method", "path"), [("POST", "nothing/add"), ("POST", "nothing/remove"), ("DELETE", "nothing")])
async def test_a_list_nobody_made_is_not_found(world: World, method: str, path: str) -> None:
    status, problem = await world.ask(method, f"{LISTS}/{path}", by="sven", json={"number": "+4917712345"})
    assert (status, problem["code"]) == (404, "not_found")


async def test_a_caller_is_blocked_for_an_agent_and_unblocked(world: World) -> None:
    number = {"number": "0177/12345"}
    assert (await world.ask("POST", f"{PREFIX}/agents/anna/block-caller", by="sven", json=number))[0] == 204
    assert world.callers.blocked == {"anna": {"0177/12345"}}
    assert (await world.ask("POST", f"{PREFIX}/agents/anna/unblock-caller", by="sven", json=number))[0] == 204
    assert world.callers.blocked == {"anna": set()}
    assert (await world.ask("POST", f"{PREFIX}/agents/nobody/block-caller", by="sven", json=number))[0] == 404


@pytest.mark.parametrize("number", ["", "erika", "12\r\n34", "+" + "1" * 40])
async def test_what_is_no_number_is_refused(world: World, number: str) -> None:
    assert (await world.ask("POST", f"{PREFIX}/agents/anna/block-caller", by="sven", json={"number": number}))[0] == 422


async def test_a_supervisor_says_what_a_waiting_call_asks_for(world: World) -> None:
    populate(world)
    body = {"priority_ms": 60_000, "language": "en", "skills": [{"skill": "tax", "grade": 3}]}
    assert (await world.ask("POST", f"{PREFIX}/calls/{ANNAS_CALL}/demand", by="sven", json=body))[0] == 204
    [asked] = world.intents.asked
    assert isinstance(asked, DemandRequested)
    assert (asked.priority_ms, asked.language) == (60_000, "en")
    assert asked.skills is not None
    assert [(need.skill, need.grade, need.is_required) for need in asked.skills] == [("tax", 3, True)]
    assert asked.agent_id is None


@pytest.mark.parametrize("body", [{"priority_ms": 900_001}, {"priority_ms": -1}, {"skills": [{"skill": "tax", "grade": 6}]}])
async def test_a_demand_beyond_its_limits_is_refused(world: World, body: dict[str, object]) -> None:
    populate(world)
    assert (await world.ask("POST", f"{PREFIX}/calls/{ANNAS_CALL}/demand", by="sven", json=body))[0] == 422
