"""Runs the tests group by group, the quick and telling ones of each row first, and ends with one summary.

The tests of whole floors mostly wait for telephones and clocks: the other groups run beside them in two rows, and those that
compute at a lower priority; a group's output comes when it is done.

python -m tools.run_tests [--only unit,contract] [-- further arguments of pytest]
"""

import argparse
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / ".state" / "test-reports"
GROUPS = {
    "architecture": "layers, sizes, words",
    "unit": "pure code, room by room",
    "property": "invariants, many seeds",
    "contract": "one suite for every implementation",
    "simulation": "a whole site on virtual time, many seeds",
    "replay": "recorded events of real calls",
    "integration": "database server, HTTP API",
    "e2e": "real Asterisk, real phones, real browser",
}
ASIDE = (("unit", "property", "contract"), ("integration", "simulation"))
"""Rows that run beside the floors. The simulation is the last of its row: it takes every processor that is left."""
LANES = {"e2e": ("-n", "3", "--dist", "loadscope", "--no-loadscope-reorder")}
"""Floors of different files have nothing in common but the machine: three at a time leave little of two processors idle."""
NOTHING_COLLECTED = 5
OVERTIME = 124
GROUP_LIMIT_S = 3_600
"""A group that hangs is interrupted: it tells what it has, and what comes after it still runs."""
LAST_WORDS_S = 60
STEPS_BACK = {"unit": 5, "property": 5, "integration": 5, "simulation": 15}
"""How far a group that computes steps back for those that wait for telephones, switches and clocks (`nice`)."""
LONGEST_FILES = 10
"""So many files of a group with lanes are named: a file is in one lane, so the longest bound how soon the group can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one group."""

    group: str
    exit_code: int
    seconds: float
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    complaints: tuple[str, ...] = field(default=())
    """Failed tests, and skipped ones with their reason."""
    longest: tuple[tuple[str, float, int], ...] = field(default=())
    """The files that took longest, with their seconds and tests; what tests share counts for the one that began or ended it."""

    @property
    def is_good(self) -> bool:
        """Something ran and nothing failed."""
        return self.exit_code == 0 and self.tests > 0


def main() -> int:
    """0 when every test of every group that was asked for passed."""
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="run_tests")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"some of {', '.join(GROUPS)}")
    wanted = parser.parse_args(arguments[:cut]).only.split(",")
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown:
        parser.error(f"there is no group {unknown[0]!r}; there are {', '.join(GROUPS)}")
    there = [name for name in GROUPS if name in wanted and (ROOT / "tests" / name).is_dir()]
    started = time.monotonic()
    outcomes = run_groups(there, arguments[cut + 1 :])
    print(summary(outcomes, wall_s=time.monotonic() - started))
    return 0 if outcomes and all(outcome.is_good for outcome in outcomes) else 1


def run_groups(names: Sequence[str], further: list[str]) -> list[Outcome]:
    """Runs the groups; returns their outcomes in the order of the names."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    front = [name for name in names if name not in chain(*ASIDE)]
    if not front:
        return [run_group(name, further) for name in names]
    with ThreadPoolExecutor(len(ASIDE)) as rows:
        beside = [rows.submit(_run_row, [name for name in row if name in names], further) for row in ASIDE]
        outcomes = [run_group(name, further) for name in front]
        outcomes += chain.from_iterable(row.result() for row in beside)
    done = {outcome.group: outcome for outcome in outcomes}
    return [done[name] for name in names]


def _run_row(names: list[str], further: list[str]) -> list[Outcome]:
    return [run_group(name, further, is_beside=True) for name in names]


def _headline(group: str) -> str:
    return f"\n==> tests/{group}: {GROUPS[group]}"


def run_group(group: str, further: list[str], *, is_beside: bool = False) -> Outcome:
    """Runs the tests of one group, shows their output, beside others as a whole in the end, and reads what became of them."""
    report = REPORTS / f"{group}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", f"tests/{group}", "-q", "--durations=5", f"--junitxml={report}"]
    command += [*LANES.get(group, ()), *further]
    if is_beside:
        kept = REPORTS / f"{group}.log"
        with kept.open("wb") as output:
            exit_code = _run(["nice", "-n", str(STEPS_BACK.get(group, 0)), *command], output)
        print(_headline(group), kept.read_text(encoding="utf-8", errors="replace"), sep="\n", end="", flush=True)
        kept.unlink()
    else:
        print(_headline(group), flush=True)
        exit_code = _run(command)
    return read_report(group, report, exit_code=exit_code, seconds=time.monotonic() - started)


def _run(command: list[str], output: IO[bytes] | None = None) -> int:
    errors = None if output is None else subprocess.STDOUT
    with subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=errors) as group:
        try:
            return group.wait(GROUP_LIMIT_S)
        except subprocess.TimeoutExpired:
            group.send_signal(signal.SIGINT)
        try:
            group.wait(LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            group.kill()
        return OVERTIME


def read_report(group: str, report: Path, *, exit_code: int, seconds: float) -> Outcome:
    """The outcome as pytest's own report tells it."""
    if not report.exists():
        return Outcome(group=group, exit_code=exit_code or 1, seconds=seconds, complaints=("pytest itself ended early",))
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - written by our own pytest a moment ago
    tests = failed = skipped = 0
    complaints: list[str] = []
    files: dict[str, tuple[float, int]] = {}
    for suite in suites:
        tests += int(suite.get("tests", 0))
        skipped += int(suite.get("skipped", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        for case in suite.iter("testcase"):
            name = f"{case.get('classname')}::{case.get('name')}"
            complaints += [f"failed   {name}" for kind in ("failure", "error") if case.find(kind) is not None]
            took_s, count = files.get(case.get("classname", ""), (0.0, 0))
            files[case.get("classname", "")] = (took_s + float(case.get("time", 0)), count + 1)
            skip = case.find("skipped")
            complaints += [f"skipped  {name}: {skip.get('message')}"] if skip is not None else []
    return Outcome(
        group=group,
        exit_code=exit_code,
        seconds=seconds,
        tests=tests,
        failed=failed,
        skipped=skipped,
        complaints=tuple(complaints),
        longest=tuple(sorted(((name, *took) for name, took in files.items()), key=lambda each: -each[1])[:LONGEST_FILES]),
    )


def summary(outcomes: list[Outcome], *, wall_s: float) -> str:
    """A table of the groups, what took longest where lanes are shared out, and each test that failed or was skipped."""
    lines = ["", f"{'group':14}{'tests':>7}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    for outcome in outcomes:
        verdict = (
            "" if outcome.is_good else "   nothing was collected" if outcome.exit_code == NOTHING_COLLECTED else "   NOT GOOD"
        )
        counts = f"{outcome.tests:7}{outcome.failed:8}{outcome.skipped:9}{outcome.seconds:9.1f}"
        lines.append(f"{outcome.group:14}{counts}{verdict}")
    total = f"{sum(o.tests for o in outcomes):7}{sum(o.failed for o in outcomes):8}{sum(o.skipped for o in outcomes):9}"
    lines.append(f"{'all':14}{total}{sum(o.seconds for o in outcomes):9.1f}")
    for each in outcomes:
        if each.group in LANES and each.longest:
            lines.append(f"longest of {each.group}, in seconds")
            lines += [f"{took_s:9.1f}  {name} ({count})" for name, took_s, count in each.longest]
    lines += [f"  {complaint}" for each in outcomes for complaint in each.complaints]
    is_good = bool(outcomes) and all(outcome.is_good for outcome in outcomes)
    lines.append("all tests passed" if is_good else "not all tests passed")
    tests, failed, skipped = (sum(getattr(o, key) for o in outcomes) for key in ("tests", "failed", "skipped"))
    counted = (
        [f"{failed} failed"] * bool(failed) + [f"{tests - failed - skipped} passed"] + [f"{skipped} skipped"] * bool(skipped)
    )
    lines.append(f"===== {', '.join(counted)} in {wall_s:.2f}s =====")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
