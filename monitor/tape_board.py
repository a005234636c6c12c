"""The board's part of recording: what the switch has proven, never what was wanted. Only then is a call shown as recorded."""

from msgspec.structs import replace

from monitor.call_board import CallBoard
from monitor.rows import TapePhase, TapeRow
from telephony.events import Envelope, Event
from telephony.identifiers import CallId, Instant
from telephony.order_segments import (
    ConsentPurpose,
    RecordingAgreed,
    RecordingAsked,
    SegmentClosed,
    SegmentMarked,
    SegmentOpened,
    SegmentStopForced,
    SegmentStopRequested,
    SegmentVerdict,
    SegmentWithdrawn,
)
from telephony.samples import (
    SampleAnswer,
    SampleAnswered,
    SampleAsked,
    SampleBegun,
    SampleDrawn,
    SamplePassed,
    SampleWithdrawn,
)
from telephony.segments import SegmentMasked, SegmentProven

HEARD = (
    *(RecordingAsked, RecordingAgreed, SegmentOpened, SegmentProven, SegmentMarked, SegmentMasked),
    *(SegmentStopRequested, SegmentStopForced, SegmentClosed, SegmentWithdrawn),
    *(SampleDrawn, SampleAsked, SampleAnswered, SamplePassed, SampleBegun, SampleWithdrawn),
)
_OVER = {
    SegmentVerdict.NOTHING: TapePhase.NOTHING,
    SegmentVerdict.COMPLETE: TapePhase.COMPLETE,
    SegmentVerdict.INCOMPLETE: TapePhase.INCOMPLETE,
    SegmentVerdict.DISCARDED: TapePhase.DISCARDED,
    SegmentVerdict.UNCONFIRMED: TapePhase.UNCONFIRMED,
}
_OF_SAMPLES = (SampleDrawn, SampleAsked, SampleAnswered, SamplePassed, SampleBegun, SampleWithdrawn)
_SAMPLES = {SampleDrawn: TapePhase.DRAWN, SampleAsked: TapePhase.ASKED, SampleBegun: TapePhase.STARTING}
_MAY_RECORD = (TapePhase.STARTING, TapePhase.RECORDING, TapePhase.ENDING)


def tell(board: CallBoard, call_id: CallId, envelope: Envelope) -> None:
    """The call's recording is as the event says."""
    call = board.calls.get(call_id)
    if call is None:
        return
    after = _after(call.tape, envelope)
    if after != call.tape:
        call.tape = after
        board.mark_changed(call_id)


def cut(board: CallBoard, envelope: Envelope) -> None:
    """Of what a switch records nobody knows anything while its line is cut; of two switches, either may be meant."""
    for call_id, call in board.calls.items():
        if call.tape is not None and call.tape.phase in _MAY_RECORD:
            call.tape = replace(call.tape, phase=TapePhase.UNKNOWN, since_at=envelope.received_at)
            board.mark_changed(call_id)


def _after(tape: TapeRow | None, envelope: Envelope) -> TapeRow | None:
    event, at = envelope.event, envelope.received_at
    if isinstance(event, RecordingAsked):
        is_sample = event.words.purpose is ConsentPurpose.QUALITY_SAMPLE
        return TapeRow(phase=TapePhase.ASKED, since_at=at, order_id=event.order_id, is_sample=is_sample)
    if isinstance(event, _OF_SAMPLES):
        return _sample_after(tape, event, at)
    if tape is None:
        return None
    if isinstance(event, SegmentMarked):
        return replace(tape, marks=(*tape.marks, event.mark.value))
    if isinstance(event, SegmentMasked):
        return replace(tape, is_masked=event.is_masked)
    phase = _phase(tape, event)
    return tape if phase is tape.phase else replace(tape, phase=phase, since_at=at, is_masked=False)


def _sample_after(tape: TapeRow | None, event: Event, at: Instant) -> TapeRow | None:
    """Who was not drawn is shown like any other caller; a tape that runs is shown as the switch proves it."""
    phase = _SAMPLES.get(type(event), TapePhase.NOTHING)
    if isinstance(event, SampleDrawn) and not event.is_drawn:
        return tape
    if isinstance(event, SampleAnswered) and event.answer is SampleAnswer.YES:
        phase = TapePhase.AGREED
    if isinstance(event, SampleWithdrawn) and tape is not None and tape.phase in (*_MAY_RECORD, *_OVER.values()):
        return tape
    return TapeRow(phase=phase, since_at=at, order_id="", is_sample=True)


def _phase(tape: TapeRow, event: Event) -> TapePhase:
    if isinstance(event, SegmentClosed):
        return _OVER[event.verdict]
    if isinstance(event, SegmentWithdrawn):
        return TapePhase.DISCARDED
    if isinstance(event, SegmentProven):
        return TapePhase.RECORDING if tape.phase is TapePhase.STARTING else tape.phase
    if isinstance(event, SegmentOpened):
        return TapePhase.STARTING
    if isinstance(event, SegmentStopRequested | SegmentStopForced):
        return TapePhase.ENDING if tape.phase in _MAY_RECORD else tape.phase
    return tape.phase
