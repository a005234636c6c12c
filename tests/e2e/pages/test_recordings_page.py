"""Recordings in a real Chromium: asked for, approved by another, heard under one's name; what was heard is on record."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from recording.access import Wanted
from store.audit import Author
from store.recording_access import Served
from telephony.identifiers import UserId
from tests.e2e.browsing import a_page, faults, log_in
from tests.live_world import PASSWORD
from tests.recorded_world import SEGMENT, RecordedWorld, a_recorded_world

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SIZES: dict[str, dict[str, Any]] = {
    "1280": {"viewport": {"width": 1280, "height": 800}},
    "1920-dark": {"viewport": {"width": 1920, "height": 1080}, "color_scheme": "dark"},
    "phone": PHONE,
}


@pytest_asyncio.fixture(loop_scope="session")
async def recorded(tmp_path: Path) -> AsyncIterator[RecordedWorld]:
    async with a_recorded_world(tmp_path) as recorded:
        yield recorded


async def enter(page: Page, recorded: RecordedWorld, login: str, where: str = "recordings") -> None:
    await log_in(page, f"{recorded.world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector("main .panel")


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("TESTS_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def opened(page: Page, recorded: RecordedWorld) -> None:
    await enter(page, recorded, "sven", f"recordings/{await recorded.granted()}")
    await page.get_by_role("button", name="Aufnahme öffnen").click()
    await page.wait_for_selector(".player svg path.outside[d^='M']", state="attached")


async def test_one_asks_and_another_approves(browser: Browser, recorded: RecordedWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, recorded, "sven")
        await page.locator(f"[data-recording='{SEGMENT}']").get_by_role("button").click()
        await expect(page.get_by_text("mindestens 0,3 s: die Telefonanlage kam nicht nach")).to_be_visible()
        await page.get_by_label("Begründung").fill("Beschwerde 7")
        await page.get_by_role("button", name="Beantragen").click()
        await expect(page.get_by_text("Eine zweite Person entscheidet")).to_be_visible()
        await picture(page, "drawer")
        assert await faults(page) == []
        await page.get_by_role("button", name="Schließen").click()
        mine = page.locator("[data-state='asked']")
        await expect(mine.get_by_role("button", name="Zurückziehen")).to_be_visible()
        await expect(mine.get_by_role("button", name="Genehmigen")).to_have_count(0)
    async with a_page(browser) as page:
        await enter(page, recorded, "root")
        await page.get_by_role("button", name="Genehmigen").click()
        await page.get_by_label("Begründung").fill("liegt vor")
        await page.get_by_role("button", name="Genehmigen").click()
        await expect(page.locator("[data-state='approved']")).to_be_visible()
        assert await faults(page) == []
    (request,) = await recorded.access.requests()
    assert (request.asked_by, request.decided_by, request.reason) == ("user-sven", "user-root", "Beschwerde 7")


async def test_what_is_played_is_on_record_and_what_is_not_is_not(browser: Browser, recorded: RecordedWorld) -> None:
    async with a_page(browser) as page:
        await opened(page, recorded)
        await expect(page.get_by_text("Gehört von sven")).to_be_visible()
        assert [each.what for each in await recorded.access.accesses(SEGMENT)] == [Served.PICTURE]
        await page.get_by_role("button", name="0:09 Identität").click()
        await page.get_by_role("button", name="Abspielen").click()
        await page.wait_for_function("() => Number(document.querySelector('input[type=range]').value) > 9500")
        await page.get_by_label("Kunde").check()
        await page.get_by_role("button", name="Pause", exact=True).click()
        await picture(page, "player")
    heard = [each for each in await recorded.access.accesses(SEGMENT) if each.what is Served.SOUND]
    assert {each.user_id for each in heard} == {"user-sven"}
    assert min(each.from_ms for each in heard) == 9_000
    assert max(each.to_ms for each in heard) <= 24_000


async def test_the_player_is_worked_by_keyboard_alone(browser: Browser, recorded: RecordedWorld) -> None:
    async with a_page(browser) as page:
        await opened(page, recorded)
        position = page.get_by_label("Stelle", exact=True)
        await position.focus()
        await page.keyboard.press("ArrowRight")
        await expect(position).to_have_value("1000")
        await page.keyboard.press("End")
        await expect(position).to_have_value("40000")
        await page.get_by_role("button", name="5 s zurück").focus()
        await page.keyboard.press("Enter")
        await expect(position).to_have_value("35000")
        play = page.get_by_role("button", name="Abspielen")
        await play.focus()
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


async def test_what_is_taken_back_falls_silent(browser: Browser, recorded: RecordedWorld) -> None:
    async with a_page(browser, may_complain_of=("403",)) as page:
        await opened(page, recorded)
        at = recorded.world.clock.now()
        await recorded.access.end("request-7", by=Author(user_id=UserId("user-root"), at=at))
        await page.get_by_role("button", name="Abspielen").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_role("button", name="Abspielen")).to_be_visible()
    assert [each.what for each in await recorded.access.accesses(SEGMENT)] == [Served.PICTURE]


async def test_a_release_is_fetched_as_a_package(browser: Browser, recorded: RecordedWorld) -> None:
    await recorded.granted(Wanted.RELEASE_ESCALATION)
    async with a_page(browser) as page:
        await enter(page, recorded, "sven")
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name="Paket holen").click()
        download = await waiting.value
        assert download.suggested_filename == f"{SEGMENT}.tar"
        assert (await download.path()).stat().st_size > 40 * 8_000 * 2 * 2


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["de-DE", "en-GB"])
async def test_the_player_reads_well_on_every_screen(browser: Browser, recorded: RecordedWorld, size: str, language: str) -> None:
    async with a_page(browser, locale=language, **SIZES[size]) as page:
        await enter(page, recorded, "sven", f"recordings/{await recorded.granted()}")
        await page.get_by_role("button", name="Aufnahme öffnen" if language == "de-DE" else "Open the recording").click()
        await page.wait_for_selector(".player svg path.outside[d^='M']", state="attached")
        await picture(page, f"player-{size}-{language}")
        assert await faults(page) == []
        await page.goto(f"{recorded.world.url}/#/recordings")
        await page.wait_for_selector("[data-request]")
        await picture(page, f"recordings-{size}-{language}")
        assert await faults(page) == []
        width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0
