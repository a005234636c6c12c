"""An agent calls somebody by hand: is reserved, rung first, and then the number is dialled, if the desk permits it."""

from dataclasses import replace

import pytest

from routing.outbound.rules import ProjectOutbound
from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.call.outcomes import sound_of, sound_of_refusal
from telephony.causes import EndReason, HangupCause
from telephony.commands import AskPermission, CreateBridge, DialOutside, HangUp, JoinBridge, RingEndpoint
from telephony.dialling import CalleeSpared, CallPlaced, DialPurpose
from telephony.engine.turn import Turn
from telephony.errors import RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReleased,
    AvailableRequested,
    CommandFailed,
    EndpointChanged,
    HangUpRequested,
    LegAnswered,
    PauseRequested,
    WrapUpCodeChosen,
)
from telephony.identifiers import AgentId, CallId, EndpointId, ProjectId, WrapUpCode
from tests.unit.telephony.dial_story import CALLEE, Dialled


def test_who_wants_to_call_is_reserved_and_rung_in_the_same_turn() -> None:
    scene = Dialled().wants()
    assert scene.refusal is None
    assert scene.said() == ["DialRequested", "CallPlaced", "AgentReserved"]
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert (ring.endpoint_id, ring.caller_leg_id, ring.display_name) == ("phone-anna", None, "Anruf Projekt Nord")
    assert scene.done() == ["RingEndpoint", "CreateBridge"]
    assert scene.call.state is CallState.CALLING_AGENT
    assert not any(isinstance(command, DialOutside | AskPermission) for command in scene.commands)


@pytest.mark.parametrize("phone_answers", [False, True])
def test_a_phone_answers_by_itself_the_agents_own_calls_alone_and_only_where_that_is_wanted(*, phone_answers: bool) -> None:
    scene = Dialled()
    directory = scene.turn.directory
    anna = replace(directory.agents[AgentId("anna")], phone_answers=phone_answers)
    scene.turn.use(replace(directory, revision=2, agents={**directory.agents, anna.agent_id: anna}))
    scene.wants()
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert ring.phone_answers is phone_answers
    other = Dialled()
    other.turn.use(replace(directory, revision=2, agents={**directory.agents, anna.agent_id: anna}))
    other.a_caller()
    (offer,) = [command for command in other.commands if isinstance(command, RingEndpoint)]
    assert not offer.phone_answers


def test_an_agent_who_dials_gets_no_other_call_meanwhile() -> None:
    scene = Dialled().wants()
    scene.a_caller()
    assert not any(isinstance(command, RingEndpoint) for command in scene.commands)


def test_the_desk_is_asked_when_the_agent_is_there_and_the_number_is_dialled_on_its_permit_alone() -> None:
    scene = Dialled().wants().agent_takes()
    (asked,) = [command for command in scene.commands if isinstance(command, AskPermission)]
    assert (asked.purpose, asked.leg_id, asked.party_id, asked.agent_id) == (
        DialPurpose.MANUAL,
        scene.callee,
        "customer",
        "anna",
    )
    assert asked.rests_on is not None
    assert (asked.rests_on.kind, asked.rests_on.id) == ("task", "t1")
    scene.desk_permits()
    (dial,) = [command for command in scene.commands if isinstance(command, DialOutside)]
    assert (dial.leg_id, dial.caller_leg_id, dial.number) == (scene.callee, scene.leg(scene.call_id), "")
    assert dial.heard_in == scene.call.bridge_id, "what the callee's network says before the answer is heard"
    scene.callee_answers()
    assert scene.call.state is CallState.TALKING
    assert scene.state_of() == AgentState.TALKING
    assert scene.call.callee_overdue_at is not None


def test_both_hear_each_other_from_the_answer_on() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.happens(LegAnswered(leg_id=scene.callee))
    assert [type(event) for event in scene.events] == [LegAnswered, AgentConnected]
    (join,) = [command for command in scene.commands if isinstance(command, JoinBridge)]
    assert join.leg_ids == (scene.leg(scene.call_id), scene.callee)


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (HangupCause.BUSY, EndReason.CALLEE_BUSY),
        (HangupCause.NO_ANSWER, EndReason.CALLEE_NO_ANSWER),
        (HangupCause.REJECTED, EndReason.CALLEE_REJECTED),
        (HangupCause.UNALLOCATED, EndReason.CALLEE_INVALID),
        (HangupCause.CONGESTION, EndReason.CALLEE_UNREACHABLE),
    ],
)
def test_in_vain_the_call_ends_with_its_outcome_and_the_agent_has_a_code_to_choose(
    cause: HangupCause, outcome: EndReason
) -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.hangs_up(scene.callee, cause)
    assert scene.call.state is CallState.STEPPING_BACK
    assert scene.done() == ["StopRinging", "LeaveBridge", "PlayTone"]
    assert scene.heard() == sound_of(outcome)
    scene.agent_gone()
    assert scene.ended_as() is outcome
    assert scene.state_of() == AgentState.WRAP_UP
    scene.happens(WrapUpCodeChosen(agent_id=AgentId("anna"), call_id=scene.call_id, wrap_up_code=WrapUpCode("info")))
    assert scene.state_of() == AgentState.AVAILABLE


def test_a_leg_whose_end_nobody_saw_is_unclear_and_not_dialled_again() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.hangs_up(scene.callee, HangupCause.UNKNOWN, by_phone=False, is_estimated=True)
    assert not any(isinstance(command, DialOutside) for command in scene.commands)
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_UNCLEAR


def test_what_the_desk_refuses_is_never_dialled() -> None:
    scene = Dialled().wants().agent_takes().desk_refuses(RefusalCode.ON_DO_NOT_CALL_LIST)
    assert scene.heard() == "fernamt/dial-on-list"
    assert not any(isinstance(command, DialOutside) for command in scene.commands)
    assert scene.agent_gone().ended_as() is EndReason.NOT_PERMITTED
    assert scene.state_of() == AgentState.WRAP_UP


def test_a_desk_that_does_not_answer_ends_the_call_and_its_late_word_dials_nobody() -> None:
    scene = Dialled().wants().agent_takes()
    dial = scene.call.dial
    scene.later(21_000)
    assert scene.call.state is CallState.STEPPING_BACK
    assert dial is not None
    scene.agent_gone()
    assert scene.ended_as() is EndReason.NOT_PERMITTED


def test_nobody_answers_within_the_time_of_the_permit() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.later(30_000)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.callee]
    assert scene.heard() == "fernamt/dial-no-answer"
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_NO_ANSWER


def test_an_own_phone_that_is_not_answered_is_no_missed_call() -> None:
    scene = Dialled().wants()
    scene.hangs_up(scene.leg(scene.call_id), HangupCause.NO_ANSWER)
    assert scene.ended_as() is EndReason.AGENT_UNREACHED
    agent = scene.turn.agents[AgentId("anna")]
    assert (agent.state, agent.misses, agent.rest_until) == (AgentState.AVAILABLE, 0, None)


def test_a_phone_that_cannot_be_rung_ends_the_call() -> None:
    scene = Dialled().wants()
    scene.happens(CommandFailed(command="RingEndpoint", reason="unreachable", leg_id=scene.leg(scene.call_id)))
    assert scene.ended_as() is EndReason.AGENT_UNREACHED


def test_the_agent_gives_up_while_it_rings_outside_and_the_phone_there_stops_ringing() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.hangs_up(scene.leg(scene.call_id))
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.callee]
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.ended_as() is EndReason.AGENT_HUNG_UP


def test_the_agent_gives_up_by_the_desktop() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=AgentId("anna")))
    assert scene.refusal is None
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.agent_gone().ended_as() is EndReason.AGENT_HUNG_UP


def test_a_supervisor_ends_it() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=None, by="sup"))
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.agent_gone().ended_as() is EndReason.ENDED_BY_US


def test_who_was_called_says_goodbye() -> None:
    scene = Dialled().talks()
    scene.hangs_up(scene.callee)
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_HUNG_UP
    assert scene.state_of() == AgentState.WRAP_UP


def test_an_agent_lost_in_the_conversation_is_rung_again_and_who_was_called_is_kept() -> None:
    scene = Dialled().talks()
    scene.hangs_up(scene.leg(scene.call_id), HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.call.state is CallState.RECOVERING
    (ring,) = [command for command in scene.commands if isinstance(command, RingEndpoint)]
    assert ring.caller_leg_id == scene.callee
    assert not any(isinstance(command, HangUp | CreateBridge) for command in scene.commands)


def test_the_time_of_the_permit_ends_the_conversation() -> None:
    scene = Dialled().talks()
    scene.later(60 * 60_000 + 1)
    assert any(isinstance(command, HangUp) and command.leg_id == scene.callee for command in scene.commands)


def test_a_sound_that_never_ends_is_hung_up_on() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.hangs_up(scene.callee, HangupCause.BUSY)
    scene.later(10_001)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.leg(scene.call_id)]


# -- who may -----------------------------------------------------------------------------------------------------------


def test_asked_twice_it_is_one_call() -> None:
    scene = Dialled().wants().wants()
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.ALREADY_DIALLED
    assert len(scene.turn.calls) == 1


def test_asked_again_after_the_end_nobody_is_called_again() -> None:
    scene = Dialled().talks()
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    scene.happens(AvailableRequested(agent_id=AgentId("anna")))
    scene.wants()
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.ALREADY_DIALLED


def test_who_is_in_a_call_places_none() -> None:
    scene = Dialled()
    scene.a_caller()
    scene.wants()
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.IN_ANOTHER_CALL
    assert scene.call_id not in scene.turn.calls


def test_who_is_not_on_duty_places_none() -> None:
    scene = Dialled("ben").wants("anna")
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NOT_LOGGED_IN


def test_a_project_that_calls_nobody_refuses() -> None:
    scene = Dialled(outbound=None).wants()
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.OUTBOUND_NOT_PERMITTED


def test_an_unknown_project_refuses() -> None:
    scene = Dialled().wants(project=ProjectId("nowhere"))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NO_SUCH_PROJECT


def test_without_a_live_phone_there_is_no_call() -> None:
    scene = Dialled()
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=False))
    scene.wants()
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.AGENT_NOT_AVAILABLE
    assert scene.refusal.facts["state"] == "phone_unreachable"


def test_in_a_pause_only_where_the_project_says_so_and_the_pause_goes_on_after_it() -> None:
    strict = Dialled()
    strict.happens(PauseRequested(agent_id=AgentId("anna"), pause_reason="lunch"))
    strict.wants()
    assert strict.refusal is not None
    assert strict.refusal.code is RefusalCode.WRONG_STATE
    scene = Dialled(outbound=ProjectOutbound(dials_in_pause=True))
    scene.happens(PauseRequested(agent_id=AgentId("anna"), pause_reason="lunch"))
    scene.wants()
    assert scene.refusal is None
    scene.hangs_up(scene.leg(scene.call_id), HangupCause.NO_ANSWER)
    agent = scene.turn.agents[AgentId("anna")]
    assert (agent.state, agent.pause_reason) == (AgentState.PAUSED, "lunch")


def test_a_failed_call_out_of_a_pause_leads_to_wrap_up_and_then_back_to_the_pause() -> None:
    scene = Dialled(outbound=ProjectOutbound(dials_in_pause=True))
    scene.happens(PauseRequested(agent_id=AgentId("anna"), pause_reason="lunch"))
    scene.wants().agent_takes().desk_permits()
    scene.hangs_up(scene.callee, HangupCause.BUSY)
    scene.agent_gone()
    assert scene.state_of() == AgentState.WRAP_UP
    scene.later(60_001)
    agent = scene.turn.agents[AgentId("anna")]
    assert (agent.state, agent.pause_reason) == (AgentState.PAUSED, "lunch")


def test_in_wrap_up_unless_the_project_says_otherwise() -> None:
    scene = Dialled().talks()
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    assert scene.state_of() == AgentState.WRAP_UP
    second = CallId(scene.call_id[:-1] + "f")
    scene.wants(call_id=second)
    assert scene.refusal is None
    assert second in scene.turn.calls
    strict = Dialled(outbound=ProjectOutbound(dials_in_wrap_up=False)).talks()
    strict.hangs_up(strict.callee)
    strict.agent_gone()
    strict.wants(call_id=second)
    assert strict.refusal is not None
    assert strict.refusal.code is RefusalCode.WRONG_STATE


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_no_number_is_in_the_journal() -> None:
    scene = Dialled().talks()
    placed = next(envelope.event for envelope in scene.journal if isinstance(envelope.event, CallPlaced))
    assert (placed.party_id, placed.number) == ("customer", CALLEE)
    assert placed.placed_by == "anna"


@pytest.mark.parametrize("steps", range(6))
def test_a_restart_at_any_step_goes_on_where_it_was(steps: int) -> None:
    scene = Dialled()
    ways = (scene.wants, scene.agent_takes, scene.desk_permits, scene.callee_answers)
    for way in ways[: min(steps, 4)]:
        way()
    if steps == 5:
        scene.hangs_up(scene.callee)
    again = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=scene.ids, next_seq=1)
    again.restore(scene.journal)
    assert again.calls == scene.turn.calls
    assert again.agents == scene.turn.agents
    assert again.result.commands == []


def test_an_ended_call_in_an_agents_stream_comes_not_back_at_a_restart() -> None:
    scene = Dialled().talks()
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    again = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=scene.ids, next_seq=1)
    again.restore(envelope for envelope in scene.journal if envelope.agent_id is not None)
    assert again.calls == {}


def test_released_once_for_each_reservation() -> None:
    scene = Dialled().talks()
    scene.hangs_up(scene.callee)
    scene.agent_gone()
    released = [envelope.event for envelope in scene.journal if isinstance(envelope.event, AgentReleased)]
    assert [(event.agent_id, event.has_talked, event.wraps_up) for event in released] == [("anna", True, True)]


def test_who_forbids_the_call_while_it_rings_is_rung_on_no_more_and_the_agent_hears_why() -> None:
    scene = Dialled().wants().agent_takes().desk_permits()
    scene.happens(CalleeSpared(call_id=scene.call_id, agent_id=None))
    (end,) = [command for command in scene.commands if isinstance(command, HangUp)]
    assert end.leg_id == scene.callee
    assert scene.heard() == sound_of_refusal(RefusalCode.ON_DO_NOT_CALL_LIST)
    assert scene.call.end_reason is EndReason.NOT_PERMITTED


def test_who_has_answered_is_not_hung_up_on_for_what_stands_on_a_list() -> None:
    scene = Dialled().wants().agent_takes().desk_permits().callee_answers()
    scene.happens(CalleeSpared(call_id=scene.call_id, agent_id=None))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE
    assert scene.call.state is CallState.TALKING
