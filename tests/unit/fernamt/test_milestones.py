"""How a start is told."""

from fernamt.milestones import Milestones


def test_milestones_count_from_the_beginning_of_the_process_and_each_once() -> None:
    milestones = Milestones()
    milestones.reach("loaded")
    first = milestones.told()
    milestones.reach("loaded")
    milestones.reach("calls")
    told = milestones.told()
    assert first["loaded_ms"] == told["loaded_ms"] > 0
    assert list(told) == ["loaded_ms", "loaded_cpu_ms", "calls_ms", "calls_cpu_ms"]
    assert told["loaded_ms"] <= told["calls_ms"]
