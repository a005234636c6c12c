"""A segment as it is heard: which bytes a range gives, what is in them, and how loud it is place by place."""

import io
import wave
from array import array
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.vault.heard import (
    LONGEST_STRETCH,
    TONE_EVERY,
    TONE_SAMPLES,
    Stretch,
    duration_ms,
    heard,
    size_of,
    stretch_of,
)
from recording.vault.manifest import CUT_SAMPLES, Manifest
from recording.vault.peaks import MOST, peaks
from recording.vault.sealing import Vault
from tests.recorded import a_segment, a_vault, sealed_segment

LOUD, SOFT = 12_000, 3_000


def level(samples: int, height: int) -> bytes:
    return array("h", [height] * (samples + CUT_SAMPLES)).tobytes()


def a_sealed(vault: Vault, rx: bytes, tx: bytes) -> Manifest:
    return sealed_segment(vault, a_segment("heard"), rx, tx)


def of(vault: Vault, manifest: Manifest, stretch: Stretch) -> bytes:
    with closing(vault.objects.open("heard")) as source:
        return heard(vault.opened(manifest, source), manifest, stretch)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return a_vault(tmp_path)


def test_the_whole_is_a_stereo_file_of_both_directions(vault: Vault) -> None:
    manifest = a_sealed(vault, level(20_000, LOUD), level(16_000, -SOFT))
    size = size_of(manifest)
    assert size == 44 + 4 * 20_000
    assert duration_ms(manifest) == 2_500
    with wave.open(io.BytesIO(of(vault, manifest, Stretch(0, size - 1)))) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth(), file.getnframes()) == (2, 8_000, 2, 20_000)
        frames = array("h", file.readframes(20_000))
    assert set(frames[2 * TONE_SAMPLES :: 2]) == {LOUD}
    assert set(frames[2 * TONE_SAMPLES + 1 : 32_000 : 2]) == {-SOFT}
    assert set(frames[32_001::2]) == {0}


def test_a_soft_tone_tells_what_was_heard_here_from_what_was_released(vault: Vault) -> None:
    manifest = a_sealed(vault, level(TONE_EVERY + 9_000, 0), level(TONE_EVERY + 9_000, 32_767))
    frames = array("h", of(vault, manifest, Stretch(44, size_of(manifest) - 1)))
    for begin in (0, TONE_EVERY):
        laid = frames[2 * begin : 2 * (begin + TONE_SAMPLES) : 2]
        assert 400 < max(laid) <= 700
        assert -700 <= min(laid) < -400
    assert max(frames[1::2]) == 32_767
    assert set(frames[2 * TONE_SAMPLES : 2 * TONE_EVERY : 2]) == {0}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bytes=0-", Stretch(0, 999)),
        ("bytes=0-0", Stretch(0, 0)),
        ("bytes=10-19", Stretch(10, 19)),
        ("bytes=999-999", Stretch(999, 999)),
        ("bytes=990-5000", Stretch(990, 999)),
        ("bytes=999-", Stretch(999, 999)),
        ("bytes=1000-", None),
        ("bytes=20-10", None),
        ("bytes=-5", None),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1, 5-6", None),
        ("bytes = 0-1", None),
        ("items=0-1", None),
        ("bytes=0x10-", None),
        ("bytes=" + "9" * 13 + "-", None),
        ("bytes=٠-", None),
        ("bytes=0-\n", None),
        ("", None),
        (None, None),
    ],
)
def test_one_range_is_understood_and_nothing_else(asked: str | None, found: Stretch | None) -> None:
    assert stretch_of(asked, 1_000) == found


def test_no_answer_is_longer_than_the_longest_stretch() -> None:
    size = 10 * LONGEST_STRETCH
    assert LONGEST_STRETCH == 10 * 8_000 * 4
    assert stretch_of("bytes=0-", size) == Stretch(0, LONGEST_STRETCH - 1)
    assert stretch_of(f"bytes=7-{6 + LONGEST_STRETCH}", size) == Stretch(7, 6 + LONGEST_STRETCH)
    assert stretch_of(f"bytes=7-{7 + LONGEST_STRETCH}", size) == Stretch(7, 6 + LONGEST_STRETCH)


@pytest.mark.parametrize(
    ("stretch", "told"),
    [
        (Stretch(0, 43), (0, 0)),
        (Stretch(0, 44), (0, 1)),
        (Stretch(44, 75), (0, 1)),
        (Stretch(44, 76), (0, 2)),
        (Stretch(75, 76), (0, 2)),
        (Stretch(76, 79), (1, 2)),
        (Stretch(44 + 32_000, 44 + 64_000 - 1), (1_000, 2_000)),
    ],
)
def test_the_stretch_that_is_put_on_record_covers_every_sample_in_it(stretch: Stretch, told: tuple[int, int]) -> None:
    assert (stretch.from_ms, stretch.to_ms) == told


@given(st.integers(0, 100_000), st.integers(1, 5_000))
def test_every_byte_lies_within_the_range_that_is_told(first: int, length: int) -> None:
    stretch = Stretch(first, first + length - 1)
    for place in (stretch.first, stretch.last):
        if place >= 44:
            sample_ms = (place - 44) // 4 * 1_000 / 8_000
            assert stretch.from_ms <= sample_ms < stretch.to_ms


def test_pieces_of_any_size_are_the_bytes_of_the_whole(vault: Vault) -> None:
    manifest = a_sealed(vault, level(TONE_EVERY + 500, LOUD), level(TONE_EVERY, -SOFT))
    size = size_of(manifest)
    whole = of(vault, manifest, Stretch(0, size - 1))
    assert len(whole) == size
    for step in (1_001, 65_536, 99_999):
        pieces = [of(vault, manifest, Stretch(first, min(first + step, size) - 1)) for first in range(0, size, step)]
        assert b"".join(pieces) == whole
    assert of(vault, manifest, Stretch(0, 0)) == b"R"
    assert of(vault, manifest, Stretch(43, 45)) == whole[43:46]


def test_peaks_tell_how_loud_either_direction_is(vault: Vault) -> None:
    manifest = a_sealed(vault, level(8_000, 16_384) + level(8_000, 0)[2 * CUT_SAMPLES :], level(12_000, -32_768))
    with closing(vault.objects.open("heard")) as source:
        sound = vault.opened(manifest, source)
        rx, tx = peaks(sound, manifest, 4)
        assert (rx, tx) == ([50, 50, 0, 0], [100, 100, 100, 0])
        assert len(peaks(sound, manifest, 100_000)[0]) <= MOST
        assert peaks(sound, manifest, 1) == ([50], [100])
        assert peaks(sound, manifest, 0) == ([50], [100])


def test_a_segment_without_sound_is_a_file_without_sound(vault: Vault) -> None:
    manifest = a_sealed(vault, b"", b"")
    assert size_of(manifest) == 44
    assert duration_ms(manifest) == 0
    assert len(of(vault, manifest, Stretch(0, 43))) == 44
    with closing(vault.objects.open("heard")) as source:
        assert peaks(vault.opened(manifest, source), manifest, 10) == ([], [])
