"""The minutes of a call by an open line, what a restart makes of one, and its tables."""

import pytest

from metering.fold import fold
from telephony.agent import open_line
from telephony.agent.open_line import LineFact
from telephony.commands import CreateBridge, DestroyBridge, HangUp, JoinBridge
from telephony.engine.ports import LegSeen, Snapshot
from telephony.engine.reconcile import Difference, reconcile
from telephony.engine.turn import Turn
from telephony.events import (
    AgentTimerFired,
    CallEnded,
    LegAnswered,
    LegHungUp,
    LogInRequested,
    LogOutRequested,
    UnexpectedHappened,
)
from telephony.identifiers import EndpointId, LegId
from telephony.open_lines import LineBegun, LineState
from tests.unit.telephony.open_line_story import ANNA, OnTheLine
from tests.unit.telephony.scene import SWITCH, CountingIds

PHONE = EndpointId("phone-anna")


def restored(scene: OnTheLine) -> Turn:
    """The state that the journal alone leads to."""
    turn = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=CountingIds())
    turn.restore(scene.journal)
    return turn


def nothing_impossible(scene: OnTheLine) -> bool:
    return not any(isinstance(envelope.event, UnexpectedHappened) for envelope in scene.journal)


def test_the_minutes_are_those_of_the_call_alone() -> None:
    scene = OnTheLine().opens()
    scene.later(120_000)
    scene.talks()
    scene.later(30_000)
    scene.callee_hangs_up().comes_home()
    scene.later(40_000)
    scene.phone_hangs_up()
    folded = fold(scene.call_id, [e for e in scene.journal if e.call_id == scene.call_id])
    assert folded is not None
    annas, outside = folded.lines
    assert (annas.agent_id, annas.ring_ms, outside.agent_id) == (ANNA, 0, None)
    assert abs(annas.talk_ms - 30_000) < 10
    assert abs(annas.talk_ms - outside.billed_ms) < 10
    assert annas.wait_ms < 10
    assert not annas.is_estimated
    assert not folded.record.is_estimated
    line_alone = [e for e in scene.journal if e.call_id is None and getattr(e.event, "leg_id", None) == scene.line_leg]
    assert [type(e.event) for e in line_alone if isinstance(e.event, LegHungUp)] == [LegHungUp]


@pytest.mark.parametrize("steps", range(9))
def test_the_journal_alone_leads_to_the_same_line(steps: int) -> None:
    scene = OnTheLine()
    course = (
        scene.asks,
        scene.opens,
        scene.wants,
        scene.comes_to_call,
        scene.desk_permits,
        lambda: scene.happens(LegAnswered(leg_id=scene.callee)),
        scene.callee_hangs_up,
        scene.comes_home,
        lambda: scene.later(70_000),
    )
    for step in course[: steps + 1]:
        step()
    turn = restored(scene)
    assert turn.agents == scene.turn.agents
    assert turn.calls == scene.turn.calls


def test_what_is_noted_of_an_agent_keeps_the_line() -> None:
    scene = OnTheLine().opens().talks()
    scene.callee_hangs_up().comes_home()
    scene.later(70_000)
    noted = next(place for place, e in enumerate(scene.journal) if type(e.event).__name__ == "AgentNoted")
    turn = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=CountingIds())
    turn.restore(scene.journal[noted:])
    assert turn.agents == scene.turn.agents
    assert turn.registry.is_line(scene.line_leg)


def look(scene: OnTheLine, *legs: LegSeen) -> Difference:
    snapshot = Snapshot(switch=SWITCH, boot_id="1", taken_at=scene.now, legs=legs, bridges=(), reachable=(PHONE,))
    calls = scene.turn.calls_at(SWITCH)
    lines = scene.turn.lines_at(SWITCH)
    return reconcile(calls, scene.turn.presence, snapshot, last_alive_at=scene.now, lines=lines)


def seen(leg_id: LegId, bridge: str | None) -> LegSeen:
    return LegSeen(leg_id=leg_id, is_answered=True, created_at=0, bridge_id=bridge, arrived=None, endpoint_id=PHONE)  # type: ignore[arg-type]


def test_a_look_at_the_switch_adopts_a_line_that_is_where_it_belongs() -> None:
    scene = OnTheLine().opens()
    difference = look(scene, seen(scene.line_leg, scene.home))
    assert (difference.facts, difference.commands, difference.orphans) == ([], [], [])


def test_a_look_finds_a_line_answered_gone_astray_or_unknown() -> None:
    scene = OnTheLine().asks()
    (found,) = look(scene, seen(scene.line_leg, None)).facts
    assert found.what == LegAnswered(leg_id=scene.line_leg)
    scene = OnTheLine().opens()
    (found,) = look(scene).facts
    assert isinstance(found.what, LegHungUp)
    difference = look(scene, seen(scene.line_leg, None))
    assert [type(command) for command in difference.commands] == [CreateBridge, JoinBridge]
    nobody = OnTheLine()
    stray = LegId("0190a1b2-0000-7000-8000-000000000001.line.1")
    assert [leg.leg_id for leg in look(nobody, seen(stray, None)).orphans] == [stray]


def test_a_look_after_a_lost_end_takes_the_line_home() -> None:
    """The callee's end and the line's way home were lost with the controller."""
    scene = OnTheLine().opens().talks()
    for fact in look(scene, seen(scene.line_leg, scene.home)).facts:
        scene.happens(fact.what)  # type: ignore[arg-type]
    assert scene.ended_as() is not None
    assert scene.line is not None
    assert scene.line.state is LineState.OPEN
    other = OnTheLine().opens().talks()
    difference = look(other, seen(other.line_leg, other.call.bridge_id), seen(other.callee, other.call.bridge_id))
    assert (difference.facts, difference.commands) == ([], []) or all(
        not isinstance(command, HangUp) for command in difference.commands
    )
    both_gone = OnTheLine().opens().talks()
    for fact in look(both_gone).facts:
        both_gone.happens(fact.what)  # type: ignore[arg-type]
    assert both_gone.line is None
    assert any(isinstance(e.event, CallEnded) for e in both_gone.journal)


def test_a_line_whose_call_left_no_trace_is_ended_rather_than_kept_from_everything() -> None:
    scene = OnTheLine().opens().talks()
    del scene.turn.calls[scene.call_id]
    difference = look(scene, seen(scene.line_leg, scene.home))
    assert [type(command) for command in difference.commands] == [HangUp, DestroyBridge]


# -- tables ------------------------------------------------------------------------------------------------------------


def test_every_pair_of_line_state_and_fact_is_in_exactly_one_list() -> None:
    for state in LineState:
        for fact in LineFact:
            pair = (state, fact)
            lists = [pair in open_line.TRANSITIONS, pair in open_line.LATE, pair in open_line.IMPOSSIBLE]
            assert lists.count(True) == 1, pair


def test_whatever_state_a_line_is_in_its_phones_goodbye_ends_it() -> None:
    for state in LineState:
        assert open_line.TRANSITIONS[state, LineFact.GONE].to is None


def test_a_new_log_in_has_no_line_of_the_old_one() -> None:
    scene = OnTheLine().opens()
    scene.happens(LogOutRequested(agent_id=ANNA))
    scene.happens(LogInRequested(agent_id=ANNA, endpoint_id=PHONE))
    assert scene.line is None
    begun = [e for e in scene.journal if isinstance(e.event, LineBegun)]
    assert len(begun) == 1
    scene.happens(AgentTimerFired(agent_id=ANNA, timer="line_due", due_at=scene.now))
    assert nothing_impossible(scene)
