"""One form in bytes for one record: JSON with sorted keys, no spaces, whole numbers. It is what is hashed and signed."""

from typing import Any, TypeVar

import msgspec

from telephony.errors import FernamtError

T = TypeVar("T", bound=msgspec.Struct)


class NotCanonical(FernamtError):
    """Bytes are not the one form of any such record."""

    code = "not_canonical"


def encoded(record: msgspec.Struct) -> bytes:
    """The record's one form. Records of the vault hold no fractions: their spelling would depend on the program."""
    return msgspec.json.encode(record, order="sorted")


def decoded(data: bytes, kind: type[T]) -> T:
    """The record whose one form these bytes are. Raises `NotCanonical` for any other bytes."""
    try:
        record: Any = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotCanonical(f"not a record of the kind {kind.__name__}: {error}") from error
    if encoded(record) != data:
        raise NotCanonical(f"a record of the kind {kind.__name__}, but not in its one form")
    found: T = record
    return found
