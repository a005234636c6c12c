"""The worker's part in the vault: seals what was recorded, shreds what is over its term, roots the chain.

Each step of a segment is noted when it is done, so that a worker killed anywhere goes on where the last note stands.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from cryptography import x509

from fernamt.moment import now
from recording.vault.canonical import encoded
from recording.vault.manifest import Manifest
from recording.vault.receipts import receipt
from recording.vault.sealing import Vault
from recording.vault.signing import Signer
from recording.vault.stamps import Authority, stamp
from store.audit import the_service
from store.recording_access import AccessStore
from store.recording_terms import RecordingTermsStore
from store.vault import KeptSegment, VaultState, VaultStore
from telephony.errors import FernamtError
from telephony.identifiers import SECOND, Instant

SEAL_EVERY_S = 0.5
AT_ONCE = 6
"""Segments worked on at the same time: while some wait for the disk, others are encrypted."""
TOGETHER = 12
"""So many wait for each other: all of them are staged before the first is in the chain."""
ROOT_EVERY_S = 3_600
SHRED_EVERY_S = 600.0
LONGEST_PAUSE_S = 600
FORGET_EVERY_S = 86_400.0
OVER_ITS_TERM = "term"

Item = TypeVar("Item")
Done = TypeVar("Done")

_log = structlog.get_logger("fernamt.vault")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A segment in the chain, or about to be: its object has to be kept."""

    segment: KeptSegment
    manifest: Manifest
    prefix: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Takes segments further."""

    vault: Vault
    book: VaultStore
    signer: Signer

    async def advance(self, segments: Sequence[KeptSegment]) -> None:
        """Every segment is as far as it can be; with one that is not, its trouble is noted, and it keeps none of the others.

        They go on side by side, but wait for the disk together where they can: for their keys, in the chain, in the book.
        """
        stored = [each for each in segments if each.state is VaultState.STORED]
        sealed = [_Ready(each, each.manifest) for each in segments if each.state is VaultState.SEALED and each.manifest]
        sealed += await self._seal([each for each in segments if each.state is VaultState.WAITING])
        kept = [each.segment for each in await self._each(sealed, lambda ready: ready.segment, self._keep)]
        if kept:
            await self.book.note_stored([each.segment_id for each in kept], now())
        await self._clear([*stored, *kept])
        await self._each([each for each in segments if each.state is VaultState.SHREDDING], lambda each: each, self._shred)

    async def _seal(self, waiting: Sequence[KeptSegment]) -> list[_Ready]:
        """Those that are in the chain now, their objects staged."""
        facts = [each.facts for each in waiting if each.facts is not None]
        if not facts:
            return []
        with suppress(FernamtError):  # one client's key may be damaged: staging tells of whom
            await asyncio.to_thread(self.vault.make_keys, facts)
        processors = asyncio.Semaphore(len(os.sched_getaffinity(0)))
        found = await self._each(waiting, lambda each: each, lambda each: self._stage(each, processors))
        staged = [each for each in found if each is not None]
        chained = await self.book.seal([each.manifest for each in staged], self.signer)
        for manifest in (each.manifest for each in staged):
            if not manifest.is_whole:
                _log.error("a recording is shorter than its recorder told", segment_id=manifest.segment.segment_id)
        return [each for each in staged if each.segment.segment_id in chained]

    async def _stage(self, segment: KeptSegment, processors: asyncio.Semaphore) -> _Ready | None:
        """More at once than there are processors would all be through at the same time, and then all wait for the disk."""
        if segment.facts is None:
            return None
        async with processors:
            staged = await asyncio.to_thread(self.vault.stage, segment.facts, now())
        await asyncio.to_thread(self.vault.settle, segment.segment_id)
        return _Ready(segment, staged.manifest, staged.prefix)

    async def _keep(self, ready: _Ready) -> _Ready:
        await asyncio.to_thread(self.vault.keep, ready.manifest, ready.segment.kept_until, ready.prefix)
        return ready

    async def _clear(self, segments: Sequence[KeptSegment]) -> None:
        if not segments:
            return
        names = [each.segment_id for each in segments]
        try:
            await asyncio.to_thread(self.vault.clear, names)
        except OSError as error:
            if len(segments) == 1:
                await self._note(segments[0], error)
            else:  # whichever it is, it keeps none of the others
                await self._each(segments, lambda each: each, lambda each: self._clear([each]))
        else:
            await self.book.note_cleared(names)

    async def _each(
        self, items: Sequence[Item], segment_of: Callable[[Item], KeptSegment], step: Callable[[Item], Awaitable[Done]]
    ) -> list[Done]:
        """What the step came to with each item, a few at a time; the trouble of the others is noted."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def take(item: Item) -> list[Done]:
            async with turns:
                try:
                    return [await step(item)]
                except (FernamtError, OSError) as error:
                    await self._note(segment_of(item), error)
                    return []

        return [done for found in await asyncio.gather(*map(take, items)) for done in found]

    async def _note(self, segment: KeptSegment, error: Exception) -> None:
        pause_s = min(LONGEST_PAUSE_S, 2**segment.tries)
        await self.book.note_trouble(segment.segment_id, str(error), Instant(now() + pause_s * SECOND))
        _log.error("segment not sealed", segment_id=segment.segment_id, state=segment.state, error=str(error))

    async def replay_shreds(self) -> int:
        """What was shredded is gone, also where a backup brought it back; says how many segments that were.

        To be done before anything else of a service that may have been restored.
        """
        keys = self.vault.keys
        known = {each.segment_id for each in await asyncio.to_thread(keys.shredded)}
        for segment_id, word in await self.book.receipts():
            if segment_id not in known:  # an older state of the key store was brought back
                await asyncio.to_thread(keys.destroy, segment_id, now(), word)
        listed = {each.segment_id: each for each in await asyncio.to_thread(keys.shredded)}
        back = set(await self.book.not_shredded_yet(sorted(listed)))
        for segment_id in sorted(back):
            await self.book.note_shredded(segment_id, listed[segment_id].receipt, listed[segment_id].at)
        found = listed.keys() & set(await asyncio.to_thread(lambda: list(self.vault.objects.names())))
        for segment_id in sorted(back | found):  # last: without a key and a manifest no object says anything
            await asyncio.to_thread(self.vault.destroy, segment_id, listed[segment_id].at, listed[segment_id].receipt)
        return len(back | found)

    async def _shred(self, segment: KeptSegment) -> None:
        at = now()
        word = receipt(
            segment_id=segment.segment_id,
            link_number=segment.link_number,
            at=at,
            reason=segment.shred_reason or OVER_ITS_TERM,
            signer=self.signer,
        )
        kept = await asyncio.to_thread(self.vault.destroy, segment.segment_id, at, encoded(word))
        await self.book.note_shredded(segment.segment_id, kept, at)


class SealSegments:
    """What was recorded is in the vault soon after; what has to go is gone."""

    name = "seal_segments"

    def __init__(self, opening: Callable[[], Sealer]) -> None:
        """`opening` opens the vault at the first run: one that cannot be opened keeps no other job of the worker."""
        self._opening = opening
        self._sealer: Sealer | None = None

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """Every segment is as far as it can be; one that fails keeps none of the others."""
        sealer = self._sealer
        if sealer is None:
            sealer = await asyncio.to_thread(self._opening)
            again = await sealer.replay_shreds()
            self._sealer = sealer
            if again:
                _log.warning("a backup had brought segments back that were shredded; they are gone again", segments=again)
        due = await sealer.book.due(now())
        for start in range(0, len(due), TOGETHER):
            if is_stopping():
                break
            await sealer.advance(due[start : start + TOGETHER])
        return SEAL_EVERY_S


class ShredOverdue:
    """No recording outlives its term."""

    name = "shred_overdue"

    def __init__(self, book: VaultStore, terms: RecordingTermsStore | None = None) -> None:
        self._book, self._terms = book, terms

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What is over its term and not held is being shredded: `SealSegments` does it."""
        begun = 0
        if self._terms is not None:
            await self._terms.follow_contracts(by=the_service())
        while not is_stopping() and (overdue := await self._book.overdue(now())):
            begun += sum([await self._book.begin_shred(each, OVER_ITS_TERM, by=the_service()) for each in overdue])
        if begun:
            _log.info("recordings over their term are shredded", segments=begun)
        return SHRED_EVERY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """Who signs the chain's roots, and who stamps them."""

    signer: Signer
    authority: Authority | None = None
    roots: Sequence[x509.Certificate] = ()


class ForgetListeners:
    """Who listened is known as long as the recording is there, and two years at least; not longer."""

    name = "forget_listeners"

    def __init__(self, access: AccessStore) -> None:
        self._access = access

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """What is over its term is gone."""
        gone = await self._access.forget(now())
        if gone:
            _log.info("lines of the access log over their term are gone", entries=gone)
        return FORGET_EVERY_S


class RootTheChain:
    """Every hour the chain's head is signed, and stamped where an authority is configured."""

    name = "root_the_chain"

    def __init__(self, book: VaultStore, opening: Callable[[], Stamping]) -> None:
        self._book, self._opening = book, opening

    async def run_once(self, _is_stopping: Callable[[], bool]) -> float:
        """There is a root of this hour; it and all before it are stamped. Raises where the authority does not stamp."""
        at, stamping = now(), await asyncio.to_thread(self._opening)
        await self._book.put_root(at, stamping.signer)
        if stamping.authority is not None:
            for root in await self._book.unstamped():
                token = await asyncio.to_thread(stamp, root.statement, stamping.authority, stamping.roots)
                await self._book.note_stamp(root.number, token)
        return ROOT_EVERY_S - at // SECOND % ROOT_EVERY_S
