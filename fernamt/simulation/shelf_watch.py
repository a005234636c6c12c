"""What must hold of every recording at the simulated switch, looked at from outside: by the shelf, not by what is said of it.

No sample before the yes is on disk, none after the confirmed stop, none at all of what was discarded, and nobody on it but the
two who agreed.
"""

from fernamt.simulation.virtual_time import VirtualTime
from telephony.call.model import Call
from telephony.commands import Command
from telephony.engine.ports import SwitchFact
from telephony.events import Envelope, LegJoined, LegLeft
from telephony.identifiers import SECOND, CallId, Instant, LegId, SegmentId
from telephony.order_segments import ConsentPurpose, RecordingAgreed, SegmentClosed, SegmentMark, SegmentOpened, SegmentVerdict
from telephony.samples import SampleBegun
from telephony.segments import Direction, GiveSign, SegmentEnded, SegmentProven, StartSegment
from telephony.switch.simulated.shelf import SimulatedSegment, SimulatedSign
from telephony.switch.simulated.switch import SimulatedSwitch

SHREDDED_US = 30 * SECOND
"""So long after it was said to be gone a recording is deleted at the latest: longer than any cut."""
_GONE = (SegmentVerdict.NOTHING, SegmentVerdict.DISCARDED)


class ShelfWatch:
    """Told of what is durable, of each turn, and of all that comes to the switch and leaves it; answers name what is wrong."""

    HEARS = (RecordingAgreed, SampleBegun, SegmentOpened, SegmentClosed)

    def __init__(self, time: VirtualTime, switch: SimulatedSwitch) -> None:
        self.kept = 0
        self._time = time
        self._switch = switch
        self._yes: dict[CallId, Instant] = {}
        self._permitted: dict[SegmentId, Instant] = {}
        self._agent_legs: dict[SegmentId, LegId] = {}
        self._confirmed: dict[SegmentId, Instant] = {}
        self._closed: dict[SegmentId, tuple[SegmentVerdict, Instant]] = {}
        self._settled: set[SegmentId] = set()
        """Over for so long that nothing happens to them any more, and found as they should be."""

    def durable(self, envelope: Envelope) -> None:
        """The event is on disk."""
        event = envelope.event
        if isinstance(event, RecordingAgreed | SampleBegun):  # the yes to a sample is looked at by the watch of samples
            self._yes[event.call_id] = self._time.now()
        elif isinstance(event, SegmentOpened) and event.call_id in self._yes:
            self._permitted[event.segment_id] = self._yes.pop(event.call_id)

    def wrong_in(self, envelope: Envelope, calls: dict[CallId, Call]) -> str | None:
        """What is wrong with what an event of a turn says of recordings."""
        event = envelope.event
        if isinstance(event, SegmentOpened) and (call := calls.get(event.call_id)) is not None and call.tape is not None:
            self._agent_legs[event.segment_id] = call.tape.agent_leg_id
        elif isinstance(event, SegmentClosed):
            self._closed[event.segment_id] = (event.verdict, self._time.now())
            self._settled.discard(event.segment_id)
            return self._wrong_with_closed(event)
        return None

    def wrong_on_the_wire(self, command: Command) -> str | None:
        """What is wrong with a command as it reaches the switch: where it begins a recording, the yes to that one is on disk;
        where both are to hear of one, that one was recorded."""
        if isinstance(command, GiveSign):
            is_known = command.segment_id in self._switch.shelf.segments
            return None if is_known else f"{command.segment_id} is told of before it is recorded"
        if not isinstance(command, StartSegment):
            return None
        if command.segment_id not in self._permitted:
            return f"{command.segment_id} is started before the yes is durable"
        return f"{command.segment_id} is started when it is over" if command.segment_id in self._closed else None

    def wrong_in_fact(self, fact: SwitchFact) -> str | None:
        """What is wrong on the shelf as a fact leaves the switch."""
        what = fact.what
        if isinstance(what, SegmentProven):
            yes_at = self._permitted.get(what.segment_id)
            if yes_at is None or self._switch.shelf.segments[what.segment_id].began_at < yes_at:
                return f"{what.segment_id} has samples from before the durable yes"
        if isinstance(what, SegmentEnded):
            self._confirmed.setdefault(what.segment_id, fact.occurred_at)
            return self._wrong_after_stop(what.segment_id)
        if isinstance(what, LegLeft):
            return self._wrong_in_leave(what)
        return self._wrong_in_join(what) if isinstance(what, LegJoined) else None

    def wrong_now(self, *, at_the_end: bool = False) -> str | None:
        """What is wrong on the whole shelf; nothing records when the day is over."""
        now = self._time.now()
        for segment in self._switch.shelf.segments.values():
            if segment.segment_id in self._settled and not at_the_end:
                continue
            wrong = self._wrong_after_stop(segment.segment_id)
            if wrong is not None:
                return wrong
            if any(_is_out_of_place(sign, segment) for sign in segment.signs):
                return f"{segment.segment_id} was told of while nothing of it was recorded"
            if at_the_end and segment.ended_at is None:
                return f"{segment.segment_id} is recorded when everybody has gone home"
            verdict, at = self._closed.get(segment.segment_id, (None, now))
            if verdict in _GONE and segment.is_kept and (at_the_end or now - at > SHREDDED_US):
                return f"{segment.segment_id} is {verdict} and on the shelf"
            if segment.ended_at is not None and now - at > SHREDDED_US:
                self._settled.add(segment.segment_id)
        return None

    def _wrong_after_stop(self, segment_id: SegmentId) -> str | None:
        segment, confirmed_at = self._switch.shelf.segments.get(segment_id), self._confirmed.get(segment_id)
        if segment is None or confirmed_at is None:
            return None
        is_over = segment.ended_at is not None and segment.ended_at <= confirmed_at
        return None if is_over else f"{segment_id} has samples from after the confirmed stop"

    def _wrong_with_closed(self, event: SegmentClosed) -> str | None:
        segment = self._switch.shelf.segments.get(event.segment_id)
        if event.verdict is not SegmentVerdict.UNCONFIRMED and segment is not None and segment.ended_at is None:
            return f"{event.segment_id} is said to be over and is recorded on"
        if event.verdict is SegmentVerdict.COMPLETE:
            self.kept += 1
            is_whole = segment is not None and len(segment.files()) == len(Direction)
            marks = set() if event.words.purpose is ConsentPurpose.QUALITY_SAMPLE else set(SegmentMark)
            if not is_whole or {each.mark for each in event.marks} != marks:
                return f"{event.segment_id} is called complete and is not"
        return None

    def _wrong_in_join(self, joined: LegJoined) -> str | None:
        """Somebody came into a bridge of which a member is recorded."""
        there = self._switch.existing.bridges.get(joined.bridge_id, {})
        running = (segment for segment in self._switch.shelf.recording() if segment.leg_id in there)
        wrong = next((segment for segment in running if self._hears_others(segment, list(there))), None)
        return None if wrong is None else f"{wrong.segment_id} is recorded while {joined.leg_id} comes in"

    def _wrong_in_leave(self, left: LegLeft) -> str | None:
        """One of the two was taken out of their bridge, and did not go by themselves."""
        legs = self._switch.existing.legs
        if left.leg_id not in legs:
            return None
        running = (segment for segment in self._switch.shelf.recording() if segment.leg_id in legs)
        parted = (each for each in running if left.leg_id in (each.leg_id, self._agent_legs.get(each.segment_id)))
        return next((f"{segment.segment_id} is recorded while {left.leg_id} is taken out" for segment in parted), None)

    def _hears_others(self, segment: SimulatedSegment, there: list[LegId]) -> bool:
        return not set(there) <= {segment.leg_id, self._agent_legs.get(segment.segment_id)}


def _is_out_of_place(sign: SimulatedSign, segment: SimulatedSegment) -> bool:
    """Heard before the recording or past it, or begun in silence."""
    is_late = segment.ended_at is not None and (sign.ended_at is None or sign.ended_at > segment.ended_at)
    return is_late or sign.began_at < segment.began_at or segment.is_silent(sign.began_at)
