"""Segments as a recorder leaves them, vaults to seal them in, and packages and chains with edits of known place."""

import random
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec

from recording.vault.chain import Link, link_after, root_of
from recording.vault.chain_file import chain_lines
from recording.vault.keys import KeyStore
from recording.vault.manifest import CUT_SAMPLES, DIRECTIONS, SAMPLE_BYTES, Manifest, Mark, StateChange, StoppedSegment, digest_of
from recording.vault.objects import LocalObjects
from recording.vault.package import Proof, package
from recording.vault.sealing import Vault
from recording.vault.signing import Signer
from recording.vault.wave import header
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId

MASTER = bytes(range(32))
SIGNER = Signer(bytes(range(1, 33)))
STOPPED_AT = Instant(1_790_000_000_000_000)
FOREVER = Instant(1_900_000_000_000_000)


def a_segment(segment_id: str = "0192-segment.1", **facts: object) -> StoppedSegment:
    """A whole order segment."""
    segment = StoppedSegment(
        segment_id=segment_id,
        client_id=ClientId("acme"),
        project_id=ProjectId("sales"),
        call_id=CallId("0192-call"),
        agent_id=AgentId("anna"),
        order_id="order-7",
        purpose="order_segment",
        consent_text="order-de",
        consent_version=3,
        language="de",
        changes=(StateChange(state="recording", at=Instant(STOPPED_AT - 9_000_000), switch_at=Instant(STOPPED_AT - 9_000_100)),),
        marks=(Mark(what="consent", offset_ms=1_200), Mark(what="intent", offset_ms=4_000)),
        masks=(),
        gaps=(),
        codec="alaw",
        stopped_at=STOPPED_AT,
    )
    return msgspec.structs.replace(segment, **facts)


def samples(seed: object, count: int) -> bytes:
    """Sound of so many samples, the same for the same seed."""
    return Random(str(seed)).randbytes(count * SAMPLE_BYTES)


def record(spool: Path, segment_id: str, rx: bytes, tx: bytes) -> None:
    """The recorder has left its two files."""
    spool.mkdir(mode=0o700, exist_ok=True)
    for direction, sound in zip(DIRECTIONS, (rx, tx), strict=True):
        (spool / f"{segment_id}-{direction}.wav").write_bytes(header(len(sound) // SAMPLE_BYTES) + sound)


def a_vault(folder: Path) -> Vault:
    """A vault in folders below that one."""
    return Vault(
        keys=KeyStore(folder / "keys.db", [MASTER]),
        objects=LocalObjects(folder / "objects"),
        spool=folder / "spool",
        staging=folder / "staging",
        versions={"fernamt": "0.1.0"},
    )


def sealed_segment(vault: Vault, segment: StoppedSegment, rx: bytes, tx: bytes) -> Manifest:
    """The manifest of a segment that was recorded, sealed, kept and cleared."""
    record(vault.spool, segment.segment_id, rx, tx)
    staged = vault.stage(segment, STOPPED_AT)
    vault.settle(segment.segment_id)
    vault.keep(staged.manifest, FOREVER, staged.prefix)
    vault.clear([segment.segment_id])
    return staged.manifest


def a_chain(digests: Sequence[bytes], signer: Signer = SIGNER) -> list[Link]:
    """The chain of manifests of those digests."""
    links: list[Link] = []
    for digest in digests:
        links.append(link_after(links[-1] if links else None, digest, signer))
    return links


def a_package(folder: Path, seconds: float = 3.3, **facts: object) -> bytes:
    """A package of a segment in the middle of a chain, with its root."""
    vault = a_vault(folder)
    segment = a_segment(**facts)
    count = int(seconds * 8_000) + CUT_SAMPLES
    manifest = sealed_segment(vault, segment, samples("rx", count), samples("tx", count))
    links = a_chain([bytes([n]) * 32 if n != 2 else digest_of(manifest) for n in range(5)])
    proof = Proof(
        previous=links[1].hash,
        link=links[2],
        later=tuple(link.manifest_sha256 for link in links[3:]),
        root=root_of(links[-1], STOPPED_AT, SIGNER),
    )
    with closing(vault.objects.open(segment.segment_id)) as source:
        sound = vault.opened(manifest, source)
        pieces = package(manifest=manifest, proof=proof, sound=sound, purpose="escalation", made_at=STOPPED_AT, signer=SIGNER)
        found = b"".join(pieces)
    vault.keys.close()
    return found


def a_chain_file(links: int = 40) -> bytes:
    """A chain as a file."""
    chain = a_chain([bytes([n]) * 32 for n in range(links)])
    return b"".join(chain_lines(chain, root_of(chain[-1], STOPPED_AT, SIGNER)))


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: what became of the bytes, and the first place where they differ."""

    how: str
    edited: bytes
    at: int


def an_edit(whole: bytes, dice: Random) -> Edit:
    """A random edit that changes something."""
    while True:
        how, change = dice.choice(_EDITS)
        edited = change(whole, dice)
        if edited != whole:
            return Edit(how, edited, first_difference(whole, edited))


def first_difference(one: bytes, other: bytes) -> int:
    """Where two byte strings differ first; the end of the shorter one where that is all."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _flip(whole: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(whole))
    return whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :]


def _replace(whole: bytes, dice: Random) -> bytes:
    at, length = dice.randrange(len(whole)), dice.randint(1, 40)
    return whole[:at] + dice.randbytes(len(whole[at : at + length])) + whole[at + length :]


def _delete(whole: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(whole))
    return whole[:at] + whole[at + dice.choice((1, 2, 512, 16_000)) :]


def _insert(whole: bytes, dice: Random) -> bytes:
    at = dice.randint(0, len(whole))
    return whole[:at] + dice.randbytes(dice.choice((1, 2, 512))) + whole[at:]


def _double(whole: bytes, dice: Random) -> bytes:
    at, length = dice.randrange(len(whole)), dice.choice((1, 512, 4_096))
    return whole[: at + length] + whole[at:]


def _swap(whole: bytes, dice: Random) -> bytes:
    length = dice.choice((1, 2, 512, 16_000))
    first, second = sorted(dice.randrange(max(1, len(whole) - length)) for _ in range(2))
    if second - first < length:
        return whole
    left, right = whole[first : first + length], whole[second : second + length]
    return whole[:first] + right + whole[first + length : second] + left + whole[second + length :]


def _cut(whole: bytes, dice: Random) -> bytes:
    return whole[: dice.randrange(len(whole))]


def _append(whole: bytes, dice: Random) -> bytes:
    return whole + dice.choice((b"\0", b"\n", bytes(512), dice.randbytes(9)))


def _digit(whole: bytes, dice: Random) -> bytes:
    """Another hexadecimal digit where there is one: the text stays well-formed."""
    digits = b"0123456789abcdef"
    for _ in range(50):
        at = dice.randrange(min(len(whole), 40_000))
        if whole[at] in digits:
            return whole[:at] + bytes([dice.choice(digits)]) + whole[at + 1 :]
    return whole


_EDITS: Sequence[tuple[str, Callable[[bytes, random.Random], bytes]]] = (
    ("flip", _flip),
    ("replace", _replace),
    ("delete", _delete),
    ("insert", _insert),
    ("double", _double),
    ("swap", _swap),
    ("cut", _cut),
    ("append", _append),
    ("digit", _digit),
)
