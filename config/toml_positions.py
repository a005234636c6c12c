"""Where each key of a TOML document stands: the standard parser tells values, not places.

Only for documents that the standard parser has accepted; what is wrong in itself never gets here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_FILLING = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PLAIN = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both counted from 1."""

    line: int
    column: int


def key_places(text: str) -> Mapping[Path, Place]:
    """For each table, key and array element of the document, the place where it is written first."""
    scan = _Scan(text)
    scan.document()
    return scan.places


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    places: dict[Path, Place] = field(default_factory=dict)
    lengths: dict[Path, int] = field(default_factory=dict)

    def document(self) -> None:
        table: Path = ()
        self.skip(_FILLING)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_FILLING)

    def header(self) -> Path:
        start = self.at
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        keys = tuple(self.dotted())
        self.at += 2 if is_array else 1
        table: Path = ()
        for key in keys[:-1]:
            table = self.into((*table, key))
            self.note(table, start)
        table = (*table, keys[-1])
        self.note(table, start)
        if is_array:
            self.lengths[table] = self.lengths.get(table, -1) + 1
            table = (*table, self.lengths[table])
            self.note(table, start)
        return table

    def into(self, table: Path) -> Path:
        """The table itself, or the last element where it is an array of tables."""
        return (*table, self.lengths[table]) if table in self.lengths else table

    def pair(self, table: Path) -> None:
        start = self.at
        path = table
        for key in self.dotted():
            path = (*path, key)
            self.note(path, start)
        self.skip(_BLANK)
        self.at += 1
        self.skip(_BLANK)
        self.value(path)

    def dotted(self) -> Iterator[str]:
        while True:
            self.skip(_BLANK)
            yield self.key()
            self.skip(_BLANK)
            if self.text[self.at] != ".":
                return
            self.at += 1

    def key(self) -> str:
        start = self.at
        quoted = _STRING.match(self.text, self.at)
        if quoted:
            self.at = quoted.end()
            raw = self.text[start + 1 : self.at - 1]
            return raw if self.text[start] == "'" else _unescaped(raw)
        self.skip(_BARE)
        return self.text[start : self.at]

    def value(self, path: Path) -> None:
        match self.text[self.at]:
            case "[":
                self.array(path)
            case "{":
                self.inline_table(path)
            case '"' | "'":
                self.skip(_STRING)
            case _:
                self.skip(_PLAIN)

    def array(self, path: Path) -> None:
        self.at += 1
        self.skip(_FILLING)
        number = 0
        while self.text[self.at] != "]":
            element = (*path, number)
            self.note(element, self.at)
            self.value(element)
            self.separator()
            number += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.skip(_FILLING)
        while self.text[self.at] != "}":
            self.pair(path)
            self.separator()
        self.at += 1

    def separator(self) -> None:
        self.skip(_FILLING)
        if self.text[self.at] == ",":
            self.at += 1
            self.skip(_FILLING)

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()

    def note(self, path: Path, at: int) -> None:
        if path not in self.places:
            before = self.text.rfind("\n", 0, at)
            self.places[path] = Place(self.text.count("\n", 0, at) + 1, at - before)


_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\", "e": "\x1b"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))")


def _unescaped(raw: str) -> str:
    def one(found: re.Match[str]) -> str:
        number = found[1] or found[2] or found[3]
        return chr(int(number, 16)) if number else _ESCAPES[found[4]]

    return _ESCAPE.sub(one, raw)
