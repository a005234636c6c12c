"""What the rules of the segment's table do. A recording ends as it began: by proof, never by intent."""

from typing import Any, cast

import msgspec
from msgspec.structs import replace

from recording import segment_signs
from recording.segment import (
    CONSENT_LIMIT_MS,
    DISCARD_LIMIT_MS,
    MASK_LIMIT_MS,
    PROOF_LIMIT_MS,
    REPEAT_MS,
    STOP_LIMIT_MS,
    SWITCH_GRACE_MS,
    Masked,
    Segment,
)
from recording.segment_facts import reason_of
from telephony.commands import Command
from telephony.errors import Refusal
from telephony.events import Envelope, Event
from telephony.identifiers import Instant, after_ms
from telephony.order_segments import (
    MarkSet,
    RecordingAsked,
    SegmentClosed,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentUnstoppable,
    StopReason,
)
from telephony.segments import (
    DiscardSegment,
    MaskSegment,
    SegmentEnded,
    SegmentFaulted,
    SegmentMasked,
    SignGiven,
    StartSegment,
    StopSegment,
)

_NO_TIMES: dict[str, Any] = {
    "proof_overdue_at": None,
    "consent_overdue_at": None,
    "cap_at": None,
    "mask_overdue_at": None,
    "stop_overdue_at": None,
    "sign_due_at": None,
}


class SegmentStep(msgspec.Struct, frozen=True):
    """The segment after the event, what is to be done, what was concluded, and a refusal where somebody asked in vain."""

    segment: Segment
    commands: tuple[Command, ...] = ()
    events: tuple[Event, ...] = ()
    refusal: Refusal | None = None


# -- up to the proof ---------------------------------------------------------------------------------------------------


def ask_anew(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The text is read once more, or another one: what counts is what was read last."""
    asked = cast(RecordingAsked, envelope.event)
    return SegmentStep(replace(segment, words=asked.words, order_id=asked.order_id, asked_at=envelope.received_at))


def agree(segment: Segment, envelope: Envelope) -> SegmentStep:
    """They said yes. The call opens the recording in the same turn, and the switch is told when all of it is on disk."""
    return SegmentStep(replace(segment, agreed_at=envelope.received_at), events=(opened_of(segment),))


def opened_of(segment: Segment) -> SegmentOpened:
    """What is said of a segment that may be recorded."""
    return SegmentOpened(call_id=segment.call_id, agent_id=segment.agent_id, segment_id=segment.segment_id, leg_id=segment.leg_id)


def start(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch is asked to record. The command waits for the disk: no sample before the yes is durable."""
    command = StartSegment(
        call_id=segment.call_id,
        switch=segment.switch,
        leg_id=segment.leg_id,
        segment_id=segment.segment_id,
        limit_ms=segment.longest_ms + SWITCH_GRACE_MS,
    )
    return SegmentStep(replace(segment, proof_overdue_at=after_ms(envelope.received_at, PROOF_LIMIT_MS)), (command,))


def run(segment: Segment, envelope: Envelope) -> SegmentStep:
    """It records: question and yes are repeated now."""
    at = envelope.received_at
    times = {**_NO_TIMES, "consent_overdue_at": after_ms(at, CONSENT_LIMIT_MS), "cap_at": after_ms(at, segment.longest_ms)}
    return _with_sign(replace(segment, proven_at=at, **times), at)


def run_sample(segment: Segment, envelope: Envelope) -> SegmentStep:
    """It records what was agreed to before: nothing has to be repeated on the tape."""
    at = envelope.received_at
    times = {**_NO_TIMES, "cap_at": after_ms(at, segment.longest_ms)}
    return _with_sign(replace(segment, proven_at=at, **times), at)


def refuse_proof(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch records what nobody has asked it to: that is ended and deleted."""
    return SegmentStep(segment, (_discard(segment),))


# -- on the tape -------------------------------------------------------------------------------------------------------


def mark(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The agent has heard it, there."""
    heard = cast(SegmentMarked, envelope.event).mark
    marks = (*segment.marks, MarkSet(mark=heard, offset_ms=segment.offset_ms(envelope.received_at)))
    return SegmentStep(replace(segment, marks=marks))


def name_person(segment: Segment, envelope: Envelope) -> SegmentStep:
    """Consent and person are on the tape in time: it may be as long as the cap."""
    marked = mark(segment, envelope)
    return SegmentStep(replace(marked.segment, consent_overdue_at=None))


def ask_for_mask(segment: Segment, envelope: Envelope) -> SegmentStep:
    """Silence is to be written, for a while at most; or what is said again."""
    is_masked = cast(SegmentMaskRequested, envelope.event).is_masked
    overdue_at = (segment.mask_overdue_at or after_ms(envelope.received_at, MASK_LIMIT_MS)) if is_masked else None
    return SegmentStep(replace(segment, mask_overdue_at=overdue_at), (_mask(segment, is_masked=is_masked),))


def end_mask(segment: Segment, envelope: Envelope) -> SegmentStep:
    """Nobody took the mask off in time: what is said is written again."""
    return SegmentStep(replace(segment, mask_overdue_at=None), (_mask(segment, is_masked=False),))


def note_mask(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch has proven that it writes silence, or writes again."""
    is_masked, at = cast(SegmentMasked, envelope.event).is_masked, segment.offset_ms(envelope.received_at)
    if is_masked == segment.is_masked:
        return SegmentStep(segment)
    if is_masked:
        return SegmentStep(replace(segment, masks=(*segment.masks, Masked(from_ms=at))))
    return SegmentStep(replace(segment, masks=(*segment.masks[:-1], replace(segment.masks[-1], to_ms=at))))


def give_sign(segment: Segment, envelope: Envelope) -> SegmentStep:
    """Both hear again that it records, unless silence is written."""
    return _with_sign(replace(segment, sign_due_at=None), envelope.received_at)


def note_sign(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch has played it to its end, or has not."""
    return SegmentStep(segment_signs.note(segment, cast(SignGiven, envelope.event), envelope.received_at))


# -- the end -----------------------------------------------------------------------------------------------------------


def stop(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch is told to stop; what there is is kept."""
    return _closing(segment, envelope, (_stop(segment),))


def stopped_by_call(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The call has told the switch to stop."""
    return _closing(segment, envelope, ())


def discard(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch is told to stop and delete: of this nothing may be kept."""
    overdue_at = after_ms(envelope.received_at, DISCARD_LIMIT_MS)
    after = replace(_noted(segment, envelope), **{**_NO_TIMES, "stop_overdue_at": overdue_at})
    return SegmentStep(after, (_discard(after),))


def say_unstoppable(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The switch says nothing to that: the call has to end, and the switch is told again."""
    again = replace(segment, stop_overdue_at=after_ms(envelope.received_at, REPEAT_MS))
    said = SegmentUnstoppable(call_id=segment.call_id, segment_id=segment.segment_id)
    return SegmentStep(again, (_discard(again),), (said,))


def cut(segment: Segment, envelope: Envelope) -> SegmentStep:
    """Nothing can be told to the switch; whoever watches over it there ends the recording."""
    return SegmentStep(replace(_noted(segment, envelope), **_NO_TIMES))


def note(segment: Segment, envelope: Envelope) -> SegmentStep:
    """Only why, or what was wrong, is kept."""
    return SegmentStep(_noted(segment, envelope))


def close(segment: Segment, envelope: Envelope) -> SegmentStep:
    """It is over: the switch has said so, or was never told to begin."""
    event, after = envelope.event, replace(_noted(segment, envelope), **_NO_TIMES)
    if isinstance(event, SegmentEnded):
        after = replace(after, ended_at=envelope.received_at, files=event.files, missing_ms=event.missing_ms)
    return SegmentStep(after)


def close_deleted(segment: Segment, envelope: Envelope) -> SegmentStep:
    """The recording has ended. Files that are told of nevertheless crossed the order to delete them: it is given again."""
    closed = close(segment, envelope)
    has_files = bool(closed.segment.files)
    return SegmentStep(replace(closed.segment, files=()), (_discard(segment),) if has_files else ())


def closed_of(segment: Segment) -> SegmentClosed:
    """What is said of a segment that is over."""
    return SegmentClosed(
        call_id=segment.call_id,
        agent_id=segment.agent_id,
        segment_id=segment.segment_id,
        order_id=segment.order_id,
        words=segment.words,
        verdict=segment.verdict,
        reason=segment.reason or StopReason.ENDED_BY_SWITCH,
        marks=segment.marks,
    )


# -- parts -------------------------------------------------------------------------------------------------------------


def _closing(segment: Segment, envelope: Envelope, commands: tuple[Command, ...]) -> SegmentStep:
    overdue_at = after_ms(envelope.received_at, STOP_LIMIT_MS)
    return SegmentStep(replace(_noted(segment, envelope), **{**_NO_TIMES, "stop_overdue_at": overdue_at}), commands)


def _noted(segment: Segment, envelope: Envelope) -> Segment:
    """The segment with the first reason for its end, and the first thing that was wrong with it. A withdrawal outweighs them."""
    reason = reason_of(envelope.event)
    if segment.reason is not None and reason is not StopReason.WITHDRAWN:
        reason = segment.reason
    trouble = envelope.event.trouble if isinstance(envelope.event, SegmentFaulted) else None
    return replace(segment, reason=reason, trouble=segment.trouble or trouble)


def _with_sign(segment: Segment, at: Instant) -> SegmentStep:
    return SegmentStep(*segment_signs.give(segment, at))


def _mask(segment: Segment, *, is_masked: bool) -> MaskSegment:
    return MaskSegment(
        call_id=segment.call_id,
        switch=segment.switch,
        leg_id=segment.leg_id,
        segment_id=segment.segment_id,
        is_masked=is_masked,
    )


def _stop(segment: Segment) -> StopSegment:
    return StopSegment(call_id=segment.call_id, switch=segment.switch, leg_id=segment.leg_id, segment_id=segment.segment_id)


def _discard(segment: Segment) -> DiscardSegment:
    return DiscardSegment(call_id=segment.call_id, switch=segment.switch, leg_id=segment.leg_id, segment_id=segment.segment_id)
