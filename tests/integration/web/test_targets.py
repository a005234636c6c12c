"""Whom an agent may hand a caller to: told by name to the one who has the call."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from monitor.rows import AgentRow
from routing.departments import Department
from routing.directory import Project
from routing.hours import OpeningHours
from telephony.agent.model import AgentState
from telephony.identifiers import AgentId, CallId, ClientId, ProjectId
from tests.integration.web.edge import World
from tests.integration.web.memory import a_call_row
from web.dial_refusals import DIAL_REFUSALS

CALL = "00000000-0000-7000-8000-00000000aaaa"
PATH = f"/api/v1/calls/{CALL}/targets"


def a_row(agent: str, **facts: Any) -> AgentRow:
    known: dict[str, Any] = dict.fromkeys(AgentRow.__struct_fields__)
    known |= {"agent_id": AgentId(agent), "name": agent.title(), "level": 1, "state": AgentState.AVAILABLE, "is_reachable": True}
    return AgentRow(**{**known, **facts})


@pytest.fixture
def talking(world: World) -> World:
    world.floor.call_rows[CallId(CALL)] = a_call_row(CALL, client="acme", agent="anna")
    return world


async def colleagues(world: World, *rows: AgentRow) -> dict[str, bool]:
    world.floor.agent_rows = {row.agent_id: row for row in rows}
    status, told = await world.ask("GET", PATH, by="anna")
    assert status == 200
    return {each["agent_id"]: each["is_free"] for each in told["colleagues"]}


async def test_colleagues_of_the_project_are_told_and_nobody_else(talking: World) -> None:
    assert await colleagues(talking, a_row("anna"), a_row("ben"), a_row("carla")) == {"ben": True}
    profile = talking.directory.current.agents[AgentId("ben")]
    agents = {
        **talking.directory.current.agents,
        profile.agent_id: replace(profile, blocked_clients=frozenset({ClientId("acme")})),
    }
    talking.directory.current = replace(talking.directory.current, agents=agents)
    assert await colleagues(talking, a_row("ben")) == {}


@pytest.mark.parametrize(
    ("facts", "is_free"),
    [
        ({}, True),
        ({"state": AgentState.WRAP_UP}, True),
        ({"state": AgentState.WRAP_UP, "next_state": AgentState.PAUSED}, False),
        ({"state": AgentState.TALKING}, False),
        ({"state": AgentState.PAUSED}, False),
        ({"is_reachable": False}, False),
        ({"absence": "silent"}, False),
    ],
)
async def test_who_can_be_rung_now_is_free(talking: World, facts: dict[str, Any], is_free: bool) -> None:
    assert await colleagues(talking, a_row("ben", **facts)) == {"ben": is_free}


async def test_who_never_was_on_duty_is_not_free(talking: World) -> None:
    assert await colleagues(talking) == {"ben": False}


async def test_queues_are_those_of_the_client_and_of_the_agent(talking: World) -> None:
    directory = talking.directory.current
    closed = Project(
        project_id=ProjectId("acme-night"),
        client_id=ClientId("acme"),
        name="Night",
        hours=OpeningHours(zone="Europe/Berlin", week={}),
    )
    talking.directory.current = replace(directory, projects={**directory.projects, closed.project_id: closed})
    _, told = await talking.ask("GET", PATH, by="anna")
    assert [(each["project_id"], each["is_open"]) for each in told["projects"]] == [("acme-service", True), ("acme-night", False)]


async def test_departments_are_those_of_the_calls_project(talking: World) -> None:
    directory = talking.directory.current
    project = replace(directory.projects[ProjectId("acme-service")], departments=(Department(name="technik"),))
    talking.directory.current = replace(directory, projects={**directory.projects, project.project_id: project})
    assert (await talking.ask("GET", PATH, by="anna"))[1]["departments"] == ["technik"]


async def test_only_who_has_the_call_is_told(talking: World) -> None:
    assert (await talking.ask("GET", PATH, by="ben"))[0] == 404
    talking.floor.call_rows[CallId(CALL)] = with_fields(talking.floor.call_rows[CallId(CALL)], colleague_id=AgentId("ben"))
    assert (await talking.ask("GET", PATH, by="ben"))[0] == 200
    for login in ("carla", "lena", "sven"):
        assert (await talking.ask("GET", PATH, by=login))[0] in (403, 404)


@pytest.mark.parametrize("language", ["de", "en"])
def test_whatever_comes_of_a_number_outside_has_its_words_at_the_desk(language: str) -> None:
    words = json.loads((Path(__file__).parents[3] / f"web/frontend/src/i18n/{language}.json").read_text(encoding="utf-8"))
    notes = [*DIAL_REFUSALS, "busy", "no_answer", "rejected", "invalid", "failed"]
    assert [note for note in notes if f"outside.{note}" not in words] == []
