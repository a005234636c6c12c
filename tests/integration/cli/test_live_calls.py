"""The live table follows the board of a running service as any screen does."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from rich.console import Console

from fernamt.cli.exits import CliError, Exit
from fernamt.cli.live import Access, Board, first_board, follow_board
from fernamt.cli.live_table import board_table, call_rows
from monitor.subscription import FeedSettings
from tests.live_world import PASSWORD, LiveWorld, a_live_world

QUICK = FeedSettings(interval_s=0.01, beat_s=0.05)


@pytest.fixture
async def world() -> AsyncIterator[LiveWorld]:
    async with a_live_world(feed_settings=QUICK, history_s=300) as running:
        running.engine_lives()
        yield running


async def _access(world: LiveWorld, login: str = "sven") -> Access:
    headers = {"Origin": world.url}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers) as client:
        async with client.post(f"{world.url}/api/v1/session", json={"login": login, "password": PASSWORD}) as answer:
            role = (await answer.json())["role"]
        body = {"name": "table", "role": role, "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
        async with client.post(f"{world.url}/api/v1/tokens", json=body) as answer:
            return Access(url=world.url, token=(await answer.json())["secret"])


async def test_a_board_that_was_followed_is_what_a_fresh_look_shows(world: LiveWorld) -> None:
    access = await _access(world)
    boards = follow_board(access)
    followed = await anext(boards)
    for _ in range(5):
        world.play(60)
        fresh = await first_board(access)
        async with asyncio.timeout(10):
            while followed.calls != fresh.calls or followed.agents != fresh.agents or followed.queues != fresh.queues:
                followed = await anext(boards)
    assert followed.calls
    await boards.aclose()


async def test_calls_are_shown_with_the_names_of_projects_and_agents_and_no_number(world: LiveWorld) -> None:
    board = await first_board(await _access(world))
    rows = call_rows(board)
    assert {row["call_id"] for row in rows} == set(board.calls)
    assert all(row["project"] for row in rows if row["project_id"] is not None)
    shown = io.StringIO()
    Console(file=shown, width=200).print(board_table(board))
    assert f"{len(board.calls)} calls at " in shown.getvalue()
    for row in rows:
        assert row["call_id"] in shown.getvalue()


async def test_a_token_that_is_none_is_refused_with_the_way_to_get_one(world: LiveWorld) -> None:
    with pytest.raises(CliError, match="does not accept this token") as refused:
        await first_board(Access(url=world.url, token="fernamt_nothing"))
    assert "fernamt users token" in refused.value.way_out


async def test_a_service_that_goes_away_is_told(world: LiveWorld) -> None:
    boards = follow_board(await _access(world))
    await anext(boards)
    await world.cut_lines()
    with pytest.raises(CliError) as gone:
        await _to_the_end(boards)
    assert gone.value.code is Exit.UNREACHABLE


async def _to_the_end(boards: AsyncIterator[Board]) -> None:
    async with asyncio.timeout(10):
        async for _board in boards:
            pass
