"""Names of things and instants: the smallest words of the core.

Ids of legs, bridges and recordings are *computed* from the call and a running number (a repeated command then does nothing
twice, and every event of the switch names our call). Ids of events and calls are UUIDv7 and come in with the event.
"""

from typing import NewType

Instant = NewType("Instant", int)
"""Microseconds since 1970-01-01T00:00:00Z. Differences are exact and know no daylight saving."""

EventId = NewType("EventId", str)
CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
BridgeId = NewType("BridgeId", str)
SegmentId = NewType("SegmentId", str)
PlaybackId = NewType("PlaybackId", str)
DecisionId = NewType("DecisionId", str)
AgentId = NewType("AgentId", str)
UserId = NewType("UserId", str)
ClientId = NewType("ClientId", str)
ProjectId = NewType("ProjectId", str)
PartyId = NewType("PartyId", str)
EndpointId = NewType("EndpointId", str)
TrunkId = NewType("TrunkId", str)
SwitchName = NewType("SwitchName", str)
WrapUpCode = NewType("WrapUpCode", str)

MS = 1_000
SECOND = 1_000_000


def after_ms(at: Instant, duration_ms: int) -> Instant:
    """The instant `duration_ms` milliseconds after `at`."""
    return Instant(at + duration_ms * MS)


def uuid7(at: Instant, random_74_bits: int) -> str:
    """A UUIDv7 (RFC 9562, 5.7) of the given instant, to the millisecond, and 74 bits from outside.

    Written out because the library function reads clock and randomness itself, and a seed must replay exactly.
    """
    value = (at // MS & (1 << 48) - 1) << 80 | 0x7 << 76 | (random_74_bits >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random_74_bits & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


CALL_ID_LENGTH = 36


def leg_id(call_id: CallId, role: str, attempt: int) -> LegId:
    """The id of the `attempt`-th leg of that role; also its channel id at the switch."""
    return LegId(f"{call_id}.{role}.{attempt}")


def bridge_id(call_id: CallId) -> BridgeId:
    """The id of the bridge the outside party stays in for the call's whole life."""
    return BridgeId(f"{call_id}.bridge")


def second_bridge_id(call_id: CallId, kind: str, number: int) -> BridgeId:
    """The id of the `number`-th bridge of that kind beside the call's own: "consult" or "conference"."""
    return BridgeId(f"{call_id}.{kind}.{number}")


def home_of(line_leg_id: LegId) -> BridgeId:
    """The id of the bridge in which an agent's open line is between calls."""
    return BridgeId(f"{line_leg_id.partition('.')[0]}.bridge")


def segment_id(call_id: CallId, number: int) -> SegmentId:
    """The id of the call's `number`-th recorded segment."""
    return SegmentId(f"{call_id}.segment.{number}")


def playback_id(call_id: CallId, number: int) -> PlaybackId:
    """The id of the `number`-th thing played to the call's caller."""
    return PlaybackId(f"{call_id}.playback.{number}")


def call_of(leg_or_bridge: str) -> CallId | None:
    """The call an id of ours was computed from; None for an id the switch chose."""
    head, dot, _ = leg_or_bridge.partition(".")
    return CallId(head) if dot and len(head) == CALL_ID_LENGTH and head.count("-") == 4 else None
