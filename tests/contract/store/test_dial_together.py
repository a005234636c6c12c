"""Several who ask the permit desk at once: served together, and each knows of those before."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event

from routing.outbound.asking import DialPurpose, Permit
from routing.outbound.rules import Brakes, Caps
from store.dial_book import SqlDialBook
from telephony.errors import Refusal, RefusalCode
from tests.contract.store.dial_books import World
from tests.contract.store.test_dial_book import BEN, rules, spent, talks, world

__all__ = ["world"]


async def test_many_asks_at_once_spend_no_more_than_the_cap(world: World) -> None:
    brakes = replace(Brakes(), burst_calls=10**6)
    rules(world, per_agent=Caps(cost_micros=3_000_000, calls=10**6), brakes=brakes)
    asks = [world.ask(DialPurpose.TRANSFER) for _ in range(12)]
    answers = await asyncio.gather(*(world.desk.permission(ask, BEN) for ask in asks))
    given = [answer for answer in answers if isinstance(answer, Permit)]
    assert sum(each.cost_limit_micros for each in given) <= 3_000_000
    assert given
    calls, money = await spent(world)
    assert (calls, money) == (len(given), sum(each.cost_limit_micros for each in given))


async def test_all_who_wait_are_served_in_one_transaction(world: World) -> None:
    if not isinstance(world.book, SqlDialBook):
        pytest.skip("memory has no transactions")
    commits: list[object] = []
    noted = commits.append
    event.listen(Engine, "commit", noted)
    first, *others = [world.ask(DialPurpose.TRANSFER) for _ in range(6)]
    async with world.desk._one_at_a_time:
        given = asyncio.gather(*(world.desk.permission(ask, BEN) for ask in (first, *others)))
        talks(world, first, 10)
        await asyncio.sleep(0)
    assert all(isinstance(answer, Permit) for answer in await given)
    event.remove(Engine, "commit", noted)
    assert len(commits) == 1


async def test_a_leg_asked_for_twice_at_once_is_permitted_once(world: World) -> None:
    ask, other = world.ask(DialPurpose.TRANSFER), world.ask(DialPurpose.TRANSFER)
    answers = await asyncio.gather(*(world.desk.permission(each, BEN) for each in (other, ask, ask)))
    assert [isinstance(answer, Permit) for answer in answers] == [True, True, False]
    assert answers[2] == Refusal(code=RefusalCode.ALREADY_DIALLED, facts={"leg": ask.leg_id})
    assert (await spent(world))[0] == 2


async def test_who_gives_up_waiting_is_not_asked_for(world: World) -> None:
    ask, other = world.ask(DialPurpose.TRANSFER), world.ask(DialPurpose.TRANSFER)
    async with world.desk._one_at_a_time:
        gone, waits = (asyncio.create_task(world.desk.permission(each, BEN)) for each in (ask, other))
        await asyncio.sleep(0)
        gone.cancel()
    assert isinstance(await waits, Permit)
    assert (await spent(world))[0] == 1
