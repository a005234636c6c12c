"""What became of the draw, counted."""

from recording.sampling_report import report_of
from telephony.events import Envelope, Event
from telephony.identifiers import AgentId, CallId, EventId, Instant, ProjectId, SegmentId
from telephony.order_segments import ConsentPurpose, ConsentWords, RecordingAgreed, SegmentClosed, SegmentVerdict, StopReason
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
