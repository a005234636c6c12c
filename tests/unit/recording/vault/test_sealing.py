"""Sealing step by step: what is proven is what was recorded, and nothing goes before it is safe."""

import os
import struct
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from recording.vault.canonical import decoded, encoded
from recording.vault.keys import KeyDestroyed
from recording.vault.manifest import CUT_SAMPLES, BadSegment, StoppedSegment
from recording.vault.sealing import SealingFailed, Vault
from recording.vault.wave import header
from tests.recorded import FOREVER, STOPPED_AT, a_segment, a_vault, record, samples, sealed_segment


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return a_vault(tmp_path)


def _sound(vault: Vault, manifest: object) -> bytes:
    with closing(vault.objects.open(manifest.segment.segment_id)) as source:  # type: ignore[attr-defined]
        return b"".join(vault.opened(manifest, source).pieces())  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1, CUT_SAMPLES, CUT_SAMPLES + 1, 8_000 + CUT_SAMPLES, 24_001])
def test_the_first_40_ms_are_cut_and_every_other_sample_stays(vault: Vault, count: int) -> None:
    rx, tx = samples("rx", count), samples("tx", count)
    manifest = sealed_segment(vault, a_segment(), rx, tx)
    assert _sound(vault, manifest) == rx[640:] + tx[640:]
    assert manifest.rx.samples == max(0, count - 320)
    assert manifest.rx.header_samples == count
    assert len(manifest.rx.seconds) == -(-manifest.rx.samples // 8_000)
    assert manifest.cut_samples == 320


def test_nothing_is_left_outside_of_the_store(vault: Vault, tmp_path: Path) -> None:
    sealed_segment(vault, a_segment(), samples(1, 9_000), samples(2, 9_000))
    assert list(vault.spool.iterdir()) == []
    assert list(vault.staging.iterdir()) == []
    assert [path.name for path in (tmp_path / "objects").iterdir()] == [a_segment().segment_id]


def test_a_file_whose_recorder_was_killed_is_taken_as_found(vault: Vault) -> None:
    segment = a_segment()
    vault.spool.mkdir()
    for direction in ("rx", "tx"):
        (vault.spool / f"{segment.segment_id}-{direction}.wav").write_bytes(header(0) + samples(direction, 5_000) + b"x")
    manifest = vault.stage(segment, STOPPED_AT).manifest
    assert (manifest.rx.header_samples, manifest.rx.samples) == (0, 4_680)


TOLD = (44 + 2 * 9_000, 44 + 2 * 9_000)


@pytest.mark.parametrize(
    ("told", "tx", "head", "is_whole"),
    [
        (TOLD, 9_000, 9_000, True),
        (None, 9_000, 9_000, True),
        (TOLD, 8_999, 8_999, False),
        (None, 8_999, 9_000, False),
        (None, 9_000, 8_999, False),
        (None, 320, 320, False),
    ],
)
def test_whole_is_what_is_as_long_as_it_was_told_and_as_its_header_says(
    vault: Vault, told: tuple[int, int] | None, tx: int, head: int, is_whole: bool
) -> None:
    segment = a_segment(told_bytes=told)
    record(vault.spool, segment.segment_id, samples(1, 9_000), samples(2, tx))
    with (vault.spool / f"{segment.segment_id}-tx.wav").open("r+b") as file:
        file.write(header(head))
    assert vault.stage(segment, STOPPED_AT).manifest.is_whole is is_whole


def test_what_was_not_told_of_earlier_segments_leaves_their_one_form_as_it_was() -> None:
    assert b"told_bytes" not in encoded(a_segment())
    assert decoded(encoded(a_segment(told_bytes=TOLD)), StoppedSegment).told_bytes == TOLD


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"RIFF",
        b"x" * 80,
        header(5)[:20] + struct.pack("<H", 6) + header(5)[22:],
        header(5)[:22] + b"\2\0" + header(5)[24:],
        header(5)[:24] + struct.pack("<I", 16_000) + header(5)[28:],
    ],
)
def test_what_is_no_such_sound_is_refused_and_stays(vault: Vault, bad: bytes) -> None:
    segment = a_segment()
    record(vault.spool, segment.segment_id, samples(1, 900), samples(2, 900))
    (vault.spool / f"{segment.segment_id}-tx.wav").write_bytes(bad)
    with pytest.raises(BadSegment):
        vault.stage(segment, STOPPED_AT)
    assert len(list(vault.spool.iterdir())) == 2


def test_a_missing_file_a_link_and_a_name_that_leads_elsewhere_are_refused(vault: Vault, tmp_path: Path) -> None:
    segment = a_segment()
    with pytest.raises(BadSegment):
        vault.stage(segment, STOPPED_AT)
    record(vault.spool, segment.segment_id, samples(1, 900), samples(2, 900))
    path = vault.spool / f"{segment.segment_id}-tx.wav"
    path.rename(tmp_path / "elsewhere.wav")
    path.symlink_to(tmp_path / "elsewhere.wav")
    with pytest.raises(BadSegment):
        vault.stage(segment, STOPPED_AT)
    with pytest.raises(BadSegment):
        vault.stage(a_segment("../elsewhere"), STOPPED_AT)


def test_a_disk_that_takes_only_a_part_is_a_full_one_and_the_recording_stays(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = a_segment()
    record(vault.spool, segment.segment_id, samples(1, 90_000), samples(2, 90_000))
    monkeypatch.setattr("os.writev", lambda handle, pieces: os.write(handle, b"".join(pieces)[:100_000]))
    with pytest.raises(OSError, match="No space left"):
        vault.stage(segment, STOPPED_AT)
    assert not (vault.staging / segment.segment_id).exists()
    assert len(list(vault.spool.iterdir())) == 2


def test_sound_that_changed_after_it_was_sealed_is_not_kept(vault: Vault) -> None:
    segment = a_segment()
    record(vault.spool, segment.segment_id, samples(1, 9_000), samples(2, 9_000))
    manifest = vault.stage(segment, STOPPED_AT).manifest
    (vault.staging / segment.segment_id).unlink()
    record(vault.spool, segment.segment_id, samples(3, 9_000), samples(2, 9_000))
    with pytest.raises(SealingFailed, match="changed after it was sealed"):
        vault.keep(manifest, FOREVER)
    assert list(vault.objects.names()) == []
    assert len(list(vault.spool.iterdir())) == 2


def test_a_staged_object_that_was_damaged_is_made_again(vault: Vault) -> None:
    segment = a_segment()
    record(vault.spool, segment.segment_id, samples(1, 90_000), samples(2, 90_000))
    manifest = vault.stage(segment, STOPPED_AT).manifest
    staged = vault.staging / segment.segment_id
    staged.write_bytes(staged.read_bytes()[:-3])
    vault.keep(manifest, FOREVER)
    assert _sound(vault, manifest) == samples(1, 90_000)[640:] + samples(2, 90_000)[640:]


def test_another_object_in_the_store_is_told_and_the_recording_stays(vault: Vault, tmp_path: Path) -> None:
    segment = a_segment()
    record(vault.spool, segment.segment_id, samples(1, 9_000), samples(2, 9_000))
    staged = vault.stage(segment, STOPPED_AT)
    other = tmp_path / "other"
    other.write_bytes(b"FNV1 something else")
    vault.objects.put(segment.segment_id, other, FOREVER)
    for prefix in (None, staged.prefix):
        with pytest.raises(Exception, match="another object"):
            vault.keep(staged.manifest, FOREVER, prefix)
    assert len(list(vault.spool.iterdir())) == 2


def test_what_was_destroyed_cannot_be_sealed_again(vault: Vault) -> None:
    segment = a_segment()
    sealed_segment(vault, segment, samples(1, 9_000), samples(2, 9_000))
    record(vault.spool, segment.segment_id, samples(1, 9_000), samples(2, 9_000))
    assert vault.destroy(segment.segment_id, STOPPED_AT, b"word") == b"word"
    assert list(vault.objects.names()) == []
    assert list(vault.spool.iterdir()) == []
    record(vault.spool, segment.segment_id, samples(1, 9_000), samples(2, 9_000))
    with pytest.raises(KeyDestroyed):
        vault.stage(segment, STOPPED_AT)


def test_a_manifest_has_one_form_and_its_digest_cannot_be_guessed(vault: Vault) -> None:
    segment = a_segment()
    record(vault.spool, segment.segment_id, b"", b"")
    one, other = (vault.stage(segment, STOPPED_AT).manifest for _ in range(2))
    assert one.salt != other.salt
    assert encoded(msgspec.structs.replace(other, salt=one.salt)) == encoded(one)
