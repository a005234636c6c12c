"""Uploaded files of leads as they wait on disk: sealed piece by piece under a key of their own, read from any place.

A header holds the file's key, sealed by the party keys and bound to the file's name; pieces of 64 KiB follow, each sealed with
its number, the last one marked. So nothing can be changed, exchanged, reordered or cut off unseen, and no more than a piece is
ever in memory in clear. Whoever dies while a file is written leaves one without a last piece: it opens for nobody.
"""

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fernamt.leads.files import FileRefused
from telephony.errors import FernamtError

MAGIC = b"FNLEADS1"
PIECE = 64 * 1024
_TAG = 16
_LENGTH = 2
_BOUND = "lead file:"


class FileKeys(Protocol):
    """Seals a file's key; the party store's keys."""

    def seal_record(self, name: str, clear: bytes) -> tuple[bytes, bytes]:
        """The wrapped key and the sealed record."""
        ...

    def open_record(self, name: str, wrapped_key: bytes, sealed: bytes) -> bytes:
        """The record in clear."""
        ...


class Sealer:
    """Seals one file as it comes: what is fed in any pieces goes out sealed in even ones."""

    def __init__(self, keys: FileKeys, name: str) -> None:
        key = AESGCM.generate_key(256)
        wrapped, sealed = keys.seal_record(_BOUND + name, key)
        self._cipher = AESGCM(key)
        self._waiting = bytearray()
        self._number = 0
        self._out = MAGIC + _packed(wrapped) + _packed(sealed)

    def feed(self, clear: bytes) -> bytes:
        """What is to be written now."""
        self._waiting += clear
        out, self._out = [self._out], b""
        while len(self._waiting) > PIECE:  # the last piece is known as such at the end only
            out.append(self._sealed(bytes(self._waiting[:PIECE]), is_last=False))
            del self._waiting[:PIECE]
        return b"".join(out)

    def end(self) -> bytes:
        """The rest; nothing is fed after it."""
        return self.feed(b"") + self._sealed(bytes(self._waiting), is_last=True)

    def _sealed(self, clear: bytes, *, is_last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return self._cipher.encrypt(_nonce(number), clear, bytes([is_last]))


class _Pieces(io.RawIOBase):
    """A sealed file, opened: reads and seeks as if it stood there in clear."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file = file
        file.seek(len(MAGIC))
        _unpacked(file), _unpacked(file)
        self._cipher = AESGCM(key)
        self._begins = file.tell()
        stored = file.seek(0, os.SEEK_END) - self._begins
        self._pieces = -(-stored // (PIECE + _TAG))
        self.size = stored - self._pieces * _TAG
        self._at = 0
        self._opened = (-1, b"")
        self._piece(self._pieces - 1)  # without its last piece it was never finished

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, into: "memoryview") -> int:  # type: ignore[override]
        number, offset = divmod(self._at, PIECE)
        if self._at >= self.size:
            return 0
        found = self._piece(number)[offset : offset + len(into)]
        into[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _piece(self, number: int) -> bytes:
        if self._opened[0] != number:
            self._file.seek(self._begins + number * (PIECE + _TAG))
            stored, is_last = self._file.read(PIECE + _TAG), number == self._pieces - 1
            try:
                self._opened = (number, self._cipher.decrypt(_nonce(max(number, 0)), stored, bytes([is_last])))
            except InvalidTag as error:
                raise FileRefused("damaged", "the uploaded file was changed, or not written to its end") from error
        return self._opened[1]


def opened_source(path: Path, keys: FileKeys | None) -> BinaryIO:
    """The file in clear, to read and to seek in: sealed ones of ours with the keys, any other as it is. Raises `FileRefused`."""
    return opened_by(path, key_of(path, keys))


def key_of(path: Path, keys: FileKeys | None) -> bytes | None:
    """The key of this one file; None where it is stored in clear. Raises `FileRefused`."""
    with path.open("rb") as file:
        if keys is None or file.read(len(MAGIC)) != MAGIC:
            return None
        wrapped, sealed = _unpacked(file), _unpacked(file)
    try:
        return keys.open_record(_BOUND + path.name, wrapped, sealed)
    except FernamtError as error:
        raise FileRefused("damaged", "the uploaded file is of another installation, or was changed") from error


def opened_by(path: Path, key: bytes | None) -> BinaryIO:
    """The file in clear, by its own key; as it is where it has none. Raises `FileRefused`."""
    file = path.open("rb")
    if key is None:
        return file
    try:
        return io.BufferedReader(_Pieces(file, key), PIECE)
    except BaseException:
        file.close()
        raise


def remove(path: Path) -> None:
    """The file is gone; its key was overwritten before, so that what a disk keeps of it opens for nobody. Blocks."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            if file.read(len(MAGIC)) == MAGIC:
                _unpacked(file), _unpacked(file)
                length = file.tell()
                file.seek(0)
                file.write(bytes(length))
                file.flush()
                os.fsync(file.fileno())
        path.unlink()


def _nonce(number: int) -> bytes:
    """Each piece has its own; the key is this file's alone."""
    return number.to_bytes(12, "big")


def _packed(part: bytes) -> bytes:
    return len(part).to_bytes(_LENGTH, "big") + part


def _unpacked(file: BinaryIO) -> bytes:
    return file.read(int.from_bytes(file.read(_LENGTH), "big"))
