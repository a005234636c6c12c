"""One process at a time writes: a lease row with a fencing epoch. What a process that lost it still sends is refused."""

from dataclasses import dataclass

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.engine import is_sqlite, writing
from store.tables.operations import LEASES
from telephony.errors import FernamtError
from telephony.identifiers import Instant, after_ms


class LeaseTaken(FernamtError):
    """Another process holds the lease."""

    code = "lease_taken"


class LeaseLost(FernamtError):
    """Another process has taken the lease over: this one must write nothing more."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write, as its holder has it."""

    name: str
    holder: str
    epoch: int
    expires_at: Instant


class LeaseStore:
    """Grants, renews and ends leases."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, name: str, holder: str, *, now: Instant, term_ms: int) -> Lease:
        """The lease is ours under a new epoch. Raises `LeaseTaken` while another holder's has not run out.

        `holder` says who to look for: host and process number.
        """
        expires_at = after_ms(now, term_ms)
        async with writing(self._engine) as connection:
            row = (await connection.execute(_locked(name, self._engine))).first()
            if row is None:
                await connection.execute(insert(LEASES).values(name=name, holder=holder, epoch=1, expires_at=expires_at))
                return Lease(name=name, holder=holder, epoch=1, expires_at=expires_at)
            if row.expires_at > now and row.holder != holder:
                seconds = (row.expires_at - now) // 1_000_000 + 1
                raise LeaseTaken(
                    f"{row.holder} is already running {name!r} on this database: stop it first "
                    f"(had it crashed, the lease would run out in {seconds} s)",
                    holder=row.holder,
                    seconds=seconds,
                )
            epoch = row.epoch + 1
            await connection.execute(
                update(LEASES).where(LEASES.c.name == name).values(holder=holder, epoch=epoch, expires_at=expires_at)
            )
            return Lease(name=name, holder=holder, epoch=epoch, expires_at=expires_at)

    async def renew(self, lease: Lease, *, now: Instant, term_ms: int) -> Lease:
        """The lease lasts until `term_ms` from now. Raises `LeaseLost` when another holder has taken it."""
        expires_at = after_ms(now, term_ms)
        async with writing(self._engine) as connection:
            mine = (LEASES.c.name == lease.name) & (LEASES.c.epoch == lease.epoch)
            changed = (await connection.execute(update(LEASES).where(mine).values(expires_at=expires_at))).rowcount
        if changed != 1:
            raise lost(lease)
        return Lease(name=lease.name, holder=lease.holder, epoch=lease.epoch, expires_at=expires_at)

    async def release(self, lease: Lease) -> None:
        """The lease has run out at once, so that the next start need not wait; nothing happens when another holds it."""
        async with writing(self._engine) as connection:
            mine = (LEASES.c.name == lease.name) & (LEASES.c.epoch == lease.epoch)
            await connection.execute(update(LEASES).where(mine).values(expires_at=0))


_EPOCH = select(LEASES.c.epoch).where(LEASES.c.name == bindparam("the_lease"))
_EPOCH_KEPT = _EPOCH.with_for_update(read=True)


async def require_epoch(connection: AsyncConnection, lease: Lease) -> None:
    """The lease is still this one, and stays so until the transaction ends. Raises `LeaseLost`."""
    query = _EPOCH if connection.dialect.name == "sqlite" else _EPOCH_KEPT  # SQLite's transaction has the write lock anyway
    epoch = (await connection.execute(query, {"the_lease": lease.name})).scalar()
    if epoch != lease.epoch:
        raise lost(lease)


def lost(lease: Lease) -> LeaseLost:
    """The error for a lease that another process has taken over."""
    return LeaseLost(f"another process has taken {lease.name!r} over: this one writes nothing more", epoch=lease.epoch)


def _locked(name: str, engine: AsyncEngine) -> Select[tuple[str, int, int]]:
    query = select(LEASES.c.holder, LEASES.c.epoch, LEASES.c.expires_at).where(LEASES.c.name == name)
    return query if is_sqlite(engine) else query.with_for_update()
