"""Shares follow the weights, nobody idle is passed over without bound, and nothing is gained by staying away."""

import hashlib
import random
import subprocess
import sys
from collections import Counter
from math import floor as whole

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from routing.directory import Directory
from routing.floor import Floor
from routing.share import QUANTUM, costs_of
from telephony.decisions import DecisionTaken
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId
from tests.property.floor_day import Day, replayed
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at

WEIGHTS = st.tuples(*[st.sampled_from((0.5, 1.0, 1.5, 2.0, 3.0, 4.0))] * 3)


def pooled(counts: tuple[int, int, int], weights: tuple[float, float, float]) -> Directory:
    people = [
        an_agent(f"level{level}.{n:02}", "shop", level=level) for level, count in enumerate(counts, 1) for n in range(count)
    ]
    return a_centre([a_project("shop", weights=weights)], people)


def mixed(seed: int, agents: int = 14) -> Directory:
    """Three projects of unequal weights, agents with uneven certificates and levels of their own for some."""
    rng = random.Random(seed)
    projects = [
        a_project("p1"),
        a_project("p2", weights=(1.0, 1.0, 1.0)),
        a_project("p3", client="bank", weights=(0.5, 3.0, 4.0), priority_weight=2.0),
    ]
    people = [
        an_agent(
            f"agent{n:02}",
            *rng.sample(["p1", "p2", "p3"], rng.randint(1, 3)),
            level=rng.randint(1, 3),
            level_by_project={ProjectId("p1"): rng.randint(1, 3)} if rng.random() < 0.3 else {},
            blocked_clients=frozenset({"bank"}) if rng.random() < 0.2 else frozenset(),
        )
        for n in range(agents)
    ]
    return a_centre(projects, people)


def shares_by_level(decisions: list[DecisionTaken]) -> list[float]:
    counts = Counter(d.level for d in decisions)
    return [counts[level] / len(decisions) for level in (1, 2, 3)]


def test_at_half_load_the_default_weights_give_a_sixth_a_third_and_a_half() -> None:
    day = Day(pooled((10, 10, 10), (1.0, 2.0, 3.0)), load=0.5, seed=7)
    day.run(100_000)
    assert shares_by_level(day.decisions) == pytest.approx([1 / 6, 1 / 3, 1 / 2], abs=0.02)


@settings(max_examples=10)
@given(WEIGHTS, st.tuples(*[st.integers(4, 12)] * 3), st.integers(0, 2**32))
def test_shares_follow_the_weights_wherever_capacity_allows_it(
    weights: tuple[float, float, float], counts: tuple[int, int, int], seed: int
) -> None:
    total = sum(n * w for n, w in zip(counts, weights, strict=True))
    expected = [n * w / total for n, w in zip(counts, weights, strict=True)]
    load = 0.35
    assume(all(share * load * sum(counts) <= 0.75 * n for share, n in zip(expected, counts, strict=True)))
    day = Day(pooled(counts, weights), load=load, seed=seed)
    day.run(15_000)
    assert shares_by_level(day.decisions) == pytest.approx(expected, abs=0.02)


def test_agents_of_one_level_get_equal_shares() -> None:
    day = Day(pooled((0, 12, 0), (1.0, 2.0, 3.0)), load=0.5, seed=3)
    day.run(20_000)
    counts = Counter(d.agent_id for d in day.decisions)
    assert max(counts.values()) - min(counts.values()) <= 60  # of about 1,667 each


class PassedOver:
    """Counts, for every idle agent, the calls given to each other agent in the project with the greatest smallest pass."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.charged: dict[AgentId, float] = {}
        self.idle: dict[AgentId, tuple[ProjectId, Counter[AgentId]]] = {}
        self.most = 0
        for agent_id in day.directory.agents:
            self.begins_idling(agent_id)
        day.on_available = self.begins_idling
        day.on_decision = self.decided

    def credit(self, project_id: ProjectId) -> float:
        project = self.day.directory.projects[project_id]
        return 4 * max(costs_of(project.weights or self.day.directory.default_weights, owner="test"))

    def begins_idling(self, agent_id: AgentId) -> None:
        floor, agent = self.day.floor, self.day.directory.agents[agent_id]
        mine = [p for p in sorted(agent.certificates) if floor.why_not(agent_id, p) is None]
        if mine:
            self.idle[agent_id] = (max(mine, key=floor.smallest_pass), Counter())

    def decided(self, decision: DecisionTaken) -> None:
        chosen = decision.agent_id
        self.idle.pop(chosen, None)
        self.charged[chosen] = decision.pass_after - decision.pass_before
        cost = decision.pass_after - decision.pass_before
        for waiting, (project_id, counts) in self.idle.items():
            if project_id == decision.project_id:
                counts[chosen] += 1
                self.most = max(self.most, counts[chosen])
                assert counts[chosen] <= whole((self.charged.get(waiting, 0.0) + self.credit(project_id)) / cost) + 1


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from((0.1, 0.5, 0.8, 1.1)))
def test_an_idle_agent_is_passed_over_at_most_as_often_as_stated(seed: int, load: float) -> None:
    day = Day(mixed(seed), load=load, seed=seed)
    PassedOver(day)
    day.run(1_500)


def test_with_the_default_weights_nobody_idle_sees_one_other_agent_chosen_more_than_sixteen_times() -> None:
    day = Day(pooled((4, 4, 4), (1.0, 2.0, 3.0)), load=0.2, seed=1)
    seen = PassedOver(day)
    day.run(5_000)
    assert 3 <= seen.most <= 16


def played(directory: Directory, calls: int, absent: set[int], declines: set[int]) -> int:
    """How many calls `gamer` gets to talk to when calls come one by one and are over at once."""
    floor, gamer, talked = Floor(directory), AgentId("gamer"), 0
    for agent_id in directory.agents:
        floor.agent_available(agent_id, T0)
    for number in range(calls):
        now = at(number + 1)
        if number in absent:
            floor.agent_away(gamer)
        else:
            floor.agent_available(gamer, now)
        call, offers = a_call(f"c{number}", "shop", now), 0
        while True:
            floor.call_waiting(call)
            (decision,) = floor.match(now)
            floor.agent_available(decision.agent_id, now)
            if decision.agent_id == gamer and number in declines and offers == 0:
                offers += 1
                continue
            talked += decision.agent_id == gamer
            break
    return talked


@given(
    st.integers(1, 3),
    st.lists(st.integers(1, 3), min_size=1, max_size=5),
    st.sets(st.integers(0, 119), max_size=60),
    st.sets(st.integers(0, 119), max_size=60),
)
def test_pauses_log_outs_and_missed_offers_gain_no_call(
    level: int, others: list[int], absent: set[int], declines: set[int]
) -> None:
    people = [an_agent("gamer", "shop", level=level)] + [an_agent(f"other{n}", "shop", level=v) for n, v in enumerate(others)]
    directory = a_centre([a_project("shop")], people)
    assert played(directory, 120, absent, declines) <= played(directory, 120, set(), set()) + 1


@given(st.integers(0, 2**32))
@settings(max_examples=10)
def test_a_pass_never_falls_and_costs_are_charged_once(seed: int) -> None:
    day = Day(mixed(seed), load=0.9, seed=seed)
    passes: dict[AgentId, float] = {}

    def decided(decision: DecisionTaken) -> None:
        assert decision.pass_before >= passes.get(decision.agent_id, 0.0)
        project = day.directory.projects[decision.project_id]
        costs = costs_of(project.weights or day.directory.default_weights, owner="test")
        assert decision.pass_after - decision.pass_before == costs[decision.level - 1]
        assert decision.pass_after / QUANTUM == int(decision.pass_after / QUANTUM)
        passes[decision.agent_id] = decision.pass_after

    day.on_decision = decided
    day.run(800)


def test_no_agent_and_no_project_starves_under_uneven_certificates() -> None:
    for seed in range(8):
        day = Day(mixed(seed), load=0.5, seed=seed)
        day.run(2_000)
        eligible = {
            a
            for a in day.directory.agents
            if any(v is None or v.reason == "not_available" for v in (day.floor.why_not(a, p) for p in day.directory.projects))
        }
        assert {d.agent_id for d in day.decisions} == eligible
        assert {d.project_id for d in day.decisions} == set(day.directory.projects)


def test_a_light_call_is_served_even_while_heavier_ones_keep_the_agents_busy() -> None:
    directory = a_centre([a_project("heavy", priority_weight=10.0), a_project("light")], [an_agent("anna", "heavy", "light")])
    floor = Floor(directory)
    floor.call_waiting(a_call("light", "light", at(0)))
    for n in range(10):
        floor.call_waiting(a_call(f"backlog{n}", "heavy", at(0), priority_weight=10.0))
    for n in range(200):  # as many heavy calls come as the agent can serve: their queue never empties
        now = at(10 * n)
        floor.call_waiting(a_call(f"heavy{n}", "heavy", now, priority_weight=10.0))
        floor.agent_available(AgentId("anna"), now)
        if any(d.call_id == "light" for d in floor.match(now)):
            break
    assert now <= at(1_110)


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_every_decision_replays_byte_for_byte(seed: int) -> None:
    directory = mixed(seed)
    day = Day(directory, load=0.9, seed=seed)
    day.run(400)
    assert msgspec.json.encode(replayed(directory, day.operations)) == msgspec.json.encode(day.decisions)


def digest_of_a_day() -> str:
    day = Day(mixed(11), load=0.9, seed=11)
    day.run(400)
    return hashlib.sha256(msgspec.json.encode(day.decisions)).hexdigest()


def test_decisions_do_not_depend_on_the_order_of_any_set() -> None:
    program = "from tests.property.test_fair_share import digest_of_a_day; print(digest_of_a_day())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p or "." for p in sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert digests == {digest_of_a_day() + "\n"}


@settings(max_examples=20)
@example(seed=65272487, calls=123)
@given(st.integers(0, 2**32), st.integers(1, 300))
def test_after_a_restart_the_passes_of_the_journal_lead_to_the_same_decisions(seed: int, calls: int) -> None:
    """Restored: the last decision of each agent, who is available since when, who waits."""
    day = Day(mixed(seed), load=0.9, seed=seed)
    day.run(calls)
    restarted = Floor(day.directory)
    for agent_id, since in day.floor.available.items():
        restarted.agent_available(agent_id, since)
    last = {decision.agent_id: decision for decision in day.decisions}
    known = {agent_id: day.floor.pass_of(agent_id) or 0.0 for agent_id in {**last, **day.floor.available}}
    for agent_id in sorted(known, key=lambda who: -known[who]):
        decision = last.get(agent_id)
        is_since_then = decision is not None and decision.pass_after == known[agent_id]
        restarted.restore_pass(agent_id, known[agent_id], decision.project_id if decision and is_since_then else None)
    for call in day.floor.waiting:
        restarted.call_waiting(call)
    assert list(restarted.match(day.now)) == []
    for agent_id in day.floor.available:
        assert restarted.pass_of(agent_id) == day.floor.pass_of(agent_id)
    later = Instant(day.now + SECOND)
    for floor in (day.floor, restarted):
        for project_id in day.directory.projects:
            floor.call_waiting(a_call(f"later.{project_id}", project_id, later))
    assert list(restarted.match(later)) == list(day.floor.match(later))
