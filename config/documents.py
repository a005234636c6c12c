"""What was read, from where: a TOML file, the environment or secret files, each remembering its places."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.faults import Fault
from config.toml_positions import Path as KeyPath
from config.toml_positions import Place, key_places

_SYNTAX = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Values of one origin. `places` is empty for what has no lines."""

    source: str
    values: Mapping[str, Any] = field(repr=False)
    places: Mapping[KeyPath, Place] = field(default_factory=dict)
    names: Mapping[KeyPath, str] = field(default_factory=dict)
    """For values that each have a source of their own: the name of the variable or the file."""

    def says(self, path: KeyPath) -> bool:
        """Whether there is a value at that path."""
        return _found(self.values, path)

    def source_of(self, path: KeyPath) -> str:
        """The source of the value at that path, or of the nearest thing around it."""
        return next((self.names[around] for around in _outwards(path) if around in self.names), self.source)

    def place_of(self, path: KeyPath) -> Place | None:
        """The place of the key at that path, or of the nearest table around it."""
        return next((self.places[around] for around in _outwards(path) if around in self.places), None)


def read_toml(file: Path) -> Document | Fault:
    """The file's values with their places, or the one fault that keeps it from being read."""
    try:
        text = file.read_bytes().decode("utf-8")
        return Document(source=str(file), values=tomllib.loads(text), places=key_places(text))
    except FileNotFoundError:
        return Fault(source=str(file), key="(file)", expected="a file that exists", given="none")
    except OSError as error:
        return Fault(source=str(file), key="(file)", expected="a readable file", given=error.strerror or "an error")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return Fault(source=str(file), key="(text)", expected="UTF-8", given=f"byte {error.object[error.start]:#x}", line=line)
    except tomllib.TOMLDecodeError as error:
        return _syntax_fault(str(file), str(error), text)


def _syntax_fault(source: str, message: str, text: str) -> Fault:
    found = _SYNTAX.match(message)
    what = found["what"] if found else message
    at_end = found is None or found["line"] is None
    line = text.count("\n") + 1 if at_end else int(found["line"]) if found else None
    column = None if at_end or found is None else int(found["column"])
    return Fault(source=source, key="(syntax)", expected="valid TOML", given=what, line=line, column=column)


def _outwards(path: KeyPath) -> Iterator[KeyPath]:
    for length in range(len(path), 0, -1):
        yield path[:length]


def _found(values: Any, path: KeyPath) -> bool:
    for key in path:
        if isinstance(key, str):
            if not isinstance(values, Mapping) or key not in values:
                return False
        elif not isinstance(values, list | tuple) or key >= len(values):
            return False
        values = values[key]
    return True
