"""Who goes before everything else on the machine does so alone."""

import asyncio

from tests.e2e.asterisk.at_once import at_once


async def test_of_several_who_go_first_one_does_and_the_others_wait() -> None:
    inside: list[int] = []
    seen: list[list[int]] = []

    async def goes_first(who: int) -> None:
        async with at_once():
            inside.append(who)
            await asyncio.to_thread(seen.append, list(inside))
            inside.remove(who)

    await asyncio.gather(*map(goes_first, range(3)))
    assert sorted(seen) == [[0], [1], [2]]
