"""What the live board shows of a recording is what the switch has proven."""

import pytest

from monitor import tape_board
from monitor.call_board import CallBoard, LiveCall
from monitor.rows import TapePhase, TapeRow
from routing.sampling import SamplingRules
from telephony.events import SwitchDisconnected
from telephony.identifiers import Instant
from telephony.order_segments import SegmentMark
from tests.unit.recording.segment_story import Story
from tests.unit.telephony.sample_story import SampleStory
from tests.unit.telephony.scene import SWITCH


def shown(story: Story) -> TapeRow | None:
    """The call's row after everything that happened."""
    board = CallBoard(day_started_at=Instant(0))
    board.calls[story.call_id] = LiveCall(
        call_id=story.call_id, caller_leg=None, masked=None, offered_at=story.now, since_at=story.now
    )
    for envelope in story.journal:
        if isinstance(envelope.event, tape_board.HEARD):
            tape_board.tell(board, story.call_id, envelope)
        elif isinstance(envelope.event, SwitchDisconnected):
            tape_board.cut(board, envelope)
    return board.calls[story.call_id].tape


PHASES = {"asked": "asked", "starting": "starting", **dict.fromkeys(("recording", "consent_on_tape", "content"), "recording")}


@pytest.mark.parametrize("state", [*PHASES, "closing"])
def test_recording_is_shown_from_the_proof_to_the_order_to_stop(state: str) -> None:
    tape = shown(Story().come_to(state))
    assert tape is not None
    assert tape.phase.value == PHASES.get(state, "ending")
    assert tape.order_id == "order-1"


def test_marks_and_masks_are_shown() -> None:
    story = Story().come_to("content")
    story.mask()
    assert shown(story) is not None
    assert not shown(story).is_masked  # type: ignore[union-attr]
    story.masked()
    tape = shown(story)
    assert tape is not None
    assert tape.is_masked
    assert tape.marks == ("consent", "identity")


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_came_of_it_is_shown_until_the_next_question(is_whole: bool) -> None:
    story = Story().come_to("content")
    if is_whole:
        story.mark(SegmentMark.INTENT)
    story.stop()
    story.ended()
    assert (shown(story) or 0).phase is (TapePhase.COMPLETE if is_whole else TapePhase.INCOMPLETE)  # type: ignore[union-attr]
    story.ask()
    assert (shown(story) or 0).phase is TapePhase.ASKED  # type: ignore[union-attr]


def test_a_no_shows_that_nothing_was_recorded() -> None:
    story = Story().come_to("asked")
    story.decline()
    assert (shown(story) or 0).phase is TapePhase.NOTHING  # type: ignore[union-attr]


def test_while_the_line_to_the_switch_is_cut_nobody_knows() -> None:
    story = Story().come_to("content")
    story.happens(SwitchDisconnected(switch=SWITCH))
    assert (shown(story) or 0).phase is TapePhase.UNKNOWN  # type: ignore[union-attr]


def sampled(story: SampleStory) -> TapeRow | None:
    board = CallBoard(day_started_at=Instant(0))
    board.calls[story.call_id] = LiveCall(
        call_id=story.call_id, caller_leg=None, masked=None, offered_at=story.now, since_at=story.now
    )
    for envelope in story.journal:
        if isinstance(envelope.event, tape_board.HEARD):
            tape_board.tell(board, story.call_id, envelope)
    return board.calls[story.call_id].tape


def test_a_sample_is_shown_as_recorded_from_the_proof_on_and_who_was_not_drawn_as_nothing() -> None:
    story = SampleStory()
    story.on_duty("anna")
    seen = []
    for step in (story.calls_in, lambda: story.presses("1"), story.talks, story.proven, lambda: story.presses("9"), story.ended):
        step()
        tape = sampled(story)
        assert tape is not None
        assert tape.is_sample
        seen.append(tape.phase.value)
    assert seen[:1] == ["asked"]
    assert seen[1:4] == ["agreed", "starting", "recording"]
    assert seen[-1] == "discarded"
    assert sampled(SampleStory(SamplingRules(rate_permille=1)).calls_in()) is None
