"""An agent who hears nothing, though the switch sees nothing wrong: the line is lost by their word, and rung anew."""

import pytest

from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import HangUp
from telephony.deaf_lines import RingAnewRequested
from telephony.errors import RefusalCode
from telephony.events import AgentLost, HoldRequested, LegHeld
from telephony.identifiers import AgentId, CallId
from telephony.transfers import ConsultRequested
from tests.unit.telephony.scene import Scene, a_directory

ANNA, BEN = AgentId("anna"), AgentId("ben")


def asked(scene: Scene, call_id: CallId, agent_id: AgentId = ANNA) -> None:
    scene.happens(RingAnewRequested(call_id=call_id, agent_id=agent_id, by="user-anna"))


def a_talk(*others: str) -> tuple[Scene, CallId]:
    scene = Scene(a_directory("anna", *others)).on_duty("anna", *others)
    call_id = scene.a_caller()
    scene.answers(call_id)
    return scene, call_id


def test_the_leg_ends_as_lost_the_caller_stays_and_the_same_phone_rings_anew() -> None:
    scene, call_id = a_talk()
    asked(scene, call_id)
    assert scene.refusal is None
    (hang_up,) = scene.commands
    assert isinstance(hang_up, HangUp)
    assert (hang_up.leg_id, hang_up.cause) == (scene.leg(call_id), HangupCause.MEDIA_LOST)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.done() == ["StopMusic", "StartMusic", "RingEndpoint"]
    assert [event.agent_id for event in scene.events if isinstance(event, AgentLost)] == [ANNA]
    scene.answers(call_id, 2)
    assert scene.turn.agents[ANNA].state is AgentState.TALKING
    assert scene.turn.calls[call_id].state is CallState.TALKING


def test_said_twice_it_ends_one_leg_and_never_the_next() -> None:
    scene, call_id = a_talk()
    asked(scene, call_id)
    asked(scene, call_id)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.leg(call_id)]
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    asked(scene, call_id)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE


@pytest.mark.parametrize("way", ["rings", "held", "held at the phone", "consults"])
def test_only_in_a_plain_talk_can_silence_be_a_fault(way: str) -> None:
    scene, call_id = a_talk("ben")
    if way == "rings":
        call_id = scene.a_caller("second")
    elif way == "held":
        scene.happens(HoldRequested(call_id=call_id, agent_id=ANNA))
    elif way == "held at the phone":
        scene.happens(LegHeld(leg_id=scene.leg(call_id)))
    else:
        scene.happens(ConsultRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN))
    asked(scene, call_id, BEN if way == "rings" else ANNA)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE
    assert scene.done() == []


def test_nobody_has_another_agent_rung_anew() -> None:
    scene, call_id = a_talk()
    asked(scene, call_id, BEN)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NOT_YOUR_CALL
