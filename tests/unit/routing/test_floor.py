"""The floor's decisions, one rule a test."""

import pytest

from routing.directory import Directory
from routing.eligibility import Ineligibility
from routing.floor import Floor
from routing.share import InvalidWeights
from telephony.decisions import DecisionTaken
from telephony.identifiers import AgentId, CallId, ProjectId
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at


def a_floor(directory: Directory, *available: str) -> Floor:
    floor = Floor(directory)
    for agent in available:
        floor.agent_available(AgentId(agent), T0)
    return floor


def decided(floor: Floor, seconds: float = 0) -> list[tuple[str, str]]:
    return [(d.call_id, d.agent_id) for d in floor.match(at(seconds))]


def one(floor: Floor, seconds: float = 0) -> DecisionTaken:
    (decision,) = floor.match(at(seconds))
    return decision


SHOP = a_project("shop")
THREE_LEVELS = a_centre(
    [SHOP],
    [an_agent("anna", "shop", level=1), an_agent("ben", "shop", level=2), an_agent("cleo", "shop", level=3)],
)


def test_a_waiting_call_goes_to_the_available_agent() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    floor.call_waiting(a_call("c1", "shop", at(0)))
    decision = one(floor, 4)
    assert (decision.call_id, decision.agent_id, decision.project_id) == ("c1", "anna", "shop")
    assert decision.decision_id == "c1.decision.1"
    assert (decision.pass_before, decision.pass_after, decision.level, decision.weight) == (0.0, 1.0, 1, 1.0)
    assert decision.waited_ms == 4_000
    assert decision.candidates_in_all == 1
    assert decision.directory_revision == 1


def test_the_claim_takes_both_off_the_floor() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    floor.call_waiting(a_call("c1", "shop"))
    one(floor)
    assert not floor.available
    assert not floor.waiting
    assert decided(floor) == []


def test_the_decision_number_counts_the_offers_of_the_call() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    floor.call_waiting(a_call("c1", "shop", offers=2))
    assert one(floor).decision_id == "c1.decision.3"


def test_many_calls_at_once_each_get_an_agent_of_their_own() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben", "cleo")
    for n in range(5):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
    pairs = decided(floor, 10)
    assert [call for call, _ in pairs] == ["c0", "c1", "c2"]
    assert len({agent for _, agent in pairs}) == 3
    assert [c.call_id for c in floor.waiting] == ["c3", "c4"]


def test_equal_passes_go_to_the_longer_idle_then_by_id() -> None:
    floor = Floor(THREE_LEVELS)
    floor.agent_available(AgentId("cleo"), at(1))
    floor.agent_available(AgentId("ben"), at(2))
    floor.agent_available(AgentId("anna"), at(2))
    for n in range(3):
        floor.call_waiting(a_call(f"c{n}", "shop", at(3)))
    assert [agent for _, agent in decided(floor, 3)] == ["cleo", "anna", "ben"]


def test_the_greatest_weight_times_waiting_is_served_first() -> None:
    centre = a_centre([a_project("a"), a_project("b")], [an_agent("anna", "a", "b")])
    floor = Floor(centre)
    floor.call_waiting(a_call("long", "a", at(0)))
    floor.call_waiting(a_call("heavy", "b", at(6), priority_weight=3.0))
    floor.agent_available(AgentId("anna"), at(10))
    assert decided(floor, 10) == [("heavy", "anna")]  # 3 x 4 s against 10 s


def test_two_weights_within_one_queue_change_places_with_time() -> None:
    def first_at(seconds: float) -> str:
        floor = a_floor(THREE_LEVELS)
        floor.call_waiting(a_call("old", "shop", at(0)))
        floor.call_waiting(a_call("heavy", "shop", at(6), priority_weight=3.0))
        floor.agent_available(AgentId("anna"), T0)
        return one(floor, seconds).call_id

    assert first_at(8) == "old"
    assert first_at(10) == "heavy"


def test_a_call_that_lost_its_agent_goes_first() -> None:
    floor = a_floor(THREE_LEVELS)
    floor.call_waiting(a_call("old", "shop", at(0), priority_weight=100.0))
    floor.call_waiting(a_call("lost", "shop", at(50), goes_first=True))
    floor.agent_available(AgentId("anna"), at(60))
    assert decided(floor, 60) == [("lost", "anna")]


def test_a_heavier_queue_that_the_agent_cannot_serve_blocks_nobody() -> None:
    centre = a_centre(
        [a_project("vip"), a_project("shop"), a_project("bank", client="bank")],
        [an_agent("anna", "shop", "bank", blocked_clients=frozenset({"bank"}))],
    )
    floor = Floor(centre)
    floor.call_waiting(a_call("v", "vip", at(0), priority_weight=100.0))
    floor.call_waiting(a_call("b", "bank", at(0), "bank", priority_weight=50.0))
    floor.call_waiting(a_call("s", "shop", at(5)))
    floor.agent_available(AgentId("anna"), at(6))
    decision = one(floor, 10)
    assert decision.call_id == "s"
    assert [(s.call_id, s.refusal) for s in decision.skipped] == [("b", "client_blocked")]


def test_a_missed_offer_keeps_its_price_and_the_next_call_goes_to_another() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben")
    floor.call_waiting(a_call("c1", "shop"))
    assert decided(floor) == [("c1", "anna")]
    floor.agent_available(AgentId("anna"), at(20))  # missed it
    floor.call_waiting(a_call("c1", "shop", offers=1))
    assert decided(floor, 20) == [("c1", "ben")]
    assert floor.pass_of(AgentId("anna")) == 1.0


def test_a_dead_phone_that_looks_available_does_not_hold_up_the_others() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben", "cleo")
    served = []
    for n in range(30):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
        for decision in floor.match(at(n)):
            served.append(decision.agent_id)
            floor.agent_available(decision.agent_id, at(n))
    longest = max(len(run) for run in "".join("x" if a == "anna" else " " for a in served).split())
    assert longest == 1


def test_a_newcomer_starts_level_with_the_others() -> None:
    floor = a_floor(THREE_LEVELS, "ben")
    for n in range(10):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
        one(floor, n)
        floor.agent_available(AgentId("ben"), at(n))
    floor.agent_available(AgentId("anna"), at(20))
    assert floor.pass_of(AgentId("anna")) == floor.pass_of(AgentId("ben")) == 5.0


def test_a_newcomer_among_agents_who_all_talk_starts_level_too() -> None:
    floor = a_floor(THREE_LEVELS, "ben")
    for n in range(10):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
        one(floor, n)
        if n < 9:
            floor.agent_available(AgentId("ben"), at(n))
    floor.agent_available(AgentId("anna"), at(20))
    assert floor.pass_of(AgentId("anna")) == 4.5


def test_a_quiet_specialist_does_not_make_newcomers_of_a_busy_project_cheap() -> None:
    centre = a_centre([a_project("busy"), a_project("quiet")], [an_agent(n, "busy") for n in "abc"] + [an_agent("q", "quiet")])
    floor = a_floor(centre, "a", "b", "q")
    for n in range(20):
        floor.call_waiting(a_call(f"c{n}", "busy", at(n)))
        floor.agent_available(one(floor, n).agent_id, at(n))
    floor.agent_available(AgentId("c"), at(30))
    assert floor.pass_of(AgentId("c")) == 10.0


def test_a_pause_changes_no_pass() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben")
    floor.call_waiting(a_call("c1", "shop"))
    one(floor)
    floor.agent_available(AgentId("anna"), at(1))
    floor.agent_unavailable(AgentId("anna"))
    floor.agent_available(AgentId("anna"), at(2))
    assert floor.pass_of(AgentId("anna")) == 1.0


def test_saying_available_twice_keeps_the_idle_time() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    floor.agent_available(AgentId("anna"), at(9))
    assert floor.available == {"anna": T0}


def test_a_caller_who_gave_up_is_offered_to_nobody() -> None:
    floor = a_floor(THREE_LEVELS)
    floor.call_waiting(a_call("c1", "shop"))
    floor.call_gone(CallId("c1"))
    floor.call_gone(CallId("c1"))
    floor.agent_available(AgentId("anna"), T0)
    assert decided(floor) == []


def test_an_unknown_or_inactive_agent_is_offered_nothing() -> None:
    floor = Floor(a_centre([SHOP], [an_agent("anna", "shop", is_active=False)]))
    floor.agent_available(AgentId("anna"), T0)
    floor.agent_available(AgentId("ghost"), T0)
    floor.call_waiting(a_call("c1", "shop"))
    assert decided(floor) == []
    assert floor.explain_call(CallId("c1"))[AgentId("anna")].reason is Ineligibility.NOT_ACTIVE  # type: ignore[union-attr]


def test_a_new_revision_keeps_who_waits_who_is_available_and_the_passes() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    floor.restore_pass(AgentId("anna"), 7.0)
    floor.call_waiting(a_call("c1", "bank"))
    assert decided(floor) == []
    anna = an_agent("anna", "shop", "bank", level=2, level_by_project={"bank": 3})
    floor.use(a_centre([SHOP, a_project("bank", weights=(1.0, 1.0, 4.0))], [anna], revision=2))
    decision = one(floor, 1)
    assert (decision.agent_id, decision.level, decision.weight, decision.pass_before, decision.pass_after) == (
        "anna",
        3,
        4.0,
        7.0,
        7.25,
    )
    assert decision.directory_revision == 2


def test_a_revoked_certificate_counts_from_the_next_decision_on() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    floor.use(a_centre([SHOP], [an_agent("anna")], revision=2))
    floor.call_waiting(a_call("c1", "shop"))
    assert decided(floor) == []
    assert floor.why_not(AgentId("anna"), ProjectId("shop")).reason is Ineligibility.NOT_CERTIFIED  # type: ignore[union-attr]


def test_a_revision_with_impossible_weights_is_refused_and_changes_nothing() -> None:
    floor = a_floor(THREE_LEVELS, "anna")
    with pytest.raises(InvalidWeights, match=r"project shop.*0.01 to 1000"):
        floor.use(a_centre([a_project("shop", weights=(0.0, 1.0, 2.0))], [], revision=2))
    with pytest.raises(InvalidWeights, match="priority weight of project shop is nan"):
        floor.use(a_centre([a_project("shop", priority_weight=float("nan"))], [], revision=2))
    floor.call_waiting(a_call("c1", "shop"))
    assert one(floor).directory_revision == 1


def test_who_walks_away_from_a_match_in_the_middle_loses_no_decision() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben")
    floor.call_waiting(a_call("c1", "shop", at(0)))
    floor.call_waiting(a_call("c2", "shop", at(1)))
    matching = floor.match(at(2))
    next(matching)
    matching.close()  # type: ignore[attr-defined]
    assert [call for call, _ in decided(floor, 2)] == ["c2"]


def test_what_changes_between_two_decisions_counts_for_the_next() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben", "cleo")
    for n in range(3):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
    matching = floor.match(at(5))
    assert next(matching).agent_id == "anna"
    floor.agent_unavailable(AgentId("ben"))
    floor.call_gone(CallId("c1"))
    floor.call_waiting(a_call("lost", "shop", at(4), goes_first=True))
    assert [(d.call_id, d.agent_id) for d in matching] == [("lost", "cleo")]


def test_the_first_five_candidates_are_kept_the_chosen_one_first() -> None:
    names = [f"agent{n}" for n in range(8)]
    floor = a_floor(a_centre([SHOP], [an_agent(n, "shop", level=2) for n in names]), *names)
    floor.call_waiting(a_call("c1", "shop"))
    decision = one(floor)
    assert [c.agent_id for c in decision.candidates] == names[:5]
    assert decision.candidates_in_all == 8
    assert decision.candidates[0].level == 2


def test_after_a_restart_nobody_is_given_what_was_missed() -> None:
    floor = Floor(THREE_LEVELS)
    floor.restore_pass(AgentId("ben"), 40.0, ProjectId("shop"))  # talks; the journal's last decision says so
    floor.agent_available(AgentId("anna"), T0)
    assert floor.pass_of(AgentId("anna")) == 39.5


def test_who_was_away_in_a_call_may_be_behind_by_four_calls_and_no_more() -> None:
    def after_a_long_call(others: int, *, is_away: bool = False) -> float | None:
        floor = a_floor(THREE_LEVELS, "anna", "ben")
        floor.call_waiting(a_call("long", "shop"))
        assert decided(floor) == [("long", "anna")]
        for n in range(others):
            floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
            floor.agent_available(one(floor, n).agent_id, at(n))
        if is_away:
            floor.agent_away(AgentId("anna"))
        floor.agent_available(AgentId("anna"), at(999))
        return floor.pass_of(AgentId("anna"))

    assert after_a_long_call(10) == 1.0  # the others stand at 5
    assert after_a_long_call(20) == 6.0  # the others stand at 10
    assert after_a_long_call(10, is_away=True) == 1.0  # a pause right after the call takes nothing of that
    assert after_a_long_call(20, is_away=True) == 6.0


def stood_at(floor: Floor, **passes: float) -> None:
    for agent_id, share_pass in passes.items():
        floor.restore_pass(AgentId(agent_id), share_pass)


def test_who_pauses_comes_back_as_far_behind_the_next_as_they_were() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben")
    stood_at(floor, anna=3.0, ben=4.5)
    floor.agent_away(AgentId("anna"))
    floor.agent_available(AgentId("anna"), at(1))
    assert floor.pass_of(AgentId("anna")) == 3.0  # nothing happened meanwhile
    floor.agent_away(AgentId("anna"))
    for n in range(4):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
        floor.agent_available(one(floor, n).agent_id, at(n))
    floor.agent_available(AgentId("anna"), at(9))
    assert (floor.pass_of(AgentId("ben")), floor.pass_of(AgentId("anna"))) == (6.5, 5.0)


def test_who_pauses_comes_back_as_far_ahead_of_the_next_as_they_were() -> None:
    floor = a_floor(THREE_LEVELS, "anna", "ben")
    stood_at(floor, anna=4.0, ben=3.0)
    floor.agent_away(AgentId("anna"))
    for n in range(4):
        floor.call_waiting(a_call(f"c{n}", "shop", at(n)))
        floor.agent_available(one(floor, n).agent_id, at(n))
    floor.agent_available(AgentId("anna"), at(9))
    assert (floor.pass_of(AgentId("ben")), floor.pass_of(AgentId("anna"))) == (5.0, 6.0)


def test_who_is_ahead_for_calls_of_a_busy_project_is_not_ahead_in_a_quiet_one() -> None:
    people = [an_agent("anna", "busy", "quiet"), an_agent("ben", "busy"), an_agent("cleo", "quiet")]
    floor = a_floor(a_centre([a_project("busy"), a_project("quiet")], people), "anna", "ben", "cleo")
    stood_at(floor, anna=100.0, ben=100.0, cleo=3.0)
    floor.agent_away(AgentId("anna"))
    for n in range(5):
        floor.call_waiting(a_call(f"c{n}", "quiet", at(n)))
        floor.agent_available(one(floor, n).agent_id, at(n))
    floor.agent_available(AgentId("anna"), at(9))
    assert floor.pass_of(AgentId("anna")) == 100.0


def test_after_a_restart_who_came_back_to_the_floor_since_their_last_call_is_lifted_as_well() -> None:
    floor = a_floor(THREE_LEVELS, "anna")  # back since yesterday, and no call since
    floor.restore_pass(AgentId("ben"), 40.0, ProjectId("shop"))
    floor.restore_pass(AgentId("anna"), 7.0)
    assert floor.pass_of(AgentId("anna")) == 35.5
