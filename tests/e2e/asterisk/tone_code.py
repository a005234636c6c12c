"""A code of tones that changes every 100 ms, and what a recorded file holds of it: which 20 ms of whom, and where.

Each side speaks eight tones at once, whose heights and phases follow from who speaks and from the number of the slot: no slot is
like another. What is found in a file is found by likeness of the wave itself, so its place is known to the sample, and each
packet of 20 ms within a slot is looked for by itself.
"""

import random
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]
RATE = 8_000
SLOT, PACKET = 800, 160
PACKETS = SLOT // PACKET
"""A slot's."""
APART = 25 * PACKET
"""Samples by which the two files may differ in length: their snoops are told to stop one after the other, on a busy machine."""
_LOUD = 1_400
_LIKE = 0.7
"""A correlation of two slots of different numbers stays far below; of a slot coded, lost in part and decoded, above."""
_LIKE_NEAR, _NEAR = 0.4, 2_000
"""Of a slot mostly lost, and how many samples from its neighbours' place it is looked for."""
_FAR = 8_000
"""So many samples from its neighbours' place a slot is another's likeness: a few of so many thousand pairs have one."""
ZERO = 40.0
"""Root of the mean square below which a place holds no code."""
_PIECE = 20
"""Samples that are silent together, or not."""


@cache
def spoken(party: str, slots: int) -> Wave:
    """What that party says from its first sample on: 16-bit samples at 8 kHz."""
    return np.concatenate([_slot(party, number) for number in range(slots)])


@cache
def _slot(party: str, number: int) -> Wave:
    chance = random.Random(f"{party}/{number}")
    time = np.arange(SLOT) / RATE
    heights = chance.sample(range(350, 3_200, 30), 8)
    return sum((_LOUD * np.sin(2 * np.pi * hz * time + chance.uniform(0, 6.28)) for hz in heights), np.zeros(SLOT))


def packets_of_sound(recorded: Wave) -> float:
    """How many packets' worth of it is not silent, whoever's it is."""
    pieces = recorded[: len(recorded) // _PIECE * _PIECE].reshape(-1, _PIECE)
    return float((np.sqrt((pieces**2).mean(axis=1)) > ZERO).sum()) * _PIECE / PACKET


@dataclass(frozen=True)
class Heard:
    """What a file holds of one party's code."""

    seconds: float
    places: dict[int, int]
    """The number of each packet that is on it, and the sample it begins at; before the file's first sample for one cut there."""
    shift: float
    """Samples between the code's beginning and the file's, the median of all slots."""
    drift_ms: float
    """The most that any slot stands away from that."""
    recorded: Wave
    """All of the file's samples."""

    def slots(self) -> set[int]:
        """Those of which at least one packet is on it."""
        return {number // PACKETS for number in self.places}


def samples_of(file: Path) -> Wave:
    """The samples of a mono file of 16 bits at 8 kHz."""
    with wave.open(str(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, RATE)
        return np.frombuffer(opened.readframes(opened.getnframes()), dtype="<i2").astype(np.float64)


def heard(recorded: Wave, party: str, slots: int, first: int = 0) -> Heard:
    """Which packets of the party's slots are on the recording, of those from `first` to before `slots`."""
    padded = np.concatenate([np.zeros(SLOT), recorded, np.zeros(SLOT)])
    energy = np.concatenate([[0.0], np.cumsum(padded**2)])
    size = 1 << (len(padded) + SLOT).bit_length()
    spectrum = np.fft.rfft(padded, size)
    likeness = {}
    for number in range(first, slots):
        code = _slot(party, number)
        product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(code, size)), size)[: len(padded) - SLOT + 1]
        level = np.sqrt(np.maximum(energy[SLOT:] - energy[:-SLOT], SLOT * ZERO**2 / 10)) * np.sqrt((code**2).sum())
        likeness[number] = product / level
    shifts = {number: int(np.argmax(each)) - SLOT - number * SLOT for number, each in likeness.items() if each.max() > _LIKE}
    if not shifts:
        return Heard(len(recorded) / RATE, {}, 0.0, 0.0, recorded)
    shift = float(np.median(list(shifts.values())))
    shifts = {number: each for number, each in shifts.items() if abs(each - shift) <= _FAR}
    for number in set(range(first, slots)) - set(shifts):
        place = round(shift) + (number + 1) * SLOT
        begin = max(0, place - _NEAR)
        near = likeness[number][begin : max(0, place + _NEAR)]
        if len(near) and near.max() > _LIKE_NEAR:
            shifts[number] = begin + int(np.argmax(near)) - SLOT - number * SLOT
    drift = max(abs(each - shift) for each in shifts.values())
    return Heard(len(recorded) / RATE, _packets(recorded, party, shifts), shift, drift / RATE * 1_000, recorded)


def _packets(recorded: Wave, party: str, shifts: dict[int, int]) -> dict[int, int]:
    """Each packet where its slot is, or the one before or after it: between them the time may have moved."""
    places = {}
    first, last = min(shifts) - 1, max(shifts) + 1
    for number in range(max(0, first) * PACKETS, (last + 1) * PACKETS):
        slot = number // PACKETS
        code = _slot(party, slot)[number % PACKETS * PACKET :][:PACKET]
        for shift in dict.fromkeys(shifts[near] for near in (slot, slot - 1, slot + 1) if near in shifts):
            place = number * PACKET + shift
            here = recorded[max(0, place) : max(0, place + PACKET)]
            if len(here) < PACKET or np.sqrt((here**2).mean()) < ZERO:
                continue
            if float((here * code).sum()) > _LIKE * float(np.sqrt((here**2).sum() * (code**2).sum())):
                places[number] = place
                break
    return places
