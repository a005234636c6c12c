"""Sound to speak with: a steady tone in A-law, as SIPp streams it."""

import math
from pathlib import Path

_RATE = 8000


def write_tone(path: Path, *, tone_hz: int, seconds: int = 1, level: float = 0.25) -> None:
    """The file holds that many whole seconds of the tone, A-law at 8 kHz without a header."""
    # Whole seconds of a whole number of Hertz repeat without a seam.
    samples = (round(32767 * level * math.sin(2 * math.pi * tone_hz * n / _RATE)) for n in range(_RATE * seconds))
    path.write_bytes(bytes(map(to_alaw, samples)))


def to_alaw(sample: int) -> int:
    """The A-law code (ITU-T G.711) of a 16-bit sample."""
    sign = 0x80 if sample >= 0 else 0x00
    magnitude = min(sample if sample >= 0 else -sample - 1, 32767) >> 4
    # The first two segments share one step size; from then on it doubles with each.
    segment = max(0, magnitude.bit_length() - 4)
    mantissa = (magnitude >> max(0, segment - 1)) & 0x0F
    return (sign | segment << 4 | mantissa) ^ 0x55
