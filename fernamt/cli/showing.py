"""Data on standard output, as a table or as JSON; everything said beside it on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from telephony.identifiers import Instant

WIDTH_OF_A_FILE = 240


def note(text: str) -> None:
    """The person is told, beside the data."""
    print(text, file=sys.stderr)


def as_json(value: object) -> str:
    """The value as readable JSON; records become tables, instants stay numbers."""
    return json.dumps(msgspec.to_builtins(value, enc_hook=_other), ensure_ascii=False, indent=2)


def show_json(value: object) -> None:
    """The value is on standard output as JSON."""
    print(as_json(value))


def show_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, is_json: bool) -> None:
    """The rows are on standard output: a table of these columns, or JSON with everything."""
    listed = list(rows)
    if is_json:
        show_json(listed)
        return
    table = Table(*(column.replace("_", " ") for column in columns), box=None, pad_edge=False, header_style="bold")
    for row in listed:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    terminal().print(table)


def terminal() -> Console:
    """Standard output; as wide as needed where it is no terminal, so that nothing is cut."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE, highlight=False)


def local_time(at: Instant | int) -> str:
    """The instant by this machine's wall clock, to the millisecond."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone().isoformat(sep=" ", timespec="milliseconds")


def seconds(duration_ms: int | None) -> str:
    """The duration in seconds, to the millisecond."""
    return "" if duration_ms is None else f"{duration_ms / 1_000:.3f}"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return " ".join(f"{key}={_cell(inner)}" for key, inner in value.items())
        case list() | tuple() | set() | frozenset():
            return " ".join(map(_cell, value))
        case _:
            return str(value)


def _other(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
