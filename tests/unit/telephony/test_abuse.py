"""The button against abuse: the call ends at once, for a reason of its own, and only who talks with the caller can press it."""

from telephony.abuse import AbusiveCallEnded
from telephony.agent.model import AgentState
from telephony.causes import EndReason, ReleaseReason
from telephony.errors import RefusalCode
from telephony.events import AgentReleased, CallEnded, HoldRequested, LegAnswered, LegJoined, LegRinging
from telephony.identifiers import AgentId, CallId, LegId
from telephony.transfers import ConferenceRequested, ConsultRequested
from tests.unit.telephony.scene import Scene, a_directory

ANNA, BEN = AgentId("anna"), AgentId("ben")


def pressed(scene: Scene, call_id: CallId, agent_id: AgentId = ANNA) -> None:
    scene.happens(AbusiveCallEnded(call_id=call_id, agent_id=agent_id, by="user-anna"))


def a_talk() -> tuple[Scene, CallId]:
    scene = Scene(a_directory("anna")).on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    return scene, call_id


def test_both_legs_end_and_the_reason_is_journaled() -> None:
    scene, call_id = a_talk()
    pressed(scene, call_id)
    assert scene.refusal is None
    assert scene.said()[0] == "AbusiveCallEnded"
    assert scene.done().count("HangUp") == 2
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    released = [event for event in scene.events if isinstance(event, AgentReleased)]
    assert [(each.reason, each.has_talked) for each in released] == [(ReleaseReason.TALKED, True)]
    assert (scene.turn.agents[ANNA].state, scene.turn.agents[ANNA].misses) == (AgentState.WRAP_UP, 0)
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id, by_phone=False)
    assert scene.events[-1] == CallEnded(call_id=call_id, end_reason=EndReason.ABUSE)


def test_a_caller_on_hold_can_be_sent_away_as_well() -> None:
    scene, call_id = a_talk()
    scene.happens(HoldRequested(call_id=call_id, agent_id=ANNA))
    pressed(scene, call_id)
    assert scene.refusal is None


def test_it_is_no_way_out_of_an_offer() -> None:
    scene = Scene(a_directory("anna")).on_duty("anna")
    call_id = scene.a_caller()
    pressed(scene, call_id)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE
    assert scene.done() == []


def test_nobody_elses_call_can_be_ended_so() -> None:
    scene, call_id = a_talk()
    pressed(scene, call_id, BEN)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NOT_YOUR_CALL


def a_conference(*, is_heard: bool) -> tuple[Scene, CallId]:
    scene = Scene(a_directory("anna", "ben")).on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.answers(call_id)
    first = scene.turn.calls[call_id].bond
    assert first is not None
    agent = first.agent_id
    other = BEN if agent == ANNA else ANNA
    scene.happens(ConsultRequested(call_id=call_id, agent_id=agent, by="x", to_agent_id=other))
    colleague = LegId(f"{call_id}.agent.2")
    scene.happens(LegRinging(leg_id=colleague))
    scene.happens(LegAnswered(leg_id=colleague))
    if is_heard:
        scene.happens(ConferenceRequested(call_id=call_id, agent_id=agent, by="x"))
        scene.happens(LegJoined(leg_id=colleague, bridge_id=scene.turn.calls[call_id].conference_bridge_id))
    return scene, call_id


def the_colleague(scene: Scene, call_id: CallId) -> AgentId:
    party = scene.turn.calls[call_id].colleague
    assert party is not None
    assert party.agent_id is not None
    return party.agent_id


def test_a_colleague_who_hears_the_caller_can_end_the_call_too_and_nobody_is_left_in_it() -> None:
    scene, call_id = a_conference(is_heard=True)
    pressed(scene, call_id, the_colleague(scene, call_id))
    assert scene.refusal is None
    assert scene.done().count("HangUp") == 3
    for leg in (LegId(f"{call_id}.agent.1"), LegId(f"{call_id}.agent.2"), scene.turn.calls[call_id].caller.leg_id):
        scene.hangs_up(leg, by_phone=False)
    assert scene.events[-1] == CallEnded(call_id=call_id, end_reason=EndReason.ABUSE)


def test_a_colleague_who_is_only_asked_cannot() -> None:
    scene, call_id = a_conference(is_heard=False)
    pressed(scene, call_id, the_colleague(scene, call_id))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE
