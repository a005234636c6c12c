"""A CSV file as people export it: comma or semicolon, with or without a byte order mark. Each row with its line."""

import csv
import io
from pathlib import Path

from config.faults import Fault, FaultsFound

Row = tuple[int, list[str]]
"""The line a row begins in, and its fields."""


def read_rows(file: Path) -> list[Row]:
    """All rows, the first with the columns' names. Raises `FaultsFound` where the file's form allows no reading."""
    text = _text(file)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise FaultsFound([fault_in(file, reader.line_num, "(form)", "CSV", str(error))]) from error
    return rows


def fault_in(file: Path, line: int, key: str, expected: str, given: str, *, nearest: str | None = None) -> Fault:
    """What is wrong in that line of the file."""
    return Fault(source=str(file), line=line, key=key, expected=expected, given=given, nearest=nearest)


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        given = f"byte {error.object[error.start]:#x}"
        raise FaultsFound([fault_in(file, line, "(text)", "UTF-8; save it as “CSV UTF-8”", given)]) from error
    except OSError as error:
        raise FaultsFound(
            [Fault(source=str(file), key="(file)", expected="a file that can be read", given=str(error.strerror))]
        ) from error
