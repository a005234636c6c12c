"""Whoever pauses, logs out, lets the phone ring or draws out wrap-up has fewer calls for it, not more.

One agent plays, all others just work; the same callers come to the same shift without the manoeuvre. One shift alone says
little: a call that goes elsewhere changes all that follows. So the calls of many shifts are added up, on floors with one
project and with uneven certificates, from a third to nine tenths busy.
"""

import random

import pytest

from tests.property.manoeuvres import NOTHING, Manoeuvre, Shift
from tests.property.test_fair_share import mixed, pooled

CALLS = 300
PAIRS = 36
LONGEST_S = 20_000
EVERY_OTHER = frozenset(range(0, CALLS, 2))
ONE_IN_SEVEN = frozenset(range(0, CALLS, 7))


def calls_talked(tries: Manoeuvre) -> int:
    """By the player, in all shifts together."""
    talked = 0
    for seed in range(PAIRS):
        rng = random.Random(seed)
        directory = mixed(seed, agents=12) if seed % 2 else pooled((4, 4, 4), (1.0, 2.0, 3.0))
        player = rng.choice(list(directory.agents))
        talked += Shift(directory, player, tries, load=(0.3, 0.6, 0.9)[seed % 3], seed=seed).run(CALLS)
    return talked


@pytest.fixture(scope="module")
def honest() -> int:
    """The calls of whoever tries nothing."""
    return calls_talked(NOTHING)


@pytest.mark.parametrize(
    ("tries", "at_most"),
    [
        pytest.param(Manoeuvre(away=[(t, 1) for t in range(100, LONGEST_S, 200)]), 1.03, id="a_second_away_every_three_minutes"),
        pytest.param(Manoeuvre(away=[(t, 60) for t in range(100, LONGEST_S, 600)]), 1.0, id="a_minute_away_every_ten"),
        pytest.param(Manoeuvre(away=[(t, 1_800) for t in range(600, LONGEST_S, 3_600)]), 0.58, id="half_of_every_hour_away"),
        pytest.param(Manoeuvre(away=[(0, 3_600)]), 0.62, id="an_hour_late"),
        pytest.param(Manoeuvre(declined=EVERY_OTHER), 1.0, id="every_other_offer_rings_in_vain"),
        pytest.param(Manoeuvre(declined=ONE_IN_SEVEN), 1.0, id="one_offer_in_seven_rings_in_vain"),
        pytest.param(Manoeuvre(wrap_up_s=120), 1.0, id="two_minutes_of_wrap_up"),
        pytest.param(Manoeuvre(wrap_up_s=900), 1.0, id="a_quarter_of_an_hour_of_wrap_up"),
    ],
)
def test_no_manoeuvre_brings_more_calls_and_absence_none_that_were_missed(tries: Manoeuvre, at_most: float, honest: int) -> None:
    """`at_most`: of the calls without it. Who is away half of the time has hardly more than half of them.

    Seconds away miss nothing: other calls come of them, and as many but for chance.
    """
    assert honest > PAIRS * CALLS // 30
    assert calls_talked(tries) <= at_most * honest
