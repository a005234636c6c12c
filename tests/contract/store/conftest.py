"""Databases for the contract suites: a SQLite file of its own, and a database of its own in a private PostgreSQL.

The tables are made once for each kind and copied for each test: to make them takes longer than most tests do.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import make_engine
from store.tables.schema import METADATA
from tests.postgres import Postgres, in_memory, private_postgres, programs

TABLES = "tables"
"""The database in each cluster of which those with tables are copies."""
_NUMBERS = count(1)


def _cluster(*, is_synced: bool) -> AbstractContextManager[Postgres]:
    if programs() is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    return private_postgres(None if is_synced else in_memory(), is_synced=is_synced)


def _make_tables(url: str) -> None:
    async def make() -> None:
        engine = make_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        await engine.dispose()

    asyncio.run(make())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One private cluster for the whole run, which waits for no disk."""
    with _cluster(is_synced=False) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def synced_postgres() -> Iterator[Postgres]:
    """The same for tests marked `durable`, which kill who writes: what is committed is on the disk."""
    with _cluster(is_synced=True) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_tables(postgres: Postgres) -> str:
    """The name of a database with all tables in the cluster, to be copied; nobody is connected to it."""
    _make_tables(postgres.create(TABLES))
    return TABLES


@pytest.fixture(scope="session")
def synced_postgres_tables(synced_postgres: Postgres) -> str:
    """The same in the cluster that waits for its disk."""
    _make_tables(synced_postgres.create(TABLES))
    return TABLES


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied; nobody has it open."""
    path = tmp_path_factory.mktemp("sqlite") / "tables.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_tables: Path, tmp_path: Path) -> str:
    """The address of a SQLite file of the test's own with all tables."""
    return f"sqlite:///{shutil.copy(sqlite_tables, tmp_path / 'fernamt.db')}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the test's own: empty, or with all tables where the test uses `engine`."""
    has_tables = "engine" in request.fixturenames
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url") if has_tables else f"sqlite:///{tmp_path}/fernamt.db"
    else:
        with _on_postgresql(request, has_tables=has_tables) as url:
            yield url


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url_or_memory(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a database of the test's own with all tables; None for what is in memory alone."""
    if request.param == "memory":
        yield None
    elif request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        with _on_postgresql(request, has_tables=True) as url:
            yield url


@contextmanager
def _on_postgresql(request: pytest.FixtureRequest, *, has_tables: bool) -> Iterator[str]:
    kind = "synced_postgres" if request.node.get_closest_marker("durable") else "postgres"
    cluster: Postgres = request.getfixturevalue(kind)
    name = f"contract_{next(_NUMBERS)}"
    yield cluster.create(name, like=request.getfixturevalue(f"{kind}_tables") if has_tables else None)
    cluster.drop(name)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database with all tables."""
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()
