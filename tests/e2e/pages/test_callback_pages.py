"""A promise to call back in a real Chromium: on the board while it waits and rests, at the desk of who calls."""

import pytest
from playwright.async_api import Browser, expect

from telephony.events import HangUpRequested
from telephony.identifiers import AgentId
from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in
from tests.live_world import PASSWORD, LiveWorld

IDA = AgentId("agent-8")


async def test_a_promise_is_seen_waiting_resting_and_being_kept(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, viewport={"width": 1920, "height": 1080}, timezone_id="Europe/Berlin") as page:
        await log_in(page, world.url, "sven", PASSWORD)
        world.happen(world.floor.promise())
        row = page.locator("tr[data-callback]")
        await expect(row).to_contain_text("Rückruf")
        await expect(row).to_contain_text("+49 171 *** 23")
        world.happen(world.floor.rest(900))
        await expect(row).to_contain_text("Ruht bis")
        assert await faults(page) == []
        steps = world.floor.call_back(IDA)
        for told in ("Agent klingelt", "Wird gewählt", "Klingelt dort"):
            world.happen(next(steps))
            await expect(row).to_contain_text(told)
        world.happen(next(steps))
        await expect(row).to_contain_text("Im Gespräch")
        await expect(page.locator("[data-cell=callbacks]").filter(has_text="1 / 1")).to_be_visible()


async def test_a_supervisor_takes_a_promise_back_after_being_asked(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await log_in(page, world.url, "sven", PASSWORD)
        world.happen(world.floor.promise())
        await page.locator("tr[data-callback] button").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Rückruf streichen").click()
        assert not any(isinstance(each, HangUpRequested) for each in world.deps.intents.asked)  # type: ignore[attr-defined]
        await dialog.get_by_role("button", name="Ja").click()
        await page.wait_for_function("() => document.querySelectorAll('dialog button:disabled').length === 0")
        assert any(isinstance(each, HangUpRequested) for each in world.deps.intents.asked)  # type: ignore[attr-defined]


async def test_a_client_sees_no_promise_and_a_clerk_takes_none_back(browser: Browser, world: LiveWorld) -> None:
    world.happen(world.floor.promise())
    call = next(row.call_id for row in world.feed.calls() if row.is_callback)
    for login, status in (("bolt", 403), ("kurt", 403)):
        async with a_page(browser, may_complain_of=("403",)) as page:
            await log_in(page, world.url, login, PASSWORD)
            await page.wait_for_selector(BEHIND_THE_GATE)
            answered = await page.evaluate(
                "path => fetch(path, { method: 'POST' }).then(r => r.status)", f"/api/v1/calls/{call}/hang-up"
            )
            assert answered == status, login
            await expect(page.locator("tr[data-callback]")).to_have_count(0)
    assert not any(isinstance(each, HangUpRequested) for each in world.deps.intents.asked)  # type: ignore[attr-defined]


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
async def test_the_desk_says_that_one_calls_back_and_that_it_rings_there(browser: Browser, world: LiveWorld, locale: str) -> None:
    said = {
        "de-DE": ("Du rufst zurück. Nimm", "wird gewählt", "es klingelt bei +49 171 *** 23"),
        "en-GB": ("You call back. Answer", "dialling", "ringing +49 171 *** 23"),
    }[locale]
    # Ida has no certificate for this project: what its callers are asked is not hers to read.
    async with a_page(browser, locale=locale, may_complain_of=("404",)) as page:
        await log_in(page, world.url, "ida", PASSWORD)
        world.happen(world.floor.promise())
        steps = world.floor.call_back(IDA)
        situation = page.locator("section.call [role=status]")
        for told in said:
            world.happen(next(steps))
            await expect(situation).to_contain_text(told)
        assert await faults(page) == []
        stop = page.get_by_role("button", name="Versuch beenden" if locale == "de-DE" else "End the attempt")
        await expect(stop).to_be_enabled()
        world.happen(next(steps))
        await expect(page.locator(".desk[data-state=talking]")).to_be_visible()
        await expect(stop).to_have_count(0)
