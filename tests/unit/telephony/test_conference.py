"""Caller, agent and colleague together: whoever leaves, the other two go on."""

from collections.abc import Callable

import pytest

from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import CreateBridge, JoinBridge
from telephony.transfers import (
    ConferenceRequested,
    LeaveRequested,
)
from tests.unit.telephony.consult_scene import ANNA, BEN, Consult, music


@pytest.mark.parametrize("before", [Consult.consulting, Consult.swapped])
def test_a_conference_is_held_in_a_bridge_that_mixes_from_its_beginning(before: Callable[[Consult], Consult]) -> None:
    scene = before(Consult())
    scene.asks(ConferenceRequested)
    assert [c.mixes for c in scene.commands if isinstance(c, CreateBridge)] == [True]
    assert len([c for c in scene.commands if isinstance(c, JoinBridge)]) == 3, "one by one: a lost leg takes no other with it"
    assert scene.together() == {"conference.1": ["caller", scene.bens, scene.annas]}
    assert scene.state is CallState.CONFERENCE
    assert [name for name, _ in music(scene.commands)] == ["StopMusic"]


def test_the_colleague_leaves_the_conference_and_two_go_on() -> None:
    scene = Consult().conference()
    scene.asks(LeaveRequested, BEN)
    assert scene.refusal is None
    scene.legs_gone()
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.annas]}
    assert scene.of(BEN) is AgentState.WRAP_UP


def test_the_agent_leaves_the_conference_and_two_go_on() -> None:
    scene = Consult().conference()
    scene.asks(LeaveRequested)
    scene.legs_gone()
    assert scene.state is CallState.TALKING
    assert scene.together() == {"bridge": ["caller", scene.bens]}
    assert scene.of(ANNA) is AgentState.WRAP_UP
    assert scene.of(BEN) is AgentState.TALKING


@pytest.mark.parametrize("cause", [HangupCause.NORMAL, HangupCause.MEDIA_LOST])
def test_an_agent_whose_line_dies_in_a_conference_is_missed_by_nobody(cause: HangupCause) -> None:
    scene = Consult().conference()
    scene.hangs_up(scene.annas, cause, by_phone=cause is HangupCause.NORMAL)
    scene.obeys()
    assert scene.together() == {"bridge": ["caller", scene.bens]}
    assert scene.of(ANNA) is AgentState.WRAP_UP


def test_the_caller_leaves_the_conference_and_the_agents_go_on_until_one_hangs_up() -> None:
    scene = Consult().conference()
    scene.hangs_up(scene.callers)
    assert scene.state is CallState.COLLEAGUES
    assert scene.commands == []
    scene.hangs_up(scene.annas)
    scene.legs_gone()
    assert scene.call_id not in scene.turn.calls
    assert scene.of(ANNA) is scene.of(BEN) is AgentState.WRAP_UP
