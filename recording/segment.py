"""One order segment as its machine knows it: what was asked and answered, what the switch has proven, what is due."""

from enum import StrEnum

import msgspec

from telephony.identifiers import MS, AgentId, CallId, Instant, LegId, SegmentId, SwitchName
from telephony.order_segments import ConsentPurpose, ConsentWords, MarkSet, SegmentMark, SegmentVerdict, StopReason
from telephony.recording_signs import NO_SIGN, RecordingSign
from telephony.segments import SegmentFile, SegmentTrouble

PROOF_LIMIT_MS = 3_000
"""A start that is not proven by then is none: it is taken back, and deleted."""
CONSENT_LIMIT_MS = 30_000
"""Question and yes are repeated on the tape, and the person named, within this time: else there is nothing to keep."""
CAP_MS = 15 * 60_000
SWITCH_GRACE_MS = 10_000
"""So long after its cap the switch ends it by itself, should nobody be there to do it."""
MASK_LIMIT_MS = 120_000
STOP_LIMIT_MS = 2_000
DISCARD_LIMIT_MS = 3_000
MARK_SLACK_MS = 1_000
LOST_PERMILLE = 100
"""A tape may be so much shorter than the time its marks were set in: words on the way, and packets that were lost."""
REPEAT_MS = 10_000

REACTION_MS = 200
"""Nobody marks what was said sooner than this after its last word."""


class SegmentState(StrEnum):
    """Where a segment stands. Before the first there is none; the last four are over."""

    ASKED = "asked"
    """The text is being read, and nothing records."""
    YES_UNTAPED = "yes_untaped"
    """They said yes; the switch may be told when that is on disk."""
    STARTING = "starting"
    RECORDING = "recording"
    """The switch has proven it; the consent is not on the tape yet."""
    CONSENT_ON_TAPE = "consent_on_tape"
    CONTENT = "content"
    """The person is named on the tape, too: terms and declaration follow."""
    CLOSING = "closing"
    """The switch was told to stop; the files are to be kept."""
    DISCARDING = "discarding"
    """The switch was told to stop and delete."""
    UNCONFIRMED = "unconfirmed"
    """It said nothing to that: the call is ended, and it is told again."""
    CUT = "cut"
    """The line to the switch is cut: nothing can be told to it, and what it does nobody knows. Nothing is to be kept."""
    CUT_KEPT = "cut_kept"
    """The same with the consent on the tape: what there is is kept."""
    STOPPED = "stopped"
    DISCARDED = "discarded"
    NEVER = "never"
    """Nothing was recorded."""
    LOST = "lost"
    """The call is over, and the switch never said that the recording is."""


OVER = (SegmentState.STOPPED, SegmentState.DISCARDED, SegmentState.NEVER, SegmentState.LOST)
BEFORE_START = (SegmentState.ASKED, SegmentState.YES_UNTAPED)
RUNNING = (SegmentState.RECORDING, SegmentState.CONSENT_ON_TAPE, SegmentState.CONTENT)
"""Proven, and not told to stop: the only states in which anybody is shown that it records."""
MAY_RUN = (
    *(SegmentState.STARTING, *RUNNING),
    *(SegmentState.CLOSING, SegmentState.DISCARDING, SegmentState.UNCONFIRMED),
    *(SegmentState.CUT, SegmentState.CUT_KEPT),
)
"""The switch may be recording, as far as anybody knows."""


class SegmentTimer(StrEnum):
    """The due times a segment can have."""

    PROOF_OVERDUE = "proof_overdue"
    CONSENT_OVERDUE = "consent_overdue"
    CAP = "cap"
    MASK_OVERDUE = "mask_overdue"
    STOP_OVERDUE = "stop_overdue"
    SIGN_DUE = "sign_due"


class Masked(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of silence in place of what was said; `to_ms` None: it goes on, or went on to the end."""

    from_ms: int
    to_ms: int | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """All the machine knows of one segment. Due times are part of the state: a restart forgets none."""

    segment_id: SegmentId
    call_id: CallId
    switch: SwitchName
    agent_id: AgentId
    leg_id: LegId
    """The outside party's: what they say and what they hear is recorded there."""
    order_id: str
    words: ConsentWords
    state: SegmentState = SegmentState.ASKED
    longest_ms: int = CAP_MS
    sign: RecordingSign = NO_SIGN
    """An announcement is made in the language in which they were asked."""
    agent_leg_id: LegId | None = None
    """By which both hear the sign."""
    signs: int = 0
    """So many were given."""
    asked_at: Instant
    agreed_at: Instant | None = None
    proven_at: Instant | None = None
    ended_at: Instant | None = None
    marks: tuple[MarkSet, ...] = ()
    masks: tuple[Masked, ...] = ()
    reason: StopReason | None = None
    trouble: SegmentTrouble | None = None
    """The first thing that was wrong with it."""
    files: tuple[SegmentFile, ...] = ()
    missing_ms: int = 0
    """So much of the time it ran is on no file, at the least."""
    proof_overdue_at: Instant | None = None
    consent_overdue_at: Instant | None = None
    cap_at: Instant | None = None
    mask_overdue_at: Instant | None = None
    stop_overdue_at: Instant | None = None
    sign_due_at: Instant | None = None

    def due(self) -> list[tuple[SegmentTimer, Instant]]:
        """The due times of this segment."""
        times = (
            (SegmentTimer.PROOF_OVERDUE, self.proof_overdue_at),
            (SegmentTimer.CONSENT_OVERDUE, self.consent_overdue_at),
            (SegmentTimer.CAP, self.cap_at),
            (SegmentTimer.MASK_OVERDUE, self.mask_overdue_at),
            (SegmentTimer.STOP_OVERDUE, self.stop_overdue_at),
            (SegmentTimer.SIGN_DUE, self.sign_due_at),
        )
        return [(timer, at) for timer, at in times if at is not None]

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it."""
        return self.state in OVER

    @property
    def is_masked(self) -> bool:
        """Whether the switch has proven that it writes silence now."""
        return bool(self.masks) and self.masks[-1].to_ms is None

    def has_mark(self, mark: SegmentMark) -> bool:
        """Whether the agent has heard that on the tape."""
        return any(each.mark is mark for each in self.marks)

    @property
    def is_sample(self) -> bool:
        """Whether it is of a call that is sampled: the yes was given before, and stands in the journal, not on the tape."""
        return self.words.purpose is ConsentPurpose.QUALITY_SAMPLE

    def offset_ms(self, at: Instant) -> int:
        """How far into the tape that instant is."""
        return 0 if self.proven_at is None else max((at - self.proven_at) // MS, 0)

    @property
    def verdict(self) -> SegmentVerdict:
        """What it amounts to, once it is over: a whole one has all marks, both directions, and nothing was wrong with it."""
        match self.state:
            case SegmentState.DISCARDED:
                return SegmentVerdict.NOTHING if self.proven_at is None else SegmentVerdict.DISCARDED
            case SegmentState.LOST:
                return SegmentVerdict.UNCONFIRMED
            case SegmentState.STOPPED:
                return SegmentVerdict.COMPLETE if self._is_whole else SegmentVerdict.INCOMPLETE
            case _:
                return SegmentVerdict.NOTHING

    @property
    def _is_whole(self) -> bool:
        has_both = len({each.direction for each in self.files}) == 2 and self._reaches_its_marks and self._holds_its_marks
        return has_both and self.trouble is None and (self.is_sample or all(self.has_mark(mark) for mark in SegmentMark))

    @property
    def _reaches_its_marks(self) -> bool:
        """Whether there is sound in both directions, up to what was marked last: a mark behind the tape's end is on no tape."""
        last_ms = max((each.offset_ms for each in self.marks), default=0)
        at_least_ms = max(1, last_ms - last_ms * LOST_PERMILLE // 1_000 - MARK_SLACK_MS)
        return all(each.lasts_ms >= at_least_ms for each in self.files)

    @property
    def _holds_its_marks(self) -> bool:
        """Whether what was marked last had come to the tape when that ended: what is missing is what was said last."""
        if self.ended_at is None or not self.marks:
            return True
        said_ms = max(each.offset_ms for each in self.marks) - REACTION_MS
        return self.offset_ms(self.ended_at) - said_ms >= self.missing_ms
