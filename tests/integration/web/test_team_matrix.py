"""The matrix of permissions, its dimension team: what a team leader may look at or do, at everybody who is not of the team."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from routing.aftercall.orders import OrderId
from routing.departments import Department
from routing.directory import AgentProfile
from telephony.decisions import Candidate, DecisionTaken, RefusedAgent, SkippedHead
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, DecisionId, EventId, PartyId, ProjectId
from telephony.transfers import TransferRequested
from tests.integration.web.edge import World
from tests.integration.web.memory import T0, Person, a_call_row
from tests.integration.web.memory_aftercall import a_suggestion, an_order
from tests.integration.web.memory_levels import a_contest, a_proposal, a_review
from tests.integration.web.memory_quality import populate_quality
from tests.integration.web.stories import a_talk, an_alert
from tests.integration.web.test_permission_matrix import BODIES, GUARDED, OWN, QUERIES
from web.permissions import PERMISSIONS, Role, Scope
from web.routes import PREFIX, Needs, Route
from web.schemas.types import instant

STRANGERS: Mapping[str, tuple[str, str | None]] = {
    "dora": ("acme", "blue"),
    "carl": ("bolt", "blue"),
    "emil": ("acme", None),
    "otto": ("bolt", "Red"),
}
"""By name: the client they work for and their team. All ids are as long as those that do not exist."""
UNKNOWN = {
    **OWN,
    "agent_id": "nobo",
    "call_id": "00000000-0000-7000-8000-0000000none0",
    "project_id": "none-service",
    "team_id": "nope",
    "proposal_id": "proposal-nobo",
    "lead_list_id": "list-none",
    "import_no": "9",
    "order_id": "order-nobo",
    "survey_id": "survey-none",
    "emergency_id": "emergency-nobo",
    "review_id": "review-nobo",
}


def call_of(agent: str) -> str:
    return f"00000000-0000-7000-8000-0000000{agent}0"


def of_team(route: Route) -> bool:
    assert isinstance(route.access, Needs)
    return PERMISSIONS[route.access.resource, route.access.action].get(Role.TEAM_LEADER) is Scope.TEAM


TEAM_ROUTES = [
    route for route in GUARDED if of_team(route) and not any(each in route.path for each in ("/message", "shift", "/attendance"))
]
"""Messages belong to projects, not to people: test_permission_matrix.py has them; shifts are in test_shifts.py."""
OF_NAMED_THINGS = [route for route in TEAM_ROUTES if "{" in route.path]
LISTS = [route for route in TEAM_ROUTES if "{" not in route.path and route.name != "show_level_rule"]


@pytest.fixture
def floor(world: World) -> World:
    """Anna and ben are lena's red team, as in the whole matrix; strangers work beside them, and each has a call."""
    agents = dict(world.directory.current.agents)
    for leads in (world.user("lena"), world.user("sven")):  # by whose phone they listen
        world.users.rows[leads.user_id] = replace(leads, agent_id=AgentId("ben"))
    for agent, (client, team) in STRANGERS.items():
        project = ProjectId(f"{client}-service")
        agents[AgentId(agent)] = AgentProfile(
            agent_id=AgentId(agent), name=agent.title(), level=1, certificates=frozenset({project}), team=team
        )
    projects = {
        each.project_id: replace(each, departments=(Department(name=f"{each.client_id} books"),))
        for each in world.directory.current.projects.values()
    }
    world.directory.current = replace(world.directory.current, agents=agents, projects=projects)
    for number, (agent, client) in enumerate([("anna", "acme"), *((a, c) for a, (c, _) in STRANGERS.items())]):
        call = OWN["call_id"] if agent == "anna" else call_of(agent)
        world.floor.call_rows[CallId(call)] = a_call_row(call, client=client, agent=agent)
        world.journal.envelopes += a_talk(call, client=client, agent=agent, first_seq=100 * number + 1)
        world.parties.rows[PartyId(f"party-{call}")] = Person("+4917712345", "Erika")
        world.phone_use.rows[CallId(call)] = AgentId(agent)
        world.levels.rows[f"proposal-{agent}"] = a_proposal(f"proposal-{agent}", agent)
        world.levels.review_rows[agent] = a_review(agent, instant(datetime(2026, 1, 2, tzinfo=UTC)))
        world.contests.rows[agent] = a_contest(agent, agent)
        order = an_order(client, agent, call)
        world.orders.rows[OrderId(f"order-{agent}")] = order
        world.floor.emergency_rows[EventId(f"emergency-{agent}")] = an_alert(agent)
        world.suggestions.rows[agent] = a_suggestion(agent)
    agents_of = [("acme", "anna"), *((client, agent) for agent, (client, _) in STRANGERS.items())]
    populate_quality(world.quality_forms, world.quality_reviews, world.user_of("rita").user_id, agents_of)
    return world


def path_of(route: Route, ids: Mapping[str, str]) -> str:
    return PREFIX + route.path.format(**ids) + QUERIES.get(route.name, "")


async def answer(world: World, route: Route, ids: Mapping[str, str]) -> tuple[int, dict[str, str], Any]:
    """What lena is answered, but for what tells of the moment and of the address she asked."""
    headers = {"Authorization": f"Bearer {world.token('lena')}"}
    async with world.client.request(
        route.method, world.url + path_of(route, ids), headers=headers, json=BODIES.get(route.name)
    ) as response:
        body = await response.json() if response.content_type.endswith("json") else await response.read()
        if isinstance(body, dict):
            body.pop("instance", None)
        return response.status, {k: v for k, v in response.headers.items() if k not in ("Date", "X-Request-ID")}, body


@pytest.mark.parametrize("stranger", list(STRANGERS))
@pytest.mark.parametrize("route", OF_NAMED_THINGS, ids=lambda r: r.name)
async def test_who_is_of_another_team_is_answered_like_nobody(floor: World, route: Route, stranger: str) -> None:
    is_of_client = STRANGERS[stranger][0] == "acme"
    if any(each in route.path for each in ("project_id", "/lead-", "/surveys/")) and is_of_client:
        return  # the team has that project, its lead lists and surveys, too: test_permission_matrix.py has the others
    ids = {**OWN, "agent_id": stranger, "call_id": call_of(stranger), "project_id": "bolt-service", "team_id": "blue"}
    ids |= {"proposal_id": f"proposal-{stranger}", "lead_list_id": "list-bolt", "import_no": "2"}
    ids |= {
        "review_id": f"review-{stranger}",
        "order_id": f"order-{stranger}",
        "survey_id": "survey-bolt",
        "emergency_id": f"emergency-{stranger}",
    }
    foreign = await answer(floor, route, ids)
    assert foreign == await answer(floor, route, UNKNOWN)
    assert foreign[0] == 404
    assert floor.intents.asked == []
    assert floor.audit.deeds == []


@pytest.mark.parametrize("route", OF_NAMED_THINGS, ids=lambda r: r.name)
async def test_the_own_team_is_open_and_every_team_to_a_supervisor(floor: World, route: Route) -> None:
    assert (await answer(floor, route, OWN))[0] in (200, 204)
    assert isinstance(route.access, Needs)
    if PERMISSIONS[route.access.resource, route.access.action].get(Role.SUPERVISOR) is not Scope.ALL:
        return
    for stranger in STRANGERS:
        ids = {**OWN, "agent_id": stranger, "call_id": call_of(stranger)}
        body = {"endpoint_id": "phone-anna"} if route.name == "log_in_agent" else BODIES.get(route.name)
        status, _ = await floor.ask(route.method, path_of(route, ids), by="sven", json=body)
        assert status in ((409,) if route.name == "log_in_agent" else (200, 204)), stranger


@pytest.mark.parametrize("route", [r for r in LISTS if not r.name.startswith("export_")], ids=lambda r: r.name)
async def test_lists_do_not_name_who_is_of_another_team(floor: World, route: Route) -> None:
    _, _, told = await answer(floor, route, OWN)
    assert told["items"]
    assert [name for name in (*STRANGERS, "carla", "bolt") if name in str(told).lower()] == []


async def test_who_leaves_the_team_is_out_of_reach_with_the_next_request(floor: World) -> None:
    path = f"{PREFIX}/agents/ben/pause"
    assert (await floor.ask("POST", path, by="lena", json={"pause_reason": "x"}))[0] == 204
    now = floor.directory.current
    agents = {**now.agents, AgentId("ben"): replace(now.agents[AgentId("ben")], team="blue")}
    floor.directory.current = replace(now, revision=now.revision + 1, agents=agents)
    assert (await floor.ask("POST", path, by="lena", json={"pause_reason": "x"}))[0] == 404
    _, told = await floor.ask("GET", f"{PREFIX}/agents", by="lena")
    assert [item["agent_id"] for item in told["items"]] == ["anna"]


@pytest.mark.parametrize(("agent", "colleague", "ends"), [("anna", "dora", 204), ("dora", "anna", 404)])
async def test_a_call_shared_with_another_team_names_the_own_people_and_ends_by_the_agents_leader_only(
    floor: World, agent: str, colleague: str, ends: int
) -> None:
    call = call_of("zoe")
    row = a_call_row(call, client="acme", agent=agent)
    floor.floor.call_rows[CallId(call)] = with_fields(row, colleague_id=AgentId(colleague))
    _, told = await floor.ask("GET", f"{PREFIX}/calls", by="lena")
    shared = next(item for item in told["items"] if item["call_id"] == call)
    assert {shared["agent_id"], shared["colleague_id"]} == {"anna", None}
    assert (await floor.ask("POST", f"{PREFIX}/calls/{call}/hang-up", by="lena"))[0] == ends
    assert len(floor.intents.asked) == (ends == 204)


def decided(call: str, agent: str, *others: str) -> DecisionTaken:
    compared = [AgentId(name) for name in dict.fromkeys((agent, *others))]
    return DecisionTaken(
        decision_id=DecisionId(f"{call}.1"),
        call_id=CallId(call),
        agent_id=AgentId(agent),
        project_id=ProjectId("acme-service"),
        level=1,
        weight=1.0,
        pass_before=0.0,
        pass_after=1.0,
        waited_ms=1,
        candidates=tuple(Candidate(agent_id=each, level=1, share_pass=0.0, idle_since=T0) for each in compared),
        candidates_in_all=2,
        skipped=(SkippedHead(call_id=CallId(call_of("dora")), project_id=ProjectId("acme-service"), refusal="x"),),
        heads_looked_at=2,
        rule_version="1",
        directory_revision=1,
        refused=(RefusedAgent(agent_id=AgentId("dora"), share_pass=0.0, refusal="blocked_client"),),
    )


def an_event(seq: int, event: DecisionTaken | TransferRequested, agent_id: AgentId | None) -> Envelope:
    return Envelope(
        seq=seq,
        event_id=EventId(f"e{seq}"),
        occurred_at=T0,
        received_at=T0,
        event=event,
        call_id=event.call_id,
        agent_id=agent_id,
    )


async def test_a_callers_story_names_nobody_of_another_team(floor: World) -> None:
    call = CallId(OWN["call_id"])
    handed = TransferRequested(call_id=call, agent_id=AgentId("dora"), to_agent_id=AgentId("dora"))
    floor.journal.envelopes.append(an_event(901, decided(call, "anna", "dora"), AgentId("anna")))
    floor.journal.envelopes.append(an_event(902, handed, None))
    _, told = await floor.ask("GET", f"{PREFIX}/calls/{call}", by="lena")
    assert [len(told["decisions"][0][each]) for each in ("candidates", "refused", "skipped")] == [1, 0, 0]
    assert "dora" not in str(told)
    _, in_words = await floor.ask("GET", f"{PREFIX}/calls/{call}/story", by="lena")
    assert in_words["lines"]
    assert "dora" not in str(in_words).lower()
    _, whole = await floor.ask("GET", f"{PREFIX}/calls/{call}", by="sven")
    assert [len(whole["decisions"][0][each]) for each in ("candidates", "refused", "skipped")] == [2, 1, 1]
    assert whole["events"][-1]["data"]["to_agent_id"] == "dora"


async def test_why_an_agent_gets_no_calls_is_told_without_the_calls_of_another_team(floor: World) -> None:
    for seq, agent in enumerate(("anna", "dora"), start=901):
        floor.journal.envelopes.append(an_event(seq, decided(call_of(agent), agent, "anna", "dora"), AgentId(agent)))
    _, told = await floor.ask("GET", f"{PREFIX}/agents/anna/why", by="lena")
    assert [each["call_id"] for each in told["decisions"]] == [None, call_of("anna")]
    assert "dora" not in str(told).lower()


@pytest.mark.parametrize("path", ["/audit", "/journal", "/users", "/directory", "/clients", "/numbers", "/webhooks"])
async def test_of_what_belongs_to_no_team_a_leader_sees_nothing(floor: World, path: str) -> None:
    status, told = await floor.ask("GET", PREFIX + path, by="lena")
    assert (status, told["code"]) == (403, "not_allowed")
