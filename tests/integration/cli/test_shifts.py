"""`fernamt shifts`, `attendance` and `staffing` on a database of their own."""

from pathlib import Path

import pytest

from fernamt.cli.exits import Exit
from tests.integration.cli.conftest import Fernamt

MONTH = ("--from", "2031-11-01", "--to", "2031-12-01")
PLAN = """from,to,scope,scope_id,headcount,leader,agents
2031-11-03 08:00,2031-11-03 12:00,project,{project},2,,{agent}
2031-11-03 12:00,2031-11-03 16:00,centre,,3,,
"""


@pytest.fixture
def names(centre: Fernamt) -> tuple[str, str]:
    """A project, and an agent who may serve it."""
    agent = next(row for row in centre("agents", "list", "--json").json if row["certificates"])
    return agent["certificates"][0], agent["agent_id"]


def test_a_plan_is_imported_listed_changed_and_exported(centre: Fernamt, names: tuple[str, str], tmp_path: Path) -> None:
    project, agent = names
    file = tmp_path / "plan.csv"
    file.write_text(PLAN.format(project=project, agent=agent))
    tried = centre("shifts", "import", str(file), "--dry-run", "--json")
    assert tried.json == {"added": 2, "changed": 0, "booked": 1}
    assert centre("shifts", "list", *MONTH, "--json").json == []
    assert centre("shifts", "import", str(file)).code == 0
    rows = centre("shifts", "list", *MONTH, "--json").json
    assert [(row["from"], row["headcount"], row["agents"]) for row in rows] == [
        ("2031-11-03T08:00+01:00", 2, [agent]),
        ("2031-11-03T12:00+01:00", 3, []),
    ]
    assert centre("shifts", "book", rows[1]["shift_id"], agent).code == 0
    assert [row["booked"] for row in centre("shifts", "list", *MONTH, "--agent", agent, "--json").json] == [1, 1]
    calendar = centre("shifts", "export", *MONTH, "--agent", agent, "--format", "ical")
    assert calendar.out.count("BEGIN:VEVENT") == 2
    exported = centre("shifts", "export", *MONTH)
    assert f"project,{project},2,,{agent}" in exported.out
    assert centre("shifts", "release", rows[1]["shift_id"], agent, "--reason", "too many").code == 0
    assert centre("shifts", "import", str(file), "--json").json == {"added": 0, "changed": 0, "booked": 0}
    assert "shift.released" in centre("audit", "--json").out


def test_faults_of_a_file_are_told_with_line_and_column_and_nothing_is_imported(centre: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("from,to,headcount\n2031-11-03 08:00,2031-11-03 12:00,1\n2031-10-26 02:30,2031-10-26 06:00,0\n")
    done = centre("shifts", "import", str(file))
    assert done.code == Exit.CONFIG
    assert "plan.csv:3:1: from: 2031-10-26 02:30 comes twice" in done.err
    assert "plan.csv:3:35: headcount: is not 1 to 10000" in done.err
    assert centre("shifts", "list", *MONTH, "--json").json == []


def test_what_cannot_be_is_refused_with_the_way_out(centre: Fernamt, names: tuple[str, str]) -> None:
    project, agent = names
    begin, end = "2031-11-03 08:00", "2031-11-03 09:00"
    added = centre("shifts", "add", "--from", begin, "--to", end, "--project", project, "--json").json
    assert centre("shifts", "book", added["shift_id"], agent).code == 0
    again = centre("shifts", "book", added["shift_id"], agent)
    assert (again.code, "booked at that time already" in again.err) == (Exit.FAILED, True)
    assert centre("shifts", "book", "nothing", agent).code == Exit.NOT_FOUND
    assert centre("shifts", "book", added["shift_id"], "nobody").code == Exit.NOT_FOUND
    assert centre("shifts", "add", "--from", end, "--to", begin).code == Exit.USAGE
    assert centre("shifts", "add", "--from", "2031-03-30 02:30", "--to", end).code == Exit.USAGE


def test_attendance_and_staffing_answer_for_a_plan_nobody_has_worked_yet(
    centre: Fernamt, names: tuple[str, str], tmp_path: Path
) -> None:
    project, _ = names
    assert centre("shifts", "add", "--from", "2021-11-03 08:00", "--to", "2021-11-03 12:00", "--project", project).code == 0
    past = ("--from", "2021-11-01", "--to", "2021-12-01")
    assert centre("attendance", *past, "--format", "json").json == []
    assert centre("attendance", *past, "--format", "csv").out.startswith("agent_id,shifts,planned_ms,kept_ms")
    picture = tmp_path / "heads.svg"
    found = centre("staffing", *MONTH, "--project", project, "--picture", str(picture), "--json").json
    assert (found["callers_seen"], found["project"], {quarter["needed"] for quarter in found["quarters"]}) == (0, project, {0})
    assert picture.read_text().startswith("<svg")
    assert centre("staffing", *MONTH, "--project", "nothing").code == Exit.NOT_FOUND


def test_a_booked_shift_is_offered_withdrawn_offered_again_and_taken(centre: Fernamt, names: tuple[str, str]) -> None:
    project, agent = names
    others = [row["agent_id"] for row in centre("agents", "list", "--json").json if project in row["certificates"]]
    other = next(each for each in others if each != agent)
    begin, end = "2031-11-03 08:00", "2031-11-03 12:00"
    shift = centre("shifts", "add", "--from", begin, "--to", end, "--project", project, "--json").json["shift_id"]
    assert centre("shifts", "book", shift, agent).code == 0
    assert centre("shifts", "offer", shift, agent, "--to", other).code == 0
    (swap,) = centre("shifts", "requests", "--json").json
    assert (swap["what"], swap["shift_id"], swap["agent"], swap["to_agent"]) == ("swap", shift, agent, other)
    assert centre("shifts", "withdraw", swap["id"]).code == 0
    assert centre("shifts", "requests", "--json").json == []
    assert centre("shifts", "take", swap["id"], other).code != 0
    assert centre("shifts", "offer", shift, agent).code == 0
    (swap,) = centre("shifts", "requests", "--json").json
    assert centre("shifts", "take", swap["id"], other).code == 0
    assert [row["agents"] for row in centre("shifts", "list", *MONTH, "--json").json] == [[other]]


def test_an_excuse_waits_for_a_decision_and_frees_the_place(centre: Fernamt, names: tuple[str, str]) -> None:
    project, agent = names
    begin, end = "2031-11-03 08:00", "2031-11-03 12:00"
    shift = centre("shifts", "add", "--from", begin, "--to", end, "--project", project, "--json").json["shift_id"]
    assert centre("shifts", "book", shift, agent).code == 0
    assert centre("shifts", "excuse", shift, agent, "--why", "illness", "--note", "in hospital").code == 0
    listed = centre("shifts", "requests", "--json")
    assert "in hospital" not in listed.out
    (excuse,) = listed.json
    assert (excuse["what"], excuse["agent"], excuse["why"]) == ("excuse", agent, "illness")
    undecided = centre("shifts", "decide", excuse["id"], "--reason", "get well")
    assert undecided.code == Exit.USAGE
    assert "--grant or --refuse" in undecided.err
    assert centre("shifts", "decide", excuse["id"], "--grant", "--reason", "get well").code == 0
    assert [row["booked"] for row in centre("shifts", "list", *MONTH, "--json").json] == [0]
    assert centre("shifts", "decide", "no-such", "--refuse", "--reason", "x").code == Exit.NOT_FOUND
