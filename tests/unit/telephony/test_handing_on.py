"""Callers handed on without a consultation, and parked: to a colleague, to a project, and back."""

from dataclasses import replace

import pytest

from routing.directory import Directory, Project
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import JoinBridge, RingEndpoint
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReleased,
    AgentReserved,
    AvailableRequested,
    CallEnded,
    CallQueuedAgain,
    EndpointChanged,
    HoldRequested,
    LegJoined,
    PauseRequested,
)
from telephony.identifiers import AgentId, CallId, ClientId, EndpointId, ProjectId
from telephony.transfers import CallMoved, CallParked, ParkRequested, PickUpRequested, TransferRequested
from tests.unit.telephony.scene import NORD, Scene, a_directory

ANNA, BEN = AgentId("anna"), AgentId("ben")
SUED = ProjectId("sued")


def with_sued(directory: Directory) -> Directory:
    """A second project, which Ben alone may serve."""
    sued = Project(project_id=SUED, client_id=ClientId("c2"), name="Projekt Süd", music="sued", wait_limit_ms=60_000)
    ben = replace(directory.agents[BEN], certificates=frozenset({NORD, SUED}))
    return replace(directory, projects={**directory.projects, SUED: sued}, agents={**directory.agents, BEN: ben})


def a_talk(scene: Scene) -> CallId:
    """Anna has a caller; whoever is on duty beside her came later."""
    scene.on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    return call_id


def to_ben(call_id: CallId) -> TransferRequested:
    return TransferRequested(call_id=call_id, agent_id=ANNA, to_agent_id=BEN)


def test_a_transfer_rings_the_colleague_and_frees_the_agent() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(to_ben(call_id))
    assert scene.refusal is None
    assert scene.said() == ["TransferRequested", "CallQueuedAgain", "AgentReserved"]
    assert scene.done() == ["HangUp", "StartMusic", "MarkWaiting", "RingEndpoint"]
    assert scene.turn.calls[call_id].state is CallState.ALERTING
    assert scene.turn.agents[BEN].state is AgentState.RESERVED
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    assert [type(e) for e in scene.events if isinstance(e, AgentReleased)] == [AgentReleased]
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    scene.answers(call_id, 2)
    call = scene.turn.calls[call_id]
    joins = [command for command in scene.commands if isinstance(command, JoinBridge)]
    assert [join.leg_ids for join in joins] == [(scene.leg(call_id, 2),)], "the caller's leg stayed where it was"
    assert call.state is CallState.TALKING
    assert call.bond is not None
    assert call.bond.agent_id == BEN
    assert scene.turn.agents[BEN].state is AgentState.TALKING


def test_a_colleague_who_does_not_answer_gives_the_caller_back_to_who_is_in_wrap_up() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(to_ben(call_id))
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.REJECTED)
    assert [e for e in scene.events if isinstance(e, CallQueuedAgain)] == [
        CallQueuedAgain(call_id=call_id, goes_first=True, prefers=ANNA)
    ]
    assert [e.agent_id for e in scene.events if isinstance(e, AgentReserved)] == [ANNA]
    assert [c.leg_id for c in scene.commands if isinstance(c, RingEndpoint)] == [scene.leg(call_id, 3)]
    scene.answers(call_id, 3)
    assert scene.turn.agents[ANNA].state is AgentState.TALKING
    assert scene.turn.agents[BEN].state is AgentState.AVAILABLE


def test_an_agent_who_has_another_call_does_not_get_the_caller_back() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(to_ben(call_id))
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.happens(AvailableRequested(agent_id=ANNA))
    other = scene.a_caller("second")
    assert scene.turn.calls[other].bond is not None
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.BUSY)
    call = scene.turn.calls[call_id]
    assert call.state is CallState.QUEUED
    assert call.goes_first


def test_an_agent_who_paused_after_the_transfer_does_not_get_the_caller_back() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(PauseRequested(agent_id=ANNA, pause_reason="lunch"))
    scene.happens(to_ben(call_id))
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.BUSY)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    assert scene.turn.agents[ANNA].wants_pause == "lunch", "and the wrap-up goes on"


@pytest.mark.parametrize("why", ["off duty", "paused", "unreachable", "busy", "not certified", "self", "nobody"])
def test_a_colleague_who_cannot_have_the_caller_is_refused_and_nothing_changes(why: str) -> None:
    directory = a_directory()
    if why == "not certified":
        ben = replace(directory.agents[BEN], certificates=frozenset())
        directory = replace(directory, agents={**directory.agents, BEN: ben})
    scene = Scene(directory)
    call_id = a_talk(scene)
    if why != "off duty":
        scene.on_duty("ben")
    if why == "paused":
        scene.happens(PauseRequested(agent_id=BEN, pause_reason="lunch"))
    if why == "busy":
        scene.a_caller("second")
    if why == "unreachable":
        scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-ben"), is_reachable=False))
    before = scene.turn.calls[call_id]
    to = {"self": ANNA, "nobody": AgentId("zoe")}.get(why, BEN)
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_agent_id=to))
    expected = {
        "self": RefusalCode.NO_SUCH_AGENT,
        "nobody": RefusalCode.NO_SUCH_AGENT,
        "not certified": RefusalCode.AGENT_NOT_ELIGIBLE,
    }
    assert scene.refusal is not None
    assert scene.refusal.code is expected.get(why, RefusalCode.AGENT_NOT_AVAILABLE)
    if scene.refusal.code is RefusalCode.AGENT_NOT_AVAILABLE:
        told = {"off duty": "logged_out", "busy": "reserved", "unreachable": "phone_unreachable"}.get(why, why)
        assert scene.refusal.facts == {"agent": BEN, "state": told}
    assert scene.commands == []
    assert scene.said() == ["RequestRefused"]
    assert scene.turn.calls[call_id] == before


def test_the_caller_of_another_agent_cannot_be_handed_on() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(TransferRequested(call_id=call_id, agent_id=BEN, to_agent_id=ANNA))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NOT_YOUR_CALL


def test_a_caller_on_hold_is_handed_on_without_more_music() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(HoldRequested(call_id=call_id, agent_id=ANNA))
    scene.happens(to_ben(call_id))
    assert scene.done() == ["HangUp", "MarkWaiting", "RingEndpoint"]


def test_a_caller_who_hangs_up_while_the_colleague_rings_frees_both() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(to_ben(call_id))
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    assert call_id in scene.turn.calls
    scene.hangs_up(scene.leg(call_id, 2), by_phone=False)
    assert call_id in scene.turn.calls, "the first agent's leg is not gone yet"
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    assert any(isinstance(event, CallEnded) for event in scene.events)
    assert scene.turn.agents[BEN].state is AgentState.AVAILABLE
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP


def test_an_end_that_nobody_reports_is_asked_for_again_while_the_call_goes_on() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(to_ben(call_id))
    scene.answers(call_id, 2)
    scene.later(11_000)
    assert scene.turn.calls[call_id].state is CallState.TALKING
    assert scene.done() == ["HangUp"]
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    assert scene.turn.calls[call_id].end_overdue_at is None


def test_a_transfer_to_a_project_puts_the_caller_where_the_waiting_time_belongs() -> None:
    scene = Scene(with_sued(a_directory()))
    call_id = a_talk(scene)
    scene.later(300_000)
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_project_id=SUED))
    call = scene.turn.calls[call_id]
    moved = next(event for event in scene.events if isinstance(event, CallMoved))
    assert call.state is CallState.QUEUED
    assert call.terms is not None
    assert (call.terms.project_id, call.goes_first) == (SUED, False)
    assert scene.now - moved.waiting_since < 10_000_000, "five minutes of conversation are no waiting"
    assert scene.turn.floor.waiting_in(SUED) == 1
    assert scene.turn.floor.waiting_in(NORD) == 0
    scene.on_duty("ben")
    reserved = [event for event in scene.events if isinstance(event, AgentReserved)]
    assert [(event.agent_id, event.project_id) for event in reserved] == [(BEN, SUED)]


def test_a_transfer_to_a_project_nobody_has_is_refused() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_project_id=SUED))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NO_SUCH_PROJECT


def test_a_parked_caller_is_picked_up_by_whom_asks() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(ParkRequested(call_id=call_id, agent_id=ANNA))
    parked = next(event for event in scene.events if isinstance(event, CallParked))
    assert parked.slot == 1
    assert scene.turn.calls[call_id].state is CallState.PARKED
    assert scene.done() == ["HangUp", "StartMusic", "MarkWaiting"]
    assert scene.turn.agents[BEN].state is AgentState.AVAILABLE, "routing offers no parked caller"
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.happens(PickUpRequested(call_id=call_id, agent_id=BEN))
    assert scene.refusal is None
    scene.answers(call_id, 2)
    assert scene.turn.agents[BEN].state is AgentState.TALKING
    assert scene.turn.calls[call_id].slot is None


def test_a_parked_caller_whom_nobody_wants_goes_back_to_who_parked_them() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(ParkRequested(call_id=call_id, agent_id=ANNA))
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.happens(AvailableRequested(agent_id=ANNA))
    scene.later(61_000)
    call = scene.turn.calls[call_id]
    assert call.bond is not None
    assert call.bond.agent_id == ANNA
    scene.hangs_up(scene.leg(call_id, 2), HangupCause.NO_ANSWER)
    assert scene.turn.calls[call_id].bond is not None
    assert scene.turn.calls[call_id].bond.agent_id == BEN, "then whoever is next"


def test_a_caller_who_comes_back_from_parking_is_not_turned_away_by_a_full_queue() -> None:
    rule = OverflowRule(reason=OverflowReason.QUEUE_LENGTH, target=OverflowTarget.MACHINE, limit=1)
    scene = Scene(a_directory("anna", overflow=(rule,)))
    call_id = a_talk(scene)
    waiting = scene.a_caller("second")
    scene.happens(PauseRequested(agent_id=ANNA, pause_reason="lunch"))
    scene.happens(ParkRequested(call_id=call_id, agent_id=ANNA))
    scene.hangs_up(scene.leg(call_id, 1), by_phone=False)
    scene.later(61_000)
    assert scene.turn.calls[waiting].state is CallState.QUEUED
    assert scene.turn.calls[call_id].state is CallState.QUEUED


def test_two_parked_callers_have_two_numbers() -> None:
    scene = Scene()
    first = a_talk(scene)
    scene.on_duty("ben")
    second = scene.a_caller("second")
    scene.answers(second)
    scene.happens(ParkRequested(call_id=first, agent_id=ANNA))
    scene.happens(ParkRequested(call_id=second, agent_id=BEN))
    assert [scene.turn.calls[call].slot for call in (first, second)] == [1, 2]


def test_nobody_picks_up_a_caller_who_is_not_parked() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(PickUpRequested(call_id=call_id, agent_id=BEN))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE
    assert scene.turn.agents[BEN].state is AgentState.AVAILABLE


def test_the_callers_leg_is_where_the_word_of_its_bridge_says() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    call = scene.turn.calls[call_id]
    assert call.caller.bridge_id == call.bridge_id
    scene.happens(LegJoined(leg_id=call.caller.leg_id, bridge_id=call.bridge_id))
    assert scene.turn.calls[call_id].caller.is_in_bridge


def test_who_takes_a_handed_on_call_is_connected_once() -> None:
    scene = Scene()
    call_id = a_talk(scene)
    scene.on_duty("ben")
    scene.happens(to_ben(call_id))
    scene.answers(call_id, 2)
    assert [event.agent_id for event in scene.events if isinstance(event, AgentConnected)] == [BEN]
