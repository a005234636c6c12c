"""One inbound call as a sample: drawn or not, asked, agreed, recorded while the same two talk, and over. Pure."""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from telephony.identifiers import AgentId, CallId, ProjectId, SegmentId
from telephony.order_segments import ConsentWords, SegmentClosed, SegmentVerdict, StopReason
from telephony.samples import SampleAnswer, SampleBegun, SampleDrawn

PARTED = (StopReason.HAND_OVER, StopReason.APART)
"""Ends after which it goes on without a new question, when the same two talk again."""
_NOTHING = (SegmentVerdict.NOTHING, SegmentVerdict.DISCARDED)


class SampleState(StrEnum):
    """Where a call stands as a sample. In `AGREED` alone anything may be recorded."""

    NOT_DRAWN = "not_drawn"
    DRAWN = "drawn"
    ASKED = "asked"
    AGREED = "agreed"
    OVER = "over"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call that was drawn, or was not."""

    call_id: CallId
    project_id: ProjectId
    state: SampleState
    words: ConsentWords | None = None
    agent_id: AgentId | None = None
    """With whom the caller talked first: with nobody else is the call recorded."""
    taped: tuple[SegmentId, ...] = ()
    """What may be kept of it."""
    recorded_ms: int = 0

    @property
    def may_be_taken_back(self) -> bool:
        """Whether there is a yes in force, or anything that was recorded by one."""
        return self.state is SampleState.AGREED or bool(self.taped)

    def without_tape(self) -> "Sample":
        """All that was kept of it is to be shredded."""
        return replace(self, taped=())

    def is_open_to(self, agent_id: AgentId) -> bool:
        """Whether the caller's yes holds for talking with that agent."""
        return self.state is SampleState.AGREED and self.agent_id in (None, agent_id)


def drawn(event: SampleDrawn) -> Sample:
    """The call after its draw."""
    state = SampleState.DRAWN if event.is_drawn else SampleState.NOT_DRAWN
    return Sample(call_id=event.call_id, project_id=event.project_id, state=state)


def asked(sample: Sample, words: ConsentWords) -> Sample:
    """The caller hears the question; who was not drawn, or was asked before, is not asked."""
    return replace(sample, state=SampleState.ASKED, words=words) if sample.state in _TO_ASK else sample


def answered(sample: Sample, answer: SampleAnswer, agent_id: AgentId | None = None) -> Sample:
    """A yes to the question that was asked permits it; anything else ends it for good."""
    if sample.state is not SampleState.ASKED:
        return sample
    if answer is SampleAnswer.YES:
        return replace(sample, state=SampleState.AGREED, agent_id=agent_id)
    return over(sample)


def begun(sample: Sample, event: SampleBegun) -> Sample:
    """It is recorded with this agent from here on, and with nobody else."""
    return replace(sample, agent_id=event.agent_id) if sample.is_open_to(event.agent_id) else sample


def closed(sample: Sample, event: SegmentClosed, *, recorded_ms: int, longest_ms: int) -> Sample:
    """A segment of it is over; it goes on only if the two were parted, and not past its longest time."""
    kept = () if event.verdict in _NOTHING else (event.segment_id,)
    after = replace(sample, taped=(*sample.taped, *kept), recorded_ms=sample.recorded_ms + recorded_ms)
    goes_on = event.reason in PARTED and after.recorded_ms < longest_ms
    return after if goes_on else over(after)


def over(sample: Sample) -> Sample:
    """Nothing of the call is recorded any more."""
    return sample if sample.state is SampleState.NOT_DRAWN else replace(sample, state=SampleState.OVER)


_TO_ASK = (SampleState.DRAWN, SampleState.ASKED)
