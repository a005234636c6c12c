"""The table of a review, who may do what in it, and that nothing said or handed in is ever lost."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.quality.acts import NotTheirs, Wish, done, hindrance
from recording.quality.review import (
    DAY,
    TRANSITIONS,
    Act,
    Judgement,
    Obstacle,
    QualityReview,
    ReviewState,
    Side,
    after,
    let_pass,
)
from recording.quality.rules import Bar, Rater, RatingRules, RuleFault, bar_to, faults_of_rules, may_be_rated
from recording.quality.score import MarkFault
from telephony.identifiers import AgentId, Instant, UserId
from tests.quality_words import ANNA, ANNA_ANSWERS, BEN, FORM, GOOD, NOW, RITA, RITA_RATES, RULES, SVEN, a_call, a_review

SVEN_LEADS = Rater(user_id=SVEN, role="supervisor", is_active=True)


def do(
    review: QualityReview, act: Act, who: Rater = RITA_RATES, *, judgement: Judgement = GOOD, words: str = "so", at: int = 0
) -> QualityReview:
    result = done(review, Wish(act=act, judgement=judgement, words=words), who, form=FORM, rules=RULES, now=Instant(NOW + at))
    assert isinstance(result, QualityReview), result
    return result


def refused(review: QualityReview, act: Act, who: Rater = RITA_RATES, *, words: str = "so", at: int = 0) -> object:
    result = done(review, Wish(act=act, judgement=GOOD, words=words), who, form=FORM, rules=RULES, now=Instant(NOW + at))
    assert not isinstance(result, QualityReview)
    return result


HANDED_IN = do(a_review(), Act.HAND_IN)
ANSWERED = do(HANDED_IN, Act.ANSWER, ANNA_ANSWERS, words="I could not hear him")
CLOSED = do(ANSWERED, Act.REPLY, words="then ask again")
DROPPED = do(a_review(), Act.DROP)
OF_STATE = {each.state: each for each in (a_review(), HANDED_IN, ANSWERED, CLOSED, DROPPED)}
BY = {Act.ANSWER: ANNA_ANSWERS}


def test_every_state_has_an_example() -> None:
    assert set(OF_STATE) == set(ReviewState)


@pytest.mark.parametrize(("state", "act"), list(product(ReviewState, [act for act in Act if act is not Act.LET_PASS])))
def test_what_the_table_does_not_name_is_refused_and_changes_nothing(state: ReviewState, act: Act) -> None:
    review, who = OF_STATE[state], BY.get(act, RITA_RATES)
    if (leads_to := TRANSITIONS.get((state, act))) is None:
        assert refused(review, act, who) is Obstacle.NOT_POSSIBLE
    else:
        assert do(review, act, who).state is leads_to


def test_a_draft_keeps_gaps_and_what_is_handed_in_has_none() -> None:
    half = do(a_review(), Act.SAVE, judgement=Judgement(marks={"greeting": 2}))
    assert half.draft.marks == {"greeting": 2}
    wish = Wish(act=Act.HAND_IN, judgement=half.draft)
    faults = done(half, wish, RITA_RATES, form=FORM, rules=RULES, now=NOW)
    assert isinstance(faults, tuple)
    assert (MarkFault.MISSING, "needs") in faults


def test_handing_in_begins_the_agents_term_and_empties_the_draft() -> None:
    review = do(do(a_review(), Act.SAVE), Act.HAND_IN, at=5)
    assert review.answer_until == NOW + 5 + 7 * DAY
    assert review.draft == Judgement()
    assert review.versions[0].score.points == 85


def test_a_correction_is_another_version_with_its_reason_and_a_term_anew() -> None:
    better = replace(GOOD, marks={**GOOD.marks, "needs": 5})
    review = do(ANSWERED, Act.CORRECT, judgement=better, words=" misheard ", at=3)
    assert [each.score.points for each in review.versions] == [85, 100]
    assert (review.versions[1].reason, review.versions[1].number, review.state) == ("misheard", 2, ReviewState.HANDED_IN)
    assert review.answer_until == NOW + 3 + 7 * DAY
    assert review.answers == ANSWERED.answers
    assert do(CLOSED, Act.CORRECT, judgement=better).closed_at is None


@pytest.mark.parametrize(("review", "act"), [(HANDED_IN, Act.CORRECT), (ANSWERED, Act.REPLY)])
def test_the_reviewer_says_why(review: QualityReview, act: Act) -> None:
    assert refused(review, act, words="  ") is Obstacle.NOTHING_SAID


def test_an_empty_answer_is_none() -> None:
    assert refused(HANDED_IN, Act.ANSWER, ANNA_ANSWERS, words=" ") is Obstacle.NOTHING_SAID


def test_the_term_ends_to_the_microsecond() -> None:
    assert do(HANDED_IN, Act.ANSWER, ANNA_ANSWERS, at=7 * DAY - 1).state is ReviewState.ANSWERED
    assert refused(HANDED_IN, Act.ANSWER, ANNA_ANSWERS, at=7 * DAY) is Obstacle.TERM_OVER
    assert let_pass(HANDED_IN, Instant(NOW + 7 * DAY - 1)) is Obstacle.NOT_POSSIBLE
    closed = let_pass(HANDED_IN, Instant(NOW + 7 * DAY))
    assert isinstance(closed, QualityReview)
    assert (closed.state, closed.closed_at) == (ReviewState.CLOSED, NOW + 7 * DAY)


def test_an_answered_review_is_not_closed_by_time() -> None:
    assert let_pass(ANSWERED, Instant(NOW + 90 * DAY)) is Obstacle.NOT_POSSIBLE


def test_a_calibration_is_closed_as_it_is_handed_in_and_the_agent_has_no_part_in_it() -> None:
    review = do(a_review(calibration="c1"), Act.HAND_IN)
    assert (review.state, review.answer_until) == (ReviewState.CLOSED, None)
    assert refused(review, Act.CORRECT) is Obstacle.CALIBRATION
    assert refused(review, Act.ANSWER, ANNA_ANSWERS) is NotTheirs.NOT_THEIRS


@pytest.mark.parametrize("act", [Act.SAVE, Act.HAND_IN, Act.REPLY, Act.CORRECT])
@pytest.mark.parametrize("review", OF_STATE.values(), ids=lambda each: each.state.value)
def test_nobody_but_its_reviewer_rates(review: QualityReview, act: Act) -> None:
    for who in (SVEN_LEADS, ANNA_ANSWERS, replace(RITA_RATES, user_id=UserId("u-other"))):
        assert refused(review, act, who) is NotTheirs.NOT_THEIRS


@pytest.mark.parametrize(
    "who",
    [
        RITA_RATES,
        SVEN_LEADS,
        replace(ANNA_ANSWERS, agent_id=BEN),
        replace(ANNA_ANSWERS, agent_id=None),
        replace(ANNA_ANSWERS, is_active=False),
    ],
)
def test_nobody_but_the_rated_agent_answers(who: Rater) -> None:
    assert refused(HANDED_IN, Act.ANSWER, who) is NotTheirs.NOT_THEIRS


def test_a_draft_is_taken_back_by_its_reviewer_or_who_gives_out_work() -> None:
    for who in (RITA_RATES, SVEN_LEADS, replace(SVEN_LEADS, role="admin")):
        assert do(a_review(), Act.DROP, who).state is ReviewState.DROPPED
    for other in (
        ANNA_ANSWERS,
        Rater(user_id=UserId("x"), role="reviewer", is_active=True),
        replace(SVEN_LEADS, is_active=False),
    ):
        assert refused(a_review(), Act.DROP, other) is NotTheirs.NOT_THEIRS


def test_time_alone_lets_a_term_pass() -> None:
    for who in (RITA_RATES, ANNA_ANSWERS, SVEN_LEADS):
        assert refused(HANDED_IN, Act.LET_PASS, who, at=9 * DAY) is NotTheirs.NOT_THEIRS


@pytest.mark.parametrize(
    ("who", "rules", "bar"),
    [
        (RITA_RATES, RULES, None),
        (SVEN_LEADS, RULES, None),
        (replace(SVEN_LEADS, role="admin"), RULES, None),
        (RITA_RATES, RatingRules(), Bar.NOT_A_RATER),
        (RITA_RATES, RatingRules(raters=(SVEN,)), Bar.NOT_A_RATER),
        (replace(RITA_RATES, is_active=False), RULES, Bar.NOT_A_RATER),
        *((replace(RITA_RATES, role=role), RULES, Bar.NOT_A_RATER) for role in ("agent", "client", "team_leader", "clerk")),
        (replace(RITA_RATES, agent_id=ANNA), RULES, Bar.ONE_OF_THE_CALL),
        (replace(RITA_RATES, agent_id=BEN), RULES, Bar.ONE_OF_THE_CALL),
        (replace(RITA_RATES, agent_id=AgentId("carla")), RULES, None),
    ],
)
def test_who_may_rate_is_named_has_a_role_for_it_and_was_not_in_the_call(who: Rater, rules: RatingRules, bar: Bar | None) -> None:
    assert bar_to(who, rules, (ANNA, BEN)) is bar


def test_rules_that_changed_since_hold_for_drafts_as_well() -> None:
    wish = Wish(act=Act.HAND_IN, judgement=GOOD)
    assert hindrance(a_review(), wish, RITA_RATES, RatingRules(raters=(SVEN,))) is NotTheirs.MAY_NOT_RATE
    both = replace(a_call(), call_agents=(ANNA, BEN))
    assert hindrance(a_review(call=both), wish, replace(RITA_RATES, agent_id=BEN), RULES) is NotTheirs.MAY_NOT_RATE


def test_an_order_is_rated_only_where_its_callee_agreed_to_that() -> None:
    told = replace(RULES, order_words="To Train our staff")
    assert may_be_rated("quality_sample", RatingRules(), "")
    assert may_be_rated("order_segment", told, "as proof of the order, and to train our staff")
    assert not may_be_rated("order_segment", told, "as proof of the order")
    assert not may_be_rated("order_segment", RatingRules(), "as proof of the order")
    assert not may_be_rated("order_segment", RatingRules(order_words="  "), "as proof of the order")


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (replace(RULES, per_agent=0), RuleFault.BAD_PER_AGENT),
        (replace(RULES, per_agent=101), RuleFault.BAD_PER_AGENT),
        (replace(RULES, answer_days=0), RuleFault.BAD_ANSWER_DAYS),
        (replace(RULES, answer_days=61), RuleFault.BAD_ANSWER_DAYS),
        (replace(RULES, raters=(RITA, RITA)), RuleFault.SAME_RATER),
    ],
)
def test_rules_with_a_fault_are_refused(rules: RatingRules, fault: RuleFault) -> None:
    assert list(faults_of_rules(rules)) == [fault]


@pytest.mark.parametrize(("per_agent", "answer_days"), [(1, 1), (100, 60)])
def test_the_least_and_the_most_may_be_set(per_agent: int, answer_days: int) -> None:
    assert list(faults_of_rules(replace(RULES, per_agent=per_agent, answer_days=answer_days))) == []


def test_the_table_names_no_way_out_of_a_dropped_review() -> None:
    assert {act for act in Act if after(ReviewState.DROPPED, act) is not None} == set()


_ACTS = st.lists(
    st.tuples(st.sampled_from(list(Act)), st.sampled_from([RITA_RATES, ANNA_ANSWERS, SVEN_LEADS]), st.integers(0, 2 * DAY)),
    max_size=25,
)


@given(_ACTS)
def test_in_no_order_of_acts_is_an_answer_or_a_version_lost(acts: list[tuple[Act, Rater, int]]) -> None:
    review, now = a_review(), int(NOW)
    taken: list[str] = []
    for number, (act, who, gone) in enumerate(acts):
        now += gone
        wish = Wish(act=act, judgement=GOOD, words=f"words {number}")
        before = review
        if act is Act.LET_PASS:
            result: object = let_pass(review, Instant(now))
        else:
            result = done(review, wish, who, form=FORM, rules=RULES, now=Instant(now))
        if isinstance(result, QualityReview):
            review = result
            taken += [wish.words] if act in (Act.ANSWER, Act.REPLY) else []
        assert review.versions[: len(before.versions)] == before.versions
        assert review.answers[: len(before.answers)] == before.answers
    assert [each.words for each in review.answers] == taken
    assert [each.number for each in review.answers] == list(range(1, len(taken) + 1))
    assert [each.number for each in review.versions] == list(range(1, len(review.versions) + 1))
    assert all(each.said_by == ANNA_ANSWERS.user_id for each in review.answers if each.side is Side.AGENT)
    assert (review.state is ReviewState.DRAFT) <= (not review.versions)
