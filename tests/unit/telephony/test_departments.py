"""Departments: where agents hand callers to and ask, and menus lead; by skills, and perhaps in another project."""

from dataclasses import replace

from routing.departments import Department
from routing.directory import Directory, Project
from routing.hours import OpeningHours
from routing.menu import Menu, MenuOption
from telephony.call.model import CallState
from telephony.demands import SkillNeed
from telephony.engine.departments import colleague_of_department
from telephony.errors import RefusalCode
from telephony.events import AgentReserved, LegPressedKey
from telephony.identifiers import AgentId, CallId, ClientId, ProjectId
from telephony.transfers import CallMoved, ConsultRequested, TransferRequested
from tests.unit.telephony.scene import NORD, Scene, a_directory

ANNA, BEN, CLEO = AgentId("anna"), AgentId("ben"), AgentId("cleo")
SUED = ProjectId("sued")
SOLAR = (SkillNeed(skill="solar", grade=3),)
TECHNIK = Department(name="Technik", digits="1", skills=SOLAR, priority_ms=30_000)
BUERO = Department(name="Büro", project_id=SUED)
MENU = Menu(
    prompt=("fernamt/choose-german",),
    options=(MenuOption(key="1", department="Technik"), MenuOption(key="2", department="Büro", language="en")),
)


def a_centre(*, sued_hours: OpeningHours | None = None, **project: object) -> Directory:
    """Ben alone knows about solar; Cleo, who does not, is for Süd as well."""
    directory = a_directory("anna", "ben", "cleo", departments=(TECHNIK, BUERO), **project)
    sued = Project(project_id=SUED, client_id=ClientId("c1"), name="Süd", hours=sued_hours)
    ben = replace(directory.agents[BEN], skills={"solar": 4})
    cleo = replace(directory.agents[CLEO], certificates=frozenset({NORD, SUED}), skills={"solar": 2}, languages={"en": 3})
    return replace(directory, projects={**directory.projects, SUED: sued}, agents={**directory.agents, BEN: ben, CLEO: cleo})


def a_talk(scene: Scene) -> CallId:
    scene.on_duty("anna")
    call_id = scene.a_caller()
    scene.answers(call_id)
    return call_id


def reserved(scene: Scene) -> list[tuple[AgentId, ProjectId]]:
    return [(event.agent_id, event.project_id) for event in scene.events if isinstance(event, AgentReserved)]


def refused(scene: Scene) -> RefusalCode | None:
    return None if scene.refusal is None else scene.refusal.code


def test_a_caller_handed_to_a_department_waits_for_an_agent_with_its_skills() -> None:
    scene = Scene(a_centre())
    call_id = a_talk(scene)
    scene.on_duty("cleo")
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_department="Technik"))
    assert reserved(scene) == [], "Cleo is free, and knows too little"
    moved = next(event for event in scene.events if isinstance(event, CallMoved))
    assert (moved.terms.project_id, moved.demand and moved.demand.skills) == (NORD, SOLAR)
    call = scene.turn.calls[call_id]
    assert (call.state, call.demand.priority_ms, call.goes_first) == (CallState.QUEUED, 30_000, False)
    scene.on_duty("ben")
    assert reserved(scene) == [(BEN, NORD)]


def test_a_department_may_be_answered_by_another_project_on_its_terms() -> None:
    scene = Scene(a_centre())
    call_id = a_talk(scene)
    scene.on_duty("ben", "cleo")
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_department="Büro"))
    assert reserved(scene) == [(CLEO, SUED)]


def test_what_a_department_asks_for_takes_the_place_of_what_the_call_asked_for_before() -> None:
    scene = Scene(a_centre())
    call_id = a_talk(scene)
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_department="Technik"))
    scene.on_duty("ben")
    scene.answers(call_id, 2)
    scene.happens(TransferRequested(call_id=call_id, agent_id=BEN, to_department="Büro"))
    call = scene.turn.calls[call_id]
    assert (call.demand.skills, call.demand.priority_ms) == ((), 30_000)


def test_who_is_next_of_the_department_is_asked_and_may_have_the_caller() -> None:
    scene = Scene(a_centre())
    call_id = a_talk(scene)
    scene.on_duty("cleo", "ben")
    scene.happens(ConsultRequested(call_id=call_id, agent_id=ANNA, to_department="Technik"))
    assert reserved(scene) == [(BEN, NORD)]
    assert scene.turn.calls[call_id].colleague is not None


def test_who_is_free_as_far_as_the_journal_knows_is_not_asked_while_nobody_knows_of_their_phone() -> None:
    scene = Scene(a_centre())
    call_id = a_talk(scene)
    scene.on_duty("ben")
    asked = (TECHNIK, scene.turn.calls[call_id], scene.turn.directory, scene.turn.floor)
    assert colleague_of_department(*asked, lambda _: True) == BEN
    assert colleague_of_department(*asked, lambda _: False) is None


def test_a_question_to_a_department_where_nobody_is_free_is_refused() -> None:
    scene = Scene(a_centre())
    call_id = a_talk(scene)
    scene.on_duty("cleo")
    scene.happens(ConsultRequested(call_id=call_id, agent_id=ANNA, to_department="Technik"))
    assert refused(scene) is RefusalCode.AGENT_NOT_AVAILABLE
    assert scene.turn.calls[call_id].state is CallState.TALKING


def test_a_department_that_is_closed_or_that_the_project_has_not_is_refused() -> None:
    scene = Scene(a_centre(sued_hours=OpeningHours(week={})))
    call_id = a_talk(scene)
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_department="Büro"))
    assert refused(scene) is RefusalCode.PROJECT_CLOSED
    scene.happens(TransferRequested(call_id=call_id, agent_id=ANNA, to_department="Lager"))
    assert refused(scene) is RefusalCode.NO_SUCH_DEPARTMENT
    assert scene.turn.calls[call_id].state is CallState.TALKING


def test_a_key_leads_to_a_department() -> None:
    scene = Scene(a_centre(answers_early=True, menu=MENU)).on_duty("anna", "cleo", "ben")
    solar = scene.a_caller("1")
    scene.happens(LegPressedKey(leg_id=scene.turn.calls[solar].caller.leg_id, key="1"))
    assert reserved(scene) == [(BEN, NORD)]
    office = scene.a_caller("2")
    scene.happens(LegPressedKey(leg_id=scene.turn.calls[office].caller.leg_id, key="2"))
    assert reserved(scene) == [(CLEO, SUED)]
    assert scene.turn.calls[office].demand.language == "en", "what the option itself asks for counts as well"
