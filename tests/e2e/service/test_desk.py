"""The agent's desk in a real Chromium: real calls on a real Asterisk, taken at a real phone and steered from the page."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from fernamt.demo.house import House
from fernamt.demo.phones import Phone
from telephony.events import AgentReleased, CallEnded, UnexpectedHappened
from tests.e2e.browsing import CHROMIUM, a_browser, a_page, build, faults, log_in
from tests.e2e.service.centres import MUSIC
from tests.e2e.service.desk import DOORS, PASSWORD, at_desk, goes_off_duty
from tests.e2e.service.hearing import ANNA, BEN
from tests.e2e.service.outward import NUMBER, NUMBER_AS_WRITTEN, outward_house, somebody_outside
from tests.e2e.service.people import CALLER, a_caller, takes_call
from tests.e2e.service.watching import Watch, watching

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: apt-get install chromium", allow_module_level=True)

STATES = {"logged_out": "Abgemeldet", "available": "Verfügbar", "talking": "Im Gespräch", "wrap_up": "Nachbearbeitung"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(state_dir: Path) -> AsyncIterator[House]:
    """Two agents with phones, of whom the first has the page; a line out, and the right to show a number of ours."""
    build()
    async with outward_house(state_dir, {"a01": ANNA, "a02": BEN}, wrap_up_ms=600_000) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


@dataclass(slots=True)
class AtWork:
    """Anna's (a01) page beside her phone, and Ben's (a02) phone."""

    house: House
    watch: Watch
    page: Page
    callers: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def anna(self) -> Phone:
        return self.house.phones["a01"]

    @property
    def ben(self) -> Phone:
        return self.house.phones["a02"]

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=re.compile(f"^{name}")).first.click()

    async def is_in(self, state: str) -> None:
        """The desk says so, in colour and in words."""
        await self.page.wait_for_selector(f"[data-stale=false][data-state={state}]")
        if state in STATES:
            await expect(self.page.locator("section.state .word")).to_have_text(STATES[state])

    async def call_is(self, **marks: str) -> None:
        await self.page.wait_for_selector("".join(["section.call", *(f"[data-{name}={mark}]" for name, mark in marks.items())]))

    async def talks(self) -> Phone:
        """Anna comes on duty by the page and takes a call."""
        await self.press("Dienst beginnen")
        await self.is_in("available")
        self.anna.forget_events()
        self.ben.forget_events()
        caller = await self.callers.enter_async_context(a_caller(self.house, MUSIC))
        await takes_call(self.anna)
        await self.is_in("talking")
        return caller

    async def bens_day_begins(self) -> None:
        await self.house.log_in("a02")


@asynccontextmanager
async def at_work(house: House, browser: Browser, **choices: object) -> AsyncIterator[AtWork]:
    async with watching(house) as watch, a_page(browser, may_complain_of=("WebSocket", "40", "42", "ERR_"), **choices) as page:
        work = AtWork(house, watch, page)
        async with work.callers:
            await enter(house, page, "a01")
            yield work
        await page.wait_for_selector("section.call:not([data-call])")
        for name in ("a01", "a02"):
            async with at_desk(house, name) as desk:
                await goes_off_duty(desk, name)


async def enter(house: House, page: Page, login: str) -> None:
    """The person is at their screen, the first time by the one-time log-in."""
    key = (str(house.directory), login)
    secret = DOORS.get(key) or next(made.secret for made in house.logins if made.login == login)
    await log_in(page, house.url, login, secret)
    if key not in DOORS:
        await page.fill("input[name=new]", PASSWORD)
        await page.fill("input[name=again]", PASSWORD)
        await page.click("button[type=submit]")
        DOORS[key] = PASSWORD
    await page.wait_for_selector("[data-stale=false], [data-frozen=false]")


async def test_an_agent_takes_a_call_holds_asks_a_colleague_and_hands_it_over(house: House, browser: Browser) -> None:
    async with at_work(house, browser) as work:
        page = work.page
        await work.is_in("logged_out")
        caller = await work.talks()
        await work.bens_day_begins()
        await expect(page.get_by_role("heading", name="Projekt Süd")).to_be_visible()
        assert CALLER not in await page.content()
        assert CALLER[-6:] not in await page.content()

        await page.keyboard.press("k")
        await work.call_is(phase="held")
        await page.keyboard.press("k")
        await work.call_is(phase="talking")

        await page.keyboard.press("c")
        await page.get_by_role("button", name=re.compile("^a02")).click()
        await work.call_is(beside="ringing")
        await takes_call(work.ben)
        await work.call_is(beside="asked")
        await work.press("Makeln")
        await work.call_is(beside="swapped")
        await work.press("Konferenz")
        await work.call_is(beside="conference")
        await expect(page.get_by_text("Alle drei hören einander: der Anrufer, a02 und du.")).to_be_visible()
        await work.press("Gespräch verlassen")
        await work.is_in("wrap_up")
        await expect(page.locator("[data-left]")).to_be_visible()
        await work.press("again")
        await work.is_in("available")
        await caller.hang_up()
        await work.watch.until(CallEnded)
        lines = await work.watch.lines(await work.watch.call(), where=lambda found: len(found) == 2)
        assert {line.agent_id: line.hold_ms > 0 for line in lines}["a01"]
        assert {line.agent_id for line in lines} == {"a01", "a02"}
        assert await work.watch.all(UnexpectedHappened) == []


async def test_a_caller_is_handed_on_at_once_and_a_parked_one_is_picked_up(house: House, browser: Browser) -> None:
    async with at_work(house, browser) as work:
        caller = await work.talks()
        await work.bens_day_begins()
        await work.press("Parken")
        await work.anna.expect("CALL_CLOSED")
        work.anna.forget_events()
        await work.page.wait_for_selector("[data-slot]")
        await work.press("Übernehmen")
        await takes_call(work.anna)
        await work.is_in("talking")
        await work.page.keyboard.press("t")
        await work.page.get_by_role("button", name=re.compile("^a02")).click()
        await takes_call(work.ben)
        await work.is_in("wrap_up")
        await caller.hang_up()
        await work.watch.until(CallEnded)
        await work.press("Verfügbar")
        await work.is_in("available")


async def test_what_is_refused_is_told_as_a_sentence_in_the_agents_language(house: House, browser: Browser) -> None:
    async with at_work(house, browser, locale="en-GB") as work:
        page = work.page
        await page.get_by_label("Sprache").or_(page.get_by_label("Language")).select_option("de")
        await work.talks()
        await page.keyboard.press("t")
        await page.get_by_label("Rufnummer", exact=True).fill("0900 5123456")
        await work.press("Dorthin weitergeben")
        told = page.get_by_role("alert").filter(has_text=re.compile(r"\w"))
        await expect(told).to_be_visible()
        await expect(told).to_have_text("Sonder-, Service- und Satellitennummern werden nicht angerufen.")
        await page.get_by_label("Sprache").select_option("en")
        await page.get_by_role("button", name=re.compile("^Hand on")).click()
        await expect(told).to_have_text("Premium, service and satellite numbers are not called.")
        await work.call_is(phase="talking")
        await page.get_by_role("button", name=re.compile("^Hang up")).click()
        await work.watch.until(CallEnded)
        await work.watch.until(AgentReleased)


async def test_a_colleague_who_went_away_meanwhile_is_told_of_with_the_reason(house: House, browser: Browser) -> None:
    async with at_work(house, browser) as work:
        page = work.page
        caller = await work.talks()
        await work.bens_day_begins()
        await page.keyboard.press("t")
        ben = page.get_by_role("button", name=re.compile("^a02"))
        await expect(ben).to_be_enabled()
        async with page.expect_response("**/targets") as looked:
            kept = await (await looked.value).text()
        await page.route("**/targets", lambda route: route.fulfill(body=kept, content_type="application/json"))
        async with at_desk(house, "a02") as desk:
            await desk.do("/agents/a02/pause", {"pause_reason": "lunch"})
        await ben.click()
        told = page.get_by_role("alert").filter(has_text=re.compile(r"\w"))
        await expect(told).to_have_text("Dieser Agent ist gerade nicht frei. Gerade ist Pause.")
        await page.get_by_label("Sprache").select_option("en")
        await ben.click()
        await expect(told).to_have_text("This agent is not free at present. There is a pause going on.")
        await work.call_is(phase="talking")
        await page.unroute("**/targets")
        await caller.hang_up()
        await work.watch.until(CallEnded)


async def test_a_number_outside_is_asked_in_any_written_form_and_gets_the_caller(house: House, browser: Browser) -> None:
    async with somebody_outside(house, f"{NUMBER}11") as outsider, at_work(house, browser) as work:
        page = work.page
        caller = await work.talks()
        await page.keyboard.press("c")
        await page.get_by_label("Rufnummer", exact=True).fill(NUMBER_AS_WRITTEN)
        await work.press("Dort anrufen")
        await outsider.expect("CALL_INCOMING")
        await work.call_is(beside="ringing")
        await outsider.answer()
        await work.call_is(beside="asked")
        await expect(page.locator(".situation")).to_have_text(
            re.compile(r"^Du sprichst mit \+49 171 .*Der Anrufer hört Musik\.$")
        )
        assert f"{NUMBER}11" not in await page.content()
        await work.press("Rückfrage beenden")
        await work.call_is(phase="talking")
        await work.press("Nummer zeigen")
        await page.get_by_label("Wozu?", exact=False).fill("Rückruf vereinbart")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-number]")).to_have_text(CALLER)
        await page.keyboard.press("t")
        await page.get_by_label("Rufnummer", exact=True).fill(f"{NUMBER}11")
        outsider.forget_events()
        await work.press("Dorthin weitergeben")
        await takes_call(outsider)
        await work.is_in("wrap_up")
        await caller.hang_up()
        await outsider.expect("CALL_CLOSED")
        await work.watch.until(CallEnded)


async def test_what_came_of_a_number_outside_is_told(house: House, browser: Browser) -> None:
    async with somebody_outside(house, f"{NUMBER}11") as outsider, at_work(house, browser) as work:
        caller = await work.talks()
        await work.page.keyboard.press("c")
        await work.page.get_by_label("Rufnummer", exact=True).fill(f"{NUMBER}11")
        await work.press("Dort anrufen")
        await outsider.expect("CALL_INCOMING")
        await outsider.hang_up()
        await work.call_is(phase="talking")
        await expect(work.page.locator(".situation")).to_have_text(re.compile("besetzt|abgelehnt"))
        await caller.hang_up()
        await work.watch.until(CallEnded)


async def test_somebody_is_called_from_the_desk_and_what_came_of_it_stays_told(house: House, browser: Browser) -> None:
    async with somebody_outside(house, f"{NUMBER}61") as outsider, at_work(house, browser) as work:
        page = work.page
        await work.press("Dienst beginnen")
        await work.is_in("available")
        work.anna.forget_events()
        await expect(page.get_by_role("button", name="Anrufen", exact=True)).to_be_disabled()
        await page.get_by_label("Vorgang", exact=True).fill("T-118")
        await page.get_by_label("Rufnummer", exact=True).fill("0171 39200 61")
        await page.keyboard.press("Enter")
        await expect(page.locator(".situation")).to_have_text("Dein Telefon klingelt: nimm ab, dann wird gewählt.")
        await takes_call(work.anna)
        await outsider.expect("CALL_INCOMING")
        await expect(page.locator(".situation")).to_have_text("Dort klingelt es.")
        await outsider.answer()
        await work.call_is(phase="talking")
        await work.is_in("talking")
        await work.press("Auflegen")
        await outsider.expect("CALL_CLOSED")
        await work.is_in("wrap_up")
        await page.get_by_label("Vorgang", exact=True).fill("T-119")
        await page.get_by_label("Rufnummer", exact=True).fill(f"{NUMBER}62")
        outsider.forget_events()
        work.anna.forget_events()
        await page.keyboard.press("Enter")
        await takes_call(work.anna)
        await expect(page.locator(".situation.refused")).to_be_visible()
        await work.anna.expect("CALL_CLOSED")
        await expect(page.locator("section.call:not([data-call]) .refused")).to_be_visible()
        assert await work.watch.all(UnexpectedHappened) == []


async def test_a_lost_connection_shows_no_stale_call_as_live_and_comes_back(house: House, browser: Browser) -> None:
    async with at_work(house, browser) as work:
        caller = await work.talks()
        house.kill_service()
        await work.page.wait_for_selector("[data-stale=true]")
        await expect(work.page.get_by_text(re.compile("^Nicht live"))).to_be_visible()
        assert "grayscale" in await work.page.eval_on_selector("[data-stale]", "desk => getComputedStyle(desk).filter")
        await expect(work.page.get_by_role("button", name=re.compile("^Auflegen"))).to_be_disabled()
        await caller.hang_up()
        await house.start_service()
        await work.is_in("wrap_up")
        await work.page.wait_for_selector("section.call:not([data-phase=talking])")


async def test_the_desk_belongs_to_its_agent_alone(house: House, browser: Browser) -> None:
    """What the page may ask for is decided by the service: the same session asks for what is a colleague's."""
    async with at_work(house, browser) as work:
        await work.bens_day_begins()
        statuses = await work.page.evaluate(
            """async () => {
                const asked = [
                    ['GET', '/agents/a02'], ['GET', '/agents/a02/why'], ['POST', '/agents/a02/pause', { pause_reason: 'break' }],
                    ['POST', '/agents/a02/log-out'], ['GET', '/teams'], ['POST', '/what-ifs', {}], ['GET', '/journal'],
                ];
                const answers = await Promise.all(asked.map(([method, path, body]) => fetch(`/api/v1${path}`, {
                    method, headers: body ? { 'Content-Type': 'application/json' } : {}, body: body && JSON.stringify(body),
                })));
                return answers.map((answer) => answer.status);
            }"""
        )
        assert statuses == [404, 404, 404, 404, 403, 403, 403]
        assert "a02" not in await work.page.locator("main").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_at_the_desk_and_it_fits_a_phone(house: House, browser: Browser, scheme: str) -> None:
    async with at_work(house, browser, color_scheme=scheme) as work:
        assert await faults(work.page) == []
        caller = await work.talks()
        await work.press("Rückfrage")
        await work.page.wait_for_selector(".hand ul")
        assert await faults(work.page) == []
        await work.page.set_viewport_size({"width": 390, "height": 844})
        wide, shown = await work.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= shown
        await caller.hang_up()
        await work.is_in("wrap_up")
        assert await faults(work.page) == []
        await work.press("Pause")
        await work.press("Mittag")
        await work.is_in("paused")
        assert await faults(work.page) == []
