"""A lasting record of who looked at or destroyed personal data, and why: the web edge's `Audit`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import reading, writing
from store.tables.accounts import AUDIT
from telephony.identifiers import Instant, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One entry."""

    at: Instant
    user_id: UserId
    deed: str
    subject: str
    reason: str


class AuditStore:
    """Adds entries and lists them; nothing is changed, and nothing deleted before its term."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, *, at: Instant, user_id: UserId, deed: str, subject: str, reason: str) -> None:
        """The deed is on record, durably."""
        async with writing(self._engine) as connection:
            await connection.execute(insert(AUDIT).values(at=at, user_id=user_id, deed=deed, subject=subject, reason=reason))

    async def latest(self, limit: int = 100) -> Sequence[Deed]:
        """The newest entries first."""
        query = select(AUDIT.c.at, AUDIT.c.user_id, AUDIT.c.deed, AUDIT.c.subject, AUDIT.c.reason)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(AUDIT.c.number.desc()).limit(limit))).all()
        return [Deed(**row._mapping) for row in rows]
