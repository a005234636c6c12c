"""The table of the segment is total: nothing is recorded before a yes, nothing kept without the consent on it."""

import pytest

from recording.segment import BEFORE_START, MAY_RUN, OVER, RUNNING, SegmentState
from recording.segment_actions import ask_anew, close, mark, name_person, run, start, stop, stopped_by_call
from recording.segment_facts import REQUESTS, Happening
from recording.segment_table import IMPOSSIBLE, KEPT, LATE, TRANSITIONS

STATES = list(SegmentState)


def test_every_pair_is_in_exactly_one_list() -> None:
    for state in STATES:
        for what in Happening:
            lists = [(state, what) in TRANSITIONS, (state, what) in LATE, (state, what) in IMPOSSIBLE]
            if what in REQUESTS and not lists[0]:
                assert not any(lists), (state, what)
            else:
                assert lists.count(True) == 1, (state, what)


def test_a_switch_may_tell_anything_at_any_time() -> None:
    """Nothing a switch tells is impossible: it may lie, and tell things twice."""
    told = (Happening.PROVEN, Happening.SAMPLE_PROVEN, Happening.MASKED, Happening.FAULTED, Happening.SIGN_GIVEN, Happening.ENDED)
    assert not {pair for pair in IMPOSSIBLE if pair[1] in told}


def test_the_switch_is_asked_to_record_by_one_rule_only() -> None:
    starts = [pair for pair, rule in TRANSITIONS.items() if rule.action is start]
    assert starts == [(SegmentState.YES_UNTAPED, Happening.OPENED)]
    assert {
        pair[0] for pair, rule in TRANSITIONS.items() if rule.to is SegmentState.YES_UNTAPED and pair[0] not in BEFORE_START
    } == set()


def test_only_what_has_the_consent_on_the_tape_is_kept() -> None:
    keeping = {SegmentState.CLOSING, SegmentState.CUT_KEPT, SegmentState.STOPPED}
    for (state, what), rule in TRANSITIONS.items():
        if rule.to in keeping:
            assert state in {*KEPT, *keeping}, (state, what)


def test_a_withdrawal_is_heard_wherever_something_may_be_recorded_and_nothing_is_kept_after_it() -> None:
    for state in (*BEFORE_START, *MAY_RUN):
        rule = TRANSITIONS[state, Happening.REVOKE_REQUESTED]
        assert rule.to not in (*RUNNING, *KEPT, SegmentState.CLOSING, SegmentState.CUT_KEPT, SegmentState.STOPPED), state


@pytest.mark.parametrize(
    "what", [Happening.STOP_REQUESTED, Happening.FORCED, Happening.FAULTED, Happening.SWITCH_CUT, Happening.SWITCH_BACK]
)
def test_whatever_ends_a_recording_leaves_no_state_that_runs_on(what: Happening) -> None:
    for state in (SegmentState.STARTING, *RUNNING):
        assert TRANSITIONS[state, what].to not in (SegmentState.STARTING, *RUNNING), state


def test_every_state_that_may_run_has_a_way_out_by_the_clock_or_by_the_call() -> None:
    for state in MAY_RUN:
        ways = {what for (at, what), rule in TRANSITIONS.items() if at is state and rule.to is not state}
        assert Happening.ENDED in ways, state
        assert Happening.CALL_ENDED in ways, state


def test_an_order_of_marks_is_kept() -> None:
    marks = {pair: rule.action for pair, rule in TRANSITIONS.items() if pair[1].value.endswith("mark_requested")}
    assert marks == {
        (SegmentState.RECORDING, Happening.CONSENT_MARK_REQUESTED): mark,
        (SegmentState.CONSENT_ON_TAPE, Happening.IDENTITY_MARK_REQUESTED): name_person,
        (SegmentState.CONTENT, Happening.INTENT_MARK_REQUESTED): mark,
    }


def test_what_is_over_stays_over() -> None:
    assert not [pair for pair in TRANSITIONS if pair[0] in OVER]


def test_actions_sit_where_they_belong() -> None:
    by_action = {
        rule.action: {at for (at, _), each in TRANSITIONS.items() if each.action is rule.action} for rule in TRANSITIONS.values()
    }
    assert by_action[run] == {SegmentState.STARTING}
    assert by_action[ask_anew] == {SegmentState.ASKED}
    assert by_action[stopped_by_call] == set(KEPT)
    assert by_action[stop] <= {*KEPT, SegmentState.CLOSING, SegmentState.CUT_KEPT}
    assert SegmentState.RECORDING not in {
        at for (at, what), rule in TRANSITIONS.items() if rule.action is close and what is Happening.ENDED
    }
