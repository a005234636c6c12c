"""Levels, shifts and what an agent is owed in a real Chromium: what each side does, and what the service refuses the others."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from telephony.agent.on_shift import PauseConfirmed
from telephony.identifiers import AgentId
from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in, statuses
from tests.live_world import PASSWORD, LiveWorld
from tests.staffed_world import Staffed, staff

ZONE: dict[str, Any] = {"timezone_id": "Europe/Berlin"}


@pytest.fixture
def staffed(world: LiveWorld) -> Staffed:
    return staff(world)


async def enter(page: Page, staffed: Staffed, login: str, where: str) -> None:
    await log_in(page, f"{staffed.world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector(BEHIND_THE_GATE)


async def sure(where: Locator, button: str) -> None:
    """The button is pressed, and the question after it answered."""
    await where.get_by_role("button", name=button).click()
    await where.get_by_role("button", name="Ja").click()


# -- shifts ------------------------------------------------------------------------------------------------------------


async def test_an_agent_books_what_binds_and_offers_it_to_a_colleague_who_takes_it(browser: Browser, staffed: Staffed) -> None:
    book = staffed.shifts.book_
    async with a_page(browser, **ZONE) as page:
        await enter(page, staffed, "anna", "shifts")
        open_shifts = page.get_by_role("region", name="Freie Schichten")
        row = open_shifts.locator("li[data-shift=support-d5]")
        await expect(row).to_contain_text("1 von 3")
        await sure(row, "Buchen")
        mine = page.get_by_role("region", name="Meine Schichten").locator("li[data-shift=support-d5]")
        await expect(mine).to_contain_text("verbindlich")
        await expect(open_shifts.locator("li[data-shift=support-d5]")).to_have_count(0)
        assert book.booking_of(AgentId("agent-0"), "support-d5") is not None
        await mine.get_by_role("button", name="Anbieten").click()
        dialog = page.get_by_role("dialog")
        names = await dialog.locator("option").all_inner_texts()
        assert "Greta Großmann" not in names, "who is booked already"
        await dialog.get_by_label("Wem").select_option(label="Finn Freudenberg")
        await dialog.get_by_role("button", name="Anbieten").click()
        await expect(mine).to_contain_text("Finn Freudenberg angeboten")
        swap = next(each for each in book.swaps.values() if each.to_agent == "agent-5")
        taker = staffed.world.directory.current.agents[AgentId("agent-5")]
        assert book.take(swap.swap_id, taker, staffed.doing("taken", by="user-finn")) is None
        await page.reload()
        await expect(page.locator("[data-notice=handed_on]")).to_be_visible()
        await expect(page.get_by_role("region", name="Meine Schichten").locator("li[data-shift=support-d5]")).to_have_count(0)
        await page.get_by_role("button", name="Gesehen").click()
        await expect(page.locator("[data-notice]")).to_have_count(0)


async def test_an_agent_takes_what_a_colleague_offers_and_the_time_is_taken_then(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, staffed, "anna", "shifts")
        offer = page.locator("li[data-swap=swap-greta]")
        await expect(offer).to_contain_text("von Greta Großmann")
        await sure(offer, "Übernehmen")
        mine = page.get_by_role("region", name="Meine Schichten")
        await expect(mine.locator("li[data-shift=support-d5]")).to_be_visible()
        await expect(offer).to_have_count(0)
        own = mine.locator("li[data-shift=support-d2]")
        await own.get_by_role("button", name="Angebot zurücknehmen").click()
        await expect(own.get_by_role("button", name="Anbieten")).to_be_visible()


async def test_an_excuse_goes_to_a_person_who_decides_and_the_agent_is_told(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, **ZONE) as agent, a_page(browser, **ZONE) as leader:
        await enter(agent, staffed, "ben", "shifts")
        mine = agent.locator("li[data-shift=booking-d3]")
        await mine.get_by_role("button", name="Entschuldigen").click()
        dialog = agent.get_by_role("dialog")
        await dialog.get_by_label("Warum").select_option("illness")
        await dialog.get_by_label("Bemerkung").fill("liege im Bett")
        await dialog.get_by_role("button", name="Um Entschuldigung bitten").click()
        await expect(mine).to_contain_text("Entschuldigung wird geprüft")
        await enter(leader, staffed, "lena", "shifts/requests")
        asked = leader.locator("[data-excuse]").filter(has_text="liege im Bett")
        await asked.get_by_role("button", name="Gewähren").click()
        await expect(leader.locator("[data-excuse]")).to_have_count(1)
        await agent.reload()
        await expect(agent.locator("[data-notice=excused]")).to_be_visible()
        await expect(agent.locator("li[data-shift=booking-d3] .pill.set")).to_have_count(0)


async def test_an_agent_reaches_nobody_elses_shifts(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, may_complain_of=("403", "404"), **ZONE) as page:
        await enter(page, staffed, "anna", "shifts")
        await expect(page.locator("li[data-shift]").first).to_be_visible()
        await expect(page.locator("li[data-shift^=red-]")).to_have_count(0)
        answers = await statuses(
            page,
            ("POST", "/shifts/red-d2/book", {}),
            ("POST", "/shifts/booking-d6/book", {"agent_id": "agent-1"}),
            ("POST", "/shifts/booking-d6/offer", {"agent_id": "agent-1"}),
            ("GET", "/shifts/booking-d6/takers", None),
            ("GET", "/agents/agent-1/shift-notices", None),
            ("GET", "/agents/agent-1/shift-calendar", None),
            ("POST", "/shifts/support-d2/release", {"agent_id": "agent-0"}),
            ("POST", "/shift-excuses/excuse-ben/decide", {"is_granted": True}),
            ("POST", "/shift-plan/import", {"format": "csv", "text": "from,to\n"}),
        )
        assert answers == [404] * 6 + [403] * 3
        shown = await page.evaluate("fetch('/api/v1/shift-requests').then(answer => answer.json())")
        assert shown["excuses"] == []


async def test_a_team_leader_plans_the_own_team_and_nothing_else(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, may_complain_of=("403", "404"), **ZONE) as page:
        await enter(page, staffed, "lena", "shifts")
        await page.get_by_role("button", name="Neue Schicht").click()
        dialog = page.get_by_role("dialog")
        assert await dialog.get_by_label("Wofür").locator("option").all_inner_texts() == ["Team"]
        await dialog.locator("select").nth(1).select_option("red")
        day = await dialog.get_by_label("Von").input_value()
        await dialog.get_by_label("Von").fill(f"{day[:10]}T22:00")
        await dialog.get_by_label("Bis").fill(f"{day[:10]}T23:30")
        await dialog.get_by_label("Plätze").fill("4")
        await dialog.get_by_role("button", name="Speichern").click()
        slot = page.locator(".slot").filter(has_text="22:00–23:30")
        await expect(slot).to_contain_text("0 von 4")
        await slot.click()
        await dialog.locator("select").first.select_option(label="Ben Brandt")
        await dialog.get_by_role("button", name="Eintragen").click()
        await expect(dialog.locator("[data-bound=agent-1]")).to_be_visible()
        await sure(dialog.locator("[data-bound=agent-1]"), "Austragen")
        await expect(dialog.locator("[data-bound=agent-1]")).to_have_count(0)
        await page.keyboard.press("Escape")
        await page.locator(".slot[data-shift^=support]").first.click()
        await expect(dialog).to_contain_text("Diese Schicht plant, wer für alle plant")
        await expect(dialog.get_by_role("button", name="Speichern")).to_have_count(0)
        facts = {"from_at": "2030-01-01T08:00:00Z", "to_at": "2030-01-01T12:00:00Z", "headcount": 1}
        answers = await statuses(
            page,
            ("POST", "/shifts", {**facts, "scope": "team", "scope_id": "blue"}),
            ("POST", "/shifts", {**facts, "scope": "centre"}),
            ("PUT", "/shifts/support-d2", {**facts, "scope": "project", "scope_id": "support"}),
            ("POST", "/shifts/support-d2/cancel", {}),
            ("POST", "/shifts/support-d2/release", {"agent_id": "agent-0"}),
            ("GET", "/attendance?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&agent=agent-0", None),
            ("GET", "/staffing?project=support&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", None),
        )
        assert answers == [404] * 6 + [403]


async def test_a_file_with_a_fault_changes_nothing_and_a_clean_one_is_taken_whole(browser: Browser, staffed: Staffed) -> None:
    before = len(staffed.shifts.book_.slots)
    async with a_page(browser, **ZONE) as page:
        await enter(page, staffed, "sven", "shifts/import")
        await page.locator("input[type=file]").set_input_files(
            {
                "name": "plan.csv",
                "mimeType": "text/csv",
                "buffer": b"from,to,scope,scope_id\n2027-03-28 02:30,2027-03-28 06:00,x,y\n",
            }
        )
        await page.get_by_role("button", name="Prüfen").click()
        await expect(page.locator("tr[data-fault='2']").first).to_contain_text("02:30 gibt es in Europe/Berlin nicht")
        await expect(page.get_by_text("Nichts wurde geändert.")).to_be_visible()
        await expect(page.get_by_role("button", name="In den Plan übernehmen")).to_have_count(0)
        content = page.get_by_label("Inhalt der Datei")
        await content.fill("from,to,scope,scope_id,headcount\n2027-03-29 08:00,2027-03-29 12:00,project,support,3\n")
        await expect(page.locator("tr[data-fault]")).to_have_count(0)
        await page.get_by_role("button", name="Prüfen").click()
        await expect(page.get_by_text("Noch ist nichts geändert.")).to_be_visible()
        assert len(staffed.shifts.book_.slots) == before
        await page.get_by_role("button", name="In den Plan übernehmen").click()
        await expect(page.locator("[data-imported=true]")).to_be_visible()
        assert len(staffed.shifts.book_.slots) == before + 1


async def test_attendance_and_staffing_are_worked_out_when_asked_for(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, may_complain_of=("503",), **ZONE) as page:
        await enter(page, staffed, "sven", "shifts/attendance")
        staffed.figures.is_busy = True
        await page.get_by_role("button", name="Zeigen").click()
        await expect(page.get_by_role("alert").filter(has_text="gerade")).to_be_visible()
        staffed.figures.is_busy = False
        await page.get_by_role("button", name="Zeigen").click()
        await expect(page.locator("tr[data-agent=agent-1]")).to_contain_text("71")
        await page.get_by_role("link", name="Bedarf").click()
        await page.get_by_label("Projekt").select_option("support")
        await page.get_by_role("button", name="Rechnen").click()
        await expect(page.locator("figure[data-chart]")).to_have_count(5)
        await expect(page.get_by_text("Viertelstunden fehlen Agenten")).to_be_visible()
        wanted = staffed.figures.asked[-1]
        assert (wanted.project_id, wanted.target_percent, wanted.shrinkage_percent) == ("support", 80.0, 10.0)


# -- levels and what is owed -------------------------------------------------------------------------------------------


async def test_a_supervisor_sees_the_arithmetic_and_stands_behind_a_level_or_not(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, staffed, "sven", "levels")
        await page.locator("tr[data-proposal=p-agent-0] button").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.locator("tr[data-term=quality]")).to_contain_text("89,22")
        await expect(dialog).to_contain_text("88,76")
        await dialog.get_by_label("Begründung").fill("Gute Arbeit")
        await dialog.get_by_role("button", name="Bestätigen").click()
        await expect(dialog).to_contain_text("Bestätigt von Sven Ostermann")
        kept = staffed.levels.rows["p-agent-0"]
        assert (kept.state, kept.decided_by, kept.note) == ("confirmed", "user-sven", "Gute Arbeit")
        await page.keyboard.press("Escape")
        await page.locator("tr[data-proposal=p-agent-2] button").click()
        await dialog.get_by_role("button", name="Ablehnen").click()
        await expect(dialog).to_contain_text("Abgelehnt von Sven Ostermann")
        await page.keyboard.press("Escape")
        await expect(page.get_by_text("Kein offener Vorschlag.")).to_be_visible()
        await page.get_by_role("link", name="Heutige Stufen").click()
        await expect(page.locator("tr[data-agent=agent-0]")).to_contain_text("Stufe 3 (alle Projekte)")


async def test_a_forced_pause_waits_for_a_person(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, staffed, "sven", "levels/pauses")
        row = page.locator("tr[data-agent=agent-8]")
        await row.get_by_role("button", name="Pause bestätigen").click()
        await page.wait_for_function("() => document.querySelectorAll('button:disabled').length === 0")
        assert [type(each) for each in staffed.world.deps.intents.asked][-1] is PauseConfirmed  # type: ignore[attr-defined]


async def test_an_agent_objects_in_own_words_and_reads_the_answer(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, **ZONE) as agent, a_page(browser, **ZONE) as supervisor:
        await enter(agent, staffed, "anna", "statement")
        level = agent.locator("li[data-proposal=p-agent-0]")
        await level.get_by_role("button", name="Einwand").click()
        dialog = agent.get_by_role("dialog")
        await expect(dialog).to_contain_text("Sven Ostermann")
        await dialog.get_by_label("In eigenen Worten").fill("Die Bewertung 2 ist nicht meine.\nDas war Greta.")
        await dialog.get_by_role("button", name="Absenden").click()
        await expect(level).to_contain_text("Einwand läuft")
        await enter(supervisor, staffed, "sven", "levels/contests")
        asked = supervisor.locator("li[data-contest]").filter(has_text="Das war Greta.")
        await asked.get_by_label("Antwort an den Agenten").fill("Stimmt, sie fällt weg.")
        await asked.get_by_label("zurückgenommen").check()
        await asked.get_by_role("button", name="Antworten").click()
        await expect(supervisor.get_by_text("Stimmt, sie fällt weg.")).to_be_visible()
        await agent.reload()
        answered = agent.locator("li[data-answer=withdrawn]").filter(has_text="Das war Greta.")
        await expect(answered).to_contain_text("Stimmt, sie fällt weg.")
        await expect(answered).to_contain_text("Sven Ostermann")


async def test_a_statement_speaks_the_pages_language_and_is_asked_for_a_period(browser: Browser, staffed: Staffed) -> None:
    async with a_page(browser, locale="en-GB", **ZONE) as page:
        await enter(page, staffed, "anna", "statement")
        await expect(page.get_by_text("Statement for Anna Albrecht")).to_be_visible()
        await page.get_by_label("First day").fill("2026-01-01")
        await page.get_by_label("Last day").fill("2026-01-31")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("from 2026-01-01 00:00 to 2026-02-01 00:00")).to_be_visible()
        await page.get_by_label("Language").select_option("de")
        await expect(page.get_by_text("Auskunft für Anna Albrecht")).to_be_visible()
        assert {asked[3] for asked in staffed.statements.asked} == {"en", "de"}


async def test_neither_an_agent_nor_another_teams_leader_gets_at_levels_and_statements(
    browser: Browser, staffed: Staffed
) -> None:
    period = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
    objection = {"what": "other", "words": "x"}
    answer = {"answer": "stands", "words": "x"}
    async with a_page(browser, may_complain_of=("403", "404"), **ZONE) as page:
        await enter(page, staffed, "anna", "statement")
        answers = await statuses(
            page,
            ("GET", f"/agents/agent-1/statement?{period}", None),
            ("GET", "/level-proposals/p-agent-1", None),
            ("POST", "/agents/agent-1/contest", objection),
            ("POST", "/level-proposals/p-agent-0/confirm", {}),
            ("POST", "/contests/c-anna/answer", answer),
            ("POST", "/agents/agent-0/confirm-pause", None),
        )
        assert answers == [404] * 3 + [403] * 3
        shown = await page.evaluate("fetch('/api/v1/contests').then(answer => answer.json())")
        assert {each["agent_id"] for each in shown["items"]} == {"agent-0"}
    async with a_page(browser, may_complain_of=("403", "404"), **ZONE) as page:
        await enter(page, staffed, "lena", "levels")
        await page.get_by_label("Stand").select_option("")
        await expect(page.locator("tr[data-proposal=p-agent-1]")).to_be_visible()
        await expect(page.locator("tr[data-proposal=p-agent-0]")).to_have_count(0)
        answers = await statuses(
            page,
            ("GET", f"/agents/agent-0/statement?{period}", None),
            ("GET", "/level-proposals/p-agent-0", None),
            ("POST", "/agents/agent-8/confirm-pause", None),
            ("POST", "/level-proposals/p-agent-1/confirm", {}),
            ("POST", "/contests/c-ben/answer", answer),
            ("POST", "/agents/agent-1/contest", objection),
        )
        assert answers == [404] * 3 + [403] * 3
        assert staffed.levels.rows["p-agent-0"].state == "open"
        await page.goto(f"{staffed.world.url}/#/levels/pauses")
        await expect(page.get_by_text("Keine gesetzte Pause wartet")).to_be_visible()


# -- for everybody -----------------------------------------------------------------------------------------------------

PLANNERS = ("shifts", "shifts/requests", "shifts/attendance", "shifts/staffing", "shifts/import", "levels", "levels/pauses")
PEOPLE = {
    "root": ("levels/contests", "statement/agent-0"),
    "sven": (*PLANNERS, "levels/contests", "levels/now", "statement/agent-0"),
    "anna": ("shifts", "statement"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("login", "width"), [("sven", 1280), ("root", 390), ("anna", 1280), ("anna", 390)])
async def test_axe_finds_nothing_and_no_page_is_too_wide(
    browser: Browser, staffed: Staffed, scheme: str, login: str, width: int
) -> None:
    async with a_page(browser, color_scheme=scheme, viewport={"width": width, "height": 800}, **ZONE) as page:
        await enter(page, staffed, login, PEOPLE[login][0])
        for where in PEOPLE[login]:
            await page.goto(f"{staffed.world.url}/#/{where}")
            await page.wait_for_selector(".card, .panel, .slot")
            await page.wait_for_load_state("networkidle")
            assert await faults(page) == [], where
            wide, shown = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= shown, where


async def test_who_reads_shifts_while_the_phone_rings_is_told(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, **ZONE) as page:
        await log_in(page, f"{world.url}/#/shifts", "ida", PASSWORD)
        await expect(page.get_by_role("heading", name="Meine Schichten")).to_be_visible()
        world.happen(world.floor.come_and_ring(AgentId("agent-8")))
        await page.get_by_role("link", name="Dein Telefon klingelt").click()
        await expect(page.locator(".desk[data-state=alerting]")).to_be_visible()
