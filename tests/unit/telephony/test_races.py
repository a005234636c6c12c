"""What crosses on the wire, comes twice or never comes: the call still goes on, and nobody is left over."""

from dataclasses import replace as changed

import pytest

from routing.directory import Directory
from routing.share import InvalidWeights
from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import HangUp, MarkWaiting
from telephony.engine.ports import LegSeen
from telephony.events import (
    AgentTimerFired,
    CallTurnedAway,
    CommandFailed,
    EndpointChanged,
    LegAnswered,
    LegHungUp,
    LogOutRequested,
)
from telephony.identifiers import AgentId, CallId, EndpointId, SwitchName
from tests.unit.telephony.scene import NORD, Scene, a_directory

ANNA = AgentId("anna")


def a_call_whose_agent_registers_anew(scene: Scene) -> CallId:
    """The line is lost, the phone rings again at its old place, and is being called off there."""
    call_id = scene.on_duty("anna").a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=True))
    assert scene.done() == ["HangUp"]
    return call_id


def test_an_answer_that_crosses_our_hang_up_at_the_old_place_leaves_nobody_in_silence() -> None:
    scene = Scene()
    call_id = a_call_whose_agent_registers_anew(scene)
    scene.happens(LegAnswered(leg_id=scene.leg(call_id, 2)))
    assert scene.turn.calls[call_id].state is CallState.RECOVERING
    scene.hangs_up(scene.leg(call_id, 2), by_phone=False)
    assert scene.done() == ["RingEndpoint"]
    scene.answers(call_id, 3)
    assert scene.turn.agents[ANNA].state is AgentState.TALKING


def test_a_caller_given_back_by_a_bridge_that_refused_waits_for_the_watchdog_too() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    call = scene.turn.calls[call_id]
    scene.happens(CommandFailed(command="JoinBridge", reason="refused", bridge_id=call.bridge_id))
    marks = [command.is_waiting for command in scene.commands if isinstance(command, MarkWaiting)]
    assert marks == [True]


def test_whoever_was_in_conversation_is_not_sent_to_the_machine_for_the_time_they_talked() -> None:
    scene = Scene(a_directory(wait_limit_ms=60_000)).on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(LogOutRequested(agent_id=ANNA))
    scene.later(600_000)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.CONGESTION, by_phone=False)
    scene.later(20_000)
    attempt = scene.turn.calls[call_id].agent_legs
    scene.hangs_up(scene.leg(call_id, attempt), by_phone=False)
    scene.later(59_000)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.later(2_000)
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def test_a_cancelled_leg_whose_end_nobody_reports_is_asked_for_again_and_the_caller_goes_on() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    assert scene.turn.calls[call_id].state is CallState.RETURNING
    scene.now = type(scene.now)(scene.now + 10_000_000)
    due = [event for at, event in scene.turn.due_now() if at <= scene.now]
    assert len(due) == 1
    scene.happens(due[0])
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.leg(call_id)]
    scene.happens(CommandFailed(command="HangUp", reason="gone", leg_id=scene.leg(call_id)))
    bond = scene.turn.calls[call_id].bond
    assert bond is not None
    assert bond.agent_id == "ben"
    assert scene.turn.calls[call_id].end_overdue_at is None


def test_a_directory_that_cannot_be_used_changes_nothing_at_all() -> None:
    scene = Scene()
    before = scene.turn.directory
    nord = changed(before.projects[NORD], weights=(0.0, 1.0, 2.0))
    with pytest.raises(InvalidWeights):
        scene.turn.use(changed(before, revision=2, projects={NORD: nord}))
    assert scene.turn.directory is before


def without_nord(directory: Directory) -> Directory:
    return changed(directory, revision=2, projects={}, numbers={})


def test_an_agent_deactivated_in_a_call_finishes_it_and_is_offered_no_other() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    anna = changed(scene.turn.directory.agents[ANNA], is_active=False)
    scene.turn.use(changed(scene.turn.directory, revision=2, agents={ANNA: anna}))
    waiting = scene.a_caller("second")
    scene.hangs_up(scene.leg(call_id))
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    scene.later(60_000)
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE
    assert scene.turn.calls[waiting].state is CallState.QUEUED


def test_an_agent_who_lost_the_certificate_while_the_phone_rings_keeps_that_call_only() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    anna = changed(scene.turn.directory.agents[ANNA], certificates=frozenset())
    scene.turn.use(changed(scene.turn.directory, revision=2, agents={ANNA: anna}))
    scene.answers(call_id)
    assert scene.turn.agents[ANNA].state is AgentState.TALKING
    scene.hangs_up(scene.leg(call_id))
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    scene.later(60_000)
    assert scene.turn.calls[scene.a_caller("second")].state is CallState.QUEUED


def test_a_number_that_moves_to_another_project_moves_no_call_that_waits() -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.turn.use(without_nord(scene.turn.directory))
    terms = scene.turn.calls[call_id].terms
    assert terms is not None
    assert terms.project_id == NORD
    assert scene.a_caller("second") not in scene.turn.calls or "CallTurnedAway" in scene.said()
    assert any(isinstance(event, CallTurnedAway) for event in scene.events)


def test_log_out_while_the_phone_rings_lets_the_offer_end_first() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LogOutRequested(agent_id=ANNA))
    scene.happens(LegHungUp(leg_id=scene.leg(call_id), cause=HangupCause.NO_ANSWER, by_phone=True))
    assert ANNA not in scene.turn.agents
    assert scene.turn.calls[call_id].state is CallState.QUEUED


def test_a_phone_at_one_switch_is_not_gone_because_another_does_not_know_it() -> None:
    scene = Scene().on_duty("anna")
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False), switch=SwitchName("other"))
    assert scene.turn.calls[scene.a_caller()].state is CallState.ALERTING


def test_a_rest_that_an_adopted_leg_cuts_short_does_not_end_the_wrap_up() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.hangs_up(scene.leg(call_id), HangupCause.NO_ANSWER)
    assert scene.turn.agents[ANNA].rest_until is not None
    seen = LegSeen(
        leg_id=scene.leg(call_id, 2),
        is_answered=False,
        created_at=scene.now,
        bridge_id=None,
        arrived=None,
        endpoint_id=EndpointId("phone-anna"),
    )
    reserved = scene.turn.reservation_for(call_id, seen)
    assert reserved is not None
    scene.happens(reserved)
    assert scene.turn.agents[ANNA].rest_until is None
    assert not [event for _, event in scene.turn.due_now() if isinstance(event, AgentTimerFired)]


@pytest.mark.parametrize("reason", ["disconnected", "timed_out"])
def test_nobody_else_is_rung_while_the_first_phone_may_still_ring(reason: str) -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(CommandFailed(command="RingEndpoint", reason=reason, leg_id=scene.leg(call_id)))
    assert scene.commands == []
    assert scene.turn.calls[call_id].state is CallState.ALERTING
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    assert scene.turn.agents[ANNA].state is AgentState.TALKING


def test_a_phone_the_switch_was_never_told_to_ring_is_no_miss() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(CommandFailed(command="RingEndpoint", reason="untold", leg_id=scene.leg(call_id)))
    assert scene.turn.agents[ANNA].misses == 0
    bond = scene.turn.calls[call_id].bond
    assert bond is not None
    assert bond.agent_id == "ben"
