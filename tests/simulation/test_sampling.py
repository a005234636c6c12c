"""Sampled calls in simulated days: all that can come of a draw is seen, and whoever is recorded without a yes is found out."""

import pytest

from fernamt.simulation.people import Habits
from fernamt.simulation.run import FAULTS, Plan, Simulation
from recording.sample import Sample, SampleState, over
from telephony.engine.arrival import Arrival
from telephony.engine.sampling import Known, Samples, SamplingBasis
from telephony.engine.turn import Turn
from telephony.events import Envelope, Event
from telephony.order_segments import SegmentWithdrawn
from telephony.samples import PassReason, SampleAnswer, SampleAnswered, SampleDrawn, SamplePassed, SampleWithdrawn


def a_day(*faults: str, seed: int = 2) -> Simulation:
    return Simulation(Plan(seed=seed, hours=1 / 3, agents=16, per_hour=360, faults=frozenset(faults)))


def violation_of(*faults: str, days: int = 1) -> str:
    """The first within so many days."""
    return next((found for seed in range(days) if (found := a_day(*faults, seed=seed).run().violation)), "")


def test_samples_go_every_way_under_every_fault() -> None:
    missing: set[object] = {*SampleAnswer, PassReason.CAP, SampleWithdrawn, True, False}
    for seed in range(1, 9):
        simulation = a_day(*FAULTS, seed=seed)

        def seen(envelope: Envelope) -> None:
            event = envelope.event
            missing.discard(type(event))
            if isinstance(event, SampleDrawn):
                missing.discard(event.is_drawn)
            elif isinstance(event, SampleAnswered):
                missing.discard(event.answer)
            elif isinstance(event, SamplePassed):
                missing.discard(event.reason)

        simulation.tape.readers.join(seen)
        assert simulation.run().violation is None
        assert simulation.watches.samples.recorded
        if not missing:
            return
    raise AssertionError(f"never seen: {missing}")


def test_a_draw_of_another_kind_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.engine.sampling.is_drawn", lambda *_: True)
    assert "otherwise than by the day's seed" in violation_of()


def test_who_was_not_drawn_and_is_recorded_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(event: SampleDrawn) -> Sample:
        return Sample(call_id=event.call_id, project_id=event.project_id, state=SampleState.DRAWN)

    monkeypatch.setattr("recording.sample.drawn", drawn)
    assert "that was not drawn" in violation_of(days=4)


def test_who_did_not_agree_and_is_recorded_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recording.sample.over", _agreed)
    assert "who did not agree" in violation_of(days=4)


def _agreed(sample: Sample) -> Sample:
    """Whoever is still to be asked is taken for one who said yes; what is over for another reason is over."""
    if sample.state not in (SampleState.DRAWN, SampleState.ASKED):
        return over(sample)
    return Sample(call_id=sample.call_id, project_id=sample.project_id, state=SampleState.AGREED, words=sample.words)


def test_a_sample_with_another_agent_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sample, "is_open_to", lambda sample, _agent_id: sample.state is SampleState.AGREED)
    habits = Habits(hands_on=0.7)
    plans = [Plan(seed=seed, hours=1 / 3, agents=16, per_hour=360, habits=habits) for seed in range(4)]
    assert "who is not the first" in next((found for plan in plans if (found := Simulation(plan).run().violation)), "")


def test_what_is_kept_after_a_withdrawal_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    conclude = Turn.conclude

    def forgetful(self: Turn, event: Event, cause: Envelope | Arrival) -> None:
        if not isinstance(event, SegmentWithdrawn):
            conclude(self, event, cause)

    monkeypatch.setattr(Turn, "conclude", forgetful)
    assert "whose yes was taken back" in violation_of(days=8)


def test_a_cap_that_is_none_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Samples, "_is_capped", lambda *_: False)
    assert "beyond the cap" in violation_of(days=4)


def test_a_start_that_passes_over_who_was_drawn_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are not there yet, and are taken for none."""
    begin = Samples.__init__

    def begins_with_nothing(self: Samples, known: Known) -> None:
        begin(self, known)
        self.basis = SamplingBasis()

    monkeypatch.setattr(Samples, "__init__", begins_with_nothing)
    assert "though there is a text" in violation_of("kill", days=60)
