"""Terms of what is recorded."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from recording.retention import (
    TermTooLong,
    access_kept_until,
    consent_kept_until,
    order_kept_until,
    refusal_kept_until,
    sample_kept_until,
)
from telephony.identifiers import Instant

BERLIN = ZoneInfo("Europe/Berlin")


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
