"""Connections: what waits for the disk and what does not, and connections that died while nobody looked."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store import engine as engines
from store.engine import is_sqlite, make_engine, read_at_once, write_at_once
from tests.postgres import Postgres


async def test_only_what_is_told_not_to_waits_for_no_disk(engine: AsyncEngine) -> None:
    query, on, off = ("PRAGMA synchronous", 2, 1) if is_sqlite(engine) else ("SHOW synchronous_commit", "on", "off")

    async def waits(connection: AsyncConnection) -> object:
        return (await connection.execute(text(query))).scalar()

    assert await write_at_once(engine, waits) == on
    assert await write_at_once(engine, waits, waits_for_disk=False) == off
    assert await write_at_once(engine, waits) == on
    assert await read_at_once(engine, waits) == on


@pytest.mark.durable
async def test_the_databases_of_tests_of_durability_wait_for_their_disk(engine: AsyncEngine) -> None:
    query, on = ("PRAGMA synchronous", 2) if is_sqlite(engine) else ("SHOW fsync", "on")
    async with engine.connect() as connection:
        assert (await connection.execute(text(query))).scalar() == on


async def test_all_see_what_was_written_ahead_of_the_disk(engine: AsyncEngine) -> None:
    async def written(connection: AsyncConnection) -> None:
        await connection.execute(text("CREATE TABLE seen (one INTEGER)"))
        await connection.execute(text("INSERT INTO seen VALUES (1)"))

    async def read(connection: AsyncConnection) -> object:
        return (await connection.execute(text("SELECT one FROM seen"))).scalar()

    try:
        await write_at_once(engine, written, waits_for_disk=False)
        assert await read_at_once(engine, read) == 1
    finally:
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE IF EXISTS seen"))


async def one(connection: AsyncConnection) -> object:
    return (await connection.execute(text("SELECT 1"))).scalar()


async def cut(cluster: Postgres) -> None:
    """Every connection to the server but this one has died, as by a restart."""
    engine = make_engine(cluster.url("postgres"))
    async with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'connections'"
        await connection.execute(text(others))
    await engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("is_ahead", [False, True])
async def test_a_connection_that_died_while_it_rested_is_replaced_before_it_is_used(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, *, is_ahead: bool
) -> None:
    monkeypatch.setattr(engines, "RESTED_S", 0.0)
    engine = make_engine(postgres.create("connections"))
    try:
        assert await write_at_once(engine, one, waits_for_disk=not is_ahead) == 1
        await cut(postgres)
        assert await write_at_once(engine, one, waits_for_disk=not is_ahead) == 1
    finally:
        await engine.dispose()
        postgres.drop("connections")


@pytest.mark.postgres
async def test_one_that_died_a_moment_after_it_was_used_fails_once(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "RESTED_S", 60.0)
    engine = make_engine(postgres.create("connections"))
    try:
        assert await read_at_once(engine, one) == 1
        await cut(postgres)
        with pytest.raises(DBAPIError):
            await read_at_once(engine, one)
        assert await read_at_once(engine, one) == 1
    finally:
        await engine.dispose()
        postgres.drop("connections")
