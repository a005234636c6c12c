"""Until when packets came in step: of what was said by then a recording may miss nothing, however busy the machine."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.e2e.asterisk.at_once import Precedence
from tests.e2e.asterisk.counted_sound import PACKET_S

IN_STEP_S = 0.015
TALKS = 3
Test = Callable[..., Awaitable[None]]


class NothingJudged(Exception):
    """The packets of a talk were out of step too soon; `goes_first` is whether it was to go before everything else."""

    def __init__(self, figures: str, *, goes_first: bool) -> None:
        super().__init__(figures)
        self.goes_first = goes_first


def judged_in_one_of(talks: int) -> Callable[[Test], Test]:
    """The test is tried with so many talks until something could be judged. It is skipped with its figures if nothing could be,
    and fails where phones and switch went before everything else."""

    def tried(test: Test) -> Test:
        @functools.wraps(test)
        async def tries(**given: Any) -> None:
            for _ in range(talks):
                try:
                    return await test(**given)
                except NothingJudged as why:
                    last = why
            assert not last.goes_first, f"before everything else on the machine, packets were out of step all the same: {last}"
            pytest.skip(f"the machine, or its host, was too busy to judge missing slots: {last}")

        return tries

    return tried


def in_step_until(began: float, proven: float, stopped: float, *all_came: dict[int, float]) -> float:
    """The instant at which the packets of any direction were first out of step with how they began, or the stop."""
    until = stopped
    for came in all_came:
        steps = sorted((at, at - number * PACKET_S) for number, at in came.items() if began - 0.1 < at < stopped)
        first = min((step for at, step in steps if at < proven), default=0.0)
        until = min([until, *(at for at, step in steps if abs(step - first) > IN_STEP_S)])
        if len(steps) < 2 or stopped - steps[-1][0] > 5 * PACKET_S:
            until = min(until, steps[-1][0] if steps else began)
    return until


def nothing_judged(figures: str, *, goes_first: Precedence) -> None:
    """Raises NothingJudged: nothing, or too little, can be said of what is missing."""
    raise NothingJudged(figures, goes_first=bool(goes_first))
