"""Sealing and destroying one segment, as steps that may be killed anywhere and begun again: nothing is lost, nothing done twice.

stage    both files are read once: digests, and the sealed object in the staging folder. The manifest comes of it.
settle   the staged object is on disk, so that `keep` finds little to wait for. Only that: it may be left out.
         (the caller puts the manifest into the chain)
keep     the object is in the store, read back and found to hold what the manifest says.
         (the caller notes that)
clear    the recorder's files and the staged object are gone.
Blocking: called in a thread.
"""

import errno
import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from msgspec.structs import replace

from recording.vault.keys import KeyStore
from recording.vault.manifest import (
    CUT_SAMPLES,
    DIRECTIONS,
    FORMAT,
    SAMPLE_BYTES,
    SAMPLE_RATE,
    Digesting,
    DirectionProof,
    Manifest,
    StoppedSegment,
    require_name,
)
from recording.vault.objects import FileSource, NoSuchObject, ObjectStore, make_private, sync_file, sync_folder
from recording.vault.silences import Silences, in_both, placed
from recording.vault.stream import PREFIX_BYTES, ObjectDamaged, Opened, Source, sealed
from recording.vault.wave import Recorded
from telephony.errors import FernamtError
from telephony.identifiers import Instant

_PART = ".part"
_SALT_BYTES = 16
_WRITTEN_AT_ONCE = 8
"""Chunks written at once: each write costs the file system something of its own."""


class SealingFailed(FernamtError):
    """A segment is not what was sealed of it: a person has to look."""

    code = "sealing_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What came of staging."""

    manifest: Manifest
    prefix: bytes
    """Of the staged object: no other one begins like it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Where sound comes from, where it goes, and its keys."""

    keys: KeyStore
    objects: ObjectStore
    spool: Path
    """The recorder's folder."""
    staging: Path
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what recorded and sealed, for the manifest."""

    def make_keys(self, segments: Sequence[StoppedSegment]) -> None:
        """Every one of these has its key, but those that were shredded: one wait for the disk, and not one each in `stage`."""
        self.keys.make({require_name(each.segment_id): each.client_id for each in segments})

    def stage(self, segment: StoppedSegment, sealed_at: Instant) -> Staged:
        """The sealed object is staged; returns what is proven of it.

        Raises `BadSegment` where the files are missing or no such sound, `KeyDestroyed` where the segment was shredded.
        """
        silences = [Silences() for _ in DIRECTIONS] if segment.masks else []
        prefix, (rx, tx) = self._stage(segment, silences)
        if silences:
            silent = in_both(*(each.found for each in silences))
            segment = replace(segment, masks=placed(segment.masks, silent, segment.missing_ms))
        manifest = Manifest(
            format=FORMAT,
            salt=os.urandom(_SALT_BYTES).hex(),
            sealed_at=sealed_at,
            sample_rate=SAMPLE_RATE,
            cut_samples=CUT_SAMPLES,
            segment=segment,
            rx=rx,
            tx=tx,
            versions=dict(self.versions),
        )
        return Staged(manifest=manifest, prefix=prefix)

    def settle(self, segment_id: str) -> None:
        """What was staged of the segment is on disk: waited for here, where the next one may be encrypted meanwhile."""
        sync_file(self.staging / require_name(segment_id))

    def keep(self, manifest: Manifest, kept_until: Instant, prefix: bytes | None = None) -> None:
        """The object is in the store, and holds what the manifest says: it was read back.

        `prefix` where the object was staged just now: reading back then proves it without taking the digests again.
        Raises `SealingFailed` where the recorder's files are not what was sealed, or the store gives back something else.
        """
        name = require_name(manifest.segment.segment_id)
        if prefix is None:
            if self._is_kept(manifest):
                return
            if not self._is_staged(manifest):
                prefix, proofs = self._stage(manifest.segment)
                if proofs != (manifest.rx, manifest.tx):
                    raise SealingFailed(f"the sound of {name} was changed after it was sealed", segment_id=name)
        self.objects.put(name, self.staging / name, kept_until)
        if not self._is_kept(manifest, prefix):
            raise SealingFailed(f"the store does not give back what was sealed of {name}", segment_id=name)

    def clear(self, segment_ids: Iterable[str]) -> None:
        """No sound of these segments is left outside of the store."""
        for name in map(require_name, segment_ids):
            paths = [self.spool / f"{name}-{direction}.wav" for direction in DIRECTIONS]
            for path in (*paths, self.staging / name, self.staging / (name + _PART)):
                path.unlink(missing_ok=True)
        if self.spool.is_dir():
            sync_folder(self.spool)

    def destroy(self, segment_id: str, at: Instant, receipt: bytes) -> bytes:
        """Key, object and whatever is left of the segment are gone; returns the receipt of the first time."""
        kept = self.keys.destroy(
            require_name(segment_id), at, receipt
        )  # the key first: without it nothing else is worth anything
        self.clear([segment_id])
        self.objects.delete(segment_id)
        return kept

    def opened(self, manifest: Manifest, source: Source) -> Opened:
        """The sealed sound of that segment, read from there."""
        name = manifest.segment.segment_id
        return Opened(source, self.keys.key_of(name), name)

    def _stage(
        self, segment: StoppedSegment, silences: Sequence[Silences] = ()
    ) -> tuple[bytes, tuple[DirectionProof, DirectionProof]]:
        """Neither its bytes nor its name need be on disk when it returns: as long as it is not in the store, the recorder's
        files are there."""
        name = require_name(segment.segment_id)
        make_private(self.staging)
        key, prefix = self.keys.key_for(name, segment.client_id), os.urandom(PREFIX_BYTES)
        part = self.staging / (name + _PART)
        part.unlink(missing_ok=True)
        digests = [Digesting() for _ in DIRECTIONS]
        with ExitStack() as stack:
            files = [stack.enter_context(closing(Recorded(self.spool / f"{name}-{direction}.wav"))) for direction in DIRECTIONS]
            taken = [_taken(file.pieces(), taking) for file, taking in zip(files, digests, strict=True)]
            if silences:
                taken = [_taken(pieces, taking) for pieces, taking in zip(taken, silences, strict=True)]
            _write(part, sealed(key, name, prefix, chain.from_iterable(taken)))
        rx, tx = (taking.proof(file.header_samples) for file, taking in zip(files, digests, strict=True))
        part.replace(self.staging / name)
        return prefix, (rx, tx)

    def _is_kept(self, manifest: Manifest, prefix: bytes | None = None) -> bool:
        name = manifest.segment.segment_id
        try:
            source = self.objects.open(name)
        except NoSuchObject:
            return False
        with closing(source):
            if not self._holds(manifest, source, prefix):
                raise SealingFailed(f"the store holds another object {name} than the one sealed", segment_id=name)
        return True

    def _is_staged(self, manifest: Manifest) -> bool:
        try:
            source = FileSource(self.staging / require_name(manifest.segment.segment_id))
        except NoSuchObject:
            return False
        with closing(source):
            return self._holds(manifest, source)

    def _holds(self, manifest: Manifest, source: Source, prefix: bytes | None = None) -> bool:
        try:
            opened = self.opened(manifest, source)
            if opened.size != manifest.content_bytes:
                return False
            if opened.prefix == prefix:  # ours of just now, as every chunk's tag proves
                deque(opened.pieces(), maxlen=0)
                return True
            return _is_proven(opened.pieces(), manifest)
        except ObjectDamaged:
            return False


def _taken(pieces: Iterable[bytes], taking: Digesting | Silences) -> Iterator[bytes]:
    """The pieces, their digests taken as they pass, or their silences."""
    for piece in pieces:
        taking.take(piece)
        yield piece


def _is_proven(pieces: Iterable[bytes], manifest: Manifest) -> bool:
    """Whether the bytes are those of the manifest: one direction after the other."""
    rx, tx = hashlib.sha256(), hashlib.sha256()
    left = manifest.rx.samples * SAMPLE_BYTES
    for piece in pieces:
        view = memoryview(piece)
        rx.update(view[:left])
        tx.update(view[left:])
        left = max(0, left - len(view))
    return (rx.hexdigest(), tx.hexdigest()) == (manifest.rx.sha256, manifest.tx.sha256)


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """A new file of these bytes, 0600; they need not be on disk yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        waiting = iter(pieces)
        while some := list(islice(waiting, _WRITTEN_AT_ONCE)):
            if os.writev(handle, some) != sum(map(len, some)):  # as a full disk has it
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(handle)
