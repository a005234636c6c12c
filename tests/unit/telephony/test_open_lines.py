"""An agent keeps one leg open between the calls they place: lent to a call, it comes back, and ends with the phone's goodbye."""

import pytest

from routing.outbound.rules import ProjectOutbound
from telephony.agent.judged import LineMeasured
from telephony.agent.line_quality import FIGURES_NEEDED
from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause
from telephony.commands import (
    AskPermission,
    CreateBridge,
    DestroyBridge,
    DialOutside,
    HangUp,
    HangUpIfSilent,
    JoinBridge,
    PlayTone,
    RingEndpoint,
    SayInBridge,
)
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReleased,
    AvailableRequested,
    CommandFailed,
    EndpointChanged,
    HangUpRequested,
    HoldRequested,
    LegAnswered,
    LegJoined,
    LegLeft,
    LogOutRequested,
    PauseRequested,
    UnexpectedHappened,
    UnholdRequested,
)
from telephony.identifiers import AgentId, CallId, EndpointId
from telephony.open_lines import LineCloseRequested, LineOpenRequested, LineState, LineTold
from telephony.transfers import ConsultRequested
from tests.unit.telephony.open_line_story import ANNA, OnTheLine

PHONE = EndpointId("phone-anna")


def told(scene: OnTheLine) -> list[LineState | None]:
    return [envelope.event.state for envelope in scene.journal if isinstance(envelope.event, LineTold)]


def nothing_impossible(scene: OnTheLine) -> bool:
    return not any(isinstance(envelope.event, UnexpectedHappened) for envelope in scene.journal)


# -- opening and closing -----------------------------------------------------------------------------------------------


def test_the_phone_is_rung_for_the_line_and_waits_in_a_bridge_of_its_own() -> None:
    scene = OnTheLine().asks()
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert (ring.endpoint_id, ring.leg_id, ring.caller_leg_id) == (PHONE, scene.line_leg, None)
    assert scene.said() == ["LineOpenRequested", "LineBegun", "LineTold"]
    scene.happens(LegAnswered(leg_id=scene.line_leg))
    create, join = scene.commands
    assert isinstance(create, CreateBridge)
    assert isinstance(join, JoinBridge)
    assert (create.bridge_id, join.bridge_id, join.leg_ids) == (scene.home, scene.home, (scene.line_leg,))
    assert told(scene) == [LineState.OPENING, LineState.OPEN]
    assert scene.state_of() == AgentState.AVAILABLE


def test_asking_twice_opens_one_line() -> None:
    scene = OnTheLine().asks().asks()
    assert scene.refusal is None
    assert scene.commands == []


def test_only_who_may_keeps_a_line_and_only_with_a_free_and_reachable_phone() -> None:
    scene = OnTheLine("anna", "ben")
    scene.happens(open_by("ben"))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NO_OPEN_LINE
    scene.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=False))
    assert scene.asks().refusal is not None
    assert scene.line is None
    other = OnTheLine()
    other.a_caller()
    assert other.asks().refusal is not None
    assert other.refusal is not None
    assert other.refusal.code is RefusalCode.WRONG_STATE
    nobody = OnTheLine("ben")
    assert nobody.asks().refusal is not None


def test_a_phone_that_cannot_be_rung_for_it_is_refused_with_the_reason() -> None:
    scene = OnTheLine()
    for _ in range(FIGURES_NEEDED):
        scene.happens(LineMeasured(endpoint_id=PHONE, expected=1_000, lost=120, jitter_us=5_000, round_trip_us=30_000))
    assert why_not(scene) == "bad_line"
    scene = OnTheLine()
    scene.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=False))
    assert why_not(scene) == "phone_unreachable"


def why_not(scene: OnTheLine) -> object:
    refusal = scene.asks().refusal
    assert refusal is not None
    assert (refusal.code, scene.line) == (RefusalCode.AGENT_NOT_AVAILABLE, None)
    return refusal.facts["state"]


def open_by(agent: str) -> LineOpenRequested:
    return LineOpenRequested(agent_id=AgentId(agent), by=agent)


def test_who_keeps_a_line_is_offered_no_call_and_is_again_when_it_is_gone() -> None:
    scene = OnTheLine().opens()
    call_id = scene.a_caller()
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.happens(LineCloseRequested(agent_id=ANNA))
    (hang_up,) = scene.commands
    assert isinstance(hang_up, HangUp)
    assert scene.turn.calls[call_id].state is CallState.QUEUED, "the phone is not free before its leg is gone"
    scene.phone_hangs_up(by_phone=False)
    assert scene.line is None
    assert scene.turn.calls[call_id].state is CallState.ALERTING
    assert [type(command) for command in scene.commands[:1]] == [DestroyBridge]
    assert told(scene)[-2:] == [LineState.CLOSING, None]


def test_nobody_is_consulted_whose_phone_keeps_a_line() -> None:
    scene = OnTheLine("anna", "ben").opens()
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(ConsultRequested(call_id=call_id, agent_id=AgentId("ben"), to_agent_id=ANNA))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.AGENT_NOT_AVAILABLE


def test_a_line_that_is_not_answered_is_over_and_costs_the_agent_nothing() -> None:
    scene = OnTheLine().asks()
    scene.hangs_up(scene.line_leg, HangupCause.NO_ANSWER, by_phone=False)
    assert scene.line is None
    agent = scene.turn.agents[ANNA]
    assert (agent.misses, agent.may_be_offered) == (0, True)
    again = OnTheLine().asks()
    again.later(25_000)
    assert again.line is not None
    assert again.line.state is LineState.CLOSING
    failed = OnTheLine().asks()
    failed.happens(CommandFailed(command="RingEndpoint", reason="unreachable", leg_id=failed.line_leg))
    assert failed.line is None


@pytest.mark.parametrize("pauses", [False, True])
def test_a_line_that_nobody_uses_is_closed_in_a_pause_as_well(*, pauses: bool) -> None:
    scene = OnTheLine().opens()
    if pauses:
        scene.happens(PauseRequested(agent_id=ANNA, pause_reason="break"))
    scene.later(14 * 60_000)
    assert scene.line is not None
    assert scene.line.state is LineState.OPEN
    scene.later(61_000)
    assert scene.line.state is LineState.CLOSING
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.line_leg]


def test_who_goes_off_duty_keeps_no_line_and_a_late_answer_is_ended() -> None:
    scene = OnTheLine().opens()
    leg = scene.line_leg
    scene.happens(LogOutRequested(agent_id=ANNA))
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [leg]
    assert told(scene)[-1] is None
    scene.hangs_up(leg, by_phone=False)
    assert nothing_impossible(scene)
    late = OnTheLine().asks()
    leg = late.line_leg
    late.happens(LogOutRequested(agent_id=ANNA))
    late.happens(LegAnswered(leg_id=leg))
    assert [command.leg_id for command in late.commands if isinstance(command, HangUp)] == [leg]


def test_a_phone_that_vanishes_between_calls_is_looked_for_and_its_end_ends_the_line() -> None:
    scene = OnTheLine().opens()
    scene.happens(EndpointChanged(endpoint_id=PHONE, is_reachable=False))
    assert [type(command) for command in scene.commands] == [HangUpIfSilent]
    scene.happens(CommandFailed(command="HangUpIfSilent", reason="gone", leg_id=scene.line_leg))
    assert scene.line is None


# -- a call by it ------------------------------------------------------------------------------------------------------


def test_a_call_takes_the_line_and_asks_the_desk_without_ringing_the_phone() -> None:
    scene = OnTheLine().opens()
    scene.wants()
    assert scene.said() == ["DialRequested", "CallPlaced", "AgentReserved", "LineTold"]
    assert not any(isinstance(command, RingEndpoint) for command in scene.commands)
    (join,) = [command for command in scene.commands if isinstance(command, JoinBridge)]
    assert (join.bridge_id, join.leg_ids) == (scene.call.bridge_id, (scene.line_leg,))
    assert [type(command) for command in scene.commands].count(AskPermission) == 1
    assert scene.call.state is CallState.CALLING_OUT
    scene.comes_to_call().desk_permits()
    (dial,) = [command for command in scene.commands if isinstance(command, DialOutside)]
    assert (dial.caller_leg_id, dial.heard_in) == (scene.line_leg, scene.call.bridge_id)


def test_the_callee_is_with_the_agent_at_once_and_the_agent_is_released_when_the_line_is_home() -> None:
    scene = OnTheLine().opens().talks()
    assert scene.call.state is CallState.TALKING
    assert scene.state_of() == AgentState.TALKING
    scene.callee_hangs_up()
    (home,) = [command for command in scene.commands if isinstance(command, JoinBridge)]
    assert (home.bridge_id, home.leg_ids) == (scene.home, (scene.line_leg,))
    assert not any(isinstance(command, HangUp) for command in scene.commands)
    assert scene.state_of() == AgentState.TALKING, "she is released when her leg is out of the call"
    scene.comes_home()
    assert scene.ended_as() is EndReason.CALLEE_HUNG_UP
    assert scene.state_of() == AgentState.WRAP_UP
    assert scene.line is not None
    assert (scene.line.state, scene.line.call_id) == (LineState.OPEN, None)
    assert nothing_impossible(scene)


def test_the_same_leg_serves_one_call_after_the_other() -> None:
    scene = OnTheLine().opens().talks()
    first = scene.line_leg
    scene.callee_hangs_up().comes_home()
    scene.happens(AvailableRequested(agent_id=ANNA))
    scene.call_id = CallId(scene.call_id[:-1] + "f")
    scene.talks()
    assert scene.call.state is CallState.TALKING
    assert scene.call.agent is not None
    assert scene.call.agent.leg_id == first
    connected = [e.event.leg_id for e in scene.journal if isinstance(e.event, AgentConnected)]
    assert connected == [first, first]
    scene.callee_hangs_up().comes_home()
    released = [e.event for e in scene.journal if isinstance(e.event, AgentReleased)]
    assert len(released) == 2
    assert nothing_impossible(scene)


def test_an_agents_hang_up_ends_the_callee_and_keeps_the_line() -> None:
    scene = OnTheLine().opens().talks()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=ANNA))
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.callee]
    scene.hangs_up(scene.callee, by_phone=False)
    scene.comes_home()
    assert scene.ended_as() is EndReason.AGENT_HUNG_UP
    assert scene.line is not None


def test_hold_and_back_work_by_a_lent_line() -> None:
    scene = OnTheLine().opens().talks()
    scene.happens(HoldRequested(call_id=scene.call_id, agent_id=ANNA))
    scene.happens(LegLeft(leg_id=scene.line_leg, bridge_id=scene.call.bridge_id))
    scene.happens(UnholdRequested(call_id=scene.call_id, agent_id=ANNA))
    scene.happens(LegJoined(leg_id=scene.line_leg, bridge_id=scene.call.bridge_id))
    assert scene.call.state is CallState.TALKING
    scene.happens(HoldRequested(call_id=scene.call_id, agent_id=ANNA))
    scene.happens(LegLeft(leg_id=scene.line_leg, bridge_id=scene.call.bridge_id))
    scene.hangs_up(scene.callee)
    scene.happens(LegJoined(leg_id=scene.line_leg, bridge_id=scene.home))
    assert scene.ended_as() is EndReason.CALLEE_HUNG_UP
    assert nothing_impossible(scene)


def test_a_call_in_vain_is_told_at_home_and_the_line_stays() -> None:
    scene = OnTheLine().opens()
    scene.wants()
    scene.comes_to_call().desk_permits()
    scene.hangs_up(scene.callee, HangupCause.BUSY)
    (said,) = [command for command in scene.commands if isinstance(command, SayInBridge)]
    assert (said.bridge_id, said.sound) == (scene.home, "fernamt/dial-busy")
    assert not any(isinstance(command, HangUp | PlayTone) for command in scene.commands)
    scene.comes_home()
    assert scene.ended_as() is EndReason.CALLEE_BUSY
    assert scene.line is not None
    assert scene.state_of() == AgentState.WRAP_UP


def test_a_refusal_is_told_at_home() -> None:
    scene = OnTheLine().opens()
    scene.wants()
    scene.comes_to_call().desk_refuses("on_do_not_call_list")
    assert [command.sound for command in scene.commands if isinstance(command, SayInBridge)] == ["fernamt/dial-on-list"]
    scene.comes_home()
    assert scene.ended_as() is EndReason.NOT_PERMITTED


@pytest.mark.parametrize("dialled", [False, True])
def test_a_phone_that_hangs_up_ends_call_and_line(*, dialled: bool) -> None:
    scene = OnTheLine().opens()
    if dialled:
        scene.talks()
    else:
        scene.wants()
        scene.comes_to_call()
    scene.phone_hangs_up()
    assert scene.line is None
    if dialled:
        scene.hangs_up(scene.callee, by_phone=False)
    assert scene.ended_as() is EndReason.AGENT_HUNG_UP
    assert told(scene)[-1] is None
    assert nothing_impossible(scene)


def test_a_phone_that_dies_in_mid_call_is_rung_anew_and_the_line_is_over() -> None:
    scene = OnTheLine().opens().talks()
    scene.hangs_up(scene.line_leg, HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.line is None
    assert scene.call.state is CallState.RECOVERING
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert ring.leg_id == scene.leg(scene.call_id)
    scene.agent_takes()
    assert scene.call.state is CallState.TALKING
    scene.callee_hangs_up()
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.leg(scene.call_id)]
    scene.agent_gone()
    assert scene.state_of() == AgentState.WRAP_UP
    assert nothing_impossible(scene)


def test_a_line_closed_in_mid_call_closes_after_it() -> None:
    scene = OnTheLine().opens().talks()
    scene.happens(LineCloseRequested(agent_id=ANNA))
    assert scene.refusal is None
    assert scene.commands == []
    scene.callee_hangs_up().comes_home()
    assert scene.line is not None
    assert scene.line.state is LineState.CLOSING
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.line_leg]
    scene.phone_hangs_up(by_phone=False)
    assert scene.line is None
    scene.happens(LineCloseRequested(agent_id=ANNA))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NO_OPEN_LINE


def test_a_log_out_in_mid_call_ends_the_line_after_the_wrap_up() -> None:
    scene = OnTheLine().opens().talks()
    leg = scene.line_leg
    scene.happens(LogOutRequested(agent_id=ANNA))
    scene.callee_hangs_up().comes_home()
    scene.later(60_000)
    assert ANNA not in scene.turn.agents
    scene.hangs_up(leg, by_phone=False)
    assert nothing_impossible(scene)


def test_a_line_that_does_not_come_home_is_ended_and_the_agent_released() -> None:
    scene = OnTheLine().opens().talks()
    scene.callee_hangs_up()
    scene.later(11_000)
    assert HangUp in [type(command) for command in scene.commands]
    scene.phone_hangs_up(by_phone=False)
    assert scene.ended_as() is EndReason.CALLEE_HUNG_UP
    assert scene.line is None


def test_a_home_that_fails_ends_the_line_and_the_call_goes_on_to_its_end() -> None:
    scene = OnTheLine().opens().talks()
    scene.callee_hangs_up()
    scene.happens(CommandFailed(command="JoinBridge", reason="gone", leg_id=scene.line_leg, bridge_id=scene.home))
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.line_leg]
    scene.phone_hangs_up(by_phone=False)
    assert scene.ended_as() is EndReason.CALLEE_HUNG_UP
    assert nothing_impossible(scene)


def test_nobody_dials_by_a_line_that_is_not_up_nor_by_the_phone_beside_it() -> None:
    scene = OnTheLine(outbound=ProjectOutbound(dial_code="81", dial_task="t")).asks()
    scene.wants()
    assert scene.refusal is not None
    assert scene.refusal.facts["state"] == "line_opening"
    scene.happens(LegAnswered(leg_id=scene.line_leg))
    scene.phone_dials("81")
    assert [command.sound for command in scene.commands if isinstance(command, PlayTone)] == ["fernamt/not-possible"]
    assert scene.line is not None
