"""The murmur that agents and callers of the demo speak with."""

import array
import wave
from pathlib import Path

from fernamt.demo.speech import RATE, write_speech


def samples(path: Path) -> array.array:  # type: ignore[type-arg]
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return array.array("h", file.readframes(file.getnframes()))


def test_a_voice_outlasts_every_call_and_has_pauses_and_sound(tmp_path: Path) -> None:
    write_speech(tmp_path / "a.wav", seed=1)
    heard = samples(tmp_path / "a.wav")
    tenths = [max(map(abs, heard[at : at + RATE // 10])) for at in range(0, 10 * RATE, RATE // 10)]
    assert len(heard) == 6 * 60 * RATE
    assert sum(level > 2_000 for level in tenths) > len(tenths) / 2
    assert sum(level == 0 for level in tenths) > len(tenths) / 20


def test_a_seed_is_a_voice_of_its_own(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_speech(tmp_path / f"{name}.wav", seed=seed)
    assert samples(tmp_path / "a.wav") == samples(tmp_path / "b.wav")
    assert samples(tmp_path / "a.wav") != samples(tmp_path / "c.wav")


def test_a_voice_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"mine")
    write_speech(tmp_path / "a.wav", seed=1)
    assert (tmp_path / "a.wav").read_bytes() == b"mine"
