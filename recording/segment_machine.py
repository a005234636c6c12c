"""The segment machine: one pure step, `(segment, event) -> SegmentStep`."""

from msgspec.structs import replace

from recording.segment import Segment, SegmentState
from recording.segment_actions import SegmentStep, closed_of
from recording.segment_facts import REQUESTS, classify
from recording.segment_table import LATE, TRANSITIONS
from telephony.errors import Refusal, RefusalCode, UnexpectedEvent
from telephony.events import Envelope
from telephony.identifiers import LegId, SegmentId, SwitchName
from telephony.order_segments import RecordingAsked
from telephony.samples import SampleBegun


def begin(segment_id: SegmentId, switch: SwitchName, leg_id: LegId, envelope: Envelope, asked: RecordingAsked) -> Segment:
    """A segment for which the called party is being asked; nothing records.

    Raises `ValueError` where nobody asks: a segment is always some agent's.
    """
    if asked.agent_id is None:
        raise ValueError(f"segment {segment_id} is asked for by no agent")
    return Segment(
        segment_id=segment_id,
        call_id=asked.call_id,
        switch=switch,
        agent_id=asked.agent_id,
        leg_id=leg_id,
        order_id=asked.order_id,
        words=asked.words,
        asked_at=envelope.received_at,
    )


def begin_sample(switch: SwitchName, leg_id: LegId, envelope: Envelope, event: SampleBegun) -> Segment:
    """A segment to which the caller agreed before; the call may open it."""
    return Segment(
        segment_id=event.segment_id,
        call_id=event.call_id,
        switch=switch,
        agent_id=event.agent_id,
        leg_id=leg_id,
        order_id="",
        words=event.words,
        state=SegmentState.YES_UNTAPED,
        longest_ms=event.longest_ms,
        asked_at=envelope.received_at,
        agreed_at=envelope.received_at,
    )


def step(segment: Segment, envelope: Envelope) -> SegmentStep:
    """What the event does to the segment; once it is over, that is said.

    Raises `UnexpectedEvent` for a pair the table calls impossible; the segment is unchanged then.
    """
    what = classify(segment, envelope.event)
    if what is None:
        return SegmentStep(segment)
    rule = TRANSITIONS.get((segment.state, what))
    if rule is None and what in REQUESTS:
        return SegmentStep(segment, refusal=Refusal(code=RefusalCode.WRONG_STATE, facts={"state": segment.state.value}))
    if rule is None:
        if (segment.state, what) in LATE:
            return SegmentStep(segment)
        raise UnexpectedEvent(
            f"a segment that is {segment.state.value} cannot meet {what.value}", state=segment.state.value, event=what.value
        )
    done = rule.action(segment, envelope)
    after = replace(done.segment, state=rule.to)
    said = (closed_of(after),) if after.is_over else ()
    return SegmentStep(after, done.commands, (*done.events, *said))
