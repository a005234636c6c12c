"""Callers who wait too long are sent to somebody outside by a rule: once, if that is permitted, and they lose no place by it."""

from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause
from telephony.commands import AskPermission, DialOutside, HangUp, JoinBridge
from telephony.dialling import DialPermitted, DialPurpose, DialRefused, OutsiderWanted
from telephony.events import CallEnded, CallQueuedAgain, LegAnswered, NumberFacts
from telephony.identifiers import CallId, LegId
from telephony.waiting import CallOverflowed
from tests.unit.telephony.scene import NORD, Scene, a_directory

NUMBER = "+49 30 1234567"
RULES = (OverflowRule(reason=OverflowReason.WAITING_TIME, limit=30_000, target=OverflowTarget.NUMBER, number=NUMBER),)


class Waiting(Scene):
    """A caller has waited for so long that the rule holds; nobody is on duty. `early`: the project answers at once."""

    def __init__(self, *rules: OverflowRule, early: bool = True) -> None:
        super().__init__(a_directory("anna", overflow=(*RULES, *rules), answers_early=early))
        self.call_id: CallId = self.a_caller()
        if early:
            self.happens(LegAnswered(leg_id=LegId("caller")))
        self.later(30_000)

    @property
    def outsiders(self) -> LegId:
        return LegId(f"{self.call_id}.outsider.1")

    @property
    def state(self) -> CallState:
        return self.turn.calls[self.call_id].state

    def desk_says(self, *, is_permitted: bool) -> None:
        dial = self.turn.calls[self.call_id].dial
        assert dial is not None
        asked = {"call_id": self.call_id, "leg_id": dial.leg_id, "party_id": dial.party_id, "purpose": dial.purpose}
        if not is_permitted:
            self.happens(DialRefused(**asked, code="daily_cap"))  # type: ignore[arg-type]
            return
        permit = DialPermitted(
            **asked,  # type: ignore[arg-type]
            number=NumberFacts(number_class="landline", country="DE", masked="+49 30 •••67", metadata_version="1"),
            shown="+493055501",
            right_id="r",
            rules_version="1",
            revision=1,
            ring_limit_ms=20_000,
            max_duration_ms=600_000,
            rate_micros=0,
            cost_limit_micros=0,
        )
        self.happens(permit)


def test_the_rule_asks_the_desk_by_an_id_and_the_caller_keeps_the_place() -> None:
    scene = Waiting()
    assert [type(event) for event in scene.events] != []
    assert scene.said()[-2:] == ["CallOverflowed", "OutsiderWanted"]
    (asked,) = scene.commands
    assert isinstance(asked, AskPermission)
    assert (asked.purpose, asked.agent_id, asked.leg_id) == (DialPurpose.OVERFLOW, None, scene.outsiders)
    assert [(party.party_id, party.number) for party in scene.turn.result.parties] == [(asked.party_id, NUMBER)]
    assert NUMBER not in repr(scene.events)
    assert scene.state is CallState.QUEUED
    assert scene.turn.floor.waiting_in(NORD) == 1


def test_a_permitted_caller_leaves_the_queue_and_is_connected_outside() -> None:
    scene = Waiting()
    scene.desk_says(is_permitted=True)
    assert scene.state is CallState.DIALLING
    assert scene.turn.floor.waiting_in(NORD) == 0
    assert [type(command) for command in scene.commands] == [DialOutside]
    scene.happens(LegAnswered(leg_id=scene.outsiders))
    assert scene.done() == ["StopMusic", "CreateBridge", "JoinBridge", "MarkWaiting"]
    joins = [command.leg_ids for command in scene.commands if isinstance(command, JoinBridge)]
    assert joins == [(LegId("caller"), scene.outsiders)]
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.outsiders, by_phone=False)
    assert [event.end_reason for event in scene.events if isinstance(event, CallEnded)] == [EndReason.CALLER_HUNG_UP]


def test_a_caller_who_only_heard_ringing_is_answered_then() -> None:
    scene = Waiting(early=False)
    scene.desk_says(is_permitted=True)
    scene.happens(LegAnswered(leg_id=scene.outsiders))
    assert scene.done() == ["AnswerLeg", "CreateBridge", "JoinBridge", "MarkWaiting"]


def test_whoever_cannot_be_reached_leaves_the_caller_at_the_place_they_had_and_is_not_tried_again() -> None:
    scene = Waiting()
    since = scene.turn.calls[scene.call_id].waiting_since
    scene.desk_says(is_permitted=True)
    scene.hangs_up(scene.outsiders, HangupCause.BUSY)
    assert [event for event in scene.events if isinstance(event, CallQueuedAgain)] == [
        CallQueuedAgain(call_id=scene.call_id, goes_first=False)
    ]
    call = scene.turn.calls[scene.call_id]
    assert (call.state, call.waiting_since, call.has_music) == (CallState.QUEUED, since, True)
    scene.later(600_000)
    assert not any(isinstance(event, OutsiderWanted) for event in scene.events)
    assert scene.state is CallState.QUEUED


def test_a_refusal_of_the_desk_lets_the_next_rule_count() -> None:
    machine = OverflowRule(reason=OverflowReason.WAITING_TIME, limit=40_000, target=OverflowTarget.MACHINE)
    scene = Waiting(machine)
    scene.desk_says(is_permitted=False)
    assert scene.state is CallState.QUEUED
    scene.later(10_000)
    assert [event.target for event in scene.events if isinstance(event, CallOverflowed)] == ["machine"]
    assert scene.state is CallState.AT_MACHINE


def test_an_agent_who_comes_before_the_permit_gets_the_caller_and_nobody_is_dialled() -> None:
    scene = Waiting()
    scene.on_duty("anna")
    assert scene.state is CallState.ALERTING
    scene.desk_says(is_permitted=True)
    assert not any(isinstance(command, DialOutside) for command in scene.commands)
    scene.answers(scene.call_id)
    assert scene.state is CallState.TALKING


def test_a_caller_who_gives_up_while_it_rings_outside_has_abandoned() -> None:
    scene = Waiting()
    scene.desk_says(is_permitted=True)
    scene.hangs_up(LegId("caller"))
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.outsiders]
    scene.hangs_up(scene.outsiders, by_phone=False)
    assert [event.end_reason for event in scene.events if isinstance(event, CallEnded)] == [EndReason.ABANDONED]
