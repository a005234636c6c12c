"""Inserts that find their row already there, in the words of either database; and records as rows."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import is_sqlite


def insert_new(engine: AsyncEngine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves rows alone whose key is there; `rowcount` says whether it inserted."""
    if is_sqlite(engine):
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def insert_or_replace(engine: AsyncEngine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that overwrites the row with the same key."""
    insert = sqlite.insert(table) if is_sqlite(engine) else postgresql.insert(table)
    keys = list(table.primary_key.columns)
    others = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


def insert_or_add(engine: AsyncEngine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that adds to the row with the same key, column by column."""
    insert = sqlite.insert(table) if is_sqlite(engine) else postgresql.insert(table)
    keys = list(table.primary_key.columns)
    sums = {column.name: column + insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=keys, set_=sums)


def values_of(record: Any) -> dict[str, Any]:
    """The fields of a flat dataclass by name."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
