"""What people and machines say when they answer, made here: voice-like words, breaths, beeps; and our own announcements.

None of it was recorded from anybody. What a detector makes of these sounds says what it makes of these sounds, and no more.
"""

import math
import random
from functools import cache
from pathlib import Path

from tests.e2e.asterisk.counted_sound import RATE, a_law

SOUNDS = Path(__file__).parents[3] / "asterisk-conf" / "sounds"
_LOUD = 1_400
"""Of 4,095: an ordinary voice on the line."""


@cache
def silence(seconds: float, *, noise: int = 3, seed: int = 1) -> bytes:
    """A line on which nobody speaks; `noise` is the hiss of it."""
    chance = random.Random(seed)
    return bytes(a_law(chance.randint(-noise, noise)) for _ in range(int(seconds * RATE)))


@cache
def words(seconds: float, *, pitch_hz: float = 130, loudness: int = _LOUD, seed: int = 1) -> bytes:
    """Somebody speaks for so long: syllables of a fifth of a second, four harmonics, hardly a gap between them."""
    chance = random.Random(seed)
    parts = [(1.0, 1), (0.7, 2), (0.5, 4), (0.3, 9)]
    total = int(seconds * RATE)
    lengths: list[int] = []
    while sum(lengths) < total:
        lengths.append(int(RATE * chance.uniform(0.14, 0.26)))
    said: list[int] = []
    for length in lengths:
        pitch = pitch_hz * chance.uniform(0.9, 1.15)
        for place in range(length):
            envelope = math.sin(math.pi * place / length) ** 0.5
            turn = 2 * math.pi * pitch * place / RATE
            sample = sum(share * math.sin(turn * harmonic) for share, harmonic in parts) / 2.5
            said.append(a_law(round(loudness * envelope * sample)))
    return bytes(said[:total])


@cache
def beep(seconds: float = 0.5, hz: float = 1_000) -> bytes:
    """The tone after which a machine records."""
    turn = 2 * math.pi * hz / RATE
    return bytes(a_law(round(_LOUD * math.sin(turn * place))) for place in range(int(seconds * RATE)))


def click() -> bytes:
    """The receiver is lifted."""
    return words(0.06, pitch_hz=400, loudness=900)


def announcement(name: str, language: str = "de") -> bytes:
    """One of our own, spoken by a machine for a machine."""
    return (SOUNDS / language / "fernamt" / f"{name}.alaw").read_bytes()


def persons() -> dict[str, bytes]:
    """People who answer, and wait for an answer."""
    return {
        "hello at once": words(0.4),
        "hello after a second": silence(1.0) + words(0.4),
        "hello after three seconds": silence(3.0) + words(0.5, pitch_hz=210),
        "a name": silence(0.4) + words(0.9, pitch_hz=200),
        "a name, very low": silence(0.4) + words(0.9, loudness=250),
        "a firm and a name": silence(0.5) + words(1.4) + silence(0.3) + words(1.2, seed=2),
        "a long firm": silence(0.8) + words(2.9, pitch_hz=190),
        "hello, and once more": silence(0.5) + words(0.4) + silence(1.6) + words(0.6, seed=3),
        "the receiver, then hello": click() + silence(0.9) + words(0.5),
        "nothing at all": silence(9.0),
        "a noisy street, hello": silence(0.6, noise=25) + words(0.5) + silence(5.0, noise=25),
        "yes, spoken": silence(0.5) + announcement("available"),
        "a child, high": silence(0.3) + words(0.7, pitch_hz=320),
    }


def machines() -> dict[str, bytes]:
    """Machines that answer, and speak to their end."""
    breathing = words(1.6) + silence(0.35) + words(2.1, seed=2) + silence(0.5) + words(2.4, seed=3)
    return {
        "eight seconds and a beep": silence(0.5) + words(8.0) + silence(0.4) + beep(),
        "after two seconds": silence(2.0) + words(7.0, pitch_hz=200) + beep(),
        "with breaths": silence(0.7) + breathing + beep(),
        "very low": silence(0.5) + words(7.0, loudness=250) + beep(0.8, hz=440),
        "a network's, with a tone first": beep(0.3, hz=950) + silence(0.2) + words(6.5, pitch_hz=180),
        "a spoken one, short": silence(0.6) + announcement("unavailable"),
        "a spoken one, long": silence(1.0) + announcement("callback-type"),
        "a spoken one, closed": announcement("closed"),
        "a spoken one, english": silence(0.4) + announcement("callback-confirm", "en"),
        "a woman's, quick": silence(0.4) + words(5.5, pitch_hz=230, seed=7) + beep(),
    }
