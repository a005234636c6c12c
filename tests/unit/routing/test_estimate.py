"""The estimate of a wait: from the pace of service, silent where too little is known, bounded."""

from hypothesis import given
from hypothesis import strategies as st

from routing.estimate import ENOUGH, MOST_MS, RECENT_MS, Pace
from telephony.identifiers import SECOND, Instant

NOW = Instant(1_800_000_000_000_000)


def at(seconds: float) -> Instant:
    return Instant(NOW + int(seconds * SECOND))


def served_every(seconds: float, times: int = 10, *, waited: float = 600) -> tuple[Pace, Instant]:
    """A queue that is never empty, from which one caller is taken every so many seconds."""
    pace = Pace()
    for number in range(1, times + 1):
        pace.served(at(number * seconds), at(number * seconds - waited))
    return pace, at(times * seconds)


def test_a_caller_waits_a_pace_for_each_place() -> None:
    pace, now = served_every(30, 21)
    assert pace.estimate_ms(1, now, now) == 30_000
    assert pace.estimate_ms(4, now, now) == 120_000


def test_nothing_is_said_before_enough_callers_were_served() -> None:
    pace, now = served_every(30, ENOUGH)
    assert pace.estimate_ms(1, now, now) is None
    pace.served(at(ENOUGH * 30 + 30), at(0))
    assert pace.estimate_ms(1, at(ENOUGH * 30 + 30), now) == 30_000


def test_what_is_long_ago_says_nothing() -> None:
    pace, now = served_every(30)
    later = Instant(now + (RECENT_MS + 1) * 1_000)
    assert pace.estimate_ms(1, later, later) is None


def test_callers_taken_at_once_count_as_their_own_short_wait() -> None:
    pace = Pace()
    for number in range(10):
        pace.served(at(number * 300 + 2), at(number * 300))
    assert pace.estimate_ms(1, at(2_702), at(2_702)) == 2_000


def test_the_estimate_grows_when_nobody_is_served_any_more() -> None:
    pace, now = served_every(10, 20)
    estimates = [pace.estimate_ms(2, Instant(now + s * SECOND), now) or 0 for s in (0, 10, 60, 300)]
    assert estimates[0] == estimates[1] == 20_000
    assert estimates[1] < estimates[2] < estimates[3]


@given(
    st.lists(st.tuples(st.integers(0, 3_600), st.integers(0, 7_200)), max_size=40), st.integers(1, 10_000), st.integers(0, 7_200)
)
def test_it_is_bounded_and_never_negative_and_never_less_for_a_later_place(
    served: list[tuple[int, int]], place: int, later: int
) -> None:
    pace = Pace()
    for when, waited in sorted(served):
        pace.served(at(when), at(when - waited))
    now = at(3_600 + later)
    found, behind = pace.estimate_ms(place, now, at(3_000)), pace.estimate_ms(place + 1, now, at(3_000))
    assert (found is None) == (behind is None)
    if found is not None and behind is not None:
        assert 0 <= found <= behind <= MOST_MS
