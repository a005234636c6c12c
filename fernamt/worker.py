"""`fernamt worker`: everything that is not a turn. Jobs run side by side, each again and again; none is in a call's path.

A job that fails says so and is tried again with growing pauses: metering stands still then, calls go on. The worker ends when it
is told to (SIGTERM, SIGINT), and when the process that started it is gone: that one holds the other end of its standard input.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from metering.derive import Derivation, catch_up
from metering.fold import DEFAULT_RULES
from metering.lines import MeteringRules
from metering.ports import DerivationState, EventSource, WrittenBook
from telephony.errors import FernamtError

COLLECT_EVERY = (50_000, 20, 20)
"""For the garbage collector: more than a page of rows and a step of calls hold. They go by themselves, and looking through them
again and again costs a sixth of the time."""

PAGE_ROWS = 4_000
"""Rows of the journal read at once by a job: here no call waits for the event loop, and fewer pages cost less."""

DERIVE_EVERY_S = 1.0
LONGEST_PAUSE_S = 60.0

_log = structlog.get_logger("fernamt.worker")


class Job(Protocol):
    """One kind of work that comes up again and again."""

    @property
    def name(self) -> str:
        """For logs; bounded, without ids."""
        ...

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What is to be done now is done; returns the seconds until it should be looked at again.

        A long job asks `is_stopping` wherever it may leave off, and comes back then.
        """
        ...


class DeriveMinutes:
    """Records and minute lines of every call that has ended; goes on where the book says, whoever wrote it."""

    name = "derive_minutes"

    def __init__(self, source: EventSource, book: WrittenBook, rules: MeteringRules = DEFAULT_RULES) -> None:
        self._source = source
        self._book = book
        self._rules = rules
        self._derivation: Derivation | None = None

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """The book holds the minutes of the journal so far."""
        derivation = self._derivation
        self._derivation = None  # a failure on the way leaves nothing half read: the next run starts from the book
        if derivation is None:
            derivation = Derivation(self._source, await self._start(), rules=self._rules)
        count = await catch_up(derivation, self._book, is_stopping=is_stopping)
        self._derivation = derivation
        if count:
            _log.info("minutes derived", calls=count)
        return DERIVE_EVERY_S

    async def _start(self) -> DerivationState:
        state = await self._book.state()
        if state.seq and (state.engine_version, state.rule_version) != DerivationState.versions(self._rules):
            _log.info("minutes are derived anew", engine_version=state.engine_version, rule_version=state.rule_version)
            return DerivationState()  # every call's lines are replaced as the derivation comes to them
        return state


class Worker:
    """Runs jobs until stopped."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """The jobs end at the next place where each may leave off."""
        self._stopping.set()

    async def run(self) -> None:
        """Returns when stopped and no job is at work any more."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._again_and_again(job), name=job.name)

    async def _again_and_again(self, job: Job) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                pause = await job.run_once(self._stopping.is_set)
                failures = 0
            except (FernamtError, SQLAlchemyError, OSError) as error:
                failures += 1
                pause = min(LONGEST_PAUSE_S, 2.0 ** min(failures, 6) / 2)
                _log.error("job failed", job=job.name, error=str(error), failures=failures, again_in_s=pause)
            await self._wait(pause)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


async def run_until_told(worker: Worker, *, ends_with_parent: bool) -> None:
    """Runs the worker until SIGTERM or SIGINT, or, where wanted, until standard input is closed by the parent's end."""
    gc.set_threshold(*COLLECT_EVERY)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    if ends_with_parent:
        await _stop_at_end_of_input(worker)
    try:
        await worker.run()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _stop_at_end_of_input(worker: Worker) -> None:
    class Parent(asyncio.Protocol):
        def connection_lost(self, _exc: Exception | None) -> None:
            worker.stop()

    await asyncio.get_running_loop().connect_read_pipe(Parent, sys.stdin)
