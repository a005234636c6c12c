"""The gate of a line under any noise: it does not swing, it is honest at both ends, and time alone opens it."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.agent.line_quality import Figures, Limits, Line, LineRules, beyond, due_at, judged, measured, score
from telephony.identifiers import MS, SECOND, Instant, after_ms

RULES = LineRules()
T0 = Instant(1_800_000_000 * SECOND)
STEP_S = 10


def figures(limits: Limits, *, worse: bool) -> st.SearchStrategy[Figures]:
    """Any figures of a talk on that side of the limits, up to the other pair of limits and beyond."""
    if worse:
        return st.builds(
            Figures,
            round_trip_ms=st.floats(limits.round_trip_ms * 1.01, 5_000),
            loss_percent=st.floats(limits.loss_percent * 1.01, 100),
            jitter_ms=st.floats(limits.jitter_ms * 1.01, 1_000),
        )
    return st.builds(
        Figures,
        round_trip_ms=st.floats(0, limits.round_trip_ms * 0.5),
        loss_percent=st.floats(0, limits.loss_percent * 0.5),
        jitter_ms=st.floats(0, limits.jitter_ms * 0.5),
    )


ANY = st.builds(
    Figures,
    round_trip_ms=st.none() | st.floats(0, 5_000),
    loss_percent=st.none() | st.floats(0, 100),
    jitter_ms=st.none() | st.floats(0, 1_000),
)
BETWEEN = st.builds(Figures, round_trip_ms=st.floats(351, 499), loss_percent=st.just(0.0), jitter_ms=st.just(0.0))
"""Worse than what opens the gate, better than what closes it."""


def after(samples: list[Figures], line: Line | None = None, at: Instant = T0) -> list[tuple[Instant, Line]]:
    """The line after each of the samples, ten seconds apart."""
    line = line or Line()
    lines = []
    for sample in samples:
        at = Instant(at + STEP_S * SECOND)
        line = measured(line, sample, at, RULES)
        lines.append((at, line))
    return lines


@given(st.lists(ANY, max_size=200))
def test_a_gate_that_closed_stays_closed_for_the_whole_time_and_relapses_wait_longer(samples: list[Figures]) -> None:
    closed_at: Instant | None = None
    for at, line in after(samples):
        if line.fault is not None and closed_at is None:
            closed_at = at
        elif line.fault is None and closed_at is not None:
            assert at >= after_ms(closed_at, RULES.good_for_ms), "noise opened the gate"
            closed_at = None


@given(st.lists(BETWEEN, min_size=1, max_size=50), st.booleans())
def test_between_the_limits_nothing_changes(samples: list[Figures], starts_closed: bool) -> None:
    bad = Figures(round_trip_ms=480)
    line, at = Line(), T0
    if starts_closed:
        at, line = after([Figures(round_trip_ms=900)] * 2)[-1]
        at, line = after([bad] * 6, line, at)[-1]
    was = line.fault is not None
    assert was is starts_closed
    assert all((line.fault is not None) is was for _, line in after(samples, line, at))


@given(st.lists(figures(RULES.bad, worse=True), min_size=2, max_size=20))
def test_a_line_that_is_bad_throughout_is_closed(samples: list[Figures]) -> None:
    assert all(line.fault is not None for _, line in after(samples)[1:])


@given(st.lists(figures(RULES.good, worse=False), max_size=100))
def test_a_line_that_is_good_throughout_is_never_closed(samples: list[Figures]) -> None:
    assert all(line.fault is None for _, line in after(samples))


@given(st.lists(ANY, max_size=50))
def test_a_line_whose_voice_is_not_heard_any_more_is_tried_again_by_its_due_times_alone(samples: list[Figures]) -> None:
    at, line = after([*samples, Figures(round_trip_ms=20)])[-1]
    for _ in range(10):
        line = measured(line, Figures(round_trip_ms=20), at, RULES)  # probes are answered well
    looks = 0
    while line.fault is not None:
        due = due_at(line, RULES)
        assert due is not None, "a closed gate that nobody would open"
        at, looks = max(at, due), looks + 1
        line = judged(line, at, RULES)
        assert looks < 5
    assert (at - T0) // MS <= (len(samples) + 1) * STEP_S * 1_000 + RULES.voice_holds_ms + 8 * RULES.good_for_ms


@given(ANY, st.floats(0, 100), st.floats(0, 1_000))
def test_more_loss_and_more_delay_never_raise_the_score(figures: Figures, loss: float, delay_ms: float) -> None:
    worse = Figures(
        round_trip_ms=(figures.round_trip_ms or 0) + delay_ms,
        loss_percent=min(100.0, (figures.loss_percent or 0) + loss),
        jitter_ms=figures.jitter_ms,
    )
    assert 1.0 <= score(worse) <= score(figures) + 1e-9 <= 4.5


def test_the_score_of_a_perfect_line_is_that_of_the_recommendation() -> None:
    # G.107: R = 93.2 gives a MOS of 4.41; 40 ms of fixed delay cost 0.96 of R.
    assert abs(score(Figures()) - 4.39) < 0.005
    assert beyond(Line(figures=Figures(round_trip_ms=9_999), trips=1), RULES.bad) is None
