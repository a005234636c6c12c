"""A strict renderer for configuration files: every placeholder has a value, and no value can add a line.

`{{ name }}` is replaced by a value. Asterisk's own `${…}` stays as it is. A value is a number, a word or a
path; it may hold no line break, no `;` (a comment would eat the rest) and no `$` (the dialplan would run it).
Text of several lines is only taken as a `Block`, which is itself made by this renderer.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from fernamt.node.errors import NodeError

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f;$\\`\u2028\u2029]")
_LINE_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Block(str):
    """Rendered text of several lines, to be put in as it is."""

    __slots__ = ()


class Literal(str):
    """A value taken as it is, such as a carrier's password, for files without a dialplan: `;` is escaped."""

    __slots__ = ()


Value = str | int | float | Path | Block | None
Values = Mapping[str, Value]


def render(text: str, values: Values, *, source: str) -> str:
    """The text with every placeholder replaced.

    Raises NodeError naming the file, the line and the key for an unknown key, an unset (None) one, or a
    value that could change the meaning of the file. `source` is the file's name, for that message.
    """

    def replaced(found: re.Match[str]) -> str:
        line = text.count("\n", 0, found.start()) + 1
        return _written(found[1], values, f"{source}:{line}")

    return _PLACEHOLDER.sub(replaced, text)


def _written(key: str, values: Values, where: str) -> str:
    if not _KEY.fullmatch(key) or key not in values:
        raise NodeError(f"{where}: unknown key {key!r} (known: {', '.join(sorted(values))})")
    value = values[key]
    if value is None:
        raise NodeError(f"{where}: {key} is not set")
    if isinstance(value, Block):
        return str(value)
    if isinstance(value, Literal):
        if _LINE_BREAK.search(value):
            raise NodeError(f"{where}: {key} holds a control character")
        return value.replace(";", "\\;")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | Path):
        return _checked(str(value), key, where)
    return repr(value)


def _checked(value: str, key: str, where: str) -> str:
    refused = _REFUSED.search(value)
    if refused is not None:
        raise NodeError(f"{where}: {key} = {value!r} holds {refused[0]!r}, which a configuration cannot carry")
    if not value or value != value.strip():
        raise NodeError(f"{where}: {key} = {value!r} is empty or has blanks at its ends")
    return value
