"""The cases of metering in which more than one agent has the caller: handed on, consulted, conferred (8, 9, 11)."""

from telephony.causes import ReleaseReason
from telephony.events import LegAnswered
from telephony.identifiers import AgentId, BridgeId
from tests.unit.metering.history import CALL, CALLER, History, a_talk, finished
from tests.unit.metering.test_cases import outcome

CONSULT = BridgeId(f"{CALL}.consult.1")
CONFERENCE = BridgeId(f"{CALL}.conference.1")


def a_consultation() -> History:
    """Anna talks from 5 to 20, asks Bert, who answers at 25; the caller hears music meanwhile."""
    story = a_talk()
    story.reserved(20, "bert").leaves(20, story.leg(1)).joins(20, story.leg(1), CONSULT).rings(21, "bert", 2)
    story.say(25, LegAnswered(leg_id=story.leg(2)), AgentId("bert"))
    return story.joins(25, story.leg(2), CONSULT)


def test_case_09_an_attended_transfer_is_talk_consultation_talk() -> None:
    story = a_consultation()
    story.leaves(35, story.leg(2), CONSULT).joins(35, story.leg(2))
    story.leaves(35, story.leg(1), CONSULT).hangs_up(35, story.leg(1)).released(35, "anna", ReleaseReason.TALKED, 1)
    folded = outcome(finished(story, 65, "bert", 2), "case_09_attended_transfer")
    assert [(line.agent_id, line.talk_ms, line.consult_ms, line.billed_ms) for line in folded.lines] == [
        ("anna", 15_000, 15_000, 15_000),
        ("bert", 30_000, 10_000, 30_000),
    ]
    assert folded.record.talk_ms == 45_000


def test_case_09_by_way_of_a_conference_is_the_same_but_for_its_second() -> None:
    story = a_consultation()
    for leg, left in ((CALLER, None), (story.leg(1), CONSULT), (story.leg(2), CONSULT)):
        story.leaves(35, leg, left).joins(35, leg, CONFERENCE)
    story.leaves(36, story.leg(1), CONFERENCE).hangs_up(36, story.leg(1)).released(36, "anna", ReleaseReason.TALKED, 1)
    for leg in (CALLER, story.leg(2)):
        story.leaves(36, leg, CONFERENCE).joins(36, leg)
    folded = outcome(finished(story, 65, "bert", 2))
    assert [(line.agent_id, line.talk_ms, line.consult_ms) for line in folded.lines] == [
        ("anna", 15_000 + 1_000, 15_000),
        ("bert", 30_000, 10_000),
    ]


def test_case_09_whom_the_agent_goes_back_and_forth_between_is_talked_with_in_turn() -> None:
    story = a_consultation()
    story.leaves(30, story.leg(1), CONSULT).joins(30, story.leg(1))
    story.leaves(32, story.leg(1)).joins(32, story.leg(1), CONSULT)
    story.leaves(35, story.leg(2), CONSULT).joins(35, story.leg(2))
    story.leaves(35, story.leg(1), CONSULT).hangs_up(35, story.leg(1)).released(35, "anna", ReleaseReason.TALKED, 1)
    folded = outcome(finished(story, 65, "bert", 2))
    assert [(line.agent_id, line.talk_ms, line.consult_ms) for line in folded.lines] == [
        ("anna", 17_000, 13_000),
        ("bert", 30_000, 10_000),
    ]


def test_case_11_a_conference_in_a_bridge_of_its_own_is_talk_of_both_and_billed_once() -> None:
    story = a_consultation()
    for leg, left in ((CALLER, None), (story.leg(1), CONSULT), (story.leg(2), CONSULT)):
        story.leaves(35, leg, left).joins(35, leg, CONFERENCE)
    story.leaves(55, story.leg(2), CONFERENCE).hangs_up(55, story.leg(2)).released(55, "bert", ReleaseReason.TALKED, 2)
    for leg in (CALLER, story.leg(1)):
        story.leaves(55, leg, CONFERENCE).joins(55, leg)
    folded = outcome(finished(story, 65), "case_11_conference_of_its_own")
    assert [(line.agent_id, line.talk_ms, line.conference_ms, line.billed_ms) for line in folded.lines] == [
        ("anna", 15_000 + 20_000 + 10_000, 20_000, 45_000),
        ("bert", 20_000, 20_000, 0),
    ]
    assert folded.record.talk_ms == 45_000


def test_case_08_a_caller_who_goes_on_to_another_project_is_its_clients() -> None:
    story = a_talk()
    story.hangs_up(25, story.leg()).released(25, "anna", ReleaseReason.TALKED, 1)
    story.reserved(25, "bert", project="other", client="else").rings(26, "bert", 2).answers(30, 2)
    folded = outcome(finished(story, 50, "bert", 2))
    assert [(line.project_id, line.client_id, line.talk_ms) for line in folded.lines] == [
        (folded.record.project_id, folded.record.client_id, 20_000),
        ("other", "else", 20_000),
    ]


def test_case_08_one_agent_in_two_projects_has_two_lines() -> None:
    story = a_talk()
    story.hangs_up(25, story.leg()).released(25, "anna", ReleaseReason.TALKED, 1)
    story.reserved(25, "anna", project="other", client="else").rings(26, "anna", 2).answers(30, 2)
    folded = outcome(finished(story, 50, "anna", 2))
    assert [(line.project_id, line.talk_ms, line.attempts) for line in folded.lines] == [
        (folded.record.project_id, 20_000, 1),
        ("other", 20_000, 1),
    ]
