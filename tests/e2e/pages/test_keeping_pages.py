"""What is recorded, as the centre and a desk show it in a real Chromium: holds of two people, receipts, samples."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from routing.directory import Project
from telephony.identifiers import CallId, ClientId, LegId, SegmentId
from telephony.order_segments import ConsentPurpose, ConsentWords
from telephony.samples import SampleAnswer, SampleAnswered, SampleBegun, SampleDrawn
from telephony.segments import SegmentProven
from tests.e2e.browsing import a_page, faults, log_in
from tests.e2e.pages.test_lead_pages import talk
from tests.integration.web.memory_keeping import SEGMENT, MemoryHolds
from tests.integration.web.memory_recording import MemoryConsentTexts, MemorySamplingReports, a_report, a_text
from tests.leading_stores import ANNA, SUPPORT
from tests.leading_world import Leading, a_leading_world
from tests.live_world import PASSWORD, LiveWorld
from tests.unit.web.test_centre_shown import FULL

ACME: Project = replace(FULL, client_id=ClientId("acme"))
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LOOKS: dict[str, dict[str, Any]] = {
    "1280-de": {**WIDE, "locale": "de-DE"},
    "1280-en-dark": {**WIDE, "locale": "en-GB", "color_scheme": "dark"},
    "phone-de-dark": {**PHONE, "locale": "de-DE", "color_scheme": "dark"},
    "phone-en": {**PHONE, "locale": "en-GB"},
}
WORDS = ConsentWords(language="de", version=1, sha256="0" * 64, purpose=ConsentPurpose.QUALITY_SAMPLE)


@pytest_asyncio.fixture(loop_scope="session")
async def leading() -> AsyncIterator[Leading]:
    async with a_leading_world() as leading:
        yield leading


async def enter(page: Page, world: LiveWorld, login: str, where: str = "centre") -> None:
    await log_in(page, f"{world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector("main .card")


async def looked_at(page: Page, name: str) -> None:
    """It fits and has no fault; a picture is kept where somebody wants to look."""
    if folder := os.environ.get("TESTS_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    wide, shown = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, name
    assert await faults(page) == [], name


async def test_it_takes_two_to_hold_a_recording(browser: Browser, world: LiveWorld) -> None:
    holds = cast(MemoryHolds, world.deps.keeping.holds)
    async with a_page(browser, may_complain_of=("409",)) as page:
        await enter(page, world, "sven")
        await page.locator(f"tr[data-segment='{SEGMENT}']").get_by_role("button", name="Löschen sperren").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Grund").fill("Rechtsstreit 7")
        await looked_at(page, "hold-drawer")
        await dialog.get_by_role("button", name="Löschen sperren").click()
        row = page.locator("tr[data-hold]")
        await expect(row).to_contain_text("Rechtsstreit 7")
        await row.get_by_role("button", name="Sperre bestätigen").click()
        await dialog.get_by_label("Grund").fill("ich auch")
        await dialog.get_by_role("button", name="Sperre bestätigen").click()
        await expect(dialog.get_by_role("alert")).to_be_visible()
    async with a_page(browser) as page:
        await enter(page, world, "root")
        row = page.locator("tr[data-hold]")
        await row.get_by_role("button", name="Sperre bestätigen").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Grund").fill("gesehen")
        await dialog.get_by_role("button", name="Sperre bestätigen").click()
        await expect(row.get_by_role("button", name="Sperre bestätigen")).to_have_count(0)
    (hold,) = holds.rows.values()
    assert (hold.asked_by, hold.confirmed_by) == ("user-sven", "user-root")


@pytest.mark.parametrize("look", LOOKS)
async def test_what_is_kept_and_sampled_is_shown(browser: Browser, world: LiveWorld, look: str) -> None:
    known = world.directory.current
    world.directory.current = replace(known, projects={**known.projects, ACME.project_id: ACME})
    cast(MemorySamplingReports, world.deps.sampling).rows.append(a_report(ACME.project_id))
    async with a_page(browser, **LOOKS[look]) as page:
        await enter(page, world, "root")
        await expect(page.locator("tr[data-receipt=gone] .pill.good")).to_be_visible()
        await page.locator("tr[data-receipt=gone]").scroll_into_view_if_needed()
        await looked_at(page, f"vault-{look}")
        await page.goto(f"{world.url}/#/centre/{ACME.project_id}")
        report = page.locator("[data-report=sampling]")
        await expect(report).to_contain_text("20.0%" if "-en" in look else "20,0\u00a0%")
        await report.scroll_into_view_if_needed()
        await looked_at(page, f"sampling-{look}")


@pytest.mark.parametrize("look", LOOKS)
async def test_a_desk_tells_how_far_a_sample_is_by_the_switchs_word(browser: Browser, leading: Leading, look: str) -> None:
    texts = cast(MemoryConsentTexts, leading.world.deps.consent_texts)
    texts.rows.append(a_text(SUPPORT, language="de", purpose=ConsentPurpose.QUALITY_SAMPLE))
    async with a_page(browser, **LOOKS[look]) as page:
        call_id = CallId(await talk(page, leading))
        segment, floor = SegmentId("segment"), leading.world.floor
        drawn = SampleDrawn(
            call_id=call_id, project_id=SUPPORT, day="2026-11-22", seed_sha256="0" * 64, rate_permille=20, is_drawn=True
        )
        begun = SampleBegun(
            call_id=call_id, agent_id=ANNA, project_id=SUPPORT, segment_id=segment, words=WORDS, longest_ms=600_000
        )
        proven = SegmentProven(leg_id=LegId("callee"), segment_id=segment)
        part = page.locator("[data-sample]")
        told = (
            (drawn, "drawn"),
            (SampleAnswered(call_id=call_id, answer=SampleAnswer.YES), "agreed"),
            (begun, "starting"),
            (proven, "recording"),
        )
        for event, phase in told:
            floor.at = leading.world.clock.now()
            floor.say(event, call_id, ANNA)
            leading.world.happen(floor.take())
            await expect(part).to_have_attribute("data-sample", phase)
            if phase in ("drawn", "recording"):
                await looked_at(page, f"sample-{phase}-{look}")
