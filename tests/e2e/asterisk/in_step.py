"""Until when packets came in step: of what was said by then a recording may miss nothing, however busy the machine."""

import pytest

from tests.e2e.asterisk.at_once import Precedence
from tests.e2e.asterisk.counted_sound import PACKET_S

IN_STEP_S = 0.015


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
    """Why nothing, or too little, was said of what is missing: a fault where phones and switch went before everything else."""
    assert not goes_first, f"before everything else on the machine, packets were out of step all the same: {figures}"
    pytest.skip(f"the machine, or its host, was too busy to judge missing slots: {figures}")
