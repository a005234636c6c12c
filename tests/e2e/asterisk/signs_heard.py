"""A phone outside that keeps every sample it hears, and what of it is the sign of a recording."""

import asyncio
import math
import secrets
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.sip_message import Address
from fernamt.demo.tones import to_alaw
from tests.e2e.asterisk.counted_sound import PACKET_S, RATE, SAMPLES, Sound
from tests.e2e.asterisk.tone_code import Wave
from tests.e2e.patience import soon

BEEP_HZ, BEEP_S = 1_400, 0.2
STEP = SAMPLES // 2
PIECE, NEAR = RATE // 10, RATE * 3 // 10
_LIKE, _LOUD = 0.7, 300.0
SPOKEN = 2_000
"""Amplitude of the tones that are spoken: less than a sign's, which has to be told from them."""
TORN_S = 0.3
"""So long a phone of a busy machine may fall silent in the middle of one."""
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
    tone_s: float
    """Of its length, without what a busy machine tore it apart by."""

    @property
    def is_whole(self) -> bool:
        """Neither cut at its ends nor left standing."""
        return self.tone_s >= BEEP_S - 0.05 and self.length_s <= BEEP_S + TORN_S


def beeps(said: Wave) -> list[Beep]:
    """Each stretch in which the tone of the beep is heard, beside whatever else is."""
    window = np.hanning(SAMPLES * 2)
    turn = np.exp(-2j * np.pi * BEEP_HZ * np.arange(SAMPLES * 2) / RATE) * window / window.sum() * 2
    begins = range(0, len(said) - len(turn), STEP)
    is_on = [bool(abs(np.dot(said[begin : begin + len(turn)], turn)) > _LEAST) for begin in begins]
    edges = np.flatnonzero(np.diff([False, *is_on, False]))
    found: list[Beep] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        # A window is as long as four steps: what is in it began, at the latest, in its middle.
        begins, ends = float(first + 2) * STEP / RATE, float(last + 2) * STEP / RATE
        tone_s = ends - begins
        if found and begins - found[-1].begins_s - found[-1].length_s < TORN_S:
            before = found.pop()
            begins, tone_s = before.begins_s, before.tone_s + tone_s
        found.append(Beep(begins, ends - begins, tone_s))
    return found


class Ear(Sound):
    """Speaks a tone, and keeps what it hears in the time of the stream."""

    def __init__(self, tone_hz: int) -> None:
        super().__init__(tone_hz)
        self._packets: dict[int, bytes] = {}
        self._began: dict[int, float] = {}
        self._came = asyncio.Event()

    async def _speak(self, to: Address) -> None:
        """A clean tone: the numbers that other sounds of ours begin their packets with would be heard as clicks."""
        loop, source, began_at = asyncio.get_running_loop(), secrets.token_bytes(4), asyncio.get_running_loop().time()
        turn = 2 * math.pi * self._tone_hz / RATE
        for number in range(1 << 16):
            head = b"\x80\x08" + number.to_bytes(2) + (number * SAMPLES).to_bytes(4) + source
            said = (to_alaw(round(SPOKEN * math.sin(turn * place))) for place in range(number * SAMPLES, (number + 1) * SAMPLES))
            self._transport.sendto(head + bytes(said), to)
            await asyncio.sleep(began_at + (number + 1) * PACKET_S - loop.time())

    def datagram_received(self, data: bytes, addr: Address) -> None:
        super().datagram_received(data, addr)
        at = int.from_bytes(data[4:8])
        self._packets[at], self._began[at] = data[12:], time.time()
        self._came.set()

    def stream(self) -> Wave:
        """All of it; silence where nothing came."""
        first = min(self._packets)
        said = np.zeros(max(self._packets) - first + SAMPLES)
        for at, coded in self._packets.items():
            said[at - first : at - first + len(coded)] = linear(coded)
        return said

    async def hears_on(self, seconds: float) -> None:
        """Returns once that much more of the stream has come, however long a busy machine takes for it."""
        enough = max(self._packets, default=0) + seconds * RATE
        while max(self._packets, default=0) < enough:
            self._came.clear()
            await soon(self._came.wait())

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


def is_whole(heard: Wave, sound: Wave) -> bool:
    """All of the sound was heard, its beginning and its end; a piece that a busy machine tore is let pass."""
    pieces = likeness(heard, sound)
    is_there = [each > _LIKE for each in pieces]
    has_ends = any(is_there[:2]) and any(is_there[-2:])
    return len(pieces) > 5 and has_ends and sum(is_there) >= len(pieces) * 0.85


def likeness(heard: Wave, sound: Wave) -> list[float]:
    """How much each loud tenth of a second of the sound is like what was heard near its place; 1: it is that."""
    begin, parts = int(np.argmax(_along(heard, sound))), []
    for place in range(0, len(sound) - PIECE + 1, PIECE):
        piece = sound[place : place + PIECE]
        near = heard[max(0, begin + place - NEAR) : begin + place + PIECE + NEAR]
        if np.sqrt(np.mean(piece**2)) > _LOUD and len(near) >= PIECE:
            parts.append(float(_along(near, piece).max() / np.dot(piece, piece)))
    return parts


def _along(heard: Wave, sound: Wave) -> Wave:
    """The likeness of both at each place of the first."""
    size = 1 << (len(heard) + len(sound)).bit_length()
    found = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound, size)), size)
    return found[: max(1, len(heard) - len(sound) + 1)]
