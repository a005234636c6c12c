"""Patience is found again from waits of which most were cut short by an answer."""

import math
from random import Random
from statistics import fmean, stdev

import pytest

from routing.whatif.chance import Sample, unit
from routing.whatif.demand import Demand
from routing.whatif.patience import NEVER_US, Patience, Waits
from telephony.identifiers import SECOND, Instant, ProjectId

MEAN_S = 90.0


def observed(callers: int, answered_after_s: float) -> tuple[Waits, list[int]]:
    """Callers of exponential patience whom an agent answers after a while; and the waits of those who gave up."""
    random, waits, gave_up = Random(7), Waits(), []
    for _ in range(callers):
        patience = round(random.expovariate(1 / MEAN_S) * SECOND)
        answer = round(random.expovariate(1 / answered_after_s) * SECOND)
        waits.add(min(patience, answer), gave_up=patience < answer)
        if patience < answer:
            gave_up.append(patience)
    return waits, gave_up


def test_censored_waits_tell_the_true_patience_where_those_who_gave_up_do_not() -> None:
    waits, gave_up = observed(20_000, answered_after_s=30)
    patience = Patience(waits)
    drawn = [patience.after(unit(1, n)) / SECOND for n in range(20_000)]
    assert sum(gave_up) / len(gave_up) / SECOND < 30  # what one would take it for without the answered
    assert sum(drawn) / len(drawn) == pytest.approx(MEAN_S, rel=0.08)
    for second in (10, 30, 60, 90):
        assert patience.surviving(second) == pytest.approx(math.exp(-second / MEAN_S), abs=0.03)


def test_the_estimate_is_kaplan_and_meiers_by_hand() -> None:
    waits = Waits()
    for second, gave_up, left in ((0, 2, 0), (1, 0, 4), (2, 4, 0)):
        for _ in range(gave_up):
            waits.add(second * SECOND, gave_up=True)
        for _ in range(left):
            waits.add(second * SECOND, gave_up=False)
    for _ in range(10):
        waits.add(500 * SECOND, gave_up=False)
    patience = Patience(waits)
    assert patience.surviving(1) == pytest.approx(18 / 20)
    assert patience.surviving(2) == pytest.approx(18 / 20)
    assert patience.surviving(3) == pytest.approx(18 / 20 * 10 / 14)


def test_where_nobody_gave_up_nobody_ever_does() -> None:
    waits = Waits()
    for n in range(100):
        waits.add(n * SECOND, gave_up=False)
    assert Patience(waits).after(0.99999) <= NEVER_US
    assert Patience(waits).after(0.5) > 3_600 * SECOND


def test_patience_falls_as_the_chance_rises() -> None:
    patience = Patience(observed(2_000, answered_after_s=60)[0])
    drawn = [patience.after(n / 1_000) for n in range(1_000)]
    assert drawn == sorted(drawn, reverse=True)


def test_a_sample_is_bounded_and_stays_like_what_was_seen() -> None:
    sample = Sample(64)
    for n in range(10_000):
        sample.add((n, 0))
    assert len(sample.values) == 64
    assert sample.values == sorted(sample.values)
    assert sum(value for value, _ in sample.values) / 64 == pytest.approx(5_000, rel=0.2)
    assert sample.draw(0.0) == sample.values[0]
    assert sample.draw(0.999_999) == sample.values[-1]


def test_chance_is_even_and_hangs_on_all_it_is_drawn_for() -> None:
    drawn = [unit(3, n, 1) for n in range(20_000)]
    assert all(0 <= value < 1 for value in drawn)
    assert sum(drawn) / len(drawn) == pytest.approx(0.5, abs=0.01)
    assert len({unit(1, 2, 3), unit(2, 2, 3), unit(1, 3, 2), unit(1, 2, 4)}) == 4


def test_no_caller_has_the_luck_of_another_caller_in_another_replay() -> None:
    drawn = [unit(seed, caller, 2) for seed in range(1, 41) for caller in range(500)]
    assert len(set(drawn)) == len(drawn)
    means = [fmean(drawn[start : start + 500]) for start in range(0, len(drawn), 500)]
    assert stdev(means) == pytest.approx(math.sqrt(1 / 12 / 500), rel=0.3), "replays differ as if drawn apart"
    assert fmean(drawn) == pytest.approx(0.5, abs=0.006)


def test_where_few_gave_up_their_own_patience_holds_as_far_as_it_was_seen_and_that_of_all_from_there_on() -> None:
    demand, patient = Demand(Instant(0), Instant(1)), Waits()
    for _ in range(3):
        patient.add(10 * SECOND, gave_up=True)
    for n in range(300):
        patient.add((20 + n % 20) * SECOND, gave_up=False)
    demand.waits = {ProjectId("hotline"): observed(20_000, answered_after_s=30)[0], ProjectId("shop"): patient}
    patience = demand.patience()[ProjectId("shop")]
    assert patience.surviving(20) == pytest.approx(0.99, abs=0.001), "not 0.80, as of all"
    seen_s = next(second for second in range(100) if patience.surviving(second) == patience.surviving(1_000))
    drawn = [patience.after(unit(2, n)) / SECOND for n in range(20_000)]
    beyond = [after_s - 38 for after_s in drawn if after_s > 38]
    assert seen_s < 38
    assert fmean(beyond) == pytest.approx(MEAN_S, rel=0.1), "nobody waits for ever"


def test_of_a_project_nobody_called_often_the_patience_is_that_of_all() -> None:
    of_all = Patience(observed(20_000, answered_after_s=30)[0])
    drawn = [Patience(Waits(), of_all).after(unit(3, n)) / SECOND for n in range(20_000)]
    assert fmean(drawn) == pytest.approx(MEAN_S, rel=0.1)
