"""Uploaded files as they wait on disk: readable from any place with the keys, and by nobody who changed, cut or renamed them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fernamt.leads.files import FileRefused, opened_rows
from fernamt.leads.sealed import MAGIC, PIECE, Sealer, opened_source, remove
from store.parties import PartyKeys

KEYS = PartyKeys(bytes(range(32)))


def stored(folder: Path, clear: bytes, name: str = "a.csv", step: int = 50_000) -> Path:
    sealer, path = Sealer(KEYS, name), folder / name
    pieces = [sealer.feed(clear[start : start + step]) for start in range(0, len(clear), step)]
    path.write_bytes(b"".join([*pieces, sealer.end()]))
    return path


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])
def test_what_went_in_comes_out(tmp_path: Path, size: int) -> None:
    clear = bytes(range(256)) * (size // 256 + 1)
    path = stored(tmp_path, clear[:size])
    with opened_source(path, KEYS) as opened:
        assert opened.read() == clear[:size]
    assert size < 32 or clear[:32] not in path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(places=st.lists(st.tuples(st.integers(0, 3 * PIECE), st.integers(0, 2_000)), max_size=8))
def test_it_reads_from_any_place_as_if_it_stood_there_in_clear(tmp_path: Path, places: list[tuple[int, int]]) -> None:
    clear = bytes((place * 7 + place // 251) % 256 for place in range(2 * PIECE + 4_321))
    path = tmp_path / "a.csv"
    if not path.exists():
        stored(tmp_path, clear)
    with opened_source(path, KEYS) as opened:
        for begins, length in places:
            opened.seek(begins)
            assert opened.read(length) == clear[begins : begins + length]


def test_a_list_is_read_out_of_it(tmp_path: Path) -> None:
    path = stored(tmp_path, b"Telefon;Name\n" + b"030 23125 100;Erika\n" * 9_000)
    with opened_rows(lambda: opened_source(path, KEYS), file_name="x.csv") as rows:
        assert len(list(rows)) == 9_000
        assert rows.read_permille == 1_000


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.9999])
def test_one_that_was_not_written_to_its_end_opens_for_nobody(tmp_path: Path, kept: float) -> None:
    path = stored(tmp_path, b"x" * (3 * PIECE + 10))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(FileRefused) as refused:
        opened_source(path, KEYS)
    assert refused.value.why == "damaged"


def test_one_cut_at_the_end_of_a_piece_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    path = stored(tmp_path, b"x" * (2 * PIECE))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - PIECE - 16])
    with pytest.raises(FileRefused):
        opened_source(path, KEYS)


def test_one_that_was_changed_renamed_or_comes_from_elsewhere_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, b"Telefon\n030 23125 100\n")
    whole = path.read_bytes()
    for place in (20, 100, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(FileRefused):
            opened_source(path, KEYS)
    path.write_bytes(whole)
    with pytest.raises(FileRefused):
        opened_source(path, PartyKeys(bytes(32)))
    with pytest.raises(FileRefused):
        opened_source(path.rename(tmp_path / "b.csv"), KEYS)


def test_pieces_exchanged_are_noticed(tmp_path: Path) -> None:
    path = stored(tmp_path, b"a" * PIECE + b"b" * PIECE + b"c")
    whole, piece = path.read_bytes(), PIECE + 16
    begins = len(whole) - 2 * piece - 17
    path.write_bytes(whole[:begins] + whole[begins + piece : begins + 2 * piece] + whole[begins : begins + piece] + whole[-17:])
    with pytest.raises(FileRefused), opened_source(path, KEYS) as opened:
        opened.read()


def test_what_is_removed_has_lost_its_key_before(tmp_path: Path) -> None:
    path = stored(tmp_path, b"Telefon\n030 23125 100\n")
    beside = tmp_path / "beside"
    beside.hardlink_to(path)  # what a disk may keep of it
    remove(path)
    assert not path.exists()
    assert not beside.read_bytes().startswith(MAGIC)
    with opened_source(beside, KEYS) as opened:
        assert b"23125" not in opened.read()
    remove(path)


def test_a_file_of_before_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"Telefon\n")
    with opened_source(path, KEYS) as opened:
        assert opened.read() == b"Telefon\n"
