"""What a centre file says by itself: entries, and every fault with its line."""

from pathlib import Path

import pytest

from config.documents import Document
from fernamt.centre.read import Described, describe, placed, read_centre
from fernamt.centre.records import agent_of, centre_of, project_of, values_of_agent, values_of_project
from routing.announcements import Announcements
from routing.departments import Department
from routing.hours import is_open
from routing.menu import Menu, MenuOption
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from telephony.demands import SkillNeed
from telephony.identifiers import Instant, ProjectId

DEMO = Path(__file__).parents[3] / "fernamt" / "demo" / "centre.toml"


def _described(tmp_path: Path, text: str) -> Described:
    file = tmp_path / "centre.toml"
    file.write_text(text, encoding="utf-8")
    return read_centre(file)


def _faults(tmp_path: Path, text: str) -> list[str]:
    faults = sorted(_described(tmp_path, text).faults, key=lambda fault: (fault.line or 0, fault.column or 0))
    return [str(fault).removeprefix(f"{tmp_path}/") for fault in faults]


def test_the_demo_centre_has_two_clients_three_projects_six_agents_a_supervisor_and_a_clerk() -> None:
    described = read_centre(DEMO)
    assert described.faults == ()
    entries = described.entries
    assert (len(entries.clients), len(entries.projects), len(entries.numbers)) == (2, 3, 3)
    assert {agent.level for agent in entries.agents} == {1, 2, 3}
    assert len({agent.certificates for agent in entries.agents}) >= 4
    assert sorted(user.role for user in entries.users if user.role != "agent") == ["clerk", "supervisor"]


def test_every_project_of_the_demo_can_be_called_and_served_at_any_hour() -> None:
    centre = centre_of(read_centre(DEMO).entries)
    for project in centre.projects:
        assert project.project_id in centre.numbers.values()
        assert any(project.project_id in agent.certificates for agent in centre.agents)
        assert all(is_open(project.hours, Instant(hour * 3_600_000_000)) for hour in range(500_000, 500_000 + 24 * 7))


def test_a_record_says_again_what_its_entry_said() -> None:
    entries = read_centre(DEMO).entries
    for agent in entries.agents:
        again = describe(Document(source="again", values={"agents": [_given(values_of_agent(agent_of(agent)))]}))
        assert agent_of(again.entries.agents[0]) == agent_of(agent)
    for project in entries.projects:
        again = describe(Document(source="again", values={"projects": [_given(values_of_project(project_of(project)))]}))
        assert again.faults == ()
        assert project_of(again.entries.projects[0]) == project_of(project)


PROJECT = '[[projects]]\nproject_id = "nord"\nclient_id = "c"\nname = "Nord"\n'
RULE = '[[projects.overflow]]\nreason = "queue_length"\nlimit = 5\ntarget = "project"\nproject_id = "sued"\n'


def test_a_project_can_say_where_its_waiting_callers_flow_over_to(tmp_path: Path) -> None:
    (project,) = centre_of(_described(tmp_path, PROJECT + RULE).entries).projects
    assert project.overflow == (
        OverflowRule(reason=OverflowReason.QUEUE_LENGTH, limit=5, target=OverflowTarget.PROJECT, project_id=ProjectId("sued")),
    )
    again = describe(Document(source="again", values={"projects": [_given(values_of_project(project))]}))
    assert (again.faults, project_of(again.entries.projects[0])) == ((), project)
    (fault,) = _faults(tmp_path, PROJECT + RULE.replace("queue_length", "queue_size"))
    assert "line 6" in fault or ":6:" in fault


MENU = """answers_early = true
announcements = { every_ms = 60_000, tells_wait = false }
[projects.menu]
prompt = ["fernamt/choose-german", "fernamt/choose-english"]
tries = 3
[[projects.menu.options]]
key = "1"
[[projects.menu.options]]
key = "2"
language = "en"
skills = [{ skill = "solar", grade = 2 }]
"""


def test_a_project_can_ask_its_callers_and_tell_them_where_they_stand(tmp_path: Path) -> None:
    (project,) = centre_of(_described(tmp_path, PROJECT + MENU).entries).projects
    assert project.announcements == Announcements(every_ms=60_000, tells_wait=False)
    assert project.menu == Menu(
        prompt=("fernamt/choose-german", "fernamt/choose-english"),
        options=(MenuOption(key="1"), MenuOption(key="2", language="en", skills=(SkillNeed(skill="solar", grade=2),))),
        tries=3,
    )
    again = describe(Document(source="again", values={"projects": [_given(values_of_project(project))]}))
    assert (again.faults, project_of(again.entries.projects[0])) == ((), project)
    (fault,) = _faults(tmp_path, PROJECT + MENU.replace('key = "2"', 'key = "22"'))
    assert "projects[1].menu.options[2].key" in fault


DEPARTMENTS = """[[projects.departments]]
name = "Technik"
digits = "1"
skills = [{ skill = "solar", grade = 3 }]
[[projects.departments]]
name = "English"
language = "en"
project_id = "sued"
priority_ms = 30_000
"""


def test_a_project_can_have_departments(tmp_path: Path) -> None:
    (project,) = centre_of(_described(tmp_path, PROJECT + DEPARTMENTS).entries).projects
    assert project.departments == (
        Department(name="Technik", digits="1", skills=(SkillNeed(skill="solar", grade=3),)),
        Department(name="English", language="en", project_id=ProjectId("sued"), priority_ms=30_000),
    )
    again = describe(Document(source="again", values={"projects": [_given(values_of_project(project))]}))
    assert (again.faults, project_of(again.entries.projects[0])) == ((), project)
    (fault,) = _faults(tmp_path, PROJECT + DEPARTMENTS.replace('digits = "1"', 'digits = "one"'))
    assert "projects[1].departments[1].digits" in fault


def test_an_agents_phone_can_be_a_browser(tmp_path: Path) -> None:
    entry = '[[endpoints]]\nendpoint_id = "anna"\nagent_id = "anna"\nis_browser = true\n'
    (endpoint,) = centre_of(_described(tmp_path, entry).entries).endpoints
    assert (endpoint.endpoint_id, endpoint.agent_id, endpoint.is_browser) == ("anna", "anna", True)
    assert _faults(tmp_path, entry * 2) == [
        "centre.toml:6:1: endpoints[2].endpoint_id: expected each only once, given 'anna'",
    ]


def _given(values: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def test_all_faults_are_told_with_their_lines(tmp_path: Path) -> None:
    text = """\
[[clients]]
client_id = "Nord"
name = "N"
[[projects]]
project_id = "p"
client_id = "nord"
name = "P"
hours = { monday = ["8-20"], funday = [] }
[[numbers]]
did = "030 5550"
project_id = "p"
[[agents]]
agent_id = "a"
name = "A"
level = 4
[[agents]]
agent_id = "b"
name = "B"
level = 1
[[agents]]
agent_id = "b"
name = "B"
level = 1
"""
    assert _faults(tmp_path, text) == [
        "centre.toml:2:1: clients[1].client_id: expected small letters, digits, '.', '_', '-', 64 at most, the first a letter "
        "or digit, given 'Nord'",
        "centre.toml:8:21: projects[1].hours.monday[1]: expected opening hours such as \"08:00-20:00\", given '8-20'",
        "centre.toml:8:30: projects[1].hours.funday: expected a known key, given []; did you mean projects[1].hours.sunday?",
        "centre.toml:10:1: numbers[1].did: expected a number with its country code, such as +49 30 5550 100, given '030 5550'",
        "centre.toml:15:1: agents[1].level: expected at most 3, given 4",
        "centre.toml:21:1: agents[3].agent_id: expected each only once, given 'b'",
    ]


@pytest.mark.parametrize(
    ("user", "fault"),
    [
        ('role = "agent"', "users[1].agent_id: expected a value, because the role is agent, given nothing"),
        ('role = "clerk"\nteam = "Elbe"', "users[1].team: expected nothing, because the role is clerk, given 'Elbe'"),
        ('role = "team_leader"', "users[1].team: expected a value, because the role is team_leader, given nothing"),
        ('role = "boss"', "users[1].role: expected one of 'agent', 'supervisor'"),
        ('role = "admin"\nlogin = "A B"', ""),
    ],
)
def test_a_user_has_what_the_role_needs_and_nothing_else(tmp_path: Path, user: str, fault: str) -> None:
    if 'login = "A B"' in user:
        (told,) = _faults(tmp_path, f'[[users]]\ndisplay_name = "U"\n{user}\n')
        assert "users[1].login: expected small letters" in told
    else:
        (told,) = _faults(tmp_path, f'[[users]]\nlogin = "u"\ndisplay_name = "U"\n{user}\n')
        assert fault in told


@pytest.mark.parametrize("hours", ["25:00-26:00", "08:00-24:30", "8:00-9:00", "", "08:00", "08:60-09:00"])
def test_hours_that_make_no_window_are_refused(tmp_path: Path, hours: str) -> None:
    text = '[[projects]]\nproject_id = "p"\nclient_id = "c"\nname = "P"\n'
    (told,) = _faults(tmp_path, f'{text}hours = {{ monday = ["{hours}"] }}\n')
    assert "projects[1].hours.monday[1]: expected" in told


PROJECT = '[[projects]]\nproject_id = "p"\nclient_id = "c"\nname = "P"\n'


@pytest.mark.parametrize(
    ("hours", "place", "told"),
    [
        ('monday = ["08:00-12:00", "11:00-13:00"]', "hours.monday", "08:00-12:00 and 11:00-13:00 overlap"),
        ('tuesday = ["08:00-08:00"]', "hours.tuesday", "08:00-08:00 is empty: for a whole day write 00:00-00:00"),
        ('holidays_of = "Bayern"', "hours.holidays_of", "expected a Bundesland, one of BB, BE"),
        ('on_holidays = ["10:00-12:00"]', "hours", "expected holidays_of, a Bundesland such as BY"),
        ('holidays_of = "BY"\non_holidays = ["10-12"]', "hours.on_holidays[1]", 'expected opening hours such as "08:00-20:00"'),
    ],
)
def test_hours_that_cannot_be_meant_are_told_at_their_place(tmp_path: Path, hours: str, place: str, told: str) -> None:
    (fault,) = _faults(tmp_path, f"{PROJECT}[projects.hours]\n{hours}\n")
    assert f"projects[1].{place}: expected" in fault
    assert told in fault


def test_holidays_and_nights_come_from_the_file_into_routing_and_back_into_an_entry(tmp_path: Path) -> None:
    hours = 'friday = ["20:00-02:00"]\nholidays_of = "BY"\non_holidays = ["10:00-12:00"]\nexceptions = { 2026-12-25 = [] }'
    file = tmp_path / "centre.toml"
    file.write_text(f"{PROJECT}[projects.hours]\n{hours}\n", encoding="utf-8")
    (project,) = centre_of(read_centre(file).entries).projects
    corpus_christi = Instant(1_780_567_200_000_000)  # 4 June 2026, 12:00 in Germany, a Thursday
    assert [is_open(project.hours, Instant(corpus_christi + hour * 3_600_000_000)) for hour in (-1, 1)] == [True, False]
    friday_night = Instant(1_780_696_800_000_000)  # 6 June 2026, 00:00
    assert [is_open(project.hours, Instant(friday_night + hour * 3_600_000_000)) for hour in (-5, 1, 2)] == [False, True, False]
    again = describe(Document(source="again", values={"projects": [_given(values_of_project(project))]}))
    assert again.faults == ()
    assert project_of(again.entries.projects[0]) == project


def test_a_fault_the_store_finds_is_placed_where_the_entry_says_it_although_others_were_left_out(tmp_path: Path) -> None:
    text = """\
[[agents]]
agent_id = "BAD"
name = "x"
level = 1
[[agents]]
agent_id = "b"
name = "B"
level = 1
certificates = ["q"]
"""
    described = _described(tmp_path, text)
    fault = placed(described, "agent b certificates", "there is no project 'q'")
    assert fault is not None
    assert str(fault).endswith("centre.toml:9:1: agents[2].certificates: there is no project 'q'")
    assert placed(described, "agent b blocked_clients", "there is no client 'BAD'") is None


SHARED = """
[[departments]]
name = "Buchhaltung"
digits = "8"
skills = [{ skill = "invoices", grade = 3 }]
"""


def test_a_department_described_once_is_each_projects_that_names_it(tmp_path: Path) -> None:
    text = TWO_PROJECTS.replace('name = "One"', 'name = "One"\nshared_departments = ["Buchhaltung"]').replace(
        'name = "Two"', 'name = "Two"\nshared_departments = ["Buchhaltung"]'
    )
    described = read(tmp_path, SHARED + text)
    assert described.faults == ()
    one, two = (project_of(entry) for entry in described.entries.projects)
    assert one.departments == two.departments
    assert [(each.name, each.digits) for each in one.departments] == [("Buchhaltung", "8")]


def test_a_shared_department_that_nobody_describes_is_told_with_those_there_are(tmp_path: Path) -> None:
    text = TWO_PROJECTS.replace('name = "Two"', 'name = "Two"\nshared_departments = ["Vertrieb"]')
    (fault,) = read(tmp_path, SHARED + text).faults
    assert fault.key == "projects[2].shared_departments"
    assert "Buchhaltung" in str(fault)
    assert "'Vertrieb'" in str(fault)


TWO_PROJECTS = """
[[clients]]
client_id = "c1"
name = "C"

[[projects]]
project_id = "one"
client_id = "c1"
name = "One"

[[projects]]
project_id = "two"
client_id = "c1"
name = "Two"
"""


def read(folder: Path, text: str) -> Described:
    file = folder / "shared.toml"
    file.write_text(text)
    return read_centre(file)
