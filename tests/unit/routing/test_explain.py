"""Every reason has a sentence in both languages, and a decision is told with its figures."""

import string
from collections.abc import Mapping
from typing import get_args

import pytest

from routing import explain, listening_story, story, tape_story
from routing.eligibility import Ineligibility
from routing.explain import PAUSES, Hindrance, Part, Place, Said, decision_told, part_of, part_told, refusal_told
from routing.overflow import OverflowReason, OverflowTarget
from store.journal_codec import EVENT_TYPES, kind_of
from telephony.agent.evidence import Absence
from telephony.agent.model import AgentState
from telephony.causes import EndReason, ReleaseReason
from telephony.decisions import Candidate, Choice, DecisionTaken, RefusedAgent, SkippedHead
from telephony.demands import SkillNeed
from telephony.events import AgentReleased, CallEnded, Envelope, Event, HoldRequested
from telephony.identifiers import AgentId, CallId, DecisionId, EndpointId, EventId, Instant, LegId, ProjectId, SegmentId
from telephony.order_segments import (
    ConsentWords,
    HandOver,
    HandOverWaits,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentMaskRequested,
    SegmentVerdict,
    StopReason,
)
from telephony.overhearing import EarClosed, EarEnd, ListenMode, ListenRequested
from telephony.samples import PassReason, SampleAnswer
from telephony.segments import SegmentFaulted, SegmentTrouble

ANNA, BEN, CARLA, DORA = (AgentId(name) for name in ("anna", "ben", "carla", "dora"))


def called(agent_id: AgentId) -> str:
    return agent_id.title()


@pytest.mark.parametrize(
    ("codes", "texts"),
    [
        (set(Ineligibility), explain.REFUSALS),
        (set(AgentState), explain.STATES),
        (set(Hindrance), explain.HINDRANCES),
        (set(Place), explain.PLACES),
        (set(Choice), explain.CHOICES),
        (set(Part), explain.PARTS),
        (set(EndReason), story.ENDS),
        (set(ReleaseReason), story.RELEASES),
        (set(OverflowReason), story.OVERFLOWS),
        (set(OverflowTarget), story.TARGETS),
        (set(StopReason), tape_story.STOPS),
        (set(SegmentVerdict), tape_story.VERDICTS),
        (set(SegmentMark), tape_story.MARKS),
        (set(SegmentTrouble), tape_story.TROUBLES),
        (set(get_args(HandOver)), tape_story.WISHES),
        (set(SampleAnswer), tape_story.ANSWERS),
        (set(PassReason), tape_story.PASSES),
        (set(EarEnd), listening_story.ENDS),
        (set(ListenMode), listening_story.MODES),
        ({kind_of(event_type) for event_type in EVENT_TYPES} - story.SILENT, story.EVENTS),
    ],
    ids=lambda value: type(next(iter(value))).__name__ if isinstance(value, set) else "",
)
def test_every_code_has_a_sentence_in_both_languages_with_the_same_facts(codes: set[str], texts: Mapping[str, Said]) -> None:
    assert {_name(code) for code in codes} == {_name(code) for code in texts}
    for said in texts.values():
        assert said.de
        assert said.en
        assert said.de != said.en
        assert _places(said.de) == _places(said.en)


def test_every_absence_is_a_hindrance() -> None:
    assert {absence.value for absence in Absence} <= {hindrance.value for hindrance in Hindrance}


def test_no_event_is_silent_and_told() -> None:
    assert not story.SILENT & story.EVENTS.keys()
    assert {kind_of(event_type) for event_type in EVENT_TYPES} >= story.SILENT


def test_a_code_of_another_version_is_told_by_its_name() -> None:
    assert refusal_told("moon_phase", "de", {"agent": "Anna"}) == "Grund: moon_phase."


def test_a_decision_tells_who_got_the_call_and_why_not_the_others() -> None:
    told = list(decision_told(a_decision(), "en", called))
    assert told[0] == "Anna (level 3) got the call: the smallest pass (1.000) of the 2 who could take it."
    assert "The caller had waited 11.9 s." in told
    assert "Required: italian ≥ 3." in told
    assert "Ben (level 2) was 0.500 behind with pass 1.500." in told
    assert any("Carla would have been earlier with pass 0.250, but: Carla lacks a skill" in line for line in told)
    assert any("call-2 (sales) was passed over: Anna is not certified for project sales" in line for line in told)
    german = list(decision_told(a_decision(), "de", called))
    assert len(german) == len(told)
    assert german[0].startswith("Anna (Stufe 3) hat den Anruf bekommen")


@pytest.mark.parametrize(
    ("agent_id", "part", "words"),
    [
        (ANNA, Part.CHOSEN, "Anna (level 3) got the call"),
        (BEN, Part.COMPARED, "Ben was 0.500 behind"),
        (CARLA, Part.REFUSED, "Carla lacks a skill"),
        (DORA, Part.NOT_AVAILABLE, "Dora was not free at that moment"),
    ],
)
def test_each_agent_is_told_their_own_part(agent_id: AgentId, part: Part, words: str) -> None:
    assert part_of(a_decision(), agent_id) is part
    assert words in part_told(a_decision(), agent_id, "en", called)


def test_an_event_is_told_with_its_reason() -> None:
    released = AgentReleased(call_id=CallId("c"), agent_id=ANNA, reason=ReleaseReason.NO_ANSWER, has_talked=False)
    assert story.event_told(_noted(released), "en", called) == "Anna is released: not answered."
    ended = CallEnded(call_id=CallId("c"), end_reason=EndReason.ABANDONED)
    assert story.event_told(_noted(ended), "de", called) == "Der Anruf ist zu Ende: der Anrufer hat aufgegeben."


CALL, SEGMENT, LEG = CallId("c"), SegmentId("s"), LegId("l")
WORDS = ConsentWords(language="de", version=3, sha256="0" * 64)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            SegmentClosed(
                call_id=CALL,
                agent_id=ANNA,
                segment_id=SEGMENT,
                order_id="o",
                words=WORDS,
                verdict=SegmentVerdict.DISCARDED,
                reason=StopReason.WITHDRAWN,
            ),
            "The recording is closed, since the consent was withdrawn; it is deleted.",
        ),
        (SegmentFaulted(leg_id=LEG, segment_id=SEGMENT, trouble=SegmentTrouble.DISK_LOW), "little space is left."),
        (SegmentMarked(call_id=CALL, agent_id=ANNA, mark=SegmentMark.INTENT), "Anna marks on the tape: declaration of intent."),
        (SegmentMaskRequested(call_id=CALL, agent_id=ANNA, is_masked=True), "silence in place of the voices."),
        (SegmentMaskRequested(call_id=CALL, agent_id=ANNA, is_masked=False), "the voices again."),
        (
            HandOverWaits(
                call_id=CALL,
                agent_id=ANNA,
                segment_id=SEGMENT,
                wish=HoldRequested(call_id=CALL, agent_id=ANNA),
                wish_id=EventId("w"),
            ),
            "surely ended: hold.",
        ),
        (
            EarClosed(call_id=CALL, agent_id=ANNA, ear_id=LEG, by="sue", reason=EarEnd.WITHDRAWN, has_heard=True),
            "since the consent was withdrawn; the call was listened to.",
        ),
        (
            ListenRequested(
                call_id=CALL,
                agent_id=None,
                by="sue",
                endpoint_id=EndpointId("p"),
                mode=ListenMode.WHISPER,
                reason="training",
            ),
            "A supervisor wants to listen, and whisper to the agent (reason: training).",
        ),
    ],
)
def test_what_happens_to_a_recording_is_told_with_its_reason(event: Event, words: str) -> None:
    told = story.event_told(_noted(event), "en", called)
    assert told.endswith(words)
    assert "–" not in told


def a_decision() -> DecisionTaken:
    """Anna gets an Italian caller; Carla, who was next, speaks none."""
    return DecisionTaken(
        decision_id=DecisionId("call-1.decision.1"),
        call_id=CallId("call-1"),
        agent_id=ANNA,
        project_id=ProjectId("hotline"),
        level=3,
        weight=3.0,
        pass_before=1.0,
        pass_after=1.333,
        waited_ms=11_900,
        candidates=(
            Candidate(agent_id=ANNA, level=3, share_pass=1.0, idle_since=Instant(1)),
            Candidate(agent_id=BEN, level=2, share_pass=1.5, idle_since=Instant(1)),
        ),
        candidates_in_all=2,
        skipped=(SkippedHead(call_id=CallId("call-2"), project_id=ProjectId("sales"), refusal="not_certified"),),
        heads_looked_at=2,
        rule_version="2",
        directory_revision=4,
        needs=(SkillNeed(skill="italian", grade=3),),
        refused=(RefusedAgent(agent_id=CARLA, share_pass=0.25, refusal="skill_missing"),),
    )


def _noted(event: Event) -> Envelope:
    return Envelope(seq=1, event_id=EventId("e"), occurred_at=Instant(1), received_at=Instant(1), event=event)


def _name(code: object) -> str:
    return code.__name__ if isinstance(code, type) else str(code)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_german_sentences_have_a_decimal_comma_and_the_usual_pauses_in_german() -> None:
    said = Said("{value:.2f} von {all:g}, {count}", "{value:.2f} of {all:g}, {count}")
    facts: dict[str, str | int | float] = {"value": 1.5, "all": 2.0, "count": 3}
    assert said.told("de", facts) == "1,50 von 2, 3"
    assert said.told("en", facts) == "1.50 of 2, 3"
    assert PAUSES["lunch"].told("de") == "Mittag"
