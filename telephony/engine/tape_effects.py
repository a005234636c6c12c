"""What events do to the segments of calls, and to the samples they may be of."""

from typing import cast

from recording.segment import Segment
from recording.segment_actions import opened_of
from telephony.engine.course import Course, guarded
from telephony.engine.taping import refused_proof
from telephony.errors import Refusal
from telephony.events import Envelope
from telephony.order_segments import RecordingAsked, RecordingRevoked
from telephony.samples import SampleBegun
from telephony.segments import SegmentFact


def ask_recording(turn: Course, envelope: Envelope) -> Refusal | None:
    event = cast(RecordingAsked, envelope.event)
    call = turn.calls.get(event.call_id)
    if call is None:
        return None  # one that is over, read again at a start for its agent's sake
    refusal = step_segment(turn, envelope, turn.tapes.begin(call, envelope, event))
    if refusal is None:
        turn.samples.heard(envelope)
    return refusal


def begin_sample(turn: Course, envelope: Envelope) -> None:
    """The call opens the recording in the same turn, as it does for an order."""
    event = cast(SampleBegun, envelope.event)
    call = turn.calls.get(event.call_id)
    if call is None:
        return
    turn.samples.heard(envelope)
    segment = turn.tapes.begin_sample(call, envelope, event)
    turn.conclude(opened_of(segment), envelope)


def tell_segment(turn: Course, envelope: Envelope) -> Refusal | None:
    """The call's segment meets it; of one that nobody has, a proof is answered with its end."""
    segment, event = None if envelope.call_id is None else turn.tapes.segments.get(envelope.call_id), envelope.event
    if segment is not None and getattr(event, "segment_id", segment.segment_id) == segment.segment_id:
        return step_segment(turn, envelope, segment)
    withdrawn = turn.tapes.withdraw(event.call_id) if isinstance(event, RecordingRevoked) else None
    if withdrawn is not None:
        turn.conclude(withdrawn, envelope)
    refused = refused_proof(event, envelope) if isinstance(event, SegmentFact) else None
    turn.result.commands += [] if refused is None else [refused]
    return None


def tell_both(turn: Course, envelope: Envelope) -> Refusal | None:
    """The segment says first whether it can be; the sample hears of what was."""
    before = None if envelope.call_id is None else turn.samples.calls.get(envelope.call_id)
    if before is None:
        return tell_segment(turn, envelope)
    heard = turn.samples.heard(envelope)
    refusal = tell_segment(turn, envelope)
    for event in heard:
        turn.conclude(event, envelope)
    return refusal


def step_segment(turn: Course, envelope: Envelope, segment: Segment) -> Refusal | None:
    outcome = guarded(turn, lambda: turn.tapes.step(segment, envelope), envelope, "segment", segment.state)
    if outcome is None:
        return None
    done, due = outcome
    turn.result.commands.extend(done.commands)
    turn.result.due += due
    for event in done.events:
        turn.conclude(event, envelope)
    return done.refusal
