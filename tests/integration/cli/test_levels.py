"""`fernamt reviews` and `fernamt levels`: files with their faults, the rule by a centre file, decisions by a named person."""

from pathlib import Path

import pytest

from fernamt.cli.exits import Exit
from tests.integration.cli.conftest import DEMO, Fernamt

RULE = """
[levels]
level_2_from = 55.5
least_reviews = 1
least_conversations = 0
notice_days = 0
{more}
"""
PERIOD = ("--from", "2026-10-01", "--to", "2026-11-01")


@pytest.fixture
def centre(fernamt: Fernamt) -> Fernamt:
    """The demo's centre."""
    assert fernamt("db", "upgrade").code == 0
    assert fernamt("apply", str(DEMO)).code == 0
    return fernamt


def an_agent(fernamt: Fernamt) -> str:
    return str(fernamt("agents", "list", "--json").json[0]["agent_id"])


def test_reviews_from_a_file_are_all_there_or_none_and_faults_name_their_lines(centre: Fernamt, tmp_path: Path) -> None:
    agent, file = an_agent(centre), tmp_path / "reviews.csv"
    head = "review_id,agent_id,score,form_version,reviewer,reviewed_at\n"
    file.write_text(head + f"r1,{agent},90,3,rita,2026-10-05\nr2,{agent},101,3,rita,2026-10-05\nr3,{agent},7,3,rita,soon\n")
    bad = centre("reviews", "import", str(file))
    assert bad.code == Exit.CONFIG
    assert "line 3, score: '101'" in bad.err
    assert "line 4, reviewed_at: 'soon'" in bad.err
    file.write_text(head + f"r1,{agent},90,3,rita,2026-10-05\nr2,nobody,80,3,rita,2026-10-05\n")
    assert "there is no agent nobody" in centre("reviews", "import", str(file)).err
    assert centre("reviews", "list", *PERIOD, "--json").json == []
    file.write_text(head + f"r1,{agent},90,3,rita,2026-10-05\nr2,{agent},80,3,rita,2026-10-06T12:00+02:00\n")
    assert "nothing was done" in centre("reviews", "import", str(file), "--dry-run").err
    assert "2 of 2 reviews are new" in centre("reviews", "import", str(file)).err
    assert "0 of 2 reviews are new" in centre("reviews", "import", str(file)).err
    added = ("reviews", "add", agent, "--score", "70", "--form", "3", "--by", "rita", "--at", "2026-10-07")
    assert centre(*added).code == 0
    assert [row["score"] for row in centre("reviews", "list", *PERIOD, "--json").json] == [90, 80, 70]


def test_a_column_that_is_missing_or_unknown_is_named(centre: Fernamt, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("agent_id,score,mood\nanna,1,good\n")
    said = centre("reviews", "import", str(file)).err
    assert "the column form_version is missing" in said
    assert "there is no column 'mood'" in said


def test_the_rule_comes_from_a_centre_file_and_each_change_is_a_version(centre: Fernamt, tmp_path: Path) -> None:
    assert centre("levels", "rule", "--json").json["version"] == 0
    file = tmp_path / "levels.toml"
    file.write_text(RULE.format(more=""))
    for _ in range(2):
        assert centre("apply", str(file)).code == 0
    found = centre("levels", "rule", "--json").json
    assert (found["version"], found["rule"]["level_2_from"], found["rule"]["weights"]["volume"]) == (1, 5_550, 0)
    file.write_text(RULE.format(more='[levels.positive_codes]\nnowhere = ["sold"]'))
    said = centre("apply", str(file))
    assert said.code == Exit.CONFIG
    assert "there is no project 'nowhere'" in said.err
    assert centre("levels", "rule", "--json").json["version"] == 1


def test_a_level_is_proposed_shown_and_decided_by_a_named_person_only(centre: Fernamt, tmp_path: Path) -> None:
    agent, file = an_agent(centre), tmp_path / "levels.toml"
    file.write_text(RULE.format(more=""))
    centre("apply", str(file))
    level = centre("agents", "list", "--json").json[0]["level"]
    score = "10" if level > 1 else "95"
    centre("reviews", "add", agent, "--score", score, "--form", "3", "--by", "rita", "--at", "2026-10-07")
    rows = centre("levels", "propose", *PERIOD, "--json").json
    mine = next(row for row in rows if row["agent_id"] == agent)
    assert (mine["state"], mine["level_before"]) == ("open", level)
    assert {row["state"] for row in rows if row is not mine} == {"short"}
    told = centre("levels", "show", mine["proposal_id"], "--language", "de").out
    assert "Qualität: Mittel aus 1 Bewertungen" in told
    assert "ohne einen Menschen ändert sich nichts" in told
    for nobody in ("none", "local-console"):
        assert centre("levels", "confirm", mine["proposal_id"], "--as", nobody).code != 0
    centre("users", "add", "sina", "--role", "supervisor", "--name", "Sina")
    unproven = centre("levels", "confirm", mine["proposal_id"], "--as", "sina")
    assert "has a password" in unproven.err
    assert centre("levels", "confirm", "nothing", "--as", "sina").code == Exit.NOT_FOUND
    assert centre("levels", "list", "--open", "--json").json[0]["proposal_id"] == mine["proposal_id"]
    assert centre("agents", "list", "--json").json[0]["level"] == level


def test_a_statement_of_nobody_is_refused_and_one_of_somebody_told(centre: Fernamt) -> None:
    assert centre("agents", "statement", "nobody", *PERIOD).code == Exit.NOT_FOUND
    assert centre("agents", "statement", an_agent(centre), "--from", "2026-11-01", "--to", "2026-10-01").code == Exit.USAGE
    told = centre("agents", "statement", an_agent(centre), *PERIOD, "--lang", "de")
    assert told.code == 0
    assert "Für diesen Zeitraum liegen keine Daten vor." in told.out
    assert centre("agents", "statement", an_agent(centre), *PERIOD, "--json").json["language"] == "en"
    assert centre("levels", "contests", "--json").json == []
