"""Commands whose answer never came: they may have taken effect."""

from telephony.call.model import CallState
from telephony.commands import FailureReason
from telephony.events import CommandFailed
from telephony.identifiers import bridge_id
from tests.unit.telephony.scene import Scene


def test_a_talk_whose_joining_was_not_answered_goes_on() -> None:
    scene = Scene().on_duty()
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(CommandFailed(command="JoinBridge", reason=FailureReason.TIMED_OUT, bridge_id=bridge_id(call_id)))
    assert scene.turn.calls[call_id].state is CallState.TALKING
    assert scene.commands == []
