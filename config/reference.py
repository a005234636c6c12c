"""The commented reference file, written from the schema itself: run `python -m config.reference > config/fernamt.toml`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from config.settings import Settings
from config.switches import SwitchSettings, TrunkSettings

_HEAD = """\
# Every setting of Fernamt with its unit and its default. Copy this file to /etc/fernamt/fernamt.toml or ./fernamt.toml and
# change what has to differ; what is left out keeps its default. A line "#key =" has no default: it is unset.
# A variable FERNAMT_SECTION__KEY overrules the file; a secret file section__key (folder in FERNAMT_SECRETS) overrules both.
# `fernamt check-config` tells all faults at once, each with its line.
"""
_WIDTH = 118


def reference() -> str:
    """The text of the reference file: every key of the schema, each with its meaning and default."""
    lines = [_HEAD.rstrip()]
    for name, field in Settings.model_fields.items():
        if name == "switch":
            lines += ["", *_comment(field.description), "[switch.node1]", *_keys(SwitchSettings, {"trunk"})]
            lines += ["", "# A trunk of this switch; remove the marks to have one.", "#[switch.node1.trunk.carrier]"]
            lines += [_off(line) for line in _keys(TrunkSettings, set())]
        else:
            lines += ["", *_comment(field.description), f"[{name}]", *_keys(type(field.default), set())]
    return "\n".join(lines) + "\n"


def _keys(section: type[BaseModel], without: set[str]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        if name not in without:
            yield from _comment(field.description)
            yield _line(name, field)


def _line(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        return f"#{name} = []" if "tuple[" in str(field.annotation) else f'#{name} = ""'
    return f"{name} = {_toml(default)}"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:_}" if isinstance(value, int) and value >= 10_000 else str(value)
        case str() | Path():
            return f'"{value}"'
        case SecretStr():
            return f'"{value.get_secret_value()}"'
        case _:
            return "[" + ", ".join(map(_toml, value)) + "]"


def _comment(text: str | None) -> Iterator[str]:
    line = "#"
    for word in (text or "").split():
        if len(line) + len(word) >= _WIDTH:
            yield line
            line = "#"
        line += f" {word}"
    yield line


def _off(line: str) -> str:
    return line if line.startswith("#") else f"#{line}"


if __name__ == "__main__":
    sys.stdout.write(reference())
