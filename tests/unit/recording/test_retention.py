"""Terms of what is recorded."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from recording.retention import (
    LONGEST,
    SHORTEST,
    RecordingClass,
    RecordingTerms,
    TermTooLong,
    access_kept_until,
    consent_kept_until,
    kept_until,
    order_kept_until,
    refusal_kept_until,
    require_terms,
    sample_kept_until,
)
from telephony.identifiers import Instant

BERLIN = ZoneInfo("Europe/Berlin")
LIMITS = {"unrated_days": (1, 180), "rated_days": (1, 180), "dispute_months": (0, 36), "order_years": (0, 3)}
DAY = 86_400_000_000


def _at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * 1_000_000)


def test_a_quality_sample_is_kept_30_days_and_90_once_rated() -> None:
    recorded = _at("2026-11-22T10:00")
    assert sample_kept_until(recorded, is_rated=False) == recorded + 30 * 86_400_000_000
    assert sample_kept_until(recorded, is_rated=True) == recorded + 90 * 86_400_000_000
    assert sample_kept_until(recorded, is_rated=True, rated_days=180) == recorded + 180 * 86_400_000_000
    for days in (0, 181):
        with pytest.raises(TermTooLong):
            sample_kept_until(recorded, is_rated=False, unrated_days=days)


@pytest.mark.parametrize(
    ("starts", "until"),
    [
        (None, "2030-01-01T00:00"),
        ("2026-12-01T00:00", "2027-06-01T00:00"),
        ("2027-08-31T00:00", "2028-02-29T00:00"),
        ("2029-12-31T00:00", "2030-01-01T00:00"),
    ],
)
def test_an_order_segment_is_kept_until_the_dispute_is_over_and_three_years_at_most(starts: str | None, until: str) -> None:
    begun = None if starts is None else _at(starts)
    assert order_kept_until(_at("2026-11-22T10:00"), BERLIN, contract_starts_at=begun) == _at(until)


def test_the_year_is_that_of_the_house() -> None:
    assert order_kept_until(_at("2026-12-31T23:30"), BERLIN) == _at("2030-01-01T00:00")
    assert order_kept_until(_at("2027-01-01T00:30"), BERLIN) == _at("2031-01-01T00:00")


def test_consent_access_and_refusal_have_terms_of_their_own() -> None:
    assert consent_kept_until(_at("2028-02-29T00:00"), BERLIN) == _at("2031-02-28T00:00")
    assert access_kept_until(_at("2026-11-22T10:00"), _at("2027-01-01T00:00"), BERLIN) == _at("2028-11-22T10:00")
    assert access_kept_until(_at("2026-11-22T10:00"), _at("2030-01-01T00:00"), BERLIN) == _at("2030-01-01T00:00")
    assert refusal_kept_until(Instant(0)) == 30 * 86_400_000_000


def test_a_project_that_says_nothing_keeps_what_it_records_for_the_usual_terms() -> None:
    usual = RecordingTerms(unrated_days=30, rated_days=90, dispute_months=6, order_years=3)
    assert require_terms(RecordingTerms()) == usual


@pytest.mark.parametrize("name", LIMITS)
def test_each_term_has_a_shortest_and_a_longest_and_is_named_where_it_is_neither(name: str) -> None:
    shortest, longest = LIMITS[name]
    assert (getattr(SHORTEST, name), getattr(LONGEST, name)) == (shortest, longest)
    for whole in (SHORTEST, LONGEST):
        assert require_terms(whole) is whole
    for whole, given in ((SHORTEST, shortest - 1), (LONGEST, longest + 1)):
        with pytest.raises(TermTooLong) as refused:
            require_terms(replace(whole, **{name: given}))
        assert refused.value.facts == {"name": name, "shortest": shortest, "longest": longest}


def test_what_was_rated_is_not_kept_for_a_shorter_time_than_what_was_not() -> None:
    require_terms(RecordingTerms(unrated_days=40, rated_days=40))
    with pytest.raises(TermTooLong) as refused:
        require_terms(RecordingTerms(unrated_days=40, rated_days=39))
    assert refused.value.facts == {"name": "rated_days", "shortest": 40}


def test_a_projects_own_terms_are_those_of_its_recordings() -> None:
    terms = RecordingTerms(unrated_days=7, rated_days=14, order_years=1)
    recorded = _at("2026-11-22T10:00")
    sample, order, refused = RecordingClass.QUALITY_SAMPLE, RecordingClass.ORDER_SEGMENT, RecordingClass.REFUSED
    assert kept_until(sample, recorded, BERLIN, terms) == recorded + 7 * DAY
    assert kept_until(sample, recorded, BERLIN, terms, is_rated=True) == recorded + 14 * DAY
    assert kept_until(order, recorded, BERLIN, terms) == _at("2028-01-01T00:00")
    assert kept_until(refused, recorded, BERLIN, terms) == recorded + 30 * DAY


@pytest.mark.parametrize(
    ("starts", "until"), [("2026-10-31T00:00", "2027-04-30T00:00"), ("2026-08-31T00:00", "2027-02-28T00:00")]
)
def test_a_term_of_months_ends_on_the_last_day_of_a_shorter_month(starts: str, until: str) -> None:
    assert order_kept_until(_at("2026-08-01T10:00"), BERLIN, contract_starts_at=_at(starts)) == _at(until)
