"""Ids of real randomness, and a clock that does not jump."""

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

import pytest

from fernamt.moment import RandomIds, SteadyClock
from telephony.engine.timers import Timers
from telephony.events import CallTimerFired
from telephony.identifiers import CallId, Instant

AT = Instant(1_795_299_794_171_000)


def test_ids_made_at_one_instant_are_all_different_and_name_it() -> None:
    ids = RandomIds()
    made = [UUID(ids.new(AT)) for _ in range(1_000)]

    assert len(set(made)) == 1_000
    assert {one.version for one in made} == {7}
    assert {one.int >> 80 for one in made} == {AT // 1_000}


class Machine:
    """A wall clock that somebody sets, and the time the machine has been running."""

    def __init__(self) -> None:
        self.wall, self.running = 1_800_000_000 * 10**9, 5 * 10**9

    def passes(self, seconds: float) -> None:
        self.wall += round(seconds * 10**9)
        self.running += round(seconds * 10**9)

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.wall, lambda: self.running)


def test_a_clock_that_nobody_sets_is_shown_as_it_is() -> None:
    machine = Machine()
    clock = machine.clock()
    for seconds in (0, 0.000_001, 0.4, 3_600, 86_400):
        machine.passes(seconds)
        assert clock.now() == machine.wall // 1_000


@pytest.mark.parametrize("step_s", [-3_600, -10, 10, 3_600])
def test_what_is_due_in_ten_seconds_is_due_in_ten_seconds_whatever_becomes_of_the_wall_clock(step_s: int) -> None:
    machine = Machine()
    clock, timers = machine.clock(), Timers()
    due = CallTimerFired(call_id=CallId("c"), timer="ring", due_at=Instant(clock.now() + 10_000_000))
    timers.set([(due.due_at, due)])
    machine.passes(3)
    machine.wall += step_s * 10**9
    fired_after = next(waited for waited in _tenths(machine, from_s=3) if timers.take(clock.now()) is not None)
    assert 9.5 <= fired_after <= 10.6, "a twentieth more or less, looked at ten times a second"


def _tenths(machine: Machine, *, from_s: float) -> Iterator[float]:
    for tenth in range(10 * 3_600):
        yield from_s + tenth / 10
        machine.passes(0.1)


@pytest.mark.parametrize("step_s", [-30, 30])
def test_a_clock_that_was_set_is_followed_slowly_and_never_backwards(step_s: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += step_s * 10**9
    shown = []
    for _ in range(700):
        machine.passes(1)
        shown.append(clock.now())
    assert all(0 < later - earlier <= 1_050_001 for earlier, later in pairwise(shown))
    assert shown[-1] == machine.wall // 1_000, "after ten minutes half a minute is made up for"
