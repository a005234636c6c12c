"""XLSX, one row at a time. What it would unpack to is looked at before anything is unpacked."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from fernamt.leads.files import MOST_COLUMNS, MOST_ROWS, FileForm, FileRefused, Source, checked_heading

MOST_UNPACKED = 2 << 30
MOST_SHARED_TEXT = 160 << 20
"""Texts that cells share are all in memory at once."""
MOST_PARTS = 2_000
MOST_RATIO = 300
_RATIO_FROM = 16 << 20
_EMPTY_ROWS = 10_000
"""After so many empty rows the sheet has ended, whatever it says of its size."""


class XlsxRows:
    """An open sheet behind its heading."""

    def __init__(self, sheet: Any, form: FileForm) -> None:
        self.form = form
        self._rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
        self._last = max(sheet.max_row or 1, 1)
        self._row = 0
        first = next(self._rows, None)
        self._row = 1
        self.heading: Sequence[str] = checked_heading([text_of(cell) for cell in first or ()])

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width, empty = len(self.heading), 0
        try:
            for values in self._rows:
                self._row += 1
                if self._row > MOST_ROWS:
                    raise FileRefused("too_many_rows", f"the sheet has more than {MOST_ROWS} rows", row=self._row)
                cells = [text_of(value) for value in values]
                while len(cells) > width and not cells[-1].strip():
                    cells.pop()
                cells += [""] * (width - len(cells))
                if any(cells):
                    empty = 0
                    yield self._row, cells
                elif (empty := empty + 1) > _EMPTY_ROWS:
                    return
        except (ValueError, KeyError, zipfile.BadZipFile, SyntaxError) as error:
            raise FileRefused("bad_spreadsheet", f"row {self._row + 1} cannot be read", row=self._row + 1) from error

    @property
    def read_permille(self) -> int:
        return min(1_000, self._row * 1_000 // self._last)


@contextmanager
def open_xlsx(source: Source, sheet: str | None) -> Iterator[XlsxRows]:
    """The rows of that sheet, or of the first. Raises `FileRefused`."""
    with source() as file:
        check_parts(file)
    with source() as file:  # ours to close, however the library fails
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError, zipfile.BadZipFile) as error:
            raise FileRefused("bad_spreadsheet", "the file is no spreadsheet that can be read") from error
        try:
            names = tuple(each.title for each in book.worksheets)
            if not names:
                raise FileRefused("no_sheet", "the file has no sheet")
            if sheet is not None and sheet not in names:
                raise FileRefused("no_such_sheet", f"there is no sheet {sheet[:60]!r}")
            chosen = sheet or names[0]
            yield XlsxRows(book[chosen], FileForm(kind="xlsx", sheet=chosen, sheets=names))
        finally:
            book.close()


def check_parts(file: BinaryIO) -> None:
    """Raises `FileRefused` for what would unpack to more than anybody's list has."""
    try:
        with zipfile.ZipFile(file) as book:
            parts = book.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileRefused("bad_spreadsheet", "the file is no spreadsheet that can be read") from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused("unpacks_too_large", "the file would unpack to more than a list of leads can have")
    for part in parts:
        if part.flag_bits & 1:
            raise FileRefused("encrypted", "the file is protected by a password")
        if part.file_size > _RATIO_FROM and part.file_size > MOST_RATIO * max(part.compress_size, 1):
            raise FileRefused("unpacks_too_large", "the file would unpack to more than a list of leads can have")
        if part.filename.endswith("sharedStrings.xml") and part.file_size > MOST_SHARED_TEXT:
            raise FileRefused("too_much_text", "the file has too many different texts for a spreadsheet: save it as CSV")


def text_of(value: object) -> str:
    """The cell as it would be written: numbers without a needless fraction, days as 2026-11-30."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
