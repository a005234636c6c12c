"""The difference between the journal's open calls and what a switch shows."""

from collections.abc import Sequence
from dataclasses import replace

from telephony.agent.presence import Presence
from telephony.call.model import Call, CallState
from telephony.causes import HangupCause
from telephony.engine.ports import CallerArrived, LegEnd, LegSeen, Snapshot
from telephony.engine.reconcile import Difference, reconcile
from telephony.events import CommandFailed, EndpointChanged, HoldRequested, LegAnswered, LegHungUp, LegJoined, LegLeft
from telephony.identifiers import AgentId, BridgeId, CallId, EndpointId, Instant, LegId, SwitchName, TrunkId
from tests.unit.telephony.scene import SWITCH, Scene, a_directory

ALIVE_AT = Instant(1_800_000_001_000_000)
NOW = Instant(1_800_000_005_000_000)
CALLER = LegId("caller")


def a_leg(leg_id: LegId, *, bridge: BridgeId | None = None, is_answered: bool = True, arrived: bool = False) -> LegSeen:
    return LegSeen(
        leg_id=leg_id,
        is_answered=is_answered,
        created_at=ALIVE_AT,
        bridge_id=bridge,
        arrived=CallerArrived(leg_id=leg_id, trunk_id=TrunkId("t"), dnis="1", ani="2") if arrived else None,
    )


def the_difference(
    call: Call | None,
    legs: Sequence[LegSeen],
    *,
    ended: Sequence[LegEnd] = (),
    reachable: Sequence[EndpointId] = (),
    **presence: bool,
) -> Difference:
    snapshot = Snapshot(switch=SWITCH, boot_id="1", taken_at=NOW, legs=legs, bridges=(), reachable=reachable, ended=ended)
    known = {
        EndpointId(name): Presence(is_reachable=is_there, changed_at=ALIVE_AT, switch=SWITCH)
        for name, is_there in presence.items()
    }
    return reconcile([] if call is None else [call], known, snapshot, last_alive_at=ALIVE_AT)


def a_talking_call() -> tuple[Call, LegId]:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    return scene.turn.calls[call_id], scene.leg(call_id)


def a_ringing_call() -> tuple[Call, LegId]:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    return scene.turn.calls[call_id], scene.leg(call_id)


def told(difference: Difference) -> list[object]:
    return [fact.what for fact in difference.facts]


def test_a_call_that_is_as_it_was_makes_no_difference() -> None:
    call, agent = a_talking_call()
    legs = [a_leg(CALLER, bridge=call.bridge_id), a_leg(agent, bridge=call.bridge_id)]
    difference = the_difference(call, legs)
    assert (difference.facts, difference.commands, difference.adopted, difference.orphans) == ([], [], [], [])


def test_a_lost_answer_is_told() -> None:
    call, agent = a_ringing_call()
    difference = the_difference(call, [a_leg(CALLER, is_answered=False), a_leg(agent)])
    assert told(difference) == [LegAnswered(leg_id=agent)]


def test_lost_joins_and_leaves_are_told() -> None:
    call, agent = a_talking_call()
    apart = [a_leg(CALLER, bridge=call.bridge_id), a_leg(agent)]
    assert told(the_difference(call, apart)) == [LegLeft(leg_id=agent, bridge_id=call.bridge_id)]
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    call, agent = scene.turn.calls[call_id], scene.leg(call_id)
    together = [a_leg(CALLER, bridge=call.bridge_id), a_leg(agent, bridge=call.bridge_id)]
    assert LegJoined(leg_id=agent, bridge_id=call.bridge_id) in told(the_difference(call, together))


def test_two_who_should_talk_are_joined_again() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    call, agent = scene.turn.calls[call_id], scene.leg(call_id)
    difference = the_difference(call, [a_leg(CALLER, is_answered=False), a_leg(agent)])
    assert [type(command).__name__ for command in difference.commands] == [
        "AnswerLeg",
        "CreateBridge",
        "StopMusic",
        "JoinBridge",
    ]


def test_a_hang_up_that_may_have_been_lost_is_asked_for_again() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(CALLER)
    call, agent = scene.turn.calls[call_id], scene.leg(call_id)
    difference = the_difference(call, [a_leg(agent)])
    assert [type(command).__name__ for command in difference.commands] == ["HangUp"]


def test_callers_who_are_gone_end_at_the_last_proof_of_life() -> None:
    call, agent = a_talking_call()
    difference = the_difference(call, [a_leg(agent)])
    (fact,) = difference.facts[:1]
    assert fact.occurred_at == ALIVE_AT
    assert fact.what == LegHungUp(leg_id=CALLER, cause=HangupCause.UNKNOWN, by_phone=False, is_estimated=True)


def test_the_switchs_own_record_of_an_end_is_better_than_a_guess() -> None:
    call, agent = a_talking_call()
    ended_at = Instant(ALIVE_AT + 2_000_000)
    end = LegEnd(leg_id=CALLER, ended_at=ended_at, cause=16, by_phone=True)
    difference = the_difference(call, [a_leg(agent)], ended=[end])
    assert difference.facts[0].occurred_at == ended_at
    assert difference.facts[0].what == LegHungUp(leg_id=CALLER, cause=HangupCause.NORMAL, by_phone=True)


def test_callers_are_told_first_so_that_nobody_is_rung_again_for_a_dead_call() -> None:
    call, _ = a_talking_call()
    assert the_difference(call, []).facts[0].what.leg_id == CALLER  # type: ignore[union-attr]


def test_a_phone_that_was_maybe_never_rung_has_missed_nothing() -> None:
    call, agent = a_ringing_call()
    difference = the_difference(call, [a_leg(CALLER, is_answered=False)])
    assert told(difference) == [CommandFailed(command="RingEndpoint", reason="untold", leg_id=agent)]


def test_unknown_callers_are_adopted_in_the_order_they_came() -> None:
    late = LegSeen(
        leg_id=LegId("b"),
        is_answered=False,
        created_at=Instant(NOW + 1),
        bridge_id=None,
        arrived=CallerArrived(leg_id=LegId("b"), trunk_id=TrunkId("t"), dnis="1", ani=None),
    )
    difference = the_difference(None, [late, a_leg(LegId("a"), arrived=True)])
    assert [adoption.arrived.leg_id for adoption in difference.adopted] == ["a", "b"]


def test_an_adopted_caller_keeps_the_call_its_bridge_names() -> None:
    call, _ = a_talking_call()
    difference = the_difference(None, [a_leg(CALLER, bridge=call.bridge_id, arrived=True)])
    assert difference.adopted[0].call_id == call.call_id


def test_a_leg_of_ours_that_no_call_knows_is_an_orphan() -> None:
    call, agent = a_talking_call()
    assert [seen.leg_id for seen in the_difference(None, [a_leg(agent)]).orphans] == [agent]
    assert the_difference(None, [a_leg(LegId("somebody-elses"))]).orphans == []
    assert call.call_id == CallId(agent.partition(".")[0])


def test_phones_that_came_or_went_are_told() -> None:
    difference = the_difference(None, [], reachable=[EndpointId("new"), EndpointId("old")], old=True, gone=True, away=False)
    assert told(difference) == [
        EndpointChanged(endpoint_id=EndpointId("new"), is_reachable=True),
        EndpointChanged(endpoint_id=EndpointId("gone"), is_reachable=False),
    ]


def test_a_phone_that_stands_at_another_switch_is_not_missed_here() -> None:
    there = Presence(is_reachable=True, changed_at=ALIVE_AT, switch=SwitchName("other"))
    snapshot = Snapshot(switch=SWITCH, boot_id="1", taken_at=NOW, legs=[], bridges=(), reachable=[])
    assert reconcile([], {EndpointId("phone"): there}, snapshot, last_alive_at=ALIVE_AT).facts == []


def test_a_caller_whose_way_to_the_machine_was_cut_off_is_sent_there_again() -> None:
    scene = Scene(a_directory(wait_limit_ms=30_000))
    call_id = scene.a_caller()
    scene.later(31_000)
    call = scene.turn.calls[call_id]
    assert call.state is CallState.AT_MACHINE
    difference = the_difference(call, [a_leg(CALLER, is_answered=False, arrived=True)])
    assert [type(command).__name__ for command in difference.commands] == ["HandToDialplan"]
    there = replace(a_leg(CALLER), is_at_machine=True)
    assert the_difference(call, [there]).commands == []


def test_an_agent_still_in_the_bridge_of_a_caller_on_hold_is_taken_out_again() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.happens(HoldRequested(call_id=call_id, agent_id=AgentId("anna")))
    call, agent = scene.turn.calls[call_id], scene.leg(call_id)
    both = [a_leg(CALLER, bridge=call.bridge_id), a_leg(agent, bridge=call.bridge_id)]
    assert [type(command).__name__ for command in the_difference(call, both).commands] == ["LeaveBridge", "StartMusic"]
    apart = [a_leg(CALLER, bridge=call.bridge_id), a_leg(agent)]
    assert the_difference(call, apart).commands == []
