"""The arithmetic of the board."""

import pytest

from monitor.kpis import AbandonedCalls, Figures, aht_ms, asa_ms, occupancy, service_level, total

A_DAY = Figures(
    offered=100,
    answered=80,
    abandoned=15,
    answered_in_time=60,
    abandoned_early=5,
    waited_ms=1_000_001,
    handled=80,
    handled_ms=8_000,
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (AbandonedCalls.MISSED, 60 / 95),
        (AbandonedCalls.EARLY_IGNORED, 60 / 90),
        (AbandonedCalls.EARLY_MET, 65 / 95),
        (AbandonedCalls.IGNORED, 60 / 80),
    ],
)
def test_the_service_level_depends_on_how_abandoned_calls_count(rule: AbandonedCalls, expected: float) -> None:
    assert service_level(A_DAY, rule) == expected


@pytest.mark.parametrize("rule", AbandonedCalls)
def test_without_calls_there_is_no_service_level(rule: AbandonedCalls) -> None:
    assert service_level(Figures(), rule) is None


def test_asa_is_the_waiting_of_answered_calls_over_the_answered_calls() -> None:
    assert asa_ms(A_DAY) == 12_500
    assert asa_ms(Figures(abandoned=3)) is None


def test_handling_time_is_averaged_over_the_handled_calls() -> None:
    assert aht_ms(A_DAY) == 100
    assert aht_ms(Figures()) is None


def test_occupancy_leaves_pauses_out() -> None:
    assert occupancy(busy_ms=3_000, available_ms=1_000) == 0.75
    assert occupancy(busy_ms=0, available_ms=0) is None


def test_figures_add_up() -> None:
    both = total([A_DAY, A_DAY])
    assert (both.offered, both.waited_ms) == (200, 2_000_002)
    assert total([]) == Figures()
