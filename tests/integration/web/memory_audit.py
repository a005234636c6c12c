"""The record of who did what, in memory."""

from collections.abc import Sequence

from store.audit import Deed
from telephony.identifiers import Instant, UserId
from tests.integration.web.memory import T0


class MemoryAudit:
    def __init__(self) -> None:
        self.deeds: list[tuple[str, str, str, str]] = []

    async def record(self, *, at: Instant, user_id: UserId, deed: str, subject: str, reason: str) -> None:
        self.deeds.append((user_id, deed, subject, reason))

    async def latest(self, limit: int = 100, *, before: int | None = None) -> Sequence[Deed]:
        told = [
            Deed(number=number, at=T0, user_id=UserId(user_id), deed=deed, subject=subject, reason=reason)
            for number, (user_id, deed, subject, reason) in enumerate(self.deeds, 1)
        ]
        return [deed for deed in reversed(told) if before is None or deed.number < before][:limit]
