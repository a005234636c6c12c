"""Quality reviews in a real Chromium: rated, answered by the agent, corrected; two eyes stay blind until both are in."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from recording.quality.review import ReviewState
from tests.e2e.browsing import a_page, faults, log_in
from tests.live_world import PASSWORD
from tests.quality_world import SUPPORT, QualityWorld, a_quality_world

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SIZES: dict[str, dict[str, Any]] = {
    "1280": {"viewport": {"width": 1280, "height": 800}},
    "1920-dark": {"viewport": {"width": 1920, "height": 1080}, "color_scheme": "dark"},
    "phone": PHONE,
}


@pytest_asyncio.fixture(loop_scope="session")
async def quality() -> AsyncIterator[QualityWorld]:
    async with a_quality_world() as quality:
        yield quality


async def enter(page: Page, quality: QualityWorld, login: str, where: str) -> None:
    await log_in(page, f"{quality.world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector("main .sheet")


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("TESTS_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def mark(page: Page, criterion: str, label: str) -> None:
    await page.locator(f"fieldset[data-criterion={criterion}]").get_by_label(label, exact=True).check()


async def test_a_reviewer_rates_and_the_agent_answers(browser: Browser, quality: QualityWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, quality, "rita", "")
        await expect(page.locator("[data-age]")).to_have_count(0)  # reviewers have no live board
        await page.locator("tr[data-quality-review=offen] a").click()
        await mark(page, "gruss", "5")
        await mark(page, "bedarf", "4")
        await expect(page.get_by_text("Noch ohne Note: 2")).to_be_visible()
        await expect(page.get_by_role("button", name="Abgeben")).to_be_disabled()
        await page.get_by_label("Stelle").fill("1:12")
        await page.get_by_label("Anmerkung", exact=True).fill("Gut zugehört")
        await page.get_by_role("button", name="Anmerken").click()
        await page.get_by_role("button", name="Entwurf sichern").click()
        await expect(page.get_by_text("Der Entwurf ist gesichert.")).to_be_visible()
        assert quality.reviews.rows["offen"].draft.remarks[0].at_ms == 72_000
        await mark(page, "abschluss", "kam nicht vor")
        await mark(page, "daten", "5")
        await picture(page, "rating")
        assert await faults(page) == []
        await page.get_by_role("button", name="Abgeben").click()
        await expect(page.locator("[data-points]")).to_have_text("85,00 von 100 Punkten")
    async with a_page(browser) as page:
        await enter(page, quality, "anna", "reviews")
        await page.locator("tr[data-quality-review=offen] a").click()
        await expect(page.get_by_text("Gut zugehört")).to_be_visible()
        await page.get_by_label("Deine Antwort").fill("Die Leitung war schlecht.")
        await picture(page, "answering")
        assert await faults(page) == []
        await page.get_by_role("button", name="Antworten").click()
        await expect(page.locator("[data-said=agent]")).to_contain_text("Die Leitung war schlecht.")
    assert quality.reviews.rows["offen"].state is ReviewState.ANSWERED


async def test_a_correction_is_a_version_of_its_own(browser: Browser, quality: QualityWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, quality, "rita", "quality/beantwortet")
        await expect(page.locator("[data-points]")).to_have_text("0,00 von 100 Punkten")
        await page.get_by_role("button", name="Korrigieren").click()
        await mark(page, "daten", "5")
        await page.get_by_label("Warum wird korrigiert?").fill("Die Kundennummer war genannt.")
        await page.get_by_role("button", name="Als neue Fassung abgeben").click()
        await expect(page.locator("section[data-version]")).to_have_count(2)
        await expect(page.locator("section[data-version='2'] [data-points]")).to_have_text("60,00 von 100 Punkten")
        await picture(page, "corrected")
        assert await faults(page) == []


async def test_a_calibration_is_blind_and_then_told(browser: Browser, quality: QualityWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, quality, "sven", "quality/calibrations")
        await expect(page.locator("[data-calibration=probe]")).to_contain_text("1 von 2 abgegeben.")
        await page.goto(f"{quality.world.url}/#/quality/probe-1")
        await expect(page.get_by_text("Noch ist nichts zu sehen")).to_be_visible()
        await page.goto(f"{quality.world.url}/#/quality/probe-2")
        for criterion, label in (("gruss", "5"), ("bedarf", "5"), ("abschluss", "kam nicht vor"), ("daten", "0")):
            await mark(page, criterion, label)
        await page.get_by_role("button", name="Abgeben").click()
        await page.goto(f"{quality.world.url}/#/quality/calibrations")
        await expect(page.locator("[data-calibration=probe]")).to_contain_text("45,00 und 0,00 Punkte: 45,00 auseinander.")
        await expect(page.locator("[data-calibration=probe]")).to_contain_text("Uneinig über eine K.-o.-Frage.")
        assert await faults(page) == []


async def test_an_administrator_makes_the_form_and_says_who_rates(browser: Browser, quality: QualityWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, quality, "root", "quality/forms")
        await page.get_by_label("Projekt").select_option(SUPPORT)
        await page.get_by_role("button", name="Frage hinzufügen").click()
        await page.get_by_label("Frage 5", exact=True).fill("Tonfall")
        await page.get_by_role("button", name="Als neue Fassung veröffentlichen").click()
        await expect(page.get_by_role("heading", name="Bogen Fassung 2")).to_be_visible()
        await page.get_by_label("Tage für Antwort").fill("10")
        await page.get_by_role("button", name="Regeln setzen").click()
        await expect(page.get_by_label("Tage für Antwort")).to_have_value("10")
        tall, shown = await page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
        assert tall <= shown, "the page scrolls within itself only"
        await picture(page, "forms")
        assert await faults(page) == []
    assert [each.name for each in (await quality.forms.forms(SUPPORT))[0].criteria][-1] == "Tonfall"
    assert quality.forms.rules_of[SUPPORT][-1].answer_days == 10


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("login", "where"), [("rita", "quality"), ("sven", "quality/report"), ("anna", "reviews/neu")])
async def test_pages_fit(browser: Browser, quality: QualityWorld, size: str, login: str, where: str) -> None:
    async with a_page(browser, **SIZES[size]) as page:
        await enter(page, quality, login, where)
        await page.wait_for_selector("[data-quality-review], tr.whole, [data-points]")
        width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0
        await picture(page, f"{where.replace('/', '-')}-{size}")
        assert await faults(page) == []
