"""Transactions that run in a thread from beginning to end."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.at_once import AtOnce
from store.engine import make_engine, read_at_once, reading, write_at_once


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """With a table of numbers."""
    made = make_engine(f"sqlite:///{tmp_path / 'some.db'}")

    async def create(connection: AsyncConnection) -> None:
        await connection.execute(text("CREATE TABLE numbers (number INTEGER)"))

    await write_at_once(made, create)
    yield made
    await made.dispose()


async def put(connection: AsyncConnection, number: int) -> int:
    await connection.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": number})
    found = await connection.execute(text("SELECT sum(number) FROM numbers"))
    return int(found.scalar_one())


async def in_all(engine: AsyncEngine) -> int:
    async with reading(engine) as connection:
        return int((await connection.execute(text("SELECT coalesce(sum(number), 0) FROM numbers"))).scalar_one())


async def test_each_sees_what_those_before_it_wrote_and_all_of_it_is_there(engine: AsyncEngine) -> None:
    sums = await asyncio.gather(*(write_at_once(engine, lambda connection: put(connection, 1)) for _ in range(5)))
    assert sums == [1, 2, 3, 4, 5]
    assert await in_all(engine) == 5


async def test_of_what_fails_nothing_stays(engine: AsyncEngine) -> None:
    async def fails(connection: AsyncConnection) -> None:
        await put(connection, 7)
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        await write_at_once(engine, fails)
    assert await in_all(engine) == 0
    assert await write_at_once(engine, lambda connection: put(connection, 2)) == 2


async def test_work_that_waits_for_anything_else_is_told_so_and_nothing_stays(engine: AsyncEngine) -> None:
    async def waits(connection: AsyncConnection) -> None:
        await put(connection, 7)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waits for nothing outside"):
        await write_at_once(engine, waits)
    assert await in_all(engine) == 0


async def test_an_engine_that_was_given_up_works_again(engine: AsyncEngine) -> None:
    await engine.dispose()
    assert await write_at_once(engine, lambda connection: put(connection, 3)) == 3


async def test_who_is_cancelled_keeps_their_turn_until_their_thread_is_done(engine: AsyncEngine) -> None:
    begun, may_end = threading.Event(), threading.Event()

    async def slow(connection: AsyncConnection) -> int:
        begun.set()
        may_end.wait(60)
        return await put(connection, 1)

    first = asyncio.create_task(write_at_once(engine, slow))
    await asyncio.to_thread(begun.wait, 60)
    first.cancel()
    second = asyncio.create_task(write_at_once(engine, lambda connection: put(connection, 1)))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not first.done()
    may_end.set()
    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first


async def synchronous(connection: AsyncConnection) -> int:
    return int((await connection.execute(text("PRAGMA synchronous"))).scalar_one())


async def test_what_does_not_wait_for_the_disk_is_seen_at_once_and_the_next_one_waits_again(engine: AsyncEngine) -> None:
    assert await write_at_once(engine, synchronous, waits_for_disk=False) == 1
    assert await write_at_once(engine, lambda connection: put(connection, 4), waits_for_disk=False) == 4
    assert await in_all(engine) == 4
    assert await write_at_once(engine, synchronous) == 2


async def test_the_disk_is_waited_for_again_after_a_failure_ahead_of_it(engine: AsyncEngine) -> None:
    async def fails(connection: AsyncConnection) -> None:
        await put(connection, 7)
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        await write_at_once(engine, fails, waits_for_disk=False)
    assert await in_all(engine) == 0
    assert await write_at_once(engine, synchronous) == 2


async def test_several_read_at_once_while_somebody_writes(engine: AsyncEngine) -> None:
    begun, may_end = threading.Event(), threading.Event()

    async def slow(connection: AsyncConnection) -> int:
        begun.set()
        may_end.wait(60)
        return await put(connection, 1)

    async def look(connection: AsyncConnection) -> int:
        return int((await connection.execute(text("SELECT coalesce(sum(number), 0) FROM numbers"))).scalar_one())

    writer = asyncio.create_task(write_at_once(engine, slow))
    await asyncio.to_thread(begun.wait, 60)
    assert await asyncio.gather(*(read_at_once(engine, look) for _ in range(5))) == [0] * 5
    may_end.set()
    assert await writer == 1
    assert await read_at_once(engine, look) == 1


async def pages(connection: AsyncConnection) -> int:
    return int((await connection.execute(text("PRAGMA wal_autocheckpoint"))).scalar_one())


async def test_the_log_is_tidied_by_those_nobody_waits_for(engine: AsyncEngine) -> None:
    assert await write_at_once(engine, pages) > await read_at_once(engine, pages)
    async with reading(engine) as connection:
        assert await pages(connection) == await read_at_once(engine, pages)


async def test_a_log_that_nobody_tidies_ends_growing(engine: AsyncEngine, tmp_path: Path) -> None:
    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS pages (page BLOB)"))
        await connection.execute(text("INSERT INTO pages VALUES (zeroblob(8000000))"))

    for _ in range(20):  # 160 MB
        await write_at_once(engine, fill, waits_for_disk=False)
    assert (tmp_path / "some.db-wal").stat().st_size < 80_000_000


async def test_closing_waits_for_what_runs_and_leaves_no_connection(tmp_path: Path) -> None:
    at_once = AtOnce(create_engine(f"sqlite:///{tmp_path / 'some.db'}"))
    begun, may_end = threading.Event(), threading.Event()

    async def takes_its_time(connection: AsyncConnection) -> sqlite3.Connection:
        blocking = cast(Connection, connection)._connection  # type: ignore[attr-defined]
        begun.set()
        assert may_end.wait(60)
        raw = blocking.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    running = asyncio.create_task(at_once.run(takes_its_time))
    await asyncio.to_thread(begun.wait, 60)
    closing = asyncio.create_task(asyncio.to_thread(at_once.close))
    await asyncio.wait([closing], timeout=0.05)  # one that does not wait is over by now
    may_end.set()
    raw = await running
    await closing
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        raw.execute("SELECT 1")
