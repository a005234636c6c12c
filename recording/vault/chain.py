"""The chain: every sealed segment's digest bound to all before it, and every link signed. It holds no personal data.

h(n) = SHA-256(h(n-1) || SHA-256(manifest n)), h(0) = 32 zero bytes. A root is the chain's head of an hour, signed, and stamped by
a time-stamping authority where one is configured: what stands before it cannot have been made later.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from recording.vault.signing import Signer, is_signed
from telephony.identifiers import Instant

BEGINNING: Final = bytes(32)
_LINK, _ROOT = "link", "root"


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One segment's place in the chain. Digests, key and signature in hexadecimal digits."""

    number: int
    manifest_sha256: str
    hash: str
    signature: str
    signer: str


class Root(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chain's head at an instant."""

    at: Instant
    number: int
    hash: str
    signature: str
    signer: str

    @property
    def statement(self) -> bytes:
        """What is signed, and stamped."""
        return self.at.to_bytes(8, "big") + self.number.to_bytes(8, "big") + bytes.fromhex(self.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """The first link that is not what it must be."""

    number: int
    what: str


def hash_after(previous: bytes, manifest_sha256: bytes) -> bytes:
    """The hash of the link that follows."""
    return hashlib.sha256(previous + manifest_sha256).digest()


def link_after(previous: Link | None, manifest_sha256: bytes, signer: Signer) -> Link:
    """The next link, signed."""
    number = 1 if previous is None else previous.number + 1
    found = hash_after(BEGINNING if previous is None else bytes.fromhex(previous.hash), manifest_sha256)
    return Link(
        number=number,
        manifest_sha256=manifest_sha256.hex(),
        hash=found.hex(),
        signature=signer.sign(_LINK, _statement(number, found)),
        signer=signer.public,
    )


def root_of(head: Link, at: Instant, signer: Signer) -> Root:
    """The chain's head, signed as such."""
    bare = Root(at=at, number=head.number, hash=head.hash, signature="", signer=signer.public)
    return msgspec.structs.replace(bare, signature=signer.sign(_ROOT, bare.statement))


def fault_of_link(link: Link, previous: bytes, number: int, signers: Collection[str] | None = None) -> ChainFault | None:
    """What is wrong with the link as the one of that number, after that hash; `signers` None: whoever signed it."""
    if link.number != number or not 0 < number < 1 << 63:
        return ChainFault(number=number, what=f"link {link.number} stands where link {number} has to be")
    digest = _bytes_of(link.manifest_sha256)
    if digest is None or hash_after(previous, digest).hex() != link.hash:
        return ChainFault(number=number, what=f"link {number} does not follow from the one before it")
    if not is_signed(link.signer, link.signature, _LINK, _statement(number, bytes.fromhex(link.hash))):
        return ChainFault(number=number, what=f"the signature of link {number} is not valid")
    if signers is not None and link.signer not in signers:
        return ChainFault(number=number, what=f"link {number} was signed with a key that is not one of those given")
    return None


def fault_of_chain(
    links: Iterable[Link], *, after: Link | None = None, signers: Collection[str] | None = None
) -> ChainFault | None:
    """The first link that is not what must follow; None: all are."""
    number, previous = (0, BEGINNING) if after is None else (after.number, bytes.fromhex(after.hash))
    for link in links:
        number += 1
        fault = fault_of_link(link, previous, number, signers)
        if fault is not None:
            return fault
        previous = bytes.fromhex(link.hash)
    return None


def is_root(root: Root, number: int, found: bytes, signers: Collection[str] | None = None) -> bool:
    """Whether this is a valid root, of the chain whose link of that number has that hash."""
    if (
        (root.number, root.hash) != (number, found.hex())
        or not 0 <= root.at < 1 << 63
        or (signers is not None and root.signer not in signers)
    ):
        return False
    return is_signed(root.signer, root.signature, _ROOT, root.statement)


def _statement(number: int, found: bytes) -> bytes:
    return number.to_bytes(8, "big") + found


def _bytes_of(digest: str) -> bytes | None:
    try:
        found = bytes.fromhex(digest)
    except ValueError:
        return None
    return found if len(found) == 32 and found.hex() == digest else None
