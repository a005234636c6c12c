"""A call as a sample, step by step: no step is skipped, none is taken twice, and an end is for good."""

import pytest
from msgspec.structs import replace

from recording import sample as samples
from recording.sample import Sample, SampleState
from telephony.identifiers import AgentId, CallId, ProjectId, SegmentId
from telephony.order_segments import ConsentPurpose, ConsentWords, SegmentClosed, SegmentVerdict, StopReason
from telephony.samples import SampleAnswer, SampleBegun, SampleDrawn

CALL, NORD, ANNA, BEN = CallId("call"), ProjectId("nord"), AgentId("anna"), AgentId("ben")
FIRST, SECOND = SegmentId("call.segment.1"), SegmentId("call.segment.2")
WORDS = ConsentWords(language="de", version=2, sha256="cd" * 32, purpose=ConsentPurpose.QUALITY_SAMPLE)
NEWER = ConsentWords(language="de", version=3, sha256="ef" * 32, purpose=ConsentPurpose.QUALITY_SAMPLE)
LONGEST_MS = 60_000


def at(state: SampleState) -> Sample:
    return Sample(call_id=CALL, project_id=NORD, state=state, words=WORDS)


def a_draw(*, is_drawn: bool) -> SampleDrawn:
    return SampleDrawn(call_id=CALL, project_id=NORD, day="2027-01-15", seed_sha256="", rate_permille=10, is_drawn=is_drawn)


def begun_with(agent_id: AgentId) -> SampleBegun:
    return SampleBegun(call_id=CALL, agent_id=agent_id, project_id=NORD, segment_id=FIRST, words=WORDS, longest_ms=LONGEST_MS)


def closed(reason: StopReason, verdict: SegmentVerdict = SegmentVerdict.COMPLETE, segment: SegmentId = FIRST) -> SegmentClosed:
    return SegmentClosed(
        call_id=CALL, agent_id=ANNA, segment_id=segment, order_id="", words=WORDS, verdict=verdict, reason=reason
    )


@pytest.mark.parametrize("is_drawn", [True, False])
def test_the_draw_alone_decides_who_is_drawn(is_drawn: bool) -> None:
    state = SampleState.DRAWN if is_drawn else SampleState.NOT_DRAWN
    assert samples.drawn(a_draw(is_drawn=is_drawn)) == Sample(call_id=CALL, project_id=NORD, state=state)


@pytest.mark.parametrize("state", list(SampleState))
def test_who_was_drawn_is_asked_and_asked_again_by_the_words_of_now_and_nobody_else(state: SampleState) -> None:
    is_to_ask = state in (SampleState.DRAWN, SampleState.ASKED)
    asked = replace(at(SampleState.ASKED), words=NEWER)
    assert samples.asked(at(state), NEWER) == (asked if is_to_ask else at(state))


@pytest.mark.parametrize("answer", list(SampleAnswer))
def test_a_clear_yes_permits_it_and_anything_else_ends_it(answer: SampleAnswer) -> None:
    found = samples.answered(at(SampleState.ASKED), answer, ANNA)
    yes = replace(at(SampleState.AGREED), agent_id=ANNA)
    assert found == (yes if answer is SampleAnswer.YES else at(SampleState.OVER))


@pytest.mark.parametrize("answer", list(SampleAnswer))
@pytest.mark.parametrize("state", [each for each in SampleState if each is not SampleState.ASKED])
def test_where_nothing_was_asked_no_answer_counts(state: SampleState, answer: SampleAnswer) -> None:
    assert samples.answered(at(state), answer) == at(state)


@pytest.mark.parametrize("state", list(SampleState))
def test_a_yes_is_for_the_first_agent_it_is_recorded_with_and_holds_while_it_stands(state: SampleState) -> None:
    stands = state is SampleState.AGREED
    with_anna = replace(at(state), agent_id=ANNA)
    assert at(state).is_open_to(ANNA) is stands
    assert with_anna.is_open_to(ANNA) is stands
    assert not with_anna.is_open_to(BEN)
    assert samples.begun(at(state), begun_with(ANNA)) == (with_anna if stands else at(state))
    assert samples.begun(with_anna, begun_with(BEN)) == with_anna


@pytest.mark.parametrize("reason", list(StopReason))
def test_it_goes_on_after_the_two_were_parted_and_after_no_other_end(reason: StopReason) -> None:
    found = samples.closed(at(SampleState.AGREED), closed(reason), recorded_ms=100, longest_ms=LONGEST_MS)
    goes_on = reason in (StopReason.HAND_OVER, StopReason.APART)
    assert found.state is (SampleState.AGREED if goes_on else SampleState.OVER)
    assert (found.taped, found.recorded_ms) == ((FIRST,), 100)


def test_it_goes_on_until_its_longest_time_is_recorded() -> None:
    one = samples.closed(at(SampleState.AGREED), closed(StopReason.APART), recorded_ms=LONGEST_MS - 1, longest_ms=LONGEST_MS)
    assert one.state is SampleState.AGREED
    two = samples.closed(one, closed(StopReason.APART, segment=SECOND), recorded_ms=1, longest_ms=LONGEST_MS)
    assert (two.state, two.recorded_ms, two.taped) == (SampleState.OVER, LONGEST_MS, (FIRST, SECOND))


@pytest.mark.parametrize("verdict", list(SegmentVerdict))
def test_what_may_be_there_of_it_is_kept_in_mind(verdict: SegmentVerdict) -> None:
    found = samples.closed(at(SampleState.AGREED), closed(StopReason.APART, verdict), recorded_ms=1, longest_ms=LONGEST_MS)
    is_nothing = verdict in (SegmentVerdict.NOTHING, SegmentVerdict.DISCARDED)
    assert found.taped == (() if is_nothing else (FIRST,))


@pytest.mark.parametrize("state", list(SampleState))
def test_a_yes_in_force_and_what_was_recorded_by_one_can_be_taken_back(state: SampleState) -> None:
    taped = replace(at(state), taped=(FIRST,))
    assert at(state).may_be_taken_back is (state is SampleState.AGREED)
    assert taped.may_be_taken_back
    assert taped.without_tape() == at(state)


@pytest.mark.parametrize("state", list(SampleState))
def test_what_was_never_drawn_is_not_over_but_never_was(state: SampleState) -> None:
    after = state if state is SampleState.NOT_DRAWN else SampleState.OVER
    assert samples.over(at(state)) == at(after)
