"""The draw is fixed by seed and id alone, and who was not drawn, or did not say yes, is never recorded."""

import hashlib
import hmac

from hypothesis import given, settings
from hypothesis import strategies as st

from recording.sampling import Verdict, commitment_of, drawn_again, is_drawn, seed_of, wilson
from routing.sampling import SamplingRules
from telephony.events import HangUpRequested, HoldRequested, UnholdRequested
from telephony.identifiers import AgentId, CallId, ProjectId
from telephony.order_segments import RecordingAgreed, RecordingAsked, SegmentStopRequested
from telephony.samples import SampleAnswered, SampleBegun, SampleDrawn
from telephony.segments import StartSegment
from tests.unit.telephony.sample_story import WORDS, SampleStory

ANNA = AgentId("anna")
SEEDS = st.binary(min_size=32, max_size=32)
IDS = st.uuids().map(lambda each: CallId(str(each)))
STEPS = ("1", "2", "9", "answer", "hold", "unhold", "proven", "ended", "stop", "ask", "agree", "wait", "end")


@given(SEEDS, IDS, st.integers(1, 1_000))
def test_anybody_who_knows_the_seed_draws_the_same(seed: bytes, call_id: CallId, rate: int) -> None:
    number = int(hmac.new(seed, call_id.encode(), hashlib.sha256).hexdigest()[:16], 16)
    assert is_drawn(seed, call_id, rate) is (number / 2**64 < rate / 1_000)
    assert is_drawn(seed, call_id, 1_000)
    assert not is_drawn(seed, call_id, 0)


@given(SEEDS, IDS, st.integers(1, 999), st.integers(1, 1_000))
def test_who_is_drawn_at_a_rate_is_drawn_at_every_higher_one(seed: bytes, call_id: CallId, rate: int, more: int) -> None:
    assert not is_drawn(seed, call_id, rate) or is_drawn(seed, call_id, min(rate + more, 1_000))


@given(SEEDS, st.dates(), st.dates())
def test_a_day_has_one_seed_that_tells_nothing_of_the_secret(secret: bytes, day: object, other: object) -> None:
    assert seed_of(secret, str(day)) == seed_of(secret, str(day)) != secret
    assert (seed_of(secret, str(day)) == seed_of(secret, str(other))) is (day == other)


@given(SEEDS, SEEDS, IDS, st.integers(1, 1_000), st.booleans())
def test_a_draw_that_was_made_up_is_found(seed: bytes, other: bytes, call_id: CallId, rate: int, lies: bool) -> None:
    honest = is_drawn(seed, call_id, rate)
    draw = SampleDrawn(
        call_id=call_id,
        project_id=ProjectId("nord"),
        day="2027-01-15",
        seed_sha256=commitment_of("2027-01-15", seed).seed_sha256,
        rate_permille=rate,
        is_drawn=honest is not lies,
    )
    [again] = drawn_again(seed, [draw])
    assert again.verdict is (Verdict.WRONG if lies else Verdict.AS_DRAWN)
    assert drawn_again(other, [draw])[0].verdict is Verdict.OTHER_SEED or seed == other


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_the_interval_holds_what_was_counted(hits: int, more: int) -> None:
    low, high = wilson(hits, hits + more)
    share = hits / (hits + more) if hits + more else 0.5
    assert 0 <= low <= share <= high <= 1


def test_the_interval_is_the_one_of_the_textbook() -> None:
    assert [round(each, 4) for each in wilson(10, 100)] == [0.0552, 0.1744]
    assert [round(each, 4) for each in wilson(0, 20)] == [0, 0.1611]


def does(story: SampleStory, step: str) -> None:
    call = story.turn.calls.get(story.call_id)
    ours = {"call_id": story.call_id, "agent_id": ANNA}
    if call is None:
        return
    if len(step) == 1:
        story.presses(step)
    elif step == "answer" and call.agent is not None and not call.agent.is_answered:
        story.talks(call.agent_legs)
    elif step == "wait":
        story.later(25_000)
    elif step in ("proven", "ended"):
        segment = story.turn.tapes.segments.get(story.call_id)
        if segment is not None:
            getattr(story, step)(int(segment.segment_id.rsplit(".", 1)[1]))
    else:
        requests = {
            "hold": HoldRequested(**ours),
            "unhold": UnholdRequested(**ours),
            "stop": SegmentStopRequested(**ours),
            "ask": RecordingAsked(**ours, words=WORDS, order_id=""),
            "agree": RecordingAgreed(**ours),
            "end": HangUpRequested(**ours),
        }
        if step in requests:
            story.happens(requests[step])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=14), SEEDS, st.sampled_from((1, 500, 1_000)))
def test_nothing_is_recorded_but_of_who_was_drawn_and_said_yes(steps: list[str], seed: bytes, rate: int) -> None:
    story = SampleStory(SamplingRules(rate_permille=rate), seed)
    story.on_duty("anna")
    story.calls_in()
    for step in steps:
        does(story, step)
    [draw] = [each for each in story.told if isinstance(each, SampleDrawn)]
    assert draw.is_drawn is is_drawn(seed, story.call_id, rate)
    answers = [each.answer for each in story.told if isinstance(each, SampleAnswered)]
    begun = [each for each in story.told if isinstance(each, SampleBegun)]
    starts = [each for each in story.given if isinstance(each, StartSegment)]
    assert len(answers) <= 1
    assert not starts or (draw.is_drawn and answers == ["yes"])
    assert len(starts) <= len(begun)
    taken_back = [type(each).__name__ for each in story.told]
    if "SampleWithdrawn" in taken_back:
        assert "SampleBegun" not in taken_back[taken_back.index("SampleWithdrawn") :]
