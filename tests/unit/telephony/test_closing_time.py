"""Closing time, for those who wait: served to the last, or given the closed treatment after a grace."""

from datetime import UTC, datetime, time

from routing.directory import ClosedTreatment, ClosingTreatment
from routing.hours import OpeningHours, Window
from telephony.call.model import CallState
from telephony.causes import EndReason
from telephony.commands import DialplanEntry, HandToDialplan
from telephony.events import CallTurnedAway, SwitchConnected, SwitchDisconnected
from telephony.identifiers import Instant
from tests.unit.telephony.scene import SWITCH, Scene, a_directory

ALL_DAYS = OpeningHours(zone="UTC", week=dict.fromkeys(range(7), (Window(opens=time(8), closes=time(18)),)))
TEN_TO_SIX = Instant(int(datetime(2027, 1, 15, 17, 50, tzinfo=UTC).timestamp()) * 1_000_000)
TEN_MINUTES_MS = 600_000


def a_scene(*on_duty: str, **project: object) -> Scene:
    scene = Scene(a_directory(hours=ALL_DAYS, answers_early=True, **project)).on_duty(*on_duty)
    if not on_duty:
        scene = Scene(a_directory(hours=ALL_DAYS, answers_early=True, **project))
    scene.now = TEN_TO_SIX
    return scene


def turned_away(scene: Scene) -> list[CallTurnedAway]:
    return [event for event in scene.events if isinstance(event, CallTurnedAway)]


def test_who_waits_at_closing_time_is_served_to_the_last_unless_told_otherwise() -> None:
    scene = a_scene()
    call_id = scene.a_caller()
    scene.later(10 * TEN_MINUTES_MS)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.on_duty("anna")
    assert scene.turn.calls[call_id].state is CallState.ALERTING


def test_who_waits_gets_the_closed_treatment_once_the_grace_is_over() -> None:
    scene = a_scene(at_closing=ClosingTreatment.CLOSE, closing_grace_ms=120_000)
    call_id = scene.a_caller()
    scene.later(TEN_MINUTES_MS + 119_000)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.later(1_000)
    [away] = turned_away(scene)
    assert (away.reason, away.to_machine) == (EndReason.CLOSED, True)
    handed = [command for command in scene.commands if isinstance(command, HandToDialplan)]
    assert [each.entry for each in handed] == [DialplanEntry.CLOSED]


def test_where_the_closed_treatment_is_to_refuse_the_call_is_ended() -> None:
    scene = a_scene(at_closing=ClosingTreatment.CLOSE, closed_treatment=ClosedTreatment.REJECT)
    call_id = scene.a_caller()
    scene.later(TEN_MINUTES_MS)
    assert scene.done() == ["HangUp"]
    assert scene.turn.calls[call_id].state is CallState.ENDING


def test_who_is_rung_for_at_closing_time_is_connected_and_who_is_rung_for_in_vain_is_not_kept() -> None:
    scene = a_scene("anna", at_closing=ClosingTreatment.CLOSE, ring_timeout_ms=600_000)
    first = scene.a_caller()
    scene.later(TEN_MINUTES_MS)
    assert scene.turn.calls[first].state is CallState.ALERTING
    scene.hangs_up(scene.leg(first))
    assert [away.call_id for away in turned_away(scene)] == [first]


def test_a_caller_whose_agent_was_lost_after_closing_time_waits_for_the_next() -> None:
    scene = a_scene("anna", at_closing=ClosingTreatment.CLOSE, recovery_ms=5_000)
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.later(TEN_MINUTES_MS + 60_000)
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    scene.hangs_up(scene.leg(call_id, 2), by_phone=False)
    scene.later(60_000)
    if scene.turn.calls[call_id].has_live_agent_leg:
        scene.hangs_up(scene.leg(call_id, scene.turn.calls[call_id].agent_legs), by_phone=False)
    assert scene.turn.calls[call_id].goes_first
    assert scene.turn.calls[call_id].state in (CallState.QUEUED, CallState.ALERTING)


def test_a_switch_that_was_away_at_closing_time_is_told_when_it_is_back() -> None:
    scene = a_scene(at_closing=ClosingTreatment.CLOSE)
    call_id = scene.a_caller()
    scene.happens(SwitchDisconnected(switch=SWITCH))
    scene.later(3 * TEN_MINUTES_MS)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
