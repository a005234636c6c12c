"""Where an agent stands: what keeps every call away, who is ahead by how much, and whom of the waiting they may not have."""

from typing import Any

import pytest

from routing.explain import Hindrance
from routing.floor import Floor
from routing.standing import AgentStanding, ProjectStanding, Service, hindrances_told, project_told, standing_of
from telephony.agent.evidence import Absence
from telephony.agent.model import Agent, AgentState
from telephony.demands import SkillNeed
from telephony.identifiers import AgentId, ProjectId
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at

ANNA, BEN = AgentId("anna"), AgentId("ben")
CENTRE = a_centre(
    [a_project("hotline"), a_project("sales"), a_project("other", client="bolt")],
    [
        an_agent("anna", "hotline", "other", skills={"tax": 2}, blocked_clients=frozenset({"bolt"})),
        an_agent("ben", "hotline", "sales"),
        an_agent("carla", "hotline", is_active=False),
    ],
)


def a_floor() -> Floor:
    """Anna and Ben are free; Ben is half a call behind."""
    floor = Floor(CENTRE)
    for agent_id, share_pass in ((ANNA, 2.0), (BEN, 2.5)):
        floor.agent_available(agent_id, T0)
        floor.restore_pass(agent_id, share_pass)
    return floor


def standing(floor: Floor, agent_id: AgentId, agent: Agent | None = None, **facts: Any) -> AgentStanding:
    free = Agent(agent_id=agent_id, state=AgentState.AVAILABLE)
    told = {"now": at(10), "is_reachable": True, "service": Service(), **facts}
    return standing_of(agent_id, agent or free, floor, CENTRE, **told)


def in_project(found: AgentStanding, project_id: str) -> tuple[ProjectStanding, tuple[str, str]]:
    project = next(p for p in found.projects if p.project_id == ProjectId(project_id))
    return project, project_told(found, project, "en", "Anna")


def test_the_smallest_pass_is_next_and_the_others_know_how_far_behind_they_are() -> None:
    floor = a_floor()
    assert in_project(standing(floor, ANNA), "hotline")[1][0] == "next"
    ben, told = in_project(standing(floor, BEN), "hotline")
    assert (ben.place, ben.available, ben.behind) == (2, 2, 0.5)
    assert told[0] == "behind"
    assert in_project(standing(floor, BEN), "sales")[1][0] == "next"


def test_what_is_never_offered_is_told_with_its_reason() -> None:
    floor = a_floor()
    assert in_project(standing(floor, ANNA), "sales")[1] == (
        "not_certified",
        "Anna is not certified for project sales; there is no exception to that.",
    )
    assert in_project(standing(floor, ANNA), "other")[1] == ("client_blocked", "Anna is blocked for client bolt.")
    assert in_project(standing(floor, AgentId("carla")), "hotline")[1][0] == "not_active"


@pytest.mark.parametrize(
    ("agent", "facts", "code"),
    [
        (Agent(agent_id=ANNA), {}, "logged_out"),
        (Agent(agent_id=ANNA, state=AgentState.PAUSED, pause_reason="lunch"), {}, "paused"),
        (Agent(agent_id=ANNA, state=AgentState.TALKING), {}, "talking"),
        (Agent(agent_id=ANNA, state=AgentState.AVAILABLE, rest_until=at(14.2)), {}, "resting"),
        (Agent(agent_id=ANNA, state=AgentState.AVAILABLE), {"is_reachable": False}, "phone_unreachable"),
        (Agent(agent_id=ANNA, state=AgentState.AVAILABLE), {"service": Service(is_draining=True)}, "draining"),
        (Agent(agent_id=ANNA, state=AgentState.AVAILABLE), {"service": Service(is_connected=False)}, "switch_away"),
        (Agent(agent_id=ANNA, state=AgentState.AVAILABLE), {"absence": Absence.BAD_LINE}, "bad_line"),
    ],
)
def test_what_keeps_every_call_away_is_told_first(agent: Agent, facts: dict[str, Any], code: str) -> None:
    floor = a_floor()
    floor.agent_unavailable(ANNA)
    found = standing(floor, ANNA, agent, **facts)
    assert not found.is_free
    assert hindrances_told(found, "de", "Anna")[0][0] == code
    assert in_project(found, "hotline")[1][0] == code


def test_a_rest_tells_the_seconds_that_are_left() -> None:
    agent = Agent(agent_id=ANNA, state=AgentState.AVAILABLE, rest_until=at(14.2))
    found = standing(a_floor(), ANNA, agent)
    assert found.hindrances == (Hindrance.RESTING,)
    assert "for 5 s more" in hindrances_told(found, "en", "Anna")[0][1]


def test_a_forced_pause_tells_until_when_and_why_and_who_stands_behind_it() -> None:
    forced = Agent(agent_id=ANNA, state=AgentState.PAUSED, pause_reason="missed_calls", forced_until=at(70))
    told = dict(hindrances_told(standing(a_floor(), ANNA, forced), "en", "Anna"))
    assert "paused Anna after too many offers" in told["forced_pause"]
    assert "ends in 1 minutes at most unless a person confirms it" in told["forced_pause"]
    confirmed = Agent(agent_id=ANNA, state=AgentState.PAUSED, pause_reason="missed_calls", pause_confirmed_by="sven")
    assert "ein Mensch bestätigt" in dict(hindrances_told(standing(a_floor(), ANNA, confirmed), "de", "Anna"))["forced_pause"]
    own = Agent(agent_id=ANNA, state=AgentState.PAUSED, pause_reason="lunch")
    assert "forced_pause" not in dict(hindrances_told(standing(a_floor(), ANNA, own), "en", "Anna"))


def test_callers_who_may_not_have_the_agent_are_counted_by_reason() -> None:
    floor = a_floor()
    for number, facts in enumerate(
        (
            {"needs": (SkillNeed(skill="tax", grade=4),)},
            {"needs": (SkillNeed(skill="law"),)},
            {"needs": (SkillNeed(skill="law"),)},
            {"blocked_agents": (ANNA,)},
            {},
        )
    ):
        floor.call_waiting(a_call(f"call{number}", "hotline", **facts))
    project, _ = in_project(standing(floor, ANNA), "hotline")
    assert project.waiting == 5
    assert project.kept_from == {"grade_too_low": 1, "skill_missing": 2, "caller_blocked": 1}


def test_looking_changes_nothing() -> None:
    floor, twin = a_floor(), a_floor()
    for each in (floor, twin):
        each.call_waiting(a_call("call", "hotline"))
    standing(floor, ANNA)
    assert list(floor.match(at(1))) == list(twin.match(at(1)))
