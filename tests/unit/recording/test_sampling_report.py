"""What became of the draw, counted."""

import pytest

from recording.sampling_report import KINDS, report_of
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, EventId, Instant, ProjectId, SegmentId
from telephony.order_segments import (
    ConsentPurpose,
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingRevoked,
    SegmentClosed,
    SegmentVerdict,
    StopReason,
)
from telephony.samples import PassReason, SampleAnswer, SampleAnswered, SampleAsked, SampleDrawn, SamplePassed, SampleWithdrawn

ANNA, NORD = AgentId("anna"), ProjectId("nord")
WORDS = ConsentWords(language="de", version=1, sha256="", purpose=ConsentPurpose.QUALITY_SAMPLE)


def told(*events: Event) -> list[Envelope]:
    at = Instant(1_800_000_000_000_000)
    return [
        Envelope(
            seq=seq,
            event_id=EventId(str(seq)),
            occurred_at=at,
            received_at=at,
            event=event,
            call_id=getattr(event, "call_id", None),
        )
        for seq, event in enumerate(events, 1)
    ]


def draw(call: str, *, is_drawn: bool = True, project: ProjectId = NORD) -> SampleDrawn:
    return SampleDrawn(
        call_id=CallId(call), project_id=project, day="2027-01-15", seed_sha256="", rate_permille=100, is_drawn=is_drawn
    )


def asked(call: str, answer: SampleAnswer) -> tuple[Event, ...]:
    question = SampleAsked(call_id=CallId(call), words=WORDS, sounds=("s",), language="de")
    return question, SampleAnswered(call_id=CallId(call), answer=answer)


def closed(call: str, verdict: SegmentVerdict, purpose: ConsentPurpose = ConsentPurpose.QUALITY_SAMPLE) -> SegmentClosed:
    return SegmentClosed(
        call_id=CallId(call),
        agent_id=ANNA,
        segment_id=SegmentId(f"{call}.segment.1"),
        order_id="",
        words=ConsentWords(language="de", version=1, sha256="", purpose=purpose),
        verdict=verdict,
        reason=StopReason.CALL_ENDED,
    )


def test_every_call_is_counted_once_in_every_line_it_reached() -> None:
    [found] = report_of(
        told(
            *(draw(call) for call in ("yes", "no", "mute", "cap", "text", "back")),
            *(draw(f"other{number}", is_drawn=False) for number in range(4)),
            *asked("yes", SampleAnswer.YES),
            *(closed("yes", SegmentVerdict.COMPLETE), closed("yes", SegmentVerdict.COMPLETE)),
            *asked("no", SampleAnswer.NO),
            *asked("mute", SampleAnswer.SILENCE),
            *asked("cap", SampleAnswer.YES),
            SamplePassed(call_id=CallId("cap"), reason=PassReason.CAP, agent_id=ANNA),
            SamplePassed(call_id=CallId("text"), reason=PassReason.NO_TEXT),
            *asked("back", SampleAnswer.YES),
            SampleWithdrawn(call_id=CallId("back")),
            closed("back", SegmentVerdict.DISCARDED),
        )
    )
    assert (found.calls, found.drawn, found.asked, found.agreed, found.recorded) == (10, 6, 5, 3, 1)
    assert (found.withdrawn, found.over_cap, found.without_text, found.rates_permille) == (1, 1, 1, (100,))
    assert found.rate.share == 0.6
    assert found.rate.low < 0.6 < found.rate.high
    assert found.recorded_rate.share == 0.1


def test_what_was_recorded_for_an_order_is_no_sample() -> None:
    agreed = RecordingAgreed(call_id=CallId("a"), agent_id=ANNA)
    [found] = report_of(told(draw("a"), agreed, closed("a", SegmentVerdict.COMPLETE, ConsentPurpose.ORDER)))
    assert (found.drawn, found.asked, found.agreed, found.recorded) == (1, 0, 0, 0)


def test_projects_are_counted_apart_and_calls_that_were_never_drawn_not_at_all() -> None:
    found = report_of(told(draw("a"), draw("b", project=ProjectId("sued")), *asked("c", SampleAnswer.YES)))
    assert [(each.project_id, each.calls) for each in found] == [("nord", 1), ("sued", 1)]


def by_agent(call: str, purpose: ConsentPurpose = ConsentPurpose.QUALITY_SAMPLE) -> tuple[Event, ...]:
    """The agent asks, and marks a yes."""
    words = ConsentWords(language="de", version=1, sha256="", purpose=purpose)
    asks = RecordingAsked(call_id=CallId(call), agent_id=ANNA, words=words, order_id="")
    return asks, RecordingAgreed(call_id=CallId(call), agent_id=ANNA)


def test_who_is_asked_by_the_agent_counts_as_who_is_asked_by_a_key_and_only_for_the_sample() -> None:
    revoked = RecordingRevoked(call_id=CallId("back"), agent_id=ANNA)
    [found] = report_of(
        told(
            *(draw(call) for call in ("yes", "back", "order")),
            *by_agent("yes"),
            *by_agent("back"),
            revoked,
            *by_agent("order", ConsentPurpose.ORDER),
            RecordingRevoked(call_id=CallId("order"), agent_id=ANNA),
        )
    )
    assert (found.asked, found.agreed, found.withdrawn) == (2, 2, 1)


@pytest.mark.parametrize("verdict", list(SegmentVerdict))
def test_recorded_is_of_what_something_may_be_kept(verdict: SegmentVerdict) -> None:
    [found] = report_of(told(draw("a"), *asked("a", SampleAnswer.YES), closed("a", verdict)))
    assert found.recorded == (0 if verdict in (SegmentVerdict.NOTHING, SegmentVerdict.DISCARDED) else 1)


def test_of_who_was_not_drawn_nothing_more_is_counted_whatever_is_told() -> None:
    lies = *asked("a", SampleAnswer.YES), closed("a", SegmentVerdict.COMPLETE)
    [found] = report_of(told(draw("a", is_drawn=False), *lies))
    assert (found.calls, found.drawn, found.asked, found.agreed, found.recorded) == (1, 0, 0, 0, 0)


def test_why_who_was_drawn_was_passed_over_is_counted_by_its_reason() -> None:
    reasons = {"a": PassReason.NO_TEXT, "b": PassReason.CAP, "c": PassReason.CAP}
    passed = [SamplePassed(call_id=CallId(call), reason=reason) for call, reason in reasons.items()]
    [found] = report_of(told(*map(draw, reasons), *passed))
    assert (found.without_text, found.over_cap) == (1, 2)


def test_the_kinds_of_events_it_is_read_from_are_all_it_needs() -> None:
    whole = told(
        *(draw(call) for call in ("key", "agent", "text")),
        *asked("key", SampleAnswer.YES),
        closed("key", SegmentVerdict.COMPLETE),
        SampleWithdrawn(call_id=CallId("key")),
        *by_agent("agent"),
        RecordingRevoked(call_id=CallId("agent"), agent_id=ANNA),
        SamplePassed(call_id=CallId("text"), reason=PassReason.NO_TEXT),
    )
    assert {type(each.event) for each in whole} == set(KINDS)
    [found] = report_of(each for each in whole if isinstance(each.event, KINDS))
    assert (found.drawn, found.asked, found.agreed, found.recorded, found.withdrawn, found.without_text) == (3, 2, 2, 1, 2, 1)
