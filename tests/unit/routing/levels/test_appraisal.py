"""From evidence to a level: the arithmetic exact and whole, the same in any order, monotone, and steady at its thresholds."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.levels.appraisal import Appraisal, Evidence, Omission, Shortage, appraise, level_for, together
from routing.levels.rule import DEFAULT_WEIGHTS, FULL, LEVELS, LevelRule, Term, faults_of

RULE = LevelRule(least_reviews=0, least_conversations=0)


def hundredths(appraisal: Appraisal) -> dict[Term, int | None]:
    return {term.term: None if term.omission else term.points for term in appraisal.terms}


def test_the_terms_are_weighed_and_each_says_what_it_rests_on() -> None:
    evidence = Evidence(
        reviews=3,
        review_points=250,
        conversations=120,
        with_outcome=100,
        positive=40,
        planned_ms=600 * 60_000,
        kept_ms=570 * 60_000,
    )
    found = appraise(LevelRule(least_reviews=3, least_conversations=100), evidence, 1)
    assert hundredths(found) == {Term.QUALITY: 8_333, Term.OUTCOME: 4_000, Term.VOLUME: None, Term.RELIABILITY: 9_500}
    assert [term.sources for term in found.terms] == [3, 100, 120, 600]
    # (250/300 × 50 + 0.4 × 30 + 0.95 × 20) / 100 = 72.666… points
    assert (found.weight, found.score, found.level) == (100, 7_267, 2)


def test_volume_counts_only_where_it_has_a_weight_and_never_more_than_full() -> None:
    rule = replace(RULE, weights={**DEFAULT_WEIGHTS, Term.VOLUME: 10}, full_volume=100)
    assert hundredths(appraise(rule, Evidence(conversations=50), 1))[Term.VOLUME] == 5_000
    assert hundredths(appraise(rule, Evidence(conversations=5_000), 1))[Term.VOLUME] == FULL
    part_time = Evidence(reviews=1, review_points=90, conversations=10)
    assert appraise(RULE, part_time, 1).score == 9_000


def test_what_is_missing_is_left_out_and_says_why() -> None:
    found = appraise(RULE, Evidence(reviews=1, review_points=75, conversations=5), 1)
    assert {term.term: term.omission for term in found.terms} == {
        Term.QUALITY: None,
        Term.OUTCOME: Omission.NO_POSITIVE_CODES,
        Term.VOLUME: Omission.NO_WEIGHT,
        Term.RELIABILITY: Omission.NO_PLAN,
    }
    assert (found.weight, found.score) == (50, 7_500)


@pytest.mark.parametrize(
    ("evidence", "shortage"),
    [
        (Evidence(reviews=4, review_points=400, conversations=500), Shortage.TOO_FEW_REVIEWS),
        (Evidence(reviews=5, review_points=500, conversations=49), Shortage.TOO_FEW_CONVERSATIONS),
        (Evidence(reviews=5, review_points=500, conversations=50), None),
    ],
)
def test_too_little_evidence_proposes_nothing_and_says_of_what(evidence: Evidence, shortage: Shortage | None) -> None:
    found = appraise(LevelRule(), evidence, 2)
    assert found.shortage is shortage
    assert (found.level is None) is (shortage is not None)


def test_where_nothing_counts_nothing_is_proposed() -> None:
    rule = replace(RULE, weights={**dict.fromkeys(Term, 0), Term.OUTCOME: 10})
    found = appraise(rule, Evidence(reviews=9, review_points=900), 3)
    assert (found.shortage, found.level, found.score) == (Shortage.NOTHING_COUNTS, None, None)


EVIDENCE = st.builds(
    lambda scores, outcomes, idle, planned, kept: Evidence(
        reviews=len(scores),
        review_points=sum(scores),
        conversations=len(outcomes) + idle,
        with_outcome=len(outcomes),
        positive=sum(outcomes),
        planned_ms=planned or None,
        kept_ms=min(kept, planned),
    ),
    st.lists(st.integers(0, 100), max_size=20),
    st.lists(st.booleans(), max_size=40),
    st.integers(0, 600),
    st.integers(0, 10_000_000),
    st.integers(0, 10_000_000),
)
WEIGHTS = st.fixed_dictionaries({term: st.integers(0, 100) for term in Term}).filter(lambda weights: any(weights.values()))
RULES = st.builds(
    lambda weights, two, gap, margin: replace(
        RULE, weights=weights, level_2_from=two, level_3_from=min(two + gap, FULL), margin=min(margin, two - 1)
    ),
    WEIGHTS,
    st.integers(1, 9_000),
    st.integers(1, 5_000),
    st.integers(0, 1_000),
).filter(lambda rule: not list(faults_of(rule)))

BETTER: dict[str, Callable[[Evidence], Evidence]] = {
    "a better review": lambda e: replace(e, review_points=min(e.review_points + 1, e.reviews * 100)),
    "one positive outcome more": lambda e: replace(e, positive=min(e.positive + 1, e.with_outcome)),
    "one conversation more": lambda e: replace(e, conversations=e.conversations + 1),
    "a minute kept more": lambda e: replace(e, kept_ms=min(e.kept_ms + 60_000, e.planned_ms or 0)),
}


@pytest.mark.parametrize("better", list(BETTER))
@given(evidence=EVIDENCE, rule=RULES, level=st.sampled_from(LEVELS))
def test_the_score_never_falls_when_a_term_rises(better: str, evidence: Evidence, rule: LevelRule, level: int) -> None:
    before, after = appraise(rule, evidence, level), appraise(rule, BETTER[better](evidence), level)
    assert (after.score or 0) >= (before.score or 0)
    if before.level is not None and after.level is not None:
        assert after.level >= before.level


@given(parts=st.lists(EVIDENCE, max_size=6), seed=st.randoms(use_true_random=False), rule=RULES, level=st.sampled_from(LEVELS))
def test_the_order_of_evidence_does_not_matter(parts: list[Evidence], seed: object, rule: LevelRule, level: int) -> None:
    mixed = list(parts)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    assert appraise(rule, together(mixed), level) == appraise(rule, together(parts), level)


@given(evidence=EVIDENCE, rule=RULES, level=st.sampled_from(LEVELS))
def test_the_score_is_the_weighted_mean_of_its_terms_and_nothing_else(evidence: Evidence, rule: LevelRule, level: int) -> None:
    found = appraise(rule, evidence, level)
    counted = [term for term in found.terms if term.omission is None]
    assert found.weight == sum(term.weight for term in counted)
    if counted:
        exact = sum(Fraction(term.part, term.whole) * term.weight for term in counted) / found.weight * FULL
        assert found.score is not None
        assert abs(found.score - exact) <= Fraction(1, 2)
        assert 0 <= found.score <= FULL


@given(rule=RULES, score=st.integers(0, FULL), level=st.sampled_from(LEVELS))
def test_a_threshold_lifts_at_once_and_lowers_only_beyond_the_margin(rule: LevelRule, score: int, level: int) -> None:
    found = level_for(rule, score, level)
    for other in LEVELS:
        if score >= rule.threshold(other):
            assert found >= other
    if found < level:
        assert score < rule.threshold(level) - rule.margin
    if found > level:
        assert score >= rule.threshold(found)


@given(rule=RULES, score=st.integers(0, FULL), level=st.sampled_from(LEVELS))
def test_the_same_score_again_changes_nothing_more(rule: LevelRule, score: int, level: int) -> None:
    once = level_for(rule, score, level)
    assert level_for(rule, score, once) == once


@given(rule=RULES, level=st.sampled_from(LEVELS), around=st.sampled_from((2, 3)), steps=st.lists(st.integers(-1, 1), max_size=30))
def test_nobody_swings_around_a_threshold_within_the_margin(rule: LevelRule, level: int, around: int, steps: list[int]) -> None:
    """Scores that wobble by less than the margin change a level at most once."""
    threshold, wobble = rule.threshold(around), rule.margin // 2
    levels = [level := level_for(rule, max(0, min(FULL, threshold + step * wobble)), level) for step in steps]
    assert sum(one != other for one, other in pairwise(levels)) <= 1


def test_a_rule_that_cannot_be_meant_says_everything_at_once() -> None:
    bad = LevelRule(weights={Term.QUALITY: -1}, level_2_from=0, level_3_from=0, margin=-1, least_reviews=-1, full_volume=0)
    assert {fault.key for fault in faults_of(bad)} == {
        "weights",
        "weights quality",
        "thresholds",
        "margin",
        "least_reviews",
        "full_volume",
    }
    assert list(faults_of(LevelRule())) == []
