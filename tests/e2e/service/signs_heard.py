"""A phone outside that keeps every sample it hears, and what of it is the sign of a recording."""

import asyncio
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.sip_message import Address
from fernamt.demo.tones import to_alaw
from tests.e2e.asterisk.counted_sound import RATE, SAMPLES, Sound
from tests.e2e.asterisk.tone_code import Wave

BEEP_HZ, BEEP_S = 1_400, 0.2
STEP = SAMPLES // 2
_LEAST = 300.0
"""Amplitude from which on the tone of the beep is one: a fifteenth of the beep's own."""
_LINEAR = np.zeros(256)
for _sample in range(-32_768, 32_768, 16):
    _LINEAR[to_alaw(_sample)] = _sample


def linear(coded: bytes) -> Wave:
    """The samples of A-law, 16 bits each."""
    return _LINEAR[np.frombuffer(coded, np.uint8)]


@dataclass(frozen=True, slots=True)
class Beep:
    """One tone that was heard, in seconds from the first sample."""

    begins_s: float
    length_s: float


def beeps(said: Wave) -> list[Beep]:
    """Each stretch in which the tone of the beep is heard, beside whatever else is."""
    window = np.hanning(SAMPLES * 2)
    turn = np.exp(-2j * np.pi * BEEP_HZ * np.arange(SAMPLES * 2) / RATE) * window / window.sum() * 2
    begins = range(0, len(said) - len(turn), STEP)
    is_on = [bool(abs(np.dot(said[begin : begin + len(turn)], turn)) > _LEAST) for begin in begins]
    edges = np.flatnonzero(np.diff([False, *is_on, False]))
    # A window is as long as four steps: what is in it began, at the latest, in its middle.
    ways = zip(edges[::2], edges[1::2], strict=True)
    return [Beep((first + 2) * STEP / RATE, (last - first) * STEP / RATE) for first, last in ways]


class Ear(Sound):
    """Speaks a tone, and keeps what it hears in the time of the stream."""

    def __init__(self, tone_hz: int) -> None:
        super().__init__(tone_hz)
        self._packets: dict[int, bytes] = {}
        self._began: dict[int, float] = {}

    def datagram_received(self, data: bytes, addr: Address) -> None:
        super().datagram_received(data, addr)
        at = int.from_bytes(data[4:8])
        self._packets[at], self._began[at] = data[12:], time.time()

    def stream(self) -> Wave:
        """All of it; silence where nothing came."""
        first = min(self._packets)
        said = np.zeros(max(self._packets) - first + SAMPLES)
        for at, coded in self._packets.items():
            said[at - first : at - first + len(coded)] = linear(coded)
        return said

    def at(self, second: float) -> float:
        """When that place of what was heard came in, by the clock of the machine."""
        wanted = min(self._packets) + round(second * RATE)
        return self._began[min(self._began, key=lambda at: abs(at - wanted))]


@asynccontextmanager
async def an_ear(tone_hz: int) -> AsyncIterator[Ear]:
    """It has a socket, and is silent until it is told to speak."""
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_datagram_endpoint(lambda: Ear(tone_hz), local_addr=("127.0.0.1", 0))
    try:
        yield ear
    finally:
        ear.stop()


def kept_by_phone(file: Path) -> Wave:
    """What an agent's phone has heard in its call; the file may still be growing."""
    raw = file.read_bytes()[44:]
    return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float64)


def of_wav(file: Path) -> Wave:
    """The samples of a file that is closed."""
    with wave.open(str(file)) as opened:
        return np.frombuffer(opened.readframes(opened.getnframes()), "<i2").astype(np.float64)


def likeness(heard: Wave, sound: Wave, piece_s: float = 0.25) -> list[float]:
    """How much of each piece of the sound was heard, one after the other, where its whole is found; 1: all of it."""
    found = np.fft.irfft(np.fft.rfft(heard, n := 1 << (len(heard) + len(sound)).bit_length()) * np.conj(np.fft.rfft(sound, n)), n)
    begin = int(np.argmax(found[: len(heard)]))
    length, parts = round(piece_s * RATE), []
    for place in range(0, len(sound) - length + 1, length):
        piece, there = sound[place : place + length], heard[begin + place : begin + place + length]
        power = float(np.dot(piece, piece))
        if power > length * 200.0**2:
            parts.append(float(np.dot(piece[: len(there)], there)) / power)
    return parts
