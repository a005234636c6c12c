"""A lasting record of who looked at or destroyed personal data, let whom in, or changed the centre: the web edge's `Audit`.

What is changed is put on record in the transaction of the change, with what held before and after. No secret and no hash of one
is ever part of that.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import reading, writing
from store.tables.accounts import AUDIT
from telephony.identifiers import Instant, UserId

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changes something, when, and why where they say so."""

    user_id: UserId
    at: Instant
    reason: str = ""


Authors = Callable[[], Author]
"""Whoever stands behind a store whose caller names nobody."""


def the_service() -> Author:
    """The service itself, now."""
    return Author(user_id=UserId("service"), at=Instant(time.time_ns() // 1_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """One thing that was changed: what held of it before and after, as far as it may be shown; None: it was not there."""

    deed: str
    subject: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One entry. `before` and `after` are JSON."""

    number: int
    at: Instant
    user_id: UserId
    deed: str
    subject: str
    reason: str
    before: str | None = None
    after: str | None = None


async def put_on_record(connection: AsyncConnection, by: Author, altered: Iterable[Altered]) -> None:
    """The changes are on record as soon as the transaction they belong to is."""
    rows = [
        {
            "at": by.at,
            "user_id": by.user_id,
            "deed": each.deed,
            "subject": each.subject,
            "reason": by.reason,
            "before": _told(each.before),
            "after": _told(each.after),
        }
        for each in altered
    ]
    for start in range(0, len(rows), _PAGE):
        await connection.execute(insert(AUDIT), rows[start : start + _PAGE])


def _told(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, order="deterministic").decode()


class AuditStore:
    """Adds entries and lists them; nothing is changed, and nothing deleted before its term."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, *, at: Instant, user_id: UserId, deed: str, subject: str, reason: str) -> None:
        """The deed is on record, durably."""
        async with writing(self._engine) as connection:
            author = Author(user_id=user_id, at=at, reason=reason)
            await put_on_record(connection, author, [Altered(deed=deed, subject=subject)])

    async def latest(self, limit: int = 100, *, before: int | None = None) -> Sequence[Deed]:
        """The newest entries first: those of a smaller number than `before`, or of all."""
        query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.number < before)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [Deed(**row._mapping) for row in rows]
