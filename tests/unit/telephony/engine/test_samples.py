"""The samples of live calls, word by word: who is drawn, what they are asked, when they are recorded, and how it goes on."""

from dataclasses import replace as with_other

import pytest
from msgspec.structs import replace

from recording.sample import SampleState
from routing.sampling import SamplingRules
from telephony.call.model import Callee, CallState
from telephony.demands import CallDemand
from telephony.dialling import DialPurpose, DialReference
from telephony.engine.sampling import SamplingBasis
from telephony.events import LegHeld
from telephony.identifiers import Instant, LegId, PartyId
from telephony.order_segments import (
    StopReason,
)
from telephony.samples import (
    PassReason,
    SampleAnswer,
    SamplePassed,
)
from telephony.segments import SegmentProven
from tests.unit.recording.segment_story import WORDS as ORDER_WORDS
from tests.unit.telephony.engine.samples_room import (
    AGREED,
    ASKED,
    BASIS,
    BEN,
    BY_AGENT,
    CALL_ID,
    DECLINED,
    DRAWN,
    ELSEWHERE,
    NOW,
    OFFERED,
    ONE,
    QUESTION,
    QUEUED,
    TALK,
    TEXT,
    TEXTS,
    TODAY,
    YES,
    Room,
    agreed,
    begun,
    closed,
)
from tests.unit.telephony.scene import NORD

# -- the draw ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(CallState))
def test_a_call_is_drawn_when_it_begins_to_wait_and_not_when_it_waits_again(state: CallState) -> None:
    room = Room(call=replace(QUEUED, state=state)).becomes(QUEUED)
    is_new = state in (CallState.OFFERED, CallState.CHOOSING)
    assert room.concludes() == ([DRAWN] if is_new else [])
    assert room.concludes() == [], "once"


def test_only_a_caller_of_ours_who_waits_is_drawn() -> None:
    reference = DialReference(kind="contract", id="c-1")
    dialled = Callee(party_id=PartyId("p"), purpose=DialPurpose.MANUAL, rests_on=reference)
    for call in (replace(QUEUED, callee=dialled), replace(QUEUED, state=CallState.ALERTING), replace(QUEUED, terms=None)):
        assert Room(call=OFFERED).becomes(call).concludes() == []
    gone = Room(call=OFFERED).becomes(QUEUED)
    gone.turn.calls.clear()
    assert gone.concludes() == []
    moved_on = Room(call=OFFERED).becomes(QUEUED)
    moved_on.turn.calls[CALL_ID] = replace(QUEUED, state=CallState.ALERTING)
    assert moved_on.concludes() == []


def test_without_a_rule_a_project_or_a_seed_of_the_day_nobody_is_drawn() -> None:
    assert Room(call=OFFERED, rules=None).becomes(QUEUED).concludes() == []
    assert Room(call=OFFERED, basis=SamplingBasis()).becomes(QUEUED).concludes() == []
    assert Room(call=OFFERED).becomes(replace(ELSEWHERE, state=CallState.QUEUED)).concludes() == []


@pytest.mark.parametrize(("at", "is_its_day"), [(-1_001, False), (-1_000, True), (999, True), (1_000, False)])
def test_a_seed_is_of_its_day_from_the_first_instant_to_the_last(at: int, is_its_day: bool) -> None:
    room = Room(call=OFFERED).becomes(QUEUED)
    assert room.concludes(Instant(NOW + at)) == ([DRAWN] if is_its_day else [])


def test_the_draw_says_which_rate_and_what_came_of_it() -> None:
    [drawn] = Room(call=OFFERED, rules=SamplingRules(rate_permille=1)).becomes(QUEUED).concludes()
    assert drawn == replace(DRAWN, rate_permille=1, is_drawn=False)


def test_before_the_basis_is_known_nobody_is_drawn_and_who_was_keeps_their_turn() -> None:
    room = Room(DRAWN, basis=None)
    assert (room.concludes(), room.concludes()) == ([], [])
    room.samples.use(BASIS, {})
    assert room.concludes() == [QUESTION]
    late = Room(call=OFFERED, basis=None).becomes(QUEUED)
    assert late.concludes() == []
    late.samples.use(BASIS, {})
    assert late.concludes() == [], "who was not drawn in time is not drawn later"


def test_a_draw_of_a_call_that_is_no_more_is_forgotten() -> None:
    room = Room()
    room.turn.calls.clear()
    assert room.hears(DRAWN) == ()
    assert room.samples.calls == {}


# -- the question ------------------------------------------------------------------------------------------------------------


def test_who_was_drawn_is_asked_in_the_language_of_the_call_or_else_of_the_project() -> None:
    assert Room(DRAWN).concludes() == [QUESTION]
    english = replace(QUEUED, demand=CallDemand(language="en"))
    both = SamplingBasis(days=(TODAY,), texts={**TEXTS, (NORD, "en"): replace(TEXT, prompt="fernamt/sample-en")})
    room = Room(DRAWN, call=english, basis=both)
    assert room.concludes() == [replace(QUESTION, sounds=("fernamt/sample-en",), language="en")]
    passed = SamplePassed(call_id=CALL_ID, reason=PassReason.NO_TEXT)
    assert Room(DRAWN, call=english).concludes() == [passed]


def test_a_text_without_a_sound_cannot_be_asked_by_a_key_and_can_by_an_agent() -> None:
    silent = SamplingBasis(days=(TODAY,), texts={(NORD, "de"): replace(TEXT, prompt=None)})
    passed = SamplePassed(call_id=CALL_ID, reason=PassReason.NO_TEXT)
    assert Room(DRAWN, basis=silent).concludes() == [passed]
    for basis in (silent, BASIS):
        assert Room(DRAWN, basis=basis, rules=BY_AGENT).concludes() == []
    assert Room(DRAWN, basis=SamplingBasis(days=(TODAY,)), rules=BY_AGENT).concludes() == [passed]


def test_who_was_not_drawn_or_waits_no_more_or_whose_rule_is_gone_is_asked_nothing() -> None:
    assert Room(replace(DRAWN, is_drawn=False)).concludes() == []
    assert Room(DRAWN, call=TALK).concludes() == []
    assert Room(DRAWN, rules=None).concludes() == []


@pytest.mark.parametrize("answer", list(SampleAnswer))
def test_the_answer_to_the_key_is_the_callers(answer: SampleAnswer) -> None:
    room = Room(DRAWN, QUESTION, replace(YES, answer=answer))
    assert room.sample.state is (SampleState.AGREED if answer is SampleAnswer.YES else SampleState.OVER)
    assert room.sample.agent_id is None


def test_who_was_passed_over_is_no_sample_any_more() -> None:
    room = Room(DRAWN, SamplePassed(call_id=CALL_ID, reason=PassReason.NO_TEXT))
    assert room.sample.state is SampleState.OVER
    assert room.concludes() == []


# -- the recording -----------------------------------------------------------------------------------------------------------


def test_who_agreed_is_recorded_when_they_talk_alone_with_their_agent() -> None:
    room = agreed().becomes(TALK)
    assert room.concludes() == [begun()]
    assert room.concludes() == [], "once for every change"


def test_who_agreed_and_does_not_talk_or_is_with_another_project_is_not_recorded() -> None:
    apart = [
        *(QUEUED, replace(TALK, terms=None), replace(TALK, bond=None), replace(TALK, agent=None)),
        replace(TALK, state=CallState.HELD),
    ]
    for call in apart:
        assert agreed().becomes(call).concludes() == []
    assert agreed(rules=None).becomes(TALK).concludes() == []
    assert agreed().with_two_projects().becomes(ELSEWHERE).concludes() == []
    for events in ((DRAWN,), (DRAWN, QUESTION)):
        assert Room(*events).becomes(TALK).concludes() == []
    assert agreed().becomes(TALK).has_segment().concludes() == [], "one at a time"


def test_it_goes_on_with_the_same_agent_for_what_is_left_of_its_time_and_with_nobody_else() -> None:
    room = agreed().becomes(TALK)
    room.hears(begun(), 0)
    room.has_segment()
    room.hears(SegmentProven(leg_id=LegId("leg"), segment_id=ONE), 1_000)
    room.turn.tapes.ended(CALL_ID)
    room.hears(closed(), 5_000)
    assert (room.sample.recorded_ms, room.sample.taped, room.sample.state) == (4_000, (ONE,), SampleState.AGREED)
    assert room.concludes() == [begun(longest_ms=896_000)]
    assert TALK.bond is not None
    with_ben = replace(TALK, bond=replace(TALK.bond, agent_id=BEN))
    assert room.becomes(with_ben).concludes() == []


def test_of_what_was_never_proven_no_time_is_counted_and_none_twice() -> None:
    room = agreed().becomes(TALK)
    room.hears(begun())
    room.hears(closed(), 5_000)
    assert room.sample.recorded_ms == 0
    room.has_segment()
    room.hears(SegmentProven(leg_id=LegId("leg"), segment_id=ONE), 6_000)
    room.hears(closed(segment=2), 7_000)
    room.hears(closed(segment=3), 9_000)
    assert room.sample.recorded_ms == 1_000
    room.hears(SegmentProven(leg_id=LegId("leg"), segment_id=ONE), 9_500)
    room.hears(closed(segment=4), 9_000)
    assert room.sample.recorded_ms == 1_000, "a clock that went back takes nothing off"


def test_past_its_longest_time_or_after_another_end_it_does_not_go_on() -> None:
    rules = SamplingRules(rate_permille=1_000, longest_ms=10_000)
    for after, reason, state in (
        (9_999, StopReason.APART, SampleState.AGREED),
        (10_000, StopReason.APART, SampleState.OVER),
        (1, StopReason.ASKED, SampleState.OVER),
    ):
        room = agreed(rules=rules).becomes(TALK).has_segment()
        room.hears(SegmentProven(leg_id=LegId("leg"), segment_id=ONE))
        room.hears(closed(reason), after)
        assert room.sample.state is state
    for projects in ({}, {NORD: with_other(Room().turn.directory.projects[NORD], sampling=None)}):
        gone = agreed(rules=rules).becomes(TALK)
        gone.turn.directory = with_other(gone.turn.directory, projects=projects)
        gone.hears(closed())
        assert gone.sample.state is SampleState.OVER


def test_a_segment_of_an_order_is_none_of_the_sample() -> None:
    room = agreed().becomes(TALK).has_segment(is_sample=False)
    before = room.sample
    for event in (SegmentProven(leg_id=LegId("leg"), segment_id=ONE), closed(words=ORDER_WORDS), AGREED, DECLINED, ASKED):
        assert room.hears(event) == ()
    assert room.sample == before
    room.hears(closed(), 5_000)
    assert room.sample.recorded_ms == 0


def test_what_has_nothing_to_do_with_it_changes_nothing() -> None:
    room = Room(DRAWN)
    before = room.sample
    assert room.hears(LegHeld(leg_id=LegId("leg"))) == ()
    assert room.sample == before


def test_whose_segment_closes_while_they_are_asked_is_no_sample_any_more() -> None:
    room = Room(DRAWN, QUESTION, closed())
    assert (room.sample.state, room.sample.taped) == (SampleState.OVER, ())
