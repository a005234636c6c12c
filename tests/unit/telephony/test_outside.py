"""Somebody outside: permitted before they are dialled, asked or given the caller, and the caller falls out in no case."""

import pytest
from msgspec.structs import replace

from routing.outbound.zones import NumberClass
from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause
from telephony.commands import AskPermission, DialOutside, HangUp, JoinBridge
from telephony.dialling import DialPermitted, DialPurpose, DialRefused
from telephony.errors import RefusalCode
from telephony.events import (
    AgentReleased,
    AgentReserved,
    CallEnded,
    CallQueuedAgain,
    CallTimerFired,
    CommandFailed,
    HangUpRequested,
    HoldRequested,
    LegAnswered,
    LegHungUp,
    LegJoined,
    LegRinging,
    NumberFacts,
)
from telephony.identifiers import LegId, PartyId, second_bridge_id
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    LeaveRequested,
    SwapRequested,
    TransferRequested,
)
from tests.unit.telephony.consult_scene import ANNA, Consult
from tests.unit.telephony.scene import DID

DOCTOR = PartyId("doctor")
NUMBER = NumberFacts(number_class="mobile", country="DE", masked="+49 171 •••12", metadata_version="1")


class Outside(Consult):
    """Anna talks with a caller and wants somebody outside."""

    @property
    def outsiders(self) -> LegId:
        return LegId(f"{self.call_id}.outsider.1")

    def wants(self, kind: type[TransferRequested] | type[ConsultRequested]) -> None:
        self.happens(kind(call_id=self.call_id, agent_id=ANNA, to_party_id=DOCTOR))

    def permitted(self, purpose: DialPurpose, leg: LegId | None = None, number: NumberFacts = NUMBER) -> None:
        permit = DialPermitted(
            call_id=self.call_id,
            leg_id=leg or self.outsiders,
            party_id=DOCTOR,
            purpose=purpose,
            agent_id=ANNA,
            number=number,
            shown="+493055501",
            right_id="r1",
            rules_version="1",
            revision=1,
            ring_limit_ms=30_000,
            max_duration_ms=600_000,
            rate_micros=100_000,
            cost_limit_micros=1_000_000,
        )
        self.happens(permit)
        self.obeys()

    def transfers(self) -> None:
        self.wants(TransferRequested)
        self.permitted(DialPurpose.TRANSFER)

    def consults(self) -> None:
        self.wants(ConsultRequested)
        self.permitted(DialPurpose.CONSULT)

    def outsider_answers(self) -> None:
        self.happens(LegAnswered(leg_id=self.outsiders))
        self.obeys()

    def joins(self) -> list[tuple[LegId, ...]]:
        return [command.leg_ids for command in self.commands if isinstance(command, JoinBridge)]


def test_nobody_is_dialled_before_the_desk_has_permitted_it() -> None:
    scene = Outside()
    scene.wants(TransferRequested)
    assert scene.refusal is None
    (asked,) = scene.commands
    assert isinstance(asked, AskPermission)
    assert (asked.party_id, asked.leg_id, asked.agent_id) == (DOCTOR, scene.outsiders, ANNA)
    assert asked.must_be_durable
    assert scene.state is CallState.TALKING, "and the agent talks on"


def test_a_refusal_of_the_desk_changes_nothing() -> None:
    scene = Outside()
    scene.wants(TransferRequested)
    refused = DialRefused(
        call_id=scene.call_id,
        leg_id=scene.outsiders,
        party_id=DOCTOR,
        purpose=DialPurpose.TRANSFER,
        agent_id=ANNA,
        code="premium_number",
    )
    scene.happens(refused)
    assert scene.commands == []
    assert scene.state is CallState.TALKING
    scene.wants(TransferRequested)
    assert scene.refusal is None, "another number may be tried"
    assert isinstance(scene.commands[0], AskPermission)
    assert scene.commands[0].leg_id == LegId(f"{scene.call_id}.outsider.2"), "under an id never used before"


def test_one_number_at_a_time_is_asked_about() -> None:
    scene = Outside()
    scene.wants(TransferRequested)
    scene.wants(ConsultRequested)
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE


@pytest.mark.parametrize("number_class", list(NumberClass))
def test_only_a_control_room_is_dialled_as_an_emergency(number_class: NumberClass) -> None:
    scene = Outside()
    scene.wants(TransferRequested)
    scene.permitted(DialPurpose.TRANSFER, number=replace(NUMBER, number_class=number_class))
    (dialled,) = (command for command in scene.commands if isinstance(command, DialOutside))
    assert dialled.is_emergency == (number_class is NumberClass.EMERGENCY)


def test_an_agent_who_asks_hears_what_the_network_says_before_the_answer() -> None:
    scene = Outside()
    scene.wants(ConsultRequested)
    scene.permitted(DialPurpose.CONSULT)
    (dialled,) = (command for command in scene.commands if isinstance(command, DialOutside))
    assert dialled.heard_in == second_bridge_id(scene.call_id, "consult", 1)


def test_a_permitted_transfer_dials_and_frees_the_agent_and_the_caller_hears_music() -> None:
    scene = Outside()
    scene.wants(TransferRequested)
    scene.permitted(DialPurpose.TRANSFER)
    assert scene.state is CallState.DIALLING
    dialled = next(command for command in scene.commands if isinstance(command, DialOutside))
    assert (dialled.party_id, dialled.shown, dialled.timeout_ms) == (DOCTOR, "+493055501", 30_000)
    assert dialled.must_be_durable
    assert dialled.diverted_from == DID
    assert dialled.heard_in is None, "the caller hears music until somebody speaks to them"
    assert [type(command).__name__ for command in scene.commands] == ["HangUp", "StartMusic", "MarkWaiting", "DialOutside"]
    scene.hangs_up(scene.annas, by_phone=False)
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    scene.happens(LegRinging(leg_id=scene.outsiders))
    scene.outsider_answers()
    assert scene.state is CallState.OUTSIDE
    assert scene.joins() == [(scene.outsiders,)], "the caller's leg stayed where it was"


@pytest.mark.parametrize("who", ["caller", "outsider", "supervisor"])
def test_a_call_outside_ends_with_either_of_them_or_by_a_supervisor(who: str) -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    scene.outsider_answers()
    if who == "supervisor":
        scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=None))
        assert {c.leg_id for c in scene.commands if isinstance(c, HangUp)} == {scene.callers, scene.outsiders}
        scene.hangs_up(scene.outsiders, by_phone=False)
        scene.hangs_up(scene.callers, by_phone=False)
    else:
        first, second = (scene.callers, scene.outsiders) if who == "caller" else (scene.outsiders, scene.callers)
        scene.hangs_up(first)
        assert [c.leg_id for c in scene.commands if isinstance(c, HangUp)] == [second]
        scene.hangs_up(second, by_phone=False)
    ended = [event.end_reason for event in scene.events if isinstance(event, CallEnded)]
    reasons = {"caller": EndReason.CALLER_HUNG_UP, "outsider": EndReason.OUTSIDER_HUNG_UP, "supervisor": EndReason.ENDED_BY_US}
    assert ended == [reasons[who]]
    assert not scene.turn.calls


@pytest.mark.parametrize("cause", [HangupCause.BUSY, HangupCause.NO_ANSWER, HangupCause.INVALID_NUMBER, HangupCause.REJECTED])
def test_whoever_cannot_be_reached_gives_the_caller_back_to_the_agent(cause: HangupCause) -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    scene.hangs_up(scene.outsiders, cause)
    assert [event for event in scene.events if isinstance(event, CallQueuedAgain)] == [
        CallQueuedAgain(call_id=scene.call_id, goes_first=True, prefers=ANNA)
    ]
    assert [event.agent_id for event in scene.events if isinstance(event, AgentReserved)] == [ANNA]
    assert scene.state is CallState.ALERTING
    assert not any(isinstance(command, HangUp) for command in scene.commands)


def test_a_line_out_that_fails_gives_the_caller_back() -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    scene.happens(CommandFailed(command="DialOutside", reason="refused", leg_id=scene.outsiders))
    assert scene.state is CallState.ALERTING


def test_ringing_too_long_gives_the_caller_back_once_the_leg_is_gone() -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    due_at = scene.turn.calls[scene.call_id].colleague_overdue_at
    assert due_at is not None
    scene.happens(CallTimerFired(call_id=scene.call_id, timer="colleague_overdue", due_at=due_at))
    assert [c.leg_id for c in scene.commands if isinstance(c, HangUp)] == [scene.outsiders]
    assert scene.state is CallState.RETURNING
    scene.hangs_up(scene.outsiders, by_phone=False)
    assert scene.state is CallState.ALERTING


def test_who_answers_and_hangs_up_before_they_met_gives_the_caller_back() -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    scene.happens(LegAnswered(leg_id=scene.outsiders))
    scene.hangs_up(scene.outsiders)
    assert scene.state is CallState.ALERTING


def test_a_caller_who_gives_up_ends_the_ringing_outside() -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    scene.hangs_up(scene.callers)
    assert [c.leg_id for c in scene.commands if isinstance(c, HangUp)] == [scene.outsiders]
    scene.hangs_up(scene.outsiders, by_phone=False)
    assert not scene.turn.calls


def test_a_consultation_outside_is_answered_and_completed() -> None:
    scene = Outside()
    scene.consults()
    assert scene.state is CallState.CONSULT_RINGING
    assert "IndicateRinging" in scene.done()
    scene.outsider_answers()
    assert scene.state is CallState.CONSULTING
    scene.asks(CompleteRequested)
    assert scene.state is CallState.OUTSIDE
    assert scene.joins() == [(scene.outsiders,)]
    scene.hangs_up(scene.annas, by_phone=False)
    released = [event for event in scene.events if isinstance(event, AgentReleased)]
    assert [(event.agent_id, event.has_talked) for event in released] == [(ANNA, True)]
    scene.hangs_up(scene.outsiders)
    scene.hangs_up(scene.callers, by_phone=False)
    assert not scene.turn.calls


@pytest.mark.parametrize("cause", [HangupCause.BUSY, HangupCause.NO_ANSWER])
def test_a_consultation_that_is_not_answered_brings_the_agent_back_to_the_caller(cause: HangupCause) -> None:
    scene = Outside()
    scene.consults()
    scene.hangs_up(scene.outsiders, cause)
    assert scene.state is CallState.TALKING
    assert scene.joins() == [(scene.annas,)]


def test_swap_cancel_and_conference_work_with_somebody_outside() -> None:
    scene = Outside()
    scene.consults()
    scene.outsider_answers()
    scene.asks(SwapRequested)
    assert scene.state is CallState.SWAPPED
    scene.asks(SwapRequested)
    scene.asks(ConferenceRequested)
    assert scene.state is CallState.CONFERENCE
    scene.asks(CancelRequested)
    assert scene.state is CallState.TALKING
    assert [c.leg_id for c in scene.commands if isinstance(c, HangUp)] == [scene.outsiders]


@pytest.mark.parametrize("way", ["leaves", "hangs up", "is lost"])
def test_an_agent_who_leaves_the_conference_leaves_the_other_two_together(way: str) -> None:
    scene = Outside()
    scene.consults()
    scene.outsider_answers()
    scene.asks(ConferenceRequested)
    if way == "leaves":
        scene.asks(LeaveRequested)
    else:
        cause = HangupCause.NORMAL if way == "hangs up" else HangupCause.MEDIA_LOST
        scene.hangs_up(scene.annas, cause, by_phone=way == "hangs up")
    assert scene.state is CallState.OUTSIDE
    assert scene.joins() == [(scene.callers,), (scene.outsiders,)]


def test_an_agent_who_hangs_up_while_it_rings_outside_leaves_the_caller_to_the_ringing() -> None:
    scene = Outside()
    scene.consults()
    scene.hangs_up(scene.annas)
    assert scene.state is CallState.DIALLING
    scene.outsider_answers()
    assert scene.state is CallState.OUTSIDE


def test_a_lost_agent_is_rung_again_and_the_party_outside_let_go() -> None:
    scene = Outside()
    scene.consults()
    scene.outsider_answers()
    scene.hangs_up(scene.annas, HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.state is CallState.RECOVERING
    assert scene.outsiders in [c.leg_id for c in scene.commands if isinstance(c, HangUp)]


def test_the_agent_and_the_party_outside_may_go_on_without_the_caller() -> None:
    scene = Outside()
    scene.consults()
    scene.outsider_answers()
    scene.hangs_up(scene.callers)
    assert scene.state is CallState.COLLEAGUES
    scene.hangs_up(scene.outsiders)
    scene.hangs_up(scene.annas, by_phone=False)
    assert not scene.turn.calls


@pytest.mark.parametrize("state", [CallState.CONSULTING, CallState.SWAPPED, CallState.CONFERENCE, CallState.OUTSIDE])
def test_the_leg_outside_ends_when_the_permit_says(state: CallState) -> None:
    scene = Outside()
    scene.consults()
    scene.outsider_answers()
    step = {CallState.SWAPPED: SwapRequested, CallState.CONFERENCE: ConferenceRequested, CallState.OUTSIDE: CompleteRequested}
    if state in step:
        scene.asks(step[state])
    due_at = scene.turn.calls[scene.call_id].colleague_overdue_at
    assert due_at is not None
    scene.happens(CallTimerFired(call_id=scene.call_id, timer="colleague_overdue", due_at=due_at))
    assert scene.outsiders in [c.leg_id for c in scene.commands if isinstance(c, HangUp)]


def test_a_permit_for_an_agent_who_has_the_caller_no_more_dials_nobody() -> None:
    scene = Outside()
    scene.wants(TransferRequested)
    scene.hangs_up(scene.annas)
    scene.permitted(DialPurpose.TRANSFER)
    assert not any(isinstance(command, DialOutside) for command in scene.commands)


def test_a_permit_said_twice_dials_once() -> None:
    scene = Outside()
    scene.transfers()
    scene.permitted(DialPurpose.TRANSFER)
    assert scene.commands == []


def test_a_caller_on_hold_can_be_transferred_outside() -> None:
    scene = Outside()
    scene.happens(HoldRequested(call_id=scene.call_id, agent_id=ANNA))
    scene.transfers()
    scene.outsider_answers()
    assert scene.state is CallState.OUTSIDE


def test_the_bridge_that_has_no_place_for_them_gives_the_caller_back() -> None:
    scene = Outside()
    scene.transfers()
    scene.hangs_up(scene.annas, by_phone=False)
    scene.happens(LegAnswered(leg_id=scene.outsiders))
    bridge_id = scene.turn.calls[scene.call_id].bridge_id
    scene.happens(CommandFailed(command="JoinBridge", reason="gone", leg_id=scene.outsiders, bridge_id=bridge_id))
    assert scene.state is CallState.RETURNING
    scene.happens(LegHungUp(leg_id=scene.outsiders, cause=HangupCause.NORMAL, by_phone=False))
    assert scene.state is CallState.ALERTING
    assert LegJoined not in [type(event) for event in scene.events]
