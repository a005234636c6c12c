"""Whoever takes many short pauses gets the calls of the time they were there: no fewer, and no more."""

import random

import pytest

from tests.property.manoeuvres import NOTHING, Manoeuvre, Shift
from tests.property.test_fair_share import pooled
from tests.unit.routing.centre import T0

CALLS = 2_000
SHIFTS = 24
LONGEST_S = 500_000


def calls_an_hour(pauses: tuple[float, float] | None, load: float) -> float:
    """Of the player, over the time they were free or in a call; `pauses`: mean seconds between two, and of one."""
    talked = there_us = 0
    for seed in range(SHIFTS):
        rng = random.Random(seed)
        directory = pooled((4, 4, 4), (1.0, 2.0, 3.0))
        player = rng.choice(list(directory.agents))
        tries = NOTHING if pauses is None else Manoeuvre(away=spells(rng, *pauses))
        shift = Shift(directory, player, tries, load=load, seed=seed)
        talked += shift.run(CALLS)
        there_us += shift.now - T0 - shift.away_us
    return talked * 3_600_000_000 / there_us


def spells(rng: random.Random, between_s: float, mean_s: float) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    while at < LONGEST_S:
        at += max(1, round(rng.expovariate(1 / between_s)))
        found.append((at, max(1, round(rng.expovariate(1 / mean_s)))))
        at += found[-1][1]
    return found


@pytest.mark.parametrize("load", [0.15, 0.3])
@pytest.mark.parametrize("pauses", [(200.0, 1.0), (55.0, 5.0), (300.0, 30.0), (540.0, 60.0)])
def test_many_short_pauses_cost_the_calls_of_their_time_and_no_others(pauses: tuple[float, float], load: float) -> None:
    """Where capacity does not end the choice: at high load whoever comes free is the only one, whatever the passes."""
    assert calls_an_hour(pauses, load) == pytest.approx(calls_an_hour(None, load), rel=0.02)
