"""The XML within a spreadsheet, cell by cell as it is unpacked: no tree is built of it, and declarations are refused."""

import re
from abc import ABC, abstractmethod
from array import array
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO
from xml.parsers import expat

from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601

from fernamt.leads.files import MOST_COLUMNS, FileRefused

MOST_LETTERS = 256 * 1024
"""In one cell."""
MOST_OF_A_TAG = 1 << 20
"""Bytes. The parser begins a tag anew with each piece of it: one without an end would keep it for hours."""
_PIECE = 64 * 1024
_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,14}")
_SPACES = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_NAMES = {f"{space} {name}": name for space in _SPACES for name in ("row", "c", "v", "t", "rPh", "si")}
_TEXTS = ("v", "t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """What makes a number a day or a time."""

    epoch: datetime
    days: Container[int]
    spans: Container[int]


class Texts:
    """Texts that cells share, one after the other in one piece: millions of them are no objects of their own."""

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        """Raises `ExpatError` and `ValueError` for what is not as it should be."""
        self._all = bytearray()
        self._ends = array("I", [0])
        if stream is not None:
            for _ in _TextsReader(self).pieces_of(stream):
                pass

    def add(self, text: str) -> None:
        """The next one."""
        self._all += text.encode()
        self._ends.append(len(self._all))

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self._ends) - 1:
            raise ValueError("a cell has a text that is not there")
        return self._all[self._ends[place] : self._ends[place + 1]].decode()


def rows_of(stream: IO[bytes], texts: Texts, styles: Styles) -> Iterator[tuple[int, list[str]]]:
    """The rows that are there, with their numbers, each as wide as its last cell. Raises what `Texts` does, and `FileRefused`."""
    reader = _SheetReader(texts, styles)
    for _ in reader.pieces_of(stream):
        yield from reader.rows
        reader.rows.clear()


class _Reader(ABC):
    """Reads a part, piece by piece. Of a million rows its handlers are called fifty million times: they do little."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.StartDoctypeDeclHandler = _no_declarations
        self._text: list[str] = []
        """What was said since an element for text began."""
        self._found: list[str] = []
        """What a cell, or a text that cells share, consists of so far. Joined once: a hundred thousand parts are no more work."""
        self._parser.CharacterDataHandler = self._text.append
        self._is_said = True

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    @abstractmethod
    def end(self, name: str) -> None:
        """An element ends."""

    def pieces_of(self, stream: IO[bytes]) -> Iterator[None]:
        """Each piece of the part has been read. Raises `FileRefused` for a cell or a tag without an end."""
        read = 0
        while piece := stream.read(_PIECE):
            self._parser.Parse(piece)
            read += len(piece)
            if sum(map(len, self._text)) + sum(map(len, self._found)) > MOST_LETTERS:
                raise FileRefused("line_too_long", f"a cell has more than {MOST_LETTERS} characters")
            if read - self._parser.CurrentByteIndex > MOST_OF_A_TAG:
                raise ValueError("a tag has no end")
            yield
        self._parser.Parse(b"", True)
        yield


def _no_declarations(*_: object) -> None:
    raise ValueError("a part of a spreadsheet declares nothing")


class _TextsReader(_Reader):
    """Reads the part of texts that cells share."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        what = _NAMES.get(name)
        if what == "t":
            self._text.clear()
        elif what == "rPh":  # how it is spoken: no part of the text
            self._is_said = False

    def end(self, name: str) -> None:
        what = _NAMES.get(name)
        if what == "t":
            if self._is_said and self._text:
                self._found.append("".join(self._text))
        elif what == "si":
            self._texts.add("".join(self._found).replace("x005F_", ""))
            self._found.clear()
        elif what == "rPh":
            self._is_said = True


class _SheetReader(_Reader):
    """Reads the part of one sheet; finished rows wait in `rows`."""

    def __init__(self, texts: Texts, styles: Styles) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[str]]] = []
        self._texts = texts
        self._styles = styles
        self._row = self._column = 0
        self._cells: list[str] = []
        self._kind = "n"
        self._style = "0"
        self._columns: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        what = _NAMES.get(name)
        if what == "c":
            reference = attributes.get("r")
            if reference is None:
                self._column += 1
            else:
                letters = reference.rstrip("0123456789")
                self._column = self._columns.get(letters) or self._column_of(letters)
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
        elif what in _TEXTS:
            self._text.clear()
        elif what == "row":
            number = float(attributes.get("r", self._row + 1))
            if not number.is_integer() or number <= self._row:
                raise ValueError("rows are not in their order")
            self._row, self._column, self._cells = int(number), 0, []
        elif what == "rPh":
            self._is_said = False

    def end(self, name: str) -> None:
        what = _NAMES.get(name)
        if what == "c":
            if self._found:
                self._place(self._told("".join(self._found)))
                self._found.clear()
        elif what in _TEXTS:
            if self._text and (what == "t") is (self._kind == "inlineStr") and self._is_said:
                self._found.append("".join(self._text))
            self._text.clear()
        elif what == "row":
            self.rows.append((self._row, self._cells))
        elif what == "rPh":
            self._is_said = True

    def _place(self, cell: str) -> None:
        missing = self._column - len(self._cells) - 1
        if self._column > MOST_COLUMNS + 1:
            return
        if missing < 0:
            self._cells[self._column - 1] = cell
            return
        if missing:
            self._cells += [""] * missing
        self._cells.append(cell)

    def _column_of(self, letters: str) -> int:
        self._columns[letters] = column_index_from_string(letters)  # there are 18,278, and no more
        return self._columns[letters]

    def _told(self, text: str) -> str:
        if self._kind == "inlineStr":
            return text
        if self._kind == "s":
            return self._texts[int(text)]
        if self._kind == "n":
            return self._number_told(text)
        if self._kind in ("b", "d"):
            return text_of(bool(int(text)) if self._kind == "b" else from_ISO8601(text))
        return text

    def _number_told(self, text: str) -> str:
        style = int(self._style)
        if style not in self._styles.days:
            return text if _PLAIN.fullmatch(text) else text_of(_number(text))
        try:
            return text_of(from_excel(_number(text), self._styles.epoch, timedelta=style in self._styles.spans))
        except (OverflowError, ValueError):
            return "#VALUE!"


def _number(text: str) -> float:
    return float(text) if any(letter in text for letter in ".eE") else int(text)


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
