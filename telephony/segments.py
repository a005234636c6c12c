"""The recorded segment as the switch has part in it: what is asked of it, and what it has proven.

Every `StartSegment` that reaches a switch ends in one `SegmentEnded`, and that alone says that nothing is recorded any more:
success of a request proves neither a start nor a stop.
"""

from enum import StrEnum
from typing import ClassVar

import msgspec

from telephony.commands import LegCommand
from telephony.events import LegFact
from telephony.identifiers import LegId, SegmentId

HEADER_BYTES = 44
BYTES_A_MS = 16
"""8,000 samples a second of two bytes, behind a header: what every way of recording leaves."""


class SegmentTrouble(StrEnum):
    """What is wrong with a segment: one that did not begin, of which nothing is kept, or one that runs and has to be stopped."""

    NO_FILE = "no_file"
    """The switch said yes, and one of the two files did not appear."""
    UNWRITABLE = "unwritable"
    """The place is no place to write to, or a file of that name exists."""
    DISK_LOW = "disk_low"
    """Less is free than a recording must leave."""
    STALLED = "stalled"
    """A running one: its files do not grow."""
    LEG_GONE = "leg_gone"
    """There is no such leg (any more)."""
    SILENT = "silent"
    """A running one: packets arrive, and nothing but zeros is written."""
    STARVED = "starved"
    """A running one: the switch came to it too late too often, and a piece may be missing from its middle."""
    REFUSED = "refused"
    """The switch said no."""
    DISCONNECTED = "disconnected"
    """The line is cut: what the switch does, nobody knows. It is asked again until it tells."""


class Direction(StrEnum):
    """Whose voice is in a file: what the switch received from the leg's party, or what it sent to them."""

    RECEIVED = "rx"
    SENT = "tx"


class SegmentFile(msgspec.Struct, frozen=True, kw_only=True):
    """One direction as it was left by the switch: its name in the switch's directory of segments, and its size."""

    direction: Direction
    name: str
    size_bytes: int

    @property
    def lasts_ms(self) -> int:
        """How long its sound is, by its size."""
        return max(0, self.size_bytes - HEADER_BYTES) // BYTES_A_MS


# -- commands --------------------------------------------------------------------------------------------------------


class SegmentCommand(LegCommand, frozen=True, kw_only=True):
    """A command about one segment of the leg."""

    segment_id: SegmentId


class StartSegment(SegmentCommand, frozen=True, kw_only=True):
    """Record this leg, one file a direction, for `limit_ms` at most. Repeated, it does nothing; a name is never used twice."""

    must_be_durable: ClassVar[bool] = True
    limit_ms: int


class StopSegment(SegmentCommand, frozen=True, kw_only=True):
    """Record no more, keep what there is; cancels a start that still waits for the disk. Repeated, it is confirmed again."""


class MaskSegment(SegmentCommand, frozen=True, kw_only=True):
    """Write silence from here on, and keep the time; or write again what is said. Other recordings of the leg are untouched."""

    is_masked: bool


class GiveSign(SegmentCommand, frozen=True, kw_only=True):
    """Let both who talk hear this sound over what is said, once: by the agent's leg, so that the recorded one is left as it is.

    Nobody joins them. It is broken off where the segment ends or is masked; one at a time.
    """

    agent_leg_id: LegId
    number: int
    """The how manieth of the segment."""
    sound: str
    language: str


class DiscardSegment(SegmentCommand, frozen=True, kw_only=True):
    """Record no more and delete what there is: it was not permitted. Cancels a start that still waits for the disk."""


# -- facts -----------------------------------------------------------------------------------------------------------


class SegmentFact(LegFact, frozen=True, kw_only=True):
    """Something the switch has proven of a segment."""

    segment_id: SegmentId


class SegmentProven(SegmentFact, frozen=True, kw_only=True):
    """It is recorded: the switch lists it, and both files exist."""

    codec: str | None = None
    """What the leg speaks, in the switch's words; None: not told."""


class SegmentEnded(SegmentFact, frozen=True, kw_only=True):
    """It is recorded no more, and its files are complete; `files` is empty where nothing of it is kept."""

    files: tuple[SegmentFile, ...]
    missing_ms: int = 0
    """So much of the time it ran the switch did not come to: the files are that much shorter, at the least."""


class SegmentFaulted(SegmentFact, frozen=True, kw_only=True):
    """It is not recorded as it should be. A running one goes on until it is stopped."""

    trouble: SegmentTrouble


class SegmentMasked(SegmentFact, frozen=True, kw_only=True):
    """Silence is written in place of what is said, or what is said again."""

    is_masked: bool


class SignGiven(SegmentFact, frozen=True, kw_only=True):
    """The sound is over, and nothing of it is left on the leg: it was played to its end, or was not."""

    number: int
    is_whole: bool
