"""How many hours of conversation `fernamt simulate` plays in a minute of ours, every fault injected and every invariant checked.

The baseline is the same day without a fault, in the same run: what the faults and their repairs cost. The day is a contact
centre's: orders, listening and samples as often as there. The tests' seeds have far more of them, since that is where the errors
are; how fast those days are played is told beside it.
"""

import json
import resource
import sys
from typing import Any

from fernamt import pauses
from fernamt.simulation.people import Habits
from fernamt.simulation.run import FAULTS, Plan, Report, simulate

TARGET_CALL_HOURS_A_MINUTE = 1_000.0
TARGET_EVENTS_A_CALL = 14.0
SEEDS = (1, 2, 3)
USUAL = Habits(mean_talk_s=193, asks_to_record=0.2, asks_to_listen=0.05, asks_for_samples=0.05)
"""Who is cut off talks less than they would have: the mean of 180 s comes of it."""


def run() -> list[dict[str, Any]]:
    """A day of eight hours with 60 agents and about 800 callers an hour, for each seed."""
    pauses.keep_short()  # as the service does
    faulty = [_a_day(seed, frozenset(FAULTS)) for seed in SEEDS]
    calm = [_a_day(seed, frozenset()) for seed in SEEDS]
    dense = [_a_day(seed, frozenset(FAULTS), Habits()) for seed in SEEDS]
    speed, calm_speed = _speed(faulty), _speed(calm)
    calls = sum(report.calls for report in faulty)
    events = sum(report.events for report in faulty) / calls
    mean_talk_s = sum(report.talk_hours for report in faulty) * 3_600 / sum(report.answered for report in faulty)
    broken = sum(report.violation is not None for report in (*faulty, *calm, *dense))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    return [
        {
            "name": "call_hours_a_minute_all_faults",
            "value": speed,
            "unit": "h/min",
            "baseline": calm_speed,
            "ratio": speed / calm_speed,
            "target": TARGET_CALL_HOURS_A_MINUTE,
            "ok": speed >= TARGET_CALL_HOURS_A_MINUTE,
            "versions": {"baseline": "the same days without a fault"},
        },
        {"name": "call_hours_a_minute_of_the_tests_days", "value": _speed(dense), "unit": "h/min"},
        {
            "name": "events_a_call",
            "value": events,
            "unit": "events",
            "target": TARGET_EVENTS_A_CALL,
            "ok": events >= TARGET_EVENTS_A_CALL,
        },
        {"name": "calls", "value": calls, "unit": "calls"},
        {"name": "mean_talk_of_an_answered_call", "value": mean_talk_s, "unit": "s"},
        {"name": "violations", "value": broken, "unit": "days", "target": 0, "ok": broken == 0},
        {"name": "resident_memory", "value": memory, "unit": "MB"},
    ]


def _a_day(seed: int, faults: frozenset[str], habits: Habits = USUAL) -> Report:
    return simulate(Plan(seed=seed, hours=8.0, agents=60, per_hour=800, faults=faults, habits=habits))


def _speed(reports: list[Report]) -> float:
    return sum(report.talk_hours for report in reports) / sum(report.wall_s for report in reports) * 60


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=1)
    sys.stdout.write("\n")
