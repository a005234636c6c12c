"""What must hold of every sampled call: the draw is the seed's and the call id's, and who was not drawn, or did not agree,
is on no recording; nor is who took the yes back, nor any agent but the first.
"""

from fernamt.simulation.sampling import LANGUAGE, SAMPLED, TEXTS, Sampling
from fernamt.simulation.virtual_time import VirtualTime
from recording.sampling import is_drawn
from telephony.call.model import Call
from telephony.commands import Command
from telephony.events import Envelope
from telephony.identifiers import SECOND, AgentId, CallId, Instant, SegmentId
from telephony.order_segments import (
    ConsentPurpose,
    RecordingAgreed,
    RecordingAsked,
    SegmentClosed,
    SegmentOpened,
    SegmentVerdict,
    SegmentWithdrawn,
)
from telephony.samples import (
    PassReason,
    SampleAnswer,
    SampleAnswered,
    SampleBegun,
    SampleDrawn,
    SamplePassed,
    SampleWithdrawn,
)
from telephony.segments import StartSegment
from telephony.switch.simulated.switch import SimulatedSwitch

ON_THE_WAY_US = SECOND
"""A start that was right when it left may find the yes gone when it arrives: the end is behind it."""
_GONE = (SegmentVerdict.NOTHING, SegmentVerdict.DISCARDED)
_SAMPLE = ConsentPurpose.QUALITY_SAMPLE


class SampleWatch:
    """Told of what is durable, of each turn, and of what comes to the switch; answers name what is wrong."""

    HEARS = (
        SampleDrawn,
        SampleAnswered,
        SampleBegun,
        SamplePassed,
        SampleWithdrawn,
        RecordingAsked,
        RecordingAgreed,
        SegmentOpened,
        SegmentClosed,
        SegmentWithdrawn,
    )

    def __init__(self, time: VirtualTime, switch: SimulatedSwitch, sampling: Sampling) -> None:
        self.recorded = 0
        self._time = time
        self._switch = switch
        self._sampling = sampling
        self._drawn: dict[CallId, bool] = {}
        self._answers: dict[CallId, SampleAnswer] = {}
        self._asked: dict[CallId, None] = {}
        """Calls in which the agent has asked, and nobody has answered yet."""
        self._withdrawn: dict[CallId, Instant] = {}
        self._first: dict[CallId, AgentId] = {}
        self._segments: dict[SegmentId, CallId] = {}
        self._kept: dict[SegmentId, None] = {}

    def durable(self, envelope: Envelope) -> None:
        """The event is on disk."""
        match event := envelope.event:
            case SampleDrawn():
                self._drawn[event.call_id] = event.is_drawn
            case SampleAnswered():
                self._answers.setdefault(event.call_id, event.answer)
            case RecordingAsked():
                self._asked.pop(event.call_id, None)
                if event.words.purpose is _SAMPLE:
                    self._asked[event.call_id] = None
            case RecordingAgreed() if event.call_id in self._asked:
                self._answers.setdefault(event.call_id, SampleAnswer.YES)
            case SampleBegun():
                self._first.setdefault(event.call_id, event.agent_id)
                self._segments[event.segment_id] = event.call_id
            case SegmentOpened() if event.call_id in self._asked:
                self._asked.pop(event.call_id)
                self._first.setdefault(event.call_id, event.agent_id)
                self._segments[event.segment_id] = event.call_id
            case _:
                self._over(envelope)

    def _over(self, envelope: Envelope) -> None:
        match event := envelope.event:
            case SampleWithdrawn():
                self._withdrawn.setdefault(event.call_id, self._time.now())
            case SegmentClosed() if event.segment_id in self._segments and event.verdict not in _GONE:
                self._kept[event.segment_id] = None
            case SegmentWithdrawn():
                self._kept.pop(event.segment_id, None)

    def wrong_in(self, envelope: Envelope, calls: dict[CallId, Call]) -> str | None:
        """What is wrong with what an event of a turn says of samples."""
        event = envelope.event
        if isinstance(event, SampleDrawn):
            return self._wrong_with_draw(event, envelope.received_at)
        if isinstance(event, SampleBegun):
            return self._wrong_with_begun(event)
        if isinstance(event, SamplePassed) and event.reason is PassReason.NO_TEXT:
            return _wrong_with_passed(event, calls)
        return None

    def wrong_on_the_wire(self, command: Command) -> str | None:
        """What is wrong with a command as it reaches the switch: a sample begins with who was drawn and agreed, on disk."""
        if not isinstance(command, StartSegment) or command.segment_id not in self._segments:
            return None
        self.recorded += 1
        return self._wrong_with(command.segment_id)

    def wrong_now(self, *, at_the_end: bool = False) -> str | None:
        """What is wrong on the shelf; of a call whose yes was taken back nothing is kept when the day is over."""
        for segment_id in self._switch.shelf.segments:
            wrong = self._wrong_with(segment_id, is_starting=False) if segment_id in self._segments else None
            if wrong is not None:
                return wrong
        withdrawn = (each for each in self._kept if self._segments[each] in self._withdrawn) if at_the_end else ()
        return next((f"{each} is kept, whose yes was taken back" for each in withdrawn), None)

    def is_kept(self, call_id: CallId) -> bool:
        """Whether anything that was recorded of the call as a sample is said to be kept."""
        return any(self._segments[each] == call_id for each in self._kept)

    def _wrong_with(self, segment_id: SegmentId, *, is_starting: bool = True) -> str | None:
        call_id = self._segments[segment_id]
        if not self._drawn.get(call_id, False):
            return f"{segment_id} is recorded of a call that was not drawn"
        if self._answers.get(call_id) is not SampleAnswer.YES:
            return f"{segment_id} is recorded of who did not agree"
        over_at = self._withdrawn.get(call_id)
        is_over = is_starting and over_at is not None and self._time.now() - over_at > ON_THE_WAY_US
        return f"{segment_id} is recorded when the yes was taken back" if is_over else None

    def _wrong_with_draw(self, event: SampleDrawn, at: Instant) -> str | None:
        day = next(each for each in self._sampling.days if each.begins_at <= at < each.ends_at)
        rate = SAMPLED[event.project_id].rate_permille
        if (event.day, event.rate_permille, event.is_drawn) != (day.day, rate, is_drawn(day.seed, event.call_id, rate)):
            return f"{event.call_id} is drawn otherwise than by the day's seed and its id"
        return f"{event.call_id} is drawn twice" if event.call_id in self._drawn else None

    def _wrong_with_begun(self, event: SampleBegun) -> str | None:
        if event.call_id in self._withdrawn:
            return f"{event.call_id} is recorded again, though the yes was taken back"
        if self._first.get(event.call_id, event.agent_id) != event.agent_id:
            return f"{event.call_id} is recorded with {event.agent_id}, who is not the first"
        cap = SAMPLED[event.project_id].agent_cap
        taken = self._sampling.taken.get((event.agent_id, event.project_id), {})
        is_beyond = cap is not None and event.call_id not in taken and len(taken) >= cap
        return f"{event.call_id} is recorded of {event.agent_id} beyond the cap" if is_beyond else None


def _wrong_with_passed(event: SamplePassed, calls: dict[CallId, Call]) -> str | None:
    call = calls.get(event.call_id)
    if call is None or call.terms is None or (call.terms.project_id, call.demand.language or LANGUAGE) not in TEXTS:
        return None
    return f"{event.call_id} was drawn and is not asked, though there is a text"
