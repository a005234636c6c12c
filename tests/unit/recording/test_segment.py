"""One order segment from the question to its end, through a whole turn of the service."""

import pytest

from telephony.errors import RefusalCode
from telephony.events import SwitchConnected, SwitchDisconnected
from telephony.identifiers import AgentId
from telephony.order_segments import SegmentMark, SegmentMarked
from telephony.segments import BYTES_A_MS, HEADER_BYTES, Direction, SegmentEnded, SegmentFile, SegmentTrouble, StartSegment
from tests.unit.recording.segment_story import ANNA, Story
from tests.unit.telephony.scene import SWITCH

BEN = AgentId("ben")
RUNNING = ("recording", "consent_on_tape", "content")


def test_a_whole_segment_proves_its_order() -> None:
    story = Story().come_to("content")
    story.mark(SegmentMark.INTENT)
    story.stop()
    assert story.orders() == ["StopSegment"]
    story.ended()
    assert story.verdict == ("complete", "asked")
    assert [each.mark.value for each in story.closed[0].marks] == ["consent", "identity", "intent"]
    assert story.closed[0].order_id == "order-1"
    assert story.state is None


def test_marks_say_where_on_the_tape_they_are() -> None:
    story = Story().come_to("recording")
    story.later(4_000)
    story.mark(SegmentMark.CONSENT)
    story.later(3_000)
    story.mark(SegmentMark.IDENTITY)
    story.stop()
    story.ended()
    assert [each.offset_ms for each in story.closed[0].marks] == [4_001, 7_002]


def test_asking_records_nothing() -> None:
    story = Story().come_to("asked")
    assert story.orders() == []


def test_a_no_leaves_the_fact_and_nothing_else() -> None:
    story = Story().come_to("asked")
    story.decline()
    assert story.orders() == []
    assert story.said() == ["RecordingDeclined", "SegmentClosed"]
    assert story.verdict == ("nothing", "declined")
    assert not [each for each in story.given if isinstance(each, StartSegment)]


def test_a_yes_starts_and_nothing_is_shown_as_recording_before_the_proof() -> None:
    story = Story().come_to("starting")
    assert story.orders() == ["StartSegment"]
    assert story.said() == ["RecordingAgreed", "SegmentOpened"]
    assert StartSegment.must_be_durable


def test_a_yes_without_a_question_is_refused() -> None:
    story = Story()
    story.agree()
    assert story.refusal is not None
    assert story.refusal.code is RefusalCode.NOT_ASKED


def test_a_yes_counts_once() -> None:
    story = Story().come_to("starting")
    story.agree()
    assert story.refusal is not None
    assert story.orders() == []


def test_only_the_agent_who_asked_says_what_they_answered() -> None:
    story = Story().come_to("asked")
    for refused in (
        story.agree(BEN),
        story.happens(SegmentMarked(call_id=story.call_id, agent_id=BEN, mark=SegmentMark.CONSENT)),
    ):
        assert refused.refusal is not None
        assert refused.refusal.code is RefusalCode.NOT_YOUR_CALL


def test_a_question_asked_again_is_the_same_segment() -> None:
    story = Story().come_to("asked")
    story.ask()
    assert story.refusal is None
    story.agree()
    assert story.state == "starting"


def test_a_second_order_has_a_segment_of_its_own() -> None:
    story = Story().come_to("content")
    story.stop()
    story.ended()
    story.number = 2
    story.come_to("content")
    story.mark(SegmentMark.INTENT)
    story.stop()
    story.ended()
    assert [each.verdict.value for each in story.closed] == ["incomplete", "complete"]
    assert [each.segment_id[-1] for each in story.closed] == ["1", "2"]


def test_a_start_that_is_not_proven_in_time_is_taken_back() -> None:
    story = Story().come_to("starting")
    story.later(3_000)
    assert story.state == "discarding"
    assert story.orders() == ["DiscardSegment"]
    story.ended(with_files=False)
    assert story.verdict == ("nothing", "not_proven")


def test_without_consent_on_the_tape_after_thirty_seconds_it_is_deleted() -> None:
    story = Story().come_to("recording")
    story.later(29_900)
    assert story.state == "recording"
    story.later(200)
    assert (story.state, story.orders()) == ("discarding", ["DiscardSegment"])
    story.ended(with_files=False)
    assert story.verdict == ("discarded", "no_consent_on_tape")


def test_consent_without_the_person_is_not_enough_either() -> None:
    story = Story().come_to("consent_on_tape")
    story.later(30_000)
    assert story.state == "discarding"


def test_content_may_last_fifteen_minutes_and_no_longer() -> None:
    story = Story().come_to("content")
    story.later(14 * 60_000)
    assert story.state == "content"
    story.later(61_000)
    assert story.state in ("closing", "discarding", "unconfirmed")
    assert "StopSegment" in [type(command).__name__ for command in story.given]


@pytest.mark.parametrize("missing", list(SegmentMark))
def test_a_segment_without_one_of_the_marks_proves_nothing(missing: SegmentMark) -> None:
    story = Story().come_to("recording")
    for mark in SegmentMark:
        if mark is not missing:
            story.mark(mark)
    story.stop()
    story.ended()
    assert story.verdict is not None
    assert story.verdict[0] != "complete"


def test_marks_come_in_their_order() -> None:
    story = Story().come_to("recording")
    for mark in (SegmentMark.INTENT, SegmentMark.IDENTITY):
        story.mark(mark)
        assert story.refusal is not None
        assert story.refusal.code is RefusalCode.WRONG_STATE


def test_one_direction_alone_proves_nothing() -> None:
    story = Story().come_to("content")
    story.mark(SegmentMark.INTENT)
    story.stop()
    half = SegmentFile(direction=Direction.SENT, name="x", size_bytes=9)
    story.happens(SegmentEnded(leg_id=story.caller_leg, segment_id=story.segment_id, files=(half,)))
    assert story.verdict == ("incomplete", "asked")


@pytest.mark.parametrize(
    ("lasts_ms", "verdict"),
    [((0, 0), "incomplete"), ((8_100, 0), "incomplete"), ((7_900, 8_100), "incomplete"), ((8_100, 8_100), "complete")],
)
def test_a_tape_that_ends_before_its_last_mark_proves_nothing(lasts_ms: tuple[int, int], verdict: str) -> None:
    """Ten seconds: a tenth of them may be lost, and a second be on its way."""
    story = Story().come_to("content")
    story.later(10_000)
    story.mark(SegmentMark.INTENT)
    story.stop()
    files = tuple(
        SegmentFile(direction=way, name=f"x-{way}.wav", size_bytes=HEADER_BYTES + ms * BYTES_A_MS)
        for way, ms in zip(Direction, lasts_ms, strict=True)
    )
    story.happens(SegmentEnded(leg_id=story.caller_leg, segment_id=story.segment_id, files=files))
    assert story.verdict == (verdict, "asked")


@pytest.mark.parametrize("trouble", [SegmentTrouble.STALLED, SegmentTrouble.SILENT, SegmentTrouble.STARVED])
def test_a_recording_that_goes_wrong_is_stopped_and_proves_nothing(trouble: SegmentTrouble) -> None:
    story = Story().come_to("content")
    story.mark(SegmentMark.INTENT)
    story.faulted(trouble)
    assert (story.state, story.orders()) == ("closing", ["StopSegment"])
    story.ended()
    assert story.verdict == ("incomplete", "trouble")


@pytest.mark.parametrize("state", ["starting", "recording"])
def test_one_that_goes_wrong_before_the_consent_is_deleted(state: str) -> None:
    story = Story().come_to(state)
    story.faulted()
    assert story.orders() == ["DiscardSegment"]


def test_a_withdrawal_deletes_what_was_recorded() -> None:
    for state in ("starting", *RUNNING, "closing"):
        story = Story().come_to(state)
        story.revoke()
        assert (story.state, story.orders()) == ("discarding", ["DiscardSegment"]), state
        story.ended(with_files=False)
        assert story.verdict is not None
        assert story.verdict[0] in ("discarded", "nothing")
        assert story.verdict[1] == "withdrawn"


def test_a_withdrawal_before_anything_was_recorded_is_a_no() -> None:
    story = Story().come_to("asked")
    story.revoke()
    assert (story.state, story.orders(), story.verdict) == (None, [], ("nothing", "withdrawn"))


def test_files_that_cross_the_order_to_delete_them_are_deleted_all_the_same() -> None:
    story = Story().come_to("content")
    story.revoke()
    story.ended(with_files=True)
    assert story.orders() == ["DiscardSegment"]
    assert story.verdict == ("discarded", "withdrawn")


def test_masking_ends_by_itself_after_two_minutes() -> None:
    story = Story().come_to("content")
    story.mask()
    assert story.orders() == ["MaskSegment"]
    story.masked()
    segment = story.turn.tapes.segments[story.call_id]
    assert segment.is_masked
    story.later(119_000)
    assert story.turn.tapes.segments[story.call_id].is_masked
    story.later(1_100)
    assert story.orders() == ["MaskSegment"]
    story.masked(is_masked=False)
    masks = story.turn.tapes.segments[story.call_id].masks
    assert len(masks) == 1
    assert masks[0].to_ms is not None
    assert masks[0].to_ms - masks[0].from_ms >= 119_000


def test_a_mask_asked_for_again_does_not_last_longer() -> None:
    story = Story().come_to("content")
    story.mask()
    story.masked()
    due = story.turn.tapes.segments[story.call_id].mask_overdue_at
    story.later(60_000)
    story.mask()
    assert story.turn.tapes.segments[story.call_id].mask_overdue_at == due


def test_masked_is_what_the_switch_has_proven() -> None:
    story = Story().come_to("content")
    story.mask()
    assert not story.turn.tapes.segments[story.call_id].is_masked


@pytest.mark.parametrize("state", ["starting", *RUNNING])
def test_a_stop_that_is_not_confirmed_becomes_a_deletion_and_then_the_call_ends(state: str) -> None:
    story = Story().come_to(state)
    story.stop()
    story.later(2_000)
    assert "DiscardSegment" in [type(command).__name__ for command in story.given]
    story.later(3_100)
    call = story.turn.calls[story.call_id]
    assert call.state.value == "ending"
    assert "HangUp" in [type(command).__name__ for command in story.given]
    story.hangs_up(call.caller.leg_id)
    story.hangs_up(story.leg(story.call_id))
    assert story.call_id in story.turn.calls, "the call waits for the word of the switch as long as it may come"
    story.later(10_000)
    assert story.call_id not in story.turn.calls
    assert story.verdict is not None
    assert story.verdict[0] == "unconfirmed"


def test_while_its_switch_is_out_of_reach_nothing_is_begun_that_a_hand_over_would_wait_for() -> None:
    story = Story().come_to("asked")
    story.happens(SwitchDisconnected(switch=SWITCH))
    for refused in (story.ask().refusal, story.agree().refusal):
        assert refused is not None
        assert (refused.code, refused.facts) == (RefusalCode.RECORDING_UNAVAILABLE, {"switch": SWITCH})
    assert story.turn.calls[story.call_id].tape is None
    story.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    story.ask()
    assert story.agree().refusal is None
    assert story.orders() == ["StartSegment"]


def test_a_proof_nobody_asked_for_is_answered_with_its_end() -> None:
    story = Story()
    story.proven()
    assert story.orders() == ["DiscardSegment"]
    story.come_to("asked")
    story.proven()
    assert (story.state, story.orders()) == ("asked", ["DiscardSegment"])


def test_what_a_switch_tells_twice_changes_nothing() -> None:
    story = Story().come_to("content")
    story.proven()
    assert (story.state, story.orders()) == ("content", [])
    story.stop()
    story.ended()
    story.ended()
    assert len(story.closed) == 1


def test_a_recording_that_ends_by_itself_is_what_it_is() -> None:
    story = Story().come_to("content")
    story.ended()
    assert story.verdict == ("incomplete", "ended_by_switch")
    assert story.turn.calls[story.call_id].tape is None


def test_agent_anna_is_told_of_as_who_asked() -> None:
    story = Story().come_to("content")
    story.stop()
    story.ended()
    assert story.closed[0].agent_id == ANNA
