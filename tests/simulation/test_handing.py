"""Days on which agents hand on, ask, confer, park and pick up in most conversations, with everything going wrong."""

from collections import Counter

import pytest

from fernamt.simulation.people import Habits
from fernamt.simulation.run import FAULTS, Plan, Simulation, simulate
from telephony.commands import StartMusic
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.turn import Turn
from telephony.transfers import CallMoved, CallParked, CompleteRequested, ConferenceRequested, ConsultAnswered, PickUpRequested

BUSY_HANDS = Habits(hands_on=0.8, mean_talk_s=120)


def a_day(seed: int, *faults: str) -> Plan:
    """About a hundred callers, and colleagues who have time."""
    return Plan(seed=seed, hours=1 / 3, agents=24, per_hour=300, faults=frozenset(faults), habits=BUSY_HANDS)


@pytest.mark.parametrize("fault", ["none", *FAULTS, "all"])
def test_no_day_full_of_handing_on_breaks_an_invariant(fault: str) -> None:
    faults = {"none": (), "all": FAULTS}.get(fault, (fault,))
    broken = [(seed, simulate(a_day(seed, *faults)).violation) for seed in range(8)]
    assert [found for found in broken if found[1] is not None] == []


def test_such_a_day_has_all_of_it() -> None:
    simulation = Simulation(a_day(1))
    seen: Counter[type] = Counter()
    turn_done = simulation._turn_done

    def counted(envelopes: object) -> None:
        seen.update(type(envelope.event) for envelope in envelopes)  # type: ignore[attr-defined]
        turn_done(envelopes)  # type: ignore[arg-type]

    simulation._site._listener = counted  # type: ignore[assignment]
    assert simulation.run().violation is None
    for kind in (CallMoved, CallParked, CompleteRequested, ConferenceRequested, ConsultAnswered, PickUpRequested):
        assert seen[kind] > 0, kind


def test_a_caller_left_in_silence_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation has teeth: a core that plays nothing to whom it leaves alone is caught."""
    handle = Turn.handle

    def silent(self: Turn, arrival: Arrival) -> TurnResult:
        result = handle(self, arrival)
        result.commands = [command for command in result.commands if not isinstance(command, StartMusic)]
        return result

    monkeypatch.setattr(Turn, "handle", silent)
    violation = simulate(a_day(2)).violation
    assert violation is not None
    assert "heard nothing" in violation


def test_departments_are_reached_and_asked() -> None:
    reached = 0
    for seed in range(4):
        simulation = Simulation(a_day(seed))
        assert simulation.run().violation is None
        reached += simulation.invariants.departments.reached
    assert reached > 10


def test_a_colleague_without_the_skill_a_department_asks_for_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.engine.departments.required", lambda _needs: ())
    found = [violation for seed in range(6) if (violation := simulate(a_day(seed)).violation)]
    assert found
    assert "lacks" in found[0]
