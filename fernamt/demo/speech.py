"""Speech-like sound for agents and callers of the demo: syllables, words and pauses without a meaning, one voice a seed."""

import array
import math
import random
import wave
from pathlib import Path

RATE = 8_000
_PHRASES_S = 10
_REPEATED = 36
"""A phone hangs up at the end of its file, so the file outlasts every call of the demo."""
_FORMANTS_HZ = ((700, 1_100), (400, 2_000), (300, 2_300), (450, 900), (350, 800))
"""First and second resonance of the vowels a, e, i, o, u, roughly; after the classic tables of phonetics."""
_LEVEL = 7_000


def write_speech(path: Path, *, seed: int) -> None:
    """The file is a WAV of six minutes, 8 kHz mono, with one voice's murmur; an existing one is left as it is."""
    if path.exists():
        return
    phrases = _phrases(random.Random(seed))  # noqa: S311 - a voice is no secret
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with wave.open(str(beside), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        for _ in range(_REPEATED):
            file.writeframes(phrases)
    beside.replace(path)


def _phrases(chance: random.Random) -> bytes:
    """Ten seconds of phrases: a few words, then a breath."""
    pitch_hz = chance.uniform(95, 220)
    samples: list[int] = []
    while len(samples) < _PHRASES_S * RATE:
        for _ in range(chance.randint(3, 9)):
            for _ in range(chance.randint(1, 3)):
                samples.extend(_syllable(chance, pitch_hz))
            samples.extend(_silence(chance.uniform(0.03, 0.12)))
        samples.extend(_silence(chance.uniform(0.4, 1.3)))
    return array.array("h", samples[: _PHRASES_S * RATE]).tobytes()


def _silence(seconds: float) -> list[int]:
    return [0] * int(seconds * RATE)


def _syllable(chance: random.Random, pitch_hz: float) -> list[int]:
    """A hiss where a consonant would be, then a vowel that swells and fades, its pitch falling a little."""
    samples = [int(chance.gauss(0, 0.04) * _LEVEL) for _ in range(int(chance.uniform(0.01, 0.05) * RATE))]
    formants = chance.choice(_FORMANTS_HZ)
    start_hz = pitch_hz * chance.uniform(0.9, 1.2)
    harmonics = [(n, _loudness(n * start_hz, formants)) for n in range(1, int(3_400 / start_hz) + 1)]
    harmonics = [(n, level) for n, level in harmonics if level > 0.02]
    length, phase = int(chance.uniform(0.09, 0.22) * RATE), 0.0
    for at in range(length):
        phase += 2 * math.pi * start_hz * (1 - 0.15 * at / length) / RATE
        swell = math.sin(math.pi * at / length) ** 0.7
        value = sum(level * math.sin(n * phase) for n, level in harmonics)
        samples.append(max(-32_767, min(32_767, int(_LEVEL * swell * value))))
    return samples


def _loudness(hz: float, formants: tuple[int, int]) -> float:
    return sum(weight / (1 + ((hz - formant) / 120) ** 2) for formant, weight in zip(formants, (1.0, 0.5), strict=True))
