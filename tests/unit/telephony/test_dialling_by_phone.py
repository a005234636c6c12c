"""An agent's own phone dials somebody: its call becomes the agent's, or it hears why not."""

import pytest

from metering.fold import fold
from routing.outbound.rules import ProjectOutbound
from telephony.call.model import CallState
from telephony.causes import EndReason
from telephony.commands import DialOutside
from telephony.engine.turn import Turn
from telephony.events import LegAnswered, LegJoined
from tests.unit.telephony.dial_story import PHONE, Dialled


def test_the_phone_that_dials_is_answered_and_no_other_phone_rings() -> None:
    scene = Dialled(outbound=ProjectOutbound(dial_task="calls")).phone_dials()
    assert scene.said() == ["NumberDialled", "DialRequested", "CallPlaced", "AgentReserved"]
    assert scene.done() == ["CreateBridge", "AnswerLeg"]
    (call,) = scene.turn.calls.values()
    assert (call.callee and call.callee.rests_on.id, call.state) == ("calls", CallState.CALLING_AGENT)
    scene.call_id = call.call_id
    scene.happens(LegAnswered(leg_id=PHONE))
    assert scene.done() == ["JoinBridge", "IndicateRinging", "AskPermission"]
    scene.desk_permits()
    (dial,) = [command for command in scene.commands if isinstance(command, DialOutside)]
    assert dial.caller_leg_id == PHONE
    scene.happens(LegJoined(leg_id=PHONE, bridge_id=scene.call.bridge_id))
    scene.happens(LegAnswered(leg_id=scene.callee))
    scene.happens(LegJoined(leg_id=scene.callee, bridge_id=scene.call.bridge_id))
    scene.later(20_000)
    scene.hangs_up(PHONE)
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.ended_as() is EndReason.AGENT_HUNG_UP
    folded = fold(scene.call_id, scene.journal)
    assert folded is not None
    assert [line.agent_id for line in folded.lines] == ["anna", None]
    assert folded.lines[0].talk_ms > 19_000
    assert scene.hangs_up(PHONE).commands == []


def test_the_phone_names_the_project_by_its_code() -> None:
    scene = Dialled(outbound=ProjectOutbound(dial_task="calls", dial_code="81"))
    scene.phone_dials(dial_code="82")
    assert (scene.done(), scene.heard()) == (["PlayTone"], "fernamt/dial-no-reference")
    scene.phone_dials(dial_code="81")
    assert scene.done() == ["CreateBridge", "AnswerLeg"]


@pytest.mark.parametrize(
    ("outbound", "on_duty", "heard"),
    [
        (ProjectOutbound(), "anna", "fernamt/dial-no-reference"),
        (None, "anna", "fernamt/dial-no-reference"),
        (ProjectOutbound(dial_task="calls"), "ben", "fernamt/logged-out"),
    ],
)
def test_a_phone_that_may_not_call_hears_why(outbound: ProjectOutbound | None, on_duty: str, heard: str) -> None:
    scene = Dialled(on_duty, outbound=outbound).phone_dials()
    assert (scene.done(), scene.heard(), dict(scene.turn.calls)) == (["PlayTone"], heard, {})


def test_a_restart_finds_the_phone_that_dialled_in_its_call() -> None:
    scene = Dialled(outbound=ProjectOutbound(dial_task="calls")).phone_dials()
    scene.happens(LegAnswered(leg_id=PHONE))
    again = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=scene.ids, next_seq=1)
    again.restore(scene.journal)
    assert again.calls == scene.turn.calls
    assert again.registry.known_call(PHONE) == next(iter(scene.turn.calls))
