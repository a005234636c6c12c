"""The one writer of the journal: group commit, and a spool file for the time the database is away.

`append` puts events in line and returns. One task takes all that is in line and writes it in one transaction. When a commit
fails or takes longer than `patience_ms`, the batch goes to the spool (fsynced) and so does what follows, until the database is
back: then the spool is written to it first, and the writer is direct again. An event is durable as soon as either has it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from store.durability import DurableWaiters
from store.journal_codec import JournalCodec
from store.journal_database import Batch, JournalDatabase
from store.lease import LeaseLost
from store.parties import PartyKeys
from store.spool_batches import BatchSpool
from telephony.engine.ports import PartyRecord
from telephony.errors import JournalError
from telephony.events import Envelope

_LOG = structlog.get_logger(__name__)
_T = TypeVar("_T")
GATHER_S = 0.01
"""A call's first events come in bursts: one commit for them costs a third of three, and none runs beside the offer itself.
Where somebody waits for the disk, nothing is waited for."""
GATHER_MANY_S, MANY = 0.07, 16
"""So long once a commit had so many events, which are those of several calls: at a hundred calls a second that saves a fifth of a
call's processor time, since half of what a commit costs does not depend on what is in it. A process killed then loses less than
the tenth of a second to which minutes are told after it."""
FEW = 8
"""So many events are put into words on the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """`patience_ms`: how long a commit may take before the spool gets it; `retry_ms`: how often a lost database is tried."""

    patience_ms: int = 300
    retry_ms: int = 500
    batch_events: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHealth:
    """How the journal stands. Unhealthy: events are in memory only, or another process writes; the calls go on."""

    is_healthy: bool
    is_spooling: bool
    waiting_events: int
    """In memory, not yet on disk."""
    waiting_ms: int
    """How long the oldest of them has waited in line."""
    spool_bytes: int
    last_error: str | None


class JournalWriter:
    """Writes what is appended, in its order, exactly once."""

    def __init__(
        self, *, database: JournalDatabase, spool: BatchSpool, keys: PartyKeys, codec: JournalCodec, settings: JournalSettings
    ) -> None:
        self._database = database
        self._spool = spool
        self._keys = keys
        self._codec = codec
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._line: deque[tuple[Sequence[Envelope], Sequence[PartyRecord], float]] = deque()
        self._events_in_line = 0
        self._gathered = 0
        self._stuck: Batch | None = None
        self._attempt: asyncio.Task[int] | None = None
        self._retry_at = 0.0
        self._wake = asyncio.Event()
        self._is_closing = False
        self._last_error: str | None = None
        self._last_seq = 0
        self._task: asyncio.Task[None] | None = None
        self.waiters = DurableWaiters()

    @property
    def last_seq(self) -> int:
        """The highest number ever given; spool included."""
        return self._last_seq

    @property
    def health(self) -> JournalHealth:
        """How the journal stands now."""
        oldest = self._line[0][2] if self._line else None
        return JournalHealth(
            is_healthy=self._stuck is None and self.waiters.end is None,
            is_spooling=self._spool.size_bytes > 0,
            waiting_events=self._events_in_line + (len(self._stuck.rows) if self._stuck else 0),
            waiting_ms=0 if oldest is None else int((asyncio.get_running_loop().time() - oldest) * 1_000),
            spool_bytes=self._spool.size_bytes,
            last_error=self._last_error,
        )

    def append(self, envelopes: Sequence[Envelope], parties: Sequence[PartyRecord]) -> None:
        """The events are in line; returns at once. Raises `JournalError` for a number that was given, and once all is over.

        They are encoded when they are written: what the codec does not know ends the writer.
        """
        if self._is_closing or self.waiters.end is not None:
            raise self.waiters.end or JournalError("the journal is closed")
        if parties and not envelopes:
            raise JournalError("people come with the event that names them")
        last = self._last_seq
        for envelope in envelopes:
            if envelope.seq <= last:
                raise JournalError(f"event {envelope.seq} comes after {last}: numbers only grow", seq=envelope.seq)
            last = envelope.seq
        if envelopes:
            self._line.append((envelopes, parties, asyncio.get_running_loop().time()))
            self._events_in_line += len(envelopes)
            self._last_seq = last
            self._wake.set()

    async def start(self) -> None:
        """What an earlier process left in the spool is in the database, and the writer runs."""
        await self._database.connect()
        self._reach(self._database.last_seq)
        await self._drain(0)
        await self._in_thread(self._spool.clear)
        self._task = asyncio.create_task(self._write_for_ever(), name="journal writer")

    async def stop(self) -> None:
        """What was in line is on disk, as far as a disk takes it; nothing more is taken."""
        self._is_closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)  # what ended it was told when it happened
        self.waiters.give_up(JournalError("the journal is closed"))
        self._thread.shutdown()

    # -- the task ------------------------------------------------------------------------------------------------------

    async def _write_for_ever(self) -> None:
        try:
            while self._line or self._stuck is not None or not self._is_closing:
                await self._wake.wait()
                self._wake.clear()
                if self._events_in_line < self._settings.batch_events and not self._is_closing:
                    await self.waiters.somebody_waits(GATHER_S if self._gathered < MANY else GATHER_MANY_S)
                await self._step()
                if self._is_closing and self._stuck is not None:
                    break
            if self._attempt is not None:
                await asyncio.wait({self._attempt})
                await self._settle()
        except BaseException as error:
            self._last_error = str(error)
            self.waiters.give_up(JournalError(f"the journal's writer has ended: {error}"))
            if isinstance(error, LeaseLost):
                aside = self._spool.set_aside()  # its numbers are the other process's by now
                _LOG.error("journal_lease_lost", error=str(error), unwritten_events_kept_in=str(aside) if aside else None)
            elif not isinstance(error, asyncio.CancelledError):
                _LOG.error("journal_writer_failed", error=repr(error))
            raise

    async def _step(self) -> None:
        """Settles what came of the last attempt, tries a lost database again when it is due, and writes what is in line."""
        await self._settle()
        is_due = asyncio.get_running_loop().time() >= self._retry_at
        if self._spool.size_bytes and self._attempt is None and is_due:
            self._try(self._drain(0))
        if self._stuck is not None:
            if is_due or self._is_closing:
                batch, self._stuck = self._stuck, None
                await self._write(batch)
        elif self._line:
            await self._write(await self._next_batch())
        if self._line and self._stuck is None:
            self._wake.set()

    async def _next_batch(self) -> Batch:
        """What was appended together is written together: half a turn would leave a call that waits for its other half."""
        envelopes, people = list[Envelope](), list[PartyRecord]()
        while self._line and len(envelopes) < self._settings.batch_events:
            turn, parties, _ = self._line.popleft()
            envelopes.extend(turn)
            people.extend(parties)
        self._events_in_line -= len(envelopes)
        self._gathered = len(envelopes)
        # Sooner done than handed to a thread; to seal a person takes as long as four events, so only where somebody waits for it.
        if len(envelopes) <= FEW and (not people or self.waiters.has_any):
            return self._encoded(envelopes, people)
        return await self._in_thread(lambda: self._encoded(envelopes, people))

    def _encoded(self, envelopes: Sequence[Envelope], people: Sequence[PartyRecord]) -> Batch:
        rows = [self._codec.encode(envelope) for envelope in envelopes]
        return Batch(envelopes=envelopes, rows=rows, parties=[self._keys.seal(each) for each in people])

    async def _write(self, batch: Batch) -> None:
        if self._attempt is None and not self._spool.size_bytes:
            attempt = self._try(self._write_direct(batch))
            await self._have_patience(attempt)
            if await self._settle():
                self._reach(batch.last_seq)
                return
            if not attempt.done():
                self._is_away(f"a commit takes longer than {self._settings.patience_ms} ms")
        await self._write_spool(batch)

    async def _write_direct(self, batch: Batch) -> int:
        await self._database.write(batch)
        return 0

    async def _write_spool(self, batch: Batch) -> None:
        try:
            await self._in_thread(lambda: self._spool.append(batch))
        except OSError as error:
            self._stuck = batch
            self._last_error = f"spool: {error}"
            _LOG.error("journal_stuck", error=str(error), events=len(batch.rows), seq=batch.last_seq)
            refused = JournalError(f"neither the database nor the spool takes events: {error.strerror}", seq=batch.last_seq)
            self.waiters.fail(batch.last_seq, refused)
            self._retry_later()
        else:
            self._reach(batch.last_seq)

    # -- the database: tried, lost, found again ------------------------------------------------------------------------

    def _try(self, work: Coroutine[Any, Any, int]) -> asyncio.Task[int]:
        self._attempt = asyncio.create_task(work, name="journal attempt")
        self._attempt.add_done_callback(lambda _: self._wake.set())
        return self._attempt

    async def _have_patience(self, attempt: asyncio.Task[int]) -> None:
        await asyncio.wait({attempt}, timeout=self._settings.patience_ms / 1_000)

    async def _settle(self) -> bool:
        """Whether an attempt has just come to a good end. The spool is emptied once all of it is in the database."""
        if self._attempt is None or not self._attempt.done():
            return False
        attempt, self._attempt = self._attempt, None
        if (error := attempt.exception()) is not None:
            self._note_outage(error)
            return False
        self._last_error = None
        if self._spool.size_bytes:
            await self._drain_rest(attempt.result())
        return True

    async def _drain_rest(self, drained_to: int) -> None:
        """The spool is empty, if the database keeps up: nothing goes into it while the rest is written."""
        if drained_to < self._spool.end:
            rest = self._try(self._drain(drained_to))
            await self._have_patience(rest)
            if not rest.done():
                return
            self._attempt = None
            if (error := rest.exception()) is not None:
                self._note_outage(error)
                return
        await self._in_thread(self._spool.clear)
        _LOG.info("journal_spool_written", seq=self._database.last_seq)

    async def _drain(self, start: int) -> int:
        """All that was in the spool when this began is in the database; returns the place up to which."""
        end = self._spool.end
        while start < end:
            batch, start = await asyncio.to_thread(self._spool.read, start, end, self._settings.batch_events)
            if batch is not None:
                await self._database.write(batch)
                self._reach(batch.last_seq)
        return end

    def _note_outage(self, error: BaseException) -> None:
        if isinstance(error, LeaseLost):
            raise error
        self._is_away(str(error))
        self._retry_later()

    def _is_away(self, why: str) -> None:
        if self._last_error is None:
            _LOG.warning("journal_database_away", error=why)
        self._last_error = why

    def _retry_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._retry_at = loop.time() + self._settings.retry_ms / 1_000
        loop.call_at(self._retry_at + 0.001, self._wake.set)

    def _reach(self, seq: int) -> None:
        self._last_seq = max(self._last_seq, seq)
        self.waiters.reach(seq)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
