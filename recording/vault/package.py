"""A package: one segment as a file that proves itself, for whoever we release it to.

It is an ordinary tar archive (POSIX.1-1988, ustar) in one form only, so that every byte of it is either sound, or follows from
something signed:

package.sig     our signature of the digest of package.json, and the key
package.json    what the package is, and size and digest of every member
manifest.json   what is proven of the segment
proof.json      its link in the chain, the way from there to the chain's root, the root and its time stamp
README.txt      how to verify it
rx.wav, tx.wav  what the outside party said, and what it heard: samples as recorded
"""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Final

import msgspec

from recording.vault.canonical import encoded
from recording.vault.chain import Link, Root
from recording.vault.manifest import DIRECTIONS, SAMPLE_BYTES, DirectionProof, Manifest
from recording.vault.signing import Signer
from recording.vault.stream import Opened
from recording.vault.wave import header
from telephony.identifiers import Instant
from telephony.segments import HEADER_BYTES

FORMAT: Final = "fernamt-package/1"
SIGNED: Final = "package"
BLOCK: Final = 512
_PIECE: Final = 1 << 18
README: Final = b"""This archive proves one recorded segment of a telephone call. Verify it, offline, with

    fernamt verify PACKAGE --signer KEY

KEY is our public key: have it from us by another way than this archive. The program names the place of any change.
rx.wav is what the outside party said, tx.wav what it heard; samples are as they were recorded, less the first 40 ms.

Dieses Archiv beweist ein aufgezeichnetes Segment eines Telefonats. Zur Pruefung, ohne Netz, dient der Befehl oben; KEY ist
unser oeffentlicher Schluessel, den Sie von uns auf anderem Weg erhalten. Jede Aenderung wird mit ihrem Ort genannt.
"""


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the package. Sound has no digest here: its manifest has."""

    name: str
    size: int
    sha256: str | None = None


class Listing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the package is: `package.json`."""

    format: str
    segment_id: str
    made_at: Instant
    purpose: str
    """Why it was released, as a code or a reference: it names nobody."""
    members: tuple[Member, ...]


class Seal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our signature: `package.sig`."""

    sha256: str
    signature: str
    signer: str


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in the chain the segment stands: `proof.json`."""

    previous: str
    link: Link
    later: tuple[str, ...] = ()
    """Digests of the manifests between the link and the root."""
    root: Root | None = None
    stamp: bytes | None = None


def package(
    *, manifest: Manifest, proof: Proof, sound: Opened, purpose: str, made_at: Instant, signer: Signer
) -> Iterator[bytes]:
    """The package, piece by piece, in bounded memory. Raises `ObjectDamaged` where the sound is not whole."""
    told = {"manifest.json": encoded(manifest), "proof.json": encoded(proof), "README.txt": README}
    sizes = {name: HEADER_BYTES + proven.samples * SAMPLE_BYTES for name, proven in _sounds(manifest)}
    listing = encoded(
        Listing(
            format=FORMAT,
            segment_id=manifest.segment.segment_id,
            made_at=made_at,
            purpose=purpose,
            members=(
                *(Member(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest()) for name, data in told.items()),
                *(Member(name=name, size=size) for name, size in sizes.items()),
            ),
        )
    )
    for name, data in {"package.sig": seal(listing, signer), "package.json": listing, **told}.items():
        yield from _member(name, len(data), [data])
    begin = 0
    for name, proven in _sounds(manifest):
        yield from _member(name, sizes[name], [header(proven.samples)], _slice(sound, begin, proven.samples * SAMPLE_BYTES))
        begin += proven.samples * SAMPLE_BYTES
    yield bytes(2 * BLOCK)


def seal(listing: bytes, signer: Signer) -> bytes:
    """`package.sig` for that `package.json`."""
    digest = hashlib.sha256(listing).digest()
    return encoded(Seal(sha256=digest.hex(), signature=signer.sign(SIGNED, digest), signer=signer.public))


def block_of(name: str, size: int) -> bytes:
    """The one header of a member of that name and size: nobody's, of no time, readable by its owner."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def padding(size: int) -> int:
    """How many zero bytes follow a member of that size."""
    return -size % BLOCK


def write(pieces: Iterable[bytes], file: BinaryIO | io.BytesIO) -> None:
    """The pieces are in the file."""
    for piece in pieces:
        file.write(piece)


def _sounds(manifest: Manifest) -> Sequence[tuple[str, DirectionProof]]:
    return [(f"{direction}.wav", getattr(manifest, direction)) for direction in DIRECTIONS]


def _member(name: str, size: int, *contents: Iterable[bytes]) -> Iterator[bytes]:
    yield block_of(name, size)
    for content in contents:
        yield from content
    yield bytes(padding(size))


def _slice(sound: Opened, begin: int, length: int) -> Iterator[bytes]:
    for offset in range(begin, begin + length, _PIECE):
        yield sound.read_at(offset, min(_PIECE, begin + length - offset))
