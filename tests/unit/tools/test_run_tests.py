"""The summary of a test run says what failed, what was skipped, and what never ran."""

from pathlib import Path

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
    told = summary([Outcome(group="unit", exit_code=0, seconds=1.0, tests=3), nothing])
    assert "nothing was collected" in told
    assert "not all tests passed" in told


def test_a_good_run_says_so() -> None:
    told = summary([Outcome(group="unit", exit_code=0, seconds=1.0, tests=3)]).splitlines()
    assert told[-2:] == ["all tests passed", "===== 3 passed in 1.00s ====="]


def test_the_last_line_counts_like_pytests_own() -> None:
    told = summary([Outcome(group="unit", exit_code=1, seconds=1.0, tests=9, failed=1, skipped=2)])
    assert told.splitlines()[-1] == "===== 1 failed, 6 passed, 2 skipped in 1.00s ====="
