"""The project's own source files, as the architecture tests look at them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("fernamt", "telephony", "routing", "recording", "metering", "monitor", "store", "web", "config")


@cache
def files(*patterns: str) -> tuple[Path, ...]:
    """Files that are committed or about to be, never what .gitignore leaves out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(ROOT / name for name in sorted(set(listed)) if (ROOT / name).is_file())


def product() -> tuple[Path, ...]:
    """The Python files of the product, migrations apart: those are frozen once written."""
    return tuple(file for file in files("*.py") if name(file).split("/")[0] in ROOMS and "migrations/versions/" not in name(file))


def name(file: Path) -> str:
    """The file's path from the top of the project."""
    return file.relative_to(ROOT).as_posix()


def module(file: Path) -> str:
    """The file's module name."""
    return name(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def tree(file: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imports(file: Path) -> Iterator[str]:
    """Every module the file imports, wherever in it, as a full name."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of the file."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
