"""Known callers' numbers from a CSV file: a column `number`, and a column `list` where the file is for several lists."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from config.faults import Fault, FaultsFound
from fernamt.centre.csv_table import Row, fault_in, read_rows

COLUMNS = ("number", "list")
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ()/.-]{2,29}")


def is_number(text: str) -> bool:
    """Whether somebody could have that number, however it is written."""
    return _NUMBER.fullmatch(text) is not None


def read_callers(file: Path, lists: Collection[str], list_name: str | None) -> list[tuple[str, str]]:
    """Each list and number of the file; `list_name` stands where the file has no column of lists.

    Raises `FaultsFound` with everything that is wrong: nothing of such a file is to be taken.
    """
    rows = read_rows(file)
    columns = [name.strip() for name in rows[0][1]] if rows else []
    faults = list(_column_faults(file, columns, list_name))
    if faults:
        raise FaultsFound(faults)
    found: list[tuple[str, str]] = []
    for line, row in rows[1:]:
        if any(cell.strip() for cell in row):
            values = dict(zip(columns, (cell.strip() for cell in row), strict=False))
            found.append((values.get("list", list_name) or "", values.get("number", "")))
            faults += _row_faults(file, (line, row), len(columns), lists, found[-1])
    if faults:
        raise FaultsFound(faults)
    return found


def _column_faults(file: Path, columns: list[str], list_name: str | None) -> Iterator[Fault]:
    if not columns:
        yield fault_in(file, 1, "(form)", "a first line with the column number", "an empty file")
        return
    for name in dict.fromkeys(columns):
        if name not in COLUMNS:
            yield fault_in(file, 1, name or "(column)", f"a column of {', '.join(COLUMNS)}", repr(name))
        elif columns.count(name) > 1:
            yield fault_in(file, 1, name, "each column once", f"{columns.count(name)} times")
    if "number" not in columns:
        yield fault_in(file, 1, "number", "a column of that name", "none")
    if ("list" in columns) is (list_name is not None):
        given = "both" if list_name is not None else "neither"
        yield fault_in(file, 1, "list", "either a column list or --list NAME", given)


def _row_faults(file: Path, row: Row, width: int, lists: Collection[str], found: tuple[str, str]) -> Iterator[Fault]:
    (line, fields), (name, number) = row, found
    if len(fields) != width:
        yield fault_in(file, line, "(row)", f"{width} fields, as the first line has", f"{len(fields)}")
        return
    if name not in lists:
        yield fault_in(file, line, "list", f"one of {', '.join(sorted(lists)) or 'no lists: describe one first'}", repr(name))
    if not is_number(number):
        yield fault_in(file, line, "number", "a telephone number, such as +49 30 5550100", repr(number))
