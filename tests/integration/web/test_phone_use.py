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


A_WORD = {"known": "rung_in_vain", "note": "Anna says that it rang out"}


def cleared(agent: str) -> str:
    return f"{PREFIX}/unclear-calls/call-of-{agent}/clear"


async def test_a_call_is_cleared_up_once_and_leaves_the_list(world: World) -> None:
    assert (await world.ask("POST", cleared("anna"), by="lena", json=A_WORD))[0] == 204
    assert world.phone_use.cleared == [
        ("call-of-anna", "rung_in_vain", A_WORD["note"], world.user("lena").user_id),
    ]
    _, left = await world.ask("GET", MAY.replace("phone-use", "unclear-calls"), by="sven")
    assert [each["agent_id"] for each in left["items"]] == ["carla"]
    assert (await world.ask("POST", cleared("anna"), by="lena", json=A_WORD))[0] == 404


@pytest.mark.parametrize(
    ("login", "agent", "status"),
    [
        *[("anna", "anna", 403), ("anna", "carla", 403), ("acme", "anna", 403), ("kurt", "anna", 403), ("rita", "anna", 403)],
        *[("lena", "carla", 404), ("lena", "nobody", 404), ("sven", "carla", 204), ("root", "carla", 204)],
    ],
)
async def test_nobody_clears_up_what_is_not_theirs_to_judge_least_of_all_who_called(
    world: World, login: str, agent: str, status: int
) -> None:
    assert (await world.ask("POST", cleared(agent), by=login, json=A_WORD))[0] == status
    assert len(world.phone_use.cleared) == (status == 204)


@pytest.mark.parametrize(
    "wrong", [{}, {"known": "talked"}, {"known": "perhaps", "note": "x"}, {**A_WORD, "note": ""}, {**A_WORD, "note": "a\nb"}]
)
async def test_a_call_is_not_cleared_up_without_a_word_on_how(world: World, wrong: dict[str, str]) -> None:
    assert (await world.ask("POST", cleared("anna"), by="sven", json=wrong))[0] == 422
    assert world.phone_use.cleared == []
