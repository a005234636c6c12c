"""Answering machines among the called of simulated days: many are heard, and what is wrong with it is found."""

import pytest

from fernamt.simulation.run import FAULTS, Plan, Simulation
from telephony.deaf_lines import RingAnewRequested
from telephony.events import Envelope
from telephony.identifiers import SECOND
from telephony.machines import MachineHeard


def a_day(*faults: str, seed: int = 2) -> Simulation:
    """Callers leave the agents time to call people."""
    return Simulation(Plan(seed=seed, hours=1 / 3, agents=14, per_hour=100, faults=frozenset(faults)))


def test_machines_and_deaf_lines_are_part_of_days_under_every_fault() -> None:
    missing: set[object] = {(MachineHeard, True), (MachineHeard, False), RingAnewRequested}
    for seed in range(1, 7):
        simulation = a_day(*FAULTS, seed=seed)

        def seen(envelope: Envelope) -> None:
            event = envelope.event
            missing.discard((MachineHeard, event.is_ended) if isinstance(event, MachineHeard) else type(event))

        simulation.tape.readers.join(seen)
        assert simulation.run().violation is None
        if not missing:
            return
    raise AssertionError(f"never seen: {missing}")


def test_a_machine_that_is_talked_to_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.call.listening.FIRST_WORDS_MS", 0)
    assert "left a machine on the line" in (a_day().run().violation or "")


def test_a_person_taken_for_a_machine_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fernamt.simulation.machines.NAME_US", 12 * SECOND)
    assert "took a person for a machine" in (a_day().run().violation or "")
