"""Adapters of switches mirror each other: the same file has the same public functions in each."""

import ast
from pathlib import Path

import pytest

from tests.architecture import source_tree as source

SWITCH = source.ROOT / "telephony" / "switch"
ADAPTERS = tuple(sorted(folder.name for folder in SWITCH.iterdir() if folder.is_dir() and any(folder.glob("[a-z]*.py"))))
# What a switch cannot do without, whatever it is: its way in, its way out, what exists at it, and itself.
REQUIRED = ("switch.py",)


def _public(file: Path) -> set[str]:
    return {
        node.name
        for node in source.tree(file).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    }


def _shared() -> list[str]:
    names = [{file.name for file in (SWITCH / adapter).glob("*.py")} - {"__init__.py"} for adapter in ADAPTERS]
    return sorted(set.intersection(*names)) if names else []


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_adapter_has_what_a_switch_needs(adapter: str) -> None:
    for required in REQUIRED:
        assert (SWITCH / adapter / required).is_file(), f"telephony/switch/{adapter}/{required} is missing"


@pytest.mark.parametrize("file", _shared())
def test_files_of_one_name_offer_the_same_functions(file: str) -> None:
    offered = {adapter: _public(SWITCH / adapter / file) for adapter in ADAPTERS}
    assert len({frozenset(names) for names in offered.values()}) == 1, f"{file}: {offered}"
