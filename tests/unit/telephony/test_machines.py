"""Answering machines at the other end, known by how long their first words last. Unsure is a person."""

import pytest

from routing.outbound.asking import WorkKind
from routing.outbound.rules import ProjectOutbound
from telephony.agent.model import AgentState
from telephony.call.listening import FIRST_WORDS_MS, HEARD_SOUND, SILENCE_MS
from telephony.call.model import CallState
from telephony.causes import EndReason, HangupCause
from telephony.commands import HangUp, ListenForTalk, StopListening
from telephony.events import HangUpRequested, HoldRequested
from telephony.identifiers import AgentId
from telephony.machines import LegTalkBegan, LegTalkEnded, MachineHeard
from telephony.terms import MachineRule
from tests.unit.telephony.dial_story import Dialled

TELLS = ProjectOutbound(machines=MachineRule.TELL)
ENDS = ProjectOutbound(machines=MachineRule.END)


def talking(outbound: ProjectOutbound = TELLS) -> Dialled:
    return Dialled(outbound=outbound).talks()


def speaks(scene: Dialled) -> Dialled:
    scene.happens(LegTalkBegan(leg_id=scene.callee))
    return scene


def pauses(scene: Dialled, talked_ms: int) -> Dialled:
    scene.happens(LegTalkEnded(leg_id=scene.callee, talked_ms=talked_ms))
    return scene


def verdicts(scene: Dialled) -> list[MachineHeard]:
    return [each.event for each in scene.journal if isinstance(each.event, MachineHeard)]


def stopped(scene: Dialled) -> bool:
    return any(isinstance(command, StopListening) for command in scene.commands)


def test_who_answers_is_listened_to_from_the_answer_on() -> None:
    scene = Dialled(outbound=TELLS).wants().agent_takes().desk_permits()
    assert not any(isinstance(command, ListenForTalk) for command in scene.commands)
    scene.callee_answers()
    assert scene.call.listens_until is not None
    assert scene.call.state is CallState.TALKING, "the agent hears them meanwhile"


def test_nobody_is_listened_to_where_the_project_does_not_want_it() -> None:
    scene = talking(ProjectOutbound())
    assert scene.call.listens_until is None
    speaks(scene).later(20_000)
    assert verdicts(scene) == []


@pytest.mark.parametrize("talked_ms", [300, 1_500, 3_900])
def test_who_says_a_few_words_and_waits_is_a_person(talked_ms: int) -> None:
    scene = speaks(talking())
    scene.later(talked_ms)
    pauses(scene, talked_ms)
    assert stopped(scene)
    speaks(scene).later(60_000)
    assert verdicts(scene) == []
    assert scene.call.state is CallState.TALKING


def test_who_says_nothing_is_taken_for_a_person_and_listened_to_no_more() -> None:
    scene = talking()
    scene.later(FIRST_WORDS_MS)
    assert stopped(scene)
    speaks(scene).later(60_000)
    assert verdicts(scene) == []


def test_who_speaks_on_is_a_machine_and_the_agent_who_is_told_decides() -> None:
    scene = speaks(talking())
    scene.later(3_999)
    assert verdicts(scene) == []
    scene.later(1)
    (heard,) = verdicts(scene)
    assert (heard.leg_id, heard.agent_id, heard.is_ended) == (scene.callee, "anna", False)
    assert stopped(scene)
    callee = scene.call.callee
    assert callee is not None
    assert callee.is_machine, "so that nothing of it is recorded"
    assert scene.call.state is CallState.TALKING
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=AgentId("anna")))
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_MACHINE
    assert scene.state_of() == AgentState.WRAP_UP


def test_an_agent_who_talks_on_with_the_machine_has_found_a_person() -> None:
    scene = speaks(talking())
    scene.later(4_000)
    scene.later(60_001)
    scene.hangs_up(scene.callee)
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_HUNG_UP


@pytest.mark.parametrize(
    "outbound",
    [
        ENDS,
        ProjectOutbound(machines=MachineRule.TELL, kind=WorkKind.ADVERTISING),
        ProjectOutbound(machines=MachineRule.TELL, kind=WorkKind.SURVEY),
        ProjectOutbound(machines=MachineRule.TELL, has_offer=True),
    ],
    ids=["by the project's rule", "advertising", "survey", "service with an offer"],
)
def test_a_machine_is_hung_up_on_and_the_agent_hears_why(outbound: ProjectOutbound) -> None:
    scene = speaks(talking(outbound))
    scene.later(4_000)
    assert [command.leg_id for command in scene.commands if isinstance(command, HangUp)] == [scene.callee]
    assert scene.heard() == HEARD_SOUND
    assert scene.call.state is CallState.ENDING
    scene.hangs_up(scene.callee, by_phone=False)
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_MACHINE
    assert scene.state_of() == AgentState.WRAP_UP


def test_a_click_of_the_line_is_no_word() -> None:
    scene = pauses(speaks(talking()), 80)
    assert not stopped(scene)
    speaks(scene).later(4_000)
    assert len(verdicts(scene)) == 1


def test_whoever_is_held_or_handed_on_meanwhile_is_a_person() -> None:
    scene = speaks(talking(ENDS))
    scene.happens(HoldRequested(call_id=scene.call_id, agent_id=AgentId("anna")))
    scene.later(4_000)
    assert stopped(scene)
    assert verdicts(scene) == []


def test_a_time_that_comes_late_proves_nothing_since_a_gap_may_have_hidden_the_silence() -> None:
    scene = speaks(talking(ENDS))
    (due,) = [(at, event) for at, event in scene.turn.due_now() if getattr(event, "timer", "") == "listening_over"]
    scene.now = type(scene.now)(due[0] + 1_500_000)
    scene.happens(due[1])
    assert verdicts(scene) == []


def test_the_projects_own_time_holds() -> None:
    scene = speaks(talking(ProjectOutbound(machines=MachineRule.TELL, machine_after_ms=6_000)))
    scene.later(5_999)
    assert verdicts(scene) == []
    scene.later(1)
    assert len(verdicts(scene)) == 1


def test_a_machine_that_hangs_up_before_anybody_is_sure_is_a_goodbye_like_any() -> None:
    scene = speaks(talking())
    scene.hangs_up(scene.callee, HangupCause.NORMAL)
    scene.later(10_000)
    assert verdicts(scene) == []
    assert scene.agent_gone().ended_as() is EndReason.CALLEE_HUNG_UP


def test_a_word_about_silence_without_its_beginning_is_a_persons() -> None:
    scene = pauses(talking(), 1_000 + SILENCE_MS)
    assert stopped(scene)
