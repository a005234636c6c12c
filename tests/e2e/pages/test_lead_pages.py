"""Leads on an agent's desk in a real Chromium: from the list to what comes of the call, and what is refused the others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from routing.aftercall.order_terms import FormRule
from telephony.causes import HangupCause
from telephony.dialling import DialRequested
from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in, statuses
from tests.leading_stores import ANNA
from tests.leading_world import Leading, a_leading_world
from tests.live_world import PASSWORD

ZONE: dict[str, Any] = {"timezone_id": "Europe/Berlin"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest_asyncio.fixture(loop_scope="session")
async def leading() -> AsyncIterator[Leading]:
    async with a_leading_world() as leading:
        yield leading


async def enter(page: Page, leading: Leading, login: str = "anna") -> None:
    await log_in(page, leading.world.url, login, PASSWORD)
    await page.wait_for_selector("[data-list]")


async def have_next(page: Page, leading: Leading, login: str = "anna") -> str:
    """The agent has the list's next lead; its claim."""
    await enter(page, leading, login)
    await page.click("[data-list=spring] button")
    await page.wait_for_selector("[data-lead]")
    return next(iter(leading.book.claims))


async def talk(page: Page, leading: Leading) -> str:
    """The agent talks with their lead; the call."""
    claim = await have_next(page, leading)
    steps = leading.call(ANNA, claim)
    for _ in range(4):
        leading.world.happen(next(steps))
    await page.wait_for_selector("[data-after]")
    return claim


async def open_form(page: Page, word: str) -> None:
    await page.locator("[data-after]").get_by_role("button", name=word, exact=True).click()


# -- before the talk -------------------------------------------------------------------------------------------------------


async def test_the_next_lead_is_seen_without_its_number_dialled_once_and_its_progress_told(
    browser: Browser, leading: Leading
) -> None:
    async with a_page(browser, **ZONE) as page:
        claim = await have_next(page, leading)
        lead = page.locator("[data-lead]")
        await expect(lead).to_contain_text("Erika Mustermann")
        await expect(lead.locator("[data-field=since]")).to_have_text("01.04.2019")
        await expect(lead).to_contain_text("privat · Festnetz · Deutschland")
        await expect(lead.locator("[data-left]")).to_contain_text("Dann bekommt ihn jemand anderes")
        assert "23125" not in await page.content()
        await lead.get_by_role("button", name="Anrufen").dblclick()
        await expect(lead.get_by_role("button", name="Anrufen")).to_be_enabled()
        asked = [each for each in leading.world.deps.intents.asked if isinstance(each, DialRequested)]  # type: ignore[attr-defined]
        assert {each.call_id for each in asked} == {claim}, "however often it is pressed, it is one call"
        steps, situation = leading.call(ANNA, claim), page.locator("section.call [role=status]")
        for told in ("Dein Telefon klingelt", "Es wird gewählt", "Dort klingelt es"):
            leading.world.happen(next(steps))
            await expect(situation).to_contain_text(told)
        await expect(lead.get_by_role("button", name="Überspringen")).to_have_count(0)
        await expect(lead.locator("[data-left]")).to_have_count(0)


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (HangupCause.BUSY, "Dort ist besetzt."),
        (HangupCause.NO_ANSWER, "Dort nimmt niemand ab."),
        (HangupCause.UNALLOCATED, "Diese Nummer gibt es nicht."),
    ],
)
async def test_who_is_not_reached_is_told_and_no_form_is_offered_but_what_codes_do_is(
    browser: Browser, leading: Leading, cause: HangupCause, told: str
) -> None:
    async with a_page(browser, **ZONE) as page:
        claim = await have_next(page, leading)
        steps = leading.call(ANNA, claim)
        for _ in range(3):
            leading.world.happen(next(steps))
        leading.world.happen(leading.hang_up(claim, cause))
        await expect(page.locator("section.call [role=status]")).to_have_text(told)
        leading.world.happen(leading.end(ANNA, claim, has_talked=False))
        await page.wait_for_selector(".desk[data-state=wrap_up]")
        await expect(page.locator("section.call [role=status]")).to_have_text(told)
        codes = page.get_by_role("group", name="Ergebnis")
        await expect(codes.get_by_role("button", name="sold")).to_contain_text("niemand erreicht: später wieder")
        await expect(codes.get_by_role("button", name="objection")).to_contain_text("keine Werbeanrufe mehr")
        await page.reload()
        await page.wait_for_selector("[data-lead]")
        await expect(codes.get_by_role("button", name="sold")).to_contain_text("niemand erreicht: später wieder")
        await expect(page.locator("[data-after]")).to_have_count(0)


async def test_a_lead_is_skipped_with_a_reason_and_none_without(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        await have_next(page, leading)
        lead = page.locator("[data-lead]")
        await lead.get_by_role("button", name="Überspringen").click()
        await lead.locator("#lead-says button[type=submit]").click()
        assert leading.book.said == []
        await lead.get_by_role("button", name="kenne ich privat").click()
        await lead.locator("#lead-says button[type=submit]").click()
        await expect(page.locator("[data-list=spring]")).to_contain_text("noch 3 Leads")
        assert leading.book.said == [("Erika Mustermann", "kenne ich privat")]


async def test_a_call_back_is_promised_before_the_talk_and_changed_in_it(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        claim = await have_next(page, leading)
        lead, form = page.locator("[data-lead]"), page.locator("#lead-says")
        await lead.get_by_role("button", name="Rückruf versprechen").click()
        await form.get_by_label("Wann").fill("2020-01-01T10:00")
        await form.get_by_role("button", name="Versprechen").click()
        assert leading.book.promises == {}, "the past is nobody's promise"
        await form.get_by_label("Wann").fill("2030-12-24T10:30")
        await form.get_by_label("wer gerade da ist").check()
        await form.get_by_role("button", name="Versprechen").click()
        await expect(lead.locator("[data-promised]")).to_have_text("Rückruf versprochen: 24.12.2030, 10:30, von wem auch immer.")
        steps = leading.call(ANNA, claim)
        for _ in range(4):
            leading.world.happen(next(steps))
        await expect(page.get_by_role("button", name="later")).to_contain_text("Rückruf wie versprochen")
        await lead.get_by_role("button", name="Rückruf ändern").click()
        await form.get_by_label("ich selbst").check()
        await form.get_by_role("button", name="Versprechen").click()
        await expect(lead.locator("[data-promised]")).to_contain_text("von dir")
        assert leading.book.promises[claim] == (1_924_335_000_000_000, True)


async def test_a_lead_nobody_dials_in_time_is_gone_and_that_is_told(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, may_complain_of=("404",), **ZONE) as page:
        await have_next(page, leading)
        leading.world.clock.pass_s(120)
        await expect(page.locator("[data-lead]")).to_have_count(0)
        await expect(page.get_by_text("Die Zeit für Erika Mustermann ist um.")).to_be_visible()
        leading.book.people.clear()
        await page.click("[data-list=spring] button")
        await expect(page.locator("[data-list=spring]")).to_contain_text("Gerade darf niemand von dieser Liste angerufen werden")


async def test_leads_that_come_by_themselves_are_told_so_and_a_pause_stops_them(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, leading, "ben")
        travel = page.locator("[data-list=travel]")
        await expect(travel).to_contain_text(
            "Solange du verfügbar bist, klingelt dein Telefon für den nächsten. Pause hält das an."
        )
        await expect(travel.get_by_role("button")).to_have_count(0)
        await expect(travel).to_contain_text("noch mindestens 1.000 Leads")
        await expect(page.locator("[data-list=spring]")).to_have_count(0)


# -- during the talk and after it ------------------------------------------------------------------------------------------


async def test_an_order_names_its_mistakes_by_field_and_is_booked_once(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, may_complain_of=("422",), **ZONE) as page:
        claim = await talk(page, leading)
        await open_form(page, "Bestellung")
        form = page.locator("[data-form=order]")
        await expect(form).to_contain_text("erst wenn der Kunde ihn in Textform genehmigt, innerhalb von 14 Tagen")
        await form.get_by_label("Zählernummer").fill("12-A")
        await form.get_by_role("button", name="Bestellung aufnehmen").click()
        await expect(page.locator("#order-tariff-fault")).to_have_text("Fehlt noch.")
        await expect(page.locator("#order-meter-fault")).to_have_text("Das ist keine ganze Zahl.")
        assert await faults(page) == []
        await form.get_by_label("Zählernummer").fill("4711")
        await form.get_by_label("Tarif").select_option("Nordlicht L")
        await form.get_by_label("Preis je kWh in Cent").fill("29,90")
        leading.world.happen(leading.end(ANNA, claim, has_talked=True))
        leading.world.happen(leading.leave(ANNA))
        await expect(page.locator("#after-heading")).to_contain_text("Vom letzten Gespräch")
        await form.get_by_role("button", name="Bestellung aufnehmen").click()
        await expect(page.locator("[data-order]")).to_contain_text("Text geht noch hinaus")
        await page.locator("[data-after]").get_by_role("button", name="Schließen").click()
        await expect(page.locator("[data-after]")).to_have_count(0)
        orders = leading.world.deps.orders.forms  # type: ignore[attr-defined]
        made = [values for name, values in orders.items() if not name.startswith("order-")]
        assert made == [{"tariff": "Nordlicht L", "meter": "4711", "price": "29.90"}]


async def test_without_the_summary_there_is_no_order(browser: Browser) -> None:
    async with a_leading_world(FormRule.SUMMARY_BEFORE) as leading, a_page(browser, may_complain_of=("409",), **ZONE) as page:
        await talk(page, leading)
        await open_form(page, "Bestellung")
        form = page.locator("[data-form=order]")
        await form.get_by_label("Zählernummer").fill("4711")
        await form.get_by_label("Tarif").select_option("Nordlicht L")
        await form.get_by_role("button", name="Bestellung aufnehmen").click()
        await expect(form.get_by_role("alert")).to_contain_text("Der Kunde hat die Vertragszusammenfassung noch nicht.")
        await form.get_by_role("button", name="Der Kunde hat die Zusammenfassung jetzt").click()
        await form.get_by_role("button", name="Bestellung aufnehmen").click()
        await expect(page.locator("[data-order]")).to_contain_text("wirksam")
        await page.reload()
        await page.wait_for_selector("[data-after]")
        await open_form(page, "Bestellung")
        await expect(page.locator("[data-order]")).to_have_count(1)


async def test_a_survey_follows_its_answers_and_one_that_is_changed_takes_another_way(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        await talk(page, leading)
        await open_form(page, "Umfrage")
        form = page.locator("[data-form=survey]")
        await form.get_by_role("button", name="„Zufriedenheit“ fragen").click()
        content, why, grade = (page.locator(f"[data-question={name}]") for name in ("content", "why", "grade"))
        await expect(content.get_by_role("button", name="Möchte nicht antworten")).to_have_count(0)
        await content.get_by_label("Nein").check()
        await content.get_by_role("button", name="Weiter").click()
        await why.get_by_label("Preis").check()
        await why.get_by_label("Abrechnung").check()
        await why.get_by_role("button", name="Weiter").click()
        await expect(form.locator("[data-answer=why]")).to_contain_text("Preis, Abrechnung")
        await page.reload()
        await page.wait_for_selector("[data-after]")
        await open_form(page, "Umfrage")
        await form.get_by_role("button", name="„Zufriedenheit“ fragen").click()
        await grade.get_by_label("7", exact=True).check()
        await grade.get_by_role("button", name="Weiter").click()
        await page.locator("[data-question=words]").get_by_role("button", name="Möchte nicht antworten").click()
        await expect(page.locator("[data-complete]")).to_be_visible()
        [given] = leading.surveys.answers.values()
        assert [(each.question, each.values) for each in given] == [
            ("content", ("no",)),
            ("why", ("Preis", "Abrechnung")),
            ("grade", ("7",)),
            ("words", ()),
        ]
        assert len(leading.surveys.responses) == 1, "loaded anew, it goes on where it stood"


async def test_data_is_confirmed_corrected_and_completed_and_what_was_not_asked_is_not_stated(
    browser: Browser, leading: Leading
) -> None:
    async with a_page(browser, may_complain_of=("422",), **ZONE) as page:
        await talk(page, leading)
        await open_form(page, "Kundendaten prüfen")
        form = page.locator("[data-form=data]")
        keep = form.get_by_role("button", name="Festhalten")
        await expect(keep).to_be_disabled()
        await page.fill("#data-city", "")
        await keep.click()
        await expect(page.locator("#data-city-fault")).to_have_text("Fehlt noch.")
        assert leading.checks.found == []
        await page.fill("#data-city", "Bremerhaven")
        await page.fill("#data-company", "Muster & Söhne")
        await form.get_by_role("group").get_by_label("Kunde seit").check()
        await keep.click()
        await expect(form.locator("[data-found]")).to_have_count(3)
        assert leading.checks.found == [("company", "completed"), ("since", "confirmed"), ("city", "corrected")]
        await expect(page.locator("[data-field=city]")).to_have_text("Bremerhaven")


async def test_who_wants_no_advertising_is_barred_at_once_after_being_asked(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        await talk(page, leading)
        after = page.locator("[data-after]")
        await after.get_by_role("button", name="Keine Werbeanrufe mehr").click()
        await expect(page.locator("[data-withdrawn]")).to_have_count(0)
        await after.get_by_role("button", name="Ja").click()
        await expect(page.locator("[data-withdrawn]")).to_contain_text("Gesperrt")
        assert [type(each).__name__ for each in leading.world.deps.notes.seen] == ["ConsentWithdrawn"]  # type: ignore[attr-defined]


async def test_a_suggestion_reaches_management_and_its_answer_the_desk(browser: Browser, leading: Leading) -> None:
    async with a_page(browser, **ZONE) as page:
        await enter(page, leading)
        card = page.get_by_role("region", name="Vorschläge an die Leitung")
        await card.get_by_role("button", name="Vorschlagen").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("In deinen Worten").fill("Der Einstieg ist zu lang.")
        await dialog.get_by_role("button", name="Abschicken").click()
        await expect(card.locator("[data-suggestion]")).to_contain_text("ist angekommen")


# -- others ----------------------------------------------------------------------------------------------------------------


async def test_nobody_else_says_anything_of_a_lead_and_no_client_sees_a_desk(browser: Browser, leading: Leading) -> None:
    checked = {"values": {"city": "Kiel"}}
    async with a_page(browser, **ZONE) as anna:
        claim = await talk(anna, leading)
        for login, dial, order in (("ben", 404, 404), ("acme", 403, 403), ("sven", 403, 403), ("lena", 403, 403)):
            async with a_page(browser, may_complain_of=("403", "404"), **ZONE) as page:
                await log_in(page, leading.world.url, login, PASSWORD)
                await page.wait_for_selector(BEHIND_THE_GATE)
                asked = (
                    ("POST", "/my-lead/dial", None),
                    ("POST", "/my-lead/skip", {"reason": "mine"}),
                    ("POST", "/my-lead/promise", {"at": "2030-01-01T10:00:00Z"}),
                    ("POST", "/my-lead/check", checked),
                    ("POST", "/lead-lists/spring/next", None),
                    ("POST", f"/calls/{claim}/orders", {"order_id": "theirs", "values": {"tariff": "Nordlicht S", "meter": "1"}}),
                    ("POST", f"/calls/{claim}/survey-responses", {"response_id": "theirs", "survey_id": "mood"}),
                )
                assert await statuses(page, *asked) == [dial] * 5 + [order] * 2, login
                if login != "ben":
                    await expect(page.locator("[data-list], [data-lead], [data-after]")).to_have_count(0)
    assert (leading.book.said, leading.book.promises, leading.checks.found) == ([], {}, [])
    assert leading.surveys.responses == {}


@pytest.mark.parametrize(
    ("locale", "look", "words"),
    [
        ("de-DE", {"color_scheme": "dark"}, ("Bestellung", "Umfrage", "Kundendaten prüfen")),
        ("en-GB", {"color_scheme": "light"}, ("Order", "Survey", "Check the customer's data")),
        ("en-GB", {**PHONE, "color_scheme": "dark"}, ("Order", "Survey", "Check the customer's data")),
    ],
)
async def test_every_part_is_without_faults_in_each_language_appearance_and_width(
    browser: Browser, leading: Leading, locale: str, look: dict[str, Any], words: tuple[str, ...]
) -> None:
    async with a_page(browser, locale=locale, **ZONE, **look) as page:
        claim = await have_next(page, leading)
        lead = page.locator("[data-lead]")
        for way in (1, 2):
            await lead.get_by_role("button").nth(way).click()
            assert await faults(page) == []
        steps = leading.call(ANNA, claim)
        for _ in range(4):
            leading.world.happen(next(steps))
        await page.wait_for_selector("[data-after]")
        for word in words:
            await open_form(page, word)
            assert await faults(page) == []
        width = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], "nothing is cut off"
