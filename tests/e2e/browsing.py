"""Real pages in a real Chromium: whatever a page complains about fails the test that opened it."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

CHECKOUT = Path(__file__).parents[2]
FRONT_END = CHECKOUT / "web" / "frontend"
CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"]
SLOW_MS = 60_000
"""How long a page may take on a machine that is busy with other things; nothing here measures speed."""


def build() -> None:
    """The front end is built as its sources are now."""
    subprocess.run(["tools/frontend.sh"], cwd=CHECKOUT, check=True, timeout=300)


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """A Chromium that reaches this machine only."""
    expect.set_options(timeout=SLOW_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def a_page(browser: Browser, *, may_complain_of: tuple[str, ...] = (), **choices: Any) -> AsyncIterator[Page]:
    """A page of a browser of that language, size and appearance; whatever else it complains about fails the test."""
    context = await browser.new_context(**{"viewport": {"width": 1366, "height": 768}, "locale": "de-DE", **choices})
    context.set_default_timeout(SLOW_MS)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    try:
        yield page
        # That nobody is logged in yet is asked for by the page itself; the browser notes the 401.
        unexpected = [text for text in complaints if not any(word in text for word in ("401", *may_complain_of))]
        assert unexpected == [], unexpected
    finally:
        await context.close()


async def faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA and its own best practice."""
    await page.evaluate((FRONT_END / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = await page.evaluate("axe.run()")
    return [f"{fault['id']}: {node['html']}" for fault in found["violations"] for node in fault["nodes"]]


BEHIND_THE_GATE = ":not(.gate) > main"
"""Where one is logged in: the gate has a `main` of its own."""


async def log_in(page: Page, url: str, login: str, password: str) -> None:
    """Name and password are given at the page's gate."""
    await page.goto(url)
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", password)
    await page.click("button[type=submit]")


async def statuses(page: Page, *asked: tuple[str, str, Any]) -> list[int]:
    """What the service answers when the page's own session asks for what no button of it asks for."""
    found = await page.evaluate(
        """(asked) => Promise.all(asked.map(async ([method, path, body]) => (await fetch(`/api/v1${path}`, {
            method, headers: body ? { 'Content-Type': 'application/json' } : {}, body: body && JSON.stringify(body),
        })).status))""",
        asked,
    )
    return list(found)
