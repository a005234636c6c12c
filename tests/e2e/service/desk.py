"""A person at a desk: logged in over HTTP by a session of their own, as the screens do it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from fernamt.demo.house import House
from tests.e2e.service.watching import eventually

PASSWORD = "long enough for a test"
DOORS: dict[tuple[str, str], str] = {}
"""Houses whose one-time log-in is used up: the password stands."""


@dataclass(slots=True)
class Desk:
    """One user's session."""

    url: str
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and content of the answer."""
        headers = {"Origin": self.url}
        async with self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers) as answer:
            is_json = "json" in answer.content_type
            return answer.status, await (answer.json() if is_json else answer.read())

    async def do(self, path: str, body: Any = None) -> None:
        """What was asked for is done; an AssertionError tells the refusal."""
        status, said = await self.ask("POST", path, body)
        assert status < 300, f"{path}: {status} {said}"


async def goes_off_duty(desk: Desk, agent: str) -> None:
    """The agent is off duty, whatever they were at."""

    async def is_off() -> bool | None:
        await desk.do(f"/agents/{agent}/log-out")
        _, said = await desk.ask("GET", f"/agents/{agent}")
        return True if said["now"] is None or said["now"]["state"] == "logged_out" else None

    await eventually(is_off, f"the end of {agent}'s duty")


@asynccontextmanager
async def at_desk(house: House, login: str) -> AsyncIterator[Desk]:
    """The user is logged in; the first time by the one-time log-in, with a password of their own from then on."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        desk = Desk(house.url, http)
        key = (str(house.directory), login)
        secret = DOORS.get(key) or next(made.secret for made in house.logins if made.login == login)
        status, said = await desk.ask("POST", "/session", {"login": login, "password": secret})
        assert status == 200, said
        if key not in DOORS:
            status, said = await desk.ask("PUT", "/me/password", {"new_password": PASSWORD})
            assert status == 200, said
            DOORS[key] = PASSWORD
        yield desk
