"""What the office does on its pages: rights with their documents, calls to clear up, checked data, an agent's phone."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from routing.aftercall.customer import Checked, FieldChecked
from routing.outbound.shown import AssignedTo, ShownRight
from store.lead_checks import CheckKept
from telephony.identifiers import SECOND, AgentId, CallId, Instant, UserId
from tests.campaign_world import SPRING, campaign
from tests.e2e.browsing import a_page, faults, log_in
from tests.integration.web.memory_leads import MemoryLeadChecks
from tests.integration.web.memory_outbound import A_PDF, MemoryRightDocuments, MemoryRights, PlayedPhoneUse
from tests.live_world import PASSWORD, LiveWorld

DAY = 86_400 * SECOND
HISTORY_S = 300
A_PNG = b"\x89PNG\r\n\x1a\n" + bytes(64) + b"IEND\xaeB`\x82"


def rights_of(world: LiveWorld) -> MemoryRights:
    assert isinstance(world.deps.shown_rights, MemoryRights)
    return world.deps.shown_rights


def uses_of(world: LiveWorld) -> PlayedPhoneUse:
    assert isinstance(world.deps.phone_use, PlayedPhoneUse)
    return world.deps.phone_use


@pytest.fixture(autouse=True)
def has_an_office(world: LiveWorld) -> None:
    """A right that ends soon and one that is over, a call nobody saw ending, and a lead whose data was checked."""
    campaign(world)
    now = world.clock.now()
    for name, until in (("theirs", 20), ("old", -3)):
        rights_of(world).rows[name] = ShownRight(
            right_id=name,
            number="+494055500",
            owner="acme",
            document="letter of March",
            assigned_to=AssignedTo.CLIENT,
            assigned_id="acme",
            valid_from=Instant(now - 90 * DAY),
            valid_until=Instant(now + until * DAY),
        )
    uses_of(world).rows = {CallId("call-7"): AgentId("agent-0")}
    checks = world.deps.lead_checks
    assert isinstance(checks, MemoryLeadChecks)
    for name, found, before, after in (
        ("name", Checked.CONFIRMED, "Erika Muster", "Erika Muster"),
        ("city", Checked.CORRECTED, "Hamburg", "Buxtehude"),
    ):
        field = FieldChecked(name=name, found=found, before=before, after=after)
        kept = CheckKept(field=field, at=now, user_id=UserId("user-anna"), call_id=None)
        checks.kept.append((SPRING, kept))


async def enter(page: Page, world: LiveWorld, login: str, where: str) -> None:
    await log_in(page, f"{world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector("main .card, main .panel")


def a_file(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


async def test_a_right_is_added_with_its_document_gets_a_newer_one_and_is_ended(
    browser: Browser, world: LiveWorld, tmp_path: Path
) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "root", "centre")
        await page.get_by_role("button", name="Neues Recht").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Rufnummer").fill("+49 30 5550-77")
        await dialog.get_by_label("Kennung").fill("berlin")
        await dialog.get_by_label("Beleg (PDF, PNG, JPEG)").set_input_files(a_file(tmp_path, "vertrag.pdf", A_PDF))
        await dialog.get_by_role("button", name="Eintragen").click()
        await expect(dialog.locator("[data-version='1']")).to_contain_text("vertrag.pdf")
        await dialog.get_by_label("Beleg (PDF, PNG, JPEG)").set_input_files(a_file(tmp_path, "neu.png", A_PNG))
        await expect(dialog.locator("[data-version='2']")).to_contain_text("neu.png")
        await expect(dialog.locator("[data-version='1']")).to_contain_text("vertrag.pdf")
        async with page.expect_download() as download:
            await dialog.locator("[data-version='1'] a").click()
        assert (await (await download.value).path()).read_bytes() == A_PDF
        await dialog.get_by_role("button", name="Recht beenden").click()
        await dialog.get_by_role("button", name="Ja").click()
        await expect(dialog.locator(".pill")).to_have_text("vorbei")
    right = rights_of(world).rows["berlin"]
    assert (right.number, right.document, right.valid_until is not None) == ("+4930555077", "vertrag.pdf", True)


async def test_what_is_no_document_or_no_right_is_told_in_german(browser: Browser, world: LiveWorld, tmp_path: Path) -> None:
    async with a_page(browser, may_complain_of=("422",)) as page:
        await enter(page, world, "root", "centre")
        await page.get_by_role("button", name="Ansehen theirs").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Beleg (PDF, PNG, JPEG)").set_input_files(a_file(tmp_path, "vertrag.pdf", b"MZ no document"))
        await expect(dialog.get_by_role("alert")).to_contain_text("kein vollständiges PDF, PNG oder JPEG")
        await expect(dialog.get_by_text("Hier ist kein Beleg hinterlegt.")).to_be_visible()
        await dialog.get_by_role("button", name="Schließen").click()
        await page.get_by_role("button", name="Neues Recht").click()
        await dialog.get_by_label("Rufnummer").fill("030 5550")
        await dialog.get_by_label("Kennung").fill("berlin")
        await dialog.get_by_label("Wo der Beleg liegt").fill("Ordner 7")
        await dialog.get_by_role("button", name="Eintragen").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("nicht die verlangte Form")
    documents = world.deps.right_documents
    assert isinstance(documents, MemoryRightDocuments)
    assert "berlin" not in rights_of(world).rows
    assert await documents.counts() == {"head-office": 1}


async def test_the_register_says_what_ends_soon_and_a_supervisor_reads_it_only(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, timezone_id="Europe/Berlin") as page:
        await enter(page, world, "sven", "centre")
        await expect(page.locator("[data-right=theirs] .pill")).to_have_text("endet bald")
        await expect(page.locator("[data-right=old] .pill")).to_have_text("vorbei")
        ended = datetime.fromtimestamp((world.clock.now() - 3 * DAY) / SECOND, ZoneInfo("Europe/Berlin"))
        await expect(page.locator("[data-right=old]")).to_contain_text(f"{ended:%d.%m.%Y}")
        await expect(page.locator("[data-right]").first).to_have_attribute("data-right", "theirs")
        await expect(page.get_by_role("button", name="Neues Recht")).to_have_count(0)
        await page.get_by_role("button", name="Ansehen head-office").click()
        await expect(page.get_by_role("dialog").locator("[data-version='1']")).to_contain_text("contract.pdf")
        await expect(page.get_by_role("dialog").get_by_role("button", name="Recht beenden")).to_have_count(0)
        await expect(page.get_by_role("dialog").locator("input[type=file]")).to_have_count(0)


async def test_a_call_nobody_saw_ending_is_ticked_off_and_leaves_the_list(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "sven", "agents")
        await page.locator("[data-unclear=call-7]").get_by_role("button").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Es hat vergeblich geklingelt").check()
        await dialog.get_by_label("Wie man es weiß").fill("Anna sagt es")
        await dialog.get_by_role("button", name="Abhaken").click()
        await expect(page.locator("[data-unclear]")).to_have_count(0)
        await expect(page.get_by_text("Da ist nichts zu klären.")).to_be_visible()
    ((call_id, known, note, _),) = uses_of(world).cleared
    assert (call_id, known, note) == ("call-7", "rung_in_vain", "Anna sagt es")


async def test_checked_data_is_shown_with_a_reason(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "sven", "campaigns/lists")
        await page.locator(f"[data-list={SPRING}]").get_by_role("button").first.click()
        row = page.locator("[data-checked='7']")
        await expect(row).to_contain_text("bestätigt 1 · berichtigt 1")
        await expect(page.get_by_text("Buxtehude")).to_have_count(0)
        await row.get_by_role("button").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Grund").fill("Beschwerde")
        await dialog.get_by_role("button", name="Zeigen").click()
        await expect(dialog.locator("[data-check=city]")).to_contain_text("Hamburg")
        await expect(dialog.locator("[data-check=city]")).to_contain_text("Buxtehude")


async def test_an_administrator_sets_whether_an_agents_phone_answers(browser: Browser, world: LiveWorld) -> None:
    before = world.directory.current.agents[AgentId("agent-0")]
    async with a_page(browser) as page:
        await enter(page, world, "root", "agents/agent-0")
        async with page.expect_response("**/phone-answers"):
            await page.get_by_label("von selbst ab").check()
        await expect(page.get_by_label("von selbst ab")).to_be_checked()
        async with page.expect_response("**/phone-answers"):
            await page.get_by_label("von selbst ab").uncheck()
    assert world.directory.current.agents[AgentId("agent-0")] == before


@pytest.mark.parametrize("where", ["centre", "agents", "campaigns/lists"])
@pytest.mark.parametrize(
    "choices",
    [
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
        {"viewport": {"width": 1920, "height": 1080}, "color_scheme": "dark", "locale": "en-GB"},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    ],
    ids=["de-light-1280", "en-dark-1920", "de-dark-390"],
)
async def test_everybody_can_use_the_pages(browser: Browser, world: LiveWorld, where: str, choices: dict[str, object]) -> None:
    opens = {
        "centre": "[data-right=theirs] button",
        "agents": "[data-unclear] button",
        "campaigns/lists": "[data-checked] button",
    }
    async with a_page(browser, **choices) as page:
        await enter(page, world, "root", where)
        if where == "campaigns/lists":
            await page.locator(f"[data-list={SPRING}]").get_by_role("button").first.click()
        await page.wait_for_selector(opens[where])
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the page"
        await page.locator(opens[where]).first.click()
        await page.wait_for_selector("dialog[open] form, dialog[open] [data-version], dialog[open] .careful")
        assert await faults(page) == []
