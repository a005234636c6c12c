"""Who waits for which event to be on disk."""

import asyncio
import heapq
from contextlib import suppress

from telephony.errors import JournalError


class DurableWaiters:
    """Lets callers wait for a number; told so by the writer as events become durable."""

    def __init__(self, durable_seq: int = 0) -> None:
        self._durable_seq = durable_seq
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0
        self._end: JournalError | None = None
        self._came = asyncio.Event()

    @property
    def durable_seq(self) -> int:
        """All events up to this number are on disk."""
        return self._durable_seq

    @property
    def end(self) -> JournalError | None:
        """Why nothing more will ever be durable; None while it may."""
        return self._end

    @property
    def has_any(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiters)

    async def wait(self, seq: int) -> None:
        """Returns when that number is durable. Raises `JournalError` when the disk refuses it or all is over."""
        if seq <= self._durable_seq:
            return
        if self._end is not None:
            raise self._end
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiters, (seq, self._count, future))
        self._came.set()
        await future

    async def somebody_waits(self, limit_s: float) -> bool:
        """Returns as soon as anybody waits, and after `limit_s` at the latest; says whether somebody does."""
        if not self._waiters:
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await self._came.wait()
        return bool(self._waiters)

    def reach(self, seq: int) -> None:
        """All up to `seq` is durable: those who waited for it go on."""
        self._durable_seq = max(self._durable_seq, seq)
        for future in self._up_to(seq):
            future.set_result(None)

    def fail(self, seq: int, error: JournalError) -> None:
        """Those who wait for a number up to `seq` get the error; the events may still become durable later."""
        for future in self._up_to(seq):
            future.set_exception(error)

    def give_up(self, error: JournalError) -> None:
        """Nothing more will be durable: everybody who waits, now or later, gets the error."""
        self._end = self._end or error
        for future in self._up_to(None):
            future.set_exception(self._end)

    def _up_to(self, seq: int | None) -> list[asyncio.Future[None]]:
        futures = []
        while self._waiters and (seq is None or self._waiters[0][0] <= seq):
            future = heapq.heappop(self._waiters)[2]
            if not future.done():
                futures.append(future)
        return futures
