"""Sealed bytes: AES-256-GCM in chunks of 64 KiB, each bound to its place, the last one marked as the last (STREAM).

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015.
Layout: a head of 16 bytes (mark, chunk size, seven random bytes, a zero), then the chunks with their tags. The nonce is the seven
bytes, the chunk's number (u32) and 1 for the last; the head and the object's name are authenticated with every chunk. So no chunk
can be changed, moved, left out, taken from elsewhere or cut off unseen, and any chunk can be opened by itself.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telephony.errors import FernamtError

CHUNK_BYTES: Final = 1 << 16
PREFIX_BYTES: Final = 7
TAG_BYTES: Final = 16
_HEAD = struct.Struct("<4sI7sx")
_MARK = b"FNV1"
_AT_ONCE = 16
"""Chunks read at once when all are wanted: an object store is asked once a MiB."""


class ObjectDamaged(FernamtError):
    """A sealed object is not what was sealed."""

    code = "object_damaged"


class Source(Protocol):
    """Bytes that can be read from any place."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Those bytes; fewer only at the end."""
        ...


def sealed(key: bytes, name: str, prefix: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed form of the bytes in any pieces, bit by bit. The prefix is random and never used twice with one key."""
    head = _HEAD.pack(_MARK, CHUNK_BYTES, prefix)
    cipher, bound = AESGCM(key), head + name.encode()
    yield head
    number, waiting = 0, memoryview(b"")
    for piece in pieces:
        view = memoryview(piece)
        if waiting:  # less than a chunk, or one that may be the last: that one is marked
            begun, view = view[: CHUNK_BYTES - len(waiting)], view[CHUNK_BYTES - len(waiting) :]
            waiting = memoryview(b"".join((waiting, begun))) if begun else waiting
            if not view:
                continue
            yield cipher.encrypt(_nonce(prefix, number, is_last=False), waiting, bound)
            number += 1
        ready = (len(view) - 1) // CHUNK_BYTES * CHUNK_BYTES if view else 0
        for begin in range(0, ready, CHUNK_BYTES):
            yield cipher.encrypt(_nonce(prefix, number, is_last=False), view[begin : begin + CHUNK_BYTES], bound)
            number += 1
        waiting = view[ready:]
    yield cipher.encrypt(_nonce(prefix, number, is_last=True), waiting, bound)


class Opened:
    """A sealed object with its key. Whatever is read has been authenticated; memory use does not grow with the object."""

    def __init__(self, source: Source, key: bytes, name: str) -> None:
        """Raises `ObjectDamaged` where this is no sealed object."""
        head = source.read_at(0, _HEAD.size)
        mark, chunk_bytes, self.prefix = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", 0, b"")
        if mark != _MARK or chunk_bytes != CHUNK_BYTES:
            raise ObjectDamaged(f"{name} is no sealed object: its head was changed", name=name)
        self._source, self._cipher, self._name = source, AESGCM(key), name
        self._bound = head + name.encode()
        whole = CHUNK_BYTES + TAG_BYTES
        self._chunks = max(1, -(-(source.size - _HEAD.size) // whole))
        self.size = source.size - _HEAD.size - self._chunks * TAG_BYTES
        """Bytes that were sealed, as far as the object's length tells."""

    def pieces(self) -> Iterator[bytes]:
        """All bytes in their order. Raises `ObjectDamaged` at the first that was changed."""
        for first in range(0, self._chunks, _AT_ONCE):
            yield from self._open(first, min(_AT_ONCE, self._chunks - first))

    def read_at(self, offset: int, length: int) -> bytes:
        """Those bytes; fewer only at the end. Raises `ObjectDamaged`."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        first = offset // CHUNK_BYTES
        last = (offset + length - 1) // CHUNK_BYTES
        found = b"".join(self._open(first, last - first + 1))
        return found[offset - first * CHUNK_BYTES :][:length]

    def _open(self, first: int, count: int) -> Iterator[bytes]:
        whole = CHUNK_BYTES + TAG_BYTES
        data = memoryview(self._source.read_at(_HEAD.size + first * whole, count * whole))
        for number in range(first, first + count):
            nonce = _nonce(self.prefix, number, is_last=number == self._chunks - 1)
            try:
                yield self._cipher.decrypt(nonce, data[:whole], self._bound)
            except InvalidTag as error:
                raise ObjectDamaged(
                    f"{self._name} was changed in chunk {number + 1}", name=self._name, chunk=number + 1
                ) from error
            data = data[whole:]


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])
