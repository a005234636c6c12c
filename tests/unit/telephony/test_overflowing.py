"""Callers who wait too long, for too many, or for nobody are sent elsewhere; each time with the reason and the figures."""

from dataclasses import replace as changed

from routing.directory import Directory
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from telephony.call.model import CallState
from telephony.causes import EndReason
from telephony.commands import DialplanEntry, HandToDialplan
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.turn import Turn
from telephony.events import (
    AgentReserved,
    CallEnded,
    CallTurnedAway,
    DirectoryLoaded,
    EndpointChanged,
    Envelope,
    LogInRequested,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import SECOND, AgentId, EndpointId, Instant, ProjectId
from telephony.waiting import CallOverflowed
from tests.unit.telephony.scene import NORD, SWITCH, Scene, a_directory

SUED = ProjectId("sued")


def rule(reason: OverflowReason, limit: int = 0, target: OverflowTarget = OverflowTarget.PROJECT) -> OverflowRule:
    return OverflowRule(reason=reason, limit=limit, target=target, project_id=SUED if target is OverflowTarget.PROJECT else None)


def a_centre(*rules: OverflowRule, **of_sued: object) -> Directory:
    """Anna is for Nord alone, Ben for Sued alone, where Nord's callers flow over."""
    directory = a_directory("anna", "ben", overflow=rules)
    sued = changed(directory.projects[NORD], project_id=SUED, name="Projekt Süd", overflow=(), **of_sued)  # type: ignore[arg-type]
    ben = changed(directory.agents[AgentId("ben")], certificates=frozenset({SUED}))
    return changed(
        directory,
        projects={**directory.projects, SUED: sued},
        numbers={**directory.numbers, "+49305": SUED},
        agents={**directory.agents, AgentId("ben"): ben},
    )


def overflows(scene: Scene) -> list[CallOverflowed]:
    return [event for event in scene.events if isinstance(event, CallOverflowed)]


def test_who_comes_to_a_full_queue_waits_for_the_other_project_at_once() -> None:
    scene = Scene(a_centre(rule(OverflowReason.QUEUE_LENGTH, 2)))
    first, second = scene.a_caller("1"), scene.a_caller("2")
    assert not overflows(scene)
    third = scene.a_caller("3")
    [over] = overflows(scene)
    assert (over.call_id, over.reason, over.target, over.limit, over.waiting) == (third, "queue_length", "project", 2, 3)
    assert [c.project_id for c in scene.turn.floor.waiting] == [NORD, NORD, SUED]
    assert scene.turn.calls[first].terms is not scene.turn.calls[third].terms
    scene.later(600_000)
    assert scene.turn.floor.waiting_in(NORD) == 2, "who waits already is never sent away for the length of the queue"
    assert second in scene.turn.calls


def test_an_agent_of_the_other_project_takes_the_call_in_the_same_turn_with_the_waiting_time_kept() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 30_000))).on_duty("ben")
    call_id = scene.a_caller()
    since = scene.turn.calls[call_id].waiting_since
    scene.later(30_000)
    assert scene.said() == ["CallOverflowed", "DecisionTaken", "AgentReserved"]
    reserved = scene.events[2]
    assert isinstance(reserved, AgentReserved)
    assert (reserved.agent_id, reserved.project_id) == ("ben", SUED)
    assert scene.turn.calls[call_id].waiting_since == since
    assert overflows(scene)[0].waited_ms >= 30_000
    scene.answers(call_id)
    assert scene.turn.calls[call_id].state is CallState.TALKING


def test_nobody_is_sent_away_whom_an_agent_takes_in_the_same_moment() -> None:
    scene = Scene(a_centre(rule(OverflowReason.QUEUE_LENGTH, 0), rule(OverflowReason.WAITING_TIME, 0))).on_duty("anna", "ben")
    scene.a_caller()
    assert "CallOverflowed" not in scene.said()
    assert "AgentReserved" in scene.said()


def test_with_nobody_on_duty_the_caller_goes_to_the_answering_machine() -> None:
    scene = Scene(a_centre(rule(OverflowReason.NOBODY_STAFFED, target=OverflowTarget.MACHINE))).on_duty("ben")
    call_id = scene.a_caller()
    [over] = overflows(scene)
    assert (over.reason, over.staffed, over.to) == ("nobody_staffed", 0, None)
    assert scene.said()[-2:] == ["CallOverflowed", "CallTurnedAway"]
    handed = [command for command in scene.commands if isinstance(command, HandToDialplan)]
    assert [(each.call_id, each.entry) for each in handed] == [(call_id, DialplanEntry.MACHINE)]
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    assert CallEnded(call_id=call_id, end_reason=EndReason.OVERFLOW) in scene.events


def test_an_agent_who_talks_or_pauses_is_on_duty() -> None:
    scene = Scene(a_centre(rule(OverflowReason.NOBODY_STAFFED))).on_duty("anna")
    scene.answers(scene.a_caller("1"))
    scene.a_caller("2")
    scene.later(60_000)
    assert not overflows(scene)


def test_the_last_agent_who_goes_home_sends_the_waiting_on_within_seconds() -> None:
    scene = Scene(a_centre(rule(OverflowReason.NOBODY_STAFFED))).on_duty("anna")
    first = scene.a_caller("1")
    scene.answers(first)
    waiting = scene.a_caller("2")
    scene.hangs_up(scene.turn.calls[first].caller.leg_id)
    scene.turn.agents.pop(AgentId("anna"))
    scene.later(10_000)
    assert [call.call_id for call in scene.turn.floor.waiting if call.project_id == SUED] == [waiting]


def test_all_lines_busy_is_said_and_the_call_ended() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 5_000, OverflowTarget.ANNOUNCEMENT), answers_early=True))
    call_id = scene.a_caller()
    scene.later(5_000)
    away = scene.events[-1]
    assert isinstance(away, CallTurnedAway)
    assert (away.reason, away.to_machine, away.project_id) == (EndReason.ALL_BUSY, True, NORD)
    handed = [command for command in scene.commands if isinstance(command, HandToDialplan)]
    assert [each.entry for each in handed] == [DialplanEntry.BUSY]
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def test_a_long_estimate_sends_callers_on_and_an_unknown_one_does_not() -> None:
    scene = Scene(a_centre(rule(OverflowReason.ESTIMATED_WAIT, 150_000))).on_duty("anna")
    for number in range(6):
        first = scene.a_caller(f"{number}")
        scene.answers(first)
        second = scene.a_caller(f"next {number}")
        assert not overflows(scene), "too little is known, or it is known that callers are taken at once"
        scene.hangs_up(scene.turn.calls[second].caller.leg_id)
        scene.hangs_up(scene.turn.calls[first].caller.leg_id)
        scene.hangs_up(scene.leg(first))
        scene.later(60_000)
    pace = scene.turn.care._pace(NORD)
    for number in range(20):  # an hour in which one caller is taken in two minutes
        pace.served(Instant(scene.now + number * 120 * SECOND), scene.now)
    scene.now = Instant(scene.now + 19 * 120 * SECOND)
    scene.answers(scene.a_caller("talking"))
    next_in_line, behind = scene.a_caller("next"), scene.a_caller("behind")
    [over] = overflows(scene)
    assert (over.call_id, over.estimated_wait_ms is not None and over.estimated_wait_ms > 150_000) == (behind, True)
    assert scene.turn.floor.waiting_call(next_in_line) is not None


def test_other_music_is_played_and_a_project_that_answers_at_once_answers() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 1_000), answers_early=True, music="jazz"))
    scene.a_caller()
    scene.later(1_000)
    assert scene.done() == ["AnswerLeg", "StartMusic"]
    early = a_directory("anna", "ben", overflow=(rule(OverflowReason.WAITING_TIME, 1_000),), answers_early=True)
    sued = changed(early.projects[NORD], project_id=SUED, overflow=())
    scene = Scene(changed(early, projects={**early.projects, SUED: sued}))
    scene.a_caller()
    scene.later(1_000)
    assert scene.said() == ["CallOverflowed"]
    assert scene.done() == [], "the same music plays on"


def test_the_wait_limit_of_the_new_project_counts_from_the_beginning_of_the_wait() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 10_000), wait_limit_ms=25_000))
    call_id = scene.a_caller()
    scene.later(10_000)
    scene.later(14_000)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.later(1_500)
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def test_a_new_rule_holds_for_those_who_wait_already() -> None:
    scene = Scene(a_centre())
    call_id = scene.a_caller()
    scene.later(20_000)
    scene.turn.use(changed(a_centre(rule(OverflowReason.WAITING_TIME, 15_000)), revision=2))
    scene.happens(DirectoryLoaded(revision=2))
    assert scene.said() == ["DirectoryLoaded", "CallOverflowed"]
    assert scene.turn.floor.waiting_call(call_id) is not None


def test_a_switch_that_is_away_is_told_when_it_is_back() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 5_000)))
    scene.a_caller()
    scene.happens(SwitchDisconnected(switch=SWITCH))
    scene.later(20_000)
    assert not overflows(scene)
    scene.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert len(overflows(scene)) == 1


def test_a_target_that_went_out_of_use_becomes_the_answering_machine() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 5_000)))
    scene.a_caller()
    without = {NORD: scene.turn.directory.projects[NORD]}
    scene.turn.use(changed(scene.turn.directory, projects=without, revision=2))
    scene.later(5_000)
    assert scene.said() == ["CallOverflowed", "CallTurnedAway"]


def test_a_start_leaves_the_caller_where_the_journal_says_and_looks_after_them_anew() -> None:
    scene = Scene(a_centre(rule(OverflowReason.WAITING_TIME, 30_000)))
    journal: list[Envelope] = list(
        scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-ben"), is_reachable=True)).envelopes
    )
    handle = scene.turn.handle

    def keeping(arrival: Arrival) -> TurnResult:
        result = handle(arrival)
        journal.extend(result.envelopes)
        return result

    scene.turn.handle = keeping  # type: ignore[method-assign]
    moved = scene.a_caller("moved")
    scene.later(30_000)
    staying = scene.a_caller("staying")
    after = Scene(scene.turn.directory)
    after.now = scene.now
    after.turn = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=after.ids, next_seq=journal[-1].seq + 1)
    after.turn.restore(journal)
    assert after.turn.calls[moved] == scene.turn.calls[moved]
    assert after.turn.calls[staying] == scene.turn.calls[staying]
    after.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert not overflows(after)
    after.happens(LogInRequested(agent_id=AgentId("ben"), endpoint_id=EndpointId("phone-ben")))
    assert [e.call_id for e in after.events if isinstance(e, AgentReserved)] == [moved]
    after.later(30_000)
    assert [over.call_id for over in overflows(after)] == [staying]
