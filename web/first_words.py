"""Connections on which nobody says in time what they want are closed: else a stranger could hold as many as the system allows.

The library watches bodies of ours and connections between two requests (`keepalive_timeout`), but not a first request that never
comes, or comes byte by byte.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

from web.deps import DEPS
from web.middlewares import Handler

_LOOKS_IN_LIMIT = 4


class Waiting:
    """Who has asked for something on their connection, and since when the others have not."""

    def __init__(self) -> None:
        self._asked: set[Any] = set()
        self._since: dict[Any, float] = {}

    def heard(self, connection: Any) -> None:
        """A whole request's head came in by this connection."""
        self._asked.add(connection)

    def overdue(self, connections: set[Any], now: float, limit_s: float) -> list[Any]:
        """Those of the open connections that were seen without a request for so long."""
        self._asked &= connections
        self._since = {one: self._since.get(one, now) for one in connections - self._asked}
        return [one for one, since in self._since.items() if now - since >= limit_s]


WAITING = web.AppKey("waiting", Waiting)


@web.middleware
async def hear(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The request's connection has spoken."""
    request.app[WAITING].heard(request.protocol)
    return await handler(request)


@asynccontextmanager
async def closing_mute(runner: web.AppRunner) -> AsyncIterator[None]:
    """Inside the block, connections of the runner that say nothing are closed."""
    task = asyncio.create_task(_close_mute(runner))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _close_mute(runner: web.AppRunner) -> None:
    waiting, limit_s = runner.app[WAITING], runner.app[DEPS].settings.head_timeout_s
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(limit_s / _LOOKS_IN_LIMIT)
        connections = set() if runner.server is None else set(runner.server.connections)
        for connection in waiting.overdue(connections, loop.time(), limit_s):
            connection.force_close()
