"""Follows the CEL file: through rotation, half-written lines and restarts of ours."""

import os
from collections import deque
from pathlib import Path

import msgspec

from telephony.identifiers import Instant
from telephony.switch.asterisk.cel import CelRow, parse_rows

_BLOCK = 1 << 20
_BLOCKS_AT_ONCE = 8
_LINE_LIMIT = 1 << 16
SAFETY_US = 60_000_000
"""The remembered place is this much older than what was read: what a crash kept us from using is read again."""


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
        self._remember(now)
        return rows

    def close(self) -> None:
        """The file is closed; the next `read` opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> bool:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        status = os.fstat(self._descriptor)
        self._inode, self._offset = status.st_ino, 0
        place, self._remembered = self._remembered, None
        if place is not None and place.inode == status.st_ino and place.offset <= status.st_size:
            self._offset = place.offset
        return True

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
