"""Masks are where the sound is silent: found by their length and place, and left as told where nothing shows them."""

import pytest

from recording.vault.manifest import CUT_SAMPLES, Stretch
from recording.vault.sealing import Vault
from recording.vault.silences import NEAR_MS, Frames, Silences, in_both, placed
from tests.recorded import STOPPED_AT, a_segment, a_vault, record

FRAME = 320
ZERO, LOUD = bytes(FRAME), b"\x01" * FRAME


def mask(from_ms: int, to_ms: int) -> Stretch:
    return Stretch(from_ms=from_ms, to_ms=to_ms, why="masked")


def frames(*stretches: tuple[int, int]) -> list[Frames]:
    """Of milliseconds."""
    return [(begin // 20, end // 20) for begin, end in stretches]


def sound(*silent: tuple[int, int], lasts_ms: int = 6_000) -> bytes:
    """A direction with these stretches of silence."""
    return b"".join(ZERO if any(a <= at < b for a, b in silent) else LOUD for at in range(0, lasts_ms, 20))


@pytest.mark.parametrize("piece", [1, 319, 320, 777, 1 << 20])
def test_silent_frames_are_found_however_the_sound_is_cut_into_pieces(piece: int) -> None:
    silences, heard = Silences(), sound((100, 300), (400, 420), (5_980, 6_000))[CUT_SAMPLES * 2 :]
    for begin in range(0, len(heard), piece):
        silences.take(heard[begin : begin + piece])
    assert silences.found == frames((100, 300), (400, 420), (5_980, 6_000))


def test_a_frame_with_a_single_sample_in_it_is_not_silent() -> None:
    silences = Silences()
    silences.take(ZERO + ZERO[:-1] + b"\x01" + ZERO)
    assert silences.found == [(2, 3), (4, 5)]


def test_silent_is_where_both_are() -> None:
    one, other = frames((100, 500), (600, 700), (900, 1_000)), frames((0, 200), (300, 620), (660, 680), (700, 900))
    assert list(in_both(one, other)) == frames((100, 200), (300, 500), (600, 620), (660, 680))


@pytest.mark.parametrize(
    ("told", "silent", "missing_ms", "found"),
    [
        ([(1_507, 3_704)], [(1_500, 3_700)], 0, [(1_500, 3_700)]),
        ([(1_507, 3_704)], [(1_120, 3_320)], 380, [(1_120, 3_320)]),
        ([(9_000, 11_000)], [(5_000, 7_000)], 4_000, [(5_000, 7_000)]),
        ([(1_500, 3_700)], [(100, 180), (1_120, 3_320), (3_400, 3_440)], 380, [(1_120, 3_320)]),
        ([(2_000, 3_000)], [(1_000, 1_500), (2_100, 3_080)], 0, [(2_100, 3_080)]),
        ([(1_500, 3_700)], [(1_120, 2_920)], 861, [(1_120, 2_920)]),
        ([(1_000, 2_000), (2_500, 3_500)], [(600, 1_600), (2_100, 3_100)], 400, [(600, 1_600), (2_100, 3_100)]),
        ([(1_000, 2_000), (2_000, 3_000)], [(1_000, 2_000)], 0, [(1_000, 2_000), (2_000, 3_000)]),
    ],
)
def test_a_mask_is_the_silence_that_is_most_like_it(
    told: list[tuple[int, int]], silent: list[tuple[int, int]], missing_ms: int, found: list[tuple[int, int]]
) -> None:
    assert placed([mask(*each) for each in told], frames(*silent), missing_ms) == tuple(mask(*each) for each in found)


@pytest.mark.parametrize(
    "silent",
    [(), ((0, 6_000 + NEAR_MS + 20),), ((4_000, 4_480),), ((0, 480), (5_600, 6_000)), ((2_000 - NEAR_MS - 20, 4_000),)],
    ids=["no silence", "nothing but silence", "too short", "elsewhere", "begins too early"],
)
def test_one_whose_edges_nothing_shows_stays_where_it_was_told(silent: tuple[tuple[int, int], ...]) -> None:
    assert placed([mask(2_000, 4_000)], frames(*silent), 0) == (mask(2_000, 4_000),)


@pytest.mark.parametrize("missing_ms", [0, 380])
def test_what_is_sealed_tells_where_its_masks_are(tmp_path_factory: pytest.TempPathFactory, missing_ms: int) -> None:
    vault: Vault = a_vault(tmp_path_factory.mktemp("vault"))
    segment = a_segment(masks=(mask(1_507, 3_704),), missing_ms=missing_ms)
    began, ended = 1_500 - missing_ms, 3_700 - missing_ms
    record(vault.spool, segment.segment_id, sound((began - 40, ended)), sound((began, ended + 60)))
    assert vault.stage(segment, STOPPED_AT).manifest.segment.masks == (mask(began, ended),)
