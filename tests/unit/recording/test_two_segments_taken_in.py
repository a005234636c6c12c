"""Of two segments in one call, each is taken in with its own story and with nothing of the other's."""

from recording.taking_in import Fault, Taken
from telephony.dialling import CallPlaced
from telephony.events import CallAdmitted
from telephony.order_segments import SegmentMark
from tests.unit.recording.segment_story import Story
from tests.unit.recording.test_taking_in import a_whole_one, fate


def two() -> Story:
    """The first one whole; the second one masked in part, told to stop by the cap, without an intent."""
    story = a_whole_one()
    story.later(60_000)
    story.number = 2
    story.come_to("content")
    story.later(5_000)
    story.masked()
    story.later(3_000)
    story.masked(is_masked=False)
    story.stop()
    story.later(500)
    story.ended()
    return story


def taken(story: Story, number: int) -> Taken:
    found = fate(story, number=number)
    assert isinstance(found, Taken)
    return found


def test_each_has_its_own_states_marks_masks_and_end() -> None:
    story = two()
    first, second = taken(story, 1).segment, taken(story, 2).segment
    assert [each.what for each in first.marks] == [mark.value for mark in SegmentMark]
    assert [each.what for each in second.marks] == ["consent", "identity"]
    assert [each.state for each in second.changes] == [
        *("asked", "yes_untaped", "starting", "recording", "consent_on_tape", "identity_on_tape"),
        *("closing", "stopped", "closed_incomplete"),
    ]
    assert max(each.at for each in first.changes) < min(each.at for each in second.changes)
    assert first.masks == ()
    (mask,) = second.masks
    assert 5_000 <= mask.from_ms <= 5_100
    assert 3_000 <= mask.to_ms - mask.from_ms <= 3_100
    assert first.stopped_at < min(each.at for each in second.changes)
    assert second.stopped_at == max(each.at for each in second.changes if each.state == "stopped")


def test_what_is_taken_back_is_the_one_that_was_asked_for_last() -> None:
    story = two()
    story.revoke()
    assert not taken(story, 1).is_withdrawn
    assert taken(story, 2).is_withdrawn


def test_words_of_another_recording_are_no_part_of_it() -> None:
    story = a_whole_one()
    before = taken(story, 1).segment
    story.number = 9
    story.ended()
    story.masked()
    assert taken(story, 1).segment == before
    story.number = 2
    story.come_to("content")
    story.number = 1
    story.ended()
    story.masked()
    story.number = 2
    story.stop()
    story.ended()
    assert taken(story, 2).segment.masks == ()
    assert [each.state for each in taken(story, 2).segment.changes].count("stopped") == 1


def test_of_a_call_whose_beginning_is_unknown_nothing_is_kept() -> None:
    story = a_whole_one()
    story.journal = [each for each in story.journal if not isinstance(each.event, CallAdmitted | CallPlaced)]
    assert fate(story) is Fault.NEVER_ASKED
