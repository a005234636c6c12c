"""The chain as a file, for whoever keeps a copy outside the house: what it is, a line a link, the root at the end.

Each line is a record's one form. What was cut off at the end is missed, since the root is there; an older copy of the whole file
is told from a newer one by its root alone: compare with a root that was stamped or given away.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from recording.vault.canonical import NotCanonical, decoded, encoded
from recording.vault.chain import BEGINNING, Link, Root, fault_of_link, is_root

FIRST_LINE: Final = b'{"format":"fernamt-chain/1"}\n'
_LONGEST_LINE: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainChange:
    """The first line that is not what it must be; lines count from 1."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedChain:
    """What an unchanged file proves."""

    links: int
    root: Root


def chain_lines(links: Iterable[Link], root: Root) -> Iterator[bytes]:
    """The file, line by line; the root is that of the last link."""
    yield FIRST_LINE
    for link in links:
        yield encoded(link) + b"\n"
    yield encoded(root) + b"\n"


def verify_chain(file: BinaryIO, *, signers: Collection[str] | None = None) -> VerifiedChain | ChainChange:
    """What the file proves, or the first line of a change. Memory use does not grow with it."""
    if file.readline(_LONGEST_LINE) != FIRST_LINE:
        return ChainChange(line=1, what="this is no chain of Fernamt")
    number, previous = 0, BEGINNING
    while (data := file.readline(_LONGEST_LINE)).endswith(b"\n"):
        record = _record(data[:-1])
        if record is None:
            return ChainChange(line=number + 2, what="the line is neither a link nor a root")
        if isinstance(record, Root):
            return _ended(file, record, number, is_root(record, number, previous, signers))
        fault = fault_of_link(record, previous, number + 1, signers)
        if fault is not None:
            return ChainChange(line=number + 2, what=fault.what)
        number, previous = record.number, bytes.fromhex(record.hash)
    return ChainChange(line=number + 2, what="the file is cut off: a chain ends with its root")


def _ended(file: BinaryIO, root: Root, links: int, is_valid: bool) -> VerifiedChain | ChainChange:
    if not is_valid:
        return ChainChange(line=links + 2, what=f"this is not the root of the {links} links before it")
    if file.read(1):
        return ChainChange(line=links + 3, what="there is something behind the root")
    return VerifiedChain(links=links, root=root)


def _record(data: bytes) -> Link | Root | None:
    try:
        return decoded(data, Root) if b'"at":' in data else decoded(data, Link)
    except NotCanonical:
        return None
