"""WAV files as a recorder leaves them, and as a package shows them: linear, one channel, 8 kHz, 16 bit.

A recorder that was killed leaves a header that does not count the samples behind it: those that are there are taken as found.
Samples are never touched.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from recording.vault.manifest import CUT_SAMPLES, SAMPLE_BYTES, SAMPLE_RATE, BadSegment
from telephony.segments import HEADER_BYTES

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_FORM = (1, 1, SAMPLE_RATE, SAMPLE_RATE * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
PIECE_BYTES: Final = 1 << 18
"""Read at once: what stays in a processor's cache until it is digested and encrypted."""


def header(samples: int) -> bytes:
    """The header of a file of so many samples."""
    size = samples * SAMPLE_BYTES
    return _HEADER.pack(b"RIFF", HEADER_BYTES - 8 + size, b"WAVE", b"fmt ", 16, *_FORM, b"data", size)


class Recorded:
    """One direction's file, open for reading; a link is not followed. Close it."""

    def __init__(self, path: Path) -> None:
        """Raises `BadSegment` where the file is missing or no such sound."""
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise BadSegment(f"the sound cannot be read ({error.strerror}): {path.name}", file=path.name) from error
        head = os.pread(self._file, HEADER_BYTES, 0)
        fields = _HEADER.unpack(head) if len(head) == HEADER_BYTES else ()
        if not fields or (fields[0], fields[2], fields[3], fields[11]) != (b"RIFF", b"WAVE", b"fmt ", b"data"):
            self.close()
            raise BadSegment(f"no WAV file: {path.name}", file=path.name)
        if fields[5:11] != _FORM:
            self.close()
            raise BadSegment(f"the sound is not 8 kHz, 16 bit, one channel: {path.name}", file=path.name)
        self.header_samples = fields[12] // SAMPLE_BYTES
        self._found = (os.fstat(self._file).st_size - HEADER_BYTES) // SAMPLE_BYTES

    @property
    def samples(self) -> int:
        """How many are left after the cut."""
        return max(0, self._found - CUT_SAMPLES)

    def pieces(self) -> Iterator[bytes]:
        """The samples after the cut, as they stand in the file. Raises `BadSegment` where it became shorter."""
        at, left = HEADER_BYTES + CUT_SAMPLES * SAMPLE_BYTES, self.samples * SAMPLE_BYTES
        while left:
            piece = os.pread(self._file, min(left, PIECE_BYTES), at)
            if not piece:
                raise BadSegment("the sound became shorter while it was read")
            yield piece
            at, left = at + len(piece), left - len(piece)

    def close(self) -> None:
        """The file is closed."""
        os.close(self._file)
