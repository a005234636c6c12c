"""What becomes of the files a recorder has left: the journal alone decides, and what it does not permit is deleted. Pure.

A segment whose end the switch has proven, with the consent on its tape, goes into the vault. One whose end nobody saw (the
controller or the line was away, and the call is over) is adopted only where the journal shows the consent on the tape, and
nobody had told the recorder to stop: it may have gone on. It never proves anything. Everything else is deleted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recording.retention import RecordingClass
from recording.vault.manifest import Mark, StateChange, StoppedSegment, Stretch
from telephony.dialling import CallPlaced
from telephony.events import CallAdmitted, CallEnded, Envelope, Event
from telephony.identifiers import MS, Instant, SegmentId
from telephony.order_segments import (
    ConsentPurpose,
    RecordingAgreed,
    RecordingAsked,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentOpened,
    SegmentStopForced,
    SegmentStopRequested,
    SegmentVerdict,
    SegmentWithdrawn,
    StopReason,
)
from telephony.samples import SampleBegun
from telephony.segments import (
    Direction,
    SegmentEnded,
    SegmentFact,
    SegmentFaulted,
    SegmentFile,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    SignGiven,
)
from telephony.terms import ProjectTerms

MASKED = "masked"
UNKNOWN_CODEC = "unknown"
"""The switch did not tell what the leg spoke."""
_LOSING = (SegmentTrouble.STALLED, SegmentTrouble.SILENT)
"""Troubles of a running segment in which what is said is not on its tape."""
_CLASSES = {
    ConsentPurpose.ORDER: RecordingClass.ORDER_SEGMENT,
    ConsentPurpose.QUALITY_SAMPLE: RecordingClass.QUALITY_SAMPLE,
}
_ADOPTED = (StopReason.CUT, StopReason.CALL_ENDED, StopReason.ENDED_BY_SWITCH)
"""Ends before which nobody had told the recorder to stop."""


class Fault(StrEnum):
    """Why what was recorded is deleted."""

    NEVER_ASKED = "never_asked"
    """The journal knows nothing of it."""
    DISCARDED = "discarded"
    """It was to be deleted at the switch, or nothing was to be recorded."""
    NO_CONSENT_ON_TAPE = "no_consent_on_tape"
    RAN_ON = "ran_on"
    """It was told to stop, and nobody knows when it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """It goes into the vault; where it was withdrawn since, to be shredded there, with a receipt."""

    segment: StoppedSegment
    is_withdrawn: bool = False


def fate_of(segment_id: SegmentId, told: Iterable[Envelope], *, is_still: bool) -> Taken | Fault | None:
    """What becomes of the segment's files, by all that was told of its call; None while that is open.

    `is_still`: nobody has written to the files for a while.
    """
    story = _Story(segment_id, told)
    if story.over is None:
        return Fault.NEVER_ASKED if story.has_ended and is_still else None
    closed, stopped_at = story.over
    if closed.verdict in (SegmentVerdict.NOTHING, SegmentVerdict.DISCARDED):
        return Fault.DISCARDED
    if closed.verdict is SegmentVerdict.UNCONFIRMED:
        if not is_still:
            return None
        if closed.reason not in _ADOPTED:
            return Fault.RAN_ON
    is_sample = closed.words.purpose is ConsentPurpose.QUALITY_SAMPLE
    if not is_sample and not any(each.mark is SegmentMark.CONSENT for each in closed.marks):
        return Fault.NO_CONSENT_ON_TAPE
    segment = story.segment(closed, stopped_at)
    return Fault.NEVER_ASKED if segment is None else Taken(segment=segment, is_withdrawn=story.is_withdrawn)


class _Story:
    """What a call's journal says of one of its segments."""

    def __init__(self, segment_id: SegmentId, told: Iterable[Envelope]) -> None:
        self.segment_id = segment_id
        self.over: tuple[SegmentClosed, Instant] | None = None
        """What was concluded of it, and when the switch said that it had ended, or else we did."""
        self.files: tuple[SegmentFile, ...] = ()
        self.missing_ms = 0
        self.terms: ProjectTerms | None = None
        self.has_ended = self.is_withdrawn = False
        """Whether the call has; whether the yes to the segment was taken back."""
        self._ended_at: Instant | None = None
        self._own: list[Envelope] = []
        for envelope in told:
            self._hear(envelope)

    def _hear(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, CallAdmitted | CallPlaced) and self.over is None:
            self.terms = event.terms
        self.has_ended = self.has_ended or isinstance(event, CallEnded)
        if isinstance(event, SegmentWithdrawn) and event.segment_id == self.segment_id:
            self.is_withdrawn = True
        if self.over is not None:
            return
        self._own.append(envelope)
        if isinstance(event, SegmentEnded) and event.segment_id == self.segment_id:
            self._ended_at, self.files, self.missing_ms = envelope.received_at, event.files, event.missing_ms
        if isinstance(event, SegmentClosed):
            if event.segment_id == self.segment_id:
                self.over = event, self._ended_at or envelope.received_at
            else:
                self._own.clear()  # that was another one of the call

    def segment(self, closed: SegmentClosed, stopped_at: Instant) -> StoppedSegment | None:
        """What the vault is told of it, once it is over; None where the journal does not say whose call it was."""
        terms = self.terms
        if terms is None:
            return None
        return StoppedSegment(
            segment_id=self.segment_id,
            client_id=terms.client_id,
            project_id=terms.project_id,
            call_id=closed.call_id,
            agent_id=closed.agent_id,
            order_id=closed.order_id,
            purpose=_CLASSES[closed.words.purpose].value,
            consent_text=closed.words.sha256,
            consent_version=closed.words.version,
            language=closed.words.language,
            changes=tuple(self._changes()),
            marks=tuple(Mark(what=each.mark.value, offset_ms=each.offset_ms) for each in closed.marks),
            masks=tuple(self._masks(stopped_at)),
            gaps=tuple(self._gaps(stopped_at)),
            codec=self._codec(),
            stopped_at=stopped_at,
            told_bytes=self._told_bytes(),
            missing_ms=self.missing_ms,
        )

    def _told_bytes(self) -> tuple[int, int] | None:
        """As the recorder told them when it ended; a file it did not tell of is none."""
        told = {each.direction: each.size_bytes for each in self.files}
        return (told.get(Direction.RECEIVED, 0), told.get(Direction.SENT, 0)) if told else None

    def _changes(self) -> Iterable[StateChange]:
        for envelope in self._own:
            event = envelope.event
            if getattr(event, "segment_id", self.segment_id) != self.segment_id:
                continue
            state = _state_after(event)
            if state is not None:
                switch_at = envelope.occurred_at if isinstance(event, SegmentFact) else None
                yield StateChange(state=state, at=envelope.received_at, switch_at=switch_at)

    def _codec(self) -> str:
        told = [each.event.codec for each in self._own if isinstance(each.event, SegmentProven) and each.event.codec]
        return told[-1] if told else UNKNOWN_CODEC

    def _facts(self) -> Iterable[tuple[SegmentFact, Instant]]:
        """What the switch has told of it, and when."""
        for envelope in self._own:
            if isinstance(envelope.event, SegmentFact) and envelope.event.segment_id == self.segment_id:
                yield envelope.event, envelope.received_at

    def _stretch(self, since: Instant, until: Instant, stopped_at: Instant, why: str) -> Stretch:
        """Offsets as the marks have them, from the switch's proof on. Its words may cross: none lies outside the tape, which is
        shorter than it ran by what is missing."""
        began_at = min((at for fact, at in self._facts() if isinstance(fact, SegmentProven)), default=stopped_at)
        end_at = max(began_at, stopped_at - self.missing_ms * MS)
        from_ms, to_ms = ((min(max(at, began_at), end_at) - began_at) // MS for at in (since, until))
        return Stretch(from_ms=from_ms, to_ms=max(from_ms, to_ms), why=why)

    def _gaps(self, stopped_at: Instant) -> Iterable[Stretch]:
        """From the first word of each trouble that loses sound to the end: a segment in trouble is stopped."""
        seen = set[SegmentTrouble]()
        for fact, at in self._facts():
            if isinstance(fact, SegmentFaulted) and fact.trouble in _LOSING and fact.trouble not in seen:
                seen.add(fact.trouble)
                yield self._stretch(at, stopped_at, stopped_at, fact.trouble.value)

    def _masks(self, stopped_at: Instant) -> Iterable[Stretch]:
        """From each word that silence is written to the one that it is not, or to the end."""
        since: Instant | None = None
        for fact, at in self._facts():
            if isinstance(fact, SegmentMasked) and fact.is_masked:
                since = at if since is None else since
            elif isinstance(fact, SegmentMasked) and since is not None:
                yield self._stretch(since, at, stopped_at, MASKED)
                since = None
        if since is not None:
            yield self._stretch(since, stopped_at, stopped_at, MASKED)


_STATES: Mapping[type[Event], str] = {
    RecordingAsked: "asked",
    RecordingAgreed: "yes_untaped",
    SampleBegun: "yes_untaped",
    SegmentOpened: "starting",
    SegmentProven: "recording",
    SegmentFaulted: "faulty",
    SegmentStopRequested: "closing",
    SegmentStopForced: "closing",
    SegmentEnded: "stopped",
}


def _state_after(event: Event) -> str | None:
    """The state that event led to, as the manifest names it."""
    if isinstance(event, SegmentMarked):
        return f"{event.mark.value}_on_tape"
    if isinstance(event, SegmentClosed):
        return f"closed_{event.verdict.value}"
    if isinstance(event, SignGiven):
        return "sign_given" if event.is_whole else None
    return _STATES.get(type(event))
