"""CSV as people export it: UTF-8, UTF-16 with a mark, or Windows' Western letters; by comma, semicolon, tab or bar."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from fernamt.leads.files import MOST_ROWS, FileForm, FileRefused, Source, checked_heading

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 50
_LONGEST_LINE = 256 * 1024
_PIECE = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class CsvRows:
    """An open CSV file behind its heading."""

    def __init__(self, raw: BinaryIO, size: int, form: FileForm) -> None:
        self.form = form
        self._raw = raw
        self._size = size
        self._text = io.TextIOWrapper(raw, encoding=form.encoding, newline="")
        self._reader = csv.reader(self._lines(), delimiter=form.delimiter, strict=True)
        self.heading: Sequence[str] = checked_heading(self._next() or [])

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width, row = len(self.heading), 1
        while (cells := self._next()) is not None:
            row += 1
            if row > MOST_ROWS:
                raise FileRefused("too_many_rows", f"the file has more than {MOST_ROWS} rows", row=row)
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if any(cells):
                yield row, cells

    @property
    def read_permille(self) -> int:
        return min(1_000, self._raw.tell() * 1_000 // self._size)

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise FileRefused("bad_csv", f"line {self._reader.line_num}: {error}", row=self._reader.line_num) from error
        except UnicodeDecodeError as error:
            line = self._reader.line_num + 1
            raise FileRefused("bad_encoding", f"line {line} has letters that are no {self.form.encoding}", row=line) from error

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE:
                raise FileRefused("line_too_long", f"a line has more than {_LONGEST_LINE} characters")
            yield line


@contextmanager
def open_csv(source: Source, size: int) -> Iterator[CsvRows]:
    """The file's rows. Raises `FileRefused`."""
    encoding = encoding_of(source)
    with source() as raw:
        sample = raw.read(_SAMPLE).decode(encoding, "ignore")
    form = FileForm(kind="csv", encoding=encoding, delimiter=delimiter_in(sample))
    with source() as raw:
        yield CsvRows(raw, size, form)


def encoding_of(source: Source) -> str:
    """The encoding in which the whole file can be read; raises `FileRefused` where there is none that people use."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source() as file:
        begins = file.read(4)
        for mark, encoding in _MARKS:
            if begins.startswith(mark):
                return encoding
        file.seek(0)
        try:
            while piece := file.read(_PIECE):
                if b"\x00" in piece:
                    raise FileRefused("binary", "the file is no text: save it as CSV or XLSX")
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def delimiter_in(sample: str) -> str:
    """What parts the columns: what makes the most of them, the same number in every row."""
    best, delimiter = (0, 0), ","
    for each in _DELIMITERS:
        widths: list[int] = []
        try:
            for row in csv.reader(io.StringIO(sample, newline=""), delimiter=each):
                widths.append(len(row))
                if len(widths) == _SAMPLE_ROWS:
                    break
        except csv.Error:
            pass
        if len(widths) > 1 and len(sample) >= _SAMPLE - 4:
            widths.pop()  # the sample may end in mid-row
        if not widths or widths[0] == 1:
            continue
        same = sum(width == widths[0] for width in widths) * 1_000 // len(widths)
        if (same, widths[0]) > best:
            best, delimiter = (same, widths[0]), each
    return delimiter
