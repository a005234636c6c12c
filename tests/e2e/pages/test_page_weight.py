"""What the desk and the board fetch before they can be used; everything else comes when somebody goes there."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.browsing import FRONT_END, a_page, log_in
from tests.live_world import PASSWORD, LiveWorld

DIST = FRONT_END / "dist"
LARGEST_FILE = 120_000
"""Bytes of one file as built; the largest are the texts of a language."""
ONE_PACKET = 1_400
MOST_TO_BEGIN = {"src/desk/Desk.svelte": 290_000, "src/shell/Shell.svelte": 250_000}
"""Bytes until the page can be used: the gate, the page, what both need, and the texts of one language."""
ELSEWHERE = ("campaigns/", "centre/", "levels/", "recordings/", "shifts/", "teams/", "whatif/", "why/")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found = json.loads((DIST / ".vite" / "manifest.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def needed(manifest: dict[str, Any], *parts: str) -> set[str]:
    """Those parts, and whatever must be there before they run."""
    there, waiting = set[str](), list(parts)
    while waiting:
        part = waiting.pop()
        if part not in there:
            there.add(part)
            waiting += manifest[part].get("imports", ())
    return there


def size(manifest: dict[str, Any], parts: set[str], compressed: str = "") -> int:
    files = {DIST / manifest[part]["file"] for part in parts}
    if compressed:
        files = {beside if (beside := file.with_name(file.name + compressed)).exists() else file for file in files}
    return sum(file.stat().st_size for file in files)


def scripts() -> Iterator[Path]:
    yield from (DIST / "assets").glob("*.js")


def test_no_file_is_large(manifest: dict[str, Any]) -> None:
    large = {file.name: file.stat().st_size for file in scripts() if file.stat().st_size > LARGEST_FILE}
    assert large == {}


@pytest.mark.parametrize("page", MOST_TO_BEGIN)
def test_desk_and_board_fetch_what_they_need_and_no_other_page(manifest: dict[str, Any], page: str) -> None:
    begin = needed(manifest, "index.html", page, "src/i18n/catalogue.de.ts")
    assert size(manifest, begin) <= MOST_TO_BEGIN[page]
    pages = {name for name, part in manifest.items() if part.get("isDynamicEntry") and not name.startswith("src/i18n/")}
    assert {f"src/{room}" for room in ELSEWHERE} <= {re.sub(r"[^/]+$", "", name) for name in pages}
    assert begin & pages == {page}


def test_texts_lie_compressed_beside_themselves(manifest: dict[str, Any]) -> None:
    texts = [file for kind in ("*.js", "*.css", "*.html") for file in DIST.rglob(kind) if file.stat().st_size > ONE_PACKET]
    assert len(texts) > len(ELSEWHERE)
    for text in texts:
        assert gzip.decompress(text.with_name(f"{text.name}.gz").read_bytes()) == text.read_bytes()
        assert text.with_name(f"{text.name}.br").stat().st_size < text.with_name(f"{text.name}.gz").stat().st_size
    desk = needed(manifest, "index.html", "src/desk/Desk.svelte", "src/i18n/catalogue.de.ts")
    assert size(manifest, desk, ".gz") < size(manifest, desk) / 2


async def test_a_page_whose_files_are_gone_says_so_and_begins_anew(browser: Browser, world: LiveWorld) -> None:
    """After an update the files of before are no longer there."""
    async with a_page(browser, may_complain_of=("Failed to load resource", "ERR_FAILED")) as page:
        await page.route(re.compile(r"/assets/Centre-.*\.js"), lambda route: route.abort())
        await log_in(page, f"{world.url}/#/centre", "root", PASSWORD)
        await expect(page.get_by_role("alert").filter(has_text="nicht erreichbar")).to_be_visible()
        await page.unroute_all()
        await page.get_by_role("button", name="Noch einmal versuchen").click()
        await expect(page.locator("main .card").first).to_be_visible()


async def test_without_texts_the_page_says_so_in_both_languages(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, may_complain_of=("Failed to load resource", "ERR_FAILED")) as page:
        await page.route(re.compile(r"/assets/catalogue\."), lambda route: route.abort())
        await page.goto(world.url)
        await expect(page.get_by_text("Fernamt ist nicht erreichbar")).to_be_visible()
        await expect(page.get_by_text("cannot be reached")).to_be_visible()


async def test_another_language_is_fetched_when_somebody_chooses_it(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        await page.goto(world.url)
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        assert not [url for url in fetched if "catalogue.en" in url]
        await page.locator("select").first.select_option("en")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        assert [url for url in fetched if "catalogue.en" in url]
