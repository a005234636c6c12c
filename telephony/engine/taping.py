"""The segments of all live calls: who may be asked, what is told to them, and what waits for their end.

A call has one segment at a time and may have several one after the other, each of one order. A segment never outlives its call:
a call ends when its segment has.
"""

from typing import Protocol

from msgspec.structs import replace

from recording import segment_machine
from recording.segment import BEFORE_START, Segment, SegmentState
from recording.segment_actions import SegmentStep
from telephony.call.facts import CallFact
from telephony.call.model import Call
from telephony.call.recording_guard import refusal_of_opening
from telephony.call.transitions import TRANSITIONS
from telephony.engine.arrival import Due
from telephony.engine.handing import Reachability
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallRequest, Envelope, HoldRequested
from telephony.identifiers import CallId, SegmentId, SwitchName, segment_id
from telephony.order_segments import (
    HandOver,
    HandOverWaits,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentStopRequested,
    SegmentTimerFired,
    SegmentWithdrawn,
)
from telephony.samples import SampleBegun
from telephony.segments import DiscardSegment, SegmentFact, SegmentProven
from telephony.transfers import ParkRequested

SEGMENT_REQUESTS = (
    *(RecordingAsked, RecordingAgreed, RecordingDeclined, RecordingRevoked),
    *(SegmentMarked, SegmentMaskRequested, SegmentStopRequested),
)
_NEEDS_BOTH_ALONE = (RecordingAsked, RecordingAgreed)
_WISHES = {HoldRequested: CallFact.HOLD_REQUESTED, ParkRequested: CallFact.PARK_REQUESTED}


class Calls(Protocol):
    """The live calls, and which switches can be told anything."""

    calls: dict[CallId, Call]

    @property
    def index(self) -> Reachability: ...


class Tapes:
    """The segments there are. Kept by the turn alone."""

    def __init__(self) -> None:
        self.segments: dict[CallId, Segment] = {}
        self._numbers: dict[CallId, int] = {}
        self._kept: dict[CallId, Segment] = {}
        """Of each live call the segment that stopped last, as long as something of it may be kept."""

    def refusal_of(self, request: CallRequest, known: Calls) -> Refusal | None:
        """Why this cannot be asked of the recording; None where the machine may decide, or for another request."""
        if not isinstance(request, SEGMENT_REQUESTS):
            return None
        call, segment = known.calls[request.call_id], self.segments.get(request.call_id)
        if isinstance(request, _NEEDS_BOTH_ALONE):
            refusal = refusal_of_opening(call, request.agent_id) or _refusal_while_cut(call, known)
            if refusal is not None or isinstance(request, RecordingAsked):
                return refusal
        if segment is None and isinstance(request, RecordingRevoked):
            segment = self._kept.get(request.call_id)
        if segment is None or segment.agent_id != request.agent_id:
            return Refusal(code=RefusalCode.NOT_ASKED, facts={"call": request.call_id})
        return None

    def waiting_for(self, request: CallRequest, envelope: Envelope, known: Calls) -> HandOverWaits | None:
        """The request as one that waits for the end of the call's segment; None where it can be done now, or never."""
        call = known.calls.get(request.call_id)
        if call is None or call.tape is None or not isinstance(request, HandOver):
            return None
        fact = _WISHES.get(type(request), CallFact.TRANSFER_REQUESTED)
        if (call.state, fact) not in TRANSITIONS:
            return None
        return HandOverWaits(
            call_id=request.call_id,
            agent_id=request.agent_id,
            by=request.by,
            segment_id=call.tape.segment_id,
            wish=request,
            wish_id=envelope.event_id,
        )

    def begin(self, call: Call, envelope: Envelope, asked: RecordingAsked) -> Segment:
        """The call's next segment. One that is asked for already is asked for anew, under the same id."""
        there = self.segments.get(call.call_id)
        if there is not None and there.agent_id == asked.agent_id:
            return there
        number = self._numbers[call.call_id] = self._numbers.get(call.call_id, 0) + 1
        segment = segment_machine.begin(segment_id(call.call_id, number), call.switch, call.caller.leg_id, envelope, asked)
        segment = self.segments[call.call_id] = _with_sign(segment, call)
        self._kept.pop(call.call_id, None)  # who takes back twice means one of them
        return segment

    def next_id(self, call_id: CallId) -> SegmentId:
        """The id of the call's next segment."""
        return segment_id(call_id, self._numbers.get(call_id, 0) + 1)

    def begin_sample(self, call: Call, envelope: Envelope, event: SampleBegun) -> Segment:
        """The call's next segment, to which the caller agreed before."""
        self._numbers[call.call_id] = self._numbers.get(call.call_id, 0) + 1
        segment = segment_machine.begin_sample(call.switch, call.caller.leg_id, envelope, event)
        segment = self.segments[call.call_id] = _with_sign(segment, call)
        self._kept.pop(call.call_id, None)
        return segment

    def step(self, segment: Segment, envelope: Envelope) -> tuple[SegmentStep, list[Due]]:
        """What the event does to the segment, and what is newly due of it. One that is over is forgotten: the journal has it."""
        done = segment_machine.step(segment, envelope)
        after = done.segment
        if after.is_over:
            self.segments.pop(after.call_id, None)
            if after.state is SegmentState.STOPPED and not after.is_sample:
                self._kept[after.call_id] = after
            return done, []
        self.segments[after.call_id] = after
        known = segment.due()
        return done, [due for due in _due(after) if (due[1].timer, due[0]) not in known]

    def withdraw(self, call_id: CallId) -> SegmentWithdrawn | None:
        """The consent is taken back to what stopped last; None where nothing is kept."""
        kept = self._kept.pop(call_id, None)
        if kept is None:
            return None
        return SegmentWithdrawn(call_id=call_id, agent_id=kept.agent_id, segment_id=kept.segment_id)

    def lapses(self, call: Call) -> Segment | None:
        """The segment that was asked for, and of which nothing can come any more: the two were parted since."""
        segment = self.segments.get(call.call_id)
        if segment is None or segment.state not in BEFORE_START or call.tape is not None:
            return None
        return None if refusal_of_opening(call, segment.agent_id) is None else segment

    def closed(self, event: SegmentClosed) -> None:
        """The segment is over, by whatever ended it."""
        there = self.segments.get(event.call_id)
        if there is not None and there.segment_id == event.segment_id:
            del self.segments[event.call_id]

    def ended(self, call_id: CallId) -> None:
        """The call is over."""
        self.segments.pop(call_id, None)
        self._numbers.pop(call_id, None)
        self._kept.pop(call_id, None)

    def at(self, switch: SwitchName) -> list[Segment]:
        """The segments of calls at that switch."""
        return [segment for segment in self.segments.values() if segment.switch == switch]

    def is_stale(self, event: SegmentTimerFired) -> bool:
        """Whether the due time was taken back."""
        segment = self.segments.get(event.call_id)
        return segment is None or segment.segment_id != event.segment_id or (event.timer, event.due_at) not in segment.due()

    def all_due(self) -> list[Due]:
        """Every due time of every segment."""
        return [due for segment in self.segments.values() for due in _due(segment)]


def _refusal_while_cut(call: Call, known: Calls) -> Refusal | None:
    """What cannot be begun is not promised: a segment that waited for its switch would keep the agent from every hand-over."""
    is_there = known.index.is_connected(call.switch)
    return None if is_there else Refusal(code=RefusalCode.RECORDING_UNAVAILABLE, facts={"switch": call.switch})


def refused_proof(event: SegmentFact, envelope: Envelope) -> DiscardSegment | None:
    """A switch that records what nobody has asked for is told to end and delete it."""
    if not isinstance(event, SegmentProven) or envelope.switch is None or envelope.call_id is None:
        return None
    return DiscardSegment(call_id=envelope.call_id, switch=envelope.switch, leg_id=event.leg_id, segment_id=event.segment_id)


def _with_sign(segment: Segment, call: Call) -> Segment:
    """The segment with what its project says of a sign, and the leg by which both hear it."""
    if call.terms is None or call.agent is None:
        return segment
    return replace(segment, sign=call.terms.recording_sign, agent_leg_id=call.agent.leg_id)


def _due(segment: Segment) -> list[Due]:
    return [
        (at, SegmentTimerFired(call_id=segment.call_id, segment_id=segment.segment_id, timer=timer, due_at=at))
        for timer, at in segment.due()
    ]
