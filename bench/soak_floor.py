"""The floor of a soak: many quick phones in one program, a few real ones in processes of their own, and people at them.

Quick phones (bench/softphones.py) answer, ignore or refuse by lot and hang up where the number says so. Real phones (baresip)
are those that are killed and stopped; their agents also hand callers on, ask colleagues and put callers on hold, by the API.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.softphones import Softphones
from bench.switch_floor import SwitchFloor
from fernamt.demo.house import SWITCH, House
from tests.e2e.service.desk import Desk
from tests.postgres import Postgres

TALK, LEAVES, GIVES_UP = "+4930231401", "+4930231402", "+4930231403"
"""Numbers of those who talk and hang up, whose agent hangs up, who give up while it rings."""
ASKS_WITHIN_S = 8.0


@dataclass(slots=True)
class SoakFloor:
    """The floor, open; everybody is on duty. `done` counts what people did, `gone` tells when which phone was killed."""

    house: House
    quick: Softphones
    supervisor: Desk
    desks: dict[str, Desk]
    lot: random.Random
    names: list[str]
    work: Callable[["SoakFloor", str], Coroutine[Any, Any, None]]
    """What the agent at a real phone does."""
    done: Counter[str] = field(default_factory=Counter)
    gone: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    away: set[str] = field(default_factory=set)
    """Who went on a pause or off duty by their own will."""
    works: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    doing: dict[str, str] = field(default_factory=dict)
    """What each real agent's phone does: rings, talks; nothing: idle."""
    everybody_answers: bool = False
    cluster: Postgres | None = None
    """None: the journal is in SQLite."""

    @property
    def sip_port(self) -> int:
        """Asterisk's."""
        return self.house.settings.switch[SWITCH].sip_port

    @property
    def for_callers(self) -> SwitchFloor:
        """The floor as callers need it."""
        return SwitchFloor(self.house, self.quick, self.names)

    @property
    def service_pid(self) -> int:
        """Of the service's own process."""
        return self.for_callers.service_pid

    def begin_work(self, name: str) -> None:
        """The agent sits at the real phone again, whatever it does."""
        self.works[name] = asyncio.create_task(self.work(self, name))

    async def stop_work(self, name: str) -> None:
        """Nobody sits at that phone any more."""
        task = self.works.pop(name, None)
        self.doing.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def ask(self, desk: Desk, path: str, body: Any = None) -> int:
        """The answer's status; 0: there was none, as while the controller is away or its database stands still."""
        try:
            async with asyncio.timeout(ASKS_WITHIN_S):
                return (await desk.ask("POST", path, body))[0]
        except (TimeoutError, aiohttp.ClientError):
            return 0

    async def look(self, desk: Desk, path: str) -> dict[str, Any]:
        """What the API shows there; nothing while it does not answer."""
        with suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(ASKS_WITHIN_S):
                status, said = await desk.ask("GET", path)
                if status == 200:
                    return dict(said)
        return {}

    async def agents(self) -> list[dict[str, Any]]:
        """The agents as the API lists them; none while it does not answer."""
        return list((await self.look(self.supervisor, "/agents")).get("items", []))

    async def calls(self) -> list[dict[str, Any]]:
        """The calls as the API lists them; something else where it does not answer."""
        said = await self.look(self.supervisor, "/calls")
        return list(said.get("items", ["no answer"]))


def now_us() -> int:
    """The present, as packets and journal have it."""
    return time.time_ns() // 1_000
