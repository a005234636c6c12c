"""The order segment, as the journal keeps it: what is asked of the called party, what the agent marks, what the call forced.

Consent is the called party's, to being recorded for one order, after this text; the agent says what they answered. A no, or
anything that is not clearly a yes, leaves this fact and nothing else.
"""

from enum import StrEnum

import msgspec

from telephony.events import CallRequest, Event, HoldRequested
from telephony.identifiers import AgentId, CallId, EventId, Instant, LegId, SegmentId
from telephony.transfers import ConsultRequested, ParkRequested, TransferRequested


class ConsentPurpose(StrEnum):
    """What people are asked for. A yes to one is none to another."""

    ORDER = "order"
    """That their order is recorded, as its proof."""
    QUALITY_SAMPLE = "quality_sample"
    """That their call is recorded, to judge how it was answered."""
    LISTENING = "listening"
    """That somebody listens while they talk."""


class ConsentWords(msgspec.Struct, frozen=True, kw_only=True):
    """Which words were read: a published text never changes, and its hash is of what stood there."""

    language: str
    version: int
    sha256: str
    purpose: ConsentPurpose = ConsentPurpose.ORDER


class SegmentMark(StrEnum):
    """What the agent has just heard on the tape. All three make a segment whole."""

    CONSENT = "consent"
    """Question and yes, once more."""
    IDENTITY = "identity"
    INTENT = "intent"
    """The explicit declaration of what they want."""


class StopReason(StrEnum):
    """Why a segment ended."""

    DECLINED = "declined"
    ASKED = "asked"
    """The agent stopped it."""
    WITHDRAWN = "withdrawn"
    HAND_OVER = "hand_over"
    """Hold, consultation, transfer, parking: the hand-over waits for it."""
    APART = "apart"
    """Agent and called party were not alone together any more: a lost line, a phone's own hold, a machine, an end."""
    NOT_PROVEN = "not_proven"
    """The switch did not prove in time that it records."""
    NO_CONSENT_ON_TAPE = "no_consent_on_tape"
    CAP = "cap"
    TROUBLE = "trouble"
    CUT = "cut"
    """The line to the switch was cut, or the controller was away: nobody knows what is on it since."""
    ENDED_BY_SWITCH = "ended_by_switch"
    CALL_ENDED = "call_ended"


class SegmentVerdict(StrEnum):
    """What a segment that is over amounts to. `COMPLETE` alone proves an order."""

    NOTHING = "nothing"
    """Nothing was ever recorded."""
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """Kept, but a mark is missing, or something was wrong with it."""
    DISCARDED = "discarded"
    """Recorded in part, and deleted at the switch."""
    UNCONFIRMED = "unconfirmed"
    """The switch never said that it had ended: its call was ended for that. Never proof."""


class MarkSet(msgspec.Struct, frozen=True, kw_only=True):
    """A mark and where on the tape it is."""

    mark: SegmentMark
    offset_ms: int


# -- requests of the agent -------------------------------------------------------------------------------------------


class RecordingAsked(CallRequest, frozen=True, kw_only=True):
    """The agent reads the consent text to the called party; nothing records. `order_id`: the order it is to prove."""

    words: ConsentWords
    order_id: str


class RecordingAgreed(CallRequest, frozen=True, kw_only=True):
    """The called party clearly said yes: from this being durable on, the segment may be recorded."""


class RecordingDeclined(CallRequest, frozen=True, kw_only=True):
    """The called party said no, or nothing clear."""


class RecordingRevoked(CallRequest, frozen=True, kw_only=True):
    """The called party takes the yes back: the segment is ended at once and deleted; where none runs, the one that stopped
    last is shredded."""


class SegmentMarked(CallRequest, frozen=True, kw_only=True):
    """The agent has heard it on the tape."""

    mark: SegmentMark


class SegmentMaskRequested(CallRequest, frozen=True, kw_only=True):
    """Silence is to be written, since something is said that must not be kept (card data); or no more."""

    is_masked: bool


class SegmentStopRequested(CallRequest, frozen=True, kw_only=True):
    """The agent has all there is to record."""


HandOver = HoldRequested | TransferRequested | ConsultRequested | ParkRequested
"""What parts agent and called party, and can wait."""


class HandOverWaits(CallRequest, frozen=True, kw_only=True):
    """The agent asked for this while a segment was recorded: it is done when the segment has surely ended, or not at all."""

    segment_id: SegmentId
    wish: HandOver
    wish_id: EventId


# -- concluded -------------------------------------------------------------------------------------------------------


class SegmentOpened(Event, frozen=True, kw_only=True):
    """Agent and called party are alone together and both want it: this leg may be recorded."""

    call_id: CallId
    agent_id: AgentId
    segment_id: SegmentId
    leg_id: LegId


class SegmentStopForced(Event, frozen=True, kw_only=True):
    """The call has to end the recording, whoever wants it to go on."""

    call_id: CallId
    segment_id: SegmentId
    reason: StopReason


class SegmentUnstoppable(Event, frozen=True, kw_only=True):
    """The switch has not said that the segment ended, though it was told to stop and to delete it."""

    call_id: CallId
    segment_id: SegmentId


class SegmentClosed(Event, frozen=True, kw_only=True):
    """The segment is over, and this is what it amounts to."""

    call_id: CallId
    agent_id: AgentId
    segment_id: SegmentId
    order_id: str
    words: ConsentWords
    verdict: SegmentVerdict
    reason: StopReason
    marks: tuple[MarkSet, ...] = ()


class SegmentWithdrawn(Event, frozen=True, kw_only=True):
    """The consent to it was taken back after it had stopped: what is kept of it is shredded."""

    call_id: CallId
    agent_id: AgentId
    segment_id: SegmentId


class SegmentTimerFired(Event, frozen=True, kw_only=True):
    """A due time in a segment's state came. `timer` is one of `SegmentTimer` in recording/segment.py."""

    call_id: CallId
    segment_id: SegmentId
    timer: str
    due_at: Instant
