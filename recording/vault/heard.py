"""A sealed segment as it is heard: both directions as one stereo WAV file that exists nowhere, made stretch by stretch.

Left is what the outside party said, right what it heard. Every 15 s a soft tone is laid over it: what was heard here can be told
from a released package, whose samples are as recorded. Memory does not grow with the segment.
"""

import math
import re
import struct
import sys
from array import array
from dataclasses import dataclass
from typing import Final

from recording.vault.manifest import SAMPLE_BYTES, SAMPLE_RATE, Manifest
from recording.vault.stream import Opened
from telephony.segments import HEADER_BYTES

FRAME_BYTES: Final = 2 * SAMPLE_BYTES
LONGEST_STRETCH_S: Final = 10
LONGEST_STRETCH: Final = LONGEST_STRETCH_S * SAMPLE_RATE * FRAME_BYTES
"""No answer holds more sound than that: who listens asks again, and is asked again whether they may."""
TONE_EVERY: Final = 15 * SAMPLE_RATE
TONE_SAMPLES: Final = SAMPLE_RATE // 10
_TONE_HZ, _TONE_HEIGHT = 1_000, 700
_LIMIT = 32_767
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_RANGE = re.compile(r"bytes=([0-9]{1,12})-([0-9]{0,12})")
_TONE = [round(_TONE_HEIGHT * math.sin(2 * math.pi * _TONE_HZ * n / SAMPLE_RATE)) for n in range(TONE_SAMPLES)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes `first` to `last` of the file, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.last - self.first + 1

    @property
    def from_ms(self) -> int:
        """Where the sound in it begins, rounded down."""
        return max(0, self.first - HEADER_BYTES) // FRAME_BYTES * 1_000 // SAMPLE_RATE

    @property
    def to_ms(self) -> int:
        """Where the sound in it ends, rounded up; `from_ms` where it holds none."""
        frames = -(-max(0, self.last + 1 - HEADER_BYTES) // FRAME_BYTES)
        return -(-frames * 1_000 // SAMPLE_RATE)


def samples_of(manifest: Manifest) -> int:
    """How long the segment is, in samples: as its longer direction."""
    return max(manifest.rx.samples, manifest.tx.samples)


def duration_ms(manifest: Manifest) -> int:
    """How long the segment is, rounded up."""
    return -(-samples_of(manifest) * 1_000 // SAMPLE_RATE)


def size_of(manifest: Manifest) -> int:
    """How many bytes the file has."""
    return HEADER_BYTES + samples_of(manifest) * FRAME_BYTES


def stretch_of(asked: str | None, size: int) -> Stretch | None:
    """The stretch that a `Range` header names, as much of it as is given at once; None: it names none that can be given.

    One range from a place on is understood; several at once, from the end, or none at all is not (RFC 9110, 14.2).
    """
    found = _RANGE.fullmatch(asked or "")
    if found is None:
        return None
    first = int(found[1])
    last = min(int(found[2]) if found[2] else size - 1, size - 1)
    if first > last:
        return None
    return Stretch(first, min(last, first + LONGEST_STRETCH - 1))


def heard(sound: Opened, manifest: Manifest, stretch: Stretch) -> bytes:
    """The bytes of that stretch of the file. Raises `ObjectDamaged`."""
    begin = max(0, stretch.first - HEADER_BYTES) // FRAME_BYTES
    end = -(-max(0, stretch.last + 1 - HEADER_BYTES) // FRAME_BYTES)
    rx_bytes = manifest.rx.samples * SAMPLE_BYTES
    left = _samples(sound, 0, manifest.rx.samples, begin, end)
    right = _samples(sound, rx_bytes, manifest.tx.samples, begin, end)
    frames = array("h", bytes((end - begin) * FRAME_BYTES))
    frames[0::2], frames[1::2] = left, right
    _lay_tones(frames, begin)
    data = _little(frames).tobytes()
    if stretch.first < HEADER_BYTES:
        return (_header(samples_of(manifest)) + data)[stretch.first : stretch.last + 1]
    offset = (stretch.first - HEADER_BYTES) % FRAME_BYTES
    return data[offset : offset + stretch.length]


def _samples(sound: Opened, place: int, there: int, begin: int, end: int) -> "array[int]":
    """Samples `begin` to `end` of the direction that stands at that place; silence where it is over."""
    last = min(end, there)
    data = sound.read_at(place + begin * SAMPLE_BYTES, (last - begin) * SAMPLE_BYTES) if begin < last else b""
    return _little(array("h", data + bytes((end - begin) * SAMPLE_BYTES - len(data))))


def _lay_tones(frames: "array[int]", begin: int) -> None:
    end = begin + len(frames) // 2
    for start in range(begin // TONE_EVERY * TONE_EVERY, end, TONE_EVERY):
        for place in range(max(begin, start), min(end, start + TONE_SAMPLES)):
            for at in (2 * (place - begin), 2 * (place - begin) + 1):
                frames[at] = max(-_LIMIT - 1, min(_LIMIT, frames[at] + _TONE[place - start]))


def _little(samples: "array[int]") -> "array[int]":
    """From this machine's order of bytes into the file's, and back."""
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _header(samples: int) -> bytes:
    size = samples * FRAME_BYTES
    form = (1, 2, SAMPLE_RATE, SAMPLE_RATE * FRAME_BYTES, FRAME_BYTES, 8 * SAMPLE_BYTES)
    return _HEADER.pack(b"RIFF", HEADER_BYTES - 8 + size, b"WAVE", b"fmt ", 16, *form, b"data", size)
