"""Erlang B, C and A against published figures, and against queues worked out state by state."""

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.shifts.erlang import Load, agents_needed, erlang_a, erlang_b, erlang_c, level_c, with_shrinkage


@pytest.mark.parametrize(
    ("erlangs", "lines", "blocked"),
    # Of the tables (Siemens, "Telephone Traffic Theory: Tables and Charts"): the load at which so many lines block so much.
    [(4.46, 10, 0.01), (12.0, 20, 0.0098), (20.3, 30, 0.01), (84.1, 100, 0.01), (5.08, 10, 0.02), (88.0, 100, 0.02)],
)
def test_erlang_b_is_that_of_the_tables(erlangs: float, lines: int, blocked: float) -> None:
    assert erlang_b(erlangs, lines) == pytest.approx(blocked, rel=0.02)


def test_erlang_c_is_that_of_the_worked_example_everybody_computes() -> None:
    # 360 callers in half an hour, 240 s each, 55 agents, 15 s: 48 Erlang, 23.9 % wait, 84.6 % in time, 8.2 s on average.
    load = Load(per_second=0.2, handling_s=240)
    assert load.erlangs == pytest.approx(48)
    assert erlang_c(load.erlangs, 55) == pytest.approx(0.239, abs=0.0005)
    assert level_c(load, 55, 15) == pytest.approx(0.846, abs=0.0005)
    assert erlang_c(load.erlangs, 55) * 240 / (55 - 48) == pytest.approx(8.2, abs=0.05)


def test_no_load_is_too_great_for_the_recursion() -> None:
    assert 0 < erlang_c(9_950, 10_000) < 1
    assert agents_needed(Load(per_second=50, handling_s=200), 20, 0.8) in range(10_000, 10_200)


def state_by_state(load: Load, agents: int) -> tuple[float, float]:
    """The shares who give up and who wait, from the chain of states itself."""
    assert load.patience_s is not None
    weights, total, waiting, queue = [1.0], 1.0, 0.0, 0.0
    for present in range(1, 20_000):
        leaves = min(present, agents) / load.handling_s + max(0, present - agents) / load.patience_s
        weights.append(weights[-1] * load.per_second / leaves)
        if weights[-1] > 1e200:
            weights = [weight / 1e200 for weight in weights]
        if present > agents and weights[-1] < 1e-14 * max(weights[-2], 1e-300) * 1e-3:
            break
        if present > 4 * agents + 400 + 3 * load.per_second * load.patience_s:
            break
    total = sum(weights)
    waiting = sum(weights[agents:]) / total
    queue = sum((n - agents) * weight for n, weight in enumerate(weights) if n > agents) / total
    return queue / load.patience_s / load.per_second, waiting


LOADS = st.builds(Load, per_second=st.floats(0.001, 0.5), handling_s=st.floats(20, 600), patience_s=st.floats(10, 900))


@settings(max_examples=200, deadline=None)
@given(LOADS, st.integers(1, 120))
def test_erlang_a_is_the_queue_worked_out_state_by_state(load: Load, agents: int) -> None:
    found = erlang_a(load, agents, 20)
    abandoned, waiting = state_by_state(load, agents)
    assert isclose(found.abandoned, abandoned, rel_tol=1e-6, abs_tol=1e-9)
    assert isclose(found.waiting, waiting, rel_tol=1e-6, abs_tol=1e-9)
    assert found.answered_in_time >= 1 - found.waiting - 1e-9


@settings(max_examples=100, deadline=None)
@given(LOADS, st.integers(1, 100), st.floats(0, 120))
def test_more_agents_and_more_time_never_answer_fewer(load: Load, agents: int, threshold_s: float) -> None:
    here = erlang_a(load, agents, threshold_s).answered_in_time
    assert erlang_a(load, agents + 1, threshold_s).answered_in_time >= here - 1e-9
    assert erlang_a(load, agents, threshold_s + 5).answered_in_time >= here - 1e-9


@pytest.mark.parametrize("agents", [11, 13, 18])
def test_endless_patience_is_erlang_c(agents: int) -> None:
    load = Load(per_second=10 / 180, handling_s=180)
    patient = Load(per_second=load.per_second, handling_s=180, patience_s=1e8)
    assert erlang_a(patient, agents, 20).answered_in_time == pytest.approx(level_c(load, agents, 20), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(LOADS, st.floats(0.3, 0.97))
def test_the_hint_is_the_fewest_who_reach_the_level(load: Load, target: float) -> None:
    needed = agents_needed(load, 20, target)
    assert erlang_a(load, needed, 20).answered_in_time >= target
    assert needed == 1 or erlang_a(load, needed - 1, 20).answered_in_time < target


@pytest.mark.parametrize(("agents", "shrinkage", "booked"), [(10, 0.0, 10), (7, 0.3, 10), (10, 0.3, 15), (0, 0.5, 0)])
def test_shrinkage_books_as_many_as_leave_enough(agents: int, shrinkage: float, booked: int) -> None:
    assert with_shrinkage(agents, shrinkage) == booked
