"""The reference file says exactly what the schema says: every key, with its unit and default, and nothing else."""

import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config.load import load
from config.reference import reference
from config.settings import Settings

FILE = Path(__file__).parents[3] / "config" / "fernamt.toml"
_UNSET = re.compile(r"^#(\[?[a-z])", re.MULTILINE)


def test_the_shipped_file_is_the_one_written_from_the_schema() -> None:
    assert FILE.read_text(encoding="utf-8") == reference()


def test_the_shipped_file_changes_nothing() -> None:
    assert load([FILE]).settings == Settings()


def test_every_key_of_the_schema_is_in_the_file_and_every_key_of_the_file_in_the_schema() -> None:
    written = tomllib.loads(_UNSET.sub(r"\1", FILE.read_text(encoding="utf-8")))
    assert _keys_of(written) == _keys_of_schema()


def test_every_key_is_explained() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"#?[a-z_]+ = ", line):
            assert before.startswith("# "), line


def _keys_of(values: dict[str, Any], at: str = "") -> set[str]:
    keys: set[str] = set()
    for key, value in values.items():
        keys |= _keys_of(value, f"{at}{key}.") if isinstance(value, dict) else {f"{at}{key}"}
    return keys


def _keys_of_schema() -> set[str]:
    return (
        _fields(Settings, "") - {"switch"}
        | (_fields(type(Settings().switch["node1"]), "switch.node1.") - {"switch.node1.trunk"})
        | _trunk_fields()
    )


def _trunk_fields() -> set[str]:
    from config.switches import TrunkSettings

    return _fields(TrunkSettings, "switch.node1.trunk.carrier.")


def _fields(model: type[BaseModel], at: str) -> set[str]:
    keys: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        keys |= _fields(inner, f"{at}{name}.") if isinstance(inner, type) and issubclass(inner, BaseModel) else {at + name}
    return keys
