"""Takes the picture of README.md: the live board of a running demo, as its supervisor sees it in Chromium.

python -m tools.picture http://127.0.0.1:8080 gesine ONE-TIME-LOGIN
"""

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import async_playwright

PICTURE = Path(__file__).parents[1] / "docs" / "monitor.png"
PASSWORD = "a password for the picture only"  # noqa: S105 - the next start of the demo makes it void
SIZE = {"width": 1366, "height": 768}


async def take(url: str, login: str, secret: str) -> None:
    """The picture is in docs/monitor.png."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = await browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="Europe/Berlin")
        page = await context.new_page()
        await page.goto(url)
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", secret)
        await page.click("button[type=submit]")
        await page.wait_for_selector("input[name=new], [data-frozen=false]")
        if await page.query_selector("input[name=new]"):
            for field in await page.query_selector_all("input[type=password]"):
                await field.fill(PASSWORD)
            await page.click("button[type=submit]")
        await page.wait_for_selector("[data-frozen=false]")
        await page.wait_for_timeout(3_000)
        await page.screenshot(path=PICTURE)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(*sys.argv[1:4]))
    print(f"{PICTURE} is taken")
