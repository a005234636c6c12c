"""Which call an agent finds who comes to the floor, against a look at every waiting call."""

import random

import pytest

from routing.floor import Floor
from routing.queueing import WaitingCall, rank_of
from telephony.demands import SkillNeed
from telephony.identifiers import AgentId, Instant
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at

PROJECTS = ("a", "b", "c")
AGEING_MS = 60_000
TAX = SkillNeed(skill="tax", grade=3)


def a_floor(*names: str) -> Floor:
    people = [an_agent(name, *PROJECTS, skills={"tax": 4} if name == "tess" else {}) for name in names]
    return Floor(a_centre([a_project(name) for name in PROJECTS], people, ageing_ms=AGEING_MS))


def some_calls(rng: random.Random) -> list[WaitingCall]:
    return [
        a_call(
            f"c{number:02}",
            rng.choice(PROJECTS),
            at(rng.choice((0, 20, rng.randrange(100), 100))),
            priority_weight=rng.choice((1.0, 1.0, 2.0)),
            goes_first=rng.random() < 0.05,
            needs=(TAX,) if rng.random() < 0.3 else (),
            blocked_agents=(AgentId(rng.choice(("ann", "tess"))),) if rng.random() < 0.2 else (),
            priority_ms=rng.choice((0, 0, 10_000)),
        )
        for number in range(rng.randrange(1, 25))
    ]


def may_have(name: str, call: WaitingCall) -> bool:
    return name not in call.blocked_agents and (name == "tess" or not call.needs)


@pytest.mark.parametrize("name", ["ann", "tess"])
@pytest.mark.parametrize("seed", range(60))
def test_who_comes_takes_the_most_urgent_call_they_may_have(seed: int, name: str) -> None:
    rng = random.Random(seed)
    floor, calls = a_floor("ann", "tess"), some_calls(rng)
    for call in calls:
        floor.call_waiting(call)
    assert list(floor.match(T0)) == []
    now = at(rng.choice((0, 30, 90, 110, 200)))
    left = [call for call in calls if may_have(name, call)]
    while left:
        floor.agent_available(AgentId(name), now)
        (decision,) = floor.match(now)
        best = min(left, key=lambda call: rank_of(call, now, AGEING_MS))
        assert decision.call_id == best.call_id
        left.remove(best)
        now = Instant(now + rng.randrange(3_000_000))
    floor.agent_available(AgentId(name), now)
    assert list(floor.match(now)) == []


def test_several_who_come_at_once_are_all_matched_the_most_urgent_call_first() -> None:
    floor = a_floor("ann", "ben", "tess")
    for number, project in enumerate(PROJECTS):
        floor.call_waiting(a_call(f"c{number}", project, at(10 - number)))
    assert list(floor.match(at(11))) == []
    for name in ("ann", "ben", "tess"):
        floor.agent_available(AgentId(name), at(20))
    assert [(d.call_id, d.agent_id) for d in floor.match(at(20))] == [("c2", "ann"), ("c1", "ben"), ("c0", "tess")]


def test_who_comes_after_somebody_who_left_again_is_matched() -> None:
    floor = a_floor("ann", "ben")
    floor.call_waiting(a_call("c1", "a"))
    floor.agent_available(AgentId("ann"), T0)
    floor.agent_unavailable(AgentId("ann"))
    floor.agent_available(AgentId("ben"), T0)
    assert [d.agent_id for d in floor.match(at(1))] == ["ben"]
    floor.call_waiting(a_call("c2", "a"))
    floor.agent_available(AgentId("ann"), at(2))
    assert [d.agent_id for d in floor.match(at(2))] == ["ann"]


def test_between_a_call_and_an_agent_who_came_together_the_more_urgent_call_is_matched_first() -> None:
    floor = a_floor("ann", "tess")
    floor.agent_available(AgentId("tess"), T0)
    assert list(floor.match(T0)) == []
    floor.call_waiting(a_call("plain", "a", at(1)))
    floor.call_waiting(a_call("tax", "b", at(0), needs=(TAX,)))
    floor.agent_available(AgentId("ann"), at(2))
    assert [(d.call_id, d.agent_id) for d in floor.match(at(3))] == [("tax", "tess"), ("plain", "ann")]


def test_of_two_calls_that_have_not_waited_yet_the_one_who_came_first_is_taken() -> None:
    """The switch's clock runs ahead of ours: what counts is the order of coming, not the weight."""
    floor = a_floor("ann")
    floor.call_waiting(a_call("later", "a", at(6)))
    floor.call_waiting(a_call("sooner", "b", at(5), priority_weight=9.0))
    floor.agent_available(AgentId("ann"), T0)
    assert [d.call_id for d in floor.match(at(1))] == ["sooner"]


def test_a_line_of_its_own_is_there_while_somebody_waits_in_it() -> None:
    """Tess comes into the order of those who may take what Ann may not; when nobody waits for it, into no such order."""
    floor = a_floor("ann", "tess")
    floor.agent_available(AgentId("ann"), T0)
    floor.call_waiting(a_call("tax", "a", needs=(TAX,)))
    assert list(floor.match(T0)) == []
    part = floor._parts[a_project("a").project_id]
    assert len(part.ordered) == 1
    floor.agent_available(AgentId("tess"), at(1))
    assert [(d.call_id, d.agent_id) for d in floor.match(at(1))] == [("tax", "tess")]
    assert part.ordered == []


def test_a_caller_whom_many_agents_never_get_is_given_somebody_behind_many_who_left() -> None:
    """The caller is kept from more agents than stale entries are cleared away at once."""
    names = [f"a{number:03}" for number in range(300)]
    floor = a_floor(*names)
    for number, name in enumerate(names):
        floor.agent_available(AgentId(name), at(number))
    for number, name in enumerate(names):
        if number % 2:
            floor.agent_unavailable(AgentId(name))
    floor.call_waiting(a_call("c1", "a", at(400), blocked_agents=tuple(AgentId(name) for name in names[:240])))
    assert [d.agent_id for d in floor.match(at(400))] == ["a240"]


def first_for_ann(*calls: WaitingCall, seconds: float) -> str:
    floor = a_floor("ann")
    for call in calls:
        floor.call_waiting(call)
    assert list(floor.match(T0)) == []
    floor.agent_available(AgentId("ann"), T0)
    (decision,) = floor.match(at(seconds))
    return decision.call_id


def test_of_two_who_go_first_the_one_who_waited_long_goes_before_a_heavier_one() -> None:
    heavy = a_call("lost-1", "a", at(90), goes_first=True, priority_weight=2.0)
    assert first_for_ann(heavy, a_call("lost-2", "a", at(0), goes_first=True), seconds=100) == "lost-2"


def test_a_call_has_aged_at_the_very_limit() -> None:
    heavy = a_call("heavy", "a", at(1), priority_weight=900.0)
    assert first_for_ann(heavy, a_call("old", "b", at(0)), seconds=AGEING_MS / 1_000) == "old"
    assert first_for_ann(heavy, a_call("old", "b", at(0)), seconds=AGEING_MS / 1_000 - 1) == "heavy"


def test_who_came_since_somebody_looked_is_found_by_the_next() -> None:
    floor = a_floor("ann", "ben")
    for number in range(2):
        floor.call_waiting(a_call(f"c{number}", "a", at(number)))
    floor.agent_available(AgentId("ann"), at(2))
    assert [d.call_id for d in floor.match(at(2))] == ["c0"]
    floor.agent_available(AgentId("ben"), at(3))
    floor.agent_unavailable(AgentId("ben"))
    floor.call_waiting(a_call("heavy", "a", at(3), priority_weight=50.0))
    assert list(floor.match(at(4))) == []
    floor.agent_available(AgentId("ben"), at(5))
    assert [d.call_id for d in floor.match(at(5))] == ["heavy"]


def test_the_heads_looked_at_and_those_the_agent_may_not_have_are_told() -> None:
    floor = a_floor("ann")
    floor.call_waiting(a_call("tax", "a", at(0), needs=(TAX,)))
    floor.call_waiting(a_call("plain", "b", at(1)))
    floor.call_waiting(a_call("next", "b", at(2)))
    assert list(floor.match(at(3))) == []
    for wanted in ("plain", "next"):
        floor.agent_available(AgentId("ann"), at(4))
        (decision,) = floor.match(at(5))
        assert decision.call_id == wanted
        assert [(skipped.call_id, skipped.refusal) for skipped in decision.skipped] == [("tax", "skill_missing")]
        assert decision.heads_looked_at == 2  # the one taken and the one refused


def test_each_of_many_decisions_counts_its_own_heads() -> None:
    floor = a_floor("ann", "ben")
    for number, name in enumerate(("ann", "ben")):
        floor.call_waiting(a_call(f"c{number}", "a", at(number)))
        floor.agent_available(AgentId(name), at(2))
    assert [d.heads_looked_at for d in floor.match(at(3))] == [1, 1]


def test_who_lacks_the_skill_stands_in_no_order_of_those_who_have_it() -> None:
    floor = a_floor("ann", "ben")
    floor.agent_available(AgentId("ann"), T0)
    floor.call_waiting(a_call("c1", "a", needs=(TAX,)))
    assert list(floor.match(T0)) == []  # from here on the line has an order
    floor.agent_available(AgentId("ben"), at(1))
    floor.call_waiting(a_call("c2", "a", at(2), needs=(TAX,)))
    assert list(floor.match(at(2))) == []


def test_who_found_nothing_and_comes_again_sees_who_came_meanwhile() -> None:
    floor = a_floor("ann")
    floor.call_waiting(a_call("tax", "a", needs=(TAX,)))
    assert list(floor.match(T0)) == []
    floor.agent_available(AgentId("ann"), at(1))
    assert list(floor.match(at(1))) == []
    floor.agent_unavailable(AgentId("ann"))
    floor.call_waiting(a_call("plain", "a", at(2)))
    assert list(floor.match(at(2))) == []
    floor.agent_available(AgentId("ann"), at(3))
    assert [d.call_id for d in floor.match(at(3))] == ["plain"]


@pytest.mark.parametrize("blocked", [(), (AgentId("ben"),)])
def test_of_calls_that_come_while_somebody_is_there_the_most_urgent_is_matched_first(blocked: tuple[AgentId, ...]) -> None:
    floor = a_floor("ann", "ben")
    floor.agent_available(AgentId("ann"), T0)
    assert list(floor.match(T0)) == []
    for number, project in enumerate(PROJECTS):
        floor.call_waiting(a_call(f"c{number}", project, at((5, 0, 9)[number]), blocked_agents=blocked))
    assert [d.call_id for d in floor.match(at(10))] == ["c1"]
