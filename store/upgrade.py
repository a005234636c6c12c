"""Brings a database to the tables of this release, from any earlier one or from nothing."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from store.engine import make_engine, reading, writing
from store.revision import UpgradeError, newest_revision, revision
from store.tables.schema import METADATA

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(url: str) -> str:
    """The database has this release's tables, and what it held is kept; returns the revision. All in one transaction.

    Raises `UpgradeError` when the database cannot be reached or was written by a newer release.
    """
    engine = make_engine(url)
    try:
        async with writing(engine) as connection:
            there = await connection.run_sync(_revision)
            _require_known(there)
            await connection.run_sync(_run_upgrade)
    except (SQLAlchemyError, OSError) as error:
        raise UpgradeError(f"the database cannot be upgraded: {error}") from error
    finally:
        await engine.dispose()
    return newest_revision()


async def is_current(url: str) -> bool:
    """Whether the database has exactly this release's tables. Raises `UpgradeError` when it cannot be reached."""
    return await revision(url) == newest_revision()


def newest_migration() -> str | None:
    """The revision the migrations lead to."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


async def differences(url: str) -> list[object]:
    """How the database's tables differ from what the code says; empty after an upgrade."""
    engine = make_engine(url)
    try:
        async with reading(engine) as connection:
            return await connection.run_sync(_differences)
    finally:
        await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_known(there: str | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    if there is not None and there not in known:
        raise UpgradeError(
            f"the database is at revision {there!r}, unknown to this release: it was written by a newer one; install that",
            revision=there,
        )


def _run_upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
