"""Many rows at once, by the shortest way each database has. The table and its columns are ours, never somebody's text."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

_VALUES = 30_000
"""In one statement; SQLite takes no more than 32,766."""
_ROWS = 500


async def add_rows(connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The rows are in the table as soon as the transaction is; a statement of that transaction has to have run before."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(table.name, records=rows, columns=list(columns))
        return
    at_once = min(_VALUES // len(columns), _ROWS)
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        await connection.exec_driver_sql(_statement(table.name, tuple(columns), len(part)), tuple(chain.from_iterable(part)))


@lru_cache(maxsize=32)
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    """One step of the database for all the rows: for each step of its own, its thread would wait until Python is idle."""
    marks = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([marks] * rows)}"  # noqa: S608 - names of our own
