"""The words of objections, erased in a real Chromium: by whom, after which questions, and what is left of them."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in, statuses
from tests.live_world import PASSWORD, LiveWorld
from tests.staffed_world import Staffed, staff


@pytest.fixture
def staffed(world: LiveWorld) -> Staffed:
    return staff(world)


async def enter(page: Page, staffed: Staffed, login: str, where: str) -> None:
    await log_in(page, f"{staffed.world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector(BEHIND_THE_GATE)


async def test_an_administrator_erases_what_an_agent_wrote_in_objections_and_holds_the_receipt(
    browser: Browser, staffed: Staffed
) -> None:
    async with a_page(browser) as page:
        await enter(page, staffed, "root", "levels/contests")
        theirs = page.locator("li[data-contest=c-ben]")
        await expect(theirs).to_contain_text("Drei der neun Bewertungen")
        await theirs.get_by_role("button", name="Worte von Ben Brandt löschen").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Noch nicht beantwortet: 1")
        erase = dialog.get_by_role("button", name="Worte löschen")
        await expect(erase).to_be_disabled()
        assert await faults(page) == []
        await dialog.get_by_label("Warum").fill("Brief vom 3. Mai")
        await erase.click()
        await dialog.get_by_role("button", name="Nein").click()
        assert staffed.contests.erased == []
        await erase.click()
        await dialog.get_by_role("button", name="Ja").click()
        await expect(dialog.get_by_role("status")).to_contain_text("Einwände, deren Worte weg sind: 1")
        await expect(dialog.locator("code")).not_to_be_empty()
        assert [(agent_id, reason) for agent_id, reason, _ in staffed.contests.erased] == [("agent-1", "Brief vom 3. Mai")]
        await dialog.get_by_role("button", name="Schließen").click()
        await expect(theirs).to_contain_text("Die Worte wurden gelöscht.")
        await expect(page.get_by_text("Drei der neun Bewertungen")).to_have_count(0)
        await expect(theirs.get_by_role("button", name="löschen")).to_have_count(0)
        await expect(page.locator("li[data-contest=c-anna]")).to_contain_text("Mein Telefon hat nicht geklingelt.")


async def test_the_words_go_from_the_agents_statement_as_well_in_either_language(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, locale="en-GB") as page:
        await enter(page, staffed, "root", "statement/agent-0")
        objection = page.locator("li[data-contest=c-anna]")
        await expect(objection).to_contain_text("Stimmt: die Leitung war weg.")
        await page.get_by_role("button", name="Erase the words").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Erase what Anna Albrecht wrote in objections")
        await expect(dialog).not_to_contain_text("Not answered yet")
        await dialog.get_by_label("Why").fill("letter of 3 May")
        await dialog.get_by_role("button", name="Erase the words").click()
        await dialog.get_by_role("button", name="Yes").click()
        await expect(dialog.get_by_role("status")).to_contain_text("Objections whose words are gone: 1.")
        await dialog.get_by_role("button", name="Close").click()
        await expect(objection).to_contain_text("The words were erased.")
        await expect(objection).to_contain_text("taken back")
        await expect(page.get_by_text("Stimmt: die Leitung war weg.")).to_have_count(0)


@pytest.mark.parametrize(("login", "where"), [("sven", "levels/contests"), ("sven", "statement/agent-0"), ("anna", "statement")])
async def test_nobody_else_is_shown_how_to_erase_words_nor_let(
    browser: Browser, staffed: Staffed, login: str, where: str
) -> None:
    async with a_page(browser, may_complain_of=("403",)) as page:
        await enter(page, staffed, login, where)
        await expect(page.locator("li[data-contest=c-anna]")).to_be_visible()
        await expect(page.get_by_role("button", name="löschen")).to_have_count(0)
        asked = ("POST", "/agents/agent-0/erase-contest-words", {"reason": "x"})
        assert await statuses(page, asked) == [403]
        assert staffed.contests.erased == []
