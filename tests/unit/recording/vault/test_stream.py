"""Sealed bytes come back as they were, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.vault.stream import CHUNK_BYTES, TAG_BYTES, ObjectDamaged, Opened, sealed
from tests.recorded import samples

KEY, PREFIX = bytes(range(32)), b"1234567"


class Memory:
    """An object in memory, which counts the most that was read at once."""

    def __init__(self, data: bytes) -> None:
        self._data, self.most = data, 0

    @property
    def size(self) -> int:
        return len(self._data)

    def read_at(self, offset: int, length: int) -> bytes:
        self.most = max(self.most, length)
        return self._data[offset : offset + length]


def _sealed(data: bytes, name: str = "a", prefix: bytes = PREFIX) -> bytes:
    return b"".join(sealed(KEY, name, prefix, [data[n : n + 100_000] for n in range(0, len(data), 100_000)]))


def _opened(data: bytes, name: str = "a") -> bytes:
    return b"".join(Opened(Memory(data), KEY, name).pieces())


@given(st.integers(0, 3 * CHUNK_BYTES + 1), st.integers(1, 2 * CHUNK_BYTES))
def test_bytes_come_back_whatever_pieces_they_came_in(length: int, piece: int) -> None:
    data = bytes(length)
    object_ = b"".join(sealed(KEY, "a", PREFIX, (data[n : n + piece] for n in range(0, length, piece))))
    assert _opened(object_) == data
    assert Opened(Memory(object_), KEY, "a").size == length


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
def test_lengths_around_a_chunk_come_back(length: int) -> None:
    data = samples(length, length)[:length]
    assert _opened(_sealed(data)) == data


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_any_stretch_can_be_read_by_itself(offset: int, length: int) -> None:
    data = samples("stretch", 70_000)
    assert Opened(Memory(_sealed(data)), KEY, "a").read_at(offset, length) == data[offset : offset + length]


def test_a_chunk_that_was_changed_moved_left_out_or_cut_off_is_named() -> None:
    data = samples("chunks", 150_000)  # 300,000 bytes: five chunks
    whole, step = _sealed(data), CHUNK_BYTES + TAG_BYTES
    flipped = bytearray(whole)
    flipped[16 + 2 * step + 5] ^= 1
    chunks = [whole[16 + n * step : 16 + (n + 1) * step] for n in range(5)]
    for edited, chunk in (
        (bytes(flipped), 3),
        (whole[:16] + b"".join([chunks[0], chunks[2], chunks[1], *chunks[3:]]), 2),
        (whole[:16] + b"".join([chunks[0], *chunks[2:]]), 2),
        (whole[:16] + b"".join(chunks[:4]), 4),
        (whole[:-1], 5),
        (whole + b"\0", 5),
        (whole[:16] + b"".join([*chunks, chunks[4]]), 5),
    ):
        with pytest.raises(ObjectDamaged) as refused:
            _opened(edited)
        assert refused.value.facts["chunk"] == chunk


def test_an_object_of_another_name_or_attempt_is_refused() -> None:
    one, other = _sealed(bytes(100_000)), _sealed(bytes(100_000), prefix=b"7654321")
    with pytest.raises(ObjectDamaged):
        _opened(one, "b")
    with pytest.raises(ObjectDamaged):
        _opened(one[:16] + other[16:])
    for broken in (b"", b"FNV1", b"FNV2" + one[4:]):
        with pytest.raises(ObjectDamaged):
            _opened(broken)


def test_reading_all_never_takes_more_than_a_few_chunks() -> None:
    source = Memory(_sealed(bytes(40 * CHUNK_BYTES)))
    assert sum(map(len, Opened(source, KEY, "a").pieces())) == 40 * CHUNK_BYTES
    assert source.most <= 16 * (CHUNK_BYTES + TAG_BYTES)
