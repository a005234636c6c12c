"""Callers who object in simulated days: what they object to ends and does not come back, and where it did it is found out."""

import pytest
from msgspec.structs import replace

from fernamt.simulation.run import FAULTS, Plan, Simulation
from recording.segment import Segment
from recording.segment_actions import SegmentStep
from telephony.callback import CallbackAgreed, CallbackDeclined
from telephony.engine.arrival import Due
from telephony.engine.sampling import Samples
from telephony.engine.taping import Tapes
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallRequest, Envelope
from telephony.identifiers import Instant, PartyId
from telephony.order_segments import RecordingRevoked
from telephony.samples import SampleAnswer, SampleAnswered, SampleWithdrawn


def a_day(*faults: str, seed: int = 2) -> Simulation:
    return Simulation(Plan(seed=seed, hours=1 / 3, agents=16, per_hour=360, faults=frozenset(faults)))


def violation_of(*, days: int) -> str:
    """The first within so many days."""
    return next((found for seed in range(days) if (found := a_day(seed=seed).run().violation)), "")


def test_callers_object_at_every_turn_under_every_fault() -> None:
    missing: set[object] = {SampleAnswer.NO, SampleWithdrawn, RecordingRevoked, CallbackDeclined}
    for seed in range(1, 9):
        simulation = a_day(*FAULTS, seed=seed)
        seen: list[Envelope] = []
        simulation.tape.readers.join(seen.append)
        assert simulation.run().violation is None
        objected = simulation.objecting.objected
        theirs = [each.event for each in seen if getattr(each.event, "call_id", None) in objected]
        missing -= {each.answer if isinstance(each, SampleAnswered) else type(each) for each in theirs}
        if not missing and simulation.objecting.interrupted:
            return
    raise AssertionError(f"never seen: {missing}")


def test_a_service_that_hears_no_objection_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes neither the key nor the word, and records on."""
    refused = Samples.refusal_of

    def deaf(self: Samples, request: CallRequest) -> Refusal | None:
        if isinstance(request, RecordingRevoked):
            return Refusal(code=RefusalCode.NOT_ASKED, facts={})
        return refused(self, request)

    monkeypatch.setattr(Samples, "swallows", lambda *_: False)
    monkeypatch.setattr(Samples, "refusal_of", deaf)
    assert "though the caller objected" in violation_of(days=8)


def test_a_no_on_disk_that_ends_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Tapes.step

    def forgetful(self: Tapes, segment: Segment, envelope: Envelope) -> tuple[SegmentStep, list[Due]]:
        if isinstance(envelope.event, RecordingRevoked):
            return SegmentStep(segment), []
        return step(self, segment, envelope)

    monkeypatch.setattr(Tapes, "step", forgetful)
    monkeypatch.setattr("fernamt.simulation.objecting.MINDS", 0.0)
    assert "after the no is on disk" in violation_of(days=8)


def test_a_promise_to_who_chose_to_wait_on_is_found_out() -> None:
    simulation = a_day()
    watch = simulation.watches.objections

    def promised(envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, CallbackDeclined) and event.is_chosen:
            agreed = CallbackAgreed(
                call_id=event.call_id, party_id=PartyId("p"), number=None, attempts=1, retry_ms=0, expires_at=Instant(0)
            )
            watch.durable(replace(envelope, event=agreed))

    simulation.tape.readers.join(promised)
    assert "who chose to wait on" in (simulation.run().violation or "")
