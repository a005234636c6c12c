"""What the vault is told of a segment, word by word: each from the journal of its call, and nothing of another one's."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from recording.taking_in import Fault, Taken, fate_of
from recording.vault.manifest import StoppedSegment, Stretch
from telephony.causes import EndReason
from telephony.events import CallAdmitted, CallEnded, Envelope, Event, LegHeld
from telephony.identifiers import MS, ClientId, EventId, Instant, SegmentId
from telephony.order_segments import (
    MarkSet,
    SegmentClosed,
    SegmentMark,
    SegmentOpened,
    SegmentStopForced,
    SegmentVerdict,
    StopReason,
)
from telephony.segments import Direction, SegmentEnded, SegmentFaulted, SegmentFile, SegmentMasked, SegmentProven, SegmentTrouble
from tests.unit.recording.segment_story import ANNA, ORDER, WORDS, Story

STORY = Story()
CALL, LEG = STORY.call_id, STORY.caller_leg
ADMITTED = next(each.event for each in STORY.journal if isinstance(each.event, CallAdmitted))
BEGUN_AT = 1_800_000_000_000
ONE, OTHER = SegmentId("call.segment.1"), SegmentId("call.segment.2")
OPENED = SegmentOpened(call_id=CALL, agent_id=ANNA, segment_id=ONE, leg_id=LEG)
CONSENT = MarkSet(mark=SegmentMark.CONSENT, offset_ms=1_000)
IDENTITY = MarkSet(mark=SegmentMark.IDENTITY, offset_ms=2_000)


def proven(segment: SegmentId = ONE, codec: str | None = None) -> SegmentProven:
    return SegmentProven(leg_id=LEG, segment_id=segment, codec=codec)


def ended(segment: SegmentId = ONE, missing_ms: int = 0) -> SegmentEnded:
    return SegmentEnded(leg_id=LEG, segment_id=segment, files=(), missing_ms=missing_ms)


def faulted(trouble: SegmentTrouble, segment: SegmentId = ONE) -> SegmentFaulted:
    return SegmentFaulted(leg_id=LEG, segment_id=segment, trouble=trouble)


def masked(segment: SegmentId = ONE, *, is_masked: bool = True) -> SegmentMasked:
    return SegmentMasked(leg_id=LEG, segment_id=segment, is_masked=is_masked)


def closed(
    segment: SegmentId = ONE,
    verdict: SegmentVerdict = SegmentVerdict.INCOMPLETE,
    reason: StopReason = StopReason.ASKED,
    marks: tuple[MarkSet, ...] = (CONSENT,),
) -> SegmentClosed:
    ours = {"call_id": CALL, "agent_id": ANNA, "segment_id": segment, "order_id": ORDER, "words": WORDS}
    return SegmentClosed(**ours, verdict=verdict, reason=reason, marks=marks)  # type: ignore[arg-type]


def told(*events: tuple[int, Event]) -> list[Envelope]:
    """A call's journal: each event and when it was received, in milliseconds after the call."""
    return [
        Envelope(
            seq=seq,
            event_id=EventId(str(seq)),
            occurred_at=Instant((BEGUN_AT + at) * MS - 7),
            received_at=Instant((BEGUN_AT + at) * MS),
            event=event,
            call_id=CALL,
        )
        for seq, (at, event) in enumerate(((0, ADMITTED), *events), 1)
    ]


def told_of(*events: tuple[int, Event], segment: SegmentId = ONE) -> StoppedSegment:
    taken = fate_of(segment, told(*events), is_still=True)
    assert isinstance(taken, Taken)
    return taken.segment


def after_ms(at: Instant) -> int:
    return at // MS - BEGUN_AT


@pytest.mark.parametrize("way", list(Direction))
def test_a_file_that_its_recorder_did_not_tell_of_holds_nothing(way: Direction) -> None:
    file = SegmentFile(direction=way, name="x", size_bytes=444)
    end = SegmentEnded(leg_id=LEG, segment_id=ONE, files=(file,))
    segment = told_of((100, OPENED), (200, proven()), (800, end), (900, closed()))
    assert segment.told_bytes == ((444, 0) if way is Direction.RECEIVED else (0, 444))


# -- whether it is kept ------------------------------------------------------------------------------------------------------


def test_the_consent_alone_is_enough_for_it_to_be_kept_and_nothing_else_is() -> None:
    for marks, is_kept in (((CONSENT,), True), ((CONSENT, IDENTITY), True), ((IDENTITY,), False), ((), False)):
        fate = fate_of(ONE, told((100, OPENED), (200, proven()), (900, closed(marks=marks))), is_still=False)
        assert isinstance(fate, Taken) if is_kept else fate is Fault.NO_CONSENT_ON_TAPE


def test_a_call_that_has_ended_stays_ended_whatever_is_told_of_it_then() -> None:
    over = CallEnded(call_id=CALL, end_reason=EndReason.CALLER_HUNG_UP)
    assert fate_of(ONE, told((100, over), (200, LegHeld(leg_id=LEG))), is_still=True) is Fault.NEVER_ASKED


def test_a_segment_stays_with_the_client_of_its_talk_when_the_call_goes_on_to_another() -> None:
    elsewhere = replace(ADMITTED, terms=replace(ADMITTED.terms, client_id=ClientId("another")))
    whole = (100, OPENED), (200, proven()), (900, closed())
    assert told_of(*whole, (950, elsewhere)).client_id == ADMITTED.terms.client_id
    assert told_of((50, elsewhere), *whole).client_id == "another"


# -- when it ended -----------------------------------------------------------------------------------------------------------


def test_it_ended_when_the_switch_said_so_and_not_when_that_was_concluded_or_another_one_ended() -> None:
    begun = (100, OPENED), (200, proven())
    assert after_ms(told_of(*begun, (600, ended()), (900, closed())).stopped_at) == 600
    assert after_ms(told_of(*begun, (600, ended()), (700, ended(OTHER)), (900, closed())).stopped_at) == 600


def test_one_whose_end_was_never_told_ended_when_that_was_concluded_and_misses_nothing_that_is_known() -> None:
    lost = closed(verdict=SegmentVerdict.UNCONFIRMED, reason=StopReason.CUT)
    segment = told_of((100, OPENED), (200, proven()), (500, ended(OTHER)), (900, lost))
    assert (after_ms(segment.stopped_at), segment.missing_ms) == (900, 0)


# -- its codec and its states ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codecs", "codec"),
    [
        ((), "unknown"),
        ((None,), "unknown"),
        (("alaw",), "alaw"),
        (("alaw", None), "alaw"),
        (("alaw", "opus"), "opus"),
        (("alaw", "opus", None), "opus"),
    ],
)
def test_its_codec_is_what_the_switch_told_last(codecs: Sequence[str | None], codec: str) -> None:
    proofs = [(200 + place, proven(codec=each)) for place, each in enumerate(codecs)]
    assert told_of((100, OPENED), *proofs, (900, closed())).codec == codec


def test_trouble_and_a_forced_stop_are_states_of_it_and_the_switchs_clock_is_kept_for_its_own_words() -> None:
    forced = SegmentStopForced(call_id=CALL, segment_id=ONE, reason=StopReason.APART)
    trouble = faulted(SegmentTrouble.STALLED)
    segment = told_of((100, OPENED), (200, proven()), (400, trouble), (500, forced), (600, ended()), (900, closed()))
    assert [(each.state, after_ms(each.at), each.switch_at is not None) for each in segment.changes] == [
        ("starting", 100, False),
        ("recording", 200, True),
        ("faulty", 400, True),
        ("closing", 500, False),
        ("stopped", 600, True),
        ("closed_incomplete", 900, False),
    ]
    assert [each.at - each.switch_at for each in segment.changes if each.switch_at is not None] == [7, 7, 7]


# -- what is not on its tape -------------------------------------------------------------------------------------------------


def gaps(*events: tuple[int, Event], stopped: int = 5_000) -> list[tuple[int, int, str]]:
    segment = told_of((100, OPENED), *events, (stopped, ended()), (stopped + 10, closed()))
    return [(each.from_ms, each.to_ms, each.why) for each in segment.gaps]


@pytest.mark.parametrize("trouble", list(SegmentTrouble))
def test_only_trouble_in_which_sound_is_lost_is_a_gap_and_it_lasts_to_the_end(trouble: SegmentTrouble) -> None:
    loses = trouble in (SegmentTrouble.STALLED, SegmentTrouble.SILENT)
    assert gaps((1_000, proven()), (2_500, faulted(trouble))) == ([(1_500, 4_000, trouble.value)] if loses else [])


def test_trouble_that_is_told_again_is_one_gap_and_other_trouble_another() -> None:
    stalled, silent = faulted(SegmentTrouble.STALLED), faulted(SegmentTrouble.SILENT)
    found = gaps((1_000, proven()), (2_000, stalled), (3_000, silent), (4_000, stalled))
    assert found == [(1_000, 4_000, "stalled"), (2_000, 4_000, "silent")]


def test_trouble_of_another_segment_is_no_gap_of_this_one() -> None:
    assert gaps((1_000, proven()), (1_500, proven(OTHER)), (2_000, faulted(SegmentTrouble.STALLED, OTHER))) == []


def test_a_proof_that_is_told_again_or_of_another_moves_no_offset() -> None:
    stalled = faulted(SegmentTrouble.STALLED)
    assert gaps((500, proven(OTHER)), (1_000, proven()), (1_500, proven()), (2_000, stalled)) == [(1_000, 4_000, "stalled")]


def masks(*events: tuple[int, Event], stopped: int = 5_000) -> tuple[Stretch, ...]:
    return told_of((100, OPENED), (1_000, proven()), *events, (stopped, ended()), (stopped + 10, closed())).masks


def test_a_mask_is_a_stretch_from_its_proof_to_the_proof_of_its_end() -> None:
    off = masked(is_masked=False)
    found = masks((1_500, masked()), (2_000, off), (3_000, masked()), (3_250, off))
    assert found == (Stretch(from_ms=500, to_ms=1_000, why="masked"), Stretch(from_ms=2_000, to_ms=2_250, why="masked"))


def test_what_is_told_twice_neither_shortens_nor_repeats_a_mask() -> None:
    off = masked(is_masked=False)
    found = masks((1_200, off), (1_500, masked()), (1_700, masked()), (2_000, off), (2_500, off))
    assert found == (Stretch(from_ms=500, to_ms=1_000, why="masked"),)


def test_nothing_else_the_switch_says_ends_a_mask() -> None:
    found = masks((1_500, masked()), (2_000, faulted(SegmentTrouble.DISK_LOW)), (2_500, masked(OTHER, is_masked=False)))
    assert found == (Stretch(from_ms=500, to_ms=4_000, why="masked"),)


def test_what_the_switch_did_not_come_to_is_missing_and_nothing_lies_behind_the_tapes_end() -> None:
    stopped = (5_000, ended(missing_ms=700)), (5_005, ended(OTHER, missing_ms=9)), (5_010, closed())
    segment = told_of((100, OPENED), (1_000, proven()), (1_500, masked()), (4_500, faulted(SegmentTrouble.SILENT)), *stopped)
    assert segment.missing_ms == 700
    assert segment.masks == (Stretch(from_ms=500, to_ms=3_300, why="masked"),)
    assert [(each.from_ms, each.to_ms) for each in segment.gaps] == [(3_300, 3_300)]


def test_a_tape_that_misses_more_than_it_lasts_has_no_stretches() -> None:
    stopped = (2_000, ended(missing_ms=1_500)), (2_010, closed())
    segment = told_of((100, OPENED), (1_000, proven()), (1_500, masked()), *stopped)
    assert segment.masks == (Stretch(from_ms=0, to_ms=0, why="masked"),)
