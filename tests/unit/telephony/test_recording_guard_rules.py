"""The guard's rules one by one: each thing that stands in the way of a recording does so by itself."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from telephony.call import recording_guard as guard
from telephony.call.facts import CallFact
from telephony.call.model import Call, Callee, CallState, Dial, LegState, Party
from telephony.call.step import Step
from telephony.call.tape import Tape, TapeState, Wish
from telephony.commands import StopRinging
from telephony.dialling import DialPurpose, DialReference
from telephony.errors import RefusalCode
from telephony.events import Envelope, Event, HoldRequested, RequestRefused
from telephony.identifiers import MS, AgentId, BridgeId, EventId, Instant, LegId, PartyId, SegmentId
from telephony.order_segments import (
    HandOverWaits,
    SegmentClosed,
    SegmentOpened,
    SegmentStopForced,
    SegmentUnstoppable,
    SegmentVerdict,
    StopReason,
)
from telephony.segments import StopSegment
from tests.unit.recording.segment_story import ANNA, ORDER, WORDS, Story

BEN = AgentId("ben")
SEGMENT = SegmentId("one")
PARTING = (
    *(CallFact.HOLD_REQUESTED, CallFact.TRANSFER_REQUESTED, CallFact.CONSULT_REQUESTED, CallFact.OUTSIDER_REQUESTED),
    *(CallFact.PARK_REQUESTED, CallFact.CONFERENCE_REQUESTED),
)


@pytest.fixture
def call() -> Call:
    """Anna and a caller, alone together."""
    story = Story()
    return story.turn.calls[story.call_id]


def taped(call: Call, **more: object) -> Call:
    assert call.agent is not None
    tape = Tape(segment_id=SEGMENT, agent_id=ANNA, caller_leg_id=call.caller.leg_id, agent_leg_id=call.agent.leg_id)
    return replace(call, tape=replace(tape, **more))


def told(event: Event, at: int = 0) -> Envelope:
    when = Instant(1_800_000_100_000_000 + at)
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=when, received_at=when, event=event)


def closed(call: Call, verdict: SegmentVerdict = SegmentVerdict.COMPLETE, segment: SegmentId = SEGMENT) -> SegmentClosed:
    ours = {"call_id": call.call_id, "agent_id": ANNA, "segment_id": segment, "order_id": ORDER, "words": WORDS}
    return SegmentClosed(**ours, verdict=verdict, reason=StopReason.ASKED, marks=())  # type: ignore[arg-type]


def a_wish(call: Call, at: int = 0) -> Wish:
    wants = HoldRequested(call_id=call.call_id, agent_id=ANNA)
    return Wish(wants=wants, request_id=EventId("wish"), asked_at=told(wants, at).received_at)


def waits(call: Call) -> HandOverWaits:
    wants = HoldRequested(call_id=call.call_id, agent_id=ANNA)
    ours = {"call_id": call.call_id, "agent_id": ANNA, "segment_id": SEGMENT}
    return HandOverWaits(**ours, wish=wants, wish_id=EventId("wish"))  # type: ignore[arg-type]


def with_agent(call: Call, **more: object) -> Call:
    assert call.agent is not None
    return replace(call, agent=replace(call.agent, **more))


def a_dial() -> Dial:
    return Dial(leg_id=LegId("third"), party_id=PartyId("third"), purpose=DialPurpose.TRANSFER, agent_id=ANNA)


def a_callee(**more: Instant) -> Callee:
    reference = DialReference(kind="contract", id="c-1")
    return Callee(party_id=PartyId("p"), purpose=DialPurpose.TRANSFER, rests_on=reference, **more)


APART: dict[str, Callable[[Call], Call]] = {
    "not talking": lambda call: replace(call, state=CallState.HELD),
    "a colleague is beside": lambda call: replace(call, colleague=Party(leg=call.caller)),
    "somebody is dialled": lambda call: replace(call, dial=a_dial()),
    "the agent is gone": lambda call: replace(call, agent=None),
    "the agent has not answered": lambda call: with_agent(call, is_answered=False),
    "the agent's leg is not up": lambda call: with_agent(call, state=LegState.GONE),
    "the agent is in no bridge": lambda call: with_agent(call, bridge_id=None),
    "the agent is in another bridge": lambda call: with_agent(call, bridge_id=BridgeId("another")),
    "the caller has not answered": lambda call: replace(call, caller=replace(call.caller, is_answered=False)),
    "the caller's leg is not up": lambda call: replace(call, caller=replace(call.caller, state=LegState.GONE)),
    "the caller is in no bridge": lambda call: replace(call, caller=replace(call.caller, bridge_id=None)),
}


def test_two_who_are_alone_together_may_be_recorded(call: Call) -> None:
    assert guard.refusal_of_opening(call, ANNA) is None


@pytest.mark.parametrize("why", APART)
def test_whoever_is_not_alone_with_the_agent_is_not_recorded(call: Call, why: str) -> None:
    apart = APART[why](call)
    refusal = guard.refusal_of_opening(apart, ANNA)
    assert refusal is not None
    assert (refusal.code, refusal.facts) == (RefusalCode.WRONG_STATE, {"state": apart.state.value})


@pytest.mark.parametrize("who", [BEN, None])
def test_nobody_but_the_agent_of_the_call_records_it(call: Call, who: AgentId | None) -> None:
    assert guard.refusal_of_opening(call, who) is not None
    assert guard.refusal_of_opening(replace(call, bond=None), who) is not None


def test_a_call_that_is_recorded_is_not_recorded_twice(call: Call) -> None:
    assert guard.refusal_of_opening(taped(call), ANNA) is not None


def test_a_machine_cannot_be_asked_nor_recorded_and_a_person_who_was_dialled_can() -> None:
    story = Story()
    call = story.turn.calls[story.call_id]
    person, machine = (replace(call, callee=callee) for callee in (a_callee(), a_callee(machine_heard_at=Instant(1))))
    assert guard.refusal_of_opening(person, ANNA) is None
    assert not guard.watched(Step(taped(person))).commands
    refusal = guard.refusal_of_opening(machine, ANNA)
    assert refusal is not None
    assert refusal.code is RefusalCode.NOBODY_TO_ASK
    assert guard.watched(Step(taped(machine))).commands


@pytest.mark.parametrize("fact", PARTING)
def test_each_wish_that_would_part_them_is_refused_while_a_segment_is_not_closed(call: Call, fact: CallFact) -> None:
    assert guard.refusal_of(call, fact) is None
    for state in TapeState:
        refusal = guard.refusal_of(taped(call, state=state), fact)
        assert refusal is not None
        assert (refusal.code, refusal.facts) == (RefusalCode.RECORDING_RUNS, {"segment": SEGMENT})


def test_other_facts_are_nobodys_wish_to_part_them(call: Call) -> None:
    assert all(guard.refusal_of(taped(call), fact) is None for fact in CallFact if fact not in PARTING)


def test_who_comes_to_a_recording_ends_the_call_but_its_own_agent(call: Call) -> None:
    assert call.bond is not None
    others = replace(taped(call), bond=replace(call.bond, agent_id=BEN))
    assert not guard.must_end(taped(call), CallFact.AGENT_ANSWERED)
    assert guard.must_end(others, CallFact.AGENT_ANSWERED)
    assert guard.must_end(replace(taped(call), bond=None), CallFact.AGENT_ANSWERED)
    assert guard.must_end(taped(call), CallFact.COLLEAGUE_ANSWERED)
    arrivals = {CallFact.AGENT_ANSWERED, CallFact.COLLEAGUE_ANSWERED}
    assert not any(guard.must_end(others, fact) for fact in CallFact if fact not in arrivals)
    assert not any(guard.must_end(replace(others, tape=None), fact) for fact in arrivals)


# -- the stop ----------------------------------------------------------------------------------------------------------------


def test_what_is_done_to_two_who_stay_together_stops_nothing(call: Call) -> None:
    step = Step(taped(call))
    assert guard.watched(step) is step
    assert guard.watched(Step(call)) == Step(call)


@pytest.mark.parametrize("why", APART)
def test_the_stop_goes_ahead_of_what_is_done_and_told(call: Call, why: str) -> None:
    apart = APART[why](taped(call))
    ringing = StopRinging(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id)
    said = RequestRefused(request_id=EventId("r"), code=RefusalCode.WRONG_STATE, agent_id=ANNA, call_id=call.call_id)
    step = guard.watched(Step(apart, (ringing,), (said,)))
    stop = StopSegment(call_id=call.call_id, switch=call.switch, leg_id=call.caller.leg_id, segment_id=SEGMENT)
    forced = SegmentStopForced(call_id=call.call_id, segment_id=SEGMENT, reason=StopReason.APART)
    assert (step.commands, step.events) == ((stop, ringing), (forced, said))
    assert step.call.tape is not None
    assert (step.call.tape.state, step.call.tape.wish) == (TapeState.CLOSING, None)
    assert guard.watched(step) is step, "told once"


def test_other_legs_in_the_place_of_the_two_stop_it(call: Call) -> None:
    for changed in ({"caller_leg_id": LegId("other")}, {"agent_leg_id": LegId("other")}):
        assert guard.watched(Step(taped(call, **changed))).commands


def test_a_caller_who_holds_is_not_recorded(call: Call) -> None:
    assert guard.watched(Step(taped(call)), CallFact.CALLER_HELD).commands
    assert not guard.watched(Step(taped(call)), CallFact.AGENT_ANSWERED).commands


def test_a_wish_stops_it_and_waits_with_the_instant_it_was_asked_at(call: Call) -> None:
    step = guard.hear(taped(call), told(waits(call)))
    assert step is not None
    assert [type(each) for each in step.commands] == [StopSegment]
    assert [each.reason for each in step.events if isinstance(each, SegmentStopForced)] == [StopReason.HAND_OVER]
    assert step.call.tape is not None
    assert (step.call.tape.state, step.call.tape.wish) == (TapeState.CLOSING, a_wish(call))


def test_a_wish_while_it_closes_waits_without_another_stop(call: Call) -> None:
    step = guard.hear(taped(call, state=TapeState.CLOSING), told(waits(call)))
    assert step is not None
    assert (step.commands, step.events, step.refusal) == ((), (), None)
    assert step.call.tape is not None
    assert step.call.tape.wish == a_wish(call)


def test_a_second_wish_is_refused_and_the_first_one_kept(call: Call) -> None:
    waiting = taped(call, state=TapeState.CLOSING, wish=a_wish(call, at=-5))
    step = guard.hear(waiting, told(waits(call)))
    assert step is not None
    assert step.refusal is not None
    assert (step.call, step.refusal.facts) == (waiting, {"segment": SEGMENT})


@pytest.mark.parametrize("make", [waits, closed, lambda call: SegmentUnstoppable(call_id=call.call_id, segment_id=SEGMENT)])
def test_words_about_a_recording_that_is_not_change_nothing(call: Call, make: Callable[[Call], Event]) -> None:
    assert guard.hear(call, told(make(call))) == Step(call)


def test_what_is_opened_is_of_the_two_who_talk_and_of_nobody_once_the_agent_is_gone(call: Call) -> None:
    opened = told(SegmentOpened(call_id=call.call_id, agent_id=ANNA, segment_id=SEGMENT, leg_id=call.caller.leg_id))
    assert guard.hear(call, opened) == Step(taped(call))
    alone = replace(call, agent=None)
    assert guard.hear(alone, opened) == Step(alone)


def test_words_about_another_segment_change_nothing(call: Call) -> None:
    other = SegmentId("other")
    for event in (closed(call, segment=other), SegmentUnstoppable(call_id=call.call_id, segment_id=other)):
        assert guard.hear(taped(call), told(event)) == Step(taped(call))


def test_other_events_are_no_words_of_the_recording(call: Call) -> None:
    assert guard.hear(taped(call), told(HoldRequested(call_id=call.call_id, agent_id=ANNA))) is None


# -- what waited -------------------------------------------------------------------------------------------------------------


def after(call: Call, verdict: SegmentVerdict, waited_ms: int, state: CallState = CallState.TALKING) -> list[str]:
    waiting = replace(taped(call, state=TapeState.CLOSING, wish=a_wish(call)), state=state)
    step = guard.hear(waiting, told(closed(call, verdict), at=waited_ms * MS))
    assert step is not None
    assert step.call.tape is None
    for each in step.events:
        if isinstance(each, RequestRefused):
            assert (each.request_id, each.code) == (EventId("wish"), RefusalCode.RECORDING_RUNS)
            assert (each.agent_id, each.call_id) == (ANNA, call.call_id)
    return [type(each).__name__ for each in step.events]


def test_a_wish_is_done_when_the_end_is_proven_in_time_and_they_still_talk(call: Call) -> None:
    assert after(call, SegmentVerdict.COMPLETE, guard.WISH_LIMIT_MS) == ["HoldRequested"]
    assert after(call, SegmentVerdict.COMPLETE, guard.WISH_LIMIT_MS + 1) == ["RequestRefused"]
    assert after(call, SegmentVerdict.UNCONFIRMED, 0) == ["RequestRefused"]
    assert after(call, SegmentVerdict.COMPLETE, 0, CallState.ENDING) == ["RequestRefused"]
    assert guard.WISH_LIMIT_MS == 10_000


def test_an_end_for_which_nobody_waits_says_nothing(call: Call) -> None:
    step = guard.hear(taped(call), told(closed(call)))
    assert step == Step(replace(call, tape=None))


def test_a_recording_nobody_can_stop_ends_the_call_and_refuses_the_wish(call: Call) -> None:
    unstoppable = told(SegmentUnstoppable(call_id=call.call_id, segment_id=SEGMENT))
    step = guard.hear(taped(call, wish=a_wish(call)), unstoppable)
    assert step is not None
    assert (step.call.state, [type(each) for each in step.events][-1]) == (CallState.ENDING, RequestRefused)
    assert step.call.tape is not None
    assert (step.call.tape.state, step.call.tape.wish) == (TapeState.CLOSING, None)


def test_a_leg_that_is_gone_is_recorded_no_more_and_the_call_goes_its_way(call: Call) -> None:
    unstoppable = told(SegmentUnstoppable(call_id=call.call_id, segment_id=SEGMENT))
    gone = replace(taped(call), caller=replace(call.caller, state=LegState.GONE))
    other = taped(call, caller_leg_id=LegId("other"))
    for each in (gone, other):
        step = guard.hear(each, unstoppable)
        assert step == Step(replace(each, tape=None))
