"""The centre's book, on SQLite and on PostgreSQL."""

import json
from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.announcements import Announcements
from routing.departments import Department
from routing.directory import AgentProfile, Client, ClosedTreatment, Project, Team
from routing.hours import OpeningHours, Window
from routing.menu import Menu, MenuOption
from routing.outbound.rules import ProjectOutbound
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from store.centre import Applied, Centre, CentreRejected, Change, Endpoint, How, TeamPlan
from store.directory import DirectoryStore
from store.engine import writing
from store.tables.directory import PROJECTS
from telephony.demands import CallDemand, RelaxationStep, SkillNeed
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId, WrapUpCode

HOURS = OpeningHours(
    week={0: (Window(opens=time(8), closes=time(12, 30)), Window(opens=time(13), closes=time(0)))},
    exceptions={date(2026, 12, 24): ()},
    holidays_of="BY",
    on_holidays=(Window(opens=time(22), closes=time(2)),),
)
IMPOSSIBLE_HOURS = OpeningHours(
    zone="Mars/Base",
    week={0: (Window(opens=time(8), closes=time(12)), Window(opens=time(11), closes=time(13)))},
    holidays_of="XX",
)
NORD, SUED = Client(client_id=ClientId("nord"), name="Nordlicht GmbH"), Client(client_id=ClientId("sued"), name="Südwind AG")
ORDERS = Project(
    project_id=ProjectId("orders"),
    client_id=NORD.client_id,
    mailbox="orders@centre.example",
    name="Bestellungen",
    hours=HOURS,
    closed_treatment=ClosedTreatment.REJECT,
    weights=(1.0, 1.5, 4.0),
    wait_limit_ms=90_000,
    wrap_up_codes=(WrapUpCode("sold"), WrapUpCode("lost")),
    demand=CallDemand(skills=(SkillNeed(skill="tax", grade=4), SkillNeed(skill="sales", is_required=False)), priority_ms=5_000),
    relaxation=(RelaxationStep(after_ms=20_000, until_ms=60_000, lower=(SkillNeed(skill="tax", grade=2),), drop=("sales",)),),
    sticky_ms=15_000,
)
HELP = Project(project_id=ProjectId("help"), client_id=SUED.client_id, name="Hilfe")
ANNA = AgentProfile(
    agent_id=AgentId("anna"),
    name="Anna Ähre",
    level=2,
    certificates=frozenset({ORDERS.project_id, HELP.project_id}),
    level_by_project={HELP.project_id: 3},
    endpoint_id=EndpointId("anna-phone"),
    blocked_clients=frozenset({SUED.client_id}),
    team="north",
    mailbox="anna@centre.example",
    phone_answers=True,
    keeps_line=True,
    skills={"tax": 5, "sales": 1},
    languages={"en": 4},
)
BERT = AgentProfile(agent_id=AgentId("bert"), name="Bert", level=1)
CENTRE = Centre(
    clients=(NORD, SUED),
    projects=(ORDERS, HELP),
    numbers={"+49301234567": ORDERS.project_id, "+49891234567": HELP.project_id},
    agents=(ANNA, BERT),
    endpoints=(Endpoint(endpoint_id=EndpointId("bert-browser"), agent_id=BERT.agent_id, is_browser=True),),
    default_weights=(1.0, 2.0, 5.0),
    home_country="AT",
    ageing_ms=600_000,
    caller_lists={"vip": 120_000},
    teams=(TeamPlan(team_id="north", name="Team Nord"),),
)


@pytest.fixture
def book(engine: AsyncEngine) -> DirectoryStore:
    return DirectoryStore(engine)


async def test_an_empty_book_is_an_empty_centre_with_the_defaults(book: DirectoryStore) -> None:
    centre = await book.load()
    assert (centre.revision, centre.clients, centre.agents) == (0, {}, {})
    assert centre.default_weights == (1.0, 2.0, 3.0)
    assert centre.home_country == "DE"


async def test_what_was_applied_is_loaded_with_every_detail(book: DirectoryStore) -> None:
    applied = await book.apply(CENTRE)
    centre = await book.load()
    assert centre.revision == applied.revision == 1
    assert centre.clients == {"nord": NORD, "sued": SUED}
    assert centre.projects == {"orders": ORDERS, "help": HELP}
    assert centre.numbers == CENTRE.numbers
    assert centre.agents == {"anna": ANNA, "bert": BERT}
    assert centre.endpoints == {"anna-phone": "anna", "bert-browser": "bert"}
    assert (centre.default_weights, centre.home_country) == ((1.0, 2.0, 5.0), "AT")
    assert centre.teams == {"north": Team(team_id="north", name="Team Nord")}
    assert (centre.ageing_ms, centre.caller_lists["vip"].priority_ms) == (600_000, 120_000)


async def test_applying_the_same_again_changes_nothing_not_even_the_revision(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    assert await book.apply(CENTRE) == Applied(changes=(), revision=1)
    assert await book.revision() == 1


async def test_only_what_is_different_is_changed_and_named(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    promoted = replace(BERT, level=2, certificates=frozenset({HELP.project_id}))
    applied = await book.apply(replace(CENTRE, agents=(ANNA, promoted), projects=(replace(ORDERS, name="Orders"), HELP)))
    assert set(applied.changes) == {
        Change(what="agent", id="bert", how=How.CHANGED),
        Change(what="project", id="orders", how=How.CHANGED),
    }
    assert applied.revision == 2
    assert (await book.load()).agents == {"anna": ANNA, "bert": promoted}


async def test_a_dry_run_says_what_would_change_and_changes_nothing(book: DirectoryStore) -> None:
    applied = await book.apply(CENTRE, is_dry_run=True)
    assert Change(what="client", id="nord", how=How.ADDED) in applied.changes
    assert await book.revision() == 0
    assert (await book.load()).clients == {}


async def test_what_is_not_named_goes_out_of_use_where_that_is_asked_for(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    rest = Centre(clients=(NORD,), projects=(ORDERS,), numbers={"+49301234567": ORDERS.project_id}, agents=(ANNA,))
    applied = await book.apply(rest, removes_others=True)
    assert set(applied.changes) == {
        Change(what="client", id="sued", how=How.DEACTIVATED),
        Change(what="project", id="help", how=How.DEACTIVATED),
        Change(what="number", id="+49891234567", how=How.REMOVED),
        Change(what="agent", id="bert", how=How.DEACTIVATED),
        Change(what="endpoint", id="bert-browser", how=How.REMOVED),
    }
    centre = await book.load()
    assert set(centre.projects) == {"orders"}
    assert not centre.agents[BERT.agent_id].is_active
    assert [each.is_active for each in await book.clients()] == [True, False]
    assert (await book.apply(rest, removes_others=True)).changes == ()


async def test_all_faults_are_told_at_once_and_nothing_is_written(book: DirectoryStore) -> None:
    broken = Centre(
        clients=(NORD, NORD, Client(client_id=ClientId("a b"), name="")),
        projects=(replace(HELP, client_id=ClientId("nobody"), ring_timeout_ms=-1, hours=IMPOSSIBLE_HOURS),),
        numbers={"030 123": ProjectId("none")},
        agents=(replace(ANNA, level=4, level_by_project={HELP.project_id: 0}),),
        endpoints=(Endpoint(endpoint_id=EndpointId("anna-phone"), agent_id=AgentId("ghost")),),
        default_weights=(0.0, 1.0, 1.0),
        home_country="Germany",
    )
    with pytest.raises(CentreRejected) as caught:
        await book.apply(broken)
    places = [fault.where for fault in caught.value.faults]
    assert places == [
        "client nord",
        "client 'a b'",
        "client a b name",
        "project help client_id",
        "project help ring_timeout_ms",
        "project help hours.zone",
        "project help hours.holidays_of",
        "project help hours.week.0",
        "number '030 123'",
        "number 030 123",
        "agent anna level",
        "agent anna certificates",
        "agent anna level_by_project help",
        "agent anna blocked_clients",
        "agent anna team",
        "endpoint anna-phone",
        "agent anna endpoint_id",
        "centre default_weights",
        "centre home_country",
    ]
    assert await book.revision() == 0


FLOWS = OverflowRule(
    reason=OverflowReason.WAITING_TIME, limit=60_000, target=OverflowTarget.PROJECT, project_id=ProjectId("second")
)
MACHINE = OverflowRule(reason=OverflowReason.NOBODY_STAFFED, target=OverflowTarget.MACHINE)


async def test_two_projects_are_not_meant_by_one_code_that_phones_dial(book: DirectoryStore) -> None:
    orders = replace(ORDERS, outbound=ProjectOutbound(dial_task="t1", dial_code="81"))
    await book.apply(replace(CENTRE, projects=(orders, HELP)))
    second = replace(orders, project_id=ProjectId("second"))
    with pytest.raises(CentreRejected, match=r"project second outbound\.dial_code: 81 means the project orders already"):
        await book.apply(Centre(projects=(second,)))
    await book.apply(Centre(projects=(second, replace(orders, outbound=None))))
    assert ProjectId("second") in (await book.load()).projects


async def test_rules_of_overflow_go_in_and_come_out_and_loops_over_what_is_there_already_are_refused(
    book: DirectoryStore,
) -> None:
    await book.apply(CENTRE)
    second = replace(ORDERS, project_id=ProjectId("second"), overflow=(MACHINE,))
    await book.apply(Centre(projects=(replace(ORDERS, overflow=(FLOWS,)), second)))
    assert (await book.load()).projects[ORDERS.project_id].overflow == (FLOWS,)
    back = replace(second, overflow=(replace(FLOWS, project_id=ORDERS.project_id),))
    with pytest.raises(CentreRejected, match="callers would go in circles: orders → second → orders"):
        await book.apply(Centre(projects=(back,)))
    outside = replace(
        second, overflow=(OverflowRule(reason=OverflowReason.WAITING_TIME, target=OverflowTarget.NUMBER, number="1"),)
    )
    with pytest.raises(CentreRejected, match="project second overflow: rule 1: number '1' cannot be dialled"):
        await book.apply(Centre(projects=(outside,)))
    assert (await book.load()).projects[second.project_id].overflow == (MACHINE,)


async def test_a_menu_and_announcements_go_in_and_come_out_and_are_refused_where_nobody_would_hear_them(
    book: DirectoryStore,
) -> None:
    menu = Menu(
        prompt=("fernamt/choose-german",),
        options=(
            MenuOption(key="1", skills=(SkillNeed(skill="solar", grade=2),)),
            MenuOption(key="2", project_id=HELP.project_id),
        ),
    )
    spoken = replace(ORDERS, answers_early=True, menu=menu, announcements=Announcements(every_ms=60_000))
    with pytest.raises(CentreRejected, match="project orders menu: option '2': project 'help' belongs to another client"):
        await book.apply(replace(CENTRE, projects=(spoken, HELP)))
    spoken = replace(spoken, menu=replace(menu, options=menu.options[:1]))
    await book.apply(replace(CENTRE, projects=(spoken, HELP)))
    assert (await book.load()).projects[ORDERS.project_id] == spoken
    assert (await book.apply(Centre(projects=(spoken,)))).changes == ()
    with pytest.raises(CentreRejected, match="answers_early = true") as rejected:
        await book.apply(Centre(projects=(replace(spoken, answers_early=False),)))
    assert [fault.where for fault in rejected.value.faults] == ["project orders announcements", "project orders menu"]


async def test_departments_go_in_and_come_out_and_are_refused_where_nobody_could_get_there(book: DirectoryStore) -> None:
    tax = Department(name="Steuern", digits="1", skills=(SkillNeed(skill="tax", grade=3),), language="de", priority_ms=5_000)
    menu = Menu(prompt=("fernamt/choose-german",), options=(MenuOption(key="1", department="Steuern"),))
    described = replace(ORDERS, answers_early=True, menu=menu, departments=(tax,))
    wrong = (tax, replace(tax, name="Hilfe", project_id=HELP.project_id, digits="12345"), tax)
    with pytest.raises(CentreRejected) as rejected:
        await book.apply(replace(CENTRE, projects=(replace(described, departments=wrong), HELP)))
    assert [(fault.where, fault.what.partition(":")[0]) for fault in rejected.value.faults] == [
        ("project orders departments", "two have the same name"),
        ("project orders departments", "two have the same digits"),
        ("project orders departments", "'Hilfe'"),
        ("project orders departments", "'Hilfe'"),
    ]
    with pytest.raises(CentreRejected, match="there is no department 'Steuern'"):
        await book.apply(replace(CENTRE, projects=(replace(described, departments=()), HELP)))
    await book.apply(replace(CENTRE, projects=(described, HELP)))
    assert (await book.load()).projects[ORDERS.project_id] == described
    assert (await book.apply(Centre(projects=(described,)))).changes == ()


async def test_each_thing_can_be_put_and_taken_out_alone_and_each_bumps_the_revision(book: DirectoryStore) -> None:
    assert (await book.put_client(NORD)).revision == 1
    assert (await book.put_project(ORDERS)).revision == 2
    assert (await book.put_number("+49301234567", ORDERS.project_id)).revision == 3
    assert (await book.put_agent(BERT)).revision == 4
    assert (await book.put_endpoint(Endpoint(endpoint_id=EndpointId("p"), agent_id=BERT.agent_id))).revision == 5
    assert await book.numbers() == {"+49301234567": "orders"}
    assert await book.agents() == [BERT]
    assert (await book.deactivate_agent(BERT.agent_id)).revision == 6
    assert (await book.load()).endpoints == {}
    assert (await book.deactivate_agent(BERT.agent_id)).revision == 6
    assert (await book.remove_number("+49301234567")).revision == 7
    assert (await book.deactivate_project(ORDERS.project_id)).revision == 8
    assert (await book.put_project(ORDERS)).changes == (Change(what="project", id="orders", how=How.CHANGED),)


async def test_taking_out_what_is_not_there_is_an_error_that_names_it(book: DirectoryStore) -> None:
    with pytest.raises(CentreRejected, match="project none"):
        await book.deactivate_project(ProjectId("none"))


async def test_a_client_out_of_use_takes_its_projects_and_numbers_with_it(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    await book.deactivate_client(NORD.client_id)
    centre = await book.load()
    assert set(centre.projects) == {"help"}
    assert set(centre.numbers) == {"+49891234567"}


async def test_a_phone_that_changes_hands_is_no_longer_the_former_agents(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    await book.put_endpoint(Endpoint(endpoint_id=EndpointId("anna-phone"), agent_id=BERT.agent_id))
    centre = await book.load()
    assert centre.endpoints[EndpointId("anna-phone")] == "bert"
    assert centre.agents[ANNA.agent_id].endpoint_id is None


async def test_a_phone_of_another_agent_cannot_be_taken_by_naming_it(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    with pytest.raises(CentreRejected, match="belongs to agent 'anna'"):
        await book.put_agent(replace(BERT, endpoint_id=ANNA.endpoint_id))


async def test_a_thousand_agents_go_in_and_come_out(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    many = [
        AgentProfile(agent_id=AgentId(f"a{n}"), name=f"Agent {n}", level=n % 3 + 1, certificates=frozenset({HELP.project_id}))
        for n in range(1_200)
    ]
    assert len((await book.apply(Centre(agents=many))).changes) == 1_200
    assert {agent.agent_id: agent for agent in many}.items() <= (await book.load()).agents.items()


async def test_hours_that_were_stored_before_holidays_were_known_are_read_as_before(engine: AsyncEngine) -> None:
    book = DirectoryStore(engine)
    await book.apply(CENTRE)
    old = '{"zone":"Europe/Berlin","week":{"0":[{"opens":"08:00:00","closes":"12:00:00"}]},"exceptions":{"2026-12-24":[]}}'
    settings = {"project_id": "help", "client_id": "sued", "name": "Hilfe"}
    text = f'{json.dumps(settings)[:-1]}, "hours": {old}}}'
    async with writing(engine) as connection:
        await connection.execute(update(PROJECTS).where(PROJECTS.c.project_id == "help").values(settings=text))
    hours = (await book.load()).projects[HELP.project_id].hours
    assert hours == OpeningHours(
        week={0: (Window(opens=time(8), closes=time(12)),)}, exceptions={date(2026, 12, 24): ()}, holidays_of=None, on_holidays=()
    )


async def test_demands_that_cannot_be_meant_are_refused_at_their_place(book: DirectoryStore) -> None:
    steps = (RelaxationStep(after_ms=5_000, until_ms=5_000, drop=("tax",)), RelaxationStep(after_ms=9_000))
    odd = replace(ORDERS, demand=CallDemand(skills=(SkillNeed(skill="tax", grade=9),), priority_ms=-1), relaxation=steps)
    anna = replace(ANNA, skills={"tax": 0})
    with pytest.raises(CentreRejected) as rejected:
        await book.apply(replace(CENTRE, projects=(odd, HELP), agents=(anna, BERT)))
    assert [fault.where for fault in rejected.value.faults] == [
        "project orders demand",
        "project orders demand",
        "project orders relaxation",
        "project orders relaxation",
        "agent anna skills tax",
    ]


async def test_lists_of_callers_stay_as_they_are_where_none_is_described(book: DirectoryStore) -> None:
    await book.apply(CENTRE)
    await book.apply(Centre(default_weights=(1.0, 1.0, 1.0)))
    assert list((await book.load()).caller_lists) == ["vip"]
    await book.apply(Centre(caller_lists={}))
    assert not (await book.load()).caller_lists
