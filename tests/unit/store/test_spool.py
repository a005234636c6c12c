"""The spool file: records survive, torn tails do not, damage is told."""

import os
from pathlib import Path

import pytest

from store.spool import Spool
from telephony.errors import JournalError


def records(spool: Spool) -> list[bytes]:
    return [payload for _, payload in spool.read()]


def reopened(path: Path) -> list[bytes]:
    spool = Spool(path)
    try:
        return records(spool)
    finally:
        spool.close()


def test_records_are_read_in_their_order_also_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(b"one")
    spool.append(b"two" * 1_000)
    assert records(spool) == [b"one", b"two" * 1_000]
    spool.close()
    assert reopened(tmp_path / "spool") == [b"one", b"two" * 1_000]


def test_reading_can_begin_behind_a_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(b"one")
    behind = spool.end
    spool.append(b"two")
    assert [payload for _, payload in spool.read(behind)] == [b"two"]
    assert [payload for _, payload in spool.read(0, behind)] == [b"one"]
    spool.close()


def test_a_cleared_spool_is_empty_and_takes_records_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(b"old")
    spool.clear()
    assert spool.size_bytes == 0
    spool.append(b"new")
    spool.close()
    assert reopened(tmp_path / "spool") == [b"new"]


def test_a_tail_torn_anywhere_is_cut_off_and_nothing_before_it_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.append(b"first")
    whole = spool.end
    spool.append(b"second")
    end = spool.end
    spool.close()
    content = path.read_bytes()
    for cut in range(whole, end):
        path.write_bytes(content[:cut])
        assert reopened(path) == [b"first"]
        assert path.stat().st_size == whole


@pytest.mark.parametrize("size", range(8))
def test_a_file_torn_in_its_first_bytes_is_an_empty_spool(tmp_path: Path, size: int) -> None:
    (tmp_path / "spool").write_bytes(b"FERNSPL1"[:size])
    assert reopened(tmp_path / "spool") == []


def test_zeros_behind_the_last_record_are_a_torn_tail(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.append(b"first")
    spool.close()
    path.write_bytes(path.read_bytes() + bytes(4_096))
    assert reopened(path) == [b"first"]


def test_damage_before_other_records_is_told_and_nothing_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.append(b"first")
    spool.append(b"second")
    spool.close()
    content = bytearray(path.read_bytes())
    content[8 + 8] ^= 1
    path.write_bytes(content)
    with pytest.raises(JournalError, match="damaged at byte 8"):
        Spool(path)
    assert path.read_bytes() == content


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("buy milk and bread")
    with pytest.raises(JournalError, match="not a spool of Fernamt"):
        Spool(tmp_path / "notes")


def test_a_second_user_of_the_spool_is_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with pytest.raises(JournalError, match="another process uses the spool"):
        Spool(tmp_path / "spool")
    spool.close()


def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").close()
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="its folder must exist"):
        Spool(tmp_path / "none" / "spool")


def test_a_record_that_the_disk_refuses_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.append(b"first")
    real = os.pwrite

    def half_then_full(file: int, data: memoryview, at: int) -> int:
        if len(data) > 10:
            return real(file, data[:10], at)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", half_then_full)
    with pytest.raises(OSError, match="No space left"):
        spool.append(b"x" * 12)
    monkeypatch.undo()
    assert records(spool) == [b"first"]
    spool.append(b"y")
    assert records(spool) == [b"first", b"y"]
    spool.close()
    assert reopened(path) == [b"first", b"y"]
