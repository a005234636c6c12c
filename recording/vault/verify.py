"""Verifies a package byte by byte, in its order, and names the first place where something was changed. Nothing but the file is
needed, and whose key is trusted; memory use does not grow with it.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from cryptography import x509

from recording.vault.canonical import NotCanonical, T, decoded, encoded
from recording.vault.chain import fault_of_link, hash_after, is_root
from recording.vault.manifest import DIRECTIONS, SAMPLE_BYTES, SAMPLE_RATE, SECOND_BYTES, DirectionProof, Manifest, digest_of
from recording.vault.package import BLOCK, FORMAT, README, SIGNED, Listing, Proof, Seal, block_of, padding
from recording.vault.signing import is_signed
from recording.vault.stamps import StampInvalid, stamped_at
from recording.vault.wave import header
from telephony.identifiers import Instant
from telephony.segments import HEADER_BYTES

_LONGEST_TEXT: Final = 16 << 20
_SEAL_BYTES: Final = len(encoded(Seal(sha256="0" * 64, signature="0" * 128, signer="0" * 64)))
_TOLD: Final = ("manifest.json", "proof.json", "README.txt")
_SOUNDS: Final = tuple(f"{direction}.wav" for direction in DIRECTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Where the package is not what we made: bytes `begin` to `end` of the file, and what they are."""

    place: str
    what: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What an unchanged package proves."""

    segment_id: str
    manifest: Manifest
    proof: Proof
    listing: Listing
    signer: str
    stamped_at: Instant | None
    """By the time-stamping authority; None: the package has no stamp, or no authority's certificate was given to check it."""


class _Found(Exception):
    def __init__(self, change: Change) -> None:
        super().__init__(change.what)
        self.change = change


def verify(
    file: BinaryIO, *, signers: Collection[str] | None = None, authorities: Sequence[x509.Certificate] = ()
) -> Verified | Change:
    """What the package proves, or the first place of a change. `signers` None: whoever signed it, to be looked at."""
    try:
        return _Reading(file, signers, authorities).verified()
    except _Found as found:
        return found.change


class _Reading:
    """One pass through a package."""

    def __init__(self, file: BinaryIO, signers: Collection[str] | None, authorities: Sequence[x509.Certificate]) -> None:
        self._file, self._at = file, 0
        self._signers, self._authorities = signers, authorities

    def verified(self) -> Verified:
        seal, listing = self._signed()
        expected = (*_TOLD, *_SOUNDS)
        if listing.format != FORMAT or tuple(each.name for each in listing.members) != expected:
            raise self._found("package.json", "is of a format this program does not know", 0)
        begins, texts = {}, {}
        for member in listing.members[: len(_TOLD)]:
            begins[member.name] = self._at
            texts[member.name] = data = self._member(member.name, member.size)
            if hashlib.sha256(data).hexdigest() != member.sha256:
                raise self._found(member.name, "was changed", begins[member.name])
        manifest, proof, stamp_at = self._meaning(texts, begins)
        if manifest.segment.segment_id != listing.segment_id:
            raise self._found("manifest.json", "is another segment's", begins["manifest.json"])
        for name, member in zip(_SOUNDS, listing.members[len(_TOLD) :], strict=True):
            self._sound(name, member.size, getattr(manifest, name.removesuffix(".wav")))
        self._zeros(2 * BLOCK, "the end")
        if self._file.read(1):
            raise self._found("after the end", "there is something that does not belong to the package", self._at, self._at + 1)
        return Verified(
            segment_id=listing.segment_id,
            manifest=manifest,
            proof=proof,
            listing=listing,
            signer=seal.signer,
            stamped_at=stamp_at,
        )

    def _signed(self) -> tuple[Seal, Listing]:
        begin = self._at
        seal = self._read_as("package.sig", self._member("package.sig", _SEAL_BYTES), Seal, begin)
        if not is_signed(seal.signer, seal.signature, SIGNED, bytes.fromhex(seal.sha256) if _is_hex(seal.sha256) else b""):
            raise self._found("package.sig", "is no valid signature", begin)
        if self._signers is not None and seal.signer not in self._signers:
            raise self._found("package.sig", f"was made with another key than the one given: {seal.signer}", begin)
        begin = self._at
        block = self._bytes(BLOCK, "package.json")
        size = _size_in(block)
        if size is None or size > _LONGEST_TEXT or block != block_of("package.json", size):
            raise self._found("package.json", "its header was changed", begin)
        data = self._bytes(size, "package.json", begin)
        self._zeros(padding(size), "package.json", begin)
        if hashlib.sha256(data).hexdigest() != seal.sha256:
            raise self._found("package.json", "was changed", begin)
        return seal, self._read_as("package.json", data, Listing, begin)

    def _meaning(self, texts: dict[str, bytes], begins: dict[str, int]) -> tuple[Manifest, Proof, Instant | None]:
        """What is signed also has to be true: the link is the manifest's, and leads to the root."""
        manifest = self._read_as("manifest.json", texts["manifest.json"], Manifest, begins["manifest.json"])
        begin = begins["proof.json"]
        proof = self._read_as("proof.json", texts["proof.json"], Proof, begin)
        digest = digest_of(manifest)
        if proof.link.manifest_sha256 != digest.hex():
            raise self._found(
                "manifest.json", f"is not what link {proof.link.number} of the chain was made of", begins["manifest.json"]
            )
        if not (_is_hex(proof.previous) and all(map(_is_hex, proof.later))):
            raise self._found("proof.json", "holds no digests", begin)
        fault = fault_of_link(proof.link, bytes.fromhex(proof.previous), proof.link.number, self._signers)
        if fault is not None:
            raise self._found("proof.json", fault.what, begin)
        stamp_at = None
        if proof.root is not None:
            head = bytes.fromhex(proof.link.hash)
            for each in proof.later:
                head = hash_after(head, bytes.fromhex(each))
            if not is_root(proof.root, proof.link.number + len(proof.later), head, self._signers):
                raise self._found("proof.json", f"link {proof.link.number} does not lead to the root", begin)
            stamp_at = self._stamp(proof, begin)
        if texts["README.txt"] != README:
            raise self._found("README.txt", "is not ours", begins["README.txt"])
        return manifest, proof, stamp_at

    def _stamp(self, proof: Proof, begin: int) -> Instant | None:
        if proof.stamp is None or proof.root is None or not self._authorities:
            return None
        try:
            return stamped_at(proof.stamp, proof.root.statement, self._authorities)
        except StampInvalid as error:
            raise self._found("proof.json", str(error), begin) from error

    def _sound(self, name: str, size: int, proven: DirectionProof) -> None:
        begin = self._at
        if size != HEADER_BYTES + proven.samples * SAMPLE_BYTES or len(proven.seconds) != -(-proven.samples // SAMPLE_RATE):
            raise self._found(name, "is not as long as its manifest says", begin)
        if self._bytes(BLOCK, name) != block_of(name, size):
            raise self._found(name, "its header in the archive was changed", begin)
        if self._bytes(HEADER_BYTES, name, begin) != header(proven.samples):
            raise self._found(name, "its WAV header was changed", begin)
        digest, left = hashlib.sha256(), proven.samples * SAMPLE_BYTES
        for number, expected in enumerate(proven.seconds):
            second_begins, place = self._at, f"{name}, second {number + 1}"
            digest.update(self._bytes(min(left, SECOND_BYTES), place))
            left -= SECOND_BYTES
            if digest.hexdigest() != expected:
                raise self._found(place, "was changed", second_begins)
        if digest.hexdigest() != proven.sha256:
            raise self._found(name, "is not what its manifest says", begin)
        self._zeros(padding(size), name, begin)

    def _member(self, name: str, size: int) -> bytes:
        begin = self._at
        if not 0 <= size <= _LONGEST_TEXT:
            raise self._found(name, "is too long", begin)
        if self._bytes(BLOCK, name) != block_of(name, size):
            raise self._found(name, "its header in the archive was changed", begin)
        data = self._bytes(size, name, begin)
        self._zeros(padding(size), name, begin)
        return data

    def _read_as(self, name: str, data: bytes, kind: type[T], begin: int) -> T:
        try:
            return decoded(data, kind)
        except NotCanonical as error:
            raise self._found(name, f"was changed: {error}", begin) from error

    def _zeros(self, count: int, place: str, begin: int | None = None) -> None:
        start = self._at if begin is None else begin
        if any(self._bytes(count, place, start)):
            raise self._found(place, "there is something in the gap behind it", start)

    def _bytes(self, count: int, place: str, begin: int | None = None) -> bytes:
        start = self._at if begin is None else begin
        data = self._file.read(count)
        self._at += len(data)
        if len(data) != count:
            raise self._found(place, "is cut off", start, self._at + 1)
        return data

    def _found(self, place: str, what: str, begin: int, end: int | None = None) -> _Found:
        return _Found(Change(place=place, what=what, begin=begin, end=self._at if end is None else end))


def _size_in(block: bytes) -> int | None:
    try:
        return int(block[124:136].rstrip(b"\0 ").decode("ascii"), 8)
    except ValueError:
        return None


def _is_hex(digest: str) -> bool:
    try:
        found = bytes.fromhex(digest)
    except ValueError:
        return False
    return len(found) == 32 and found.hex() == digest
