"""Fifteen ways in which other call centres' switches fail, and what happens here instead: one test a case.

The number in a name is that of the case. What is pure is tested here, on the floor or on a turn. What only wires and files can
show is tested where they are: 6 in `tests/unit/metering/test_cases.py` (cases 8 to 12), 7 for lost events in
`tests/simulation`, 11 and 13 with a real switch in `tests/e2e/service/test_restart_moments.py` and `test_restart.py`.
"""

from collections import Counter

from routing.floor import Floor
from telephony.agent.model import AgentState
from telephony.call.model import CallState
from telephony.causes import HangupCause
from telephony.commands import HangUp, RingEndpoint
from telephony.events import AgentReserved, AvailableRequested, EndpointChanged, LegAnswered, LegRinging, PauseRequested
from telephony.identifiers import AgentId, CallId, EndpointId, ProjectId
from tests.unit.routing.centre import T0, a_call, a_centre, a_project, an_agent, at
from tests.unit.telephony.scene import Scene

ANNA, BEN = AgentId("anna"), AgentId("ben")


def test_case_01_one_call_is_given_to_one_agent_and_a_second_answer_changes_nothing() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    assert sum(isinstance(event, AgentReserved) for event in scene.events) == 1
    assert scene.done().count("RingEndpoint") == 1
    scene.answers(call_id)
    scene.happens(LegAnswered(leg_id=scene.leg(call_id)))  # told twice
    assert scene.commands == []
    talking = [agent_id for agent_id, agent in scene.turn.agents.items() if agent.state is AgentState.TALKING]
    assert talking == [ANNA]


def test_case_02_wrap_up_of_an_agent_in_several_queues_holds_in_all_of_them() -> None:
    floor = Floor(a_centre([a_project("a"), a_project("b"), a_project("c")], [an_agent("anna", "a", "b", "c")]))
    floor.agent_available(ANNA, T0)
    floor.call_waiting(a_call("c1", "a"))
    assert [d.call_id for d in floor.match(T0)] == ["c1"]
    for number, project in enumerate(("b", "c", "a")):
        floor.call_waiting(a_call(f"w{number}", project, at(number)))
        assert list(floor.match(at(number))) == []
        assert floor.available_for(ProjectId(project)) == 0
    floor.agent_available(ANNA, at(60))
    assert [d.call_id for d in floor.match(at(60))] == ["w0"]


def test_case_02_wrap_up_after_a_call_is_not_cut_short_by_another_call() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    waiting = scene.a_caller("second")
    scene.later(29_000)
    assert scene.turn.agents[ANNA].state is AgentState.WRAP_UP
    assert scene.turn.calls[waiting].state is CallState.QUEUED
    scene.later(2_000)
    assert scene.turn.calls[waiting].state is CallState.ALERTING


def test_case_03_a_heavier_queue_whose_calls_the_agent_may_not_have_starves_no_lighter_one() -> None:
    people = [an_agent("anna", "heavy", "light", blocked_clients=frozenset({"bank"}))]
    centre = a_centre([a_project("heavy", client="bank", priority_weight=100.0), a_project("light")], people)
    floor = Floor(centre)
    for number in range(20):
        floor.call_waiting(a_call(f"heavy{number}", "heavy", at(number), "bank", priority_weight=100.0))
    for number in range(5):
        floor.call_waiting(a_call(f"light{number}", "light", at(100 + number)))
    served = []
    for number in range(5):
        floor.agent_available(ANNA, at(200 + number))
        served += [d.call_id for d in floor.match(at(200 + number))]
    assert served == [f"light{number}" for number in range(5)]


def test_case_04_fairness_never_stops_all_offering_while_somebody_is_free() -> None:
    people = [an_agent("anna", "a", "b", level=1), an_agent("ben", "b", level=3)]
    floor = Floor(a_centre([a_project("a"), a_project("b")], people))
    floor.agent_available(ANNA, T0)
    floor.agent_available(BEN, T0)
    for number in range(300):  # anna, alone on `a`, is ever further ahead of her share
        project = "b" if number % 10 == 0 else "a"
        floor.call_waiting(a_call(f"c{number}", project, at(number)))
        (decision,) = floor.match(at(number))
        floor.agent_available(decision.agent_id, at(number))
    assert not floor.waiting


def test_case_05_an_agent_who_never_answers_holds_up_nobody_of_a_lower_level() -> None:
    people = [an_agent("ghost", "shop", level=3), an_agent("anna", "shop", level=1), an_agent("ben", "shop", level=1)]
    floor = Floor(a_centre([a_project("shop")], people))
    for person in people:
        floor.agent_available(person.agent_id, T0)
    asked = Counter[str]()
    offers_a_call = []
    for number in range(60):
        for offer in range(60):
            floor.call_waiting(a_call(f"c{number}", "shop", at(number), offers=offer))
            (decision,) = floor.match(at(number))
            asked[decision.agent_id] += 1
            floor.agent_available(decision.agent_id, at(number))
            if decision.agent_id != "ghost":
                offers_a_call.append(offer + 1)
                break
    assert max(offers_a_call) <= 5  # a level 3 comes at most four times before a level 1 does
    assert min(asked["anna"], asked["ben"]) >= 25


def test_case_07_an_agent_whose_phone_never_ends_is_asked_for_until_it_is_gone_and_then_free_again() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(LegRinging(leg_id=scene.leg(call_id)))
    scene.later(25_000)  # longer than a phone may ring: our hang-up was sent, and nobody tells of an end
    assert scene.turn.agents[ANNA].state is AgentState.ALERTING
    scene.hangs_up(scene.leg(call_id), HangupCause.NO_ANSWER, by_phone=False, is_estimated=True)
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE
    scene.later(60_000)  # its rest is over
    assert scene.turn.calls[call_id].agent_legs == 2


def test_case_08_the_agents_phone_stops_when_the_caller_has_gone_and_the_call_is_offered_to_nobody_else() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(LegRinging(leg_id=scene.leg(call_id)))
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    assert [c.leg_id for c in scene.commands if isinstance(c, HangUp)] == [scene.leg(call_id)]
    scene.hangs_up(scene.leg(call_id), by_phone=False)
    assert not [c for c in scene.commands if isinstance(c, RingEndpoint)]
    assert scene.turn.floor.waiting == ()
    assert scene.turn.agents[ANNA].misses == 0


def test_case_10_the_caller_stays_when_the_agents_line_dies() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    scene.hangs_up(scene.leg(call_id), HangupCause.MEDIA_LOST, by_phone=False)
    assert scene.turn.calls[call_id].state is CallState.RECOVERING
    caller = scene.turn.calls[call_id].caller.leg_id
    assert caller not in [c.leg_id for c in scene.commands if isinstance(c, HangUp)]


def test_case_11_a_restart_keeps_the_order_of_the_idle_and_the_places_in_the_queue() -> None:
    centre = a_centre([a_project("shop"), a_project("bank")], [an_agent(n, "shop") for n in ("anna", "ben", "cleo")])
    before = Floor(centre)
    for seconds, agent in ((3, "anna"), (1, "ben"), (2, "cleo")):
        before.agent_available(AgentId(agent), at(seconds))
    for number in (2, 0, 1):
        before.call_waiting(a_call(f"b{number}", "bank", at(number)))
    after = Floor(centre)
    for agent_id, since in before.available.items():
        after.agent_available(agent_id, since)
    for call in reversed(before.waiting):  # in whatever order they are read
        after.call_waiting(call)
    for floor in (before, after):
        for number in range(3):
            floor.call_waiting(a_call(f"s{number}", "shop", at(5 + number)))
        assert [d.agent_id for d in floor.match(at(9))] == ["ben", "cleo", "anna"]
        floor.use(a_centre([a_project("shop"), a_project("bank")], [an_agent("dora", "bank")], revision=2))
        served = []
        for number in range(3):
            floor.agent_available(AgentId("dora"), at(20 + number))
            served += [d.call_id for d in floor.match(at(20 + number))]
        assert served == ["b0", "b1", "b2"]


def test_case_12_whoever_is_paused_stays_so_until_they_say_otherwise() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(PauseRequested(agent_id=ANNA, pause_reason="break"))
    scene.hangs_up(scene.leg(call_id), HangupCause.CONGESTION, by_phone=False)  # the offer failed
    scene.later(300_000)
    assert scene.turn.agents[ANNA].state is AgentState.PAUSED
    assert ANNA not in scene.turn.floor.available
    scene.happens(AvailableRequested(agent_id=ANNA))
    assert scene.turn.agents[ANNA].state is AgentState.RESERVED  # the caller had waited all the time


def test_case_13_many_calls_at_once_each_get_an_agent_of_their_own() -> None:
    people = [an_agent(f"a{n:02}", "shop", level=1 + n % 3) for n in range(40)]
    floor = Floor(a_centre([a_project("shop")], people))
    for person in people:
        floor.agent_available(person.agent_id, T0)
    for number in range(100):
        floor.call_waiting(a_call(f"c{number:02}", "shop", T0))
    decisions = list(floor.match(T0))
    assert len(decisions) == len({d.agent_id for d in decisions}) == len({d.call_id for d in decisions}) == 40
    assert len(floor.waiting) == 60


def test_case_14_a_phone_that_registers_again_during_an_offer_has_missed_nothing_and_goes_on_ringing() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(LegRinging(leg_id=scene.leg(call_id)))
    scene.happens(EndpointChanged(endpoint_id=EndpointId("phone-anna"), is_reachable=True))
    assert scene.commands == []
    assert scene.turn.agents[ANNA].misses == 0
    scene.answers(call_id)
    assert scene.turn.agents[ANNA].state is AgentState.TALKING
    assert scene.turn.agents[BEN].state is AgentState.AVAILABLE


def test_case_15_a_leg_we_ended_whose_end_is_never_told_is_asked_for_again_and_not_counted_as_a_call() -> None:
    scene = Scene().on_duty("anna", "ben")
    call_id = scene.a_caller()
    scene.happens(LegRinging(leg_id=scene.leg(call_id)))
    scene.hangs_up(scene.turn.calls[call_id].caller.leg_id)
    asked = []
    for _ in range(40):
        scene.later(1_000)
        asked += [c.leg_id for c in scene.commands if isinstance(c, HangUp)]
        scene.commands = []
    assert scene.leg(call_id) in asked
    scene.hangs_up(scene.leg(call_id), by_phone=False, is_estimated=True)
    assert CallId(call_id) not in scene.turn.calls
    assert scene.turn.agents[ANNA].state is AgentState.AVAILABLE
