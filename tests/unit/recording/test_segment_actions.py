"""What is done on the way from state to state: what is kept in mind, what is due and when, and what is said."""

import pytest
from msgspec.structs import replace

from recording.segment import CAP_MS, Masked, Segment, SegmentState, SegmentTimer
from recording.segment_actions import SegmentStep
from recording.segment_machine import begin, begin_sample, step
from telephony.causes import EndReason
from telephony.events import CallEnded, Envelope, Event, SwitchConnected, SwitchDisconnected
from telephony.identifiers import MS, EventId, Instant
from telephony.order_segments import (
    MarkSet,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentStopForced,
    SegmentStopRequested,
    SegmentTimerFired,
    SegmentUnstoppable,
    SegmentVerdict,
    StopReason,
)
from telephony.samples import SampleBegun, SampleWithdrawn
from telephony.segments import (
    BYTES_A_MS,
    HEADER_BYTES,
    Direction,
    DiscardSegment,
    MaskSegment,
    SegmentEnded,
    SegmentFaulted,
    SegmentFile,
    SegmentMasked,
    SegmentProven,
    SegmentTrouble,
    StartSegment,
    StopSegment,
)
from tests.unit.recording.segment_story import files_of
from tests.unit.recording.test_segment_matrix import ANNA, CALL, DUE, LEG, SAMPLE_WORDS, SEGMENT, SWITCH, WORDS, a_segment
from tests.unit.telephony.scene import NORD

S, T = SegmentState, SegmentTimer
STOP = StopSegment(call_id=CALL, switch=SWITCH, leg_id=LEG, segment_id=SEGMENT)
DISCARD = DiscardSegment(call_id=CALL, switch=SWITCH, leg_id=LEG, segment_id=SEGMENT)
PROVEN = SegmentProven(leg_id=LEG, segment_id=SEGMENT)
REVOKED = RecordingRevoked(call_id=CALL, agent_id=ANNA)
ASKED_TO_STOP = SegmentStopRequested(call_id=CALL, agent_id=ANNA)
FORCED = SegmentStopForced(call_id=CALL, segment_id=SEGMENT, reason=StopReason.APART)
CUT = SwitchDisconnected(switch=SWITCH)
MARKS = tuple(MarkSet(mark=each, offset_ms=1) for each in SegmentMark)
FILES = files_of(SEGMENT)


def ms(after: int) -> Instant:
    return Instant(DUE + after * MS)


def told(event: Event, after: int = 0) -> Envelope:
    return Envelope(seq=1, event_id=EventId("1"), occurred_at=DUE, received_at=ms(after), event=event, call_id=CALL)


def does(segment: Segment, event: Event, after: int = 0) -> SegmentStep:
    return step(segment, told(event, after))


def plain(state: SegmentState, **more: object) -> Segment:
    """One in that state, proven at the beginning, for which nothing is due."""
    segment = Segment(
        segment_id=SEGMENT, call_id=CALL, switch=SWITCH, agent_id=ANNA, leg_id=LEG, order_id="o", words=WORDS, asked_at=DUE
    )
    return replace(segment, state=state, proven_at=DUE, **more)


def ended(*, with_files: bool = True) -> SegmentEnded:
    return SegmentEnded(leg_id=LEG, segment_id=SEGMENT, files=FILES if with_files else ())


def faulted(trouble: SegmentTrouble) -> SegmentFaulted:
    return SegmentFaulted(leg_id=LEG, segment_id=SEGMENT, trouble=trouble)


def masked(*, is_masked: bool = True) -> SegmentMasked:
    return SegmentMasked(leg_id=LEG, segment_id=SEGMENT, is_masked=is_masked)


def mask_order(*, is_masked: bool) -> MaskSegment:
    return MaskSegment(call_id=CALL, switch=SWITCH, leg_id=LEG, segment_id=SEGMENT, is_masked=is_masked)


# -- the beginning -----------------------------------------------------------------------------------------------------------


def test_a_question_begins_a_segment_of_who_asks_that_may_last_fifteen_minutes() -> None:
    asked = RecordingAsked(call_id=CALL, agent_id=ANNA, words=WORDS, order_id="o")
    expected = replace(plain(S.ASKED), proven_at=None, asked_at=ms(5))
    assert begin(SEGMENT, SWITCH, LEG, told(asked, 5), asked) == expected
    assert expected.longest_ms == CAP_MS == 15 * 60 * 1_000
    with pytest.raises(ValueError, match="no agent"):
        begin(SEGMENT, SWITCH, LEG, told(asked), replace(asked, agent_id=None))


def test_a_sample_begins_with_its_yes_and_lasts_as_long_as_it_may() -> None:
    event = SampleBegun(call_id=CALL, agent_id=ANNA, project_id=NORD, segment_id=SEGMENT, words=SAMPLE_WORDS, longest_ms=99)
    expected = replace(plain(S.YES_UNTAPED), proven_at=None, order_id="", words=SAMPLE_WORDS, longest_ms=99)
    assert begin_sample(SWITCH, LEG, told(event, 5), event) == replace(expected, asked_at=ms(5), agreed_at=ms(5))


def test_asked_anew_it_is_of_the_words_and_the_order_that_were_read_last() -> None:
    asked = RecordingAsked(call_id=CALL, agent_id=ANNA, words=SAMPLE_WORDS, order_id="p")
    done = does(plain(S.ASKED), asked, 7)
    assert done == SegmentStep(plain(S.ASKED, words=SAMPLE_WORDS, order_id="p", asked_at=ms(7)))


def test_a_yes_opens_it() -> None:
    opened = SegmentOpened(call_id=CALL, agent_id=ANNA, segment_id=SEGMENT, leg_id=LEG)
    done = does(plain(S.ASKED), RecordingAgreed(call_id=CALL, agent_id=ANNA), 7)
    assert done == SegmentStep(plain(S.YES_UNTAPED, agreed_at=ms(7)), events=(opened,))
    start = StartSegment(call_id=CALL, switch=SWITCH, leg_id=LEG, segment_id=SEGMENT, limit_ms=910_000)
    assert does(plain(S.YES_UNTAPED), opened, 9) == SegmentStep(plain(S.STARTING, proof_overdue_at=ms(3_009)), (start,))


@pytest.mark.parametrize("is_sample", [False, True])
def test_from_its_proof_on_it_has_its_time_and_an_order_needs_the_consent_within_half_a_minute(is_sample: bool) -> None:
    words, state = (SAMPLE_WORDS, S.CONTENT) if is_sample else (WORDS, S.RECORDING)
    done = does(a_segment(S.STARTING, words), PROVEN, 100)
    assert (done.segment.state, done.segment.proven_at) == (state, ms(100))
    assert done.segment.due() == [*([] if is_sample else [(T.CONSENT_OVERDUE, ms(30_100))]), (T.CAP, ms(900_100))]


# -- on the tape -------------------------------------------------------------------------------------------------------------


def test_a_mark_stands_where_it_was_heard_and_with_the_person_the_consent_is_not_overdue() -> None:
    segment = a_segment(S.RECORDING)
    offset = 0
    for mark, state in zip(SegmentMark, (S.CONSENT_ON_TAPE, S.CONTENT, S.CONTENT), strict=True):
        offset += 1_500
        due = [timer for timer, _ in segment.due() if (mark, timer) != (SegmentMark.IDENTITY, T.CONSENT_OVERDUE)]
        marked = SegmentMarked(call_id=CALL, agent_id=ANNA, mark=mark)
        segment = does(replace(segment, proven_at=DUE), marked, offset).segment
        assert (segment.state, segment.marks[-1]) == (state, MarkSet(mark=mark, offset_ms=offset))
        assert [timer for timer, _ in segment.due()] == due
    assert [each.mark for each in segment.marks] == list(SegmentMark)


def test_before_its_proof_and_at_it_every_place_is_its_beginning() -> None:
    assert replace(plain(S.STARTING), proven_at=None).offset_ms(ms(5)) == 0
    assert [plain(S.CONTENT).offset_ms(ms(after)) for after in (-5, 0, 5)] == [0, 0, 5]


def test_a_mask_is_asked_for_at_once_and_for_two_minutes_at_most() -> None:
    on, off = (SegmentMaskRequested(call_id=CALL, agent_id=ANNA, is_masked=each) for each in (True, False))
    done = does(plain(S.CONTENT), on, 50)
    assert done == SegmentStep(plain(S.CONTENT, mask_overdue_at=ms(120_050)), (mask_order(is_masked=True),))
    assert does(done.segment, on, 60) == done
    assert does(done.segment, off, 70) == SegmentStep(plain(S.CONTENT), (mask_order(is_masked=False),))


def test_a_mask_that_nobody_takes_off_is_taken_off() -> None:
    overdue = SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=T.MASK_OVERDUE, due_at=DUE)
    done = does(plain(S.CONTENT, mask_overdue_at=DUE), overdue)
    assert done == SegmentStep(plain(S.CONTENT), (mask_order(is_masked=False),))


def test_each_mask_is_a_stretch_of_its_own_and_one_that_is_told_twice_is_one() -> None:
    segment = plain(S.CONTENT)
    assert not segment.is_masked
    assert does(segment, masked(is_masked=False), 100) == SegmentStep(segment)
    for begun, over in ((200, 300), (500, 900)):
        for after, is_masked in ((begun, True), (begun + 50, True), (over, False), (over + 50, False)):
            segment = does(segment, masked(is_masked=is_masked), after).segment
            assert segment.is_masked is is_masked
    assert segment.masks == (Masked(from_ms=200, to_ms=300), Masked(from_ms=500, to_ms=900))
    running = does(segment, masked(), 1_000).segment
    assert does(running, masked(), 1_100) == SegmentStep(running)
    assert running.masks == (*segment.masks, Masked(from_ms=1_000))


@pytest.mark.parametrize("state", [S.RECORDING, S.CONSENT_ON_TAPE, S.CONTENT, S.CLOSING])
def test_a_mask_is_noted_as_long_as_it_records_also_while_it_is_told_to_stop(state: SegmentState) -> None:
    assert does(plain(state), masked(), 100).segment.masks == (Masked(from_ms=100),)
    assert does(plain(S.DISCARDING), masked(), 100).segment.masks == ()


# -- the end -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("event", "commands"), [(ASKED_TO_STOP, (STOP,)), (FORCED, ())])
def test_a_stop_is_overdue_after_two_seconds_and_nothing_else_is_due(event: Event, commands: tuple[StopSegment, ...]) -> None:
    done = does(a_segment(S.CONTENT), event, 10)
    assert done.commands == commands
    assert done.segment.due() == [(T.STOP_OVERDUE, ms(2_010))]


def test_a_deletion_is_overdue_after_three_seconds_and_nothing_else_is_due() -> None:
    done = does(a_segment(S.CONTENT), REVOKED, 10)
    assert done.commands == (DISCARD,)
    assert done.segment.due() == [(T.STOP_OVERDUE, ms(3_010))]


def test_what_nobody_can_stop_is_said_and_tried_again_every_ten_seconds() -> None:
    segment = plain(S.DISCARDING, stop_overdue_at=DUE)
    overdue = SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=T.STOP_OVERDUE, due_at=DUE)
    said = SegmentUnstoppable(call_id=CALL, segment_id=SEGMENT)
    done = does(segment, overdue, 10)
    assert done == SegmentStep(plain(S.UNCONFIRMED, stop_overdue_at=ms(10_010)), (DISCARD,), (said,))


@pytest.mark.parametrize("event", [CUT, CallEnded(call_id=CALL, end_reason=EndReason.CALLER_HUNG_UP), ended()])
def test_of_what_nothing_can_be_told_or_is_over_nothing_is_due(event: Event) -> None:
    assert does(a_segment(S.CONTENT), event).segment.due() == []


def test_the_files_and_the_instant_of_the_end_are_kept_and_of_what_was_deleted_none() -> None:
    kept, deleted = (does(plain(state), ended(), 500).segment for state in (S.CLOSING, S.DISCARDING))
    assert (kept.files, kept.ended_at) == (FILES, ms(500))
    assert (deleted.files, deleted.ended_at) == ((), ms(500))


REASONS: dict[StopReason, tuple[SegmentState, Event]] = {
    StopReason.DECLINED: (S.ASKED, RecordingDeclined(call_id=CALL, agent_id=ANNA)),
    StopReason.ASKED: (S.CONTENT, ASKED_TO_STOP),
    StopReason.WITHDRAWN: (S.CONTENT, REVOKED),
    StopReason.APART: (S.CONTENT, FORCED),
    StopReason.NOT_PROVEN: (S.STARTING, SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=T.PROOF_OVERDUE, due_at=DUE)),
    StopReason.NO_CONSENT_ON_TAPE: (
        S.RECORDING,
        SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=T.CONSENT_OVERDUE, due_at=DUE),
    ),
    StopReason.CAP: (S.CONTENT, SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=T.CAP, due_at=DUE)),
    StopReason.TROUBLE: (S.CONTENT, faulted(SegmentTrouble.STALLED)),
    StopReason.CUT: (S.CONTENT, CUT),
    StopReason.ENDED_BY_SWITCH: (S.CONTENT, ended()),
    StopReason.CALL_ENDED: (S.CONTENT, CallEnded(call_id=CALL, end_reason=EndReason.CALLER_HUNG_UP)),
}


@pytest.mark.parametrize("reason", REASONS)
def test_each_end_has_its_reason(reason: StopReason) -> None:
    state, event = REASONS[reason]
    assert does(a_segment(state), event).segment.reason is reason


def test_other_ends_have_theirs_too() -> None:
    overdue = SegmentTimerFired(call_id=CALL, segment_id=SEGMENT, timer=T.STOP_OVERDUE, due_at=DUE)
    assert does(a_segment(S.CLOSING), overdue).segment.reason is StopReason.TROUBLE
    assert does(a_segment(S.CONTENT), SwitchConnected(switch=SWITCH, boot_id="1")).segment.reason is StopReason.CUT
    assert does(a_segment(S.CONTENT), SampleWithdrawn(call_id=CALL)).segment.reason is StopReason.WITHDRAWN


def test_the_first_reason_stands_unless_the_yes_is_taken_back() -> None:
    closing = does(plain(S.CONTENT), ASKED_TO_STOP).segment
    assert does(closing, FORCED).segment.reason is StopReason.ASKED
    assert does(closing, ended()).segment.reason is StopReason.ASKED
    withdrawn = does(closing, REVOKED).segment
    assert withdrawn.reason is StopReason.WITHDRAWN
    assert does(withdrawn, FORCED).segment.reason is StopReason.WITHDRAWN


def test_the_first_trouble_stands() -> None:
    first = does(plain(S.CONTENT), faulted(SegmentTrouble.STALLED)).segment
    assert does(first, faulted(SegmentTrouble.SILENT)).segment.trouble is SegmentTrouble.STALLED
    assert does(first, ended()).segment.trouble is SegmentTrouble.STALLED


@pytest.mark.parametrize("state", [S.CLOSING, S.DISCARDING, S.UNCONFIRMED, S.CUT, S.CUT_KEPT])
def test_trouble_while_it_ends_is_trouble_of_it(state: SegmentState) -> None:
    found = does(plain(state, reason=StopReason.CAP), faulted(SegmentTrouble.STALLED)).segment
    assert (found.state, found.reason, found.trouble) == (state, StopReason.CAP, SegmentTrouble.STALLED)


def test_what_is_over_is_said_with_all_of_it() -> None:
    segment = plain(S.CLOSING, marks=MARKS, reason=StopReason.CAP)
    said = SegmentClosed(
        call_id=CALL,
        agent_id=ANNA,
        segment_id=SEGMENT,
        order_id="o",
        words=WORDS,
        verdict=SegmentVerdict.COMPLETE,
        reason=StopReason.CAP,
        marks=MARKS,
    )
    done = does(segment, ended(), 5)
    assert done == SegmentStep(replace(segment, state=S.STOPPED, files=FILES, ended_at=ms(5)), events=(said,))
    assert done.segment.is_over


def test_an_end_without_a_reason_is_the_switchs() -> None:
    [said] = does(plain(S.CLOSING), ended()).events
    assert isinstance(said, SegmentClosed)
    assert said.reason is StopReason.ENDED_BY_SWITCH


# -- what it amounts to ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(SegmentState))
def test_only_what_stopped_and_is_whole_is_complete(state: SegmentState) -> None:
    verdict = {
        S.STOPPED: SegmentVerdict.COMPLETE,
        S.DISCARDED: SegmentVerdict.DISCARDED,
        S.LOST: SegmentVerdict.UNCONFIRMED,
    }.get(state, SegmentVerdict.NOTHING)
    assert plain(state, marks=MARKS, files=FILES).verdict is verdict
    assert plain(state).is_over is (state in (S.STOPPED, S.DISCARDED, S.NEVER, S.LOST))


def test_what_was_deleted_before_it_was_proven_was_nothing() -> None:
    assert replace(plain(S.DISCARDED), proven_at=None).verdict is SegmentVerdict.NOTHING


@pytest.mark.parametrize("missing", list(SegmentMark))
def test_an_order_needs_all_three_marks_and_a_sample_none(missing: SegmentMark) -> None:
    marks = tuple(each for each in MARKS if each.mark is not missing)
    order, sample = plain(S.STOPPED, marks=marks, files=FILES), plain(S.STOPPED, words=SAMPLE_WORDS, files=FILES)
    assert [order.has_mark(mark) for mark in SegmentMark] == [mark is not missing for mark in SegmentMark]
    assert (order.verdict, order.is_sample) == (SegmentVerdict.INCOMPLETE, False)
    assert (sample.verdict, sample.is_sample) == (SegmentVerdict.COMPLETE, True)


@pytest.mark.parametrize(
    ("missing_ms", "is_whole"), [(0, True), (500, True), (501, False)], ids=["nothing", "what came after", "what was marked"]
)
def test_a_tape_that_lacks_what_was_said_when_the_last_mark_was_set_proves_nothing(missing_ms: int, is_whole: bool) -> None:
    """What the switch did not come to is what was said last: here nothing counts of the last 300 ms, and 200 before the mark."""
    marks = (*MARKS[:-1], replace(MARKS[-1], offset_ms=1_000))
    segment = plain(S.CLOSING, marks=marks, reason=StopReason.ASKED)
    closed = does(segment, SegmentEnded(leg_id=LEG, segment_id=SEGMENT, files=FILES, missing_ms=missing_ms), 1_300).segment
    assert closed.missing_ms == missing_ms
    assert (closed.verdict is SegmentVerdict.COMPLETE) == is_whole


@pytest.mark.parametrize("state", [S.CONTENT, S.CLOSING])
def test_a_hole_leaves_an_order_without_proof_and_a_sample_as_it_is(state: SegmentState) -> None:
    starved = SegmentFaulted(leg_id=LEG, segment_id=SEGMENT, trouble=SegmentTrouble.STARVED)
    order, sample = plain(state, marks=MARKS), plain(state, words=SAMPLE_WORDS)
    assert does(order, starved).segment.trouble is SegmentTrouble.STARVED
    assert does(order, starved).commands == ((STOP,) if state is S.CONTENT else ())
    assert does(sample, starved) == SegmentStep(sample)
    stalled = does(sample, replace(starved, trouble=SegmentTrouble.STALLED)).segment
    assert stalled.trouble is SegmentTrouble.STALLED, "of any other trouble a sample ends as well"


@pytest.mark.parametrize("words", [WORDS, SAMPLE_WORDS], ids=["order", "sample"])
def test_with_one_direction_or_with_trouble_nothing_is_whole(words: object) -> None:
    both = plain(S.STOPPED, words=words, marks=MARKS, files=FILES)
    twice = SegmentFile(direction=Direction.SENT, name="again", size_bytes=1), FILES[1]
    assert both.verdict is SegmentVerdict.COMPLETE
    for files in ((), FILES[:1], FILES[1:], twice):
        assert replace(both, files=files).verdict is SegmentVerdict.INCOMPLETE
    assert replace(both, trouble=SegmentTrouble.DISK_LOW).verdict is SegmentVerdict.INCOMPLETE


def lasting(*lasts_ms: int) -> tuple[SegmentFile, ...]:
    return tuple(
        SegmentFile(direction=way, name=way.value, size_bytes=HEADER_BYTES + ms * BYTES_A_MS)
        for way, ms in zip(Direction, lasts_ms, strict=True)
    )


@pytest.mark.parametrize(("last_ms", "least_ms"), [(20_000, 17_000), (1_200, 80), (900, 1), (0, 1)])
def test_a_tape_reaches_its_last_mark_but_for_a_tenth_and_a_second(last_ms: int, least_ms: int) -> None:
    marks = tuple(replace(each, offset_ms=last_ms) for each in MARKS)
    segment = plain(S.STOPPED, marks=marks, files=lasting(least_ms, least_ms))
    assert segment.verdict is SegmentVerdict.COMPLETE
    for short in (lasting(least_ms - 1, least_ms), lasting(least_ms, least_ms - 1)):
        assert replace(segment, files=short).verdict is SegmentVerdict.INCOMPLETE
