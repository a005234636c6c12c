"""The recording of an order on an agent's desk in a real Chromium: what is shown is what the switch has proven."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from telephony import events as ev
from telephony.identifiers import CallId, LegId, SegmentId
from telephony.order_segments import (
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    SegmentClosed,
    SegmentMark,
    SegmentMarked,
    SegmentOpened,
    SegmentStopRequested,
    SegmentVerdict,
    StopReason,
)
from telephony.segments import SegmentMasked, SegmentProven
from tests.e2e.browsing import a_page, faults
from tests.e2e.pages.test_lead_pages import open_form, talk
from tests.integration.web.memory_recording import MemoryConsentTexts, a_text
from tests.leading_stores import ANNA, SUPPORT
from tests.leading_world import Leading, a_leading_world

ZONE: dict[str, Any] = {"timezone_id": "Europe/Berlin"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WORDS = ConsentWords(language="de", version=1, sha256="0" * 64)
SEGMENT = SegmentId("segment")
CALLEE = LegId("callee")


@pytest_asyncio.fixture(loop_scope="session")
async def leading() -> AsyncIterator[Leading]:
    async with a_leading_world() as leading:
        yield leading


class Tape:
    """What the journal tells of the talk's recording."""

    def __init__(self, leading: Leading, claim: str) -> None:
        self._leading, self.call_id = leading, CallId(claim)

    def tell(self, *events: ev.Event) -> None:
        floor = self._leading.world.floor
        floor.at = self._leading.world.clock.now()
        for event in events:
            floor.say(event, self.call_id, ANNA)
        self._leading.world.happen(floor.take())

    def asked(self, order: str) -> None:
        self.tell(RecordingAsked(call_id=self.call_id, agent_id=ANNA, words=WORDS, order_id=order))

    def runs(self) -> None:
        self.tell(
            RecordingAgreed(call_id=self.call_id, agent_id=ANNA),
            SegmentOpened(call_id=self.call_id, agent_id=ANNA, segment_id=SEGMENT, leg_id=CALLEE),
        )

    def proven(self) -> None:
        self.tell(SegmentProven(leg_id=CALLEE, segment_id=SEGMENT))

    def marked(self, mark: SegmentMark) -> None:
        self.tell(SegmentMarked(call_id=self.call_id, agent_id=ANNA, mark=mark))

    def closed(self, order: str, verdict: SegmentVerdict) -> None:
        self.tell(
            SegmentClosed(
                call_id=self.call_id,
                agent_id=ANNA,
                segment_id=SEGMENT,
                order_id=order,
                words=WORDS,
                verdict=verdict,
                reason=StopReason.ASKED,
            )
        )


def publish(leading: Leading) -> None:
    texts = cast(MemoryConsentTexts, leading.world.deps.consent_texts)
    texts.rows.append(a_text(SUPPORT, language="de"))


async def asked_of(leading: Leading, page: Page) -> tuple[Tape, str, Locator]:
    """The agent talks and has asked; the recording, the order it is for, and its part of the page."""
    publish(leading)
    tape = Tape(leading, await talk(page, leading))
    await open_form(page, "Bestellung")
    part = page.locator("[data-tape]")
    await part.get_by_role("button", name="Nach der Aufzeichnung fragen").click()
    await expect(part).to_be_visible()
    intents: Any = leading.world.deps.intents
    while not any(isinstance(each, RecordingAsked) for each in intents.asked):
        await page.wait_for_timeout(20)
    order = next(each.order_id for each in intents.asked if isinstance(each, RecordingAsked))
    tape.asked(order)
    await expect(part.locator("blockquote")).to_contain_text("proof of your order")
    return tape, order, part


async def picture(page: Page, name: str) -> None:
    """Kept where somebody wants to look."""
    if folder := os.environ.get("TESTS_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_an_order_is_recorded_as_the_desk_leads_through_it(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        tape, order, part = await asked_of(leading, page)
        state = part.get_by_role("status")
        await expect(state).to_contain_text("Es wird nicht aufgezeichnet")
        await picture(page, "recording-asked")
        await part.get_by_role("button", name="Ja, klar gesagt").click()
        tape.runs()
        await expect(part).to_have_attribute("data-tape", "starting")
        await expect(state).to_contain_text("noch nicht")
        tape.proven()
        await expect(state).to_contain_text("Aufzeichnung läuft")
        for mark, word in zip(SegmentMark, ("Ja gehört", "Person genannt", "Bestellung erklärt"), strict=True):
            await part.get_by_role("button", name=word).click()
            tape.marked(mark)
            await expect(part.get_by_role("button", name=word)).to_have_attribute("aria-pressed", "true")
        await part.get_by_role("button", name="Stille aufzeichnen").click()
        tape.tell(SegmentMasked(leg_id=CALLEE, segment_id=SEGMENT, is_masked=True))
        await expect(state).to_contain_text("Stille")
        await picture(page, "recording-masked")
        assert await faults(page) == []
        tape.tell(SegmentStopRequested(call_id=tape.call_id, agent_id=ANNA))
        await expect(state).to_contain_text("Wird beendet")
        tape.closed(order, SegmentVerdict.COMPLETE)
        await expect(state).to_contain_text("Vollständig aufgezeichnet")


async def test_a_no_is_one_press_and_the_call_goes_on(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        tape, order, part = await asked_of(leading, page)
        await expect(part).to_contain_text("für dich ändert sich nichts")
        await part.get_by_role("button", name="Nein oder unklar").click()
        intents: Any = leading.world.deps.intents
        tape.tell(RecordingDeclined(call_id=tape.call_id, agent_id=ANNA))
        tape.closed(order, SegmentVerdict.NOTHING)
        await expect(part.get_by_role("status")).to_contain_text("nichts aufgezeichnet")
        assert any(isinstance(each, RecordingDeclined) for each in intents.asked)
        await expect(part.get_by_role("button", name="Nach der Aufzeichnung fragen")).to_be_visible()


async def test_after_a_new_load_a_running_recording_is_shown_and_can_be_stopped(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE, **PHONE, color_scheme="dark") as page:
        tape, _, part = await asked_of(leading, page)
        tape.runs()
        tape.proven()
        await page.reload()
        await page.wait_for_selector("[data-after]")
        await open_form(page, "Bestellung")
        await expect(part).to_have_attribute("data-tape", "recording")
        await picture(page, "recording-phone")
        await part.get_by_role("button", name="Aufzeichnung beenden").click()
        intents: Any = leading.world.deps.intents
        await expect(part.get_by_role("button", name="Aufzeichnung beenden")).to_be_enabled()
        assert any(isinstance(each, SegmentStopRequested) for each in intents.asked)


async def test_a_project_without_a_text_is_not_spoken_of(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        await talk(page, leading)
        await open_form(page, "Bestellung")
        await expect(page.locator("[data-form=order]")).to_be_visible()
        await expect(page.locator("[data-tape]")).to_have_count(0)


async def test_the_texts_are_not_fetched_anew_with_each_word_of_the_board(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        tape, _, part = await asked_of(leading, page)
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        tape.runs()
        tape.proven()
        await expect(part).to_have_attribute("data-tape", "recording")
        for mark in SegmentMark:
            tape.marked(mark)
        await expect(part.get_by_role("button", pressed=True)).to_have_count(3)
        assert [url for url in fetched if "consent-texts" in url] == []
