"""An agent's open line on their desk and on the board of the floor, in a real Chromium."""

from dataclasses import replace

from playwright.async_api import Browser, expect

from telephony.identifiers import AgentId, LegId
from telephony.open_lines import LineCloseRequested, LineOpenRequested, LineState, LineTold
from tests.e2e.browsing import a_page, faults, log_in
from tests.live_world import PASSWORD, LiveWorld

HISTORY_S = 0
ANNA = AgentId("agent-0")


def may_keep_a_line(world: LiveWorld) -> None:
    """From here on Anna may."""
    centre = world.directory.current
    anna = replace(centre.agents[ANNA], keeps_line=True)
    world.directory.current = replace(centre, agents={**centre.agents, ANNA: anna})
    world.feed.use(world.directory.current)


def line_is(world: LiveWorld, state: LineState | None) -> None:
    """Her line is told to be so."""
    world.floor.say(LineTold(agent_id=ANNA, leg_id=LegId("a.line.1"), state=state), agent_id=ANNA)
    world.happen(world.floor.take())


async def test_an_agent_opens_and_closes_their_line_and_the_floor_sees_it(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page, a_page(browser) as board:
        await log_in(page, f"{world.url}/#/desk", "anna", PASSWORD)
        await expect(page.get_by_role("button", name="Dienst beenden")).to_be_visible()
        await expect(page.get_by_role("button", name="Leitung öffnen")).to_have_count(0)
        may_keep_a_line(world)
        line_is(world, None)
        await page.get_by_role("button", name="Leitung öffnen").click()
        line_is(world, LineState.OPENING)
        await expect(page.get_by_text("Dein Telefon klingelt: Nimm ab")).to_be_visible()
        line_is(world, LineState.OPEN)
        await expect(page.get_by_text("Deine Leitung ist offen")).to_be_visible()
        assert await faults(page) == []
        await log_in(board, f"{world.url}/", "sven", PASSWORD)
        await expect(board.locator(f"tr[data-agent={ANNA}]")).to_contain_text("Leitung offen")
        await page.get_by_role("button", name="Leitung schließen").click()
        line_is(world, None)
        await expect(page.get_by_role("button", name="Leitung öffnen")).to_be_visible()
        await expect(board.locator(f"tr[data-agent={ANNA}]")).not_to_contain_text("Leitung offen")
    asked = [type(request) for request in world.deps.intents.asked]  # type: ignore[attr-defined]
    assert [kind for kind in asked if kind in (LineOpenRequested, LineCloseRequested)] == [LineOpenRequested, LineCloseRequested]
