"""Files of leads, row by row: CSV in the forms people export it, XLSX. Never whole in memory, and never more than was agreed to.

What comes is somebody's upload: a file that unpacks to gigabytes, a row without an end or a cell of a megabyte is refused by
name. A refusal has a code for programs and says nothing of what stood in the file.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from telephony.errors import FernamtError

MOST_BYTES = 1 << 30
MOST_ROWS = 4_000_000
MOST_COLUMNS = 200
_SPREADSHEET = b"PK\x03\x04"
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")


class FileRefused(FernamtError):
    """The file cannot be read as a list of leads."""

    code = "lead_file_refused"

    def __init__(self, why: str, text: str, *, row: int = 0) -> None:
        super().__init__(text, why=why, row=row)
        self.why = why
        self.row = row


@dataclass(frozen=True, slots=True, kw_only=True)
class FileForm:
    """What the file turned out to be."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()


class Rows(Protocol):
    """An open file, behind its heading."""

    form: FileForm
    heading: Sequence[str]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not empty, with its number as a spreadsheet counts: the heading is row 1."""
        ...

    @property
    def read_permille(self) -> int:
        """How much of the file has been read, in thousandths."""
        ...


class Source(Protocol):
    """A file that can be opened as often as one likes."""

    def __call__(self) -> BinaryIO:
        """It, from its beginning, to read and to seek in."""
        ...


def opened_rows(source: Source | Path, *, file_name: str | None = None, sheet: str | None = None) -> AbstractContextManager[Rows]:
    """The rows of the file; by its name, the form that is expected. Raises `FileRefused`."""
    from fernamt.leads.csv_file import open_csv  # noqa: PLC0415 - the readers load what they need, when they are needed
    from fernamt.leads.xlsx_file import open_xlsx  # noqa: PLC0415

    if isinstance(source, Path):
        file_name, source = file_name or source.name, partial(source.open, "rb")
    with source() as file:
        begins = file.read(8)
        size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise FileRefused("empty", "the file is empty")
    if size > MOST_BYTES:
        raise FileRefused("too_large", f"the file has {size} bytes; {MOST_BYTES} are the most")
    if begins.startswith(_SPREADSHEET):
        return open_xlsx(source, sheet)
    if begins.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("old_spreadsheet", "the file is an .xls of old, or protected by a password: save it as .xlsx or CSV")
    if Path(file_name or "").suffix.lower() == ".xlsx":
        raise FileRefused("no_spreadsheet", "the file is named .xlsx and is none")
    return open_csv(source, size)


def is_spreadsheet(source: Source) -> bool:
    """Whether the file begins as a spreadsheet does."""
    with source() as file:
        return file.read(len(_SPREADSHEET)) == _SPREADSHEET


def checked_heading(cells: Sequence[str]) -> list[str]:
    """The columns' titles. Raises `FileRefused` where there are none, or too many."""
    titles = [cell.strip() for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    if not titles:
        raise FileRefused("no_heading", "the first row is empty: it has to name the columns", row=1)
    if len(titles) > MOST_COLUMNS:
        raise FileRefused("too_many_columns", f"the file has {len(titles)} columns; {MOST_COLUMNS} are the most", row=1)
    return titles
