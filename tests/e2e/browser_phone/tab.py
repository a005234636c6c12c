"""An agent's phone in a tab of a real Chromium: a page of the service, with its content policy, and the tests' script in it.

tab = await Tab.open(context, house, "anna", script)
await tab.expect("registered")
await tab.expect("ringing")
await tab.answer()
"""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from playwright.async_api import BrowserContext, ConsoleMessage, Page

from fernamt.browser_phones import SOCKET_PATH
from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import PATIENCE_S
from fernamt.node.settings import bracketed

HERE = Path(__file__).parent
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    # The switch is on 127.0.0.1, which no page may have as a path of its media otherwise.
    "--allow-loopback-in-peer-connection",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE 127.0.0.2 , EXCLUDE localhost",
]
LOOK_EVERY_S = 0.1
SCRIPT = "browser-phone.js"
WHO_AM_I = "/api/v1/me"


@dataclass(slots=True)
class Tab:
    """The phone. What it has told is taken in order, each thing once."""

    page: Page
    name: str
    refused: list[str]
    """What the page was not allowed to do, or did wrong."""
    _taken: int = 0

    @classmethod
    async def open(
        cls, context: BrowserContext, house: House, name: str, script: Path, *, tone_hz: int, has_microphone: bool = True
    ) -> Self:
        """The tab is open and registers; it speaks with a tone, and is allowed the microphone or not."""
        page = await context.new_page()
        tab = cls(page, name, [])
        page.on("pageerror", lambda error: tab.refused.append(str(error)))
        page.on("console", lambda said: tab._note(said))  # noqa: PLW0108 - a bound method of a slotted object is refused
        await page.route(f"{house.url}/{SCRIPT}", lambda route: route.fulfill(path=script, content_type="text/javascript"))
        # A page of the service itself: with its content policy, and of the network it came from, as Chromium sees it.
        await page.goto(house.url)
        await page.add_script_tag(url=f"/{SCRIPT}", type="module")
        await page.wait_for_function("window.phone")
        switch = house.settings.switch[SWITCH]
        # A content policy can name no IPv6 address.
        here = "localhost" if ":" in switch.bind_address else switch.bind_address
        plain, by_tls = f"ws://{here}:{switch.http_port}", f"wss://{switch.listen_address}:{switch.https_port}"
        account = {
            "user": name,
            "password": house.accounts[name].password,
            "host": bracketed(switch.bind_address),
            "socket": (plain if switch.https_port is None else by_tls) + SOCKET_PATH,
            "toneHz": tone_hz,
            "hasMicrophone": has_microphone,
        }
        await page.evaluate("account => phone.connect(account)", account)
        return tab

    def _note(self, said: ConsoleMessage) -> None:
        """That nobody is logged in is asked for by the service's page itself, sooner or later; the browser notes the 401."""
        if said.type == "error" and not ("401" in said.text and said.location["url"].endswith(WHO_AM_I)):
            self.refused.append(said.text)

    async def expect(self, kind: str) -> dict[str, Any]:
        """The next thing of that kind, past or to come. Raises AssertionError telling what came instead."""
        told: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    told = await self.page.evaluate("phone.told")
                    while self._taken < len(told):
                        self._taken += 1
                        if told[self._taken - 1]["kind"] == kind:
                            return told[self._taken - 1]
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{self.name}: no {kind}; told {told}; complaints {self.refused}") from None

    async def hears(self, hz: int) -> None:
        """Returns as soon as that tone is what is heard, and loud. Raises AssertionError."""
        await self._until_heard(lambda now: now["db"] > -40 and abs(now["hz"] - hz) < 15, f"{hz} Hz")

    async def hears_nothing(self) -> None:
        """Returns as soon as nothing at all is heard. Raises AssertionError."""
        await self._until_heard(lambda now: now["db"] <= -90, "silence")

    async def _until_heard(self, is_it: Callable[[dict[str, float]], bool], what: str) -> None:
        last: dict[str, float] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (last and is_it(last)):
                    last = await self.page.evaluate("phone.heard()")
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{self.name} does not hear {what} but {last}; {await self.media()}") from None

    async def media(self) -> dict[str, Any]:
        """Packets so far, codecs, and the far addresses of the call's media."""
        found: dict[str, Any] = await self.page.evaluate("phone.media()")
        return found

    async def dial(self, number: str) -> None:
        """The phone calls the number or feature code."""
        await self.page.evaluate("number => { phone.dial(number); }", number)

    async def answer(self) -> None:
        """The ringing call is answered."""
        await self.page.evaluate("phone.answer()")

    async def hang_up(self) -> None:
        """The call is ended."""
        await self.page.evaluate("phone.hangUp()")

    async def hold(self) -> None:
        """The call is held, by re-INVITE."""
        assert await self.page.evaluate("phone.hold()")

    async def resume(self) -> None:
        """The held call goes on."""
        assert await self.page.evaluate("phone.resume()")

    async def work(self, secret: str) -> None:
        """The agent logs in on this page, which watches from the next talk on whether anything arrives."""
        log_in = """async ([login, password]) => (await fetch('/api/v1/session', {
            method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({login, password})})).status"""
        assert await self.page.evaluate(log_in, [self.name, secret]) == 200
        await self.page.evaluate("agent => phone.workAs(agent)", self.name)

    async def kill(self) -> None:
        """The tab has crashed: no goodbye to anybody."""
        session = await self.page.context.new_cdp_session(self.page)
        crashing = asyncio.ensure_future(session.send("Page.crash"))
        async with self.page.expect_event("crash"):
            pass
        crashing.cancel()
        await asyncio.gather(crashing, return_exceptions=True)
        await self.page.close()


async def built(folder: Path) -> Path:
    """The page's script, put together from the front end's locked packages."""
    front_end = HERE.parents[2] / "web" / "frontend"
    arguments = ("build", "--config", HERE / "vite.config.mjs", "--outDir", folder, "--logLevel", "warn")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # with the locked Node, where the machine has none
    process = await asyncio.create_subprocess_exec(
        front_end / "node_modules/.bin/vite", *arguments, cwd=front_end, env={**os.environ, "PATH": path}
    )
    assert await process.wait() == 0
    return folder / "phone.js"
