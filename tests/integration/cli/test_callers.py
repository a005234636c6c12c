"""Known callers from the command line: lists, their numbers, CSV files, and who never gets whom."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fernamt

LISTS = """caller_lists = [{ name = "press", priority_ms = 30_000 }, { name = "vip", priority_ms = 120_000 }]
"""


@pytest.fixture
def lists(centre: Fernamt, tmp_path: Path) -> Fernamt:
    (tmp_path / "lists.toml").write_text(LISTS)
    assert centre("apply", "lists.toml").code == 0
    return centre


def numbers_of(fernamt: Fernamt) -> dict[str, int]:
    return {row["list"]: row["numbers"] for row in fernamt("callers", "list", "--json").json}


def test_a_number_goes_on_a_list_in_one_spelling_and_off_it_in_another(lists: Fernamt) -> None:
    assert lists("callers", "list", "--json").json == [
        {"list": "press", "priority_ms": 30_000, "numbers": 0},
        {"list": "vip", "priority_ms": 120_000, "numbers": 0},
    ]
    assert lists("callers", "add", "vip", "030 / 5550123").code == 0
    assert lists("callers", "add", "vip", "+49305550123").code == 0
    assert numbers_of(lists) == {"press": 0, "vip": 1}
    deeds = lists("audit", "--json")
    assert deeds.json[0]["deed"] == "caller_list.number_added"
    assert "5550123" not in deeds.out, "the record names the list, never the number"
    assert lists("callers", "remove", "vip", "+49 30 5550123").code == 0
    assert numbers_of(lists) == {"press": 0, "vip": 0}


def test_a_list_an_agent_or_a_number_that_there_is_not_is_told_with_the_way_out(lists: Fernamt) -> None:
    missing = lists("callers", "add", "vips", "+49305550123")
    assert (missing.code, "fernamt callers list" in missing.err) == (5, True)
    assert lists("callers", "block", "nobody", "+49305550123").code == 5
    wrong = lists("callers", "add", "vip", "Anna")
    assert (wrong.code, "+49 30 5550100" in wrong.err) == (3, True)


def test_a_file_of_numbers_goes_on_its_lists_and_again_brings_nothing_new(lists: Fernamt, tmp_path: Path) -> None:
    (tmp_path / "callers.csv").write_bytes("\ufefflist;number\r\nvip;030 5550123\r\npress;+49 30 5550124\r\n\r\n".encode())
    assert lists("callers", "import", "callers.csv", "--json").json == {"numbers": 2, "new": 2}
    assert numbers_of(lists) == {"press": 1, "vip": 1}
    assert lists("callers", "import", "callers.csv", "--json").json == {"numbers": 2, "new": 0}
    (tmp_path / "one.csv").write_text("number\n+49 30 5550125\n")
    assert lists("callers", "import", "one.csv", "--list", "vip", "--json").json == {"numbers": 1, "new": 1}
    assert lists("callers", "import", "one.csv", "--list", "vips").code == 5


def test_of_a_file_with_faults_nothing_is_taken_and_all_faults_are_told(lists: Fernamt, tmp_path: Path) -> None:
    (tmp_path / "callers.csv").write_text("number,list\n+49305550123,vip\nAnna,vip\n+49305550124,vips\n1,2,3\n")
    done = lists("callers", "import", "callers.csv")
    assert done.code == 3
    assert [line for line in ("callers.csv:3", "callers.csv:4", "callers.csv:5") if line in done.err] == [
        "callers.csv:3",
        "callers.csv:4",
        "callers.csv:5",
    ]
    assert numbers_of(lists) == {"press": 0, "vip": 0}
    for text, told in (
        ("", "an empty file"),
        ("name\nx\n", "a column of number, list"),
        ("number\n1\n", "--list NAME"),
        ("number,number,list\n", "2 times"),
    ):
        (tmp_path / "callers.csv").write_text(text)
        assert told in lists("callers", "import", "callers.csv").err


def test_an_agent_never_gets_a_blocked_caller_until_unblocked(lists: Fernamt) -> None:
    agent = lists("agents", "list", "--json").json[0]["agent_id"]
    assert lists("callers", "block", agent, "+49305550123").code == 0
    assert lists("callers", "blocked", "--json").json == [{"agent_id": agent, "numbers": 1}]
    assert lists("callers", "unblock", agent, "030 5550123").code == 0
    assert lists("callers", "blocked", "--json").json == []
