"""One process at a time writes."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import writing
from store.lease import LeaseLost, LeaseStore, LeaseTaken, require_epoch
from telephony.identifiers import Instant

SECOND = 1_000_000


async def test_a_second_holder_is_refused_with_the_name_of_the_first_and_the_time_to_wait(engine: AsyncEngine) -> None:
    leases = LeaseStore(engine)
    await leases.take("serve", "host:1", now=Instant(0), term_ms=10_000)
    with pytest.raises(LeaseTaken, match=r"host:1 is already running 'serve'.* 8 s"):
        await leases.take("serve", "host:2", now=Instant(3 * SECOND), term_ms=10_000)


async def test_a_lease_that_ran_out_or_was_released_goes_to_the_next_under_a_new_epoch(engine: AsyncEngine) -> None:
    leases = LeaseStore(engine)
    first = await leases.take("serve", "host:1", now=Instant(0), term_ms=10_000)
    second = await leases.take("serve", "host:2", now=Instant(10 * SECOND), term_ms=10_000)
    assert second.epoch == first.epoch + 1
    await leases.release(second)
    third = await leases.take("serve", "host:3", now=Instant(11 * SECOND), term_ms=10_000)
    assert third.epoch == second.epoch + 1


async def test_who_lost_the_lease_can_neither_renew_nor_release_it_nor_write(engine: AsyncEngine) -> None:
    leases = LeaseStore(engine)
    first = await leases.take("serve", "host:1", now=Instant(0), term_ms=1_000)
    second = await leases.take("serve", "host:2", now=Instant(2 * SECOND), term_ms=1_000)
    with pytest.raises(LeaseLost, match="taken 'serve' over"):
        await leases.renew(first, now=Instant(2 * SECOND), term_ms=1_000)
    await leases.release(first)
    async with writing(engine) as connection:
        await require_epoch(connection, second)
        with pytest.raises(LeaseLost):
            await require_epoch(connection, first)


async def test_a_renewed_lease_lasts_longer_under_the_same_epoch(engine: AsyncEngine) -> None:
    leases = LeaseStore(engine)
    lease = await leases.renew(
        await leases.take("serve", "host:1", now=Instant(0), term_ms=1_000), now=Instant(SECOND), term_ms=5_000
    )
    assert (lease.epoch, lease.expires_at) == (1, 6 * SECOND)
    with pytest.raises(LeaseTaken):
        await leases.take("serve", "host:2", now=Instant(5 * SECOND), term_ms=1_000)


async def test_leases_of_different_names_do_not_meet(engine: AsyncEngine) -> None:
    leases = LeaseStore(engine)
    await leases.take("serve", "host:1", now=Instant(0), term_ms=10_000)
    await leases.take("worker", "host:2", now=Instant(0), term_ms=10_000)
