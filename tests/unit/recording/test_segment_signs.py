"""Those who talk hear that they are recorded as their project wants it: from the proof on, and never while silence is written."""

from typing import Any, cast

import pytest
from msgspec.structs import replace

from recording.segment import Masked, Segment
from recording.segment_signs import AGAIN_MS, give
from routing.recording_signs import faults_of
from telephony.commands import FailureReason
from telephony.demands import CallDemand
from telephony.engine.executor import of_unsent
from telephony.events import SwitchDisconnected
from telephony.faults import FaultCode
from telephony.identifiers import Instant, after_ms
from telephony.order_segments import SegmentMark, SegmentTimerFired
from telephony.recording_signs import BEEP, RecordingSign, SignKind
from telephony.segments import GiveSign, SignGiven
from tests.unit.recording.segment_story import WORDS, Story
from tests.unit.telephony.scene import SWITCH

BEEPS = RecordingSign(kind=SignKind.BEEP, every_ms=15_000)
SAYS = RecordingSign(kind=SignKind.ANNOUNCEMENT, sound="own/recorded")


def a_story(sign: RecordingSign, state: str = "content") -> Story:
    return Story(recording_sign=sign).come_to(state)


def signs(story: Story) -> list[GiveSign]:
    return [command for command in story.given if isinstance(command, GiveSign)]


def test_nothing_is_heard_where_the_project_wants_nothing() -> None:
    story = Story().come_to("content")
    story.later(60_000)
    assert signs(story) == []


def test_nothing_is_heard_before_the_switch_has_proven_the_recording() -> None:
    story = a_story(BEEPS, "starting")
    assert signs(story) == []
    story.proven()
    (sign,) = signs(story)
    assert (sign.leg_id, sign.agent_leg_id) == (story.caller_leg, story.leg(story.call_id))
    assert (sign.segment_id, sign.number, sign.sound, sign.language) == (story.segment_id, 1, BEEP, "de")


def test_a_beep_comes_again_and_again_as_long_as_it_records() -> None:
    story = a_story(BEEPS)
    for number in (1, 2, 3):
        story.sign_over(number)
        story.later(14_990)
        assert len(signs(story)) == number
        story.later(10)
    assert [sign.number for sign in signs(story)] == [1, 2, 3, 4]
    story.stop()
    story.later(1_000)
    story.ended()
    story.later(60_000)
    assert len(signs(story)) == 4


def test_a_beep_that_was_not_heard_comes_again_when_the_next_is_due() -> None:
    story = a_story(BEEPS)
    story.sign_over(1, is_whole=False)
    story.later(14_000)
    assert len(signs(story)) == 1
    story.later(1_000)
    assert len(signs(story)) == 2


def test_an_announcement_is_made_once_in_the_language_in_which_they_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.recording.segment_story.WORDS", replace(WORDS, language="pl"))
    story = a_story(SAYS, "starting")
    assert story.turn.calls[story.call_id].demand == CallDemand()
    story.proven()
    story.mark(SegmentMark.CONSENT)
    story.mark(SegmentMark.IDENTITY)
    story.sign_over(1)
    story.later(60_000)
    assert [(sign.sound, sign.language) for sign in signs(story)] == [("own/recorded", "pl")]


def test_an_announcement_that_was_broken_off_is_made_again() -> None:
    story = a_story(SAYS)
    story.sign_over(1, is_whole=False)
    story.later(9_000)
    assert len(signs(story)) == 1
    story.later(1_000)
    assert [sign.number for sign in signs(story)] == [1, 2]
    story.sign_over(1, is_whole=False)  # told twice
    story.sign_over(2)
    story.later(60_000)
    assert len(signs(story)) == 2


@pytest.mark.parametrize("is_proven", [False, True])
def test_no_beep_falls_into_silence_that_is_asked_for_or_written(is_proven: bool) -> None:
    story = a_story(BEEPS)
    story.later(10_000)
    story.mask()
    if is_proven:
        story.masked()
    story.later(40_000)
    assert len(signs(story)) == 1
    story.mask(is_masked=False)
    story.masked()
    story.later(12_000)
    assert len(signs(story)) == 1, "it is silence that is written, as far as the switch has proven"
    story.masked(is_masked=False)
    story.later(15_000)
    assert len(signs(story)) == 2


def test_an_announcement_broken_off_by_silence_waits_for_its_end() -> None:
    story = a_story(SAYS)
    story.mask()
    story.masked()
    story.sign_over(1, is_whole=False)
    story.later(35_000)
    assert len(signs(story)) == 1
    story.mask(is_masked=False)
    story.masked(is_masked=False)
    story.later(10_000)
    assert len(signs(story)) == 2


@pytest.mark.parametrize("ends", ["stop", "revoke", "faulted", "cut"])
def test_none_is_given_once_the_recording_is_to_end(ends: str) -> None:
    story = a_story(BEEPS)
    if ends == "cut":
        story.happens(SwitchDisconnected(switch=SWITCH))
    else:
        getattr(story, ends)()
    story.sign_over(1, is_whole=False)
    story.later(1_900)
    assert not any(isinstance(event, SegmentTimerFired) and event.timer == "sign_due" for _, event in story.turn.due_now())
    assert len(signs(story)) == 1


def test_what_is_told_of_a_sign_late_or_of_nothing_changes_nothing() -> None:
    story = a_story(SAYS, "starting")
    story.sign_over(1, is_whole=False)
    assert story.state == "starting"
    story.proven()
    story.stop()
    story.sign_over(1)
    story.ended(with_files=False)
    story.sign_over(1)
    assert story.verdict == ("discarded", "asked")


def test_the_next_segment_has_signs_of_its_own() -> None:
    story = a_story(BEEPS)
    story.stop()
    story.ended()
    story.number = 2
    story.come_to("recording")
    assert [(sign.segment_id, sign.number) for sign in signs(story)][1:] == [(story.segment_id, 1)]


def test_a_call_keeps_the_sign_of_the_day_it_came_in() -> None:
    story = Story(recording_sign=BEEPS)
    plain = Story().turn.directory
    story.turn.use(plain)
    story.come_to("recording")
    assert len(signs(story)) == 1


def test_one_that_could_not_be_sent_was_not_heard_and_ends_no_recording() -> None:
    (sign,) = signs(a_story(BEEPS))
    (told,) = of_unsent(sign, FailureReason.DISCONNECTED)
    given = cast(SignGiven, told)
    assert (given.segment_id, given.number, given.is_whole) == (sign.segment_id, 1, False)


@pytest.mark.parametrize(
    ("sign", "wrong"),
    [
        (RecordingSign(), []),
        (RecordingSign(kind=SignKind.BEEP, every_ms=5_000), []),
        (RecordingSign(kind=SignKind.BEEP, every_ms=4_999), [FaultCode.OUT_OF_RANGE]),
        (RecordingSign(kind=SignKind.BEEP, every_ms=120_001), [FaultCode.OUT_OF_RANGE]),
        (RecordingSign(kind=SignKind.ANNOUNCEMENT, sound="../etc"), [FaultCode.BAD_PROMPT]),
        (RecordingSign(kind=SignKind.ANNOUNCEMENT, sound=""), [FaultCode.BAD_PROMPT]),
    ],
)
def test_what_cannot_be_meant_is_told(sign: RecordingSign, wrong: list[FaultCode]) -> None:
    assert [fault.code for fault in faults_of(sign)] == wrong


def a_segment(sign: RecordingSign, **more: Any) -> Segment:
    story = a_story(sign)
    return replace(story.turn.tapes.segments[story.call_id], **more)


def test_without_a_sign_or_a_leg_to_hear_it_by_nothing_is_given() -> None:
    for segment in (a_segment(RecordingSign()), a_segment(BEEPS, agent_leg_id=None)):
        assert give(segment, Instant(0)) == (segment, ())


@pytest.mark.parametrize(("sign", "again_ms"), [(BEEPS, 15_000), (SAYS, AGAIN_MS)])
def test_in_silence_the_next_is_looked_for_when_it_would_come(sign: RecordingSign, again_ms: int) -> None:
    for silent in ({"masks": (Masked(from_ms=1),)}, {"mask_overdue_at": Instant(9)}):
        segment = a_segment(sign, **silent)
        assert give(segment, Instant(7)) == (replace(segment, sign_due_at=after_ms(Instant(7), again_ms)), ())
