"""An emergency call in a real Chromium: told at once to who is on duty, on whatever page, and taken off by one of them."""

import pytest
from playwright.async_api import Browser, expect

from telephony.emergencies import EmergencySeen
from telephony.identifiers import AgentId
from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in
from tests.live_world import PASSWORD, LiveWorld

BEN = AgentId("agent-1")
"""Of team red, which lena leads."""


@pytest.mark.parametrize("where", ["monitor", "shifts", "levels"])
async def test_an_emergency_call_is_told_on_every_page_and_somebody_looks_after_it(
    browser: Browser, world: LiveWorld, where: str
) -> None:
    async with a_page(browser) as page:
        await log_in(page, f"{world.url}/#/{where}", "sven", PASSWORD)
        await page.wait_for_selector(BEHIND_THE_GATE)
        world.happen(world.floor.dial_emergency(BEN))
        alert = page.locator("[data-emergency]")
        await expect(alert).to_contain_text("Ben Brandt hat 112 gewählt.")
        assert await faults(page) == []
        async with page.expect_response(lambda answer: answer.url.endswith("/seen")) as answered:
            await alert.get_by_role("button", name="Ich kümmere mich").click()
        assert (await answered.value).status < 300
        (seen,) = [each for each in world.deps.notes.seen if isinstance(each, EmergencySeen)]  # type: ignore[attr-defined]
        assert seen.by == "user-sven"


async def test_other_teams_leaders_and_agents_neither_see_an_alert_nor_take_it_off(browser: Browser, world: LiveWorld) -> None:
    world.happen(world.floor.dial_emergency(AgentId("agent-2")))
    for login in ("lena", "anna", "acme"):
        async with a_page(browser, may_complain_of=("403", "404")) as page:
            await log_in(page, world.url, login, PASSWORD)
            await page.wait_for_selector("main .panel, main .state, main .board")
            await expect(page.locator("[data-emergency]")).to_have_count(0)
            status = await page.evaluate(
                "fetch('/api/v1/emergencies/any/seen', { method: 'POST' }).then(answer => answer.status)"
            )
            assert status == (404 if login == "lena" else 403), login  # leaders may take off their own team's
    assert world.deps.notes.seen == []  # type: ignore[attr-defined]
