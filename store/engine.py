"""The way to the database: one engine per use, with the settings that make a commit durable on either database."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from store.at_once import AtOnce, T, Work
from telephony.errors import FernamtError

_BEGIN_OPTION = "fernamt_begin"
_LINE_OPTION = "fernamt_line"
_AT_ONCE_OPTION = "fernamt_at_once"
_READ_OPTION = "fernamt_read_at_once"
_AHEAD_OPTION = "fernamt_ahead"
_WITHIN_OPTION = "fernamt_within"
_RESTS_SINCE = "fernamt_rests_since"
_READERS = 2
RESTED_S = 1.0
"""After so long a connection to PostgreSQL may have died unseen."""
_LOG, _LONGEST_LOG = 1_000, 16_000
"""With so many pages in SQLite's log a commit puts them into the file. Those for which people wait, at once, leave that to others
(the worker's, a session's), until the log has 64 MB: it takes longer than the commit."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class DatabaseUrlError(FernamtError):
    """The address of the database cannot be used."""

    code = "database_url"


def database_url(text: str | URL) -> URL:
    """The address with the driver we use. Raises `DatabaseUrlError` for anything but SQLite in a file and PostgreSQL."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise DatabaseUrlError("the database is given as sqlite:///PATH or postgresql://USER@HOST/NAME") from error
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise DatabaseUrlError(
            f"{url.get_backend_name()} is not supported: use sqlite:///PATH or postgresql://USER@HOST/NAME",
            given=url.get_backend_name(),
        )
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise DatabaseUrlError("SQLite needs a file: sqlite:///PATH; what is in memory only cannot be durable")
    return url.set(drivername=driver)


def make_engine(url: str | URL, *, busy_timeout_ms: int = 5_000, pool_size: int = 5) -> AsyncEngine:
    """An engine whose commits are on disk when they return; nothing is connected yet.

    What a statement was given stands in no error's text: it would reach the log.
    SQLite: WAL with `synchronous=FULL`, foreign keys on, a new file readable by its owner only.
    PostgreSQL: `synchronous_commit=on`. A statement waits `busy_timeout_ms` for the lock of another process.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        _create_private(Path(str(address.database)))
        limit: dict[str, Any] = {"timeout": busy_timeout_ms / 1_000}
        writer, readers = (
            create_engine(address.set(drivername="sqlite"), pool_size=size, hide_parameters=True, connect_args=limit)
            for size in (1, _READERS)
        )
        at_once, reads = AtOnce(writer), AtOnce(readers, threads=_READERS)
        engine = create_async_engine(
            address,
            pool_size=pool_size,
            hide_parameters=True,
            connect_args=limit,
            execution_options={_LINE_OPTION: _Line(busy_timeout_ms), _AT_ONCE_OPTION: at_once, _READ_OPTION: reads},
        )
        for each in (engine.sync_engine, writer, readers):
            _prepare_sqlite(each, busy_timeout_ms, log_pages=_LONGEST_LOG if each is writer else _LOG)
        for each_at_once in (at_once, reads):
            event.listen(engine.sync_engine, "engine_disposed", lambda _engine, closed=each_at_once: closed.close())
        return engine
    ahead = _on_postgresql(address, busy_timeout_ms, pool_size=1, synchronous_commit="off")
    engine = _on_postgresql(
        address, busy_timeout_ms, pool_size=pool_size, synchronous_commit="on", execution_options={_AHEAD_OPTION: ahead}
    )
    event.listen(engine.sync_engine, "engine_disposed", lambda _engine: ahead.sync_engine.dispose())
    return engine


def _on_postgresql(address: URL, busy_timeout_ms: int, *, pool_size: int, synchronous_commit: str, **options: Any) -> AsyncEngine:
    settings = {
        "synchronous_commit": synchronous_commit,
        "application_name": "fernamt",
        "lock_timeout": str(busy_timeout_ms),
    }
    connect_args = {"server_settings": settings, "timeout": 10, "command_timeout": 60}
    engine = create_async_engine(address, pool_size=pool_size, hide_parameters=True, connect_args=connect_args, **options)
    _ping_the_rested(engine.sync_engine)
    return engine


def _ping_the_rested(engine: Engine) -> None:
    """A connection nobody has used for a while is asked whether it still lives before it is used. One that was used a moment ago
    is believed to: to ask is a way to the server and back, each time, while somebody waits."""

    @event.listens_for(engine, "checkin")
    def rest(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_RESTS_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        since = entry.info.get(_RESTS_SINCE)
        if since is None or time.monotonic() - since < RESTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # those of the others are as dead; a new one is made


def is_sqlite(engine: AsyncEngine) -> bool:
    """Whether the engine speaks to SQLite."""
    return engine.dialect.name == "sqlite"


class _Line:
    """Those of this process who want to write into one SQLite file, one after the other as they came.

    The file has one writer at a time, and whoever finds it taken looks again after ever longer sleeps: many of them get in each
    other's way for seconds, and the last to come may be the first to be served.
    """

    def __init__(self, limit_ms: int) -> None:
        self._limit_ms = limit_ms
        self._first = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limit_ms / 1_000):
                await self._first.acquire()
        except TimeoutError as error:
            raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("others write for too long")) from error
        try:
            yield
        finally:
            self._first.release()


@asynccontextmanager
async def turn_to_write(engine: AsyncEngine) -> AsyncIterator[None]:
    """Nobody else of this process writes into the SQLite file of that engine; on PostgreSQL nobody waits.

    Raises `OperationalError` after the busy timeout, as the file itself does. Not to be taken within itself.
    """
    line = engine.get_execution_options().get(_LINE_OPTION)
    if line is None:
        yield
        return
    async with line.turn():
        yield


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that may write, committed at the end. SQLite's write lock is taken at once: no write after a read fails."""
    within = _within(engine)
    if within is not None:
        yield within
        return
    async with turn_to_write(engine), engine.connect() as connection:
        await connection.execution_options(**{_BEGIN_OPTION: "BEGIN IMMEDIATE"})
        async with connection.begin():
            yield connection


@asynccontextmanager
async def as_one(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An engine of whose stores all that is read and written is one transaction, committed at the end; an error undoes all of it.

    For one task, and for nothing that commits by itself. As long as it is open nobody else writes on SQLite.
    """
    async with writing(engine) as connection:
        yield engine.execution_options(**{_WITHIN_OPTION: connection})


def _within(engine: AsyncEngine) -> AsyncConnection | None:
    within: AsyncConnection | None = engine.get_execution_options().get(_WITHIN_OPTION)
    return within


async def write_at_once(engine: AsyncEngine, work: Work[T], *, waits_for_disk: bool = True) -> T:
    """What the work returns, its transaction committed as by `writing`. It may await nothing but the connection it is given.

    On SQLite it goes to a thread once, and not for each step of each statement: that is what short transactions cost on a loop
    that has other things to do. Where it does not wait for the disk, all see what it wrote, but a machine that fails may lose it
    until anything that was begun after it and does wait is committed: either database has one log, and syncs it in its order.
    """
    within = _within(engine)
    if within is not None:
        return await work(within)
    at_once: AtOnce | None = engine.get_execution_options().get(_AT_ONCE_OPTION)
    if at_once is None:
        async with writing(engine if waits_for_disk else engine.get_execution_options()[_AHEAD_OPTION]) as connection:
            return await work(connection)
    async with turn_to_write(engine):
        return await at_once.run(work, waits_for_disk=waits_for_disk, **{_BEGIN_OPTION: "BEGIN IMMEDIATE"})


async def read_at_once(engine: AsyncEngine, work: Work[T]) -> T:
    """What the work reads, as by `reading`. It may await nothing but the connection it is given; see `write_at_once`.

    On PostgreSQL without a transaction around it, in which each statement would see what is committed by then, too.
    """
    within = _within(engine)
    if within is not None:
        return await work(within)
    at_once: AtOnce | None = engine.get_execution_options().get(_READ_OPTION)
    if at_once is None:
        async with engine.connect() as connection:
            return await work(await connection.execution_options(isolation_level="AUTOCOMMIT"))
    return await at_once.run(work)


async def open_writer(engine: AsyncEngine) -> AsyncConnection:
    """A connection of one's own whose transactions take the write lock at once; the caller closes it, and begins each of them in
    its `turn_to_write`."""
    connection = await engine.connect()
    return await connection.execution_options(**{_BEGIN_OPTION: "BEGIN IMMEDIATE"})


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection to read with; on SQLite all reads in it see one state of the database."""
    within = _within(engine)
    if within is not None:
        yield within
        return
    async with engine.connect() as connection:
        yield connection


async def forget_old_pages(engine: AsyncEngine) -> None:
    """On SQLite, the write-ahead log holds no older form of a page any more, as far as no reader needs it now."""
    if is_sqlite(engine):
        async with engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _create_private(path: Path) -> None:
    if not path.parent.is_dir():
        raise DatabaseUrlError(f"the database's folder {path.parent} does not exist: make it first", folder=str(path.parent))
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare_sqlite(engine: Engine, busy_timeout_ms: int, *, log_pages: int) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={busy_timeout_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"wal_autocheckpoint={log_pages}",
            "secure_delete=ON",  # what is erased is overwritten, not only forgotten
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options: dict[str, Any] = dict(connection.get_execution_options())
        connection.exec_driver_sql(options.get(_BEGIN_OPTION, "BEGIN"))
