"""A caller asks to be called back by keys, hangs up, keeps the place, and is called when an agent is on the line."""

from telephony.call.model import CallState
from telephony.callback import CallbackAgreed
from telephony.causes import EndReason, HangupCause
from telephony.commands import (
    AskPermission,
    DialOutside,
    DialplanEntry,
    HandToDialplan,
    HangUp,
    JoinBridge,
    ReadNumberBack,
    RingEndpoint,
)
from telephony.dialling import DialPermitted, DialPurpose
from telephony.events import (
    AgentConnected,
    AgentReleased,
    HangUpRequested,
    LegAnswered,
)
from telephony.identifiers import AgentId, LegId
from tests.unit.telephony.callback_story import MINUTE_MS, PERMIT, Asked
from tests.unit.telephony.scene import NORD


def test_the_question_names_the_callers_party_and_no_agent_gets_them_meanwhile() -> None:
    scene = Asked()
    assert scene.said()[-2:] == ["CallOverflowed", "CallbackOffered"]
    (read,) = [command for command in scene.commands if isinstance(command, ReadNumberBack)]
    assert (read.party_id, read.leg_id, read.digits) == ("caller", "caller", "")
    assert scene.call.state is CallState.CONFIRMING
    assert scene.turn.floor.waiting_in(NORD) == 0
    scene.on_duty("anna")
    assert scene.call.state is CallState.CONFIRMING


def test_who_agrees_hears_goodbye_and_keeps_the_place_with_all_they_have_waited() -> None:
    scene = Asked()
    scene.presses("1")
    (agreed,) = [event for event in scene.events if isinstance(event, CallbackAgreed)]
    assert (agreed.party_id, agreed.number, agreed.attempts) == ("caller", None, 2)
    (handed,) = [command for command in scene.commands if isinstance(command, HandToDialplan)]
    assert handed.entry is DialplanEntry.CALLBACK
    scene.hangs_up(LegId("caller"))
    call = scene.call
    assert (call.state, call.waiting_since, call.end_reason) == (CallState.PLACE_KEPT, scene.since, None)
    assert [(w.call_id, w.waiting_since) for w in scene.turn.floor.waiting] == [(scene.call_id, scene.since)]


def test_the_virtual_call_goes_before_a_caller_on_the_line_who_came_later() -> None:
    scene = Asked().agrees_and_hangs_up()
    later = scene.a_caller("later")
    scene.on_duty("anna")
    assert scene.call.state is CallState.CALLING_AGENT
    assert scene.turn.calls[later].state is CallState.QUEUED


def test_the_agent_is_rung_first_and_told_that_it_is_a_callback() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert ring.caller_leg_id is None
    assert ring.display_name == "Rückruf Projekt Nord"
    scene.agent_takes()
    (asked,) = [command for command in scene.commands if isinstance(command, AskPermission)]
    assert (asked.purpose, asked.agent_id, asked.leg_id, asked.party_id) == (
        DialPurpose.CALLBACK,
        "anna",
        scene.callee(),
        "caller",
    )
    assert asked.rests_on is not None
    assert not any(isinstance(event, AgentConnected) for event in scene.events)
    scene.desk_permits()
    (dial,) = [command for command in scene.commands if isinstance(command, DialOutside)]
    assert (dial.leg_id, dial.caller_leg_id, dial.timeout_ms) == (scene.callee(), scene.leg(scene.call_id), 25_000)


def talking() -> Asked:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    scene.happens(LegAnswered(leg_id=scene.callee()))
    return scene


def test_who_answers_hears_the_agent_at_once_and_the_call_goes_on_like_any_other() -> None:
    scene = talking()
    (join,) = [command for command in scene.commands if isinstance(command, JoinBridge)]
    assert set(join.leg_ids) == {scene.leg(scene.call_id), scene.callee()}
    assert scene.said() == ["LegAnswered", "AgentConnected"]
    assert scene.call.state is CallState.TALKING
    scene.hangs_up(scene.callee())
    scene.hangs_up(scene.leg(scene.call_id), by_phone=False)
    assert scene.ended_as() is EndReason.CALLER_HUNG_UP
    (released,) = [event for event in scene.events if isinstance(event, AgentReleased)]
    assert released.has_talked


def test_a_conversation_ends_with_the_permits_time() -> None:
    scene = talking()
    scene.later(60 * MINUTE_MS)
    assert {command.leg_id for command in scene.commands if isinstance(command, HangUp)} == {
        scene.callee(),
        scene.leg(scene.call_id),
    }
    assert scene.call.end_reason is EndReason.ENDED_BY_US


def test_a_caller_called_back_whose_agent_is_lost_is_kept_and_the_same_agent_rung_again() -> None:
    scene = talking()
    scene.hangs_up(scene.leg(scene.call_id), HangupCause.MEDIA_LOST, by_phone=False)
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert ring.caller_leg_id == scene.callee()
    assert ring.display_name == "Projekt Nord"
    assert scene.call.state is CallState.RECOVERING


def test_one_in_vain_rests_off_the_floor_and_is_tried_again_under_another_leg() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    scene.hangs_up(scene.callee(), HangupCause.BUSY)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.leg(scene.call_id)]
    assert scene.call.state is CallState.STEPPING_BACK
    scene.agent_gone()
    assert scene.said()[:3] == ["LegHungUp", "AgentReleased", "CallbackRested"]
    (released,) = [event for event in scene.events if isinstance(event, AgentReleased)]
    assert (released.reason, released.has_talked) == ("abandoned", False)
    assert (scene.call.state, scene.turn.floor.waiting_in(NORD)) == (CallState.RESTING, 0)
    scene.later(10 * MINUTE_MS)
    assert scene.call.state is CallState.CALLING_AGENT
    scene.agent_takes(2)
    scene.desk_permits()
    (dial,) = [command for command in scene.commands if isinstance(command, DialOutside)]
    assert dial.leg_id == scene.callee(2)
    scene.hangs_up(scene.callee(2), HangupCause.NO_ANSWER)
    scene.agent_gone(2)
    assert scene.ended_as() is EndReason.CALLBACK_UNREACHED


def test_a_number_nobody_has_is_not_tried_twice() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    scene.hangs_up(scene.callee(), HangupCause.UNALLOCATED)
    scene.agent_gone()
    assert scene.ended_as() is EndReason.CALLBACK_UNREACHED


def test_a_phone_outside_that_rings_too_long_is_let_go_and_the_attempt_counts() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    scene.later(28_000)
    assert scene.call.state is CallState.STEPPING_BACK
    scene.agent_gone()
    assert scene.call.state is CallState.STEPPING_BACK
    scene.hangs_up(scene.callee(), by_phone=False)
    assert scene.call.state is CallState.RESTING
    assert scene.call.callee is not None
    assert scene.call.callee.attempts == 1


def test_a_caller_on_a_do_not_call_list_is_never_dialled_and_the_call_ends() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_refuses("on_do_not_call_list")
    assert not any(isinstance(command, DialOutside) for command in scene.commands)
    scene.agent_gone()
    assert scene.ended_as() is EndReason.CALLBACK_REFUSED


def test_a_refusal_that_passes_is_asked_again_after_a_rest_and_under_a_new_leg() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_refuses("dialling_unavailable")
    scene.agent_gone()
    assert scene.call.state is CallState.RESTING
    scene.later(10 * MINUTE_MS)
    scene.agent_takes(2)
    assert scene.call.dial is not None
    assert scene.call.dial.leg_id == scene.callee(2)
    assert scene.call.callee is not None
    assert scene.call.callee.attempts == 0


def test_a_desk_that_never_answers_frees_the_agent_and_a_late_permit_dials_nobody() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    dial = scene.call.dial
    assert dial is not None
    scene.later(20_000)
    assert scene.call.state is CallState.STEPPING_BACK
    late = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
    scene.happens(DialPermitted(call_id=scene.call_id, **late, **PERMIT))
    assert scene.commands == []
    scene.agent_gone()
    assert scene.call.state is CallState.RESTING


def test_an_agent_who_does_not_answer_costs_no_attempt_and_the_place_is_in_line_again_at_once() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.hangs_up(scene.leg(scene.call_id), HangupCause.BUSY)
    assert scene.said()[:3] == ["LegHungUp", "AgentReleased", "CallQueuedAgain"]
    assert scene.call.callee is not None
    assert (scene.call.callee.attempts, scene.call.waiting_since) == (0, scene.since)


def test_an_agent_who_hangs_up_while_it_rings_outside_stops_the_ringing_and_not_the_promise() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    scene.hangs_up(scene.leg(scene.call_id))
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.callee()]
    scene.hangs_up(scene.callee(), by_phone=False)
    assert scene.call.state is CallState.RESTING


def test_an_agents_own_hang_up_by_the_desktop_is_the_same_and_a_supervisors_ends_the_call() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=AgentId("anna")))
    assert scene.refusal is None
    scene.agent_gone()
    assert scene.call.state in (CallState.PLACE_KEPT, CallState.CALLING_AGENT)


def test_a_supervisor_cancels_a_callback_that_waits() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=None))
    assert scene.refusal is None
    assert scene.ended_as() is EndReason.ENDED_BY_US
    assert scene.turn.floor.waiting_in(NORD) == 0


def test_a_supervisor_cancels_a_callback_that_rests_or_is_tried() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    scene.desk_permits()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=None))
    scene.hangs_up(scene.callee(), by_phone=False)
    scene.agent_gone()
    assert scene.ended_as() is EndReason.ENDED_BY_US
    other = Asked().agrees_and_hangs_up()
    other.on_duty("anna")
    other.agent_takes()
    other.desk_refuses("cost_cap_reached")
    other.agent_gone()
    assert other.call.state is CallState.RESTING
    other.happens(HangUpRequested(call_id=other.call_id, agent_id=None))
    assert other.ended_as() is EndReason.ENDED_BY_US


def test_a_callback_nobody_gets_to_expires() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.later(120 * MINUTE_MS)
    assert scene.ended_as() is EndReason.CALLBACK_EXPIRED


def test_one_that_expires_while_it_is_tried_ends_when_the_attempt_is_over() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.later(120 * MINUTE_MS - 10_000)
    scene.on_duty("anna")
    scene.agent_takes()
    scene.later(15_000)
    assert scene.call.state is CallState.CALLING_OUT
    scene.desk_refuses("dialling_unavailable")
    scene.agent_gone()
    assert scene.ended_as() is EndReason.CALLBACK_EXPIRED
