"""Follows the CEL file: through rotation, half-written lines and restarts of ours.

The file holds callers' numbers, so a day of it is enough: what has been read is put aside under another name, where the term of
its class of data finds it. Asterisk opens the file anew for each line and begins the next one by itself.
"""

import os
from collections import deque
from contextlib import suppress
from pathlib import Path

import msgspec

from telephony.identifiers import Instant
from telephony.switch.asterisk.cel import CelRow, parse_row, parse_rows

_BLOCK = 1 << 20
_BLOCKS_AT_ONCE = 8
_LINE_LIMIT = 1 << 16
SAFETY_US = 60_000_000
"""The remembered place is this much older than what was read: what a crash kept us from using is read again."""
ONE_FILE_US = 86_400_000_000
"""The time after which a file is put aside."""


class _Place(msgspec.Struct, frozen=True):
    inode: int
    offset: int


class CelTail:
    """Reads what is new at each call of `read`. Its place is remembered in a file, so that a new start goes on there."""

    def __init__(self, path: Path, place_file: Path | None = None) -> None:
        self._path = path
        self._place_file = place_file
        self._descriptor: int | None = None
        self._inode = 0
        self._offset = 0
        self._half = b""
        self._began_at: Instant | None = None
        self._is_aside = False
        self._places: deque[tuple[Instant, _Place]] = deque()
        self.bad_lines = 0
        """Lines that were no row of ours, since the start."""
        self.has_more = False
        """True after a `read` that stopped early, so that a long file never fills the memory."""
        self._remembered = self._load()

    def read(self, now: Instant) -> list[CelRow]:
        """The rows written since the last call, in the file's order; see `has_more`. Blocks on the disk: for a thread."""
        rows: list[CelRow] = []
        while True:
            if self._descriptor is None and not self._open():
                break
            rows += self._read_open()
            if self.has_more or not self._is_rotated():
                break
            self._take(self._half + b"\n", rows)  # the last line of a renamed file has no more to come
            self._half = b""
            self.close()
        self._put_aside(now)
        self._remember(now)
        return rows

    def close(self) -> None:
        """The file is closed; the next `read` opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> bool:
        path = self._path if self._remembered is None else self._where(self._remembered)
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        status = os.fstat(self._descriptor)
        self._inode, self._offset = status.st_ino, 0
        self._began_at, self._is_aside = None, path != self._path
        place, self._remembered = self._remembered, None
        if place is not None and place.inode == status.st_ino and place.offset <= status.st_size:
            self._offset = place.offset
        return True

    def _where(self, place: _Place) -> Path:
        """The file that was being read then, though it may have been put aside; else the one that is written now."""
        with suppress(OSError):
            if self._path.stat().st_ino == place.inode:
                return self._path
        for aside in self._path.parent.glob(f"{self._path.stem}.*{self._path.suffix}"):
            with suppress(OSError):
                if aside.stat().st_ino == place.inode:
                    return aside
        return self._path

    def _put_aside(self, now: Instant) -> None:
        if self._descriptor is None or self._is_aside or self.has_more:
            return
        if self._began_at is None:
            first = parse_row(os.pread(self._descriptor, _LINE_LIMIT, 0).partition(b"\n")[0].decode("utf-8", "replace"))
            self._began_at = None if first is None else first.occurred_at
        if self._began_at is not None and now - self._began_at > ONE_FILE_US:
            self._is_aside = True  # tried once: a folder of another user's is that user's to tidy
            with suppress(OSError):
                self._path.rename(self._path.with_name(f"{self._path.stem}.{self._began_at}{self._path.suffix}"))

    def _read_open(self) -> list[CelRow]:
        rows: list[CelRow] = []
        assert self._descriptor is not None  # noqa: S101 - opened by the caller
        self.has_more = False
        blocks = 0
        while block := os.pread(self._descriptor, _BLOCK, self._offset):
            blocks += 1
            self._offset += len(block)
            whole, newline, rest = (self._half + block).rpartition(b"\n")
            if newline:
                self._take(whole + newline, rows)
            self._half = rest if len(rest) <= _LINE_LIMIT else b""
            if blocks == _BLOCKS_AT_ONCE:
                self.has_more = True
                break
        return rows

    def _take(self, whole: bytes, rows: list[CelRow]) -> None:
        found, bad = parse_rows(line for line in whole.decode("utf-8", "replace").split("\n") if line.strip())
        rows += found
        self.bad_lines += bad

    def _is_rotated(self) -> bool:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False  # renamed, and nothing written since
        if status.st_ino == self._inode and status.st_size < self._offset:
            self._offset = 0  # emptied in place
            self._half = b""
        return status.st_ino != self._inode

    def _remember(self, now: Instant) -> None:
        if self._place_file is None or self._descriptor is None:
            return
        self._places.append((now, _Place(self._inode, self._offset - len(self._half))))
        safe: _Place | None = None
        while self._places and self._places[0][0] <= now - SAFETY_US:
            safe = self._places.popleft()[1]
        if safe is not None:
            beside = self._place_file.with_name(f".{self._place_file.name}.new")
            beside.write_bytes(msgspec.json.encode(safe))
            beside.replace(self._place_file)

    def _load(self) -> _Place | None:
        if self._place_file is None:
            return None
        try:
            return msgspec.json.decode(self._place_file.read_bytes(), type=_Place)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
