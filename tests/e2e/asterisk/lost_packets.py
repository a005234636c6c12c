"""What stands on a file where packets were lost: silence, and after it, with Opus, what the switch made up.

A snoop is silent where no packet came. Debian's Asterisk has Opus' decoder make up what was lost, when the next packet shows
that it was (its patch 2016_opus_plc); of all the frames that come of it at once an audiohook takes the first (main/audiohook.c,
main/slinfactory.c). So the first packet of a run of lost ones stands, made up, where the packet after the run belongs, and
that one is on no file. What is made up follows from all that the decoder has had, and no two versions of the library make up
the same: the one that the switch has loaded says what has to be there, fed as codec_opus_open_source.c feeds it.
"""

import ctypes
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.asterisk.tone_code import PACKET, RATE, ZERO, Heard, Wave

LIKE = 0.9
"""What another library makes up, or this one of other packets, stays below; what is on a file is at 0.99."""
_EARLY = 64
"""Samples by which a decoder's packet may begin before the code's own: Opus looks ahead, and resampling takes its time."""
_SURE = slice(10, 90)
"""Of the samples of a lost packet's place, those that are silent with every codec: before and after them others still ring."""
_NEAR = 6
"""Packets within which others are looked for that say where a lost one belongs."""


class OpusDecoder:
    """Of a library: packet by packet what it hears at 8 kHz, or makes up."""

    def __init__(self, library: ctypes.CDLL) -> None:
        error = ctypes.c_int()
        library.opus_decoder_create.restype = ctypes.c_void_p
        self._library, self._room = library, ctypes.create_string_buffer(2 * PACKET)
        self._state = ctypes.c_void_p(library.opus_decoder_create(RATE, 1, ctypes.byref(error)))
        assert error.value == 0, f"libopus: {error.value}"

    def __del__(self) -> None:
        self._library.opus_decoder_destroy(self._state)

    def hears(self, packet: bytes | None) -> Wave:
        """Of None: what was lost, made up."""
        length = self._library.opus_decode(self._state, packet, len(packet or b""), self._room, PACKET, 0)
        assert length == PACKET, f"libopus: {length}"
        return np.frombuffer(self._room.raw, dtype="<i2").astype(np.float64)


def opus_of(process: int) -> ctypes.CDLL:
    """The libopus that the process has loaded. The test is skipped where it cannot be loaded into this one."""
    maps = Path(f"/proc/{process}/maps").read_text().splitlines()
    path = next(line.split(maxsplit=5)[-1] for line in maps if "/libopus.so" in line)
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        return pytest.skip(f"nobody here knows what the switch made up, its {path} is for another system: {error}")


def made_up(library: ctypes.CDLL, packets: Sequence[bytes], came: Collection[int], numbers: Iterable[int]) -> dict[int, Wave]:
    """What a switch has instead of each packet that came after lost ones; of the numbers in turn, the first of which came."""
    decoder, run, sounds = OpusDecoder(library), list[Wave](), dict[int, Wave]()
    for number in numbers:
        if number not in came:
            run.append(decoder.hears(None))
            continue
        if run:
            sounds[number] = run[0]
            decoder.hears(None)  # codec_opus_open_source.c makes up one more before it goes on
            run.clear()
        decoder.hears(packets[number])
    return sounds


def replaced(on_file: Heard, sounds: dict[int, Wave]) -> set[int]:
    """The packets in whose place that sound stands, and not they."""
    return {number for number, sound in sounds.items() if number not in on_file.places and _stands(on_file, number, sound)}


def not_silent(on_file: Heard, lost: Collection[int], instead: Collection[int] = ()) -> set[int]:
    """The lost packets in whose place there is something; of those beside whom all is in its place, or made up `instead`."""
    known = set(on_file.places) | set(instead)
    alone = {number for number in lost if all(_beside(number, lost, step) in known for step in (-1, 1))}
    places = {number: place for number in alone if (place := place_of(on_file, number)) is not None}
    return {n for n, place in places.items() if np.sqrt((on_file.recorded[place:][_SURE] ** 2).mean()) > ZERO}


def _beside(number: int, lost: Collection[int], step: int) -> int:
    """The next one to that side which was not lost: late, it may stand where the lost one would."""
    while number in lost:
        number += step
    return number


def place_of(on_file: Heard, number: int) -> int | None:
    """Where a packet that is not on the file belongs; None where those before and after it tell two places, or none."""
    before = next((n for n in range(number - 1, number - _NEAR, -1) if n in on_file.places), None)
    after = next((n for n in range(number + 1, number + _NEAR) if n in on_file.places), None)
    if before is None or after is None:
        return None
    place, other = (on_file.places[near] + (number - near) * PACKET for near in (before, after))
    return place if abs(place - other) <= 1 else None


def _stands(on_file: Heard, number: int, sound: Wave) -> bool:
    place = place_of(on_file, number)
    if place is None:
        return False
    around = on_file.recorded[max(0, place - _EARLY) : place + PACKET]
    pieces = np.lib.stride_tricks.sliding_window_view(around, PACKET)
    levels = np.sqrt((pieces**2).sum(axis=1) * (sound**2).sum())
    return bool((pieces @ sound > LIKE * np.maximum(levels, PACKET * ZERO**2)).any())
