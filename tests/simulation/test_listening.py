"""Supervisors who listen in simulated days: all ways it can end are seen, and whoever hears without a yes is found out."""

import pytest
from msgspec.structs import replace

from fernamt.simulation.run import FAULTS, Plan, Simulation
from recording import listening
from recording.listening import Answer, Gate, GateStep
from telephony.events import Envelope, Event
from telephony.identifiers import LegId
from telephony.overhearing import EarClosed, EarEnd, EarEnded, ListeningAsked, ListeningRevoked
from telephony.switch.simulated.ears import Overheard

RARE = {EarEnd.CALL_ENDED}
"""Whose call ends is apart first."""


def a_day(*faults: str, seed: int = 2) -> Simulation:
    return Simulation(Plan(seed=seed, hours=1 / 3, agents=16, per_hour=360, faults=frozenset(faults)))


def test_listening_ends_in_every_way_under_every_fault() -> None:
    missing = set(EarEnd) - RARE
    for seed in range(1, 5):
        simulation = a_day(*FAULTS, seed=seed)

        def seen(envelope: Envelope) -> None:
            if isinstance(envelope.event, EarClosed):
                missing.discard(envelope.event.reason)

        simulation.tape.readers.join(seen)
        assert simulation.run().violation is None
        assert simulation.watches.ears.heard
        if not missing:
            return
    raise AssertionError(f"never seen: {missing}")


def test_a_question_that_is_taken_for_a_yes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def agreed(gate: Gate, _event: Event) -> GateStep:
        return GateStep(replace(gate, answer=Answer.AGREED))

    monkeypatch.setitem(listening._STEPS, ListeningAsked, agreed)  # type: ignore[misc]
    found = next((found for seed in range(8) if (found := a_day(seed=seed).run().violation)), "")
    assert "before the yes is durable" in found or "whose yes is over" in found


def test_a_withdrawal_that_ends_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def goes_on(gate: Gate, _event: Event) -> GateStep:
        return GateStep(replace(gate, answer=Answer.WITHDRAWN))

    monkeypatch.setitem(listening._STEPS, ListeningRevoked, goes_on)  # type: ignore[misc]
    violation = a_day().run().violation or ""
    assert "long after the yes was over" in violation or "whose yes is over" in violation


def test_a_parting_that_ends_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.engine.ears.Ears.parted", lambda *_: None)
    violation = a_day().run().violation or ""
    assert "is taken out" in violation or "who comes in" in violation


def test_an_end_that_is_told_and_is_none_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def told_only(switch: Overheard, ear_id: LegId) -> None:
        switch.tell(EarEnded(leg_id=ear_id))

    monkeypatch.setattr("telephony.switch.simulated.ears.end_ear", told_only)
    violation = a_day().run().violation or ""
    assert "is said to listen no more, and hears" in violation or "long after the yes was over" in violation
