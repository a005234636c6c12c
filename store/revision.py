"""Which tables a database has: what every start asks, so it is answered without the machinery that makes and changes tables."""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import make_engine, reading
from telephony.errors import FernamtError

_MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
_VERSIONS = table("alembic_version", column("version_num"))


class UpgradeError(FernamtError):
    """The database cannot be read, or not be brought to this release."""

    code = "upgrade_failed"


def newest_revision() -> str:
    """The revision this release wants: files are named after theirs, `v0001_….py`. Raises `UpgradeError` where there is none."""
    names = sorted(path.name for path in _MIGRATIONS.glob("v[0-9]*_*.py"))
    if not names:
        raise UpgradeError("this installation has no migrations: install it again")
    return names[-1].partition("_")[0].removeprefix("v")


async def revision(url: str) -> str | None:
    """The revision of the database; None for an empty one. Raises `UpgradeError` when it cannot be reached."""
    engine = make_engine(url)
    try:
        return await revision_of(engine)
    finally:
        await engine.dispose()


async def revision_of(engine: AsyncEngine) -> str | None:
    """The same of an open database."""
    try:
        async with reading(engine) as connection:
            return await connection.run_sync(_revision)
    except (SQLAlchemyError, OSError) as error:
        raise UpgradeError(f"the database cannot be read: {error}") from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    found = connection.execute(select(_VERSIONS.c.version_num)).scalar_one_or_none()
    return None if found is None else str(found)
