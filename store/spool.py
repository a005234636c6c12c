"""The spool: a file that takes the journal's events while the database is away, safe against a crash in mid-write.

Layout: a mark of eight bytes, then records of length (u32), CRC-32 (u32) and that many bytes, little-endian. A torn tail is not
a record: what was being written when the power went was never said to be durable.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from telephony.errors import JournalError

_MARK = b"FERNSPL1"
_HEAD = struct.Struct("<II")
_LONGEST_RECORD = 1 << 28


class Spool:
    """An append-only file of records, each on disk when `append` returns. Blocking: called in a thread. One user at a time."""

    def __init__(self, path: Path) -> None:
        """The file exists, is readable by its owner only, and ends after its last whole record. Raises `JournalError`."""
        self._path = path
        self._has_leftover = False
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._end = self._last_whole_end()
            _sync_folder(path.parent)
        except BlockingIOError as error:
            raise JournalError(f"another process uses the spool {path}: stop it first, or give each its own") from error
        except OSError as error:
            raise JournalError(
                f"the spool {path} cannot be opened ({error.strerror}): its folder must exist and be writable"
            ) from error

    @property
    def size_bytes(self) -> int:
        """How many bytes of records wait for the database."""
        return self._end - len(_MARK)

    @property
    def end(self) -> int:
        """Where the last durable record ends: give it to `read`."""
        return self._end

    def append(self, payload: bytes) -> None:
        """The record is on disk. Raises `OSError` when it is not, and then the file holds what it held before."""
        record = _HEAD.pack(len(payload), zlib.crc32(payload)) + payload
        if self._has_leftover:
            os.ftruncate(self._file, self._end)
        self._has_leftover = True
        _write_all(self._file, record, self._end)
        os.fdatasync(self._file)
        self._has_leftover = False
        self._end += len(record)

    def read(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The records from `start` to `end` in their order, each with the place after it; `start` 0 is the beginning."""
        at, stop = max(start, len(_MARK)), self._end if end is None else end
        while at < stop:
            payload = self._record_at(at)
            if payload is None:
                raise self._damaged(at)
            at += _HEAD.size + len(payload)
            yield at, payload

    def clear(self) -> None:
        """The file holds no record: all it held is in the database."""
        os.ftruncate(self._file, len(_MARK))
        os.fdatasync(self._file)
        self._end = len(_MARK)

    def set_aside(self) -> Path | None:
        """What the file holds is kept under another name, for a person to look at; None: it held nothing."""
        if not self.size_bytes:
            return None
        number = next(n for n in count(1) if not self._aside(n).exists())
        self._path.rename(self._aside(number))
        _sync_folder(self._path.parent)
        return self._aside(number)

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.aside-{number}")

    def close(self) -> None:
        """The file is closed."""
        os.close(self._file)

    def _last_whole_end(self) -> int:
        size = os.fstat(self._file).st_size
        if size < len(_MARK):
            os.ftruncate(self._file, 0)
            _write_all(self._file, _MARK, 0)
            os.fdatasync(self._file)
            return len(_MARK)
        if os.pread(self._file, len(_MARK), 0) != _MARK:
            raise JournalError(f"{self._path} is not a spool of Fernamt: give another path")
        at = len(_MARK)
        while (payload := self._record_at(at)) is not None:
            at += _HEAD.size + len(payload)
        if at < size:
            self._refuse_damage(at, size)
            os.ftruncate(self._file, at)
            os.fdatasync(self._file)
        return at

    def _refuse_damage(self, at: int, size: int) -> None:
        """A torn tail reaches the end of the file; a broken record with others behind it is damage: nothing is thrown away."""
        head = os.pread(self._file, _HEAD.size, at)
        if len(head) == _HEAD.size:
            length, _ = _HEAD.unpack(head)
            if 0 < length <= _LONGEST_RECORD and at + _HEAD.size + length < size:
                raise self._damaged(at)

    def _damaged(self, at: int) -> JournalError:
        return JournalError(f"the spool {self._path} is damaged at byte {at}: keep the file and restore it from a copy", at=at)

    def _record_at(self, at: int) -> bytes | None:
        head = os.pread(self._file, _HEAD.size, at)
        if len(head) < _HEAD.size:
            return None
        length, checksum = _HEAD.unpack(head)
        if not 0 < length <= _LONGEST_RECORD:
            return None
        payload = os.pread(self._file, length, at + _HEAD.size)
        return payload if len(payload) == length and zlib.crc32(payload) == checksum else None


def _write_all(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
