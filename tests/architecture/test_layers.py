"""Dependencies point one way only, and pure rooms stay pure."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import source_tree as source

IMPURE = frozenset(
    [
        "asyncio",
        "aiohttp",
        "aiosqlite",
        "asyncpg",
        "sqlalchemy",
        "panoramisk",
        "logging",
        "structlog",
        "random",
        "secrets",
        "socket",
        "ssl",
        "subprocess",
        "threading",
        "time",
        "os",
        "io",
        "tempfile",
        "shutil",
        "urllib",
        "http",
        "selectors",
        "signal",
        "uuid",
        "prometheus_client",
        "pydantic",
        "pydantic_settings",
    ]
)
PURE = (
    "telephony/call/",
    "telephony/agent/",
    "telephony/identifiers.py",
    "telephony/events.py",
    "telephony/commands.py",
    "telephony/causes.py",
    "telephony/errors.py",
    "telephony/decisions.py",
    "telephony/demands.py",
    "telephony/terms.py",
    "routing/",
    "metering/",
    "monitor/live_view.py",
    "monitor/kpis.py",
    "monitor/rows.py",
)
IMPURE_FILES_OF_PURE_ROOMS = ("metering/derive.py", "metering/export", "metering/ports.py")
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("datetime", "today")}


def _pure_files() -> list[Path]:
    return [
        file
        for file in source.product()
        if source.name(file).startswith(PURE) and not source.name(file).startswith(IMPURE_FILES_OF_PURE_ROOMS)
    ]


def test_the_contracts_of_import_linter_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=source.ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", _pure_files(), ids=source.name)
def test_pure_rooms_import_nothing_that_waits_writes_or_throws_dice(file: Path) -> None:
    found = {module for module in source.imports(file) if module.split(".")[0] in IMPURE}
    assert not found, f"{source.name(file)} imports {sorted(found)}"


@pytest.mark.parametrize("file", _pure_files(), ids=source.name)
def test_pure_rooms_read_no_clock_and_print_nothing(file: Path) -> None:
    for node in ast.walk(source.tree(file)):
        if not isinstance(node, ast.Call):
            continue
        target = node.func
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            assert (target.value.id, target.attr) not in CLOCKS, f"{source.name(file)}:{node.lineno} reads the clock"
        if isinstance(target, ast.Name):
            assert target.id not in {"print", "open", "input"}, f"{source.name(file)}:{node.lineno} does I/O"


def test_nothing_pure_awaits() -> None:
    for file in _pure_files():
        for function in source.functions(file):
            assert not isinstance(function, ast.AsyncFunctionDef), f"{source.name(file)}:{function.lineno} is asynchronous"
