"""Edges of metering: rounding, ties, wishes to hold that came to nothing, proofs of life."""

from hypothesis import given
from hypothesis import strategies as st

from metering.fold import fold
from metering.intervals import intersection, length, round_to_ms, rounded_to_ms, subtraction, union
from metering.lines import CallRecord, MinuteLine
from telephony.causes import EndReason, ReleaseReason
from telephony.identifiers import BridgeId
from tests.unit.metering.history import BRIDGE, CALLER, History, a_talk, at, finished

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair))), max_size=6)


def points(intervals: list[tuple[int, int]]) -> set[int]:
    return {point for start, end in intervals for point in range(start, end)}


def folded(story: History) -> tuple[CallRecord, MinuteLine]:
    outcome = fold(story.call_id, story.envelopes)
    assert outcome is not None
    return outcome.record, outcome.lines[0]


@given(INTERVALS, INTERVALS)
def test_interval_arithmetic_is_set_arithmetic_of_points(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    assert points(union(left)) == points(left)
    assert points(intersection(left, right)) == points(left) & points(right)
    assert points(subtraction(left, right)) == points(left) - points(right)
    for outcome in (union(left), intersection(left, right), subtraction(left, right)):
        assert all(start < end for start, end in outcome)
        assert outcome == union(outcome)
        assert length(outcome) == len(points(outcome))


def test_an_edge_is_rounded_half_up_and_adjacent_pieces_add_up() -> None:
    assert [round_to_ms(us) for us in (0, 499, 500, 1_499, 1_500)] == [0, 0, 1, 1, 2]
    assert rounded_to_ms([(0, 1_400), (1_400, 2_800), (2_800, 2_900)]) == [(0, 1), (1, 3)]


def test_each_edge_of_a_call_is_rounded_once() -> None:
    story = History().arrives().reserved(1, "anna").rings(3, "anna").answers(5.000_500).held(15.000_499, CALLER)
    story.unheld(25.000_500, CALLER)
    _, line = folded(finished(story, 65.000_499))
    assert line.talked_from_at == at(5.001)
    assert (line.talk_ms, line.hold_ms) == (9_999 + 39_999, 10_001)


def test_joined_and_left_in_one_instant_is_out() -> None:
    story = History().arrives().reserved(1, "anna").rings(3, "anna").answers(5)
    story.leaves(5, story.leg()).hangs_up(60, story.leg()).hangs_up(60, CALLER)
    assert folded(story.ends(60))[1].talk_ms == 0


def test_who_was_there_and_left_and_came_back_in_one_instant_is_there() -> None:
    """A consultation that is over before it began, on a switch that tells milliseconds."""
    story = a_talk()
    aside = BridgeId(f"{BRIDGE.removesuffix('.bridge')}.consult.1")
    story.leaves(30, story.leg()).joins(30, story.leg(), aside).leaves(30, story.leg(), aside).joins(30, story.leg())
    record, line = folded(finished(story, 65))
    assert (line.talk_ms, record.wait_ms) == (60_000, 5_000)


def test_a_phone_that_holds_again_in_the_instant_it_unheld_still_holds() -> None:
    story = a_talk().held(20, CALLER).unheld(30, CALLER).held(30, CALLER).unheld(40, CALLER)
    assert folded(finished(story, 65))[1].hold_ms == 20_000


def test_leaving_the_bridge_without_a_wish_to_hold_is_not_hold() -> None:
    story = a_talk()
    story.leaves(15, story.leg()).joins(16, story.leg())
    story.asks_hold(40, "anna")
    story.leaves(40, story.leg()).joins(50, story.leg())
    assert folded(finished(story, 65))[1].hold_ms == 10_000


def test_a_goodbye_in_the_instant_of_the_last_sign_of_life_is_the_end() -> None:
    story = a_talk()
    story.leaves(65, story.leg()).hangs_up(65, CALLER).ends(70)
    record, line = folded(story)
    assert (record.ended_at, line.is_estimated, line.talk_ms) == (at(65), True, 60_000)


def test_a_caller_for_whom_another_agent_is_asked_is_still_there() -> None:
    story = a_talk()
    story.leaves(30, story.leg()).hangs_up(30, story.leg()).released(30, "anna", ReleaseReason.LOST, 1).queued_again(30)
    story.reserved(40, "bert").ends(55, EndReason.ABANDONED)
    record, _ = folded(story)
    assert (record.ended_at, record.wait_ms, record.is_estimated) == (at(55), 5_000 + 25_000, True)


def test_an_open_call_has_no_record() -> None:
    story = a_talk()
    assert fold(story.call_id, story.envelopes) is None
