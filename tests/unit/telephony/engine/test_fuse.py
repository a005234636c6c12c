"""A rule that leads back to itself is cut short: the turn ends, its caller is looked after, and nobody else notices."""

from collections.abc import Callable

import pytest

from telephony.agent.model import AgentState
from telephony.call import transitions
from telephony.call.facts import CallFact
from telephony.call.model import Call, CallState
from telephony.call.step import Step
from telephony.call.transitions import Rule
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.commands import Command, DialplanEntry, HandToDialplan, MarkWaiting
from telephony.engine import fuse
from telephony.events import (
    AgentReleased,
    AgentReserved,
    CallEnded,
    Envelope,
    HoldRequested,
    UnexpectedHappened,
    UnholdRequested,
)
from telephony.identifiers import AgentId, CallId, LegId
from telephony.waiting import AnnouncementBegun
from tests.unit.telephony.scene import SWITCH, Scene

ANNA = AgentId("anna")
Action = Callable[[Call, Envelope], Step]


def for_ever(call: Call, envelope: Envelope) -> Step:
    """What no rule may do: it concludes what led to it, twice."""
    return Step(call, events=(envelope.event, envelope.event))


def break_rule(
    monkeypatch: pytest.MonkeyPatch, state: CallState, fact: CallFact, action: Action = for_ever, to: CallState | None = None
) -> None:
    monkeypatch.setitem(transitions.TRANSITIONS, (state, fact), Rule(to or state, action))


def ask_anew(call: Call, envelope: Envelope) -> Step:
    return Step(call, events=(announced(call.call_id),))


def give_back(call: Call, envelope: Envelope) -> Step:
    """What no rule may do: the agent who was reserved a moment ago is let go at once, and is the next best again."""
    return Step(
        call, events=(AgentReleased(agent_id=ANNA, call_id=call.call_id, reason=ReleaseReason.ABANDONED, has_talked=False),)
    )


def announced(call_id: CallId) -> AnnouncementBegun:
    return AnnouncementBegun(call_id=call_id, sounds=("fernamt/wait",), language="en", place=1)


def reports(scene: Scene) -> list[UnexpectedHappened]:
    return [event for event in scene.events if isinstance(event, UnexpectedHappened)]


def of(scene: Scene, call_id: CallId) -> list[Command]:
    return [command for command in scene.commands if command.call_id == call_id]


def test_who_waits_is_left_to_the_dialplan_and_the_report_names_call_and_events(monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, CallState.QUEUED, CallFact.ANNOUNCED)
    scene = Scene()
    call_id = scene.a_caller()
    scene.happens(announced(call_id))
    assert reports(scene) == [
        UnexpectedHappened(
            machine="turn", state="queued", event=", ".join(["AnnouncementBegun"] * fuse.TOLD_KINDS), call_id=call_id
        )
    ]
    assert len(scene.events) <= fuse.MOST_OF_ONE + 3  # what began it, the report, and who takes the caller
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    machine = HandToDialplan(call_id=call_id, switch=SWITCH, leg_id=LegId("caller"), entry=DialplanEntry.MACHINE)
    unmarked = MarkWaiting(call_id=call_id, switch=SWITCH, leg_id=LegId("caller"), is_waiting=False)
    assert of(scene, call_id)[-2:] == [unmarked, machine]
    scene.hangs_up(LegId("caller"))
    assert isinstance(scene.events[-1], CallEnded)
    assert scene.events[-1].end_reason is EndReason.FALLBACK
    assert not scene.turn.calls


def test_an_agent_whose_phone_rings_for_such_a_call_is_free_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, CallState.ALERTING, CallFact.ANNOUNCED)
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(announced(call_id))
    assert "HangUp" in scene.done()
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    scene.hangs_up(scene.leg(call_id), HangupCause.ANSWERED_ELSEWHERE, by_phone=False)
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE
    other = scene.a_caller("other")
    assert scene.turn.calls[other].state is CallState.ALERTING


def test_who_talks_goes_on_talking(monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, CallState.TALKING, CallFact.ANNOUNCED)
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(announced(call_id))
    assert [report.state for report in reports(scene)] == ["talking"]
    assert scene.commands == []
    assert scene.turn.calls[call_id].state is CallState.TALKING
    scene.hangs_up(LegId("caller"))
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert not scene.turn.calls
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP


def test_an_offer_that_is_taken_back_at_once_is_not_made_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, CallState.QUEUED, CallFact.AGENT_RESERVED, ask_anew, CallState.ALERTING)
    break_rule(monkeypatch, CallState.ALERTING, CallFact.ANNOUNCED, give_back, CallState.QUEUED)
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    assert [report.call_id for report in reports(scene)] == [call_id]
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    bound = [each.agent_id for each in scene.events if isinstance(each, AgentReserved)]
    freed = [each.agent_id for each in scene.events if isinstance(each, AgentReleased)]
    assert bound
    assert bound == freed
    assert scene.turn.agents[ANNA].call_id is None


def test_calls_that_make_calls_are_cut_short_too() -> None:
    """None of them comes near the bound of one call: what is live when the turn begins bounds them all."""
    turns_away = fuse.Fuse()
    turns_away.turn_begins(live=2)
    admitted = [turns_away.admits(announced(CallId(f"{number}")), f"{number}") for number in range(1_000)]
    assert sum(admitted) == 3 * fuse.MOST_OF_ONE
    assert turns_away.take_blown() == [f"{3 * fuse.MOST_OF_ONE}"]


def test_the_next_turn_has_a_whole_fuse(monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, CallState.TALKING, CallFact.ANNOUNCED)
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    for _ in range(2):
        scene.happens(announced(call_id))
        assert len(reports(scene)) == 1
        assert len(scene.events) == fuse.MOST_OF_ONE + 2
    scene.happens(HoldRequested(call_id=call_id, agent_id=ANNA))
    assert scene.turn.calls[call_id].state is CallState.HELD


def test_a_start_reads_more_events_of_a_call_than_a_turn_may_conclude() -> None:
    """What the journal holds came to rest once: reading it is no turn."""
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    journal = list(scene.answers(call_id).envelopes)
    for request in (HoldRequested, UnholdRequested) * (fuse.MOST_OF_ONE * 2):
        journal += scene.happens(request(call_id=call_id, agent_id=ANNA)).envelopes
    before = scene.turn.calls[call_id]
    scene.turn.restore(journal)
    assert scene.turn.calls[call_id] == before
    assert reports(scene) == []
