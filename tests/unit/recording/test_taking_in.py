"""What becomes of files a recorder has left: every state × end, by the journal alone."""

import msgspec
import pytest

from recording.segment import SegmentState
from recording.taking_in import Fault, Taken, fate_of
from telephony.events import Event
from telephony.identifiers import segment_id
from telephony.order_segments import SegmentMark, SegmentWithdrawn
from telephony.recording_signs import RecordingSign, SignKind
from telephony.segments import DiscardSegment, SegmentEnded, SegmentMasked, SegmentProven, StopSegment
from tests.unit.recording.segment_story import ORDER, WORDS, Story

KEPT_STATES = ("consent_on_tape", "content", "closing")


def fate(story: Story, *, is_still: bool = True, number: int = 1) -> Taken | Fault | None:
    told = [envelope for envelope in story.journal if envelope.call_id == story.call_id]
    return fate_of(segment_id(story.call_id, number), told, is_still=is_still)


def a_whole_one() -> Story:
    story = Story().come_to("content")
    story.mark(SegmentMark.INTENT)
    story.stop()
    story.ended()
    return story


def test_a_whole_segment_is_handed_in_with_all_the_journal_says_of_it() -> None:
    taken = fate(a_whole_one(), is_still=False)
    assert isinstance(taken, Taken)
    assert not taken.is_withdrawn
    segment = taken.segment
    assert (segment.order_id, segment.consent_text, segment.consent_version) == (ORDER, WORDS.sha256, WORDS.version)
    assert [each.what for each in segment.marks] == ["consent", "identity", "intent"]
    states = [each.state for each in segment.changes]
    assert states == [
        *("asked", "yes_untaped", "starting", "recording", "consent_on_tape", "identity_on_tape", "intent_on_tape"),
        *("closing", "stopped", "closed_complete"),
    ]
    assert [each.state for each in segment.changes if each.switch_at is not None] == ["recording", "stopped"]
    assert segment.client_id
    assert segment.project_id


def test_each_sign_that_was_heard_whole_is_handed_in_with_the_switchs_time_of_it() -> None:
    story = Story(recording_sign=RecordingSign(kind=SignKind.BEEP)).come_to("content")
    story.sign_over(1)
    whole_at = story.now
    story.later(15_000)
    story.sign_over(2, is_whole=False)
    story.stop()
    story.ended()
    taken = fate(story)
    assert isinstance(taken, Taken)
    assert [(each.at, each.switch_at is not None) for each in taken.segment.changes if each.state == "sign_given"] == [
        (whole_at, True)
    ]


def test_masks_are_handed_in_as_stretches_and_an_open_one_goes_to_the_end() -> None:
    story = Story().come_to("content")
    for is_masked in (True, False, True):
        story.masked(is_masked=is_masked)
    story.stop()
    story.ended()
    taken = fate(story)
    assert isinstance(taken, Taken)
    first, last = taken.segment.masks
    assert 0 <= first.from_ms <= first.to_ms <= last.from_ms <= last.to_ms
    assert {each.why for each in taken.segment.masks} == {"masked"}


def _told_in_order(story: Story, *kinds: type[Event]) -> Story:
    """As if the switch's words had come in that order, in the times of the call's own."""
    own = [each for each in story.journal if isinstance(each.event, kinds)]
    times = iter([(each.seq, each.received_at) for each in own])
    moved = sorted(own, key=lambda each: kinds.index(type(each.event)))
    again = iter([msgspec.structs.replace(each, seq=seq, received_at=at) for each in moved for seq, at in [next(times)]])
    story.journal = [next(again) if isinstance(each.event, kinds) else each for each in story.journal]
    return story


@pytest.mark.parametrize("kinds", [(SegmentMasked, SegmentProven), (SegmentProven, SegmentEnded, SegmentMasked)])
@pytest.mark.parametrize("is_taken_off", [True, False])
def test_masks_whose_words_cross_others_stay_on_the_tape(kinds: tuple[type[Event], ...], is_taken_off: bool) -> None:
    story = Story().come_to("content")
    story.mark(SegmentMark.INTENT)
    story.later(500)
    story.masked()
    story.later(500)
    if is_taken_off:
        story.masked(is_masked=False)
    story.later(500)
    story.stop()
    story.ended()
    taken = fate(_told_in_order(story, *kinds))
    assert isinstance(taken, Taken)
    proven = next(each for each in story.journal if isinstance(each.event, SegmentProven))
    lasts_ms = (taken.segment.stopped_at - proven.received_at) // 1_000
    assert taken.segment.masks
    for mask in taken.segment.masks:
        assert 0 <= mask.from_ms <= mask.to_ms <= lasts_ms


def test_the_sizes_the_recorder_told_are_handed_in() -> None:
    taken = fate(a_whole_one())
    assert isinstance(taken, Taken)
    assert taken.segment.told_bytes == (16_044, 16_044)
    story = Story().come_to("content")
    story.dies_and_starts_again()
    _is_never_confirmed(story)
    taken = fate(story)
    assert isinstance(taken, Taken)
    assert taken.segment.told_bytes is None


@pytest.mark.parametrize("state", ["asked", "starting", "recording", *KEPT_STATES])
def test_while_a_segment_is_open_its_files_are_left_alone(state: str) -> None:
    assert fate(Story().come_to(state)) is None


@pytest.mark.parametrize("state", ["starting", "recording"])
def test_what_was_discarded_is_deleted(state: str) -> None:
    story = Story().come_to(state)
    story.stop()
    story.ended(with_files=False)
    assert fate(story, is_still=False) is Fault.DISCARDED


def test_what_was_withdrawn_while_it_ran_is_deleted() -> None:
    story = Story().come_to("content")
    story.revoke()
    story.ended(with_files=False)
    assert fate(story) is Fault.DISCARDED


def _is_never_confirmed(story: Story) -> None:
    """The switch never says that the recording has ended, and the call is over at last."""
    story.later(2_000)
    story.later(3_100)
    story.hangs_up(story.caller_leg)
    story.hangs_up(story.leg(story.call_id))
    story.later(10_000)
    assert story.call_id not in story.turn.calls
    assert story.verdict is not None
    assert story.verdict[0] == "unconfirmed"


def test_an_orphan_with_the_consent_on_its_tape_is_adopted_once_nobody_writes_to_it() -> None:
    story = Story().come_to("content")
    story.dies_and_starts_again()
    assert story.state == SegmentState.CLOSING
    assert story.orders() == [StopSegment.__name__]
    _is_never_confirmed(story)
    assert fate(story, is_still=False) is None
    taken = fate(story)
    assert isinstance(taken, Taken)
    assert taken.segment.changes[-1].state == "closed_unconfirmed"


@pytest.mark.parametrize("state", ["starting", "recording"])
def test_an_orphan_without_the_consent_on_its_tape_is_deleted(state: str) -> None:
    story = Story().come_to(state)
    story.dies_and_starts_again()
    assert story.orders() == [DiscardSegment.__name__]
    _is_never_confirmed(story)
    assert fate(story) is Fault.NO_CONSENT_ON_TAPE


def test_one_that_ran_on_after_its_stop_is_not_adopted() -> None:
    story = Story().come_to("closing")
    _is_never_confirmed(story)
    assert fate(story) is Fault.RAN_ON


def test_what_was_taken_back_after_the_stop_is_to_be_shredded() -> None:
    story = a_whole_one()
    result = story.revoke()
    assert result.refusal is None
    assert [type(each.event) for each in result.envelopes][-1] is SegmentWithdrawn
    taken = fate(story)
    assert isinstance(taken, Taken)
    assert taken.is_withdrawn


def test_taking_back_twice_takes_back_once() -> None:
    story = a_whole_one()
    story.revoke()
    assert story.revoke().refusal is not None


def test_taking_back_the_second_segment_leaves_the_first() -> None:
    story = a_whole_one()
    story.number = 2
    story.come_to("content")
    story.revoke()
    story.ended(with_files=False)
    assert story.revoke().refusal is not None
    first = fate(story)
    assert isinstance(first, Taken)
    assert not first.is_withdrawn
    assert fate(story, number=2) is Fault.DISCARDED


def test_it_can_be_taken_back_after_a_restart_too() -> None:
    story = a_whole_one()
    story.dies_and_starts_again()
    assert story.revoke().refusal is None
    assert isinstance(story.events[-1], SegmentWithdrawn)


def test_of_an_unknown_number_nothing_is_kept_once_the_call_is_over() -> None:
    story = a_whole_one()
    assert fate(story, number=7) is None
    story.hangs_up(story.caller_leg)
    story.hangs_up(story.leg(story.call_id))
    assert fate(story, number=7, is_still=False) is None
    assert fate(story, number=7) is Fault.NEVER_ASKED
