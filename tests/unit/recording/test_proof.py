"""An order is proven by a whole segment that was recorded for it, and by nothing else."""

import pytest

from recording.proof import Proof, proof_of
from telephony.order_segments import SegmentMark, SegmentVerdict
from tests.unit.recording.segment_story import ORDER, Story


def a_story(*marks: SegmentMark) -> Story:
    story = Story().come_to("recording")
    for mark in marks:
        story.mark(mark)
    story.stop()
    story.ended()
    return story


def test_a_whole_segment_proves_its_order_and_no_other() -> None:
    story = a_story(*SegmentMark)
    events = [envelope.event for envelope in story.journal]
    assert proof_of(ORDER, events, [story.segment_id]) is Proof.PROVEN
    assert proof_of("another", events, [story.segment_id]) is Proof.NOT_PROVEN


def test_a_whole_segment_proves_nothing_before_it_is_sealed_or_once_it_is_taken_back() -> None:
    story = a_story(*SegmentMark)
    assert proof_of(ORDER, [envelope.event for envelope in story.journal], []) is Proof.NOT_PROVEN
    story.revoke()
    assert proof_of(ORDER, [envelope.event for envelope in story.journal], [story.segment_id]) is Proof.NOT_PROVEN


@pytest.mark.parametrize("marks", [list(SegmentMark)[:count] for count in range(3)])
def test_a_segment_that_lacks_a_mark_proves_nothing(marks: list[SegmentMark]) -> None:
    story = a_story(*marks)
    assert proof_of(ORDER, [envelope.event for envelope in story.journal], [story.segment_id]) is Proof.NOT_PROVEN


def test_a_second_segment_can_prove_what_the_first_did_not() -> None:
    story = a_story(SegmentMark.CONSENT)
    story.number = 2
    story.come_to("content")
    story.mark(SegmentMark.INTENT)
    story.stop()
    story.ended()
    assert [each.verdict for each in story.closed] == [SegmentVerdict.INCOMPLETE, SegmentVerdict.COMPLETE]
    assert proof_of(ORDER, [envelope.event for envelope in story.journal], [story.segment_id]) is Proof.PROVEN


def test_without_a_recording_nothing_is_proven() -> None:
    assert proof_of(ORDER, [], []) is Proof.NOT_PROVEN
