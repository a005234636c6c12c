"""The vault's sound as the web edge and the command line have it: stretch by stretch, as a picture, or as a signed package.

The vault is opened when somebody first needs it. Whatever reads it does so in a thread; nothing in clear is ever on disk.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from recording.vault.heard import Stretch, heard
from recording.vault.keys import KeyDestroyed, KeyUnusable
from recording.vault.manifest import Manifest
from recording.vault.objects import NoSuchObject, OpenObject
from recording.vault.package import package
from recording.vault.peaks import peaks
from recording.vault.sealing import Vault
from recording.vault.signing import Signer
from recording.vault.stream import ObjectDamaged, Opened
from store.vault import VaultStore
from store.vault_proof import proof_of_link
from telephony.identifiers import Instant
from web.recording_ports import SoundUnavailable

P = ParamSpec("P")
T = TypeVar("T")


class VaultSound:
    """Reads what is sealed. That somebody may hear it was decided, and is on record, before."""

    def __init__(self, engine: AsyncEngine, opening: Callable[[], Vault], signer: Callable[[], Signer]) -> None:
        self._engine, self._opening, self._signer = engine, opening, signer
        self._vault: Vault | None = None
        self._waiting = asyncio.Lock()

    async def stretch(self, manifest: Manifest, stretch: Stretch) -> bytes:
        """The bytes of that stretch of the stereo file. Raises `SoundUnavailable`."""
        async with self._sound(manifest) as sound:
            return await _read(manifest, heard, sound, manifest, stretch)

    async def peaks(self, manifest: Manifest, count: int) -> tuple[list[int], list[int]]:
        """How loud either direction is, place by place, in percent. Raises `SoundUnavailable`."""
        async with self._sound(manifest) as sound:
            return await _read(manifest, peaks, sound, manifest, count)

    async def package(self, segment_id: str, purpose: str, at: Instant) -> AsyncGenerator[bytes]:
        """The signed package of the segment, piece by piece. Raises `SoundUnavailable`, `NoSuchSegment`."""
        kept = await VaultStore(self._engine).get(segment_id)
        if kept.manifest is None or kept.link_number is None:
            raise SoundUnavailable(f"the vault has no sound of {segment_id}", segment_id=segment_id)
        proof = await proof_of_link(self._engine, kept.link_number)
        signer = await asyncio.to_thread(self._signer)
        async with self._sound(kept.manifest) as sound:
            pieces = package(manifest=kept.manifest, proof=proof, sound=sound, purpose=purpose, made_at=at, signer=signer)
            while (piece := await _read(kept.manifest, _next, pieces)) is not None:
                yield piece

    @asynccontextmanager
    async def _sound(self, manifest: Manifest) -> AsyncIterator[Opened]:
        name = manifest.segment.segment_id
        try:
            source, sound = await self._found(manifest)
        except (KeyUnusable, NoSuchObject) as error:
            raise SoundUnavailable(f"the vault has no sound of {name}, or no key to it", segment_id=name) from error
        try:
            yield sound
        finally:
            await asyncio.to_thread(source.close)

    async def _found(self, manifest: Manifest) -> tuple[OpenObject, Opened]:
        was_open = self._vault is not None
        try:
            return await asyncio.to_thread(_opened, await self._open(), manifest)
        except KeyDestroyed:
            raise
        except KeyUnusable:  # the master key was turned over since the vault was opened here
            if not was_open:
                raise
            self._vault = None
            return await asyncio.to_thread(_opened, await self._open(), manifest)

    async def _open(self) -> Vault:
        async with self._waiting:
            if self._vault is None:
                self._vault = await asyncio.to_thread(self._opening)
            return self._vault


def _opened(vault: Vault, manifest: Manifest) -> tuple[OpenObject, Opened]:
    source = vault.objects.open(manifest.segment.segment_id)
    try:
        return source, vault.opened(manifest, source)
    except BaseException:
        source.close()
        raise


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def _read(manifest: Manifest, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *args, **named)
    except ObjectDamaged as error:
        name = manifest.segment.segment_id
        raise SoundUnavailable(f"the sealed sound of {name} was changed", segment_id=name) from error
