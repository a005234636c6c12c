"""Three minutes of calls with one fault after the other on a real Asterisk: nobody is offered two calls, nobody is left hanging.

The hour of it, and what it counts, is `bench/soak.py`; that its counts find what they look for, tests/unit/bench says.
"""

import os

import pytest

from bench.records import BenchImpossible
from bench.soak import soak
from bench.soak_faults import FAULTS
from telephony.events import UnexpectedHappened

MINUTES = float(os.environ.get("SOAK_MINUTES", "3"))
RATE = float(os.environ.get("SOAK_RATE", "5"))


@pytest.mark.long
async def test_no_fault_costs_a_caller_an_agent_or_a_call() -> None:
    try:
        found = await soak(MINUTES, RATE)
    except BenchImpossible as lack:
        pytest.skip(str(lack))
    assert {name: told[:10] for name, told in found.findings().items() if told} == {}
    assert len(found.faults) >= len(FAULTS)
    assert found.has(UnexpectedHappened) == 0
    wanted = MINUTES * 60 * RATE
    assert len(found.lines.callers) >= wanted, "as many callers came as were to"
    assert found.ends()["caller_hung_up"] > wanted / 2
    assert found.ends()["agent_hung_up"] > 0
    assert found.ends()["abandoned"] > 0
    assert {"pause", "off duty", "transfer", "consult", "hold"} <= found.done.keys(), "agents did more than answer"
