"""Shifts over the API: who sees and does what, and what an agent is told."""

from dataclasses import replace
from typing import Any

import pytest

from telephony.identifiers import AgentId
from tests.integration.web.edge import World
from tests.integration.web.memory_shifts import populate_shifts
from web.routes import PREFIX

PERIOD = "?from=2026-09-21T00:00:00Z&to=2026-10-01T00:00:00Z"
A_ROW = {
    **dict.fromkeys(("shifts", "planned_ms", "kept_ms", "late_ms", "left_early_ms", "away_ms", "paused_ms"), 1),
    **dict.fromkeys(("unreachable_ms", "missed_ms", "down_ms", "excused_ms", "outside_ms"), 0),
}


@pytest.fixture
def plan(world: World) -> World:
    now = world.directory.current
    teams = {"anna": "red", "ben": "red", "carla": "blue"}
    agents = {**now.agents, **{AgentId(n): replace(now.agents[AgentId(n)], team=team) for n, team in teams.items()}}
    world.directory.current = replace(now, agents=agents)
    populate_shifts(world.shifts)
    return world


async def asked(world: World, by: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
    return await world.ask(method, PREFIX + path, by=by, json=body if method != "GET" else None)


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("anna", {"shift-red": [], "shift-red-2": []}),
        ("ben", {"shift-red": ["ben"], "shift-red-2": ["ben"]}),
        ("carla", {"shift-blue": ["carla"], "shift-blue-2": ["carla"]}),
        ("lena", {"shift-red": ["ben"], "shift-red-2": ["ben"]}),
        ("sven", {"shift-red": ["ben"], "shift-red-2": ["ben"], "shift-blue": ["carla"], "shift-blue-2": ["carla"]}),
    ],
)
async def test_shifts_and_who_is_bound_are_seen_as_far_as_one_reaches(
    plan: World, login: str, seen: dict[str, list[str]]
) -> None:
    status, told = await asked(plan, login, "GET", f"/shifts{PERIOD}")
    assert status == 200
    assert {item["shift_id"]: item["agents"] for item in told["items"]} == seen
    assert all(item["booked"] == 1 for item in told["items"])


async def test_an_agent_books_for_nobody_else(plan: World) -> None:
    assert (await asked(plan, "anna", "POST", "/shifts/shift-red/book", agent_id="ben"))[0] == 404
    assert (await asked(plan, "anna", "POST", "/shifts/shift-blue/book"))[0] == 404
    assert (await asked(plan, "anna", "POST", "/shifts/shift-red/book"))[0] == 204
    status, problem = await asked(plan, "anna", "POST", "/shifts/shift-red/book")
    assert (status, problem["code"]) == (409, "shift_overlaps")
    _, told = await asked(plan, "anna", "GET", f"/shifts{PERIOD}&agent=anna")
    assert [(item["shift_id"], item["may_be_booked"]) for item in told["items"]] == [("shift-red", False)]


async def test_a_team_leader_books_and_plans_for_the_own_team_alone(plan: World) -> None:
    assert (await asked(plan, "lena", "POST", "/shifts/shift-red/book", agent_id="anna"))[0] == 204
    assert (await asked(plan, "lena", "POST", "/shifts/shift-red/book", agent_id="carla"))[0] == 404
    facts = {"from_at": "2026-09-25T08:00:00Z", "to_at": "2026-09-25T12:00:00Z", "headcount": 1}
    for scope, scope_id, status in (("team", "red", 200), ("team", "blue", 404), ("centre", None, 404)):
        answered = await asked(plan, "lena", "POST", "/shifts", scope=scope, scope_id=scope_id, **facts)
        assert answered[0] == status, scope_id
    moved = await asked(plan, "lena", "PUT", "/shifts/shift-red", scope="team", scope_id="blue", **facts)
    assert moved[0] == 404
    _, told = await asked(plan, "lena", "POST", "/shift-plan/import", format="csv", text=CSV, is_preview=False)
    assert [fault["line"] for fault in told["faults"]] == [3]
    _, told = await asked(plan, "sven", "POST", "/shift-plan/import", format="csv", text=CSV, is_preview=False)
    assert (told["added"], told["faults"]) == (2, [])


CSV = "from,to,scope,scope_id\n2026-09-28 08:00,2026-09-28 12:00,team,red\n2026-09-28 08:00,2026-09-28 12:00,team,blue\n"


async def test_what_an_agent_booked_binds_and_a_person_who_takes_it_back_tells_them(plan: World) -> None:
    assert (await asked(plan, "ben", "POST", "/shifts/shift-red/release", agent_id="ben"))[0] == 403
    assert (await asked(plan, "lena", "POST", "/shifts/shift-red/release", agent_id="ben", reason="too many"))[0] == 204
    _, told = await asked(plan, "ben", "GET", "/agents/ben/shift-notices")
    assert [(item["kind"], item["shift_id"]) for item in told["items"]] == [("released", "shift-red")]
    assert (await asked(plan, "lena", "POST", "/agents/ben/shift-notices/seen"))[0] == 404
    assert (await asked(plan, "ben", "POST", "/agents/ben/shift-notices/seen"))[0] == 204
    assert (await asked(plan, "ben", "GET", "/agents/ben/shift-notices"))[1]["items"] == []


async def test_a_swap_is_seen_and_taken_by_who_may_do_the_work(plan: World) -> None:
    assert [s["swap_id"] for s in (await asked(plan, "anna", "GET", "/shift-requests"))[1]["swaps"]] == ["swap-red"]
    assert [s["swap_id"] for s in (await asked(plan, "carla", "GET", "/shift-requests"))[1]["swaps"]] == ["swap-blue"]
    assert (await asked(plan, "carla", "POST", "/shift-swaps/swap-red/take"))[0] == 404
    assert (await asked(plan, "ben", "POST", "/shift-swaps/swap-red/take"))[0] == 404
    assert (await asked(plan, "anna", "POST", "/shift-swaps/swap-red/take"))[0] == 204
    assert (await asked(plan, "anna", "POST", "/shift-swaps/swap-red/take"))[0] == 404
    _, told = await asked(plan, "sven", "GET", f"/shifts{PERIOD}")
    assert next(i["agents"] for i in told["items"] if i["shift_id"] == "shift-red-2") == ["anna"]


async def test_an_excuse_is_decided_by_a_person_and_its_note_is_for_nobody_else(plan: World) -> None:
    def notes(told: Any) -> dict[str, str]:
        return {item["excuse_id"]: item["note"] for item in told["excuses"]}

    assert notes((await asked(plan, "anna", "GET", "/shift-requests"))[1]) == {}
    assert notes((await asked(plan, "ben", "GET", "/shift-requests"))[1]) == {"excuse-red": "the wedding"}
    assert notes((await asked(plan, "lena", "GET", "/shift-requests"))[1]) == {"excuse-red": "the wedding"}
    assert notes((await asked(plan, "kurt", "GET", "/shift-requests"))[1]) == {"excuse-red": "", "excuse-blue": ""}
    assert (await asked(plan, "ben", "POST", "/shift-excuses/excuse-red/decide", is_granted=True))[0] == 403
    assert (await asked(plan, "lena", "POST", "/shift-excuses/excuse-blue/decide", is_granted=True))[0] == 404
    assert (await asked(plan, "lena", "POST", "/shift-excuses/excuse-red/decide", is_granted=True))[0] == 204
    _, told = await asked(plan, "ben", "GET", "/agents/ben/shift-notices")
    assert [item["kind"] for item in told["items"]] == ["excused"]


async def test_an_agents_calendar_has_their_shifts_and_no_secret(plan: World) -> None:
    status, content = await asked(plan, "ben", "GET", "/agents/ben/shift-calendar")
    assert status == 200
    assert content.count(b"BEGIN:VEVENT") == 2
    assert b"team:red" in content
    assert (await asked(plan, "ben", "GET", "/agents/anna/shift-calendar"))[0] == 404


@pytest.mark.parametrize(
    ("login", "agent", "status", "whose"),
    [
        ("ben", None, 200, {"ben"}),
        ("ben", "anna", 404, None),
        ("lena", None, 200, {"anna", "ben"}),
        ("lena", "carla", 404, None),
        ("kurt", None, 200, None),
        ("acme", None, 403, None),
    ],
)
async def test_attendance_is_narrowed_before_it_is_worked_out(
    plan: World, login: str, agent: str | None, status: int, whose: set[str] | None
) -> None:
    plan.shift_figures.rows = [{"agent_id": name, **A_ROW} for name in ("anna", "ben", "carla")]
    answered, told = await asked(plan, login, "GET", f"/attendance{PERIOD}" + ("" if agent is None else f"&agent={agent}"))
    assert answered == status
    if status == 200:
        assert plan.shift_figures.asked == [whose]
        assert {item["agent_id"] for item in told["items"]} == (whose or {"anna", "ben", "carla"})


@pytest.mark.parametrize("path", ["staffing", "staffing/picture"])
async def test_heads_of_a_project_that_is_not_there_are_not_found(world: World, path: str) -> None:
    status, problem = await world.ask("GET", f"/api/v1/{path}{PERIOD}&project=nothing", by="root")
    assert (status, problem["code"]) == (404, "not_found")


async def test_who_comes_while_figures_are_worked_out_is_told_to_come_again(plan: World) -> None:
    plan.shift_figures.is_busy = True
    for path in (f"/attendance{PERIOD}", f"/staffing{PERIOD}&project=acme-service"):
        status, problem = await asked(plan, "sven", "GET", path)
        assert (status, problem["code"]) == (503, "busy")


@pytest.mark.parametrize(
    "change",
    [
        {"to_at": "2026-09-25T08:00:00Z"},
        {"to_at": "2026-09-27T08:00:00Z"},
        {"headcount": 0},
        {"scope": "project", "scope_id": "nothing"},
        {"scope": "centre", "scope_id": "red"},
    ],
)
async def test_a_shift_that_cannot_be_meant_is_refused_field_by_field(plan: World, change: dict[str, Any]) -> None:
    facts = {"scope": "team", "scope_id": "red", "from_at": "2026-09-25T08:00:00Z", "to_at": "2026-09-25T12:00:00Z"}
    status, problem = await asked(plan, "sven", "POST", "/shifts", **{**facts, "headcount": 1, **change})
    assert (status, problem["code"]) == (422, "invalid")
    assert problem["fields"]


async def test_whom_a_shift_can_be_offered_to_is_told_to_who_is_bound_to_it_and_their_leaders(plan: World) -> None:
    for login, status in (("ben", 200), ("lena", 200), ("sven", 200), ("anna", 404), ("carla", 404)):
        answered, told = await asked(plan, login, "GET", "/shifts/shift-red/takers")
        assert answered == status, login
        if status == 200:
            assert told == {"items": [{"agent_id": "anna", "name": plan.directory.current.agents[AgentId("anna")].name}]}


async def test_an_offer_tells_who_makes_it_by_name(plan: World) -> None:
    named = plan.directory.current.agents[AgentId("ben")].name
    (offer,) = (await asked(plan, "anna", "GET", "/shift-requests"))[1]["swaps"]
    assert (offer["from_agent"], offer["from_name"], offer["to_agent"], offer["to_name"]) == ("ben", named, None, None)
    assert (await asked(plan, "ben", "POST", "/shifts/shift-red-2/offer", to_agent="anna"))[0] == 204
    (offer,) = (await asked(plan, "anna", "GET", "/shift-requests"))[1]["swaps"]
    assert offer["to_name"] == plan.directory.current.agents[AgentId("anna")].name


async def test_a_shifts_leader_is_somebody_who_can_lead_it(plan: World) -> None:
    body = {
        "scope": "team",
        "scope_id": "red",
        "from_at": "2026-11-30T08:00:00Z",
        "to_at": "2026-11-30T12:00:00Z",
        "headcount": 1,
    }
    for leader in ("anna", "nobody"):
        status, problem = await asked(plan, "sven", "POST", "/shifts", **body, leader=leader)
        assert (status, problem["fields"][0]["at"]) == (422, "/leader")
        assert "no team leader, supervisor or administrator in use with the log-in" in problem["fields"][0]["detail"]
    status, shown = await asked(plan, "sven", "POST", "/shifts", **body, leader="lena")
    assert (status, shown["leader"]) == (200, "lena")


@pytest.mark.parametrize(
    ("language", "told"), [("de", "gibt es in Europe/Berlin nicht"), ("en", "does not exist in Europe/Berlin")]
)
async def test_a_files_faults_are_told_in_the_askers_language(plan: World, language: str, told: str) -> None:
    body = {"format": "csv", "text": "from,to\n2027-03-28 02:30,2027-03-28 06:00\n"}
    headers = {"Accept-Language": language}
    status, said = await plan.ask("POST", f"{PREFIX}/shift-plan/import", by="sven", json=body, headers=headers)
    assert status == 200
    assert [told in fault["what"] for fault in said["faults"]] == [True]
