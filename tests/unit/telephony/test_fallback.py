"""Callers whom the static dialplan took over: while nobody of us was alive, or at our word."""

from telephony.agent.model import AgentRules
from telephony.call.model import CallState
from telephony.causes import EndReason, ReleaseReason
from telephony.commands import HangUp
from telephony.engine.arrival import Arrival
from telephony.engine.core import Core
from telephony.engine.inbox import Inbox
from telephony.engine.ports import CallerArrived, FallbackServed, LegSeen, Snapshot, SwitchFact
from telephony.engine.reconcile import reconcile
from telephony.engine.turn import Turn
from telephony.events import (
    AgentReleased,
    CallEnded,
    CallTurnedAway,
    Envelope,
    FallbackAnswered,
    LegAnswered,
    LegHungUp,
    LegTakenOver,
)
from telephony.identifiers import CallId, Instant, LegId, PartyId, TrunkId
from tests.unit.telephony.scene import CALLER, DID, SWITCH, Scene, a_directory


def served(scene: Scene, leg_id: str = "caller") -> FallbackAnswered:
    return FallbackAnswered(
        leg_id=LegId(leg_id),
        trunk_id=TrunkId("t"),
        dnis=DID,
        party_id=PartyId("p"),
        caller=None,
        answered_at=scene.now,
        ended_at=scene.now,
    )


def at_machine(call_id: CallId) -> CallTurnedAway:
    return CallTurnedAway(call_id=call_id, reason=EndReason.FALLBACK, to_machine=True)


def test_a_call_we_never_saw_is_over_when_it_is_told() -> None:
    scene = Scene()
    scene.happens(served(scene))
    assert scene.said() == ["FallbackAnswered", "CallTurnedAway", "CallEnded"]
    assert not scene.turn.calls


def test_a_call_told_twice_is_no_second_call() -> None:
    scene = Scene()
    first = scene.happens(served(scene)).envelopes[0].call_id
    again = scene.happens(served(scene))
    assert scene.said() == ["FallbackAnswered"], "told again, it belongs to the same call and ends nothing"
    assert again.envelopes[0].call_id == first
    after_a_restart = Scene()
    after_a_restart.turn.remember(again.envelopes)
    after_a_restart.happens(served(scene))
    assert after_a_restart.said() == ["FallbackAnswered"]


def test_the_record_of_a_call_we_handed_over_belongs_to_that_call() -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.hangs_up(LegId("caller"))
    late = scene.happens(served(scene))
    assert scene.said() == ["FallbackAnswered"]
    assert late.envelopes[0].call_id == call_id


def test_a_waiting_caller_served_to_the_end_by_the_dialplan_has_ended_there() -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.happens(served(scene))
    assert scene.said() == ["FallbackAnswered", "CallEnded"]
    assert next(e for e in scene.events if isinstance(e, CallEnded)).end_reason is EndReason.FALLBACK
    assert call_id not in scene.turn.calls


def test_a_waiting_caller_found_at_the_machine_is_offered_to_nobody() -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.happens(at_machine(call_id))
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    scene.on_duty()
    assert "AgentReserved" not in scene.said()
    scene.happens(served(scene))
    assert next(e for e in scene.events if isinstance(e, CallEnded)).end_reason is EndReason.FALLBACK


def test_the_phone_that_rang_for_a_caller_found_at_the_machine_stops_and_its_agent_missed_nothing() -> None:
    scene = Scene().on_duty()
    call_id = scene.a_caller()
    scene.happens(at_machine(call_id))
    assert [type(command) for command in scene.commands] == [HangUp]
    scene.hangs_up(scene.leg(call_id))
    (released,) = [event for event in scene.events if isinstance(event, AgentReleased)]
    assert released.reason is ReleaseReason.ABANDONED
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    scene.hangs_up(LegId("caller"))
    assert scene.said()[-1] == "CallEnded"


def test_a_caller_the_watchdog_took_while_we_hung_is_offered_to_nobody_when_we_wake() -> None:
    scene = Scene().on_duty()
    call_id = scene.a_caller()
    scene.happens(LegTakenOver(leg_id=LegId("caller")))
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE
    scene.hangs_up(scene.leg(call_id))
    assert "AgentReserved" not in scene.said()


def test_an_agent_who_answered_for_a_caller_just_taken_is_let_go() -> None:
    scene = Scene().on_duty()
    call_id = scene.a_caller()
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))
    scene.happens(LegTakenOver(leg_id=LegId("caller")))
    assert scene.done() == ["HangUp"]
    scene.hangs_up(scene.leg(call_id))
    assert scene.said()[:2] == ["LegHungUp", "AgentReleased"]
    assert scene.turn.calls[call_id].state is CallState.AT_MACHINE


def test_a_caller_we_handed_over_ourselves_is_where_we_said() -> None:
    scene = Scene(a_directory(wait_limit_ms=1_000))
    call_id = scene.a_caller()
    scene.later(1_100)
    scene.happens(LegTakenOver(leg_id=LegId("caller")))
    assert scene.turn.calls[call_id].end_reason is EndReason.WAIT_LIMIT


def test_reconciling_sees_who_is_at_the_machine() -> None:
    scene = Scene()
    scene.a_caller()
    seen = LegSeen(
        leg_id=LegId("caller"), is_answered=True, created_at=scene.now, bridge_id=None, arrived=None, is_at_machine=True
    )
    snapshot = Snapshot(switch=SWITCH, boot_id="1", taken_at=scene.now, legs=(seen,), bridges=(), reachable=())
    difference = reconcile(scene.turn.calls_at(SWITCH), {}, snapshot, last_alive_at=scene.now)
    assert [type(fact.what) for fact in difference.facts] == [CallTurnedAway]


def test_a_record_read_again_after_a_crash_names_the_same_call() -> None:
    fact = told_by_record("n-1.7")
    assert arrival_of(fact).call_id == arrival_of(fact).call_id is not None
    assert arrival_of(fact).event_id != arrival_of(fact).event_id


def told_by_record(leg_id: str) -> SwitchFact:
    what = FallbackServed(
        leg_id=LegId(leg_id), trunk_id=TrunkId("t"), dnis=DID, ani="4917", answered_at=None, ended_at=Instant(5), message=None
    )
    return SwitchFact(switch=SWITCH, occurred_at=Instant(5_000_000), what=what)


def arrival_of(fact: SwitchFact) -> Arrival:
    scene = Scene()
    arrival = Inbox(clock=Ticking(), ids=scene.ids, read_number=lambda _: CALLER, party=lambda _: None).from_switch(fact)
    assert not isinstance(fact.what, CallerArrived | LegHungUp)
    return arrival


class Ticking:
    count = 0

    def now(self) -> Instant:
        Ticking.count += 1
        return Instant(9_000_000 + Ticking.count * 1_000)


def test_what_was_told_before_the_switch_was_connected_is_not_forgotten_when_it_is() -> None:
    scene = Scene()
    appended: list[Envelope] = []
    core = Core(
        turn=Turn(directory=scene.turn.directory, rules=AgentRules(), ids=scene.ids),
        switches=[SWITCH],
        append=lambda envelopes, _parties: appended.extend(envelopes),
        execute=lambda _commands, _seq: None,
        clock=Ticking(),
        ids=scene.ids,
        read_number=lambda _: CALLER,
    )
    core.take(told_by_record("n-1.7"))
    core.connected(SWITCH)
    core.take(told_by_record("n-1.8"))
    core.disconnected(SWITCH)
    core.connected(SWITCH)
    core.reconciled(Snapshot(switch=SWITCH, boot_id="1", taken_at=scene.now, legs=(), bridges=(), reachable=()))
    assert [e.event.leg_id for e in appended if isinstance(e.event, FallbackAnswered)] == ["n-1.7", "n-1.8"]
