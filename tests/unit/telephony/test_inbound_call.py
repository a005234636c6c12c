"""One inbound call through the turn, from the caller's arrival to the last leg's end."""

from telephony.agent.model import AgentState
from telephony.agent.noted import AgentNoted
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.commands import HandToDialplan, HangUp, JoinBridge, RingEndpoint
from telephony.events import (
    AgentReleased,
    AgentReserved,
    AvailableRequested,
    CallEnded,
    CommandFailed,
    EndpointChanged,
    Envelope,
    FeatureCodeDialled,
    HangUpRequested,
    HoldRequested,
    LegAnswered,
    LegHeld,
    LegRinging,
    LegUnheld,
    LogOutRequested,
    PauseRequested,
    SwitchDisconnected,
    UnholdRequested,
    WrapUpCodeChosen,
    WrapUpExtended,
)
from telephony.identifiers import AgentId, CallId, EndpointId, EventId, LegId, WrapUpCode
from tests.unit.telephony.scene import SWITCH, Scene, a_directory

ANNA = AgentId("anna")


def test_a_caller_is_rung_through_to_the_available_agent_in_one_turn() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    assert scene.said() == ["LegOffered", "CallAdmitted", "DecisionTaken", "AgentReserved"]
    assert scene.done() == ["IndicateRinging", "RingEndpoint", "CreateBridge"]
    ring = scene.commands[1]
    assert isinstance(ring, RingEndpoint)
    assert (ring.display_name, ring.endpoint_id, ring.leg_id) == ("Projekt Nord", "phone-anna", scene.leg(call_id))


def test_the_answer_answers_the_caller_and_bridges_both() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    assert scene.done() == ["AnswerLeg", "JoinBridge", "MarkWaiting"]
    join = scene.commands[1]
    assert isinstance(join, JoinBridge)
    assert join.leg_ids == ("caller", scene.leg(call_id))
    assert scene.turn.agents[ANNA].state is AgentState.TALKING


def test_a_project_that_answers_early_plays_music_and_stops_it_at_the_answer() -> None:
    scene = Scene(a_directory(answers_early=True))
    call_id = scene.a_caller()
    assert scene.done() == ["AnswerLeg", "StartMusic"]
    scene.on_duty("anna")
    scene.answers(call_id)
    assert scene.done() == ["StopMusic", "JoinBridge", "MarkWaiting"]


def test_the_caller_hangs_up_and_the_agent_is_released_when_the_leg_is_gone() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(LegId("caller"))
    assert scene.done() == ["HangUp"]
    assert scene.turn.agents[ANNA].state is AgentState.TALKING
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert scene.said() == ["LegHungUp", "AgentReleased", "CallEnded"]
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    ended = scene.events[2]
    assert isinstance(ended, CallEnded)
    assert ended.end_reason is EndReason.CALLER_HUNG_UP
    assert not scene.turn.calls


def test_a_goodbye_of_the_agent_ends_the_call() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id))
    assert scene.done() == ["HangUp"]
    scene.hangs_up(LegId("caller"), by_phone=False)
    assert isinstance(scene.events[-1], CallEnded)
    assert scene.events[-1].end_reason is EndReason.AGENT_HUNG_UP


def test_agent_leg_is_cancelled_when_caller_abandons_while_it_rings() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LegRinging(leg_id=scene.leg(call_id)))
    scene.hangs_up(LegId("caller"))
    assert scene.commands == [
        HangUp(call_id=call_id, switch=SWITCH, leg_id=scene.leg(call_id), cause=HangupCause.ANSWERED_ELSEWHERE)
    ]
    assert scene.turn.agents[ANNA].state is AgentState.ALERTING
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE
    assert scene.turn.agents[ANNA].misses == 0


def test_an_answer_that_crosses_the_callers_end_is_harmless() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.hangs_up(LegId("caller"))
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    assert scene.said() == ["LegAnswered"]
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE


def test_an_unanswered_offer_goes_to_the_next_agent_with_the_waiting_time_kept() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    since = scene.turn.calls[call_id].waiting_since
    scene.hangs_up(scene.leg(call_id), HangupCause.NO_ANSWER, by_phone=False)
    assert [name for name in scene.said() if name not in ("DecisionTaken", "AgentNoted")] == [
        "LegHungUp",
        "AgentReleased",
        "CallQueuedAgain",
        "AgentReserved",
    ]
    assert scene.turn.calls[call_id].waiting_since == since
    reserved = scene.events[-1]
    assert isinstance(reserved, AgentReserved)
    assert reserved.agent_id == "ben"
    assert reserved.attempt == 2


def test_each_kind_of_miss_has_its_own_rest() -> None:
    rests = {}
    for cause in (HangupCause.NO_ANSWER, HangupCause.BUSY, HangupCause.REJECTED, HangupCause.CONGESTION):
        scene = Scene().on_duty("anna")
        call_id = scene.a_caller()
        scene.hangs_up(scene.leg(call_id), cause, by_phone=False)
        released = next(event for event in scene.events if isinstance(event, AgentReleased))
        rest_until = scene.turn.agents[ANNA].rest_until
        assert rest_until is not None
        rests[released.reason] = (rest_until - scene.now) // 1000
    assert rests == {
        ReleaseReason.NO_ANSWER: 10_000,
        ReleaseReason.BUSY: 15_000,
        ReleaseReason.REJECTED: 5_000,
        ReleaseReason.UNREACHABLE: 15_000,
    }


def test_three_misses_in_a_row_pause_the_agent() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    for number in (1, 2, 3):
        scene.hangs_up(scene.leg(call_id, number), HangupCause.REJECTED)
        scene.later(5_000)
    assert scene.turn.agents[ANNA].state is AgentState.PAUSED
    assert scene.turn.agents[ANNA].pause_reason == "missed_calls"
    assert scene.turn.calls[call_id].state is CallState.QUEUED


def test_hold_takes_the_agent_out_of_the_bridge_and_unhold_brings_them_back() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(HoldRequested(call_id=call_id, agent_id=ANNA))
    assert scene.done() == ["LeaveBridge", "StartMusic"]
    scene.happens(UnholdRequested(call_id=call_id, agent_id=ANNA))
    assert scene.done() == ["StopMusic", "JoinBridge"]


def test_hold_on_the_phone_is_followed() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(LegHeld(leg_id=scene.leg(call_id)))
    assert scene.turn.calls[call_id].state is CallState.PHONE_HELD
    scene.happens(LegUnheld(leg_id=scene.leg(call_id)))
    assert scene.turn.calls[call_id].state is CallState.TALKING


def test_only_the_agent_of_the_call_may_hold_it() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(HoldRequested(call_id=call_id, agent_id=AgentId("ben")))
    assert scene.refusal is not None
    assert scene.refusal.code == "not_your_call"
    assert scene.said() == ["RequestRefused"]


def test_a_hold_where_there_is_no_conversation_is_refused() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(HoldRequested(call_id=call_id, agent_id=ANNA))
    assert scene.refusal is not None
    assert scene.refusal.code == "wrong_state"


def test_wrap_up_ends_by_code_by_wish_or_by_time() -> None:
    for end in ("code", "wish", "time"):
        scene = Scene().on_duty("anna")
        call_id = scene.a_caller()
        scene.answers(call_id)
        scene.hangs_up(LegId("caller"))
        scene.hangs_up(scene.leg(call_id), by_phone=False)
        if end == "code":
            scene.happens(WrapUpCodeChosen(agent_id=ANNA, call_id=call_id, wrap_up_code=WrapUpCode("sold")))
        elif end == "wish":
            scene.happens(AvailableRequested(agent_id=ANNA))
        else:
            scene.later(29_000)
            assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
            scene.later(1_100)
        assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE, end


def test_wrap_up_can_be_extended_once() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    scene.happens(WrapUpExtended(agent_id=ANNA))
    assert scene.refusal is None
    scene.happens(WrapUpExtended(agent_id=ANNA))
    assert scene.refusal is not None
    scene.later(45_000)
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP


def test_an_unknown_wrap_up_code_is_refused_with_the_known_ones() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(WrapUpCodeChosen(agent_id=ANNA, call_id=call_id, wrap_up_code=WrapUpCode("nonsense")))
    assert scene.refusal is not None
    assert scene.refusal.facts["expected"] == "sold, info"


def test_a_pause_or_log_out_asked_for_in_a_call_comes_after_it() -> None:
    for request, state in (
        (PauseRequested(agent_id=ANNA, pause_reason="lunch"), AgentState.PAUSED),
        (LogOutRequested(agent_id=ANNA), AgentState.LOGGED_OUT),
    ):
        scene = Scene(a_directory(wrap_up_limit_ms=0)).on_duty("anna")
        call_id = scene.a_caller()
        scene.answers(call_id)
        scene.happens(request)
        assert scene.turn.agents[ANNA].state is AgentState.TALKING
        scene.hangs_up(LegId("caller"))
        scene.hangs_up(scene.leg(call_id), by_phone=False)
        agent = scene.turn.agents.get(ANNA)
        assert (AgentState.LOGGED_OUT if agent is None else agent.state) is state


def test_feature_codes_do_what_the_desktop_does() -> None:
    scene = Scene()
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=True))
    for digits, state in (("*11", AgentState.AVAILABLE), ("*21", AgentState.PAUSED), ("*22", AgentState.AVAILABLE)):
        scene.happens(FeatureCodeDialled(leg_id=LegId(digits), endpoint_id=EndpointId("phone-anna"), digits=digits))
        assert scene.done() == ["PlayTone"]
        assert scene.turn.agents[ANNA].state is state
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    scene.happens(FeatureCodeDialled(leg_id=LegId("x"), endpoint_id=EndpointId("phone-anna"), digits="*32"))
    chosen = next(event for event in scene.events if isinstance(event, WrapUpCodeChosen))
    assert chosen.wrap_up_code == "info"
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE


def test_an_unknown_number_is_refused_unanswered_as_unallocated() -> None:
    scene = Scene().on_duty("anna")
    scene.a_caller(did="+4930999999")
    assert scene.said() == ["LegOffered", "CallTurnedAway"]
    assert isinstance(scene.commands[0], HangUp)
    assert scene.commands[0].cause is HangupCause.UNALLOCATED


def test_a_caller_who_waits_too_long_is_handed_to_the_machine() -> None:
    scene = Scene(a_directory(wait_limit_ms=60_000))
    call_id = scene.a_caller()
    scene.later(61_000)
    assert any(isinstance(command, HandToDialplan) for command in scene.commands)
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    scene.hangs_up(LegId("caller"))
    assert isinstance(scene.events[-1], CallEnded)
    assert scene.events[-1].end_reason is EndReason.WAIT_LIMIT


def test_a_supervisor_ends_a_waiting_call() -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.happens(HangUpRequested(call_id=call_id, agent_id=None, by="supervisor"))
    scene.hangs_up(LegId("caller"), by_phone=False)
    assert isinstance(scene.events[-1], CallEnded)
    assert scene.events[-1].end_reason is EndReason.ENDED_BY_US


def test_no_offers_while_the_switch_is_away() -> None:
    scene = Scene()
    scene.happens(SwitchDisconnected(switch=SWITCH))
    call_id = scene.a_caller()
    scene.on_duty("anna")
    assert scene.turn.calls[call_id].state is CallState.QUEUED


def test_a_hang_up_nobody_reported_is_asked_for_again_and_its_answer_ends_the_call() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(LegId("caller"))
    scene.later(10_100)
    assert scene.done() == ["HangUp"]
    scene.happens(CommandFailed(command="HangUp", reason="gone", leg_id=scene.leg(call_id)))
    assert not scene.turn.calls
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP


def test_a_leg_of_a_call_that_is_over_is_ended_when_it_is_answered() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    assert scene.done() == ["HangUp"]
    assert scene.said() == ["LegAnswered"]


def test_an_answered_call_forgives_earlier_misses() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.hangs_up(scene.leg(call_id), HangupCause.REJECTED)
    scene.later(5_000)
    assert scene.turn.agents[ANNA].misses == 1
    scene.answers(call_id, 2)
    assert scene.turn.agents[ANNA].misses == 0


def test_a_code_for_another_call_is_refused() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    other = call_id[:-4] + "0000"
    scene.happens(WrapUpCodeChosen(agent_id=ANNA, call_id=CallId(other), wrap_up_code=WrapUpCode("sold")))
    assert scene.refusal is not None
    assert scene.refusal.code == "not_your_call"


def test_an_agent_is_noted_when_a_call_is_over_and_a_start_reads_from_there() -> None:
    scene = Scene(a_directory(wrap_up_limit_ms=0)).on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    (noted,) = [event for event in scene.events if isinstance(event, AgentNoted)]
    after = Scene()
    envelope = Envelope(seq=1, event_id=EventId("e"), occurred_at=scene.now, received_at=scene.now, event=noted, agent_id=ANNA)
    after.turn.restore([envelope])
    assert after.turn.agents[ANNA] == scene.turn.agents[ANNA]
