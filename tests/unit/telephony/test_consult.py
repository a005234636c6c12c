"""A colleague beside the agent: asked, given the caller, let go; and every line that can die meanwhile."""

from collections.abc import Callable

import pytest

from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import HangUp
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReleased,
    CallEnded,
    CallRequest,
    CommandFailed,
    EndpointChanged,
    HangUpRequested,
    LegAnswered,
)
from telephony.identifiers import AgentId, BridgeId, CallId, EndpointId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultAnswered,
    LeaveRequested,
    SwapRequested,
)
from tests.unit.telephony.consult_scene import ANNA, BEN, Consult, music


def test_a_consultation_rings_the_colleague_and_the_caller_hears_music() -> None:
    scene = Consult()
    scene.consult()
    assert scene.said() == ["ConsultRequested", "AgentReserved"]
    assert scene.done() == ["RingEndpoint", "CreateBridge", "JoinBridge", "IndicateRinging", "StartMusic"]
    assert scene.state is CallState.CONSULT_RINGING
    assert scene.together() == {"bridge": ["caller"], "consult.1": [scene.annas]}
    assert scene.of(BEN) is AgentState.RESERVED
    scene.bens_phone_rings()
    assert scene.of(BEN) is AgentState.ALERTING
    scene.happens(LegAnswered(leg_id=scene.bens))
    assert scene.done() == ["StopRinging", "JoinBridge"]
    assert scene.said() == ["LegAnswered", "ConsultAnswered"]
    scene.obeys()
    assert scene.together() == {"bridge": ["caller"], "consult.1": [scene.bens, scene.annas]}
    assert scene.of(ANNA) is scene.of(BEN) is AgentState.TALKING


def test_completed_the_colleague_has_the_caller_and_the_agent_wraps_up() -> None:
    scene = Consult().consulting()
    scene.asks(CompleteRequested)
    assert scene.done() == ["StopMusic", "JoinBridge", "HangUp", "DestroyBridge"]
    assert [e.agent_id for e in scene.events if isinstance(e, AgentConnected)] == [BEN]
    scene.legs_gone()
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.bens]}
    assert scene.of(ANNA) is AgentState.WRAP_UP
    scene.hangs_up(scene.callers)
    scene.legs_gone()
    assert scene.of(BEN) is AgentState.WRAP_UP
    assert scene.call_id not in scene.turn.calls


def test_completed_while_the_phone_rings_the_caller_waits_for_the_answer() -> None:
    scene = Consult()
    scene.consult()
    scene.bens_phone_rings()
    scene.asks(CompleteRequested)
    assert scene.state is CallState.ALERTING
    assert music(scene.commands) == [], "the music goes on"
    scene.legs_gone()
    scene.answers(scene.call_id, 2)
    assert scene.state is CallState.TALKING
    assert scene.of(BEN) is AgentState.TALKING
    assert scene.of(ANNA) is AgentState.WRAP_UP


def test_completed_while_it_rings_in_vain_the_caller_goes_back() -> None:
    scene = Consult()
    scene.consult()
    scene.asks(CompleteRequested)
    scene.legs_gone()
    scene.hangs_up(scene.bens, HangupCause.NO_ANSWER, by_phone=False)
    call = scene.turn.calls[scene.call_id]
    assert call.bond is not None
    assert call.bond.agent_id == ANNA


def test_cancelled_the_agent_is_back_with_the_caller_and_the_colleague_is_free() -> None:
    scene = Consult().consulting()
    scene.asks(CancelRequested)
    assert scene.together()["bridge"] == ["caller", scene.annas]
    scene.legs_gone()
    assert scene.state is CallState.TALKING
    assert scene.of(BEN) is AgentState.AVAILABLE, "who never had the caller has nothing to wrap up"
    assert scene.of(ANNA) is AgentState.TALKING


def test_cancelled_while_it_rings_the_colleague_has_missed_nothing() -> None:
    scene = Consult()
    scene.consult()
    scene.asks(CancelRequested)
    assert "StopRinging" in scene.done()
    scene.legs_gone()
    assert scene.turn.agents[BEN].misses == 0
    assert scene.turn.agents[BEN].rest_until is None
    assert scene.together() == {"bridge": ["caller", scene.annas]}


def test_back_and_forth_whoever_is_left_hears_music() -> None:
    scene = Consult().consulting()
    scene.asks(SwapRequested)
    assert scene.state is CallState.SWAPPED
    assert scene.together() == {"bridge": ["caller", scene.annas], "consult.1": [scene.bens]}
    assert music(scene.commands) == [("StopMusic", "caller"), ("StartMusic", scene.bens)]
    scene.asks(SwapRequested)
    assert scene.state is CallState.CONSULTING
    assert scene.together() == {"bridge": ["caller"], "consult.1": [scene.bens, scene.annas]}
    assert music(scene.commands) == [("StopMusic", scene.bens), ("StartMusic", "caller")]


def test_completed_from_the_caller_nobody_joins_a_talking_pair() -> None:
    scene = Consult().swapped()
    scene.asks(CompleteRequested)
    assert scene.done() == ["LeaveBridge", "StopMusic", "JoinBridge", "HangUp", "DestroyBridge"]
    scene.legs_gone()
    assert scene.together() == {"bridge": ["caller", scene.bens]}


@pytest.mark.parametrize("before", [Consult.consulting, Consult.swapped])
def test_a_caller_who_hangs_up_leaves_agent_and_colleague_together(before: Callable[[Consult], Consult]) -> None:
    scene = before(Consult())
    scene.hangs_up(scene.callers)
    scene.obeys()
    assert scene.state is CallState.COLLEAGUES
    assert scene.together() == {"consult.1": [scene.bens, scene.annas]}
    scene.hangs_up(scene.bens)
    scene.legs_gone()
    assert scene.of(ANNA) is AgentState.WRAP_UP
    assert scene.of(BEN) is AgentState.AVAILABLE


def test_a_caller_who_hangs_up_while_it_rings_ends_it_all() -> None:
    scene = Consult()
    scene.consult()
    scene.hangs_up(scene.callers)
    assert sorted(c.leg_id for c in scene.commands if isinstance(c, HangUp)) == [scene.annas, scene.bens]
    scene.legs_gone()
    assert scene.call_id not in scene.turn.calls
    assert scene.of(BEN) is AgentState.AVAILABLE


@pytest.mark.parametrize("before", [Consult.consulting, Consult.swapped])
@pytest.mark.parametrize("cause", [HangupCause.NORMAL, HangupCause.MEDIA_LOST])
def test_a_colleague_who_goes_leaves_agent_and_caller_together(before: Callable[[Consult], Consult], cause: HangupCause) -> None:
    scene = before(Consult())
    scene.hangs_up(scene.bens, cause, by_phone=cause is HangupCause.NORMAL)
    scene.obeys()
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.annas]}
    assert scene.of(BEN) is AgentState.AVAILABLE


@pytest.mark.parametrize("before", [Consult.consulting, Consult.swapped])
def test_an_agents_goodbye_hands_the_caller_over(before: Callable[[Consult], Consult]) -> None:
    scene = before(Consult())
    scene.hangs_up(scene.annas)
    scene.obeys()
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.bens]}
    assert scene.of(ANNA) is AgentState.WRAP_UP


@pytest.mark.parametrize("before", [Consult.consult, Consult.consulting, Consult.swapped])
def test_an_agent_whose_line_dies_is_rung_again_and_the_colleague_let_go(before: Callable[[Consult], None]) -> None:
    scene = Consult()
    before(scene)
    scene.hangs_up(scene.annas, HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.state is CallState.RECOVERING
    assert scene.of(ANNA) is AgentState.RECOVERING
    assert scene.turn.calls[scene.call_id].has_music
    scene.legs_gone()
    assert scene.of(BEN) is AgentState.AVAILABLE
    scene.answers(scene.call_id, 3)
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.leg(scene.call_id, 3)]}


@pytest.mark.parametrize("cause", [HangupCause.BUSY, HangupCause.REJECTED, HangupCause.NO_ANSWER])
def test_a_colleague_who_does_not_answer_leaves_agent_and_caller_together(cause: HangupCause) -> None:
    scene = Consult()
    scene.consult()
    scene.hangs_up(scene.bens, cause)
    scene.obeys()
    assert "StopRinging" in scene.done()
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.annas]}
    assert scene.turn.agents[BEN].misses == 1


def test_a_colleague_who_rings_too_long_is_let_go() -> None:
    scene = Consult()
    scene.consult()
    scene.bens_phone_rings()
    scene.later(24_000)
    assert scene.state is CallState.TALKING
    scene.legs_gone()
    released = [event for event in scene.events if isinstance(event, AgentReleased)]
    assert [(event.agent_id, event.reason.value) for event in released] == [(BEN, "no_answer")]


def test_a_colleagues_phone_that_vanishes_while_it_rings_ends_the_asking() -> None:
    scene = Consult()
    scene.consult()
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-ben"), is_reachable=False))
    assert scene.state is CallState.TALKING


@pytest.mark.parametrize("phone", ["anna", "ben"])
def test_a_phone_that_answers_no_probe_is_listened_to_before_it_is_given_up(phone: str) -> None:
    scene = Consult().consulting()
    scene.happens(EndpointChanged(endpoint_id=EndpointId(f"phone-{phone}"), is_reachable=False))
    assert scene.done() == ["HangUpIfSilent"]
    assert scene.state is CallState.CONSULTING


def test_a_join_that_fails_gives_the_caller_the_agent_back() -> None:
    scene = Consult().consulting()
    failed = CommandFailed(
        command="JoinBridge", reason="refused", leg_id=scene.bens, bridge_id=BridgeId(f"{scene.call_id}.consult.1")
    )
    scene.happens(failed)
    assert scene.state is CallState.TALKING
    scene.obeys()
    scene.happens(failed)
    assert scene.state is CallState.TALKING, "told late, of somebody let go, it says nothing"


def test_a_late_refusal_to_take_the_colleague_does_not_cost_the_caller_the_agent() -> None:
    scene = Consult().conference()
    scene.hangs_up(scene.bens)
    scene.obeys()
    scene.happens(
        CommandFailed(command="JoinBridge", reason="gone", leg_id=scene.bens, bridge_id=BridgeId(f"{scene.call_id}.bridge"))
    )
    assert scene.state is CallState.TALKING


@pytest.mark.parametrize("before", [Consult.consult, Consult.consulting, Consult.swapped, Consult.conference])
@pytest.mark.parametrize("by", [ANNA, None])
def test_ended_on_request_everybody_is_free(before: Callable[[Consult], None], by: AgentId | None) -> None:
    scene = Consult()
    before(scene)
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=by))
    assert scene.refusal is None
    scene.legs_gone()
    assert scene.call_id not in scene.turn.calls
    assert not {AgentState.TALKING, AgentState.ALERTING, AgentState.RESERVED} & {scene.of(ANNA), scene.of(BEN)}


def test_a_colleague_cannot_speak_for_the_agent() -> None:
    scene = Consult().consulting()
    for kind in (CompleteRequested, SwapRequested, ConferenceRequested, CancelRequested):
        scene.asks(kind, BEN)
        assert scene.refusal is not None
        assert scene.refusal.code is RefusalCode.NOT_YOUR_CALL


def test_a_second_consultation_has_a_bridge_of_its_own() -> None:
    scene = Consult().consulting()
    scene.asks(CancelRequested)
    scene.legs_gone()
    scene.consult()
    assert scene.together()["consult.2"] == [scene.annas]
    scene.happens(LegAnswered(leg_id=scene.leg(scene.call_id, 3)))
    assert [type(event) for event in scene.events if isinstance(event, ConsultAnswered)] == [ConsultAnswered]


@pytest.mark.parametrize("request_kind", [CompleteRequested, CancelRequested, SwapRequested, ConferenceRequested, LeaveRequested])
def test_without_a_colleague_there_is_nothing_to_complete(request_kind: type[CallRequest]) -> None:
    scene = Consult()
    scene.asks(request_kind)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE


def test_every_reservation_is_released_once_however_it_goes() -> None:
    scene = Consult()
    said: list[object] = []
    take = scene.turn.handle

    def listening(arrival: object) -> object:
        result = take(arrival)  # type: ignore[arg-type]
        said.extend(envelope.event for envelope in result.envelopes)
        return result

    scene.turn.handle = listening  # type: ignore[assignment, method-assign]
    scene.conference()
    scene.asks(LeaveRequested)
    scene.legs_gone()
    scene.hangs_up(scene.callers)
    scene.legs_gone()
    released = [event.agent_id for event in said if isinstance(event, AgentReleased)]
    assert released == [ANNA, BEN]
    assert any(isinstance(event, CallEnded) for event in said)


def test_a_call_id_is_what_every_bridge_of_it_begins_with() -> None:
    scene = Consult().consulting()
    call = scene.turn.calls[CallId(scene.call_id)]
    for bridge in (call.bridge_id, call.consult_bridge_id, call.conference_bridge_id):
        assert bridge.startswith(scene.call_id)
