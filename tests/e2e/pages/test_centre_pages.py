"""The centre's page in a real Chromium: what a project does about its callers, read by supervisors and set by administrators."""

from dataclasses import replace
from datetime import date

import pytest
from playwright.async_api import Browser, Page, expect

from routing.overflow import OverflowTarget
from telephony.identifiers import ClientId, ProjectId
from telephony.recording_signs import RecordingSign, SignKind
from tests.e2e.browsing import a_page, faults, log_in
from tests.live_world import PASSWORD, LiveWorld
from tests.unit.web.test_centre_shown import FULL

ORDERS = replace(FULL, client_id=ClientId("acme"))
"""A project that says everything a project can say."""


@pytest.fixture(autouse=True)
def has_orders(world: LiveWorld) -> None:
    known = world.directory.current
    world.directory.current = replace(known, projects={**known.projects, ORDERS.project_id: ORDERS})


async def enter(page: Page, world: LiveWorld, login: str, where: str = "centre") -> None:
    await log_in(page, f"{world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector("main .card")


async def saved(page: Page) -> None:
    await page.get_by_role("button", name="Speichern").click()
    await expect(page.get_by_role("status").filter(has_text="Gespeichert")).to_be_visible()


async def test_what_is_saved_unchanged_is_what_it_was(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "root")
        await page.get_by_role("link", name=ORDERS.name).click()
        before = world.directory.current.revision
        await saved(page)
    assert world.directory.current.revision > before
    assert world.directory.current.projects[ORDERS.project_id] == ORDERS


async def test_an_administrator_sets_hours_overflow_announcements_and_callbacks(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "root", f"centre/{ORDERS.project_id}")
        await page.get_by_label("Dienstag").fill("08:00–12:00, 13:00-17:30")
        await page.get_by_role("button", name="Ausnahme").click()
        await page.get_by_label("Tag", exact=True).fill("2026-12-24")
        await page.get_by_role("button", name="Regel").click()
        rule = page.locator("[data-rule='1']")
        await rule.get_by_label("Wenn").select_option("queue_length")
        await rule.get_by_label("Wartende").fill("12")
        await page.get_by_label("Erste nach").fill("7.5")
        await page.get_by_label("Abstand der Versuche").fill("20")
        await page.get_by_label("Sekunden von Ton zu Ton").fill("12")
        await page.get_by_label("Zu hören ist").select_option("announcement")
        await page.get_by_label("Klang der Ansage").fill("own/taped")
        await saved(page)
    kept = world.directory.current.projects[ORDERS.project_id]
    assert kept.recording_sign == RecordingSign(kind=SignKind.ANNOUNCEMENT, every_ms=12_000, sound="own/taped")
    assert kept.hours is not None
    assert [(str(each.opens), str(each.closes)) for each in kept.hours.week[1]] == [
        ("08:00:00", "12:00:00"),
        ("13:00:00", "17:30:00"),
    ]
    assert kept.hours.exceptions == {date(2026, 12, 24): ()}
    assert [(rule.limit, rule.target) for rule in kept.overflow[1:]] == [(12, OverflowTarget.MACHINE)]
    assert kept.announcements is not None
    assert (kept.announcements.first_after_ms, kept.callback.retry_ms) == (7_500, 1_200_000)
    same = {
        "hours": ORDERS.hours,
        "overflow": ORDERS.overflow,
        "announcements": ORDERS.announcements,
        "callback": ORDERS.callback,
        "recording_sign": ORDERS.recording_sign,
    }
    assert replace(kept, **same) == ORDERS, "what was not touched is as it was"  # type: ignore[arg-type]


async def test_a_fault_is_told_beside_what_it_is_about_and_nothing_is_saved(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, may_complain_of=("422",)) as page:
        await enter(page, world, "root", f"centre/{ORDERS.project_id}")
        await page.get_by_label("Zeitzone").fill("Europa/Berlin")
        await page.get_by_role("button", name="Speichern").click()
        await expect(page.locator("[data-fault=hours]")).to_contain_text("Die Zeitzone Europa/Berlin gibt es nicht")
        await expect(page.locator("[data-fault]")).to_have_count(1)
        await expect(page.get_by_label("Zeitzone")).to_have_value("Europa/Berlin")
    assert world.directory.current.projects[ORDERS.project_id] == ORDERS


async def test_what_somebody_else_has_changed_meanwhile_is_not_undone(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "root", f"centre/{ORDERS.project_id}")
        await page.get_by_label("Zeitzone").fill("Europe/Vienna")
        elsewhere = replace(ORDERS, name="Anders")
        known = world.directory.current
        world.directory.current = replace(known, projects={**known.projects, ORDERS.project_id: elsewhere})
        await page.get_by_role("button", name="Speichern").click()
        await expect(page.get_by_role("alert")).to_contain_text("inzwischen geändert")
        await expect(page.get_by_label("Zeitzone")).to_have_value("Europe/Berlin")
    assert world.directory.current.projects[ORDERS.project_id] == elsewhere


async def test_a_department_is_described_once_for_several_projects(browser: Browser, world: LiveWorld) -> None:
    others = [each for each in world.directory.current.projects.values() if each.client_id == "acme" and each != ORDERS]
    async with a_page(browser) as page:
        await enter(page, world, "root")
        await page.get_by_role("button", name="Bearbeiten tax").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Fähigkeiten").fill("tax 2, sales 1?")
        await dialog.get_by_label("Es antwortet").select_option("")
        await dialog.get_by_role("checkbox", name=others[0].name).check()
        await dialog.get_by_role("button", name="Speichern").click()
        row = page.locator("tr[data-department=tax]")
        await expect(row).to_contain_text(others[0].name)
        await expect(row).to_contain_text("tax 2, sales 1?")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    projects = world.directory.current.projects
    (had,), (has,) = (projects[ProjectId(each)].departments for each in (ORDERS.project_id, others[0].project_id))
    assert had == has
    assert [(need.skill, need.grade, need.is_required) for need in has.skills] == [("tax", 2, True), ("sales", 1, False)]
    assert (has.name, has.digits, has.priority_ms) == ("tax", "7", 1_000)


async def test_a_supervisor_reads_and_the_service_refuses_what_no_button_asks_for(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, may_complain_of=("403",)) as page:
        await enter(page, world, "sven", f"centre/{ORDERS.project_id}")
        await expect(page.get_by_label("Zeitzone")).to_be_disabled()
        await expect(page.get_by_role("button", name="Speichern")).to_have_count(0)
        asked = """([path, body]) => fetch(`/api/v1${path}`, {method: 'PUT', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify(body)}).then((answer) => answer.status)"""
        department = {"department": {"name": "x"}, "project_ids": [str(ORDERS.project_id)]}
        assert await page.evaluate(asked, ["/departments", department]) == 403
        assert await page.evaluate(asked, [f"/projects/{ORDERS.project_id}", {"client_id": "acme", "name": "x"}]) == 403
    async with a_page(browser) as page:
        await enter(page, world, "lena")
        await expect(page.get_by_role("link", name="Center")).to_have_count(0)
    assert world.directory.current.projects[ORDERS.project_id] == ORDERS


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_the_pages_are_for_everybody(browser: Browser, world: LiveWorld, scheme: str, width: int) -> None:
    async with a_page(browser, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        await enter(page, world, "root")
        for where in ("centre", f"centre/{ORDERS.project_id}"):
            await page.goto(f"{world.url}/#/{where}")
            await page.wait_for_load_state("networkidle")
            assert await faults(page) == [], where
            wide, shown = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= shown, where
