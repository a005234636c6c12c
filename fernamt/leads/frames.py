"""What passes between an import and the process that reads its file: a message each, behind its length in four bytes."""

from typing import Final

import msgspec

LENGTH_BYTES: Final = 4
MOST_BYTES: Final = 256 << 20
"""In one message: a row of 200 cells, each as long as a cell may be."""

Row = tuple[int, list[str]]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Which file is to be read, and how. Its key opens this file and no other."""

    path: bytes
    """As the system has it."""
    key: bytes | None
    file_name: str
    sheet: str | None

    def __repr__(self) -> str:
        return "Order(…)"


class Heading(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The file is open: what it turned out to be, and its columns."""

    kind: str
    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]
    titles: list[str]


class Part(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The next rows, and how much of the file has been read then, in thousandths."""

    rows: list[Row]
    read_permille: int

    def __repr__(self) -> str:
        return f"Part({len(self.rows)} rows)"


class Refused(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The file cannot be read, or no further; nothing follows."""

    why: str
    text: str
    row: int


class End(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """All rows were told; nothing follows."""


Said = Heading | Part | Refused | End
_SAID: Final[msgspec.msgpack.Decoder[Said]] = msgspec.msgpack.Decoder(Said)
_ORDER: Final = msgspec.msgpack.Decoder(Order)
_ENCODER: Final = msgspec.msgpack.Encoder()


def framed(message: Said | Order) -> bytes:
    """The message as it is written."""
    packed = _ENCODER.encode(message)
    return len(packed).to_bytes(LENGTH_BYTES, "big") + packed


def said_in(packed: bytes) -> Said:
    """What the reading process said. Raises `msgspec.DecodeError`."""
    return _SAID.decode(packed)


def order_in(packed: bytes) -> Order:
    """What is to be read. Raises `msgspec.DecodeError`."""
    return _ORDER.decode(packed)
