"""Waiting callers are told where they stand; whoever answers cuts it off, and no offer waits for it."""

from dataclasses import replace as changed

from routing.announcements import Announcements
from telephony.call.model import CallState
from telephony.commands import PlaySequence, StopPlaying
from telephony.engine.turn import Turn
from telephony.events import CommandFailed, Envelope, SwitchConnected
from telephony.identifiers import CallId
from telephony.waiting import AnnouncementBegun
from tests.unit.telephony.scene import NORD, SWITCH, Scene, a_directory
from tests.unit.telephony.test_project_closed import noted

TOLD = Announcements(first_after_ms=10_000, every_ms=30_000)


def a_scene(*on_duty: str) -> Scene:
    scene = Scene(a_directory(answers_early=True, announcements=TOLD))
    return scene.on_duty(*on_duty) if on_duty else scene


def begun(scene: Scene) -> list[AnnouncementBegun]:
    return [event for event in scene.events if isinstance(event, AnnouncementBegun)]


def played(scene: Scene) -> list[PlaySequence]:
    return [command for command in scene.commands if isinstance(command, PlaySequence)]


def an_announced_caller(scene: Scene, name: str = "caller") -> CallId:
    call_id = scene.a_caller(name)
    scene.later(10_000)
    assert [each.call_id for each in begun(scene)] == [call_id]
    return call_id


def test_a_caller_is_told_the_place_after_a_while_and_hears_music_again() -> None:
    scene = a_scene()
    scene.a_caller("1")
    second = scene.a_caller("2")
    scene.later(9_900)
    assert not begun(scene)
    scene.later(200)
    [play] = played(scene)
    assert play.call_id == second, "the first one's turn came a moment earlier"
    assert play.sounds == ("fernamt/ahead-1", "fernamt/patience")
    assert (play.language, play.music, play.playback_id) == ("de", "default", f"{second}.playback.1")


def test_it_is_told_again_and_again_with_new_figures_under_new_ids() -> None:
    scene = a_scene()
    first, second = scene.a_caller("1"), scene.a_caller("2")
    scene.later(11_000)
    scene.hangs_up(scene.turn.calls[first].caller.leg_id)
    scene.later(30_000)
    [play] = played(scene)
    assert (play.sounds[0], play.playback_id) == ("fernamt/ahead-0", f"{second}.playback.2")


def test_an_agent_who_becomes_free_is_offered_the_call_while_it_plays_and_the_answer_cuts_it_off() -> None:
    scene = a_scene()
    call_id = an_announced_caller(scene)
    scene.on_duty("anna")
    assert "RingEndpoint" in scene.done()
    scene.answers(call_id)
    assert scene.done() == ["StopPlaying", "StopMusic", "JoinBridge", "MarkWaiting"]
    [stop] = [command for command in scene.commands if isinstance(command, StopPlaying)]
    assert stop.playback_id == f"{call_id}.playback.1"
    scene.later(120_000)
    assert not begun(scene), "nothing is told to who talks"


def test_nobody_is_told_anything_while_a_phone_rings_for_them_and_they_are_told_after_it_rang_in_vain() -> None:
    scene = a_scene("anna")
    call_id = scene.a_caller()
    assert scene.turn.calls[call_id].state is CallState.ALERTING
    scene.later(19_000)
    assert not begun(scene)
    scene.hangs_up(scene.leg(call_id))
    assert [each.call_id for each in begun(scene)] == [call_id]


def test_a_sound_that_cannot_be_played_changes_nothing() -> None:
    scene = a_scene()
    call_id = an_announced_caller(scene)
    scene.happens(CommandFailed(command="PlaySequence", reason="refused", leg_id=scene.turn.calls[call_id].caller.leg_id))
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.later(30_000)
    assert begun(scene)


def test_the_announcement_is_broken_off_for_the_answering_machine() -> None:
    directory = a_directory(answers_early=True, announcements=TOLD, wait_limit_ms=12_000)
    scene = Scene(directory)
    an_announced_caller(scene)
    scene.later(2_000)
    assert scene.done() == ["StopPlaying", "StopMusic", "MarkWaiting", "HandToDialplan"]


def test_a_start_keeps_the_pace_of_announcements() -> None:
    scene = a_scene()
    journal: list[Envelope]
    journal, call_id = noted(scene)
    scene.later(10_000)
    after = Scene(scene.turn.directory)
    after.now = scene.now
    after.turn = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=after.ids, next_seq=journal[-1].seq + 1)
    after.turn.restore(journal)
    assert after.turn.calls[call_id] == scene.turn.calls[call_id]
    after.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert not begun(after)
    after.later(30_000)
    assert [play.playback_id for play in played(after)] == [f"{call_id}.playback.2"]


def test_a_project_that_says_nothing_any_more_falls_silent() -> None:
    scene = a_scene()
    an_announced_caller(scene)
    directory = scene.turn.directory
    scene.turn.use(changed(directory, projects={NORD: changed(directory.projects[NORD], announcements=None)}))
    scene.later(120_000)
    assert not begun(scene)
