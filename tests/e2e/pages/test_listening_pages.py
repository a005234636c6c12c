"""Listening in a real Chromium: the agent asks and takes back, who leads sees why not, and the office keeps the texts for it."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from telephony import events as ev
from telephony.identifiers import CallId, leg_id
from telephony.order_segments import ConsentPurpose, ConsentWords
from telephony.overhearing import (
    EarClosed,
    EarEnd,
    EarHears,
    ListeningAgreed,
    ListeningAsked,
    ListeningRevoked,
    ListenMode,
    ListenRequested,
)
from tests.e2e.browsing import a_page, faults, log_in
from tests.e2e.pages.test_lead_pages import talk
from tests.integration.web.memory_recording import NAMES, TEXT, MemoryConsentTexts, a_text
from tests.leading_stores import ANNA, SUPPORT
from tests.leading_world import Leading, a_leading_world
from tests.live_world import PASSWORD, LiveWorld

WORDS = ConsentWords(language="de", version=1, sha256="0" * 64, purpose=ConsentPurpose.LISTENING)
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest_asyncio.fixture(loop_scope="session")
async def leading() -> AsyncIterator[Leading]:
    async with a_leading_world() as leading:
        texts = cast(MemoryConsentTexts, leading.world.deps.consent_texts)
        texts.rows.append(replace(a_text(SUPPORT, language="de"), purpose=ConsentPurpose.LISTENING))
        yield leading


def tell(leading: Leading, call_id: CallId, *events: ev.Event) -> None:
    floor = leading.world.floor
    floor.at = leading.world.clock.now()
    for event in events:
        floor.say(event, call_id, ANNA)
    leading.world.happen(floor.take())


def one_who_talks(world: LiveWorld) -> CallId:
    """A call that still talks when all that was played has been told, whatever the page shows meanwhile."""
    said = world.floor.journal.items()
    return next(call_id for call_id, envelopes in said if isinstance(envelopes[-1].event, ev.AgentConnected))


async def picture(page: Page, name: str) -> None:
    """Kept where somebody wants to look."""
    if folder := os.environ.get("TESTS_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("look", [{}, {**PHONE, "color_scheme": "dark"}], ids=["desk", "phone"])
async def test_the_agent_asks_sees_who_listens_and_takes_it_back(browser: Browser, leading: Leading, look: Any) -> None:
    async with a_page(browser, timezone_id="Europe/Berlin", **look) as page:
        call_id = CallId(await talk(page, leading))
        ear, part = leg_id(call_id, "ear", 1), page.locator("section.ear")
        await part.get_by_role("button", name="Fragen, ob mitgehört werden darf").click()
        tell(leading, call_id, ListeningAsked(call_id=call_id, agent_id=ANNA, words=WORDS))
        await expect(part.locator("blockquote")).to_contain_text(TEXT[:20])
        await picture(page, f"listening-asked-{len(look)}")
        await part.get_by_role("button", name="Ja, klar gesagt").click()
        tell(leading, call_id, ListeningAgreed(call_id=call_id, agent_id=ANNA))
        await expect(part.get_by_role("status")).to_contain_text("zurzeit hört niemand mit")
        wanted = ListenRequested(
            call_id=call_id, agent_id=None, by="sven", endpoint_id="p", mode=ListenMode.LISTEN, reason="training"
        )
        tell(leading, call_id, wanted, EarHears(leg_id=ear))
        await expect(part).to_have_attribute("data-ear", "heard")
        await expect(part.get_by_role("status")).to_have_text("Die Aufsicht hört mit.")
        await picture(page, f"listening-heard-{len(look)}")
        assert await faults(page) == []
        await part.get_by_role("button", name="Einwilligung zurückgenommen").click()
        await part.get_by_role("group").get_by_role("button").first.click()
        closed = EarClosed(call_id=call_id, agent_id=ANNA, ear_id=ear, by="sven", reason=EarEnd.WITHDRAWN, has_heard=True)
        tell(leading, call_id, ListeningRevoked(call_id=call_id, agent_id=ANNA), closed)
        await expect(part.get_by_role("status")).to_contain_text("Niemand hört mit")
        intents: Any = leading.world.deps.intents
        kinds = [type(each) for each in intents.asked]
        assert [kind for kind in (ListeningAsked, ListeningAgreed, ListeningRevoked) if kind not in kinds] == []


async def test_who_leads_reads_why_not_and_then_listens(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, may_complain_of=("409",)) as page:
        await log_in(page, world.url, "sven", PASSWORD)
        await page.wait_for_selector("[data-frozen=false]")
        world.play(600)
        call_id = one_who_talks(world)
        await page.locator(f"tr[data-phase=talking][data-call='{call_id}']").get_by_role("button").click()
        part = page.locator("section[data-ear]")
        await expect(part.get_by_role("status")).to_contain_text("Der Agent fragt ihn mit dem Einwilligungstext")
        await expect(part.get_by_role("button")).to_have_count(0)
        await picture(page, "listen-not-asked")
        floor = world.floor
        for event in (
            ListeningAsked(call_id=call_id, agent_id=ANNA, words=WORDS),
            ListeningAgreed(call_id=call_id, agent_id=ANNA),
        ):
            floor.say(event, call_id)
        world.happen(floor.take())
        await part.get_by_label("Anlass").fill("Einarbeitung")
        await part.get_by_role("button", name="Mithören").click()
        await expect(part.get_by_role("alert")).to_contain_text("eigenes Telefon")
        await picture(page, "listen-agreed")
        assert await faults(page) == []


async def test_the_office_publishes_a_version_and_sees_what_changed(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, may_complain_of=("422",)) as page:
        project = next(iter(world.directory.current.projects))
        await log_in(page, f"{world.url}/#/centre/{project}", "root", PASSWORD)
        part = page.locator("section[aria-labelledby=consents-heading]")
        await expect(part).to_contain_text("wird weder aufgezeichnet noch mitgehört")
        for text in (TEXT, TEXT.replace("records", "hears and records")):
            await part.get_by_role("button", name="Neue Fassung veröffentlichen").click()
            drawer = page.get_by_role("dialog")
            await drawer.get_by_label("Zweck").select_option("listening")
            await drawer.get_by_label("Text", exact=True).fill(text)
            if text == TEXT:
                await drawer.get_by_role("button", name="Neue Fassung veröffentlichen").click()
                await expect(drawer).to_contain_text("Davon sagt der Text nichts")
                labels = (
                    "Wer aufzeichnet oder mithört",
                    "In wessen Namen",
                    "Wozu",
                    "Wer es aufbewahrt",
                    "Wie lange",
                    "Wie man widerruft",
                )
                for label, words in zip(labels, NAMES.values(), strict=True):
                    await drawer.get_by_label(label).fill(words)
                await picture(page, "consents-publish")
            await drawer.get_by_role("button", name="Neue Fassung veröffentlichen").click()
            await expect(drawer).to_have_count(0)
        row = part.locator("[data-text='listening.de']")
        await expect(row.locator("td").nth(2)).to_have_text("2")
        await picture(page, "consents-page")
        await row.get_by_role("button").click()
        newest = page.locator("[data-version='2']")
        await expect(newest.locator("ins")).to_have_text("hears and")
        await picture(page, "consents-history")
        assert await faults(page) == []
