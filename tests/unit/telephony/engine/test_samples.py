"""The samples of live calls, word by word: who is drawn, what they are asked, when they are recorded, and what ends it."""

from dataclasses import dataclass, field
from dataclasses import replace as with_other

import pytest
from msgspec.structs import replace

from recording.sample import Sample, SampleState
from recording.sampling import SeedOfDay, commitment_of
from routing.directory import Directory
from routing.sampling import AskedBy, SamplingRules
from telephony.call.model import Call, Callee, CallState
from telephony.demands import CallDemand
from telephony.dialling import DialPurpose, DialReference
from telephony.engine.sampling import DAY, Samples, SampleText, SamplingBasis
from telephony.engine.taping import Tapes
from telephony.errors import RefusalCode
from telephony.events import CallRequest, Envelope, Event, HangUpRequested, LegHeld, LegPressedKey
from telephony.identifiers import MS, AgentId, CallId, EventId, Instant, LegId, PartyId, ProjectId, segment_id
from telephony.order_segments import (
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentVerdict,
    SegmentWithdrawn,
    StopReason,
)
from telephony.samples import (
    PassReason,
    SampleAnswer,
    SampleAnswered,
    SampleAsked,
    SampleBegun,
    SampleDrawn,
    SamplePassed,
    SampleWithdrawn,
)
from telephony.segments import SegmentProven
from tests.unit.recording.segment_story import ANNA
from tests.unit.recording.segment_story import WORDS as ORDER_WORDS
from tests.unit.telephony.sample_story import RULES, WORDS, SampleStory, a_sampled_centre
from tests.unit.telephony.scene import NORD

BEN = AgentId("ben")
STORY = SampleStory(None).calls_in()
CALL_ID = STORY.call_id
QUEUED = STORY.turn.calls[CALL_ID]
STORY.on_duty("anna")
TALK = STORY.talks().turn.calls[CALL_ID]
OFFERED = replace(QUEUED, state=CallState.OFFERED)
ONE, TWO = segment_id(CALL_ID, 1), segment_id(CALL_ID, 2)

NOW = Instant(1_800_000_000_000_000)
TODAY = SeedOfDay(day="2027-01-15", begins_at=Instant(NOW - 1_000), ends_at=Instant(NOW + 1_000), seed=bytes(32))
TEXT = SampleText(words=WORDS, prompt="fernamt/sample")
TEXTS = {(NORD, "de"): TEXT}
BASIS = SamplingBasis(days=(TODAY,), texts=TEXTS)
BY_AGENT = SamplingRules(rate_permille=1_000, asked_by=AskedBy.AGENT)

DRAWN = SampleDrawn(
    call_id=CALL_ID,
    project_id=NORD,
    day="2027-01-15",
    seed_sha256=commitment_of("2027-01-15", bytes(32)).seed_sha256,
    rate_permille=1_000,
    is_drawn=True,
)
QUESTION = SampleAsked(call_id=CALL_ID, words=WORDS, sounds=("fernamt/sample",), language="de")
YES = SampleAnswered(call_id=CALL_ID, answer=SampleAnswer.YES)
ASKED = RecordingAsked(call_id=CALL_ID, agent_id=ANNA, words=WORDS, order_id="")
AGREED = RecordingAgreed(call_id=CALL_ID, agent_id=ANNA)
DECLINED = RecordingDeclined(call_id=CALL_ID, agent_id=ANNA)
REVOKED = RecordingRevoked(call_id=CALL_ID, agent_id=ANNA)
WITHDRAWN = SampleWithdrawn(call_id=CALL_ID)
KEY = LegPressedKey(leg_id=QUEUED.caller.leg_id, key="9")


def begun(segment: int = 1, longest_ms: int = 900_000) -> SampleBegun:
    return SampleBegun(
        call_id=CALL_ID,
        agent_id=ANNA,
        project_id=NORD,
        segment_id=segment_id(CALL_ID, segment),
        words=WORDS,
        longest_ms=longest_ms,
    )


def closed(reason: StopReason = StopReason.APART, segment: int = 1, words: object = WORDS) -> SegmentClosed:
    return SegmentClosed(
        call_id=CALL_ID,
        agent_id=ANNA,
        segment_id=segment_id(CALL_ID, segment),
        order_id="",
        words=words,  # type: ignore[arg-type]
        verdict=SegmentVerdict.COMPLETE,
        reason=reason,
    )


def told(event: Event, after: int = 0, *, agent_id: AgentId | None = None) -> Envelope:
    at = Instant(NOW + after * MS)
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=CALL_ID, agent_id=agent_id)


@dataclass
class Turn:
    """What of a turn the samples look at: one call, and its segments."""

    directory: Directory = field(default_factory=a_sampled_centre)
    calls: dict[CallId, Call] = field(default_factory=lambda: {CALL_ID: QUEUED})
    tapes: Tapes = field(default_factory=Tapes)


class Room:
    """The samples of a turn; `basis` None: not looked up yet."""

    def __init__(
        self, *events: Event, rules: SamplingRules | None = RULES, call: Call = QUEUED, basis: SamplingBasis | None = BASIS
    ) -> None:
        self.turn = Turn(directory=a_sampled_centre(rules), calls={CALL_ID: call})
        self.samples = Samples(self.turn)
        if basis is not None:
            self.samples.use(basis, {})
        for event in events:
            self.hears(event)

    def hears(self, event: Event, after: int = 0) -> tuple[Event, ...]:
        return self.samples.heard(told(event, after))

    def concludes(self, now: Instant = NOW) -> list[Event]:
        return list(self.samples.conclude(now))

    def becomes(self, call: Call) -> "Room":
        before, self.turn.calls[CALL_ID] = self.turn.calls[CALL_ID], call
        self.samples.call_changed(before, call)
        return self

    def has_segment(self, *, is_sample: bool = True) -> "Room":
        """One that is asked for by the agent, or for an order."""
        asked = ASKED if is_sample else replace(ASKED, words=ORDER_WORDS)
        self.turn.tapes.begin(self.turn.calls[CALL_ID], told(asked), asked)
        return self

    @property
    def sample(self) -> Sample:
        return self.samples.calls[CALL_ID]


def agreed(**more: object) -> Room:
    """A room in which the caller agreed before anybody talked."""
    return Room(DRAWN, QUESTION, YES, **more)  # type: ignore[arg-type]


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
    assert QUEUED.terms is not None
    elsewhere = replace(QUEUED, terms=replace(QUEUED.terms, project_id=ProjectId("another")))
    assert Room(call=OFFERED).becomes(elsewhere).concludes() == []


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
    assert TALK.terms is not None
    elsewhere = replace(TALK, terms=replace(TALK.terms, project_id=ProjectId("another")))
    apart = [
        *(QUEUED, elsewhere, replace(TALK, terms=None), replace(TALK, bond=None), replace(TALK, agent=None)),
        replace(TALK, state=CallState.HELD),
    ]
    for call in apart:
        assert agreed().becomes(call).concludes() == []
    assert agreed(rules=None).becomes(TALK).concludes() == []
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
    gone = agreed(rules=rules).becomes(TALK)
    gone.turn.directory = with_other(gone.turn.directory, projects={})
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


def test_whose_segment_closes_while_they_are_asked_is_no_sample_any_more() -> None:
    room = Room(DRAWN, QUESTION, closed())
    assert (room.sample.state, room.sample.taped) == (SampleState.OVER, ())


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
    assert TALK.terms is not None
    elsewhere = replace(TALK, terms=replace(TALK.terms, project_id=ProjectId("another")))
    for room in (Room(DRAWN, rules=BY_AGENT, call=TALK), Room(DRAWN, QUESTION, rules=BY_AGENT, call=TALK)):
        assert code(room, ASKED) is None
    not_drawn = (RefusalCode.NOT_DRAWN, {"call": CALL_ID})
    for room in (
        Room(rules=BY_AGENT, call=TALK),
        Room(replace(DRAWN, is_drawn=False), rules=BY_AGENT, call=TALK),
        Room(DRAWN, QUESTION, YES, rules=BY_AGENT, call=TALK),
        Room(DRAWN, call=TALK),
        Room(DRAWN, rules=None, call=TALK),
        Room(DRAWN, rules=BY_AGENT, call=elsewhere),
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
