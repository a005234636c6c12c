"""Who hears whom: everybody speaks with a tone of their own, and phones keep what they hear."""

import asyncio

import numpy as np

from fernamt.demo.phones import Phone
from tests.e2e.test_phones import heard

CALLER, ANNA, BEN, OUTSIDER = 1_130, 620, 1_740, 2_310
TONES = {CALLER: "caller", ANNA: "anna", BEN: "ben", OUTSIDER: "outsider"}


def who_is_heard(phone: Phone) -> set[str]:
    """By the last half second; "silence" and "music" are nobody."""
    sound = heard(phone)
    if len(sound) < 4_000 or np.abs(sound).max() < 300:
        return {"silence"}
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    frequencies = np.fft.rfftfreq(len(sound), 1 / 8_000)
    found, rest = set(), spectrum.copy()
    for tone_hz, name in TONES.items():
        near = np.abs(frequencies - tone_hz) < 12
        if spectrum[near].max() > 0.2 * spectrum.max():
            found.add(name)
        rest[np.abs(frequencies - tone_hz) < 40] = 0
    return found if found and rest.max() < 0.5 * spectrum.max() else {"music"} | found


async def is_heard(phone: Phone, whom: str) -> bool | None:
    """None: not yet."""
    return True if whom in await asyncio.to_thread(who_is_heard, phone) else None
