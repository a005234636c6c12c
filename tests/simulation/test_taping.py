"""Recordings of orders in simulated days: all ways they can end are seen, and what must never be on a file is found out."""

import pytest

from fernamt.simulation.run import FAULTS, Plan, Simulation
from recording.segment_actions import _stop
from telephony.events import Envelope
from telephony.order_segments import HandOverWaits, SegmentClosed, SegmentVerdict, StopReason
from telephony.segments import StartSegment
from telephony.switch.simulated.shelf import _tell_end

NEEDS_MORE = {
    *(SegmentVerdict.UNCONFIRMED, StopReason.NOT_PROVEN, StopReason.CALL_ENDED),  # a switch that says nothing
    *(StopReason.CAP, StopReason.ENDED_BY_SWITCH),  # longer talks
}


def a_day(*faults: str, seed: int = 2) -> Simulation:
    return Simulation(Plan(seed=seed, hours=1 / 3, agents=16, per_hour=360, faults=frozenset(faults)))


def test_recordings_end_in_every_way_under_every_fault() -> None:
    missing: set[object] = {HandOverWaits, *SegmentVerdict, *StopReason} - NEEDS_MORE
    for seed in range(1, 9):
        simulation = a_day(*FAULTS, seed=seed)

        def seen(envelope: Envelope) -> None:
            event = envelope.event
            missing.difference_update((event.verdict, event.reason) if isinstance(event, SegmentClosed) else (type(event),))

        simulation.tape.readers.join(seen)
        assert simulation.run().violation is None
        assert simulation.watches.shelf.kept
        if not missing:
            return
    raise AssertionError(f"never seen: {missing}")


def test_a_start_that_does_not_wait_for_the_disk_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StartSegment, "must_be_durable", False)
    assert "before the yes is durable" in (a_day().run().violation or "")


def test_an_end_that_is_said_and_is_none_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch tells of an end, and records on."""
    monkeypatch.setattr("telephony.switch.simulated.shelf._end", _tell_end)
    assert "after the confirmed stop" in (a_day().run().violation or "")


def test_a_hand_over_that_does_not_wait_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.engine.taping.Tapes.waiting_for", lambda *_: None)
    monkeypatch.setattr("telephony.call.recording_guard.refusal_of", lambda *_: None)
    monkeypatch.setattr("telephony.call.recording_guard.watched", lambda step, _fact=None: step)
    assert "is taken out" in (a_day().run().violation or "")


def test_a_discarded_recording_that_is_kept_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recording.segment_actions._discard", _stop)
    assert "on the shelf" in (a_day().run().violation or "")
