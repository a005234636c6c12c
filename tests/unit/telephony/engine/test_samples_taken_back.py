"""The samples of live calls where the agent asks, where they are taken back, and where an agent's calls are enough."""

from dataclasses import replace as with_other

import pytest
from msgspec.structs import replace

from recording.sample import SampleState
from routing.sampling import SamplingRules
from telephony.call.model import CallState
from telephony.engine.sampling import DAY
from telephony.errors import RefusalCode
from telephony.events import CallRequest, Event, HangUpRequested, LegHeld
from telephony.identifiers import AgentId, CallId, Instant, LegId, ProjectId
from telephony.order_segments import (
    SegmentMark,
    SegmentMarked,
    SegmentWithdrawn,
)
from telephony.samples import (
    PassReason,
    SampleBegun,
    SamplePassed,
)
from telephony.segments import SegmentProven
from tests.unit.recording.segment_story import ANNA
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
    KEY,
    NOW,
    ONE,
    QUESTION,
    QUEUED,
    REVOKED,
    TALK,
    TWO,
    WITHDRAWN,
    YES,
    Room,
    agreed,
    begun,
    closed,
    told,
)
from tests.unit.telephony.sample_story import WORDS
from tests.unit.telephony.scene import NORD

# -- where the agent asks ----------------------------------------------------------------------------------------------------


def by_agent(*events: Event) -> Room:
    room = Room(DRAWN, rules=BY_AGENT, call=TALK).has_segment()
    for event in events:
        room.hears(event)
    return room


def test_the_agents_question_and_the_yes_that_was_marked_count_like_a_keys() -> None:
    room = by_agent(ASKED)
    assert (room.sample.state, room.sample.words) == (SampleState.ASKED, WORDS)
    room.hears(AGREED)
    assert (room.sample.state, room.sample.agent_id) == (SampleState.AGREED, ANNA)
    assert by_agent(ASKED, replace(AGREED, agent_id=None)).sample.state is SampleState.ASKED
    assert by_agent(ASKED, DECLINED).sample.state is SampleState.OVER
    assert by_agent(ASKED, LegHeld(leg_id=LegId("leg"))).sample.state is SampleState.ASKED


def code(room: Room, request: CallRequest) -> tuple[RefusalCode, object] | None:
    refusal = room.samples.refusal_of(request)
    return None if refusal is None else (refusal.code, refusal.facts)


def test_an_agent_asks_who_was_drawn_for_their_project_where_agents_ask_and_nobody_else() -> None:
    for room in (Room(DRAWN, rules=BY_AGENT, call=TALK), Room(DRAWN, QUESTION, rules=BY_AGENT, call=TALK)):
        assert code(room, ASKED) is None
    not_drawn = (RefusalCode.NOT_DRAWN, {"call": CALL_ID})
    for room in (
        Room(rules=BY_AGENT, call=TALK),
        Room(replace(DRAWN, is_drawn=False), rules=BY_AGENT, call=TALK),
        Room(DRAWN, QUESTION, YES, rules=BY_AGENT, call=TALK),
        Room(DRAWN, call=TALK),
        Room(DRAWN, rules=None, call=TALK),
        Room(DRAWN, rules=BY_AGENT, call=ELSEWHERE).with_two_projects(),
        Room(DRAWN, rules=BY_AGENT, call=replace(TALK, terms=None)),
    ):
        assert code(room, ASKED) == not_drawn
    nobodys = Room(DRAWN, rules=BY_AGENT, call=TALK)
    assert code(nobodys, replace(ASKED, agent_id=None)) == not_drawn
    gone = Room(DRAWN, rules=BY_AGENT, call=TALK)
    gone.turn.calls.clear()
    assert code(gone, ASKED) == not_drawn


def test_for_an_order_anybody_is_asked_drawn_or_not() -> None:
    for room in (Room(call=TALK), Room(replace(DRAWN, is_drawn=False), call=TALK)):
        assert code(room, replace(ASKED, words=ORDER_WORDS)) is None


def test_on_a_sample_nothing_is_marked_and_on_an_order_it_is() -> None:
    mark = SegmentMarked(call_id=CALL_ID, agent_id=ANNA, mark=SegmentMark.CONSENT)
    assert code(Room(call=TALK).has_segment(), mark) == (RefusalCode.NOT_ASKED, {"call": CALL_ID})
    assert code(Room(call=TALK).has_segment(is_sample=False), mark) is None
    assert code(Room(call=TALK), mark) == (RefusalCode.NOT_ASKED, {"call": CALL_ID})


def test_the_agent_it_is_recorded_with_takes_it_back_as_long_as_there_is_anything_to_take_back() -> None:
    running = agreed(call=TALK)
    assert code(running, REVOKED) == (RefusalCode.NOT_ASKED, {"call": CALL_ID}), "it is nobody's yet"
    assert code(running, replace(REVOKED, agent_id=None)) is not None
    running.hears(begun())
    assert code(running, REVOKED) is None
    assert code(running, replace(REVOKED, agent_id=BEN)) is not None
    assert code(running, DECLINED) is not None
    running.hears(SamplePassed(call_id=CALL_ID, reason=PassReason.CAP))
    assert code(running, REVOKED) is not None, "nothing of it was recorded"
    assert code(Room(call=TALK), REVOKED) is not None
    assert code(Room(DRAWN, call=TALK), HangUpRequested(call_id=CALL_ID, agent_id=BEN)) is None


# -- what is taken back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [REVOKED, WITHDRAWN])
def test_taken_back_all_that_was_kept_of_it_is_shredded_and_it_is_over(event: Event) -> None:
    room = agreed().becomes(TALK)
    for each in (begun(), closed(), begun(2), closed(segment=2)):
        room.hears(each)
    shredded = tuple(SegmentWithdrawn(call_id=CALL_ID, agent_id=ANNA, segment_id=each) for each in (ONE, TWO))
    assert room.hears(event) == shredded
    assert (room.sample.state, room.sample.taped) == (SampleState.OVER, ())
    assert room.hears(event) == ()


def test_what_is_recorded_of_no_agent_cannot_be() -> None:
    room = agreed()
    room.samples.calls[CALL_ID] = replace(room.sample, taped=(ONE,))
    with pytest.raises(AssertionError, match="of no agent"):
        room.hears(WITHDRAWN)
    by_word = SegmentWithdrawn(call_id=CALL_ID, agent_id=BEN, segment_id=ONE)
    assert room.samples.heard(told(WITHDRAWN, agent_id=BEN)) == (by_word,)


def test_the_callers_key_takes_their_yes_back_and_says_nothing_else() -> None:
    room = agreed()
    room.concludes()
    assert room.samples.swallows(KEY)
    assert room.concludes() == [WITHDRAWN]
    assert room.concludes() == []


def test_other_keys_other_parties_and_other_times_are_not_swallowed() -> None:
    room = agreed()
    others = (replace(KEY, key="1"), replace(KEY, leg_id=LegId("another")), LegHeld(leg_id=KEY.leg_id))
    assert not any(room.samples.swallows(each) for each in others)
    for state in (CallState.CHOOSING, CallState.CONFIRMING):
        assert not agreed(call=replace(QUEUED, state=state)).samples.swallows(KEY), "they answer another question"
    assert not Room(DRAWN).samples.swallows(KEY)
    gone = agreed()
    gone.turn.calls.clear()
    assert not gone.samples.swallows(KEY)
    assert room.concludes() == []


def test_a_yes_that_is_taken_back_is_recorded_no_more_in_the_same_turn() -> None:
    room = agreed().becomes(TALK)
    assert room.samples.swallows(KEY)
    assert room.concludes() == [WITHDRAWN]
    over = agreed().becomes(TALK)
    assert over.samples.swallows(KEY)
    over.samples.ended(CALL_ID)
    assert over.concludes() == []


def test_of_a_call_that_is_over_nothing_is_known_or_due() -> None:
    room = agreed().becomes(TALK).has_segment()
    room.hears(SegmentProven(leg_id=LegId("leg"), segment_id=ONE))
    for _ in range(2):
        room.samples.ended(CALL_ID)
    assert room.samples.calls == {}
    assert room.concludes() == []
    assert room.hears(YES) == ()
    again = (DRAWN, QUESTION, YES, closed())
    for event in again:
        room.hears(event, 9_000)
    assert room.sample.recorded_ms == 0


# -- the cap -----------------------------------------------------------------------------------------------------------------


def capped(cap: int | None, *at: int, days: int = 30, before: tuple[AgentId, ProjectId] = (ANNA, NORD)) -> list[Event]:
    room = agreed(rules=SamplingRules(rate_permille=1_000, agent_cap=cap, cap_days=days)).becomes(TALK)
    room.samples.use(BASIS, {before: {CallId(str(number)): Instant(each) for number, each in enumerate(at)}})
    return room.concludes()


def test_an_agent_is_recorded_so_often_in_so_many_days_and_no_oftener() -> None:
    over = [SamplePassed(call_id=CALL_ID, reason=PassReason.CAP, agent_id=ANNA)]
    since = NOW - 30 * DAY
    assert DAY == 24 * 60 * 60 * 1_000_000
    assert capped(2, NOW, since + 1) == over
    assert capped(2, NOW, since) == [begun()]
    assert capped(2, NOW) == [begun()]
    assert capped(None, *[NOW] * 50) == [begun()]
    assert capped(1, NOW - DAY, days=1) == [begun()]
    assert capped(1, NOW, before=(BEN, NORD)) == capped(1, NOW, before=(ANNA, ProjectId("another"))) == [begun()]


def after_another(*events: Event, rules: SamplingRules, first_at: Instant = NOW) -> list[Event]:
    """What is concluded of a second caller who agreed, when these were told of the first; `first_at`: known from before."""
    room = Room(*events, rules=rules, call=TALK)
    room.samples.use(BASIS, {} if first_at == NOW else {(ANNA, NORD): {CALL_ID: first_at}})
    room.hears(begun())
    room.turn.tapes.ended(CALL_ID)
    other = CallId("other")
    room.turn.calls[other] = replace(TALK, call_id=other)
    room.samples.calls[other] = replace(room.sample, call_id=other, agent_id=None, state=SampleState.AGREED)
    room.samples.call_changed(room.turn.calls[other], room.turn.calls[other])
    return [each for each in room.concludes() if getattr(each, "call_id", None) == other]


def test_a_call_counts_by_when_it_was_first_recorded_and_its_own_going_on_is_no_other() -> None:
    rules = SamplingRules(rate_permille=1_000, agent_cap=1)
    capped_now = [SamplePassed(call_id=CallId("other"), reason=PassReason.CAP, agent_id=ANNA)]
    assert after_another(DRAWN, QUESTION, YES, rules=rules) == capped_now
    assert after_another(DRAWN, QUESTION, YES, rules=rules, first_at=Instant(NOW - DAY)) == capped_now
    [going_on] = after_another(DRAWN, QUESTION, YES, rules=rules, first_at=Instant(NOW - 30 * DAY))
    assert isinstance(going_on, SampleBegun)
    room = agreed(rules=rules).becomes(TALK)
    for event in (begun(), closed()):
        room.hears(event)
    assert room.concludes() == [begun(1)]


def test_what_an_agent_was_given_a_yes_for_counts_too() -> None:
    room = Room(DRAWN, rules=replace_cap(BY_AGENT, 1), call=TALK).has_segment()
    for event in (ASKED, AGREED):
        room.hears(event)
    room.turn.tapes.ended(CALL_ID)
    other = CallId("other")
    room.turn.calls[other] = replace(TALK, call_id=other)
    room.samples.calls[other] = replace(room.sample, call_id=other, agent_id=None)
    room.samples.call_changed(room.turn.calls[other], room.turn.calls[other])
    passed = SamplePassed(call_id=other, reason=PassReason.CAP, agent_id=ANNA)
    assert passed in room.concludes()


def replace_cap(rules: SamplingRules, cap: int) -> SamplingRules:
    return with_other(rules, agent_cap=cap)
