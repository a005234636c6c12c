"""The campaign board over the API: whose calls are shown to whom."""

from dataclasses import replace
from typing import Any

import pytest

from routing.outbound.rules import ProjectOutbound
from routing.outbound.verdicts import Targets
from telephony.identifiers import AgentId, ProjectId
from tests.integration.web.edge import World

MONTH = "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
BOARD = "/api/v1/lead-lists/list-acme/board"


async def shown(world: World, by: str) -> dict[str, Any]:
    status, told = await world.ask("GET", BOARD + MONTH, by=by)
    assert status == 200, told
    return dict(told)


async def test_a_supervisor_sees_every_agent_a_team_leader_their_own_people_and_a_client_none(world: World) -> None:
    told = {by: await shown(world, by) for by in ("sven", "lena", "acme")}
    assert [each["agent_id"] for each in told["sven"]["agents"]] == ["anna", "carla"]
    assert [each["agent_id"] for each in told["lena"]["agents"]] == ["anna"]
    assert told["acme"]["agents"] is None
    assert [each["campaign"]["tally"]["calls"] for each in told.values()] == [2, 1, 2]
    assert "anna" not in str(told["acme"])
    assert world.campaigns.asked[1].agents == {AgentId("anna"), AgentId("ben")}


async def test_the_board_tells_penetration_forecast_and_targets(world: World) -> None:
    directory = world.directory.current
    project = directory.projects[ProjectId("acme-service")]
    promised = replace(project, outbound=ProjectOutbound(targets=Targets(reach_permille=100)))
    world.directory.current = replace(directory, projects={**directory.projects, project.project_id: promised})
    told = await shown(world, "sven")
    assert (told["penetration_permille"], told["leads"], told["by_state"]) == (500, 4, {"fresh": 2, "done": 2})
    assert told["forecast"] == {"open_leads": 2, "calls_left": 4, "work_left_ms": 240_000, "successes_to_come": 1}
    assert told["campaign"]["targets"]["reach_permille"] == {"figure": 0, "target": 100, "is_met": False}
    assert told["hours"][0]["from_at"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(("by", "keys"), [("sven", ["all", "anna", "carla"]), ("lena", ["all", "anna"]), ("acme", ["all"])])
async def test_the_table_has_the_rows_that_are_shown(world: World, by: str, keys: list[str]) -> None:
    status, told = await world.ask("GET", f"{BOARD}.csv{MONTH}", by=by)
    assert status == 200
    lines = told.decode().splitlines()
    assert lines[0].startswith("key,calls,answered,leads,reached,successes")
    assert [line.partition(",")[0] for line in lines[1:]] == keys


@pytest.mark.parametrize(
    ("by", "lists"), [("sven", ["list-acme", "list-bolt"]), ("acme", ["list-acme"]), ("lena", ["list-acme"])]
)
async def test_lists_within_reach_are_told_side_by_side(world: World, by: str, lists: list[str]) -> None:
    _, told = await world.ask("GET", f"/api/v1/campaigns{MONTH}", by=by)
    assert [each["list_id"] for each in told["items"]] == lists
    _, table = await world.ask("GET", f"/api/v1/campaigns.csv{MONTH}", by=by)
    assert [line.partition(",")[0] for line in table.decode().splitlines()[1:]] == lists


async def test_agents_reviewers_and_clerks_see_no_campaigns_and_a_period_has_an_end(world: World) -> None:
    for by in ("anna", "rita", "kurt"):
        assert (await world.ask("GET", BOARD + MONTH, by=by))[0] == 403
    status, _ = await world.ask("GET", f"{BOARD}?from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z", by="sven")
    assert status == 422
