"""The draw by its formula, to the call and to the rate, and the day it is of."""

import hashlib
import hmac
from dataclasses import replace as with_other
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from recording.sampling import (
    SECRET_BYTES,
    Verdict,
    commitment_of,
    drawn_again,
    is_drawn,
    seed_of,
    seed_of_day,
    span_of,
    wilson,
)
from telephony.identifiers import CallId, ProjectId
from telephony.samples import SampleDrawn

BERLIN = ZoneInfo("Europe/Berlin")
SECRET = bytes(range(32))
SEED = seed_of(SECRET, "2027-01-15")
CALLS = [CallId(f"call {number}") for number in range(5_000)]


def a_draw(call_id: CallId, rate_permille: int, *, is_drawn: bool, seed: bytes = SEED) -> SampleDrawn:
    return SampleDrawn(
        call_id=call_id,
        project_id=ProjectId("nord"),
        day="2027-01-15",
        seed_sha256=hashlib.sha256(seed).hexdigest(),
        rate_permille=rate_permille,
        is_drawn=is_drawn,
    )


@pytest.mark.parametrize("rate_permille", [0, 1, 10, 500, 999, 1_000])
def test_a_call_is_drawn_by_the_first_64_bits_of_its_code_as_a_fraction(rate_permille: int) -> None:
    for call_id in CALLS:
        number = int(hmac.new(SEED, call_id.encode(), hashlib.sha256).hexdigest()[:16], 16)
        assert is_drawn(SEED, call_id, rate_permille) is (number * 1_000 < rate_permille * 2**64), call_id


def test_at_the_whole_rate_everybody_is_drawn_and_at_none_nobody() -> None:
    assert all(is_drawn(SEED, call_id, 1_000) for call_id in CALLS)
    assert not any(is_drawn(SEED, call_id, 0) for call_id in CALLS)


# -- the day and its seed ----------------------------------------------------------------------------------------------------


def test_a_days_seed_is_the_secrets_code_of_the_day() -> None:
    told = b"fernamt sampling seed 2027-01-15"
    assert hmac.new(SECRET, told, hashlib.sha256).digest() == SEED
    assert len(SECRET) == SECRET_BYTES == hashlib.sha256().digest_size


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 1, 15), 24), (date(2027, 3, 28), 23), (date(2027, 10, 31), 25)], ids=["usual", "short", "long"]
)
def test_a_day_is_from_midnight_to_midnight_in_the_zone(day: date, hours: int) -> None:
    begins_at, ends_at = span_of(day, BERLIN)
    assert datetime.fromtimestamp(begins_at / 1_000_000, BERLIN) == datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    assert ends_at - begins_at == hours * 3_600_000_000
    assert span_of(date.fromordinal(day.toordinal() + 1), BERLIN)[0] == ends_at


def test_the_seed_of_a_day_comes_with_its_span_and_never_with_its_name() -> None:
    found = seed_of_day(SECRET, date(2027, 1, 15), UTC)
    assert (found.day, found.seed) == ("2027-01-15", SEED)
    assert (found.begins_at, found.ends_at) == span_of(date(2027, 1, 15), UTC)
    assert repr(found) == "SeedOfDay(day='2027-01-15')"
    assert repr(with_other(found, seed=b"another")) == repr(found)


def test_what_is_published_binds_the_day_and_the_seed() -> None:
    digest = hashlib.sha256(SEED).hexdigest()
    published = commitment_of("2027-01-15", SEED)
    document = f'{{"day":"2027-01-15","kind":"sampling_seed","seed_sha256":"{digest}"}}'
    assert published.digest == hashlib.sha256(document.encode()).digest()
    assert replace(published, day="2027-01-16").digest != published.digest


# -- drawn again -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lies", [False, True])
@pytest.mark.parametrize("rate_permille", [0, 500, 1_000])
def test_each_draw_is_made_again_and_told_as_it_was_noted(rate_permille: int, lies: bool) -> None:
    noted = [is_drawn(SEED, call_id, rate_permille) is not lies for call_id in CALLS[:50]]
    draws = [a_draw(call_id, rate_permille, is_drawn=each) for call_id, each in zip(CALLS, noted, strict=False)]
    again = drawn_again(SEED, draws)
    assert [(each.call_id, each.rate_permille, each.is_drawn) for each in again] == [
        (call_id, rate_permille, each) for call_id, each in zip(CALLS, noted, strict=False)
    ]
    assert {each.verdict for each in again} == {Verdict.WRONG if lies else Verdict.AS_DRAWN}


def test_a_draw_by_another_seed_than_the_days_is_named_as_that_even_where_it_comes_out_alike() -> None:
    draws = [a_draw(CALLS[0], 1_000, is_drawn=each, seed=b"another") for each in (True, False)]
    assert [each.verdict for each in drawn_again(SEED, draws)] == [Verdict.OTHER_SEED, Verdict.OTHER_SEED]


# -- the interval ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 20, 0.0, 0.1611),
        (1, 20, 0.0089, 0.2361),
        (10, 100, 0.0552, 0.1744),
        (50, 100, 0.4038, 0.5962),
        (19, 20, 0.7639, 0.9911),
        (20, 20, 0.8389, 1.0),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert [round(each, 4) for each in wilson(hits, of)] == [low, high]


def test_of_nothing_counted_nothing_is_known_and_of_none_and_all_the_end_is_exact() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    for of in range(1, 200):
        assert wilson(0, of)[0] == 0.0
        assert wilson(of, of)[1] == 1.0
