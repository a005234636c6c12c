"""Runs benchmarks by name, each in a process of its own, keeps their records and writes BENCHMARKS.md from what is kept.

A benchmark is a module in this folder with `run()`, which returns records and whose docstring says what is measured against what.
What it needs and does not find, it says by `BenchImpossible`: its old records stay, and the exit code says that it did not run.
"""

import ast
import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import records, report

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
IMPOSSIBLE = 3
"""Exit code of a benchmark that lacks something."""


def names() -> list[str]:
    """All benchmarks there are, in alphabetical order: read from the sources, so that a broken one is listed, too."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if _has_run(path))


def run_one(name: str, options: Mapping[str, float | str] | None = None) -> list[dict[str, Any]]:
    """The complete records of that benchmark, measured now in this process. `options` are for its `run()`."""
    chosen = options or {}
    command = f"make bench ONLY={name}" if not chosen else f"python -m bench {' '.join((name, *_flags(chosen)))}"
    at = records.now()
    found = importlib.import_module(f"bench.{name}").run(**chosen)
    return [records.complete(record, command=command, at=at) for record in found]


def run_all(wanted: Sequence[str], options: Mapping[str, float | str] | None = None) -> int:
    """Runs the benchmarks, keeps their records, writes BENCHMARKS.md. Returns the exit code.

    0: all ran and met their targets. 1: a target was missed or a benchmark broke. 3: one lacks something it needs.
    """
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    worst = 0
    for name in wanted or names():
        print(f"== {name}", file=sys.stderr, flush=True)
        worst = max(worst, _run_apart(name, options or {}))
    report.write(RESULTS, FOLDER.parent / "BENCHMARKS.md", _titles())
    return worst


def _run_apart(name: str, options: Mapping[str, float | str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.json"
        command = [sys.executable, "-m", "bench", "--into", str(path), name, *_flags(options)]
        code = subprocess.run(command, check=False, cwd=FOLDER.parent).returncode
        if code == IMPOSSIBLE:
            return IMPOSSIBLE
        if code != 0 or not path.exists():
            print(f"{name} broke (exit code {code}); its earlier records stay", file=sys.stderr)
            return 1
        RESULTS.mkdir(exist_ok=True)
        found = json.loads(path.read_text(encoding="utf-8"))
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for record in found:
        print(f"   {report.line(record)}", file=sys.stderr)
    return 1 if records.missed(found) else 0


def _flags(options: Mapping[str, float | str]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]


def _titles() -> dict[str, str]:
    """Each benchmark's own words about itself."""
    told = {name: ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))) for name in names()}
    return {name: text or "" for name, text in told.items()}


def _has_run(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return path.stem != "runner" and any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)
