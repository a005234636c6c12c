"""Callbacks and closing hours, and a controller that dies at any moment: nobody is lost, and nobody is dialled twice."""

from collections.abc import Callable
from datetime import UTC, datetime, time

from routing.callback import CallbackRules
from routing.hours import OpeningHours, Window
from telephony.agent.model import AgentRules
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import AskPermission, DialOutside, HangUp
from telephony.decisions import DecisionTaken
from telephony.dialling import DialDropped, DialPermitted
from telephony.engine.ports import LegSeen, Snapshot
from telephony.engine.reconcile import Difference, reconcile
from telephony.engine.turn import Turn
from telephony.events import AgentReserved, HangUpRequested, LegAnswered, LegHungUp, LegRinging
from telephony.identifiers import EndpointId, Instant, LegId
from tests.unit.telephony.callback_story import MINUTE_MS, PERMIT, Asked, Journaled
from tests.unit.telephony.scene import NORD, SWITCH

ALL_DAYS = OpeningHours(zone="UTC", week=dict.fromkeys(range(7), (Window(opens=time(8), closes=time(18)),)))
TEN_TO_SIX = Instant(int(datetime(2027, 1, 15, 17, 50, tzinfo=UTC).timestamp()) * 1_000_000)


def at_ten_to_six(**project: object) -> Asked:
    return Asked(at=TEN_TO_SIX, hours=ALL_DAYS, **project)


def test_nobody_is_rung_for_a_callback_while_the_project_is_closed() -> None:
    scene = at_ten_to_six()
    scene.agrees_and_hangs_up()
    scene.later(10 * MINUTE_MS)
    assert (scene.call.state, scene.turn.floor.waiting_in(NORD)) == (CallState.RESTING, 0)
    scene.on_duty("anna")
    assert scene.call.state is CallState.RESTING


def test_a_caller_who_hangs_up_after_closing_time_rests_at_once() -> None:
    scene = at_ten_to_six()
    scene.presses("1")
    scene.on_duty("anna")
    scene.now = Instant(TEN_TO_SIX + 11 * MINUTE_MS * 1_000)
    scene.hangs_up(LegId("caller"))
    assert scene.call.state is CallState.RESTING
    assert "AgentReserved" not in scene.said()


def test_it_is_in_line_again_with_its_place_when_the_project_opens() -> None:
    scene = at_ten_to_six(callback=CallbackRules())
    scene.agrees_and_hangs_up()
    scene.later(10 * MINUTE_MS)
    scene.later(14 * 60 * MINUTE_MS)
    assert (scene.call.state, scene.call.waiting_since) == (CallState.PLACE_KEPT, scene.since)
    assert scene.turn.floor.waiting_in(NORD) == 1


def steps(scene: Journaled) -> list[Callable[[], object]]:
    """The whole story of a callback that is tried twice, step by step."""
    return [
        lambda: scene.presses("1"),
        lambda: scene.hangs_up(LegId("caller")),
        lambda: scene.on_duty("anna"),
        lambda: scene.happens(LegRinging(leg_id=scene.leg(scene.call_id))),
        lambda: scene.happens(LegAnswered(leg_id=scene.leg(scene.call_id))),
        scene.desk_permits,
        lambda: scene.hangs_up(scene.callee(), HangupCause.BUSY),
        scene.agent_gone,
        lambda: scene.later(10 * MINUTE_MS),
        lambda: scene.agent_takes(2),
        scene.desk_permits,
        lambda: scene.happens(LegAnswered(leg_id=scene.callee(2))),
    ]


def restarted(scene: Journaled) -> Turn:
    turn = Turn(directory=scene.turn.directory, rules=AgentRules(), ids=scene.ids)
    turn.restore(scene.journal)
    return turn


def test_a_start_finds_a_callback_exactly_where_it_was_at_every_step() -> None:
    scene = Journaled()
    for number in range(len(steps(scene))):
        steps(scene)[number]()
        turn = restarted(scene)
        assert turn.calls == scene.turn.calls, number
        assert sorted(at for at, _ in turn.registry.all_due()) == sorted(at for at, _ in scene.turn.registry.all_due())


def a_look(scene: Journaled, *legs: LegId) -> Difference:
    seen = [LegSeen(leg_id=leg, is_answered=False, created_at=scene.now, bridge_id=None, arrived=None) for leg in legs]
    snapshot = Snapshot(switch=SWITCH, boot_id="2", taken_at=scene.now, legs=seen, bridges=(), reachable=())
    return reconcile([scene.call], {}, snapshot, last_alive_at=scene.now)


def test_a_callback_without_legs_is_no_difference_to_any_switch() -> None:
    scene = Journaled()
    for number in range(2):
        steps(scene)[number]()
    found = a_look(scene)
    assert (found.facts, found.commands, found.orphans) == ([], [], [])


def test_a_caller_dialled_of_whom_the_switch_knows_nothing_is_tried_again_later_by_a_new_leg() -> None:
    scene = Journaled()
    for number in range(6):
        steps(scene)[number]()
    found = a_look(scene)
    told = [fact.what for fact in found.facts]
    assert [fact.leg_id for fact in told if isinstance(fact, LegHungUp)] == [scene.callee(), scene.leg(scene.call_id)]
    for fact in told:
        scene.happens(fact)
        assert not any(isinstance(command, DialOutside) for command in scene.commands)
    assert scene.call.state is CallState.RESTING


def test_a_desk_that_was_asked_before_the_death_is_asked_again_for_the_same_leg() -> None:
    scene = Journaled()
    for number in range(5):
        steps(scene)[number]()
    (asked,) = [command for command in a_look(scene).commands if isinstance(command, AskPermission)]
    assert asked.leg_id == scene.callee()
    scene.desk_refuses("already_dialled")
    scene.agent_gone()
    assert scene.call.state is CallState.RESTING


def test_a_leg_to_a_caller_nobody_remembers_is_an_orphan_and_ends() -> None:
    scene = Journaled()
    for number in range(2):
        steps(scene)[number]()
    assert [seen.leg_id for seen in a_look(scene, scene.callee()).orphans] == [scene.callee()]


def test_legs_of_an_attempt_that_is_over_are_asked_to_end_again() -> None:
    scene = Journaled()
    for number in range(7):
        steps(scene)[number]()
    found = a_look(scene, scene.leg(scene.call_id))
    assert [command.leg_id for command in found.commands if isinstance(command, HangUp)] == [scene.leg(scene.call_id)]


def test_a_phone_that_rings_for_a_callback_whose_reservation_was_lost_is_bound_to_it_again() -> None:
    scene = Journaled()
    for number in range(2):
        steps(scene)[number]()
    scene.on_duty("anna")
    until = next(place for place, envelope in enumerate(scene.journal) if isinstance(envelope.event, AgentReserved))
    scene.journal = [each for each in scene.journal[:until] if not isinstance(each.event, DecisionTaken)]
    seen = LegSeen(
        leg_id=scene.leg(scene.call_id),
        is_answered=False,
        created_at=scene.now,
        bridge_id=None,
        arrived=None,
        endpoint_id=EndpointId("phone-anna"),
    )
    reserved = restarted(scene).reservation_for(scene.call_id, seen)
    assert reserved is not None
    assert (reserved.agent_id, reserved.call_id) == ("anna", scene.call_id)


def test_a_permit_that_comes_when_the_agent_is_gone_is_said_to_be_of_no_use() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    dial = scene.call.dial
    assert dial is not None
    scene.hangs_up(scene.leg(scene.call_id))
    asked = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
    scene.happens(DialPermitted(call_id=scene.call_id, **asked, **PERMIT))
    (dropped,) = [event for event in scene.events if isinstance(event, DialDropped)]
    assert (dropped.call_id, dropped.leg_id) == (scene.call_id, dial.leg_id)
    assert not any(isinstance(command, DialOutside) for command in scene.commands)


def test_a_permit_that_is_used_is_not_and_one_for_a_call_that_is_over_is() -> None:
    scene = Asked().agrees_and_hangs_up()
    scene.on_duty("anna")
    scene.agent_takes()
    dial = scene.call.dial
    assert dial is not None
    asked = {name: getattr(dial, name) for name in ("leg_id", "party_id", "purpose", "agent_id")}
    scene.desk_permits()
    assert "DialDropped" not in scene.said()
    scene.happens(HangUpRequested(call_id=scene.call_id, agent_id=None))
    scene.hangs_up(scene.callee())
    scene.agent_gone()
    assert scene.call_id not in scene.turn.calls
    scene.happens(DialPermitted(call_id=scene.call_id, **{**asked, "leg_id": LegId(f"{scene.call_id}.callee.2")}, **PERMIT))
    assert scene.said()[-1] == "DialDropped"
