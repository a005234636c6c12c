"""What a waiting call asks for: skills that are relaxed in time, the last agent, priorities, and pairs that never meet."""

from dataclasses import replace as changed

import pytest

from routing.directory import CallerList, Directory
from routing.menu import Menu, MenuOption
from telephony.causes import HangupCause
from telephony.demands import CallDemand, RelaxationStep, SkillNeed
from telephony.engine.turn import Turn
from telephony.errors import RefusalCode
from telephony.events import (
    AgentReserved,
    CallTimerFired,
    LegAnswered,
    LegOffered,
    LegPressedKey,
    LogOutRequested,
    PauseRequested,
)
from telephony.identifiers import AgentId, CallId, Instant, LegId, PartyId, TrunkId
from telephony.searching import DemandRequested
from tests.unit.telephony.scene import CALLER, DID, NORD, CountingIds, Scene, a_directory

TAX = SkillNeed(skill="tax", grade=4)
STEPS = (
    RelaxationStep(after_ms=20_000, lower=(SkillNeed(skill="tax", grade=2),)),
    RelaxationStep(after_ms=60_000, drop=("tax",)),
)


def with_skills(directory: Directory, **grades: dict[str, int]) -> Directory:
    agents = {a: changed(p, skills=grades.get(a, {})) for a, p in directory.agents.items()}
    return changed(directory, agents=agents)


def tax_line(*steps: RelaxationStep, **more: object) -> Directory:
    """Anna has tax at grade 5, Ben at 2, Cleo not at all."""
    directory = a_directory("anna", "ben", "cleo", demand=CallDemand(skills=(TAX,)), relaxation=steps, **more)
    return with_skills(directory, anna={"tax": 5}, ben={"tax": 2})


def known_caller(scene: Scene, name: str = "caller", **marks: object) -> CallId:
    offered = LegOffered(
        leg_id=LegId(name),
        trunk_id=TrunkId("t"),
        dnis=DID,
        party_id=PartyId(name),
        caller=CALLER,
        **marks,  # type: ignore[arg-type]
    )
    return CallId(scene.happens(offered).envelopes[0].event_id)


def reserved(scene: Scene) -> list[str]:
    return [event.agent_id for event in scene.events if isinstance(event, AgentReserved)]


def holder(scene: Scene, call_id: CallId) -> str | None:
    bond = scene.turn.calls[call_id].bond
    return None if bond is None else bond.agent_id


def test_minima_are_lowered_and_skills_dropped_as_the_caller_waits() -> None:
    scene = Scene(tax_line(*STEPS)).on_duty("cleo", "ben")
    call_id = scene.a_caller()
    assert holder(scene, call_id) is None
    scene.later(19_000)
    assert holder(scene, call_id) is None
    scene.later(1_100)
    assert holder(scene, call_id) == "ben"
    alone = Scene(tax_line(*STEPS)).on_duty("cleo")
    call_id = alone.a_caller()
    alone.later(59_000)
    assert holder(alone, call_id) is None
    alone.later(1_100)
    assert holder(alone, call_id) == "cleo"


def test_a_step_that_runs_out_leaves_what_was_asked_for_before() -> None:
    scene = Scene(tax_line(RelaxationStep(after_ms=10_000, until_ms=20_000, drop=("tax",))))
    call_id = scene.a_caller()
    scene.later(25_000)
    scene.on_duty("cleo")
    assert holder(scene, call_id) is None
    scene.on_duty("anna")
    assert holder(scene, call_id) == "anna"


def test_a_certificate_is_never_relaxed() -> None:
    directory = tax_line(RelaxationStep(after_ms=1_000, drop=("tax", NORD)))
    agents = {**directory.agents, AgentId("anna"): changed(directory.agents[AgentId("anna")], certificates=frozenset())}
    scene = Scene(changed(directory, agents=agents)).on_duty("anna")
    call_id = scene.a_caller()
    scene.later(3_600_000)
    assert holder(scene, call_id) is None


def test_the_decision_says_what_was_asked_for_how_far_it_was_relaxed_and_who_could_not_have_the_call() -> None:
    scene = Scene(tax_line(*STEPS)).on_duty("cleo", "ben")
    scene.a_caller()
    scene.later(20_100)
    scene = Scene(tax_line(*STEPS)).on_duty("cleo", "anna")
    scene.a_caller()
    [decision] = [event for event in scene.events if type(event).__name__ == "DecisionTaken"]
    assert decision.needs == (TAX,)
    assert decision.relaxation_stage == 0
    assert [(r.agent_id, r.refusal) for r in decision.refused] == [("cleo", "skill_missing")]


def test_due_steps_are_in_the_state_and_a_restart_forgets_none() -> None:
    scene = Scene(tax_line(*STEPS))
    call_id = scene.a_caller()
    scene.later(20_100)
    [(at, event)] = [(at, e) for at, e in scene.turn.due_now() if isinstance(e, CallTimerFired)]
    call = scene.turn.calls[call_id]
    assert (event.timer, at) == ("search_widens", Instant(call.waiting_since + 60_000_000))
    assert call.relaxation_stage == 1


def test_a_replay_of_the_journal_leads_to_the_same_search() -> None:
    scene = Scene(tax_line(*STEPS, sticky_ms=30_000))
    envelopes = []
    handle = scene.turn.handle

    def kept(arrival):  # type: ignore[no-untyped-def]
        result = handle(arrival)
        envelopes.extend(result.envelopes)
        return result

    scene.turn.handle = kept  # type: ignore[method-assign]
    call_id = known_caller(scene, last_agent_id=AgentId("ben"), blocked_agents=(AgentId("cleo"),))
    scene.later(20_100)
    scene.happens(DemandRequested(call_id=call_id, agent_id=None, by="boss", priority_ms=60_000))
    again = Turn(directory=scene.turn.directory, rules=scene.turn.rules, ids=CountingIds())
    again.restore(envelopes)
    assert again.calls == scene.turn.calls
    assert again.due_now() == scene.turn.due_now()


def test_the_caller_waits_for_the_last_agent_only_so_long() -> None:
    scene = Scene(a_directory("anna", "ben", sticky_ms=30_000)).on_duty("anna", "ben")
    busy = known_caller(scene, "1", last_agent_id=AgentId("ben"))
    assert holder(scene, busy) == "ben"
    again = known_caller(scene, "2", last_agent_id=AgentId("ben"))
    scene.later(29_000)
    assert holder(scene, again) is None  # although Anna is free
    scene.later(1_100)
    assert holder(scene, again) == "anna"


def test_nobody_waits_for_a_last_agent_who_is_not_on_duty_or_leaves() -> None:
    scene = Scene(a_directory("anna", "ben", sticky_ms=30_000)).on_duty("anna")
    assert holder(scene, known_caller(scene, "1", last_agent_id=AgentId("ben"))) == "anna"
    scene = Scene(a_directory("anna", "ben", "cleo", sticky_ms=30_000)).on_duty("ben")
    talking = scene.a_caller("2")
    scene.answers(talking)
    scene.on_duty("cleo")
    waits = known_caller(scene, "3", last_agent_id=AgentId("ben"))
    assert holder(scene, waits) is None
    scene.happens(PauseRequested(agent_id=AgentId("ben"), pause_reason="break"))
    assert holder(scene, waits) is None  # after the call they have
    scene.hangs_up(LegId("2"))
    scene.hangs_up(scene.leg(talking))
    scene.later(28_000)
    assert holder(scene, waits) is None  # in wrap-up, and on duty
    scene.happens(LogOutRequested(agent_id=AgentId("ben")))
    assert holder(scene, waits) == "cleo"


def test_a_last_agent_who_did_not_answer_is_not_waited_for_again() -> None:
    scene = Scene(a_directory("anna", "ben", sticky_ms=300_000)).on_duty("ben", "anna")
    call_id = known_caller(scene, last_agent_id=AgentId("ben"))
    assert holder(scene, call_id) == "ben"
    scene.hangs_up(scene.leg(call_id), HangupCause.REJECTED)
    assert holder(scene, call_id) == "anna"


def test_a_blocked_agent_never_gets_the_caller_and_that_is_told() -> None:
    scene = Scene(a_directory("anna", "ben")).on_duty("anna")
    call_id = known_caller(scene, blocked_agents=(AgentId("anna"),))
    scene.later(3_600_000)
    assert holder(scene, call_id) is None
    assert scene.turn.floor.explain_call(call_id)[AgentId("anna")].reason == "caller_blocked"  # type: ignore[union-attr]
    after = scene.a_caller("next")
    assert holder(scene, after) == "anna"  # nobody is held up behind the caller
    scene.on_duty("ben")
    assert holder(scene, call_id) == "ben"


def test_a_caller_list_gives_priority_and_the_project_its_own() -> None:
    directory = changed(a_directory("anna"), caller_lists={"vip": CallerList(name="vip", priority_ms=60_000)})
    scene = Scene(directory)
    first = scene.a_caller("1")
    scene.later(50_000)
    vip = known_caller(scene, "2", caller_lists=("vip", "unknown"))
    scene.on_duty("anna")
    assert holder(scene, vip) == "anna"
    assert holder(scene, first) is None


def test_a_priority_is_worth_no_more_than_its_waiting_time() -> None:
    directory = changed(a_directory("anna"), caller_lists={"vip": CallerList(name="vip", priority_ms=60_000)})
    scene = Scene(directory)
    first = scene.a_caller("1")
    scene.later(61_000)
    known_caller(scene, "2", caller_lists=("vip",))
    scene.on_duty("anna")
    assert holder(scene, first) == "anna"


def test_a_person_can_give_a_waiting_call_priority_and_skills() -> None:
    scene = Scene(with_skills(a_directory("anna", "ben"), ben={"tax": 3}))
    scene.a_caller("1")
    second = scene.a_caller("2")
    scene.happens(DemandRequested(call_id=second, agent_id=None, by="boss", priority_ms=5_000, skills=(SkillNeed(skill="tax"),)))
    assert scene.refusal is None
    scene.on_duty("anna")
    assert holder(scene, second) is None
    scene.on_duty("ben")
    assert holder(scene, second) == "ben"


@pytest.mark.parametrize(("skills", "language"), [((SkillNeed(skill="juggling"),), None), ((), "tr")])
def test_what_nobody_has_is_refused(skills: tuple[SkillNeed, ...], language: str | None) -> None:
    scene = Scene()
    call_id = scene.a_caller()
    scene.happens(DemandRequested(call_id=call_id, agent_id=None, skills=skills, language=language))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.NO_SUCH_SKILL


def test_a_call_that_does_not_wait_can_be_given_no_demand() -> None:
    scene = Scene().on_duty("anna")
    call_id = scene.a_caller()
    scene.happens(DemandRequested(call_id=call_id, agent_id=None, priority_ms=1_000))
    assert scene.refusal is not None
    assert scene.refusal.code is RefusalCode.WRONG_STATE


def test_the_projects_own_language_needs_no_skill_and_another_does() -> None:
    directory = a_directory("anna", "ben", demand=CallDemand(language="en"))
    agents = {**directory.agents, AgentId("ben"): changed(directory.agents[AgentId("ben")], languages={"en": 4})}
    scene = Scene(changed(directory, agents=agents)).on_duty("anna")
    call_id = scene.a_caller()
    assert holder(scene, call_id) is None
    scene.on_duty("ben")
    assert holder(scene, call_id) == "ben"
    own = Scene(a_directory("anna", demand=CallDemand(language="de"))).on_duty("anna")
    assert holder(own, own.a_caller()) == "anna"


def test_a_preferred_skill_chooses_among_the_free_and_nobody_waits_for_it() -> None:
    wish = CallDemand(skills=(SkillNeed(skill="tax", grade=3, is_required=False),))
    scene = Scene(with_skills(a_directory("anna", "ben", demand=wish), ben={"tax": 3})).on_duty("anna", "ben")
    scene.a_caller("1")
    assert reserved(scene) == ["ben"]
    scene.a_caller("2")
    assert reserved(scene) == ["anna"]


def test_to_choose_from_a_menu_wears_nothing_off() -> None:
    menu = Menu(prompt=("choose",), options=(MenuOption(key="1"),), answer_within_ms=60_000)
    directory = a_directory("anna", "ben", menu=menu, sticky_ms=30_000, answers_early=True)
    scene = Scene(directory).on_duty("anna", "ben")
    call_id = known_caller(scene, last_agent_id=AgentId("ben"))
    scene.happens(LegAnswered(leg_id=LegId("caller")))
    scene.later(40_000)
    assert holder(scene, call_id) is None
    scene.happens(LegPressedKey(leg_id=LegId("caller"), key="1"))
    assert holder(scene, call_id) == "ben"
