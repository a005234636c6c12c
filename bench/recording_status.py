"""How soon the agent's desk shows that a call is recorded, and that it is not any more, once the switch has proven it.

The whole chain, on a real Asterisk: an agent with an open line has called somebody, asks, marks the yes and what is on the tape,
and ends the recording, again and again. Measured from the instant the service has the switch's proof (both files there and
listed; the end looked for and found) to the message on the live connection of the agent's own desk. What the page then takes to
draw it is measured by `recording_drawn`. Shown from intent, it would come before the proof: that ends the run.
"""

import asyncio
import statistics
from collections.abc import Sequence
from typing import Any

from bench.records import BenchImpossible
from bench.switch_floor import PROGRAMS, load_average
from telephony.segments import SegmentEnded, SegmentProven
from tests.e2e.patience import soon
from tests.e2e.service.told import Desk, a_call, asking_house, at_her_screen

SEGMENTS = 30
TARGET_MS = 500.0


def run(segments: float = SEGMENTS) -> list[dict[str, Any]]:
    """The records of one run."""
    if not PROGRAMS.exists():
        raise BenchImpossible("no Asterisk is here: tools/test_packages.sh gets one")
    begun, ended = asyncio.run(_measured(int(segments)))
    found = [*_of(begun, "recording"), *_of(ended, "not recording")]
    found.append({"name": "load of the machine while it ran", "value": load_average(), "unit": ""})
    return found


async def _measured(segments: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each segment, from the proof and from the proven end."""
    begun, ended = list[float](), list[float]()
    async with asking_house(PROGRAMS) as house, a_call(house, 11) as call, at_her_screen(call) as desk:
        for number in range(1, segments + 1):
            call.number = number
            await call.begins()
            begun.append(await _after(desk, "recording", number, await call.at(SegmentProven)))
            await call.ends()
            ended.append(await _after(desk, "complete", number, await call.at(SegmentEnded)))
    return begun, ended


async def _after(desk: Desk, phase: str, nth: int, proven: float) -> float:
    shown, _ = await soon(desk.until(phase, nth))
    if shown < proven:
        raise AssertionError(f"{phase} was shown {(proven - shown) * 1e3:.1f} ms before it was proven")
    return (shown - proven) * 1e3


def _of(found: Sequence[float], what: str) -> list[dict[str, Any]]:
    ordered = sorted(found)
    name = f"proof to the agent's desk, {what}"
    return [
        {"name": f"{name}, p50", "value": statistics.median(ordered), "unit": "ms"},
        {
            "name": f"{name}, the latest of {len(ordered)}",
            "value": ordered[-1],
            "unit": "ms",
            "target": TARGET_MS,
            "ok": ordered[-1] <= TARGET_MS,
        },
    ]
