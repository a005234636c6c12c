"""Shares follow the weights wherever certificates and time allow it, and where they do not, the condition says so."""

import random
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.directory import Directory
from telephony.decisions import DecisionTaken
from telephony.identifiers import ProjectId
from tests.property.capacity import allows_the_shares, demand_of_entitlements, entitled
from tests.property.floor_day import Day
from tests.unit.routing.centre import a_centre, a_project, an_agent


def uneven(seed: int, *, agents: int, projects: int, most_certificates: int) -> Directory:
    """Agents of any level with one to so many certificates."""
    rng = random.Random(seed)
    names = [f"p{n:02}" for n in range(projects)]
    people = [
        an_agent(f"a{n:02}", *rng.sample(names, rng.randint(1, most_certificates)), level=rng.randint(1, 3))
        for n in range(agents)
    ]
    return a_centre([a_project(name) for name in names], people)


def level_shares(directory: Directory, decisions: list[DecisionTaken]) -> tuple[list[float], list[float]]:
    """Each level's part of the calls, and what the weights entitle it to."""
    counts, parts = Counter(d.level for d in decisions), entitled(directory)
    due = [sum(parts[a.agent_id] for a in directory.agents.values() if a.level == level) for level in (1, 2, 3)]
    return [counts[level] / len(decisions) for level in (1, 2, 3)], due


def test_over_100_000_calls_levels_and_agents_get_what_the_weights_say_within_two_percent_of_it() -> None:
    directory = uneven(5, agents=60, projects=12, most_certificates=4)
    demand = demand_of_entitlements(directory)
    assert allows_the_shares(directory, demand, 0.35, margin=0.05, busiest=0.6)
    day = Day(directory, load=0.35, seed=5, demand=demand)
    day.run(100_000)
    found, due = level_shares(directory, day.decisions)
    assert found == pytest.approx(due, rel=0.02)
    counts = Counter(d.agent_id for d in day.decisions)
    for agent_id, part in entitled(directory).items():
        assert counts[agent_id] / len(day.decisions) == pytest.approx(part, rel=0.02)


@settings(max_examples=8)
@given(st.integers(0, 2**32), st.integers(2, 6), st.floats(0.15, 0.45))
def test_shares_follow_the_weights_wherever_certificates_and_time_allow_it(seed: int, projects: int, load: float) -> None:
    directory = uneven(seed, agents=24, projects=projects, most_certificates=min(3, projects))
    demand = demand_of_entitlements(directory)
    assume(allows_the_shares(directory, demand, load, margin=0.05, busiest=0.7))
    day = Day(directory, load=load, seed=seed, demand=demand)
    day.run(8_000)
    found, due = level_shares(directory, day.decisions)
    assert found == pytest.approx(due, abs=0.02)


def test_where_a_project_has_more_calls_than_its_agents_are_entitled_to_the_condition_says_no_and_the_shares_differ() -> None:
    people = [an_agent(f"old{n}", "old", level=3) for n in range(4)] + [an_agent(f"new{n}", "new", level=1) for n in range(4)]
    directory = a_centre([a_project("old"), a_project("new")], people)
    demand = {ProjectId("old"): 0.5, ProjectId("new"): 0.5}
    assert not allows_the_shares(directory, demand, 0.3)
    assert allows_the_shares(directory, {ProjectId("old"): 0.75, ProjectId("new"): 0.25}, 0.3)
    day = Day(directory, load=0.3, seed=1, demand=demand)
    day.run(4_000)
    found, due = level_shares(directory, day.decisions)
    assert due == [0.25, 0.0, 0.75]
    assert found == pytest.approx([0.5, 0.0, 0.5], abs=0.02)


def test_where_a_level_is_due_more_talk_than_it_has_time_for_the_condition_says_no_and_the_shares_differ() -> None:
    people = [an_agent(f"a{n:02}", "shop", level=1 + n % 3) for n in range(30)]
    directory = a_centre([a_project("shop")], people)
    demand = {ProjectId("shop"): 1.0}
    assert allows_the_shares(directory, demand, 0.6)
    assert not allows_the_shares(directory, demand, 0.9)
    day = Day(directory, load=0.9, seed=1, demand=demand)
    day.run(6_000)
    found, due = level_shares(directory, day.decisions)
    assert found[2] < due[2] - 0.05
