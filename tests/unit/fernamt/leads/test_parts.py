"""What a reading process says, and what its silence means: bounded parts, and a refusal for every end but the end."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fernamt.leads import reading
from fernamt.leads.files import FileRefused
from fernamt.leads.frames import LENGTH_BYTES, MOST_BYTES, End, Heading, Order, Part, framed
from fernamt.leads.parts import told_by
from fernamt.leads.reading import LETTERS_AT_ONCE, ROWS_AT_ONCE, parts_of, tell

HEADING = framed(Heading("xlsx", "", "", "First", ("First",), ["a"]))
PART = framed(Part([(2, ["x"])], 500))


def test_parts_are_bounded_by_rows_and_by_letters() -> None:
    short = [(row, ["x"]) for row in range(2 * ROWS_AT_ONCE + 1)]
    assert [len(part) for part in parts_of(short)] == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]
    long = [(row, ["x" * (LETTERS_AT_ONCE // 2)]) for row in range(5)]
    assert [len(part) for part in parts_of(long)] == [2, 2, 1]
    assert [row for part in parts_of(short) for row in part] == short
    assert list(parts_of([])) == []


async def rows_in(*pieces: bytes) -> list[tuple[int, list[str]]]:
    stream = asyncio.StreamReader()
    for piece in pieces:
        stream.feed_data(piece)
    stream.feed_eof()
    return [row async for part in await told_by(stream) for row in part]


async def test_rows_that_end_with_the_end_are_whole() -> None:
    assert await rows_in(HEADING, PART, framed(End())) == [(2, ["x"])]


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [HEADING],
        [HEADING, PART],
        [HEADING, PART[:-3]],
        [HEADING[:2]],
        [PART, framed(End())],
        [framed(End())],
        [HEADING, HEADING, framed(End())],
        [HEADING, (MOST_BYTES + 1).to_bytes(LENGTH_BYTES, "big"), PART],
        [HEADING, (5).to_bytes(LENGTH_BYTES, "big") + b"xxxxx", framed(End())],
    ],
)
async def test_whatever_ends_before_its_end_was_broken_off(pieces: list[bytes]) -> None:
    with pytest.raises(FileRefused) as refused:
        await rows_in(*pieces)
    assert refused.value.why == "reading_broke_off"


def failing(error: BaseException) -> Callable[..., object]:
    def opened(*_: object, **__: object) -> object:
        raise error

    return opened


@pytest.mark.parametrize(
    ("error", "why", "row"),
    [
        (FileRefused("bad_spreadsheet", "row 7 cannot be read", row=7), "bad_spreadsheet", 7),
        (MemoryError(), "too_much_memory", 0),
        (FileNotFoundError(), "file_gone", 0),
    ],
)
async def test_what_went_wrong_there_is_the_same_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, why: str, row: int
) -> None:
    monkeypatch.setattr(reading, "opened_rows", failing(error))
    said: list[bytes] = []
    tell(Order(path=os.fsencode(tmp_path / "x.xlsx"), key=None, file_name="x.xlsx", sheet=None), said.append)
    with pytest.raises(FileRefused) as refused:
        await rows_in(*said)
    assert (refused.value.why, refused.value.row) == (why, row)


def test_nobody_reads_a_key_or_a_cell_in_what_is_logged_of_a_message() -> None:
    order = Order(path=b"/x", key=b"secret key", file_name="x", sheet=None)
    assert "secret" not in repr(order)
    assert "Erika" not in repr(Part([(2, ["Erika"])], 1))
