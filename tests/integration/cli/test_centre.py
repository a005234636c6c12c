"""Clients, projects, numbers, agents, users and whole centres from the command line."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import DEMO, Fernamt


def test_applying_a_centre_tells_each_change_and_the_one_time_logins_once(fernamt: Fernamt) -> None:
    fernamt("db", "upgrade")
    rehearsed = fernamt("apply", str(DEMO), "--dry-run", "--json")
    assert rehearsed.json["is_dry_run"]
    assert rehearsed.json["logins"] == []
    assert fernamt("agents", "list", "--json").json == []
    first = fernamt("apply", str(DEMO), "--json").json
    assert [change["what"] for change in first["changes"]] == [change["what"] for change in rehearsed.json["changes"]]
    assert sorted(login["login"] for login in first["logins"]) == [
        "anna",
        "ben",
        "clara",
        "deniz",
        "emil",
        "frieda",
        "gesine",
        "hannes",
    ]
    again = fernamt("apply", str(DEMO), "--json").json
    assert (again["changes"], again["logins"], again["revision"]) == ([], [], first["revision"])
    assert len(fernamt("agents", "list", "--json").json) == 6


def test_a_dry_run_shows_the_old_and_the_new_value(centre: Fernamt, tmp_path: Path) -> None:
    changed = tmp_path / "changed.toml"
    before, after = (f'name = "Emil Krüger"\nlevel = {level}' for level in (1, 2))
    changed.write_text(DEMO.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    (change,) = centre("apply", str(changed), "--dry-run", "--json").json["changes"]
    assert change == {"what": "agent", "id": "emil", "how": "changed", "details": {"level": "1 → 2"}}
    assert {agent["agent_id"]: agent["level"] for agent in centre("agents", "list", "--json").json}["emil"] == 1


def test_a_centre_with_faults_changes_nothing_and_tells_them_all(centre: Fernamt, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(
        """\
[[clients]]
client_id = "new"
name = "New"
[[agents]]
agent_id = "x"
name = "X"
level = 9
[[agents]]
agent_id = "y"
name = "Y"
level = 1
certificates = ["nothing"]
[[users]]
login = "y"
display_name = "Y"
role = "client"
client_id = "nobody"
""",
        encoding="utf-8",
    )
    done = centre("apply", str(bad))
    assert done.code == 3
    assert [line.removeprefix(f"{tmp_path}/") for line in done.err.splitlines()] == [
        "bad.toml:7:1: agents[1].level: expected at most 3, given 9",
        "bad.toml:12:1: agents[2].certificates: there is no project 'nothing': add it too",
        "bad.toml:17:1: users[1].client_id: expected the id of a client of the centre, given 'nobody'",
        "error: 3 faults found; nothing was done",
    ]
    assert "new" not in {client["client_id"] for client in centre("clients", "list", "--json").json}


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (("clients", "add", "neu", "name=Neu GmbH"), 0, "client neu added"),
        (("clients", "add", "nordlicht", "name=x"), 1, "there is a client 'nordlicht' already"),
        (("clients", "set", "nordlicht", "name=Nordlicht AG"), 0, "client nordlicht changed"),
        (("clients", "set", "nordlicht", "name=Nordlicht Stadtenergie GmbH"), 0, "nothing had to change"),
        (("clients", "set", "nobody", "name=x"), 5, "`fernamt clients list` lists those there are"),
        (("projects", "add", "p2", "client_id=nordlicht", "name=Zwei", "wrap_up_codes=a,b"), 0, "project p2 added"),
        (("projects", "set", "nordlicht-service", "ring_timeout_ms=9000"), 0, "project nordlicht-service changed"),
        (("projects", "set", "nordlicht-service", "ring_timeout=9"), 3, "did you mean ring_timeout_ms?"),
        (("projects", "set", "nordlicht-service", 'hours={monday=["9-17"]}'), 3, "hours.monday[1]: expected opening hours"),
        (("projects", "set", "nordlicht-service", 'hours={holidays_of="BY",on_holidays=["10:00-12:00"]}'), 0, "service changed"),
        (
            ("projects", "set", "nordlicht-service", 'hours={holidays_of="Bavaria"}'),
            3,
            "hours.holidays_of: expected a Bundesland",
        ),
        (("numbers", "add", "+49 30 23125 300", "project_id=nordlicht-service"), 0, "number +493023125300 added"),
        (("numbers", "add", "030 5550", "project_id=nordlicht-service"), 3, "a number with its country code"),
        (("numbers", "set", "+493023125100", "project_id=nope"), 3, "there is no project 'nope'"),
        (("numbers", "remove", "+49 30 23125 200"), 0, "number +493023125200 removed"),
        (("numbers", "remove", "+49 30 999999"), 5, "there is no number"),
        (("agents", "add", "gustav", "name=Gustav", "level=2", "certificates=nordlicht-service"), 0, "agent gustav added"),
        (("agents", "set", "emil", "level=7"), 3, "level: expected at most 3, given 7"),
        (("agents", "set", "emil", "certificates=x,y"), 3, "there is no project 'x'"),
        (("agents", "set", "emil", "is_active=false"), 0, "agent emil changed"),
        (("agents", "set", "emil", "level"), 3, "expected KEY=VALUE"),
        (("users", "add", "ida", "--role", "admin", "--name", "Ida"), 0, "one-time log-in of ida"),
        (("users", "add", "anna", "--role", "admin", "--name", "Anna"), 1, "there is a user 'anna' already"),
        (("users", "add", "kai", "--role", "agent", "--name", "Kai"), 3, "agent_id: expected a value, because the role is agent"),
        (("users", "add", "kai", "--role", "boss", "--name", "Kai"), 3, "role: expected one of"),
        (("users", "passwd", "gesine"), 0, "one-time log-in of gesine"),
        (("users", "passwd", "nobody"), 5, "there is no user 'nobody'"),
        (("users", "token", "gesine", "--name", "board"), 0, "this token acts for gesine"),
        (("clients", "add", "x", "name=A", "name=B"), 3, "name: expected one value, given 2"),
        (("clients", "add", "x", "name="), 3, "name: expected text of at least 1 character, given ''"),
    ],
)
def test_one_thing_at_a_time(centre: Fernamt, command: tuple[str, ...], code: int, told: str) -> None:
    done = centre(*command)
    assert told in done.err
    assert done.code == code
    assert "Traceback" not in done.err


def test_setting_one_value_keeps_the_others(centre: Fernamt) -> None:
    before = {agent["agent_id"]: agent for agent in centre("agents", "list", "--json").json}["deniz"]
    assert "there is no team 'Oder': add it too" in centre("agents", "set", "deniz", "team=Oder").err
    centre("agents", "set", "deniz", "team=Elbe")
    after = {agent["agent_id"]: agent for agent in centre("agents", "list", "--json").json}["deniz"]
    assert after == {**before, "team": "Elbe"}
    whole = {project["project_id"]: project for project in centre("projects", "list", "--json").json}["havel-bestellung"]
    centre("projects", "set", "havel-bestellung", "answers_early=false")
    projects = {project["project_id"]: project for project in centre("projects", "list", "--json").json}
    assert projects["havel-bestellung"] == {**whole, "answers_early": False}


def test_teams_are_listed_added_and_set_with_their_people(centre: Fernamt) -> None:
    assert centre("teams", "list", "--json").json == [
        {"team_id": "Elbe", "name": "Team Elbe", "members": ["anna", "ben", "clara"], "leaders": []},
        {"team_id": "Spree", "name": "Team Spree", "members": ["deniz", "emil", "frieda"], "leaders": []},
    ]
    assert centre("users", "add", "lena", "--role", "team_leader", "--name", "Lena", "--team", "Oder").code == 3
    assert centre("users", "add", "lena", "--role", "team_leader", "--name", "Lena", "--team", "Elbe").code == 0
    added = centre("teams", "add", "Oder", 'name="Team Oder"', "members=ben,deniz", "leaders=lena")
    assert (added.code, "agent ben changed" in added.err) == (0, True)
    teams = {team["team_id"]: (team["members"], team["leaders"]) for team in centre("teams", "list", "--json").json}
    assert teams == {"Elbe": (["anna", "clara"], []), "Spree": (["emil", "frieda"], []), "Oder": (["ben", "deniz"], ["lena"])}
    centre("teams", "set", "Oder", "members=")
    teams = {team["team_id"]: team["members"] for team in centre("teams", "list", "--json").json}
    assert teams["Oder"] == []
    refused = centre("teams", "set", "Oder", "members=nobody")
    assert (refused.code, "there is no agent 'nobody'" in refused.err) == (3, True)


def test_agents_are_imported_all_of_them(centre: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "agents.csv"
    file.write_bytes(
        "﻿agent_id;name;level;certificates;level_by_project\r\n"
        "emil;Emil Krüger;2;nordlicht-service havel-bestellung;havel-bestellung=1\r\n"
        '\r\n"gerd";"Gerd; der Neue";1;;\r\n'.encode()
    )
    shown = centre("agents", "import", str(file), "--dry-run")
    assert "2 things" in shown.err or "3 things" in shown.err
    assert "level=1 → 2" in shown.out
    assert len(centre("agents", "list", "--json").json) == 6
    assert centre("agents", "import", str(file)).code == 0
    agents = {agent["agent_id"]: agent for agent in centre("agents", "list", "--json").json}
    assert agents["gerd"]["name"] == "Gerd; der Neue"
    assert agents["emil"]["certificates"] == ["havel-bestellung", "nordlicht-service"]
    assert agents["emil"]["level_by_project"] == {"havel-bestellung": 1}
    assert agents["emil"]["team"] == "Spree", "the file has no such column, so it stays"


def test_an_import_with_faults_imports_nobody_and_tells_every_line(centre: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "agents.csv"
    file.write_text(
        'agent_id,name,level,certificates\nok,Ok,1,\nBad,Bad,1,\ny,"two\nlines",1,\nz,Z,9,\nw,W,1,nothing\nok,Ok,1,\n'
    )
    done = centre("agents", "import", str(file))
    assert done.code == 3
    places = [line.removeprefix(f"{file}:").split(":")[0] for line in done.err.splitlines()[:-1]]
    assert places == ["3", "4", "6", "7", "8"]
    assert len(centre("agents", "list", "--json").json) == 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "expected a first line with the columns agent_id, name, level, given an empty file"),
        (b"agent_id,nam,level\nx,X,1\n", "1: nam: expected a column of agent_id, name, level"),
        (b"agent_id,name,level\nx,X\n", "2: (row): expected 3 fields, as the first line has, given 2"),
        (b"agent_id,name,level\nx,\xe4,1\n", "2: (text): expected UTF-8"),
        (b'agent_id,name,level\nx,"X,1\n', "(form): expected CSV"),
    ],
)
def test_a_file_that_is_no_list_of_agents_is_refused(centre: Fernamt, tmp_path: Path, text: bytes, told: str) -> None:
    file = tmp_path / "agents.csv"
    file.write_bytes(text)
    done = centre("agents", "import", str(file))
    assert done.code == 3
    assert told in done.err


def test_a_new_password_is_read_from_standard_input_and_never_too_short(
    centre: Fernamt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for password, code in (("short", 1), ("long enough for this", 0)):
        (tmp_path / "password").write_text(f"{password}\n", encoding="utf-8")
        with (tmp_path / "password").open(encoding="utf-8") as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            done = centre("users", "passwd", "gesine", "--stdin")
        assert done.code == code
        assert password not in done.out + done.err
    users = {user["login"]: user for user in centre("users", "list", "--json").json}
    assert users["gesine"]["has_password"]
    assert not users["anna"]["has_password"]


def test_what_was_changed_here_is_on_record_with_what_held_before(centre: Fernamt) -> None:
    name = centre("clients", "list", "--json").json[0]["client_id"]
    assert centre("clients", "set", name, "name=Renamed AG").code == 0
    (newest, *older) = centre("audit", "--json").json
    assert (newest["user_id"], newest["deed"], newest["subject"]) == ("command-line", "client.changed", name)
    assert newest["reason"].startswith("as ")
    assert newest["before"]["name"] != newest["after"]["name"] == "Renamed AG"
    assert {"project.added", "number.added", "agent.added", "user.added"} <= {entry["deed"] for entry in older}
    assert "client.changed" in centre("audit", "-n", "1").out
    assert len(centre("audit", "--before", str(newest["number"]), "-n", "3", "--json").json) == 3
