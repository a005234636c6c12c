"""Work is spread over agents, time and reviewers; nobody gets their own call; two eyes are compared; reports add up."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from recording.quality.acts import Wish, done
from recording.quality.assignment import assigned, period_of, periods_back, quota
from recording.quality.calibration import is_open_to, spread_of
from recording.quality.report import Rated, reported
from recording.quality.review import Act, QualityReview
from recording.quality.rules import Rater, RatingPeriod, RatingRules
from telephony.identifiers import AgentId, Instant, UserId
from tests.quality_words import ACME, ANNA, BEN, FORM, GOOD, NOW, RITA, RITA_RATES, RULES, SVEN, a_call, a_review

ZONE = ZoneInfo("Europe/Berlin")
SVEN_RATES = Rater(user_id=SVEN, role="supervisor", is_active=True)


def at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000)


def test_weeks_and_months_begin_at_midnight_of_the_centre() -> None:
    assert period_of(at("2026-11-22T12:00"), RatingPeriod.MONTH, ZONE) == (at("2026-10-31T23:00"), at("2026-11-30T23:00"))
    assert period_of(at("2026-11-22T23:30"), RatingPeriod.WEEK, ZONE) == (at("2026-11-22T23:00"), at("2026-11-29T23:00"))
    assert period_of(at("2026-12-31T12:00"), RatingPeriod.MONTH, ZONE)[1] == at("2026-12-31T23:00")


def test_as_many_days_back_are_whole_periods_the_oldest_first() -> None:
    november, october = ("2026-10-31T23:00", "2026-11-30T23:00"), ("2026-09-30T22:00", "2026-10-31T23:00")
    september = ("2026-08-31T22:00", "2026-09-30T22:00")

    def back(now: str, days: int) -> list[tuple[Instant, Instant]]:
        return periods_back(at(now), days, RatingPeriod.MONTH, ZONE)

    def periods(*told: tuple[str, str]) -> list[tuple[Instant, Instant]]:
        return [(at(began), at(ends)) for began, ends in told]

    assert back("2026-11-22T12:00", 0) == back("2026-11-22T12:00", 21) == periods(november)
    assert back("2026-11-22T12:00", 22) == periods(october, november)
    assert back("2026-11-22T12:00", 60) == periods(september, october, november)
    assert back("2026-11-21T23:00", 21) == periods(november), "their first instant is of the period that begins with it"
    assert back("2026-11-21T23:00", 22) == periods(october, november)


def test_the_most_of_a_period_comes_in_step_with_its_time() -> None:
    period = (Instant(0), Instant(100))
    found = [quota(replace(RULES, per_agent=4), period, Instant(now)) for now in (0, 1, 25, 26, 75, 76, 100, 900)]
    assert found == [1, 1, 1, 2, 3, 4, 4, 4]


def test_who_was_rated_least_comes_first_and_who_has_least_work_gets_it() -> None:
    calls = [a_call(f"a{n}", ANNA) for n in range(5)] + [a_call(f"b{n}", BEN) for n in range(5)]
    found = assigned(calls, rated={ANNA: 2}, loads={RITA: 3}, raters=[RITA_RATES, SVEN_RATES], rules=RULES, most=3)
    assert Counter(each.call.agent_id for each in found) == {ANNA: 1, BEN: 3}
    assert Counter(each.reviewer for each in found) == {SVEN: 4} or Counter(each.reviewer for each in found)[SVEN] >= 3
    assert [each.call.agent_id for each in found[:2]] == [BEN, BEN]


def test_a_week_begins_on_its_monday_whatever_day_it_is() -> None:
    week = (at("2026-11-15T23:00"), at("2026-11-22T23:00"))
    assert {period_of(at(f"2026-11-{day}T12:00"), RatingPeriod.WEEK, ZONE) for day in range(16, 23)} == {week}


def test_a_period_counts_from_its_own_beginning_and_its_first_instant_is_one() -> None:
    period = (Instant(1_000), Instant(1_100))
    found = [quota(replace(RULES, per_agent=4), period, Instant(now)) for now in (900, 1_000, 1_026, 1_100, 1_900)]
    assert found == [1, 1, 2, 4, 4]
    assert quota(replace(RULES, per_agent=4), (Instant(1_000), Instant(1_004)), Instant(1_000)) == 1


def reviewers(loads: dict[UserId, int]) -> list[UserId]:
    """To whom four calls of one agent go, in the order in which they are given out."""
    calls = [a_call(f"a{number}", ANNA) for number in range(4)]
    found = assigned(calls, rated={}, loads=loads, raters=[SVEN_RATES, RITA_RATES], rules=RULES, most=4)
    return [each.reviewer for each in found]


def test_each_call_that_is_given_out_is_work_and_a_tie_goes_by_name() -> None:
    assert reviewers({}) == [RITA, SVEN, RITA, SVEN]
    assert reviewers({SVEN: 1}) == [RITA, RITA, SVEN, RITA]
    assert reviewers({RITA: 1}) == [SVEN, RITA, SVEN, RITA]


def test_of_agents_who_were_rated_alike_the_first_by_name_comes_first_whatever_the_digests() -> None:
    for number in range(8):
        calls = [a_call(f"a{number}", ANNA), a_call(f"b{number}", BEN)]
        found = assigned(calls, rated={}, loads={}, raters=[RITA_RATES], rules=RULES, most=4)
        assert [each.call.agent_id for each in found] == [ANNA, BEN]
        later = assigned(calls, rated={ANNA: 1}, loads={}, raters=[RITA_RATES], rules=RULES, most=4)
        assert [each.call.agent_id for each in later] == [BEN, ANNA]


def test_without_a_rater_nothing_is_given_out() -> None:
    assert assigned([a_call()], rated={}, loads={}, raters=[RITA_RATES], rules=RatingRules(), most=4) == []


_AGENTS = st.sampled_from([AgentId(name) for name in ("anna", "ben", "carla")])


@given(
    st.lists(st.tuples(_AGENTS, st.sets(_AGENTS)), max_size=30),
    st.dictionaries(_AGENTS, st.integers(0, 4)),
    st.integers(1, 4),
    st.permutations(range(30)),
)
def test_nobody_rates_their_own_call_nobody_is_over_the_most_and_the_order_of_calls_means_nothing(
    made: list[tuple[AgentId, set[AgentId]]], rated: dict[AgentId, int], most: int, order: list[int]
) -> None:
    calls = [
        replace(a_call(f"s{n}", agent), call_agents=(agent, *sorted(others - {agent}))) for n, (agent, others) in enumerate(made)
    ]
    raters = [RITA_RATES, replace(SVEN_RATES, agent_id=AgentId("ben"))]
    found = assigned(calls, rated=rated, loads={}, raters=raters, rules=RULES, most=most)
    assert len({each.call.segment_id for each in found}) == len(found)
    for each in found:
        assert each.reviewer != SVEN or "ben" not in each.call.call_agents
    for agent, count in Counter(each.call.agent_id for each in found).items():
        assert count + rated.get(agent, 0) <= most
    there = Counter(call.agent_id for call in calls)
    for agent in there:
        given_out = sum(each.call.agent_id == agent for each in found)
        assert given_out == min(there[agent], max(0, most - rated.get(agent, 0))), "rita may rate every call"
    shuffled = [calls[n] for n in order if n < len(calls)]
    assert assigned(shuffled, rated=rated, loads={}, raters=raters, rules=RULES, most=most) == found


def handed_in(reviewer: UserId, **marks: int | None) -> QualityReview:
    who = Rater(user_id=reviewer, role="reviewer", is_active=True)
    wish = Wish(act=Act.HAND_IN, judgement=replace(GOOD, marks={**GOOD.marks, **marks}))
    review = done(a_review(f"r-{reviewer}", reviewer=reviewer, calibration="c1"), wish, who, form=FORM, rules=RULES, now=NOW)
    assert isinstance(review, QualityReview)
    return review


def test_two_eyes_are_compared_by_score_and_criterion() -> None:
    spread = spread_of(FORM, (handed_in(RITA), handed_in(SVEN, needs=1, closing=3, privacy=0)))
    assert spread is not None
    assert (spread.reviewers, spread.scores, spread.spread) == ((RITA, SVEN), (8_500, 0), 8_500)
    assert spread.is_knockout_disputed
    assert [(each.criterion_id, each.spread) for each in spread.criteria] == [
        ("greeting", 0),
        ("needs", 3),
        ("closing", None),
        ("privacy", 5),
    ]


def test_neither_is_shown_the_other_before_both_are_in() -> None:
    waiting, ready = a_review("r-sven", reviewer=SVEN, calibration="c1"), handed_in(RITA)
    assert spread_of(FORM, (ready, waiting)) is None
    assert not is_open_to((ready, waiting), ready, SVEN)
    assert not is_open_to((ready, waiting), ready, UserId("u-boss"))
    assert is_open_to((ready, waiting), ready, RITA)
    both = (ready, handed_in(SVEN))
    assert is_open_to(both, ready, SVEN)
    assert is_open_to(both, ready, UserId("u-boss"))


def test_a_draft_is_open_to_its_reviewer_alone() -> None:
    assert is_open_to((), a_review(), RITA)
    assert not is_open_to((), a_review(), SVEN)


def rated(agent: AgentId, period: str = "2026-11", *, knocked: bool = False, score: int = 8_500, **marks: int | None) -> Rated:
    return Rated(
        period=period,
        project_id=ACME,
        agent_id=agent,
        form_version=1,
        marks={**GOOD.marks, **marks},
        hundredths=score,
        is_knocked_out=knocked,
    )


def test_a_report_has_a_line_of_scores_and_one_of_each_criterion() -> None:
    lines = reported(
        [rated(ANNA), rated(ANNA, score=0, knocked=True, privacy=0, needs=1), rated(BEN, "2026-10")], {(ACME, 1): FORM}
    )
    assert [(each.period, each.agent_id) for each in lines[::5]] == [("2026-10", BEN), ("2026-11", ANNA)]
    of_anna = {each.criterion_id: (each.reviews, each.mean, each.knockouts) for each in lines[5:]}
    assert of_anna == {
        None: (2, 4_250, 1),
        "greeting": (2, 10_000, 0),
        "needs": (2, 5_000, 0),
        "closing": (0, None, 0),
        "privacy": (2, 5_000, 1),
    }
