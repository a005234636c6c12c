"""What a project may set for its samples: each bound to the last value that may be, and every fault at once."""

from dataclasses import replace

import pytest

from routing.sampling import AskedBy, SamplingRules, faults_of
from telephony.faults import FaultCode, Wrong

RULES = SamplingRules(rate_permille=10)
BOUNDS = {
    "rate_permille": (1, 1_000),
    "answer_within_ms": (5_000, 60_000),
    "cap_days": (1, 366),
    "longest_ms": (10_000, 900_000),
    "agent_cap": (1, 100_000),
}


def test_a_project_that_says_how_many_has_usual_rules_for_the_rest() -> None:
    whole = SamplingRules(
        rate_permille=10, asked_by=AskedBy.KEY, answer_within_ms=20_000, agent_cap=None, cap_days=30, longest_ms=900_000
    )
    assert whole == RULES
    assert list(faults_of(RULES, answers_early=True)) == []


def test_who_is_asked_by_a_key_has_to_be_answered_before_an_agent_is_there() -> None:
    assert list(faults_of(RULES, answers_early=False)) == [Wrong(FaultCode.NOT_ANSWERED_EARLY)]
    assert list(faults_of(replace(RULES, asked_by=AskedBy.AGENT), answers_early=False)) == []


@pytest.mark.parametrize("key", BOUNDS)
def test_each_number_has_a_lowest_and_a_highest(key: str) -> None:
    lowest, highest = BOUNDS[key]
    for value in (lowest, highest):
        assert list(faults_of(replace(RULES, **{key: value}), answers_early=True)) == []
    for value in (lowest - 1, highest + 1):
        wrong = Wrong(FaultCode.OUT_OF_RANGE, key=key, value=value, lowest=lowest, highest=highest)
        assert list(faults_of(replace(RULES, **{key: value}), answers_early=True)) == [wrong]


def test_all_that_is_wrong_is_said_at_once() -> None:
    rules = SamplingRules(rate_permille=0, answer_within_ms=0, agent_cap=0, cap_days=0, longest_ms=0)
    assert len(list(faults_of(rules, answers_early=False))) == 1 + len(BOUNDS)
