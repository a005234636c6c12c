"""What is known of one segment when it is sealed: the record the chain answers for.

A manifest names people by id only. It is kept beside the sealed sound and goes with it; the chain keeps nothing but its digest,
which the salt makes unguessable.
"""

import hashlib
import re
from typing import Final

import msgspec

from recording.vault.canonical import encoded
from telephony.errors import FernamtError
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId
from telephony.segments import HEADER_BYTES

FORMAT: Final = "fernamt-segment/1"
SAMPLE_RATE: Final = 8_000
SAMPLE_BYTES: Final = 2
SECOND_BYTES: Final = SAMPLE_RATE * SAMPLE_BYTES
CUT_SAMPLES: Final = 320
"""The first 40 ms are not sealed: a packet carries what was said up to 20 ms before it, so before the yes."""
DIRECTIONS: Final = ("rx", "tx")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*(\.[0-9A-Za-z_-]+)*")
LONGEST_NAME: Final = 100


class BadSegment(FernamtError):
    """A segment cannot be sealed as it is told or found."""

    code = "bad_segment"


class StateChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The segment's state became this one, by our clock and, where the switch told it, by the switch's."""

    state: str
    at: Instant
    switch_at: Instant | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the agent marked on the tape: consent, identity, intent."""

    what: str
    offset_ms: int


class Stretch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the tape that is silence: masked, or lost; `why` is a code."""

    from_ms: int
    to_ms: int
    why: str


class StoppedSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A segment whose recording is over, as whoever recorded it hands it in. Offsets count from the first sample of the files.

    What has a default was not told of earlier segments: left out, it leaves their one form as it was.
    """

    segment_id: str
    client_id: ClientId
    project_id: ProjectId
    call_id: CallId
    agent_id: AgentId | None
    order_id: str | None
    purpose: str
    """Also the class by which it is kept: see recording/retention.py."""
    consent_text: str
    consent_version: int
    language: str
    changes: tuple[StateChange, ...]
    marks: tuple[Mark, ...]
    masks: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    codec: str
    """Of the outside party's leg; the files are always linear."""
    stopped_at: Instant
    told_bytes: tuple[int, int] | None = None
    """How large the two files were when the recorder told of its end, headers included; None: it did not tell."""
    missing_ms: int = 0
    """So much of the time it ran is on no tape, at the least, since the switch did not keep up: what was said last, and of more
    than a recorder keeps waiting a piece of the middle."""


class DirectionProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One direction as sealed. `seconds` are digests of all its samples up to the end of each second, the last as short as it is:
    one pass gives them all, and the first that differs names the second where somebody changed something."""

    samples: int
    header_samples: int
    """What the file's own header said before the cut: another number tells of a recorder that did not end by itself."""
    sha256: str
    seconds: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is proven of a sealed segment."""

    format: str
    salt: str
    sealed_at: Instant
    sample_rate: int
    cut_samples: int
    segment: StoppedSegment
    rx: DirectionProof
    tx: DirectionProof
    versions: dict[str, str]

    @property
    def content_bytes(self) -> int:
        """How long the sealed sound is: what the outside party said, then what it heard."""
        return (self.rx.samples + self.tx.samples) * SAMPLE_BYTES

    @property
    def is_whole(self) -> bool:
        """Whether both files were closed at the length that was found, and were no shorter than the recorder had told."""
        told = self.segment.told_bytes or (0, 0)
        return all(self._is_whole(proof, size) for proof, size in zip((self.rx, self.tx), told, strict=True))

    def _is_whole(self, proof: DirectionProof, told_bytes: int) -> bool:
        found = proof.samples + self.cut_samples
        return proof.samples > 0 and found == proof.header_samples and HEADER_BYTES + found * SAMPLE_BYTES >= told_bytes


class Digesting:
    """Digests of one direction, taken while its samples pass by."""

    def __init__(self) -> None:
        self._digest, self._in_second, self._count = hashlib.sha256(), 0, 0
        self._seconds: list[str] = []

    def take(self, data: bytes | memoryview) -> None:
        """These bytes are counted in; any pieces in their order."""
        view = memoryview(data)
        self._count += len(view)
        while view:
            piece = view[: SECOND_BYTES - self._in_second]
            self._digest.update(piece)
            self._in_second += len(piece)
            view = view[len(piece) :]
            if self._in_second == SECOND_BYTES:
                self._end_second()

    def proof(self, header_samples: int) -> DirectionProof:
        """What the bytes so far come to; nothing is taken after it."""
        if self._in_second:
            self._end_second()
        return DirectionProof(
            samples=self._count // SAMPLE_BYTES,
            header_samples=header_samples,
            sha256=self._digest.hexdigest(),
            seconds=tuple(self._seconds),
        )

    def _end_second(self) -> None:
        self._seconds.append(self._digest.hexdigest())
        self._in_second = 0


def require_name(name: str) -> str:
    """The name, which can lead nowhere: letters, digits, dashes, single dots. Raises `BadSegment` for any other."""
    if len(name) > LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise BadSegment("a segment's name has letters, digits, dashes and single dots, 100 at most", given=name[:LONGEST_NAME])
    return name


def digest_of(manifest: Manifest) -> bytes:
    """SHA-256 of the manifest's one form: all the chain ever keeps of it."""
    return hashlib.sha256(encoded(manifest)).digest()
