"""Many rows at once, by the shortest way each database has. The table and its columns are ours, never somebody's text."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection


async def add_rows(connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The rows are in the table as soon as the transaction is; a statement of that transaction has to have run before."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(table.name, records=rows, columns=list(columns))
        return
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables
    await connection.exec_driver_sql(statement, [tuple(row) for row in rows])
