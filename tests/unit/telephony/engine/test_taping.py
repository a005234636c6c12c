"""The segments of live calls: one a call at a time, each of one agent, and none that outlives its call."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from recording.segment import Segment, SegmentState, SegmentTimer
from telephony.call.model import Call, CallState
from telephony.call.tape import Tape
from telephony.engine.arrival import Due
from telephony.engine.taping import Tapes, refused_proof
from telephony.errors import RefusalCode
from telephony.events import CallRequest, Envelope, Event, HangUpRequested, HoldRequested
from telephony.identifiers import MS, AgentId, CallId, EventId, Instant, SegmentId, SwitchName, segment_id
from telephony.order_segments import (
    HandOver,
    HandOverWaits,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentOpened,
    SegmentStopRequested,
    SegmentTimerFired,
    SegmentVerdict,
    SegmentWithdrawn,
    StopReason,
)
from telephony.recording_signs import NO_SIGN, RecordingSign, SignKind
from telephony.samples import SampleBegun
from telephony.segments import DiscardSegment, SegmentEnded, SegmentProven
from telephony.transfers import ConsultRequested, ParkRequested, TransferRequested
from tests.unit.recording.segment_story import ANNA, ORDER, WORDS, Story, files_of
from tests.unit.telephony.engine.reach import There
from tests.unit.telephony.sample_story import WORDS as SAMPLE_WORDS
from tests.unit.telephony.scene import NORD, SWITCH

BEN = AgentId("ben")
NOW = Instant(1_800_000_100_000_000)
TALK = Story().turn.calls
[CALL_ID] = TALK
CALL = TALK[CALL_ID]
ONE, TWO, THREE = (segment_id(CALL_ID, number) for number in (1, 2, 3))
ASKED = RecordingAsked(call_id=CALL_ID, agent_id=ANNA, words=WORDS, order_id=ORDER)
AGREED = RecordingAgreed(call_id=CALL_ID, agent_id=ANNA)
REVOKED = RecordingRevoked(call_id=CALL_ID, agent_id=ANNA)
ANSWERS: tuple[CallRequest, ...] = (
    AGREED,
    RecordingDeclined(call_id=CALL_ID, agent_id=ANNA),
    REVOKED,
    SegmentMarked(call_id=CALL_ID, agent_id=ANNA, mark=SegmentMark.CONSENT),
    SegmentMaskRequested(call_id=CALL_ID, agent_id=ANNA, is_masked=True),
    SegmentStopRequested(call_id=CALL_ID, agent_id=ANNA),
)
WISHES: dict[str, HandOver] = {
    "hold": HoldRequested(call_id=CALL_ID, agent_id=ANNA),
    "park": ParkRequested(call_id=CALL_ID, agent_id=ANNA),
    "transfer": TransferRequested(call_id=CALL_ID, agent_id=ANNA, to_agent_id=BEN),
    "consult": ConsultRequested(call_id=CALL_ID, agent_id=ANNA, to_agent_id=BEN),
}


@dataclass
class Live:
    """The live calls, at a switch that is there."""

    calls: dict[CallId, Call] = field(default_factory=lambda: {CALL_ID: CALL})
    index: There = field(default_factory=There)


def told(event: Event, after: int = 0) -> Envelope:
    at = Instant(NOW + after * MS)
    return Envelope(
        seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=CALL_ID, agent_id=ANNA, switch=SWITCH
    )


def taped(call: Call = CALL) -> Call:
    assert call.agent is not None
    tape = Tape(segment_id=ONE, agent_id=ANNA, caller_leg_id=call.caller.leg_id, agent_leg_id=call.agent.leg_id)
    return replace(call, tape=tape)


def asked(tapes: Tapes | None = None) -> Tapes:
    tapes = tapes or Tapes()
    tapes.begin(CALL, told(ASKED), ASKED)
    return tapes


def times(due: list[Due]) -> list[tuple[SegmentTimer, int]]:
    """Which due times they are, and in how many milliseconds from now on."""
    assert all(isinstance(fired, SegmentTimerFired) for _, fired in due)
    return [(SegmentTimer(fired.timer), (at - NOW) // MS) for at, fired in due]


def does(tapes: Tapes, event: Event, after: int = 0) -> list[tuple[SegmentTimer, int]]:
    """What is newly due of the call's segment."""
    _, due = tapes.step(tapes.segments[CALL_ID], told(event, after))
    return times(due)


def opened(segment: SegmentId = ONE) -> SegmentOpened:
    return SegmentOpened(call_id=CALL_ID, agent_id=ANNA, segment_id=segment, leg_id=CALL.caller.leg_id)


def ended(segment: SegmentId = ONE) -> SegmentEnded:
    return SegmentEnded(leg_id=CALL.caller.leg_id, segment_id=segment, files=files_of(segment))


def proven(segment: SegmentId = ONE) -> SegmentProven:
    return SegmentProven(leg_id=CALL.caller.leg_id, segment_id=segment)


def stopped(segment: SegmentId = ONE) -> Tapes:
    """A call of which one segment was recorded, and stopped with the consent on its tape."""
    tapes = asked()
    mark = SegmentMarked(call_id=CALL_ID, agent_id=ANNA, mark=SegmentMark.CONSENT)
    for event in (AGREED, opened(segment), proven(segment), mark, ended(segment)):
        does(tapes, event)
    return tapes


# -- who may ask -------------------------------------------------------------------------------------------------------------


def test_two_who_are_alone_together_may_be_asked_and_others_not() -> None:
    apart = Live({CALL_ID: replace(CALL, state=CallState.HELD)})
    assert Tapes().refusal_of(ASKED, Live()) is None
    for tapes, request in ((Tapes(), ASKED), (asked(), AGREED)):
        refusal = tapes.refusal_of(request, apart)
        assert refusal is not None
        assert (refusal.code, refusal.facts) == (RefusalCode.WRONG_STATE, {"state": "held"})


@pytest.mark.parametrize("request_", ANSWERS, ids=lambda each: type(each).__name__)
def test_what_was_not_asked_or_by_somebody_else_has_no_answer(request_: CallRequest) -> None:
    assert asked().refusal_of(request_, Live()) is None
    as_ben = replace(request_, agent_id=BEN)
    bens = Live({CALL_ID: replace(CALL, bond=None if CALL.bond is None else replace(CALL.bond, agent_id=BEN))})
    for refusal in (Tapes().refusal_of(request_, Live()), asked().refusal_of(as_ben, bens)):
        assert refusal is not None
        assert (refusal.code, refusal.facts) == (RefusalCode.NOT_ASKED, {"call": CALL_ID})


def test_other_requests_are_none_of_the_recordings() -> None:
    assert Tapes().refusal_of(HangUpRequested(call_id=CALL_ID, agent_id=BEN), Live({})) is None


def test_a_segment_that_stopped_can_be_taken_back_and_nothing_else_be_asked_of_it() -> None:
    tapes = stopped()
    assert tapes.refusal_of(REVOKED, Live()) is None
    assert tapes.refusal_of(replace(REVOKED, agent_id=BEN), Live()) is not None
    assert all(tapes.refusal_of(each, Live()) is not None for each in ANSWERS if each is not REVOKED)


# -- what waits --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WISHES)
def test_a_wish_to_part_them_waits_for_the_end_of_the_segment(name: str) -> None:
    wish = replace(WISHES[name], by="sue")
    waits = HandOverWaits(call_id=CALL_ID, agent_id=ANNA, by="sue", segment_id=ONE, wish=wish, wish_id=EventId("e"))
    assert Tapes().waiting_for(wish, told(wish), Live({CALL_ID: taped()})) == waits


@pytest.mark.parametrize("name", WISHES)
def test_what_cannot_be_or_can_be_now_does_not_wait(name: str) -> None:
    wish = WISHES[name]
    ending = Live({CALL_ID: replace(taped(), state=CallState.ENDING)})
    for known in (Live({}), Live(), ending):
        assert Tapes().waiting_for(wish, told(wish), known) is None


def test_only_who_is_talking_waits_to_hold_or_to_park_and_a_held_call_may_still_be_transferred() -> None:
    held = Live({CALL_ID: replace(taped(), state=CallState.HELD)})
    waiting = [name for name, wish in WISHES.items() if Tapes().waiting_for(wish, told(wish), held) is not None]
    assert waiting == ["park", "transfer", "consult"]


def test_an_end_of_the_call_waits_for_nothing() -> None:
    wish = HangUpRequested(call_id=CALL_ID, agent_id=ANNA)
    assert Tapes().waiting_for(wish, told(wish), Live({CALL_ID: taped()})) is None


# -- the calls segment -------------------------------------------------------------------------------------------------------


def test_one_that_is_asked_for_again_is_the_same_and_one_of_another_agent_the_next() -> None:
    tapes = asked()
    first = tapes.segments[CALL_ID]
    assert (first.segment_id, first.switch, first.leg_id, first.agent_id) == (ONE, SWITCH, CALL.caller.leg_id, ANNA)
    assert tapes.begin(CALL, told(ASKED), ASKED) is first
    assert tapes.next_id(CALL_ID) == TWO
    bens = replace(ASKED, agent_id=BEN)
    second = tapes.begin(CALL, told(bens), bens)
    assert (second.segment_id, second.agent_id) == (TWO, BEN)
    assert tapes.segments[CALL_ID] is second
    assert tapes.next_id(CALL_ID) == THREE


def begun_sample(segment: SegmentId) -> SampleBegun:
    return SampleBegun(call_id=CALL_ID, agent_id=ANNA, project_id=NORD, segment_id=segment, words=SAMPLE_WORDS, longest_ms=9)


def test_a_sample_takes_the_next_number_too() -> None:
    tapes = asked()
    event = begun_sample(tapes.next_id(CALL_ID))
    segment = tapes.begin_sample(CALL, told(event), event)
    assert (segment.segment_id, segment.leg_id, segment.is_sample) == (TWO, CALL.caller.leg_id, True)
    assert tapes.segments[CALL_ID] is segment
    assert tapes.next_id(CALL_ID) == THREE


@pytest.mark.parametrize("begins_next", [asked, lambda tapes: tapes.begin_sample(CALL, told(ASKED), begun_sample(TWO))])
def test_whose_next_segment_has_begun_takes_back_that_one(begins_next: Callable[[Tapes], object]) -> None:
    tapes = stopped()
    begins_next(tapes)
    assert tapes.withdraw(CALL_ID) is None


def test_what_stopped_is_forgotten_and_can_be_taken_back_once() -> None:
    tapes = stopped()
    assert tapes.segments == {}
    assert tapes.withdraw(CALL_ID) == SegmentWithdrawn(call_id=CALL_ID, agent_id=ANNA, segment_id=ONE)
    assert tapes.withdraw(CALL_ID) is None


def test_of_what_was_never_recorded_or_is_a_sample_nothing_is_there_to_take_back() -> None:
    declined = asked()
    does(declined, RecordingDeclined(call_id=CALL_ID, agent_id=ANNA))
    sampled = Tapes()
    sampled.begin_sample(CALL, told(ASKED), begun_sample(ONE))
    for event in (opened(), proven(), ended()):
        does(sampled, event)
    for tapes in (declined, sampled):
        assert tapes.segments == {}
        assert tapes.withdraw(CALL_ID) is None


def test_what_is_due_is_told_once() -> None:
    tapes = asked()
    assert does(tapes, AGREED) == []
    assert does(tapes, opened(), 10) == [(SegmentTimer.PROOF_OVERDUE, 3_010)]
    assert does(tapes, proven(), 20) == [(SegmentTimer.CONSENT_OVERDUE, 30_020), (SegmentTimer.CAP, 900_020)]
    assert does(tapes, SegmentMarked(call_id=CALL_ID, agent_id=ANNA, mark=SegmentMark.CONSENT), 30) == []
    masks = SegmentMaskRequested(call_id=CALL_ID, agent_id=ANNA, is_masked=True)
    assert does(tapes, masks, 40) == [(SegmentTimer.MASK_OVERDUE, 120_040)]
    assert times(tapes.all_due()) == [
        (SegmentTimer.CONSENT_OVERDUE, 30_020),
        (SegmentTimer.CAP, 900_020),
        (SegmentTimer.MASK_OVERDUE, 120_040),
    ]
    assert [fired for _, fired in tapes.all_due()] == [
        SegmentTimerFired(call_id=CALL_ID, segment_id=ONE, timer=fired.timer, due_at=at) for at, fired in tapes.all_due()
    ]
    assert does(tapes, ended(), 50) == []
    assert tapes.all_due() == []


def test_a_due_time_that_was_taken_back_is_stale() -> None:
    tapes = asked()
    does(tapes, AGREED)
    does(tapes, opened())
    [(_, fired)] = tapes.all_due()
    assert isinstance(fired, SegmentTimerFired)
    assert not tapes.is_stale(fired)
    assert tapes.is_stale(replace(fired, segment_id=TWO))
    assert tapes.is_stale(replace(fired, due_at=Instant(fired.due_at + 1)))
    assert tapes.is_stale(replace(fired, timer=SegmentTimer.CAP))
    does(tapes, proven())
    assert tapes.is_stale(fired)
    tapes.ended(CALL_ID)
    assert tapes.is_stale(fired)


@pytest.mark.parametrize("state", list(SegmentState))
def test_a_question_lapses_when_nobody_can_be_asked_any_more_and_what_records_does_not(state: SegmentState) -> None:
    tapes = asked()
    segment: Segment = replace(tapes.segments[CALL_ID], state=state)
    tapes.segments[CALL_ID] = segment
    held = replace(CALL, state=CallState.HELD)
    is_asked = state in (SegmentState.ASKED, SegmentState.YES_UNTAPED)
    assert tapes.lapses(held) == (segment if is_asked else None)
    assert tapes.lapses(CALL) is None
    assert tapes.lapses(taped(held)) is None
    assert Tapes().lapses(held) is None


def test_a_segment_that_is_over_by_whatever_ended_it_is_forgotten_and_no_other() -> None:
    tapes = asked()
    said = SegmentClosed(
        call_id=CALL_ID,
        agent_id=ANNA,
        segment_id=TWO,
        order_id=ORDER,
        words=WORDS,
        verdict=SegmentVerdict.NOTHING,
        reason=StopReason.CUT,
    )
    tapes.closed(said)
    assert list(tapes.segments) == [CALL_ID]
    tapes.closed(replace(said, segment_id=ONE))
    tapes.closed(replace(said, segment_id=ONE))
    assert tapes.segments == {}


def test_of_a_call_that_is_over_nothing_is_known() -> None:
    tapes = asked()
    tapes.ended(CALL_ID)
    assert (tapes.segments, tapes.next_id(CALL_ID)) == ({}, ONE)
    tapes = stopped()
    tapes.ended(CALL_ID)
    assert tapes.withdraw(CALL_ID) is None
    tapes.ended(CALL_ID)


def test_segments_are_found_by_the_switch_of_their_call() -> None:
    tapes = asked()
    assert tapes.at(SWITCH) == [tapes.segments[CALL_ID]]
    assert tapes.at(SwitchName("another")) == []


def test_a_recording_nobody_asked_for_is_deleted_at_its_switch() -> None:
    order = DiscardSegment(call_id=CALL_ID, switch=SWITCH, leg_id=CALL.caller.leg_id, segment_id=ONE)
    assert refused_proof(proven(), told(proven())) == order
    assert refused_proof(ended(), told(ended())) is None
    assert refused_proof(proven(), replace(told(proven()), switch=None)) is None
    assert refused_proof(proven(), replace(told(proven()), call_id=None)) is None


# -- the sign ----------------------------------------------------------------------------------------------------------------


def test_the_sign_is_that_of_the_calls_project_by_its_agents_leg() -> None:
    assert CALL.terms is not None
    assert CALL.agent is not None
    sign = RecordingSign(kind=SignKind.BEEP)
    call = replace(CALL, terms=replace(CALL.terms, recording_sign=sign))
    segment = Tapes().begin(call, told(ASKED), ASKED)
    assert (segment.sign, segment.agent_leg_id) == (sign, CALL.agent.leg_id)


@pytest.mark.parametrize("lacks", [{"terms": None}, {"agent": None}, {"terms": None, "agent": None}])
def test_where_nobody_knows_whose_call_it_is_or_who_hears_there_is_no_sign(lacks: dict[str, None]) -> None:
    segment = Tapes().begin(replace(CALL, **lacks), told(ASKED), ASKED)
    assert (segment.sign, segment.agent_leg_id) == (NO_SIGN, None)
