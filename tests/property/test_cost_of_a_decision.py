"""A decision costs at most the logarithm of the agents: counted, not timed.

Two counts a turn of the floor: comparisons of passes (what heaps do inside the interpreter) and lines of `routing/` that ran
(what loops do). A line count that grew with the agents would be a scan.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import log2
from types import FrameType
from typing import Any

import pytest

from routing.floor import Floor
from telephony.identifiers import AgentId, ProjectId
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at

FEW, MANY = 64, 4_096
PROJECTS = tuple(f"p{n}" for n in range(6))


class CountedPass(float):
    """A pass that counts how often it is compared, and begets such passes."""

    compared = 0

    def __add__(self, other: float) -> "CountedPass":
        return CountedPass(float(self) + other)

    def __eq__(self, other: object) -> bool:
        CountedPass.compared += 1
        return float(self) == other

    def __lt__(self, other: float) -> bool:
        CountedPass.compared += 1
        return float(self) < float(other)

    def __gt__(self, other: float) -> bool:
        CountedPass.compared += 1
        return float(self) > float(other)

    __hash__ = float.__hash__


class Cost:
    """What one turn took."""

    def __init__(self) -> None:
        self.comparisons = 0
        self.lines = 0


@contextmanager
def counted(cost: Cost) -> Iterator[None]:
    """Adds to the cost what happens inside."""
    before, earlier = CountedPass.compared, sys.gettrace()

    def trace(frame: FrameType, event: str, _argument: Any) -> Callable[..., Any] | None:
        if frame.f_globals.get("__name__", "").split(".")[0] != "routing":
            return None
        if event == "line":
            cost.lines += 1
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(earlier)
        cost.comparisons += CountedPass.compared - before


def floor_of(agents: int, rng: random.Random) -> tuple[Floor, list[AgentId]]:
    people = [an_agent(f"a{n:05}", *rng.sample(PROJECTS, 3), level=rng.randint(1, 3)) for n in range(agents)]
    floor = Floor(a_centre([a_project(name) for name in PROJECTS], people))
    for person in people:
        floor.restore_pass(person.agent_id, CountedPass(rng.randrange(2**20) / 2**20))
        floor.agent_available(person.agent_id, T0)
    return floor, [person.agent_id for person in people]


def dearest_turns(agents: int, turns: int = 200) -> tuple[Cost, Cost]:
    """The mean turn, and the dearest by each count: a caller is given an agent, and an agent comes back."""
    rng = random.Random(agents)
    floor, _ = floor_of(agents, rng)
    mean, dearest = Cost(), Cost()
    for number in range(turns):
        now, turn = at(number + 1), Cost()
        call = a_call(f"c{number}", rng.choice(PROJECTS), now)
        with counted(turn):
            floor.call_waiting(call)
            (decision,) = floor.match(now)
        with counted(turn):
            floor.agent_available(decision.agent_id, now)
            assert list(floor.match(now)) == []
        mean.comparisons += turn.comparisons
        mean.lines += turn.lines
        dearest.comparisons = max(dearest.comparisons, turn.comparisons)
        dearest.lines = max(dearest.lines, turn.lines)
    mean.comparisons //= turns
    mean.lines //= turns
    return mean, dearest


def test_with_64_times_the_agents_a_decision_compares_no_more_passes_than_the_logarithm_says_and_runs_as_many_lines() -> None:
    few, few_at_most = dearest_turns(FEW)
    many, many_at_most = dearest_turns(MANY)
    assert few.comparisons > 0
    assert few.lines > 0
    assert many.comparisons / log2(MANY) <= 1.25 * few.comparisons / log2(FEW)
    assert many_at_most.comparisons / log2(MANY) <= 1.25 * few_at_most.comparisons / log2(FEW)
    assert many.lines <= 1.1 * few.lines
    assert many_at_most.lines <= 1.25 * few_at_most.lines


def test_coming_back_to_a_full_queue_costs_the_same_however_many_talk_and_wait() -> None:
    def cost_of_coming_back(agents: int, waiting: int) -> Cost:
        rng = random.Random(agents)
        floor, people = floor_of(agents, rng)
        for agent_id in people:
            floor.agent_unavailable(agent_id)
        for number in range(waiting):
            floor.call_waiting(a_call(f"c{number}", PROJECTS[number % len(PROJECTS)], at(number / 100)))
        assert list(floor.match(at(waiting))) == []
        cost = Cost()
        with counted(cost):
            floor.agent_available(people[0], at(waiting))
            assert len(list(floor.match(at(waiting)))) == 1
        return cost

    few, many = cost_of_coming_back(FEW, 60), cost_of_coming_back(MANY, 6_000)
    assert few.lines > 0
    assert many.lines <= 1.1 * few.lines
    assert many.comparisons <= few.comparisons + 12


@pytest.mark.parametrize("agents", [FEW, MANY])
def test_a_decision_keeps_and_looks_at_a_fixed_number_of_candidates(agents: int) -> None:
    floor, _ = floor_of(agents, random.Random(1))
    floor.call_waiting(a_call("c1", "p0", at(1)))
    (decision,) = floor.match(at(1))
    assert len(decision.candidates) == 5
    assert decision.candidates_in_all == floor.available_for(ProjectId("p0")) + 1
    assert decision.heads_looked_at == 1
