"""Campaigns in a real Chromium: the board, lead lists and their files, orders, surveys, suggestions; and what is refused whom."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from store.lead_imports import ImportState, Report
from tests.campaign_world import campaign
from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in, statuses
from tests.live_world import PASSWORD, LiveWorld, a_live_world

ZONE: dict[str, Any] = {"timezone_id": "Europe/Berlin"}
REFUSED: dict[str, Any] = {**ZONE, "may_complain_of": ("403", "404")}


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path) -> AsyncIterator[LiveWorld]:
    async with a_live_world(history_s=300, leads_folder=tmp_path / "leads") as running:
        running.engine_lives()
        campaign(running)
        yield running


async def enter(page: Page, world: LiveWorld, login: str, part: str = "") -> None:
    await log_in(page, f"{world.url}/#/campaigns{part}", login, PASSWORD)
    await page.wait_for_selector(BEHIND_THE_GATE)


# -- the board -----------------------------------------------------------------------------------------------------------


async def test_a_supervisor_sees_a_lists_figures_against_its_targets_and_takes_them_as_a_table(
    browser: Browser, world: LiveWorld
) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, world, "sven")
        await page.locator("[data-campaign=spring] button").click()
        await expect(page.locator("[data-gauge=reach]")).to_contain_text("mindestens 40,0")
        await expect(page.locator("[data-gauge=reach]")).to_contain_text("erreicht")
        missed = page.locator("[data-gauge=success]")
        await expect(missed).to_have_attribute("data-met", "false")
        await expect(missed).to_contain_text("verfehlt")
        await expect(page.locator("[data-gauge=cancellation]")).to_contain_text("höchstens 30,0")
        await expect(page.locator("[data-forecast]")).to_contain_text("4.843")
        await expect(page.locator("[data-chart=calls] svg")).to_have_attribute(
            "aria-label", "833 Anrufe, davon 350 erreicht und 78 erfolgreich"
        )
        await expect(page.locator("tr[data-agent]")).to_have_count(5)
        href = await page.get_by_role("link", name="Als CSV").get_attribute("href")
        table = await (await page.request.get(f"{world.url}{href}")).text()
        assert [line.partition(",")[0] for line in table.splitlines()] == ["key", "all", *(f"agent-{n}" for n in (0, 1, 2, 5, 6))]


async def test_a_period_that_ends_before_it_begins_is_told_and_one_without_calls_is_empty(
    browser: Browser, world: LiveWorld
) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, world, "sven")
        await page.get_by_role("combobox", name="Liste").select_option("spring")
        await page.get_by_label("Letzter Tag").fill("2020-01-01")
        await expect(page.get_by_role("alert").filter(has_text="Der letzte Tag")).to_be_visible()
        await page.get_by_label("Erster Tag").fill("2019-12-01")
        await expect(page.locator("[data-chart=calls]")).to_contain_text("keine Anrufe")


async def test_a_team_leader_sees_their_own_people_and_a_client_no_agent_and_no_other_client(
    browser: Browser, world: LiveWorld
) -> None:
    async with (
        a_page(browser, **REFUSED) as leader,
        a_page(browser, **REFUSED) as client,
    ):
        await enter(leader, world, "lena")
        await leader.locator("[data-campaign=spring] button").click()
        await expect(leader.locator("tr[data-agent]")).to_have_count(2)
        await expect(leader.get_by_text("Anna Albrecht")).to_have_count(0)
        await leader.goto(f"{world.url}/#/campaigns/lists")
        await leader.locator("[data-list=spring] button").click()
        await expect(leader.locator("[data-sheet=spring]")).to_contain_text("7.777 Leads")
        await expect(leader.locator("[data-import]")).to_have_count(0)
        await expect(leader.get_by_role("button", name="Pausieren")).to_have_count(0)
        paths = [("POST", "/lead-lists/spring/state", {"state": "paused"}), ("GET", "/lead-lists/spring/unclear", None)]
        assert await statuses(leader, *paths, ("GET", "/lead-lists/spring/results", None)) == [403, 403, 403]

        await enter(client, world, "acme")
        await expect(client.locator("[data-campaign]")).to_have_count(3)
        await client.locator("[data-campaign=spring] button").click()
        await expect(client.locator("[data-gauge=reach]")).to_contain_text("46,9")
        await expect(client.locator("tr[data-agent]")).to_have_count(0)
        await expect(client.get_by_role("link", name="Vorschläge")).to_have_count(0)
        month = "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
        foreign = [
            ("GET", f"/lead-lists/reise/{part}", None) for part in (f"board{month}", f"board.csv{month}", "figures", "results")
        ]
        foreign += [("GET", "/orders/R-77", None), ("POST", "/orders/R-77/reveal", {"reason": "curious"})]
        assert await statuses(client, *foreign) == [404] * 6
        assert await statuses(
            client, ("GET", "/suggestions", None), ("POST", "/lead-lists/spring/state", {"state": "paused"})
        ) == [403, 403]


# -- lists ---------------------------------------------------------------------------------------------------------------


async def test_a_list_is_made_filled_from_a_file_and_its_progress_is_seen(browser: Browser, world: LiveWorld) -> None:
    rows: Any = world.deps.lead_imports
    async with a_page(browser, **ZONE) as page:
        await enter(page, world, "sven", "/lists")
        await page.get_by_role("button", name="Neue Liste").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name", exact=True).fill("Nachfass Süd")
        await expect(dialog.get_by_label("Kennung")).to_have_value("nachfass-sued")
        await dialog.get_by_label("Projekt").select_option("support")
        await dialog.get_by_label("Zweck").select_option("survey")
        await expect(dialog.get_by_text("Zählt als Werbung")).to_be_visible()
        await dialog.get_by_label("Verantwortlich").fill("Nordlicht Energie")
        await dialog.get_by_role("button", name="Feld hinzufügen").click()
        await dialog.get_by_label("Feldname").fill("tariff")
        await dialog.get_by_role("button", name="Liste anlegen").click()
        sheet = page.locator("[data-sheet=nachfass-sued]")
        await expect(sheet).to_contain_text("nur mit Einwilligung")
        await expect(sheet).to_contain_text("tariff")

        file = {"name": "süd.csv", "mimeType": "text/csv", "buffer": b"Vorname;Nachname;Telefon;Tarif;Bemerkung\nE;M;1;2;3\n"}
        await page.locator("input[type=file]").set_input_files(file)
        importing = page.locator("[data-import]")
        await expect(importing).to_contain_text("keine gültige Nummer (2)")
        await expect(importing).to_contain_text("812 Zeilen")
        tariff = importing.get_by_label("Tarif ist")
        await tariff.select_option("ignore")
        await expect(importing.locator("[data-mapping-fault=required_field_missing]")).to_contain_text("tariff")
        await expect(importing.get_by_role("button", name="Import starten")).to_be_disabled()
        await tariff.select_option("field:tariff")
        await importing.get_by_label("ohne Einwilligung").check()
        await importing.get_by_role("button", name="Import starten").click()
        number = max(rows.rows)
        row = page.locator(f"[data-import-no='{number}']")
        await expect(row).to_contain_text("wartet")
        asked = rows.rows[number].instructions
        assert (asked.leave_out, asked.mapping[3]) == (["missing_consent"], "field:tariff")
        rows.rows[number] = replace(rows.rows[number], state=ImportState.READING, read_permille=310, rows_read=252)
        await expect(row.get_by_role("progressbar")).to_have_attribute("value", "310")
        report = Report(counts={"bad_number": 2}, faults=[(17, 3, "bad_number"), (40, 3, "bad_number")])
        rows.rows[number] = replace(rows.rows[number], state=ImportState.REFUSED, report=report)
        await expect(row).to_contain_text("abgelehnt")
        await row.get_by_role("button", name="Zeilen zeigen").click()
        await expect(page.get_by_role("region", name="Fehler in süd.csv")).to_contain_text("17")


async def test_a_file_that_cannot_be_read_is_told_in_words_and_can_be_discarded(browser: Browser, world: LiveWorld) -> None:
    files: Any = world.deps.lead_files

    async def unreadable(*_: Any, **__: Any) -> dict[str, Any]:
        return {"refused": "old_spreadsheet", "row": 0}

    files.preview = unreadable
    async with a_page(browser, may_complain_of=("422",), **ZONE) as page:
        await enter(page, world, "sven", "/lists")
        await page.locator("[data-list=spring] button").click()
        file = {"name": "alt.xls", "mimeType": "application/vnd.ms-excel", "buffer": b"\xd0\xcf\x11\xe0"}
        await page.locator("input[type=file]").set_input_files(file)
        await expect(page.locator("[data-import]")).to_contain_text("altes XLS")


async def test_an_unclear_lead_is_decided_and_a_list_is_paused_and_closed_for_good(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, world, "root", "/lists")
        await page.locator("[data-list=spring] button").click()
        lead = page.locator("[data-lead='7']")
        await lead.get_by_role("button", name="Nicht anrufen").click()
        await lead.get_by_role("button", name="Ja").click()
        decisions: Any = world.deps.lead_decisions
        sheet = page.locator("[data-sheet=spring]")
        await sheet.get_by_role("button", name="Pausieren").click()
        await expect(sheet.get_by_role("button", name="Fortsetzen")).to_be_visible()
        assert [each[2].value for each in decisions.decided] == ["do_not_call"]
        await sheet.get_by_role("button", name="Schließen").click()
        await sheet.get_by_role("button", name="Ja").click()
        await expect(sheet).to_contain_text("geschlossen")
        await expect(page.locator("[data-import]")).to_have_count(0)
        await sheet.get_by_text("Liste löschen").first.click()
        remove = sheet.get_by_role("button", name="Liste löschen")
        await expect(remove).to_be_disabled()
        await sheet.get_by_label("Warum").fill("Vertrag beendet")
        await remove.click()
        await sheet.get_by_role("button", name="Ja").click()
        await expect(page.locator("[data-list=spring]")).to_have_count(0)


# -- orders, surveys, suggestions ------------------------------------------------------------------------------------------


async def test_a_clerk_steps_an_order_on_and_looks_into_its_form_for_a_reason(browser: Browser, world: LiveWorld) -> None:
    orders: Any = world.deps.orders
    async with a_page(browser, **REFUSED) as page:
        await enter(page, world, "kurt")
        await expect(page.get_by_role("navigation", name="Kampagnen").get_by_role("link")).to_have_text(["Aufträge"])
        await page.locator("[data-order=N-1002] button").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Was geschah").select_option("approve")
        await dialog.get_by_role("button", name="Eintragen").click()
        await expect(dialog.locator(".pill")).to_have_text("wirksam")
        assert orders.rows["N-1002"].state == "effective"
        await dialog.get_by_label("Was geschah").select_option("cancel")
        assert await dialog.get_by_label("Bemerkung").get_attribute("required") is not None
        await dialog.get_by_label("Warum").fill("Lieferadresse")
        await dialog.get_by_role("button", name="Formular zeigen").click()
        await expect(dialog.locator("[data-form]")).to_contain_text("Lindenstr. 1")
        assert orders.revealed == [("N-1002", "Lieferadresse")]
        assert await statuses(page, ("GET", "/lead-lists", None), ("GET", "/surveys", None)) == [403, 403]


async def test_a_surveys_answers_are_drawn_and_a_new_version_is_published(browser: Browser, world: LiveWorld) -> None:
    surveys: Any = world.deps.surveys
    async with a_page(browser, **ZONE) as page:
        await enter(page, world, "sven", "/surveys")
        await page.locator("[data-survey=zufriedenheit]").get_by_role("button", name="Ergebnisse").click()
        question = page.locator("[data-question=content]")
        await expect(question).to_contain_text("40 gefragt")
        await expect(question.locator("li").first).to_contain_text("Ja")
        await page.get_by_role("button", name="Neue Umfrage").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Titel").fill("Umzug")
        await dialog.get_by_label("Kennung").fill("umzug")
        await dialog.get_by_label("Projekt").select_option("support")
        await dialog.get_by_label("Wortlaut").fill("Ziehen Sie um?")
        await dialog.get_by_role("button", name="Frage hinzufügen").click()
        second = dialog.get_by_role("group", name="Frage 2")
        await second.get_by_label("Wortlaut").fill("Wohin?")
        await second.get_by_label("Antwort").first.select_option("single")
        await second.get_by_label("Antworten, eine je Zeile").fill("Stadt\nLand\n")
        await second.get_by_label("Nur gefragt nach").select_option("q1")
        await second.get_by_label("wenn die Antwort ist").fill("yes")
        await dialog.get_by_role("button", name="Veröffentlichen").click()
        await expect(page.locator("[data-sheet=umzug]")).to_contain_text("Wohin?")
        asked = surveys.rows["umzug"].survey.questions[1]
        assert (asked.choices, asked.only_if[0].question, asked.only_if[0].is_any_of) == (("Stadt", "Land"), "q1", ("yes",))


async def test_a_suggestion_is_taken_up_with_an_answer_by_who_may(browser: Browser, world: LiveWorld) -> None:
    async with (
        a_page(browser, **REFUSED) as page,
        a_page(browser, **REFUSED) as leader,
    ):
        await enter(page, world, "sven", "/suggestions")
        waiting = page.locator("[data-suggestion=s-1]")
        await expect(waiting.get_by_role("button", name="Ablehnen")).to_be_disabled()
        await waiting.get_by_label("Antwort").fill("Steht ab Montag so im Leitfaden.")
        await waiting.get_by_role("button", name="Aufgreifen").click()
        await expect(waiting).to_have_attribute("data-state", "taken_up")
        await enter(leader, world, "lena", "/suggestions")
        await expect(leader.locator("[data-suggestion]")).to_have_count(1)  # ben is of the team, anna is not
        await expect(leader.get_by_role("button", name="Weitergeben")).to_have_count(0)
        assert await statuses(leader, ("POST", "/suggestions/s-2/decide", {"state": "declined", "answer": "no"})) == [403]


# -- how it looks ----------------------------------------------------------------------------------------------------------


PARTS = {"": "[data-campaign=spring]", "/lists": "[data-list=spring]", "/orders": "[data-order=N-1002]"}
PARTS |= {"/surveys": "[data-survey]", "/suggestions": "[data-suggestion=s-1]"}


@pytest.mark.parametrize(
    ("locale", "scheme", "width"), [("de-DE", "light", 1280), ("en-GB", "dark", 1920), ("de-DE", "dark", 390)], ids=str
)
async def test_every_part_is_accessible_and_no_wider_than_the_screen(
    browser: Browser, world: LiveWorld, locale: str, scheme: str, width: int
) -> None:
    looks: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "viewport": {"width": width, "height": 844}}
    async with a_page(browser, **ZONE, **looks) as page:
        await enter(page, world, "sven")
        for part, sign in PARTS.items():
            await page.goto(f"{world.url}/#/campaigns{part}")
            await page.wait_for_selector(sign)
            if part in ("", "/lists", "/surveys", "/orders"):
                await page.locator(f"{sign} button").first.click()
                await page.wait_for_selector({"": "[data-board]", "/orders": "dialog"}.get(part, "[data-sheet]"))
            assert await faults(page) == [], part
            assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, part
            await page.keyboard.press("Escape")
