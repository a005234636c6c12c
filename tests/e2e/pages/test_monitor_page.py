"""The live monitor in a real Chromium: entering, moving with the floor, both languages, greying, access for everybody."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from telephony.identifiers import Instant
from tests.e2e.browsing import a_page, faults, log_in
from tests.live_floor import a_centre
from tests.live_stories import StoryFloor
from tests.live_world import ONE_TIME, PASSWORD, LiveWorld, a_live_world

HISTORY_S = 900


async def enter(page: Page, world: LiveWorld, login: str = "sven", password: str = PASSWORD) -> None:
    await log_in(page, world.url, login, password)


async def on_board(page: Page) -> None:
    await page.wait_for_selector("[data-frozen=false]")


async def test_a_one_time_login_leads_over_an_own_password_to_the_board(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "nora", ONE_TIME)
        await page.fill("input[name=new]", "ein langes eigenes Passwort")
        await page.fill("input[name=again]", "ein langes eigenes Passwort")
        await page.click("button[type=submit]")
        await on_board(page)
        await page.get_by_role("button", name="Abmelden").click()
        await expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


async def test_a_wrong_password_is_told_in_the_pages_language(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, locale="en-GB") as page:
        await enter(page, world, "sven", "not the password")
        await expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")


HEADINGS = {
    "de-DE": ("Warteschlangen", "Agenten", "Laufende Gespräche"),
    "en-GB": ("Queues", "Agents", "Live calls"),
}


@pytest.mark.parametrize("locale", HEADINGS)
async def test_the_board_moves_with_the_floor_in_both_languages(browser: Browser, world: LiveWorld, locale: str) -> None:
    async with a_page(browser, locale=locale) as page:
        await enter(page, world)
        await on_board(page)
        for heading in HEADINGS[locale]:
            await expect(page.get_by_role("heading", name=re.compile(f"^{heading} "))).to_be_visible()
        world.play(120)
        await shows(page, world)
        world.play(600)
        await shows(page, world)
        await page.get_by_label("Sprache" if locale == "de-DE" else "Language").select_option("en" if locale == "de-DE" else "de")
        other = "Queues" if locale == "de-DE" else "Warteschlangen"
        await expect(page.get_by_role("heading", name=re.compile(f"^{other} "))).to_be_visible()


async def shows(page: Page, world: LiveWorld) -> None:
    """The board shows exactly the calls and states that the floor has now."""
    calls = {(row.call_id, row.phase.value) for row in world.feed.calls()}
    states = {(row.agent_id, row.state.value) for row in world.feed.agents() if row.state != "logged_out"}
    waiting = sum(row.phase in ("waiting", "alerting") for row in world.feed.calls())
    await expect(page.locator("[data-kpi=waiting]")).to_have_text(str(waiting))
    for key, state, expected in (("call", "phase", calls), ("agent", "state", states)):
        await page.wait_for_function(SHOWS, arg=[key, state, sorted(map(" ".join, expected))])


SHOWS = """([key, state, expected]) => {
    const rows = [...document.querySelectorAll(`tr[data-${key}]`)];
    const shown = rows.map((row) => `${row.dataset[key]} ${row.dataset[state]}`).sort();
    return JSON.stringify(shown) === JSON.stringify(expected);
}"""


async def test_a_board_whose_feed_stands_still_greys_and_comes_back(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world)
        await on_board(page)
        world.engine_hangs()
        await page.wait_for_selector("[data-frozen=true]")
        assert "grayscale" in await page.eval_on_selector("[data-frozen]", "board => getComputedStyle(board).filter")
        await expect(page.get_by_text("Die Anzeige steht")).to_be_visible()
        figures = await page.locator("main .board").inner_text()
        age = await page.locator("[data-age]").get_attribute("data-age")
        await expect(page.locator("[data-age]")).not_to_have_attribute("data-age", age or "")
        assert await page.locator("main .board").inner_text() == figures, "something on a frozen board ticked"
        world.engine_lives()
        await on_board(page)


async def test_a_cut_line_is_mended_and_the_board_goes_on_where_it_was(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        said: list[str] = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(str(frame))))
        await enter(page, world)
        await on_board(page)
        await shows(page, world)
        await world.cut_lines()
        world.play(60)
        await shows(page, world)
        assert "start" in said[0]
        assert "resume" in said[1]


async def test_a_session_that_is_over_leads_back_to_the_log_in(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world)
        await on_board(page)
        world.sessions.rows.clear()
        await world.cut_lines()
        await page.reload()
        await expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


async def test_why_an_agent_was_chosen_opens_by_keyboard(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        world.play(120)
        await enter(page, world)
        await on_board(page)
        talking = page.locator("tr[data-phase=talking] button").first
        await talking.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("Verglichen")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await expect(talking).to_be_focused()


async def test_slash_filters_and_question_mark_helps(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world)
        await on_board(page)
        await page.keyboard.press("/")
        await page.keyboard.type("Anna Albrecht")
        await expect(page.locator("tr[data-agent]")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator("tr[data-agent]")).not_to_have_count(1)
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Tastatur")


async def test_a_client_sees_its_queues_and_nobody(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "acme")
        await on_board(page)
        await expect(page.locator("tr[data-project]")).to_have_count(2)
        await expect(page.locator("#agents-heading, #calls-heading")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_to_complain_about(browser: Browser, world: LiveWorld, scheme: str) -> None:
    async with a_page(browser, color_scheme=scheme) as page:
        await page.goto(world.url)
        await page.wait_for_selector("input[name=login]")
        assert await faults(page) == []
        await enter(page, world)
        await on_board(page)
        world.play(60)
        await shows(page, world)
        assert await faults(page) == []
        await page.keyboard.press("?")
        await page.wait_for_selector("dialog")
        assert await faults(page) == []


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
async def test_two_hundred_agents_and_a_hundred_calls_fit_and_keep_up(browser: Browser, size: tuple[int, int]) -> None:
    centre = a_centre(agents=200, projects=20)
    floor = StoryFloor(centre, Instant(0), calls_per_minute=40)
    async with a_live_world(centre=centre, floor=floor, history_s=900) as world:
        world.engine_lives()
        async with a_page(browser, viewport={"width": size[0], "height": size[1]}) as page:
            await enter(page, world)
            await on_board(page)
            for _ in range(20):
                world.play(3)
                await asyncio.sleep(0)
            await shows(page, world)
            assert len(world.feed.calls()) > 60
            wide, shown = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= shown
            cut = await page.eval_on_selector_all(
                "section[aria-labelledby] > [role=group]", "all => all.map(e => e.scrollWidth - e.clientWidth)"
            )
            assert max(cut) <= 0, cut
