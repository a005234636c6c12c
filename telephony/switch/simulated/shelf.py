"""Recorded segments at the simulated switch: from when to when each holds what is said, and what is told of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from telephony.commands import Command
from telephony.events import Event
from telephony.identifiers import MS, Instant, LegId, SegmentId
from telephony.segments import (
    BYTES_A_MS,
    HEADER_BYTES,
    Direction,
    DiscardSegment,
    GiveSign,
    MaskSegment,
    SegmentEnded,
    SegmentFaulted,
    SegmentFile,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    SignGiven,
    StartSegment,
    StopSegment,
)

CODEC = "alaw"
"""Nothing else is spoken here."""
SIGN_US = 400_000
"""So long every sign is heard here."""


@dataclass(slots=True, kw_only=True)
class SimulatedSign:
    """One sign, and from when to when both heard it."""

    number: int
    began_at: Instant
    ended_at: Instant | None = None


@dataclass(slots=True, kw_only=True)
class SimulatedSegment:
    """One segment; it stays known after its end, as files do."""

    segment_id: SegmentId
    leg_id: LegId
    began_at: Instant
    ended_at: Instant | None = None
    is_kept: bool = True
    masks: list[tuple[Instant, bool]] = field(default_factory=list)
    """Since when silence is written, and since when no longer."""
    signs: list[SimulatedSign] = field(default_factory=list)

    def holds(self, at: Instant) -> bool:
        """What was said at that instant can be heard on it."""
        if not self.is_kept or at < self.began_at or (self.ended_at is not None and at >= self.ended_at):
            return False
        return not self.is_silent(at)

    def is_silent(self, at: Instant) -> bool:
        """Silence was written at that instant."""
        return next((is_masked for since, is_masked in reversed(self.masks) if since <= at), False)

    def files(self) -> tuple[SegmentFile, ...]:
        """What there is on the disk once it has ended."""
        if not self.is_kept or self.ended_at is None:
            return ()
        size = HEADER_BYTES + (self.ended_at - self.began_at) // MS * BYTES_A_MS
        return tuple(SegmentFile(direction=way, name=f"{self.segment_id}-{way}.wav", size_bytes=size) for way in Direction)


@dataclass(slots=True)
class Shelf:
    """Every segment the switch ever had, and what befalls those that are started from now on."""

    segments: dict[SegmentId, SimulatedSegment] = field(default_factory=dict)
    trouble: SegmentTrouble | None = None
    _begun: list[SimulatedSegment] = field(default_factory=list)
    """Those whose end was not seen yet: of a long day few."""

    def put(self, segment: SimulatedSegment) -> None:
        """It is recorded from now on."""
        self.segments[segment.segment_id] = segment
        self._begun.append(segment)

    def recording(self) -> tuple[SimulatedSegment, ...]:
        """Those that record now."""
        self._begun = [each for each in self._begun if each.ended_at is None]
        return tuple(self._begun)

    def running(self, leg_id: LegId) -> tuple[SimulatedSegment, ...]:
        """Those that record the leg now."""
        return tuple(each for each in self.recording() if each.leg_id == leg_id)

    def break_off(self, at: Instant) -> None:
        """Whoever records is gone; nobody can tell of it any more."""
        for segment in self.recording():
            segment.ended_at = at
            for sign in segment.signs:
                sign.ended_at = sign.ended_at or at


class Recording(Protocol):
    """What of the switch a segment needs."""

    shelf: Shelf

    def now(self) -> Instant: ...
    def tell(self, event: Event) -> None: ...
    def has_leg(self, leg_id: LegId) -> bool: ...
    def later(self, delay_us: int, action: Callable[[], None]) -> None: ...


def end_segments(switch: Recording, leg_id: LegId) -> None:
    """The leg is gone, and with it every recording of it; its files are whole."""
    for segment in switch.shelf.running(leg_id):
        _end(switch, segment)


def befall(switch: Recording, segment_id: SegmentId, trouble: SegmentTrouble) -> None:
    """Something is wrong with a running segment from now on, and the switch tells of it."""
    segment = switch.shelf.segments[segment_id]
    switch.tell(SegmentFaulted(leg_id=segment.leg_id, segment_id=segment_id, trouble=trouble))


def _start(switch: Recording, command: StartSegment) -> None:
    known = switch.shelf.segments.get(command.segment_id)
    if known is not None:
        if known.ended_at is not None:
            _tell_end(switch, known)
        return
    trouble = switch.shelf.trouble if switch.has_leg(command.leg_id) else SegmentTrouble.LEG_GONE
    if trouble is not None:
        switch.tell(SegmentFaulted(leg_id=command.leg_id, segment_id=command.segment_id, trouble=trouble))
        switch.tell(SegmentEnded(leg_id=command.leg_id, segment_id=command.segment_id, files=()))
        return
    segment = SimulatedSegment(segment_id=command.segment_id, leg_id=command.leg_id, began_at=switch.now())
    switch.shelf.put(segment)
    switch.later(command.limit_ms * MS, partial(_end, switch, segment))
    switch.tell(SegmentProven(leg_id=command.leg_id, segment_id=command.segment_id, codec=CODEC))


def _stop(switch: Recording, command: StopSegment) -> None:
    segment = switch.shelf.segments.get(command.segment_id)
    if segment is None:
        switch.tell(SegmentEnded(leg_id=command.leg_id, segment_id=command.segment_id, files=()))
    elif segment.ended_at is None:
        _end(switch, segment)
    else:
        _tell_end(switch, segment)


def _mask(switch: Recording, command: MaskSegment) -> None:
    segment = switch.shelf.segments.get(command.segment_id)
    if segment is None or segment.ended_at is not None:
        _stop(switch, StopSegment(**_of(command)))
        return
    if command.is_masked:
        _break_off(switch, segment)
    segment.masks.append((switch.now(), command.is_masked))
    switch.tell(SegmentMasked(leg_id=command.leg_id, segment_id=command.segment_id, is_masked=command.is_masked))


def _give_sign(switch: Recording, command: GiveSign) -> None:
    segment, at = switch.shelf.segments.get(command.segment_id), switch.now()
    is_running = segment is not None and segment.ended_at is None and not segment.is_silent(at)
    if segment is None or not is_running or not switch.has_leg(command.agent_leg_id):
        _tell_sign(switch, command.leg_id, command.segment_id, command.number, is_whole=False)
    elif not segment.signs or segment.signs[-1].ended_at is not None:
        sign = SimulatedSign(number=command.number, began_at=at)
        segment.signs.append(sign)
        switch.later(SIGN_US, partial(_end_sign, switch, segment, sign, command.agent_leg_id))


def _end_sign(switch: Recording, segment: SimulatedSegment, sign: SimulatedSign, agent_leg_id: LegId | None = None) -> None:
    """It is over: broken off where no leg is named by which it was heard, or that leg is gone."""
    if sign.ended_at is None:
        sign.ended_at = switch.now()
        is_whole = agent_leg_id is not None and switch.has_leg(agent_leg_id)
        _tell_sign(switch, segment.leg_id, segment.segment_id, sign.number, is_whole=is_whole)


def _break_off(switch: Recording, segment: SimulatedSegment) -> None:
    if segment.signs:
        _end_sign(switch, segment, segment.signs[-1])


def _tell_sign(switch: Recording, leg_id: LegId, segment_id: SegmentId, number: int, *, is_whole: bool) -> None:
    switch.tell(SignGiven(leg_id=leg_id, segment_id=segment_id, number=number, is_whole=is_whole))


def _discard(switch: Recording, command: DiscardSegment) -> None:
    segment = switch.shelf.segments.get(command.segment_id)
    if segment is not None:
        segment.is_kept = False
    _stop(switch, StopSegment(**_of(command)))


def _of(command: MaskSegment | DiscardSegment) -> dict[str, Any]:
    return {name: getattr(command, name) for name in ("call_id", "switch", "leg_id", "segment_id")}


def _end(switch: Recording, segment: SimulatedSegment) -> None:
    if segment.ended_at is None:
        segment.ended_at = switch.now()
        _break_off(switch, segment)
        _tell_end(switch, segment)


def _tell_end(switch: Recording, segment: SimulatedSegment) -> None:
    switch.tell(SegmentEnded(leg_id=segment.leg_id, segment_id=segment.segment_id, files=segment.files()))


SEGMENT_HANDLERS: Mapping[type[Command], Callable[[Recording, Any], None]] = {
    StartSegment: _start,
    StopSegment: _stop,
    MaskSegment: _mask,
    DiscardSegment: _discard,
    GiveSign: _give_sign,
}
