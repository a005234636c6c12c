"""What a call knows of recording: nothing is open, a segment is open, or it is closing and somebody may wait for that."""

from enum import StrEnum

import msgspec

from telephony.identifiers import AgentId, EventId, Instant, LegId, SegmentId
from telephony.order_segments import HandOver


class TapeState(StrEnum):
    """Whether the segment may still grow. A call without a tape is closed."""

    OPEN = "open"
    CLOSING = "closing"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent wants done as soon as the segment has surely ended."""

    wants: HandOver
    request_id: EventId
    asked_at: Instant


class Tape(msgspec.Struct, frozen=True, kw_only=True):
    """The segment that this call may not outlive, and the one pair of legs it is of."""

    segment_id: SegmentId
    agent_id: AgentId
    caller_leg_id: LegId
    agent_leg_id: LegId
    state: TapeState = TapeState.OPEN
    wish: Wish | None = None
