"""A project that goes out of use while callers wait for it: they get its closed treatment, whoever rings or talks goes on."""

from dataclasses import replace as changed

import pytest

from routing.directory import ClosedTreatment, Directory
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause
from telephony.commands import DialplanEntry, HandToDialplan, HangUp, MarkWaiting
from telephony.engine.arrival import Arrival, TurnResult
from telephony.engine.turn import Turn
from telephony.events import CallEnded, CallTurnedAway, DirectoryLoaded, Envelope, SwitchConnected, SwitchDisconnected
from telephony.identifiers import CallId, ProjectId
from tests.unit.telephony.scene import NORD, SWITCH, Scene, a_directory

SUED = ProjectId("sued")


def without_nord(directory: Directory) -> Directory:
    return changed(directory, revision=2, projects={}, numbers={})


def nord_closes(scene: Scene) -> list[Envelope]:
    scene.turn.use(without_nord(scene.turn.directory))
    return scene.happens(DirectoryLoaded(revision=2)).envelopes


def test_who_waits_is_handed_to_the_announcement_and_ends_as_closed() -> None:
    scene = Scene(a_directory(answers_early=True))
    first, second = scene.a_caller("first"), scene.a_caller("second")
    nord_closes(scene)
    assert scene.said() == ["DirectoryLoaded", "CallTurnedAway", "CallTurnedAway"]
    handed = [command for command in scene.commands if isinstance(command, HandToDialplan)]
    assert [(each.call_id, each.entry) for each in handed] == [(first, DialplanEntry.CLOSED), (second, DialplanEntry.CLOSED)]
    assert scene.done()[:3] == ["StopMusic", "MarkWaiting", "HandToDialplan"]
    assert not any(command.is_waiting for command in scene.commands if isinstance(command, MarkWaiting))
    assert scene.turn.calls[first].state is CallState.AT_MACHINE
    scene.hangs_up(scene.turn.calls[first].caller.leg_id)
    assert CallEnded(call_id=first, end_reason=EndReason.CLOSED) in scene.events


@pytest.mark.parametrize("wait_limit_ms", [None, 60_000])
def test_where_the_closed_treatment_is_to_refuse_the_waiting_call_is_ended(wait_limit_ms: int | None) -> None:
    scene = Scene(a_directory(closed_treatment=ClosedTreatment.REJECT, wait_limit_ms=wait_limit_ms))
    call_id = scene.a_caller()
    leg_id = scene.turn.calls[call_id].caller.leg_id
    nord_closes(scene)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [leg_id]
    scene.later(61_000)  # a limit of waiting that is over means nothing to it any more
    scene.hangs_up(leg_id, by_phone=False)
    assert CallEnded(call_id=call_id, end_reason=EndReason.CLOSED) in scene.events


def test_who_is_rung_for_is_offered_on_and_talks() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    nord_closes(scene)
    assert scene.said() == ["DirectoryLoaded"]
    scene.answers(call_id)
    assert scene.turn.calls[call_id].state is CallState.TALKING
    assert "CallTurnedAway" not in scene.said()


def test_who_was_rung_for_in_vain_gets_the_treatment_instead_of_the_next_agent() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    nord_closes(scene)
    scene.hangs_up(scene.leg(call_id), HangupCause.NO_ANSWER)
    assert scene.said() == ["LegHungUp", "AgentReleased", "CallQueuedAgain", "CallTurnedAway", "AgentNoted"]
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def test_other_projects_wait_on() -> None:
    directory = a_directory()
    sued = changed(directory.projects[NORD], project_id=SUED)
    scene = Scene(changed(directory, projects={**directory.projects, SUED: sued}, numbers={**directory.numbers, "+49305": SUED}))
    of_nord, of_sued = scene.a_caller("one"), scene.a_caller("two", did="+49305")
    scene.turn.use(changed(scene.turn.directory, revision=2, projects={SUED: sued}, numbers={"+49305": SUED}))
    scene.happens(DirectoryLoaded(revision=2))
    assert scene.turn.calls[of_nord].state is CallState.AT_MACHINE
    assert scene.turn.calls[of_sued].state is CallState.QUEUED


def test_a_switch_that_is_away_is_told_when_it_is_back() -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.happens(SwitchDisconnected(switch=SWITCH))
    nord_closes(scene)
    assert scene.turn.calls[call_id].state is CallState.QUEUED
    scene.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def restarted(scene: Scene, journal: list[Envelope]) -> Scene:
    """A new start on that journal, with the directory as it is by now."""
    after = Scene(scene.turn.directory)
    after.now = scene.now
    next_seq = journal[-1].seq + 1
    after.turn = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=after.ids, next_seq=next_seq)
    after.turn.restore(journal)
    return after


def noted(scene: Scene) -> tuple[list[Envelope], CallId]:
    journal: list[Envelope] = []
    handle = scene.turn.handle

    def keeping(arrival: Arrival) -> TurnResult:
        result = handle(arrival)
        journal.extend(result.envelopes)
        return result

    scene.turn.handle = keeping  # type: ignore[method-assign]
    return journal, scene.a_caller()


def test_a_replay_leads_to_the_same_state_and_turns_nobody_away_twice() -> None:
    scene = Scene()
    journal, call_id = noted(scene)
    nord_closes(scene)
    after = restarted(scene, journal)
    assert after.turn.calls[call_id] == scene.turn.calls[call_id]
    after.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    assert after.said() == ["SwitchConnected"]


def test_a_project_that_closed_while_nobody_served_is_noticed_at_the_start() -> None:
    scene = Scene()
    journal, call_id = noted(scene)
    scene.turn.use(without_nord(scene.turn.directory))
    after = restarted(scene, journal)
    assert after.turn.calls[call_id].state is CallState.QUEUED
    after.happens(SwitchConnected(switch=SWITCH, boot_id="1"))
    away = after.events[-1]
    assert isinstance(away, CallTurnedAway)
    assert (away.reason, away.to_machine, away.project_id) == (EndReason.CLOSED, True, NORD)
    assert after.turn.calls[call_id].state is CallState.AT_MACHINE
