"""What a journaled event means for a segment: the words of its table."""

from collections.abc import Mapping
from enum import StrEnum

from recording.segment import Segment, SegmentTimer
from telephony.events import CallEnded, Event, SwitchConnected, SwitchDisconnected
from telephony.order_segments import (
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentStopForced,
    SegmentStopRequested,
    SegmentTimerFired,
    StopReason,
)
from telephony.samples import SampleWithdrawn
from telephony.segments import SegmentEnded, SegmentFaulted, SegmentMasked, SegmentProven, SegmentTrouble, SignGiven


class Happening(StrEnum):
    """What can happen to a segment."""

    ASK_REQUESTED = "ask_requested"
    AGREE_REQUESTED = "agree_requested"
    DECLINE_REQUESTED = "decline_requested"
    REVOKE_REQUESTED = "revoke_requested"
    CONSENT_MARK_REQUESTED = "consent_mark_requested"
    IDENTITY_MARK_REQUESTED = "identity_mark_requested"
    INTENT_MARK_REQUESTED = "intent_mark_requested"
    MASK_REQUESTED = "mask_requested"
    STOP_REQUESTED = "stop_requested"
    OPENED = "opened"
    FORCED = "forced"
    PROVEN = "proven"
    SAMPLE_PROVEN = "sample_proven"
    """The switch records a call to which the caller agreed before."""
    MASKED = "masked"
    FAULTED = "faulted"
    SIGN_GIVEN = "sign_given"
    ENDED = "ended"
    SWITCH_CUT = "switch_cut"
    SWITCH_BACK = "switch_back"
    CALL_ENDED = "call_ended"
    PROOF_OVERDUE = "proof_overdue"
    CONSENT_OVERDUE = "consent_overdue"
    CAP_CAME = "cap_came"
    MASK_OVERDUE = "mask_overdue"
    STOP_OVERDUE = "stop_overdue"
    SIGN_DUE = "sign_due"


REQUESTS = tuple(each for each in Happening if each.value.endswith("_requested"))
"""What agents ask for: refused, not impossible, where the state has no rule for it."""

_PLAIN: Mapping[type[Event], Happening] = {
    RecordingAsked: Happening.ASK_REQUESTED,
    RecordingAgreed: Happening.AGREE_REQUESTED,
    RecordingDeclined: Happening.DECLINE_REQUESTED,
    RecordingRevoked: Happening.REVOKE_REQUESTED,
    SampleWithdrawn: Happening.REVOKE_REQUESTED,
    SegmentMaskRequested: Happening.MASK_REQUESTED,
    SegmentStopRequested: Happening.STOP_REQUESTED,
    SegmentOpened: Happening.OPENED,
    SegmentStopForced: Happening.FORCED,
    SegmentProven: Happening.PROVEN,
    SegmentMasked: Happening.MASKED,
    SegmentFaulted: Happening.FAULTED,
    SignGiven: Happening.SIGN_GIVEN,
    SegmentEnded: Happening.ENDED,
    SwitchDisconnected: Happening.SWITCH_CUT,
    SwitchConnected: Happening.SWITCH_BACK,
    CallEnded: Happening.CALL_ENDED,
}

_MARKS: Mapping[SegmentMark, Happening] = {
    SegmentMark.CONSENT: Happening.CONSENT_MARK_REQUESTED,
    SegmentMark.IDENTITY: Happening.IDENTITY_MARK_REQUESTED,
    SegmentMark.INTENT: Happening.INTENT_MARK_REQUESTED,
}

_TIMERS: Mapping[SegmentTimer, Happening] = {
    SegmentTimer.PROOF_OVERDUE: Happening.PROOF_OVERDUE,
    SegmentTimer.CONSENT_OVERDUE: Happening.CONSENT_OVERDUE,
    SegmentTimer.CAP: Happening.CAP_CAME,
    SegmentTimer.MASK_OVERDUE: Happening.MASK_OVERDUE,
    SegmentTimer.STOP_OVERDUE: Happening.STOP_OVERDUE,
    SegmentTimer.SIGN_DUE: Happening.SIGN_DUE,
}

_REASONS: Mapping[type[Event], StopReason] = {
    RecordingDeclined: StopReason.DECLINED,
    RecordingRevoked: StopReason.WITHDRAWN,
    SampleWithdrawn: StopReason.WITHDRAWN,
    SegmentStopRequested: StopReason.ASKED,
    SegmentFaulted: StopReason.TROUBLE,
    SegmentEnded: StopReason.ENDED_BY_SWITCH,
    SwitchDisconnected: StopReason.CUT,
    SwitchConnected: StopReason.CUT,
    CallEnded: StopReason.CALL_ENDED,
}

_TIMED: Mapping[SegmentTimer, StopReason] = {
    SegmentTimer.PROOF_OVERDUE: StopReason.NOT_PROVEN,
    SegmentTimer.CONSENT_OVERDUE: StopReason.NO_CONSENT_ON_TAPE,
    SegmentTimer.CAP: StopReason.CAP,
    SegmentTimer.STOP_OVERDUE: StopReason.TROUBLE,
}


def classify(segment: Segment, event: Event) -> Happening | None:
    """What the event means for the segment; None where it means nothing to it (another one's, a stale due time)."""
    if getattr(event, "segment_id", segment.segment_id) != segment.segment_id:
        return None
    if isinstance(event, SegmentTimerFired):
        timer = SegmentTimer(event.timer)
        return _TIMERS[timer] if (timer, event.due_at) in segment.due() else None
    if isinstance(event, SegmentMarked):
        return _MARKS[event.mark]
    if isinstance(event, SegmentFaulted) and event.trouble is SegmentTrouble.STARVED and segment.is_sample:
        return None  # it shows how a call was answered all the same, and proves nothing that a hole could hide
    if isinstance(event, SegmentProven) and segment.is_sample:
        return Happening.SAMPLE_PROVEN
    return _PLAIN.get(type(event))


def reason_of(event: Event) -> StopReason | None:
    """Why a segment ends that ends with this."""
    if isinstance(event, SegmentStopForced):
        return event.reason
    return _TIMED.get(SegmentTimer(event.timer)) if isinstance(event, SegmentTimerFired) else _REASONS.get(type(event))
