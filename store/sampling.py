"""The days of the draw, as they are published: a hash in the vault's chain before, the seed after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recording.sampling import Commitment
from recording.vault.chain import Link
from recording.vault.signing import Signer
from store.engine import reading, writing
from store.tables.sampling import SAMPLING_DAYS
from store.tables.vault import VAULT_LINKS
from store.vault import VaultStore
from telephony.identifiers import Instant

_DAYS = SAMPLING_DAYS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDay:
    """A day whose seed's hash stands in the chain. `seed` is None until the day is over."""

    day: str
    seed_sha256: str
    link_number: int
    published_at: Instant
    ends_at: Instant
    seed: bytes | None
    is_in_chain: bool
    """Whether the link of that number is of this very hash."""


class SamplingDays:
    """Publishes, reveals, and tells. One process at a time writes: the worker."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def publish(self, commitment: Commitment, ends_at: Instant, *, at: Instant, book: VaultStore, signer: Signer) -> bool:
        """The hash of the day's seed stands in the chain; False: one stood there before, and nothing changed."""

        async def note(connection: AsyncConnection, link: Link) -> bool:
            there = select(_DAYS.day).where(_DAYS.day == commitment.day)
            if (await connection.execute(there)).first() is not None:
                return False
            row = {"day": commitment.day, "seed_sha256": commitment.seed_sha256, "published_at": at, "ends_at": ends_at}
            await connection.execute(insert(SAMPLING_DAYS).values(**row, link_number=link.number))
            return True

        return await book.bind(commitment.digest, signer, note)

    async def to_reveal(self, now: Instant) -> Sequence[str]:
        """The days that are over and whose seed is not published yet."""
        query = select(_DAYS.day).where(_DAYS.seed.is_(None), _DAYS.ends_at <= now).order_by(_DAYS.day)
        async with reading(self._engine) as connection:
            return [row.day for row in (await connection.execute(query)).all()]

    async def reveal(self, day: str, seed: bytes, *, at: Instant) -> None:
        """The seed of a day that is over is published; before its end nothing happens."""
        change = update(SAMPLING_DAYS).where(_DAYS.day == day, _DAYS.ends_at <= at, _DAYS.seed.is_(None)).values(seed=seed)
        async with writing(self._engine) as connection:
            await connection.execute(change)

    async def get(self, day: str) -> PublishedDay | None:
        """What is published of that day."""
        return next(iter(await self._days(_DAYS.day == day)), None)

    async def current(self, now: Instant) -> Sequence[PublishedDay]:
        """The days that are not over."""
        return await self._days(_DAYS.ends_at > now)

    async def _days(self, condition: Any) -> Sequence[PublishedDay]:
        columns = (*SAMPLING_DAYS.c, VAULT_LINKS.c.manifest_sha256)
        joined = SAMPLING_DAYS.outerjoin(VAULT_LINKS, VAULT_LINKS.c.number == _DAYS.link_number)
        query = select(*columns).select_from(joined).where(condition).order_by(_DAYS.day)
        async with reading(self._engine) as connection:
            return [_day(row) for row in (await connection.execute(query)).all()]


def _day(row: Row[Any]) -> PublishedDay:
    commitment = Commitment(day=row.day, seed_sha256=row.seed_sha256)
    return PublishedDay(
        day=row.day,
        seed_sha256=row.seed_sha256,
        link_number=row.link_number,
        published_at=Instant(row.published_at),
        ends_at=Instant(row.ends_at),
        seed=None if row.seed is None else bytes(row.seed),
        is_in_chain=row.manifest_sha256 == commitment.digest.hex(),
    )
