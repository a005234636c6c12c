"""The versions of the centre's rule of levels. Only ever added to, within the transaction of the change of the centre."""

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.levels.rule import LevelRule
from store.audit import Author
from store.centre import Change, How
from store.tables.levels import LEVEL_RULES


async def read_level_rule(connection: AsyncConnection, version: int | None = None) -> tuple[int, LevelRule]:
    """The rule of that version, or the one in force; version 0 is the one that holds before any was set."""
    query = select(LEVEL_RULES).order_by(LEVEL_RULES.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(LEVEL_RULES.c.version == version)
    row = (await connection.execute(query)).first()
    return (0, LevelRule()) if row is None else (row.version, msgspec.json.decode(row.rule, type=LevelRule))


async def put_level_rule(connection: AsyncConnection, rule: LevelRule | None, by: Author) -> list[Change]:
    """The rule is in force, as a new version where it differs."""
    version, known = await read_level_rule(connection)
    if rule is None or rule == known:
        return []
    text = msgspec.json.encode(rule, order="deterministic").decode()
    await connection.execute(insert(LEVEL_RULES).values(version=version + 1, rule=text, made_at=by.at, made_by=by.user_id))
    before, after = msgspec.to_builtins(known, str_keys=True), msgspec.to_builtins(rule, str_keys=True)
    how = How.CHANGED if version else How.ADDED
    return [Change(what="level_rule", id=str(version + 1), how=how, before=before, after=after)]
