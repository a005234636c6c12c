"""XLSX, one row at a time. What it would unpack to is looked at before anything is unpacked."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, BinaryIO
from xml.parsers.expat import ExpatError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS

from fernamt.leads.files import MOST_ROWS, FileForm, FileRefused, Source, checked_heading
from fernamt.leads.xlsx_sheet import Styles, Texts, rows_of

MOST_UNPACKED = 2 << 30
MOST_SHARED_TEXT = 160 << 20
"""Texts that cells share are all in memory at once."""
MOST_SAID_OF_ITSELF = 8 << 20
"""Of one part that the library makes a tree of: sheets, formats, what belongs together."""
MOST_PARTS = 2_000
MOST_RATIO = 300
_RATIO_FROM = 16 << 20
_EMPTY_ROWS = 10_000
"""After so many empty rows the sheet has ended, whatever it says of its size."""
_BROKEN = (InvalidFileException, ExpatError, KeyError, ValueError, OSError, SyntaxError, EOFError, zipfile.BadZipFile, zlib.error)


class XlsxRows:
    """An open sheet behind its heading."""

    def __init__(self, stream: IO[bytes], size: int, texts: Texts, styles: Styles, form: FileForm) -> None:
        self.form = form
        self._stream = stream
        self._size = max(size, 1)
        self._rows = rows_of(stream, texts, styles)
        self._row = 0
        row, cells = self._next() or (1, [])
        self.heading: Sequence[str] = checked_heading(cells if row == 1 else [])

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width, filled = len(self.heading), 1
        while (found := self._next()) is not None:
            row, cells = found
            if row - filled > _EMPTY_ROWS:
                return
            if row > MOST_ROWS:
                raise FileRefused("too_many_rows", f"the sheet has more than {MOST_ROWS} rows", row=row)
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            cells += [""] * (width - len(cells))
            if any(cells):
                filled = row
                yield row, cells

    def _next(self) -> tuple[int, list[str]] | None:
        try:
            found = next(self._rows, None)
        except _BROKEN as error:
            raise FileRefused("bad_spreadsheet", f"row {self._row + 1} cannot be read", row=self._row + 1) from error
        if found is not None:
            self._row = found[0]
        return found

    @property
    def read_permille(self) -> int:
        return min(1_000, self._stream.tell() * 1_000 // self._size)


class _Parts(zipfile.ZipFile):
    """Parts that are read whole are small; sheets and texts are not read so."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        if (name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)).file_size > MOST_SAID_OF_ITSELF:
            raise FileRefused("unpacks_too_large", "the file would unpack to more than a list of leads can have")
        return super().read(name, pwd)


class _Book(ExcelReader):  # type: ignore[misc]
    """What a spreadsheet says of itself; its sheets and texts stay packed."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive = _Parts(file)
        self.read_manifest()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        found = [(sheet.name, rel) for sheet, rel in self.parser.find_sheets() if rel.target in self.valid_files]
        self.sheets: dict[str, str] = {name: rel.target for name, rel in found if "chartsheet" not in rel.Type}

    def texts(self) -> Texts:
        """Those that cells share."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return Texts()
        name = part.PartName[1:]
        if self.archive.getinfo(name).file_size > MOST_SHARED_TEXT:
            raise _too_much_text()
        with self.archive.open(name) as stream:
            return Texts(stream)

    def styles(self) -> Styles:
        """What makes a number a day or a time."""
        return Styles(epoch=self.wb.epoch, days=self.wb._date_formats, spans=self.wb._timedelta_formats)


@contextmanager
def open_xlsx(source: Source, sheet: str | None) -> Iterator[XlsxRows]:
    """The rows of that sheet, or of the first. Raises `FileRefused`."""
    with source() as file:
        check_parts(file)
    with source() as file, ExitStack() as opened:  # ours to close, however the library fails
        try:
            book = _Book(file)
            opened.callback(book.archive.close)
            names = tuple(book.sheets)
            if not names:
                raise FileRefused("no_sheet", "the file has no sheet")
            if sheet is not None and sheet not in names:
                raise FileRefused("no_such_sheet", f"there is no sheet {sheet[:60]!r}")
            chosen = sheet or names[0]
            texts, part = book.texts(), book.sheets[chosen]
            stream = opened.enter_context(book.archive.open(part))
            size = book.archive.getinfo(part).file_size
        except (*_BROKEN, TypeError, AttributeError, IndexError) as error:  # the library's ways to find a part wanting
            raise FileRefused("bad_spreadsheet", "the file is no spreadsheet that can be read") from error
        yield XlsxRows(stream, size, texts, book.styles(), FileForm(kind="xlsx", sheet=chosen, sheets=names))


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


def _too_much_text() -> FileRefused:
    return FileRefused("too_much_text", "the file has too many different texts for a spreadsheet: save it as CSV")
