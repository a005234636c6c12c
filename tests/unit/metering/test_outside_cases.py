"""The cases of metering with somebody outside in a call: a line of their own, by the class of their number (8 to 11)."""

import pytest

from metering.lines import Direction
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.dialling import DialPermitted, DialPurpose
from telephony.events import LegAnswered, LegRinging, NumberFacts
from telephony.identifiers import AgentId, BridgeId, LegId, PartyId
from tests.unit.metering.history import CALL, CALLER, History, a_talk
from tests.unit.metering.test_cases import outcome

CONSULT = BridgeId(f"{CALL}.consult.1")
CONFERENCE = BridgeId(f"{CALL}.conference.1")
DOCTOR = LegId(f"{CALL}.outsider.1")
MOBILE = NumberFacts(number_class="mobile", country="DE", masked="+49 171 ***12", metadata_version="8.13")


def dialled(story: History, now: float, purpose: DialPurpose = DialPurpose.TRANSFER) -> History:
    permit = DialPermitted(
        call_id=CALL,
        leg_id=DOCTOR,
        party_id=PartyId("doctor"),
        purpose=purpose,
        agent_id=AgentId("anna"),
        number=MOBILE,
        shown="+4930555",
        right_id="r",
        rules_version="1",
        revision=1,
        ring_limit_ms=30_000,
        max_duration_ms=600_000,
        rate_micros=1,
        cost_limit_micros=1,
    )
    story.say(now, permit, AgentId("anna"))
    story.say(now + 1, LegRinging(leg_id=DOCTOR))
    return story


def over(story: History, now: float) -> History:
    story.leaves(now, DOCTOR).hangs_up(now, DOCTOR)
    story.leaves(now, CALLER).hangs_up(now, CALLER, by_phone=False)
    return story.ends(now, EndReason.OUTSIDER_HUNG_UP)


def a_consultation() -> History:
    """Anna talks from 5 to 20, asks the doctor, who answers at 25; the caller hears music meanwhile."""
    story = dialled(a_talk(), 20, DialPurpose.CONSULT)
    story.leaves(20, story.leg(1)).joins(20, story.leg(1), CONSULT)
    story.say(25, LegAnswered(leg_id=DOCTOR))
    return story.joins(25, DOCTOR, CONSULT)


def test_case_08_a_blind_transfer_outside_ends_the_agents_talk_and_has_a_line_of_its_own() -> None:
    story = dialled(a_talk(), 25)
    story.leaves(25, story.leg()).hangs_up(25, story.leg(), by_phone=False).released(25, "anna", ReleaseReason.TALKED, 1)
    story.say(31, LegAnswered(leg_id=DOCTOR))
    folded = outcome(over(story.joins(31, DOCTOR), 61), "case_08_blind_transfer_outside")
    agent, doctor = folded.lines
    assert (agent.agent_id, agent.direction, agent.number_class, agent.talk_ms) == (
        "anna",
        Direction.INBOUND,
        "geographic",
        20_000,
    )
    assert (doctor.agent_id, doctor.direction, doctor.number_class, doctor.country) == (None, Direction.OUTBOUND, "mobile", "DE")
    assert (doctor.ring_ms, doctor.talk_ms, doctor.consult_ms, doctor.paid_ms, doctor.billed_ms) == (5_000, 30_000, 0, 0, 30_000)
    assert agent.wait_ms == 5_000 + 6_000, "what the caller waited while it rang outside is the call's"
    assert folded.record.talk_ms == 50_000


def test_case_09_who_is_asked_outside_is_consultation_of_the_agent_and_billed_from_the_answer() -> None:
    story = a_consultation()
    story.leaves(35, DOCTOR, CONSULT).joins(35, DOCTOR)
    story.leaves(35, story.leg(), CONSULT).hangs_up(35, story.leg(), by_phone=False).released(35, "anna", ReleaseReason.TALKED, 1)
    folded = outcome(over(story, 65), "case_09_attended_transfer_outside")
    agent, doctor = folded.lines
    assert (agent.talk_ms, agent.consult_ms, agent.billed_ms) == (15_000, 15_000, 15_000)
    assert (doctor.consult_ms, doctor.talk_ms, doctor.billed_ms) == (10_000, 30_000, 40_000)


def test_case_10_who_is_asked_in_vain_costs_what_they_were_on_the_line() -> None:
    story = a_consultation()
    story.leaves(35, DOCTOR, CONSULT).hangs_up(35, DOCTOR)
    story.leaves(35, story.leg(), CONSULT).joins(35, story.leg())
    story.leaves(65, CALLER).hangs_up(65, CALLER).leaves(65, story.leg()).hangs_up(65, story.leg(), by_phone=False)
    folded = outcome(story.released(65, "anna", ReleaseReason.TALKED, 1).ends(65))
    agent, doctor = folded.lines
    assert (agent.talk_ms, agent.consult_ms) == (15_000 + 30_000, 15_000)
    assert (doctor.consult_ms, doctor.talk_ms, doctor.billed_ms) == (10_000, 0, 10_000)


def test_case_11_a_conference_with_somebody_outside_is_the_agents_talk_once() -> None:
    story = a_consultation()
    for leg, left in ((CALLER, None), (story.leg(), CONSULT), (DOCTOR, CONSULT)):
        story.leaves(35, leg, left).joins(35, leg, CONFERENCE)
    story.leaves(55, DOCTOR, CONFERENCE).hangs_up(55, DOCTOR)
    for leg in (CALLER, story.leg()):
        story.leaves(55, leg, CONFERENCE).joins(55, leg)
    story.leaves(65, CALLER).hangs_up(65, CALLER).leaves(65, story.leg()).hangs_up(65, story.leg(), by_phone=False)
    folded = outcome(story.released(65, "anna", ReleaseReason.TALKED, 1).ends(65))
    agent, doctor = folded.lines
    assert (agent.talk_ms, agent.conference_ms, agent.billed_ms) == (15_000 + 30_000, 0, 45_000)
    assert (doctor.talk_ms, doctor.billed_ms) == (20_000, 30_000)
    assert folded.record.talk_ms == 45_000


@pytest.mark.parametrize("cause", [HangupCause.BUSY, HangupCause.NO_ANSWER, HangupCause.UNALLOCATED])
def test_case_03_nobody_outside_is_an_attempt_of_nothing(cause: HangupCause) -> None:
    story = dialled(a_talk(), 25)
    story.leaves(25, story.leg()).hangs_up(25, story.leg(), by_phone=False).released(25, "anna", ReleaseReason.TALKED, 1)
    story.hangs_up(31, DOCTOR, cause=cause).hangs_up(33, CALLER).ends(33)
    folded = outcome(story)
    doctor = folded.lines[1]
    assert (doctor.attempts, doctor.ring_ms, doctor.talk_ms, doctor.billed_ms) == (1, 5_000, 0, 0)
