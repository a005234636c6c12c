"""Phones and lines that die, and what is told of a call that is over."""

from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.events import (
    CallQueuedAgain,
    EndpointChanged,
)
from telephony.identifiers import AgentId, EndpointId
from tests.unit.telephony.scene import Scene

ANNA = AgentId("anna")


def test_a_phone_that_vanishes_while_it_rings_is_unreachable_and_the_call_goes_on() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    assert scene.done() == ["HangUp"]
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert scene.turn.calls[call_id].bond is not None
    assert scene.turn.calls[call_id].bond.agent_id == "ben"


def test_an_agent_whose_phone_is_gone_is_offered_nothing_until_it_is_back() -> None:
    scene = Scene().on_duty("anna")
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    call_id = scene.a_caller()
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=True))
    assert scene.turn.calls[call_id].state is CallState.ALERTING


def test_a_lost_line_keeps_the_caller_and_rings_the_same_agent_again() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.done() == ["StopMusic", "StartMusic", "RingEndpoint"]
    assert scene.turn.agents[ANNA].state is AgentState.RECOVERING
    scene.answers(call_id, 2)
    assert scene.done() == ["StopMusic", "JoinBridge", "MarkWaiting"]
    assert scene.turn.agents[ANNA].state is AgentState.TALKING


def test_a_line_that_stays_lost_gives_the_caller_to_the_head_of_the_queue() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.a_caller("second")
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.CONGESTION, by_phone=False)
    scene.later(20_000)
    attempt = scene.turn.calls[call_id].agent_legs
    scene.hangs_up(scene.leg(call_id, attempt), by_phone=False)
    queued = [event for event in scene.events if isinstance(event, CallQueuedAgain)]
    assert queued == [CallQueuedAgain(call_id=call_id, goes_first=True)]
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    scene.on_duty("ben")
    assert scene.turn.calls[call_id].state is CallState.ALERTING


def test_a_phone_that_registers_anew_during_recovery_is_rung_there_at_once() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=True))
    assert scene.done() == ["HangUp"]
    scene.hangs_up(scene.leg(call_id, 2), by_phone=False)
    assert scene.done() == ["RingEndpoint"]


def test_a_goodbye_whose_reason_names_a_fault_is_a_lost_line() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.TEMPORARY_FAILURE, by_phone=True)
    assert scene.turn.calls[call_id].state is CallState.RECOVERING


def test_an_attempt_that_is_due_while_the_phone_rings_already_is_not_made() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.CONGESTION, by_phone=False)
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=True))
    assert scene.done() == ["RingEndpoint"]
    scene.later(3_000)
    assert scene.turn.calls[call_id].agent_legs == 3
