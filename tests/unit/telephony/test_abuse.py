"""The button against abuse: the call ends at once, for a reason of its own, and only who talks with the caller can press it."""

from telephony.abuse import AbusiveCallEnded
from telephony.agent.model import AgentState
from telephony.causes import EndReason, ReleaseReason
from telephony.errors import RefusalCode
from telephony.events import AgentReleased, CallEnded, HoldRequested
from telephony.identifiers import AgentId, CallId
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
