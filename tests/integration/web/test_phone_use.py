"""The report on softphones over the API: agents read the rules and their own figures."""

import pytest

from tests.integration.web.edge import World
from web.routes import PREFIX

MAY = f"{PREFIX}/phone-use?from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("login", "seen"),
    [("anna", {"anna"}), ("ben", set()), ("lena", {"anna"}), ("sven", {"anna", "carla"}), ("root", {"anna", "carla"})],
)
async def test_everybody_sees_those_within_reach_and_the_rules(world: World, login: str, seen: set[str]) -> None:
    status, report = await world.ask("GET", MAY, by=login)
    assert status == 200
    assert {each["agent_id"] for each in report["items"]} == seen
    assert report["rules"]["repeated_from"] == 4
    assert all(each["remarks"] == ["many_in_vain", "repeated_numbers"] for each in report["items"])


async def test_nobody_else_sees_it_and_a_period_has_to_be_one(world: World) -> None:
    for login in ("acme", "rita", "kurt"):
        assert (await world.ask("GET", MAY, by=login))[0] == 403
    assert (await world.ask("GET", f"{PREFIX}/phone-use", by="sven"))[0] == 422
    assert (await world.ask("GET", MAY.replace("2026-06", "2026-04"), by="sven"))[0] == 422
    assert world.phone_use.asked == []


@pytest.mark.parametrize(("login", "seen"), [("anna", {"anna"}), ("ben", set()), ("lena", {"anna"}), ("sven", {"anna", "carla"})])
async def test_calls_nobody_saw_ending_are_listed_within_reach_without_numbers(world: World, login: str, seen: set[str]) -> None:
    status, found = await world.ask("GET", MAY.replace("phone-use", "unclear-calls"), by=login)
    assert status == 200
    assert {each["agent_id"] for each in found["items"]} == seen
    assert (await world.ask("GET", MAY.replace("phone-use", "unclear-calls"), by="acme"))[0] == 403
