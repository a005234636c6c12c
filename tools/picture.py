"""Takes the pictures of README.md from a running demo, in Chromium: the live board as its supervisor sees it, an agent's desk.

python -m tools.picture http://127.0.0.1:8080 gesine ONE-TIME-LOGIN docs/monitor.png
python -m tools.picture http://127.0.0.1:8080 anna ONE-TIME-LOGIN docs/desk.png
"""

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import Page, async_playwright

PASSWORD = "a password for the picture only"  # noqa: S105 - the next start of the demo makes it void
SIZE = {"width": 1366, "height": 768}
LONGEST_WAIT_MS = 120_000
"""So long an agent is waited for who talks."""


async def take(url: str, login: str, secret: str, file: Path) -> None:
    """The picture is in the file."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = await browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="Europe/Berlin")
        page = await context.new_page()
        await page.goto(url)
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", secret)
        await page.click("button[type=submit]")
        await page.wait_for_selector("input[name=new], [data-frozen=false], [data-stale=false]")
        if await page.query_selector("input[name=new]"):
            for field in await page.query_selector_all("input[type=password]"):
                await field.fill(PASSWORD)
            await page.click("button[type=submit]")
        await _until_there_is_something_to_see(page)
        await page.screenshot(path=file)
        await browser.close()


async def _until_there_is_something_to_see(page: Page) -> None:
    await page.wait_for_selector("[data-frozen=false], [data-stale=false]")
    if await page.query_selector("[data-stale]"):
        await page.wait_for_selector("[data-state=talking]", timeout=LONGEST_WAIT_MS)
    await page.wait_for_timeout(3_000)


if __name__ == "__main__":
    asyncio.run(take(*sys.argv[1:4], file=Path(sys.argv[4])))
    print(f"{sys.argv[4]} is taken")
