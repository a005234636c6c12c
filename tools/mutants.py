"""Changes the rules of recording in small ways, one at a time, and says which changes no test has noticed.

Tests are collected once and run once as they are, to learn which of them come through which function. Then each change is made in
a process of its own (a fork, so nothing is imported again), the tests that come through it run, the quickest first, until one
fails. A change that no test can notice, because nothing is different, is named with its reason in `tools/equal_mutants.toml`.

A whole run of a module writes its row into the table of docs/recording.md.

python -m tools.mutants [MODULE …] [--sample N] [--seed S]
"""

import argparse
import ast
import importlib
import io
import os
import random
import resource
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tools.mutants_table import FILE, row_of, written
from tools.mutations import Mutant, mutants_of

ROOT = Path(__file__).parents[1]
TARGETS = (
    *(f"recording.{name}" for name in ("access", "consent", "proof", "retention", "taking_in")),
    *(f"recording.{name}" for name in ("listening", "sample", "sampling", "sampling_report")),
    *(f"recording.segment{part}" for part in ("", "_actions", "_facts", "_machine", "_signs", "_table")),
    *(f"recording.quality.{name}" for name in ("rules", "acts", "assignment")),
    *("routing.sampling", "telephony.call.recording_guard", "telephony.call.tape"),
    *(f"telephony.engine.{name}" for name in ("taping", "ears", "sampling")),
)
"""Those that others take their tables from come after them."""
TESTS = (
    *(f"tests/unit/recording/test_{name}.py" for name in ("access", "consent", "proof", "retention", "recording_limits")),
    *(f"tests/unit/recording/test_{name}.py" for name in ("taking_in", "told_of_a_segment", "two_segments_taken_in")),
    *(
        f"tests/unit/recording/test_{name}.py"
        for name in ("segment", "segment_actions", "segment_matrix", "segment_signs", "segment_table")
    ),
    *(f"tests/unit/recording/test_{name}.py" for name in ("listening", "listening_gate")),
    *(f"tests/unit/recording/test_{name}.py" for name in ("sample", "samples_taken_in", "draw", "sampling_report")),
    *(f"tests/unit/telephony/test_{name}.py" for name in ("recording_guard", "recording_guard_rules", "sampling")),
    *("tests/unit/recording/quality/test_review.py", "tests/unit/recording/quality/test_assignment.py"),
    "tests/unit/routing/test_sampling_rules.py",
    *(f"tests/unit/telephony/engine/test_{name}.py" for name in ("taping", "ears", "samples", "samples_taken_back")),
)
KILLED_SHARE = 0.95
CPU_LIMIT_S = 20
"""A change that makes a test run for ever is noticed, too."""
_KILLED, _SURVIVED, _UNFIT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one change."""

    mutant: Mutant
    is_killed: bool


class _UnfitError(Exception):
    """The change is in a place that a running program does not read again."""


class Round:
    """A plugin of pytest that runs the tests for every change instead of once."""

    def __init__(self, wanted: Sequence[str], sample: int | None, seed: int) -> None:
        self._wanted, self._sample, self._seed = wanted, sample, seed
        self._through: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._seconds: list[float] = []
        self.verdicts: list[Verdict] = []
        self.broken: list[str] = []
        self.unfit = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All changes are tried."""
        modules = {name: importlib.import_module(name) for name in TARGETS}
        self._learn(session.items, modules)
        if self.broken:
            return True
        found = [each for name in self._wanted for each in mutants_of(name, Path(str(modules[name].__file__)).read_text("utf-8"))]
        if self._sample is not None:
            found = random.Random(self._seed).sample(found, min(self._sample, len(found)))  # noqa: S311 - no secret
        for number, mutant in enumerate(found):
            verdict = self._tried(mutant, session.items, modules)
            if verdict is None:
                self.unfit += 1
                continue
            self.verdicts.append(verdict)
            if not verdict.is_killed:
                print(f"{number + 1} of {len(found)}, not noticed: {mutant} (line {mutant.line})", file=sys.stderr, flush=True)
        return True

    def _learn(self, items: Sequence[pytest.Item], modules: dict[str, ModuleType]) -> None:
        files = {module.__file__: name for name, module in modules.items()}
        for number, item in enumerate(items):

            def note(frame: FrameType, event: str, _arg: Any, number: int = number) -> None:
                name = files.get(frame.f_code.co_filename) if event == "call" else None
                if name is not None:
                    self._through[name, _owner(frame.f_code)].add(number)

            begun = time.process_time()
            sys.setprofile(note)
            try:
                is_good = _passes(item)
            finally:
                sys.setprofile(None)
            self._seconds.append(time.process_time() - begun)
            if not is_good:
                self.broken.append(item.nodeid)

    def _tried(self, mutant: Mutant, items: Sequence[pytest.Item], modules: dict[str, ModuleType]) -> Verdict | None:
        """None where the change cannot be made in a running program."""
        child = os.fork()
        if child == 0:
            os._exit(_in_child(mutant, [items[number] for number in self._chosen(mutant, modules)], modules))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return None if code == _UNFIT else Verdict(mutant, is_killed=code != _SURVIVED)

    def _chosen(self, mutant: Mutant, modules: dict[str, ModuleType]) -> Sequence[int]:
        """The tests that may notice, the likeliest and quickest first: what a module has read at its import may be anybody's."""
        own = {number for (module, _), numbers in self._through.items() if module == mutant.module for number in numbers}
        if mutant.owner is None or _is_read_at_import(mutant, modules):
            return sorted(range(len(self._seconds)), key=lambda number: (number not in own, self._seconds[number]))
        return sorted(self._through.get((mutant.module, mutant.owner), set()), key=self._seconds.__getitem__)


def _owner(code: CodeType) -> str:
    """The function or method; a lambda or comprehension in it counts as it."""
    return code.co_qualname.partition(".<locals>")[0]


def _is_read_at_import(mutant: Mutant, modules: dict[str, ModuleType]) -> bool:
    """A generator of a table's rows is run once, when the module is read."""
    return modules[mutant.module].__name__.endswith("_table")


def _passes(item: pytest.Item) -> bool:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _in_child(mutant: Mutant, items: Sequence[pytest.Item], modules: dict[str, ModuleType]) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    try:
        _make(mutant, modules)
    except _UnfitError:
        return _UNFIT
    except Exception:  # noqa: BLE001 - a table that cannot be made any more is noticed by whoever reads it
        return _KILLED
    return _SURVIVED if all(map(_passes, items)) else _KILLED


# -- making the change in a running program ----------------------------------------------------------------------------------


def _make(mutant: Mutant, modules: dict[str, ModuleType]) -> None:
    module = modules[mutant.module]
    tree = mutant.make()
    code = compile(tree, str(module.__file__), "exec")
    if mutant.owner is not None:
        _function(module, mutant.owner).__code__ = _code_of(code, mutant.owner)
    for name, each in modules.items():
        _read_tables_again(each, tree if name == mutant.module else None)


def _function(module: ModuleType, owner: str) -> FunctionType:
    found: Any = module
    for part in owner.split("."):
        found = vars(found)[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    if not isinstance(found, FunctionType):
        raise _UnfitError(owner)
    return found


def _code_of(code: CodeType, owner: str) -> CodeType:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_qualname == owner:
                return const
            if owner.startswith(f"{const.co_qualname}."):
                return _code_of(const, owner)
    raise _UnfitError(owner)


def _read_tables_again(module: ModuleType, tree: ast.Module | None) -> None:
    """The module's tables and limits are as its functions and the changed tree say, wherever they were imported to."""
    read = tree if tree is not None else ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    for statement in read.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        value = getattr(statement, "value", None)
        if not isinstance(target, ast.Name) or value is None or not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        new = eval(compile(ast.Expression(value), str(module.__file__), "eval"), vars(module))  # noqa: S307 - our own source
        old = vars(module)[target.id]
        if type(new) is type(old) and new == old:
            continue
        _put(module, target.id, old, new)


def _put(module: ModuleType, name: str, old: object, new: object) -> None:
    """In place of the old value, wherever the name was imported to, and where it is the default of an argument."""
    for other in list(sys.modules.values()):
        if getattr(other, "__dict__", {}).get(name) is old:
            setattr(other, name, new)
    for statement in ast.parse(Path(str(module.__file__)).read_text("utf-8")).body:
        if not isinstance(statement, ast.FunctionDef):
            continue
        for argument, default in zip(statement.args.kwonlyargs, statement.args.kw_defaults, strict=True):
            if isinstance(default, ast.Name) and default.id == name:
                vars(module)[statement.name].__kwdefaults__[argument.arg] = new


# -- the outcome ---------------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where enough of each module is noticed, 1 where not, 2 where the tests fail as they are."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description="Which changes of the rules no test notices.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--sample", type=int, help="so many changes only, drawn by chance")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    wanted = given.modules or list(TARGETS)
    if unknown := sorted(set(wanted) - set(TARGETS)):
        parser.error(f"no target: {', '.join(unknown)}")
    tried = Round(wanted, given.sample, given.seed)
    pytest.main(["-q", "-s", "--no-header", "--no-summary", "--hypothesis-seed=0", *TESTS], plugins=[tried])
    if tried.broken or not tried.verdicts:
        print(f"the tests fail as they are: {', '.join(tried.broken) or 'none was found'}", file=sys.stderr)
        return 2
    return _told(tried, is_whole=given.sample is None)


def _told(tried: Round, *, is_whole: bool) -> int:
    equal = tomllib.loads((ROOT / "tools/equal_mutants.toml").read_text("utf-8"))["equal"]
    reasons = {each["change"]: each["why"] for each in equal}
    outcomes: dict[str, dict[str, bool]] = {}
    for each in tried.verdicts:
        outcomes.setdefault(each.mutant.module, {})[str(each.mutant)] = each.is_killed
    rows = {module: row_of(found, reasons) for module, found in outcomes.items()}
    for module, row in rows.items():
        print(f"{module}: {row.noticed} of {row.changes} noticed, {row.equal} change nothing, {row.share:.1%}")
    for change in reasons:
        module = change.partition(":")[0]
        if is_whole and module in outcomes and outcomes[module].get(change, True):
            print(f"a reason without a change that needs it: {change}")
    if tried.unfit:
        print(f"{tried.unfit} changes cannot be made in a running program, and were not tried")
    if is_whole:
        FILE.write_text(written(FILE.read_text("utf-8"), rows, TARGETS), "utf-8")
    return 0 if all(row.share >= KILLED_SHARE for row in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
