"""Whether the database can be reached, written, and is at this version's schema."""

from collections.abc import AsyncIterator

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fernamt.doctor.finding import Finding, doubtful, good, not_tested, wrong
from fernamt.installation import Places, sqlite_file
from store.engine import database_url, is_sqlite, make_engine, writing
from store.revision import newest_revision, revision
from store.upgrade import differences
from telephony.errors import FernamtError


async def examine_database(places: Places) -> AsyncIterator[Finding]:
    """Reachable, writable, migrated."""
    file = sqlite_file(places.database_url)
    if file is not None and not file.exists():
        yield doubtful("database", f"{file} does not exist yet", "fernamt db upgrade")
        return
    try:
        shown = database_url(places.database_url).render_as_string(hide_password=True)
        there = await revision(places.database_url)
    except FernamtError as error:
        yield wrong("database", str(error), "mend database.url in the settings, or start the database server")
        yield not_tested("schema", "the database cannot be reached")
        return
    yield good("database", f"{shown} answers")
    wanted = newest_revision()
    if there != wanted:
        yield wrong("schema", f"{there or 'empty'}; this version wants {wanted}", "fernamt db upgrade")
        return
    extra = await differences(places.database_url)
    if extra:
        yield wrong("schema", f"{wanted}, but {len(extra)} tables or columns differ", "bring the schema back from a backup")
    else:
        yield good("schema", wanted)
    yield await _writing(places.database_url)


async def _writing(url: str) -> Finding:
    """A transaction that changes nothing can be opened for writing, and its commit is durable."""
    engine = make_engine(url)
    try:
        async with writing(engine) as connection:
            query = "PRAGMA synchronous" if is_sqlite(engine) else "SHOW synchronous_commit"
            value = str((await connection.execute(text(query))).scalar())
    except (SQLAlchemyError, OSError) as error:
        return wrong("writing", f"the database cannot be written: {error}", "who else holds it, or which right is missing?")
    finally:
        await engine.dispose()
    if value not in {"2", "3", "on", "remote_apply", "remote_write"}:
        return wrong("writing", f"commits are not durable ({query} says {value})", "set synchronous_commit=on for this user")
    return good("writing", "commits are on disk when they return")
