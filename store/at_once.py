"""Transactions that run from beginning to end in a thread, beside an engine that goes to one for each of their statements."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Dialect, Engine, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Work = Callable[[AsyncConnection], Coroutine[Any, Any, T]]


class AtOnce:
    """Runs work that awaits nothing but its own connection. `engine` is a blocking one of SQLite."""

    def __init__(self, engine: Engine, *, threads: int = 1) -> None:
        self._engine = engine
        self._threads = threads
        self._thread: ThreadPoolExecutor | None = None

    async def run(self, work: Work[T], *, waits_for_disk: bool = True, **options: str) -> T:
        """What the work returns, its transaction committed. Where it does not wait for the disk, it is there together with the
        next that does."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(self._threads, thread_name_prefix="at once")
        run = self._run if waits_for_disk else self._run_ahead_of_disk
        running = asyncio.get_running_loop().run_in_executor(self._thread, run, work, options)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])  # it is committed, or not, before anybody else has their turn
            raise

    def _run(self, work: Work[T], options: dict[str, str]) -> T:
        with self._engine.connect() as connection:
            connection.execution_options(**options)
            with connection.begin():
                return _finished(work(cast(AsyncConnection, _Answering(connection))))

    def _run_ahead_of_disk(self, work: Work[T], options: dict[str, str]) -> T:
        with self._engine.connect() as connection:
            raw = connection.connection
            raw.execute("PRAGMA synchronous=NORMAL")  # the frames are in the log, which the next commit in FULL syncs as a whole
            try:
                connection.execution_options(**options)
                with connection.begin():
                    return _finished(work(cast(AsyncConnection, _Answering(connection))))
            finally:
                raw.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        """What runs is finished, then connection and thread are given up; they come again when they are needed."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown()
        self._engine.dispose()


class _Answering:
    """As much of an `AsyncConnection` as statements need, which has the answer when it is asked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> Any:
        return self._connection.exec_driver_sql(statement, parameters)


def _finished(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    work.close()
    raise RuntimeError("a transaction in a thread of its own waits for nothing outside it")
