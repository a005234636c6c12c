"""The summary of a test run says what failed, what was skipped, and what never ran."""

from pathlib import Path

import pytest

from tools import run_tests
from tools.run_tests import NOTHING_COLLECTED, Outcome, read_report, summary

REPORT = """\
<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4">
<testcase classname="tests.unit.a" name="works"/>
<testcase classname="tests.unit.a" name="breaks"><failure message="no"/></testcase>
<testcase classname="tests.unit.a" name="cannot_start"><error message="no"/></testcase>
<testcase classname="tests.unit.a" name="waits"><skipped message="no phone"/></testcase>
</testsuite></testsuites>
"""


def test_a_report_is_read_with_every_complaint(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    file.write_text(REPORT, encoding="utf-8")
    outcome = read_report("unit", file, exit_code=1, seconds=1.0)
    assert (outcome.tests, outcome.failed, outcome.skipped) == (4, 2, 1)
    assert not outcome.is_good
    assert outcome.complaints == (
        "failed   tests.unit.a::breaks",
        "failed   tests.unit.a::cannot_start",
        "skipped  tests.unit.a::waits: no phone",
    )


def test_a_group_without_a_report_or_without_tests_is_not_good(tmp_path: Path) -> None:
    assert not read_report("unit", tmp_path / "none.xml", exit_code=0, seconds=0.0).is_good
    nothing = Outcome(group="e2e", exit_code=NOTHING_COLLECTED, seconds=0.1)
    assert not nothing.is_good
    told = summary([Outcome(group="unit", exit_code=0, seconds=1.0, tests=3), nothing], wall_s=1.0)
    assert "nothing was collected" in told
    assert "not all tests passed" in told


def test_a_good_run_says_so() -> None:
    told = summary([Outcome(group="unit", exit_code=0, seconds=1.0, tests=3)], wall_s=1.0).splitlines()
    assert told[-2:] == ["all tests passed", "===== 3 passed in 1.00s ====="]


def test_the_last_line_counts_like_pytests_own() -> None:
    told = summary([Outcome(group="unit", exit_code=1, seconds=1.0, tests=9, failed=1, skipped=2)], wall_s=1.0)
    assert told.splitlines()[-1] == "===== 1 failed, 6 passed, 2 skipped in 1.00s ====="


def test_the_files_that_take_longest_are_named_where_lanes_are_shared_out(tmp_path: Path) -> None:
    cases = [("tests.e2e.a", 1.5), ("tests.e2e.b", 40.0), ("tests.e2e.a", 2.5), *((f"tests.e2e.c{n}", 0.1) for n in range(20))]
    told = "".join(f'<testcase classname="{name}" name="n" time="{seconds}"/>' for name, seconds in cases)
    file = tmp_path / "report.xml"
    file.write_text(
        f'<testsuites><testsuite name="pytest" tests="{len(cases)}">{told}</testsuite></testsuites>', encoding="utf-8"
    )
    outcome = read_report("e2e", file, exit_code=0, seconds=44.0)
    assert outcome.longest[:2] == (("tests.e2e.b", 40.0, 1), ("tests.e2e.a", 4.0, 2))
    assert len(outcome.longest) == run_tests.LONGEST_FILES
    lines = summary([outcome], wall_s=44.0).splitlines()
    at = lines.index("longest of e2e, in seconds")
    assert [line.split() for line in lines[at + 1 : at + 3]] == [["40.0", "tests.e2e.b", "(1)"], ["4.0", "tests.e2e.a", "(2)"]]
    assert "longest" not in summary([read_report("unit", file, exit_code=0, seconds=1.0)], wall_s=1.0)


def test_groups_that_compute_run_beside_the_others_and_are_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for group in ("unit", "property", "e2e"):
        (tmp_path / "tests" / group).mkdir(parents=True)
        (tmp_path / "tests" / group / "test_one.py").write_text(f"def test_{group}() -> None:\n    pass\n")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "REPORTS", tmp_path / "reports")
    outcomes = run_tests.run_groups(["unit", "property", "e2e"], [])
    told = capfd.readouterr().out
    assert [(outcome.group, outcome.tests, outcome.is_good) for outcome in outcomes] == [
        ("unit", 1, True),
        ("property", 1, True),
        ("e2e", 1, True),
    ]
    assert told.count("1 passed") == 3
    assert told.index("==> tests/unit") < told.index("==> tests/property")


def test_groups_that_compute_step_back_for_those_that_wait_for_telephones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[tuple[str, ...]] = []

    def notes(command: list[str], _output: object = None) -> int:
        started.append(tuple(command))
        return 0

    monkeypatch.setattr(run_tests, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(run_tests, "_run", notes)
    outcomes = run_tests.run_groups(list(run_tests.GROUPS), [])
    assert [outcome.group for outcome in outcomes] == list(run_tests.GROUPS)
    back = {
        group: int(command[2]) if command[0] == "nice" else 0
        for group in run_tests.GROUPS
        for command in started
        if f"tests/{group}" in command
    }
    assert len(started) == len(back) == len(run_tests.GROUPS)
    assert {group for group, by in back.items() if not by} == {"architecture", "replay", "contract", "e2e"}
    assert back["simulation"] == max(back.values())


def test_a_group_that_hangs_is_ended_and_is_not_good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    hang = "import threading\n\ndef test_hang() -> None:\n    threading.Event().wait()\n"
    (tmp_path / "tests" / "unit" / "test_one.py").write_text(hang)
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(run_tests, "GROUP_LIMIT_S", 5)
    monkeypatch.setattr(run_tests, "LAST_WORDS_S", 5)  # a word that came before there were tests is lost
    [outcome] = run_tests.run_groups(["unit"], [])
    assert outcome.exit_code == run_tests.OVERTIME
    assert not outcome.is_good
