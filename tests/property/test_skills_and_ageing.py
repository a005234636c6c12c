"""Skills, preferences, priorities and last agents leave the shares and the waiting within stated bounds."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.directory import Directory
from routing.floor import Floor
from routing.queueing import WaitingCall, rank_of
from routing.share import costs_of
from telephony.decisions import Choice, DecisionTaken
from telephony.demands import PRIORITY_MS_LIMIT, SkillNeed
from telephony.identifiers import MS, SECOND, AgentId, CallId, Instant, ProjectId
from tests.property.floor_day import Day
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at

TAX = SkillNeed(skill="tax", grade=3)
AGEING_MS = 600_000


def skilled(counts: tuple[int, int, int], share: float, **settings_of_centre: object) -> Directory:
    """In every level the same share of agents has the skill."""
    people = [
        an_agent(f"level{level}.{n:02}", "shop", level=level, skills={"tax": 4} if n < share * count else {})
        for level, count in enumerate(counts, 1)
        for n in range(count)
    ]
    return a_centre([a_project("shop")], people, **settings_of_centre)


def asking(day: Day, facts: dict[str, object], share: float = 0.3) -> Day:
    """Of the day's calls this share asks for that; a function is asked anew for each."""

    def asks(call: WaitingCall) -> WaitingCall:
        if day.rng.random() >= share:
            return call
        return replace(call, **{key: value(day) if callable(value) else value for key, value in facts.items()})

    day.asks = asks
    return day


def shares(decisions: list[DecisionTaken]) -> list[float]:
    counts = Counter(d.level for d in decisions)
    return [counts[level] / len(decisions) for level in (1, 2, 3)]


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("required", {"needs": (TAX,)}),
        ("preferred", {"preferred": (TAX,), "preferred_until": Instant(T0 + 10**15)}),
        ("priority", {"priority_ms": lambda day: day.rng.choice((0, 20_000, 600_000))}),
        ("last agent", {"sticky_agent_id": lambda day: day.rng.choice(list(day.directory.agents))}),
        ("blocked", {"blocked_agents": lambda day: tuple(sorted(set(day.rng.choices(list(day.directory.agents), k=3))))}),
    ],
)
def test_shares_follow_the_weights_whatever_calls_ask_for_where_the_agents_allow_it(name: str, asks: dict[str, object]) -> None:
    day = asking(Day(skilled((10, 10, 10), 0.5), load=0.3, seed=5), asks)
    day.run(25_000)
    assert shares(day.decisions) == pytest.approx([1 / 6, 1 / 3, 1 / 2], abs=0.02), name
    if name == "preferred":
        by = Counter(d.chosen_by for d in day.decisions)
        assert by[Choice.PREFERENCE] > 1_000


@settings(max_examples=12)
@given(st.integers(0, 2**32), st.sampled_from((0.2, 0.6, 0.9)))
def test_who_is_chosen_for_a_preference_was_at_most_one_dearest_call_ahead(seed: int, load: float) -> None:
    wish = {"preferred": (TAX,), "preferred_until": Instant(T0 + 10**15)}
    day = asking(Day(skilled((4, 4, 4), 0.3), load=load, seed=seed), wish)
    dearest = max(costs_of(day.directory.default_weights, owner="test"))
    seen = Counter[str]()

    def decided(decision: DecisionTaken) -> None:
        seen[decision.chosen_by] += 1
        others = [candidate.share_pass for candidate in decision.candidates[1:]]
        assert decision.pass_before <= min(others, default=decision.pass_before) + dearest

    day.on_decision = decided
    day.run(600)


class Overtaking:
    """A floor of one project or two on which every claim is compared with all who wait on."""

    def __init__(self, directory: Directory) -> None:
        self.floor = Floor(directory)
        self.agents = list(directory.agents)
        self.calls: dict[CallId, WaitingCall] = {}

    def arrives(self, call: WaitingCall) -> None:
        self.calls[call.call_id] = call
        self.floor.call_waiting(call)

    def serve(self, now: Instant) -> list[tuple[WaitingCall, WaitingCall]]:
        """Every pair of a call that was served and one of the same agents that waits on."""
        pairs = []
        for decision in self.floor.match(now):
            served = self.calls.pop(decision.call_id)
            pairs += [(served, other) for other in self.floor.waiting]
        return pairs


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from((1.5, 4.0, 1_000.0)), st.sampled_from((1.2, 5.0)))
def test_who_has_waited_the_ageing_is_overtaken_only_by_what_came_earlier_or_little_later(
    seed: int, weight: float, overload: float
) -> None:
    """The bound: nobody who came more than the greatest priority after an aged call is served before it, whatever the weights."""
    rng = random.Random(seed)
    projects = [a_project("light"), a_project("heavy", priority_weight=weight)]
    people = [an_agent(f"agent{n}", "light", "heavy") for n in range(2)]
    scene = Overtaking(a_centre(projects, people, ageing_ms=AGEING_MS))
    now, aged = T0, 0
    for number in range(400):
        now = Instant(now + round(rng.expovariate(overload / 30) * SECOND))
        project, heavy = ("heavy", weight) if rng.random() < 0.85 else ("light", 1.0)
        priority_ms = rng.choice((0, 0, 0, 30_000, PRIORITY_MS_LIMIT))
        scene.arrives(a_call(f"c{number:03}", project, now, priority_weight=heavy, priority_ms=priority_ms))
        if rng.random() < 1 / overload:
            scene.floor.agent_available(AgentId(rng.choice(scene.agents)), now)
        for served, other in scene.serve(now):
            if now - other.urgent_since >= AGEING_MS * MS:
                aged += 1
                assert served.urgent_since <= other.urgent_since
                assert served.waiting_since <= other.waiting_since + PRIORITY_MS_LIMIT * MS
    assert aged or overload < 2


def test_a_light_call_is_served_although_heavy_ones_come_faster_than_anybody_can_serve() -> None:
    """Without ageing this one waits for ever: the heavy head has always waited nearly as long, at a thousand times the weight."""
    projects = [a_project("light"), a_project("heavy", priority_weight=1_000.0)]
    directory = a_centre(projects, [an_agent("anna", "light", "heavy")], ageing_ms=AGEING_MS)
    floor = Floor(directory)
    floor.call_waiting(a_call("light", "light", at(0)))
    served_at = None
    for number in range(3_000):
        now = at(number)
        floor.call_waiting(a_call(f"heavy{number:04}", "heavy", now, priority_weight=1_000.0))
        if number % 10 == 0:
            floor.agent_available(AgentId("anna"), now)
        if any(decision.call_id == "light" for decision in floor.match(now)):
            served_at = number
            break
    assert served_at is not None
    assert 600 <= served_at <= 610


@given(
    st.tuples(st.integers(0, 2_000), st.integers(0, 900), st.sampled_from((0.5, 1.0, 3.0))),
    st.tuples(st.integers(0, 2_000), st.integers(0, 900), st.sampled_from((0.5, 1.0, 3.0))),
)
def test_of_two_calls_of_one_weight_a_priority_overtakes_no_further_than_its_own_length(
    one: tuple[int, int, float], two: tuple[int, int, float]
) -> None:
    first = a_call("a", "shop", at(one[0]), priority_ms=one[1] * 1_000, priority_weight=one[2])
    second = a_call("b", "shop", at(two[0]), priority_ms=two[1] * 1_000, priority_weight=one[2])
    now = at(2_001)
    is_before = rank_of(second, now) < rank_of(first, now)
    if second.waiting_since > first.waiting_since + second.priority_ms * MS:
        assert not is_before


def test_a_call_for_which_nobody_is_there_holds_up_no_other() -> None:
    directory = a_centre([a_project("shop")], [an_agent("anna", "shop")])
    floor = Floor(directory)
    for number in range(50):
        floor.call_waiting(a_call(f"tax{number}", "shop", at(number), needs=(TAX,), goes_first=number % 2 == 0))
    floor.call_waiting(a_call("plain", "shop", at(100)))
    floor.agent_available(AgentId("anna"), at(100))
    [decision] = floor.match(at(101))
    assert decision.call_id == "plain"
    assert {(head.refusal, head.project_id) for head in decision.skipped} == {("skill_missing", ProjectId("shop"))}
