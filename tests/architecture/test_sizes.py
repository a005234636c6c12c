"""Files and functions stay short enough to be read in one go."""

import ast
import warnings
from pathlib import Path

import pytest

from tests.architecture import source_tree as source

FILE_LIMIT = 400
FILE_AIM = 250
FUNCTION_LIMIT = 60
FUNCTION_AIM = 40
OUTERMOST = ("web/middlewares.py",)
BANNED = frozenset(["utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc", "tools"])


def _length(node: ast.AST) -> int:
    """Lines of a function without its docstring and decorators."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    body = node.body
    if ast.get_docstring(node) is not None and len(body) > 1:
        body = body[1:]
    return (node.end_lineno or node.lineno) - body[0].lineno + 1


@pytest.mark.parametrize("file", source.files("*.py", "*.ts", "*.svelte"), ids=source.name)
def test_no_file_is_longer_than_400_lines(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LIMIT, f"{source.name(file)} has {lines} lines: split it by concept"


@pytest.mark.parametrize("file", source.product(), ids=source.name)
def test_no_function_is_longer_than_60_lines(file: Path) -> None:
    long = [f"{node.name} ({_length(node)} lines)" for node in source.functions(file) if _length(node) > FUNCTION_LIMIT]
    assert not long, f"{source.name(file)}: {', '.join(long)}"


@pytest.mark.filterwarnings("default")
def test_what_is_over_the_aim_is_listed() -> None:
    """Not a fault, only shown: files over 250 lines, functions over 40."""
    for file in source.product():
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > FILE_AIM:
            warnings.warn(f"{source.name(file)}: {lines} lines", stacklevel=1)
        for node in source.functions(file):
            if _length(node) > FUNCTION_AIM:
                warnings.warn(f"{source.name(file)}: {node.name}: {_length(node)} lines", stacklevel=1)


@pytest.mark.parametrize("file", source.product(), ids=source.name)
def test_a_file_is_named_for_its_concept(file: Path) -> None:
    parts = source.name(file).removesuffix(".py").split("/")
    assert not BANNED.intersection(parts), f"{source.name(file)}: name it for what it is about"


@pytest.mark.parametrize("file", [file for file in source.files("*.py") if file.name == "__init__.py"], ids=source.name)
def test_init_files_are_empty(file: Path) -> None:
    assert not file.read_text(encoding="utf-8"), f"{source.name(file)}: nothing happens at import time"


@pytest.mark.parametrize("file", source.product(), ids=source.name)
def test_every_file_says_what_it_is_about(file: Path) -> None:
    assert file.name == "__init__.py" or ast.get_docstring(source.tree(file)), f"{source.name(file)} has no docstring"


def test_errors_are_never_swallowed() -> None:
    """An `except Exception` raises again, hands the error on by name, or is an outermost edge that logs it whole."""
    for file in source.product():
        for node in ast.walk(source.tree(file)):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node):
                is_used = node.name is not None and any(
                    isinstance(inner, ast.Name) and inner.id == node.name for inner in ast.walk(node)
                )
                is_raised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                is_edge = source.name(file) in OUTERMOST and "log.exception(" in file.read_text(encoding="utf-8")
                assert is_used or is_raised or is_edge, f"{source.name(file)}:{node.lineno} swallows every error"


def _catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
