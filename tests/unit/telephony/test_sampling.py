"""Sampled calls: the draw before anybody knows the agent, the question to who was drawn, the recording of who agreed."""

import pytest

from recording.sampling import is_drawn
from routing.sampling import AskedBy, SamplingRules
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import PlaySequence
from telephony.errors import RefusalCode
from telephony.events import (
    HoldRequested,
    LegHungUp,
    LegJoined,
    LegLeft,
    SwitchConnected,
    SwitchDisconnected,
    UnholdRequested,
)
from telephony.identifiers import AgentId, CallId, Instant
from telephony.order_segments import (
    RecordingAgreed,
    RecordingAsked,
    RecordingRevoked,
    SegmentMark,
    SegmentMarked,
    SegmentStopRequested,
    SegmentWithdrawn,
)
from telephony.samples import SampleAnswered, SampleBegun, SampleDrawn, SamplePassed
from telephony.segments import StartSegment
from tests.unit.telephony.sample_story import RULES, WORDS, SampleStory
from tests.unit.telephony.scene import NORD, SWITCH

ANNA, BEN = AgentId("anna"), AgentId("ben")
BY_AGENT = SamplingRules(rate_permille=1_000, asked_by=AskedBy.AGENT)


def test_who_is_drawn_is_asked_before_anybody_is_offered_the_call() -> None:
    story = SampleStory()
    story.on_duty("anna")
    story.calls_in()
    assert story.said == ["SampleDrawn", "SampleAsked"]
    assert story.turn.calls[story.call_id].state is CallState.CHOOSING
    [question] = [each for each in story.given if isinstance(each, PlaySequence)]
    assert question.sounds == ("fernamt/sample",)
    story.presses("1")
    assert story.state == "agreed"
    assert story.turn.calls[story.call_id].state is CallState.ALERTING
    assert story.orders == []


def test_who_agreed_is_recorded_from_the_talk_on_and_nothing_has_to_be_repeated() -> None:
    story = SampleStory().agrees_and_talks()
    assert story.said[2:] == ["SampleAnswered", "SampleBegun", "SegmentOpened"]
    assert story.orders == ["StartSegment"]
    story.proven().later(60_000)
    assert story.orders == ["StartSegment"]
    story.happens(LegHungUp(leg_id=story.turn.calls[story.call_id].caller.leg_id, cause=HangupCause.NORMAL, by_phone=True))
    story.ended()
    assert story.closed == [("complete", "apart")]


@pytest.mark.parametrize("key", ["0", "2", "9", "*", "#", None])
def test_another_key_and_silence_are_a_no_and_nothing_is_ever_recorded(key: str | None) -> None:
    story = SampleStory()
    story.on_duty("anna")
    story.calls_in()
    story.later(30_000) if key is None else story.presses(key)
    [answer] = [each for each in story.told if isinstance(each, SampleAnswered)]
    assert answer.answer == ("silence" if key is None else "no")
    story.talks().later(120_000)
    assert story.state == "over"
    assert story.orders == []


def test_who_is_not_drawn_hears_nothing_of_it_and_is_never_recorded() -> None:
    rules = SamplingRules(rate_permille=1)
    story = SampleStory(rules)
    story.on_duty("anna")
    story.calls_in().presses("1").talks()
    [draw] = [each for each in story.told if isinstance(each, SampleDrawn)]
    assert draw.is_drawn is is_drawn(story.seed, story.call_id, 1) is False
    assert story.said == ["SampleDrawn"]
    assert story.orders == []


def test_without_a_seed_or_a_rule_nobody_is_drawn() -> None:
    for story in (SampleStory(None), SampleStory(RULES)):
        story.later(2 * 86_400_000)  # the seed was of that day
        story.on_duty("anna")
        story.calls_in().talks()
        assert story.said == []


def test_a_sample_without_a_text_is_none() -> None:
    story = SampleStory().knows(texts={})
    story.on_duty("anna")
    story.calls_in().talks()
    assert story.said == ["SampleDrawn", "SamplePassed"]
    assert story.orders == []


def held(story: SampleStory) -> None:
    call = story.turn.calls[story.call_id]
    story.happens(HoldRequested(call_id=story.call_id, agent_id=ANNA))
    story.ended()
    story.happens(LegLeft(leg_id=story.leg(story.call_id), bridge_id=call.bridge_id))


def taken_back_from_hold(story: SampleStory) -> None:
    call = story.turn.calls[story.call_id]
    story.happens(UnholdRequested(call_id=story.call_id, agent_id=ANNA))
    story.happens(LegJoined(leg_id=story.leg(story.call_id), bridge_id=call.bridge_id))


def test_after_a_hold_it_goes_on_as_a_new_segment_without_a_new_question() -> None:
    story = SampleStory().agrees_and_talks().proven()
    held(story)
    assert story.closed == [("complete", "hand_over")]
    assert story.turn.calls[story.call_id].state is CallState.HELD
    taken_back_from_hold(story)
    begun = [each for each in story.told if isinstance(each, SampleBegun)]
    assert [each.segment_id for each in begun] == [f"{story.call_id}.segment.1", f"{story.call_id}.segment.2"]
    assert story.orders == ["StartSegment", "StopSegment", "StartSegment"]
    assert story.said.count("SampleAsked") == 1


def test_while_the_switch_is_out_of_reach_nothing_goes_on_and_when_it_is_back_it_does() -> None:
    story = SampleStory().agrees_and_talks().proven()
    held(story)
    story.happens(SwitchDisconnected(switch=SWITCH))
    taken_back_from_hold(story)
    assert story.orders == ["StartSegment", "StopSegment"]
    story.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert story.orders == ["StartSegment", "StopSegment", "StartSegment"]


def test_what_the_agent_stops_does_not_go_on() -> None:
    story = SampleStory().agrees_and_talks().proven()
    story.happens(SegmentStopRequested(call_id=story.call_id, agent_id=ANNA))
    story.ended()
    held_before = story.orders
    story.happens(HoldRequested(call_id=story.call_id, agent_id=ANNA))
    taken_back_from_hold(story)
    assert story.state == "over"
    assert story.orders == held_before == ["StartSegment", "StopSegment"]


def test_no_more_of_a_call_is_recorded_than_its_longest_time() -> None:
    story = SampleStory(SamplingRules(rate_permille=1_000, longest_ms=60_000)).agrees_and_talks().proven()
    story.later(45_000)
    held(story)
    taken_back_from_hold(story)
    starts = [each.limit_ms for each in story.given if isinstance(each, StartSegment)]
    assert starts[0] == 70_000
    assert 24_000 <= starts[1] <= 25_000
    story.proven(2).later(16_000)
    assert story.orders[-1] == "StopSegment"
    story.ended(2)
    assert story.closed[-1] == ("complete", "cap")
    assert story.state == "over"


def test_the_caller_takes_it_back_by_a_key_and_all_of_it_is_shredded() -> None:
    story = SampleStory().agrees_and_talks().proven()
    held(story)
    taken_back_from_hold(story)
    story.proven(2).presses("9")
    assert story.orders[-1] == "DiscardSegment"
    assert [each.segment_id for each in story.told if isinstance(each, SegmentWithdrawn)] == [f"{story.call_id}.segment.1"]
    story.ended(2)
    assert story.closed[-1] == ("discarded", "withdrawn")
    assert story.state == "over"


def test_the_agent_can_take_it_back_for_the_caller_even_when_it_was_stopped() -> None:
    story = SampleStory().agrees_and_talks().proven()
    story.happens(SegmentStopRequested(call_id=story.call_id, agent_id=ANNA))
    story.ended()
    story.happens(RecordingRevoked(call_id=story.call_id, agent_id=ANNA))
    assert story.refusal is None
    assert [each.segment_id for each in story.told if isinstance(each, SegmentWithdrawn)] == [f"{story.call_id}.segment.1"]


def test_before_anybody_answers_a_key_takes_the_yes_back() -> None:
    story = SampleStory().calls_in().presses("1").presses("9")
    story.on_duty("anna")
    story.talks()
    assert story.said == ["SampleDrawn", "SampleAsked", "SampleAnswered", "SampleWithdrawn"]
    assert story.orders == []


def test_an_agent_whose_calls_are_enough_is_not_recorded() -> None:
    rules = SamplingRules(rate_permille=1_000, agent_cap=2, cap_days=30)
    story = SampleStory(rules)
    story.knows(taken={(ANNA, NORD): {CallId("one"): story.now, CallId("old"): Instant(story.now - 31 * 86_400_000_000)}})
    story.agrees_and_talks().proven()
    assert story.orders == ["StartSegment"]
    other = SampleStory(rules).knows(taken={(ANNA, NORD): {CallId(name): story.now for name in ("one", "two")}})
    other.agrees_and_talks()
    assert other.orders == []
    [passed] = [each for each in other.told if isinstance(each, SamplePassed)]
    assert (passed.reason, passed.agent_id) == ("cap", ANNA)


def test_a_sample_of_this_service_counts_towards_the_cap_once_also_after_a_start() -> None:
    story = SampleStory(SamplingRules(rate_permille=1_000, agent_cap=1)).agrees_and_talks().proven()
    held(story)
    taken_back_from_hold(story)
    assert story.orders.count("StartSegment") == 2, "the same call goes on"
    story.proven(2).starts()
    assert len(story.turn.samples._taken[ANNA, NORD]) == 1


def test_after_a_start_in_mid_talk_nothing_goes_on() -> None:
    story = SampleStory().agrees_and_talks().proven().starts()
    assert story.state == "agreed"
    assert story.turn.tapes.segments[story.call_id].state == "content"


def ask(story: SampleStory, agent: AgentId = ANNA) -> None:
    story.happens(RecordingAsked(call_id=story.call_id, agent_id=agent, words=WORDS, order_id=""))


def test_where_agents_ask_a_clear_yes_is_theirs_to_mark() -> None:
    story = SampleStory(BY_AGENT)
    story.on_duty("anna")
    story.calls_in().talks()
    assert story.state == "drawn"
    ask(story)
    assert story.refusal is None
    assert story.orders == []
    story.happens(RecordingAgreed(call_id=story.call_id, agent_id=ANNA))
    assert story.orders == ["StartSegment"]
    story.proven().later(60_000)
    assert story.orders == ["StartSegment"]
    story.happens(SegmentMarked(call_id=story.call_id, agent_id=ANNA, mark=SegmentMark.CONSENT))
    assert story.refusal is not None
    held(story)
    taken_back_from_hold(story)
    assert story.orders == ["StartSegment", "StopSegment", "StartSegment"]


def test_nobody_asks_a_caller_who_was_not_drawn_or_is_asked_by_a_key() -> None:
    for rules in (SamplingRules(rate_permille=1, asked_by=AskedBy.AGENT), None):
        story = SampleStory(rules)
        story.on_duty("anna")
        story.calls_in().talks()
        ask(story)
        assert story.refusal is not None
        assert story.refusal.code is RefusalCode.NOT_DRAWN
    story = SampleStory().agrees_and_talks().proven()
    ask(story)
    assert story.refusal is not None
    assert story.refusal.code is RefusalCode.NOT_DRAWN


def test_who_was_drawn_before_a_start_is_not_passed_over_while_the_texts_are_looked_up() -> None:
    story = SampleStory(BY_AGENT).calls_in()
    story.turn = story.restarted()
    story.on_duty("ben")  # anything that happens meanwhile
    assert not [each for each in story.told if isinstance(each, SamplePassed)]
    story.knows()
    story.on_duty("anna")
    assert story.state == "drawn"
    assert not [each for each in story.told if isinstance(each, SamplePassed)]
