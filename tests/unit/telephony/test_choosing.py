"""Callers are asked to choose by a key before they wait; what they type is kept nowhere but as the option it chose."""

from dataclasses import replace as changed

import msgspec
import pytest

from routing.directory import Directory
from routing.hours import OpeningHours
from routing.menu import Menu, MenuOption
from telephony.call.model import CallState
from telephony.causes import EndReason
from telephony.commands import PlaySequence
from telephony.demands import SkillNeed
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.turn import Turn
from telephony.events import (
    AgentReserved,
    CallEnded,
    CallTurnedAway,
    DirectoryLoaded,
    Envelope,
    HangUpRequested,
    LegPressedKey,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.identifiers import AgentId, CallId, LegId, ProjectId
from telephony.waiting import MenuAnswered, MenuOpened
from tests.unit.telephony.scene import NORD, SWITCH, Scene, a_directory

SUED = ProjectId("sued")
OPTIONS = (
    MenuOption(key="1"),
    MenuOption(key="2", language="en"),
    MenuOption(key="3", skills=(SkillNeed(skill="solar", grade=3),), priority_ms=60_000),
    MenuOption(key="4", project_id=SUED),
)
MENU = Menu(prompt=("fernamt/choose-german", "fernamt/choose-english"), options=OPTIONS, answer_within_ms=10_000, tries=2)


def a_centre(menu: Menu = MENU, *, sued_hours: OpeningHours | None = None, **project: object) -> Directory:
    """Anna and Ben are for Nord, Ben for Süd as well."""
    directory = a_directory("anna", "ben", answers_early=True, menu=menu, **project)
    sued = changed(directory.projects[NORD], project_id=SUED, name="Projekt Süd", menu=None, music="jazz", hours=sued_hours)
    ben = changed(directory.agents[AgentId("ben")], certificates=frozenset({NORD, SUED}))
    return changed(directory, projects={**directory.projects, SUED: sued}, agents={**directory.agents, AgentId("ben"): ben})


def presses(scene: Scene, call_id: CallId, *keys: str) -> None:
    for key in keys:
        scene.happens(LegPressedKey(leg_id=scene.turn.calls[call_id].caller.leg_id, key=key))


def answer(scene: Scene) -> MenuAnswered:
    [found] = [event for event in scene.events if isinstance(event, MenuAnswered)]
    return found


def reserved(scene: Scene) -> list[tuple[AgentId, ProjectId]]:
    return [(event.agent_id, event.project_id) for event in scene.events if isinstance(event, AgentReserved)]


def test_nobody_is_offered_a_caller_who_is_being_asked() -> None:
    scene = Scene(a_centre()).on_duty("anna")
    call_id = scene.a_caller()
    assert scene.said() == ["LegOffered", "CallAdmitted", "MenuOpened"]
    assert scene.done() == ["AnswerLeg", "StartMusic", "PlaySequence"]
    assert scene.turn.calls[call_id].state is CallState.CHOOSING
    assert scene.turn.floor.waiting_call(call_id) is None
    [play] = [command for command in scene.commands if isinstance(command, PlaySequence)]
    assert (play.sounds, play.music) == (MENU.prompt, "default")


def test_the_choice_leads_to_an_agent_in_the_same_turn_and_cuts_the_question_off() -> None:
    scene = Scene(a_centre()).on_duty("anna")
    call_id = scene.a_caller()
    since = scene.turn.calls[call_id].waiting_since
    presses(scene, call_id, "1")
    assert scene.said() == ["MenuAnswered", "DecisionTaken", "AgentReserved"]
    assert (answer(scene).key, answer(scene).is_chosen) == ("1", True)
    assert scene.done()[:2] == ["StopPlaying", "RingEndpoint"]
    assert scene.turn.calls[call_id].waiting_since == since
    scene.answers(call_id)
    assert scene.turn.calls[call_id].state is CallState.TALKING


def test_what_an_option_asks_for_goes_with_the_call() -> None:
    scene = Scene(a_centre())
    english, solar = scene.a_caller("1"), scene.a_caller("2")
    presses(scene, english, "2")
    presses(scene, solar, "3")
    assert scene.turn.calls[english].demand.language == "en"
    waiting = scene.turn.floor.waiting_call(solar)
    assert waiting is not None
    assert waiting.priority_ms == 60_000
    assert SkillNeed(skill="solar", grade=3) in waiting.needs
    assert [need.skill for need in scene.turn.floor.waiting_call(english).needs] == ["language:en"]  # type: ignore[union-attr]


def test_a_department_is_another_project_with_its_music_and_its_agents() -> None:
    scene = Scene(a_centre()).on_duty("anna", "ben")
    call_id = scene.a_caller()
    presses(scene, call_id, "4")
    assert reserved(scene) == [("ben", SUED)]
    assert scene.turn.calls[call_id].terms is not None
    assert scene.turn.calls[call_id].terms.music == "jazz"
    assert "StartMusic" in scene.done()


def test_a_department_that_is_closed_at_this_hour_gives_its_closed_treatment() -> None:
    scene = Scene(a_centre(sued_hours=OpeningHours(week={}))).on_duty("ben")
    call_id = scene.a_caller()
    presses(scene, call_id, "4")
    assert scene.said() == ["MenuAnswered", "CallTurnedAway"]
    away = scene.events[1]
    assert isinstance(away, CallTurnedAway)
    assert (away.reason, away.project_id) == (EndReason.CLOSED, SUED)
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def test_a_wrong_key_is_told_and_asked_again_and_then_the_caller_waits_as_if_there_were_no_menu() -> None:
    scene = Scene(a_centre()).on_duty("anna")
    call_id = scene.a_caller()
    presses(scene, call_id, "9")
    [again] = scene.events
    assert isinstance(again, MenuOpened)
    assert (again.attempt, again.sounds) == (2, ("fernamt/wrong-key", *MENU.prompt))
    assert scene.done() == ["StopPlaying", "PlaySequence"]
    presses(scene, call_id, "8")
    assert (answer(scene).is_chosen, answer(scene).key) == (False, None)
    assert reserved(scene) == [("anna", NORD)]


def test_no_key_is_asked_again_and_then_the_default_holds() -> None:
    scene = Scene(a_centre(changed(MENU, default_key="2")))
    call_id = scene.a_caller()
    scene.later(9_900)
    assert scene.turn.calls[call_id].times_asked == 1
    scene.later(200)
    assert [type(event) for event in scene.events] == [MenuOpened]
    assert scene.events[0].sounds == MENU.prompt  # type: ignore[union-attr]
    scene.later(10_000)
    assert (answer(scene).is_chosen, answer(scene).key) == (False, "2")
    assert scene.turn.calls[call_id].demand.language == "en"


def test_only_the_callers_own_keys_count_and_only_while_asked() -> None:
    scene = Scene(a_centre()).on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LegPressedKey(leg_id=LegId("somebody-else"), key="1"))
    assert scene.turn.calls[call_id].state is CallState.CHOOSING
    presses(scene, call_id, "1", "1", "2")
    assert scene.events == []
    scene.answers(call_id)
    presses(scene, call_id, "4", "7", "1", "1")
    assert scene.events == []
    assert scene.commands == []


def test_no_key_but_the_chosen_one_is_in_what_is_written() -> None:
    scene = Scene(a_centre(changed(MENU, tries=5)))
    written: list[Envelope] = []
    handle = scene.turn.handle

    def keeping(arrival: Arrival) -> TurnResult:
        result = handle(arrival)
        written.extend(result.envelopes)
        return result

    scene.turn.handle = keeping  # type: ignore[method-assign]
    call_id = scene.a_caller()
    presses(scene, call_id, "7", "#", "9", "2", "5")
    told = [msgspec.json.encode(envelope.event).decode() for envelope in written]
    keys = [event["key"] for event in map(msgspec.json.decode, told) if event.get("key")]
    assert keys == ["2"]
    assert not any('"7"' in text or '"#"' in text or '"9"' in text or '"5"' in text for text in told)


def test_a_caller_who_hangs_up_while_asked_has_abandoned() -> None:
    scene = Scene(a_centre())
    call_id = scene.a_caller()
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    assert CallEnded(call_id=call_id, end_reason=EndReason.ABANDONED) in scene.events


def test_the_limit_of_waiting_holds_while_asked() -> None:
    scene = Scene(a_centre(changed(MENU, answer_within_ms=60_000), wait_limit_ms=8_000))
    call_id = scene.a_caller()
    scene.later(8_000)
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    assert scene.done() == ["StopPlaying", "StopMusic", "MarkWaiting", "HandToDialplan"]


def test_a_supervisor_can_end_the_call_of_who_is_asked() -> None:
    scene = Scene(a_centre())
    call_id = scene.a_caller()
    scene.happens(HangUpRequested(call_id=call_id, agent_id=None))
    assert scene.turn.calls[call_id].state is CallState.ENDING


def test_a_menu_that_is_taken_out_of_the_settings_lets_the_caller_wait() -> None:
    scene = Scene(a_centre())
    call_id = scene.a_caller()
    directory = scene.turn.directory
    without = changed(directory.projects[NORD], menu=None)
    scene.turn.use(changed(directory, revision=2, projects={**directory.projects, NORD: without}))
    scene.happens(DirectoryLoaded(revision=2))
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    assert scene.turn.floor.waiting_call(call_id) is not None


@pytest.mark.parametrize("wait_ms", [0, 25_000])
def test_a_start_goes_on_asking_and_waits_for_the_key_as_long_as_the_journal_says(wait_ms: int) -> None:
    scene = Scene(a_centre())
    journal: list[Envelope] = []
    handle = scene.turn.handle

    def keeping(arrival: Arrival) -> TurnResult:
        result = handle(arrival)
        journal.extend(result.envelopes)
        return result

    scene.turn.handle = keeping  # type: ignore[method-assign]
    call_id = scene.a_caller()
    after = Scene(scene.turn.directory)
    after.now = scene.now
    after.turn = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=after.ids, next_seq=journal[-1].seq + 1)
    after.turn.restore(journal)
    assert after.turn.calls[call_id] == scene.turn.calls[call_id]
    after.later(wait_ms)
    after.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert [type(event) for event in after.events[1:]] == ([MenuOpened] if wait_ms else [])
    presses(after, call_id, "2")
    assert after.turn.calls[call_id].demand.language == "en"


def test_while_the_switch_is_away_nobody_is_asked_again() -> None:
    scene = Scene(a_centre())
    call_id = scene.a_caller()
    scene.happens(SwitchDisconnected(switch=SWITCH))
    scene.later(30_000)
    assert scene.turn.calls[call_id].times_asked == 1
    scene.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert scene.turn.calls[call_id].times_asked == 2


def test_opening_hours_of_the_asking_project_are_looked_at_before_the_question() -> None:
    scene = Scene(a_centre(hours=OpeningHours(week={}, exceptions={})))
    scene.a_caller()
    assert scene.said() == ["LegOffered", "CallTurnedAway"]
