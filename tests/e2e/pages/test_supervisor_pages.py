"""The pages beside the monitor in a real Chromium: voice messages, reasons, what-if, teams; and what each role sees."""

import io
import wave
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from routing.answering_machine import MailState, MessageMail, VoiceMessage
from telephony.events import AvailableRequested, LogOutRequested, PauseRequested
from telephony.identifiers import SECOND, CallId, Instant
from tests.e2e.browsing import BEHIND_THE_GATE, a_page, faults, log_in
from tests.live_world import PASSWORD, LiveWorld

HISTORY_S = 900


@pytest.fixture(autouse=True)
def messages(world: LiveWorld, tmp_path: Path) -> None:
    """Two voice messages: one new, one whose mail failed."""
    for name, project in (("m1", "support"), ("m2", "booking")):
        (tmp_path / f"{name}.wav").write_bytes(a_sound())
        world.messages.rows[name] = VoiceMessage(
            message_id=name,
            call_id="c",
            did="+4930111",
            project_id=project,
            client_id=None,
            received_at=Instant(world.clock.now() - 600 * SECOND),
            duration_ms=2_000,
            masked_caller="+49 30 *** 17",
            file_name=f"{name}.wav",
        )
    world.messages.sent.append(
        MessageMail(
            mail_id="x1",
            message_id="m2",
            mailbox="box@centre.example",
            created_at=world.clock.now(),
            due_at=world.clock.now(),
            state=MailState.FAILED,
            attempts=9,
            last_error="550 5.1.1 no such user",
        )
    )


def a_sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(2 * 8_000 * 2))
    return out.getvalue()


async def enter(page: Page, world: LiveWorld, login: str, where: str) -> None:
    await log_in(page, f"{world.url}/#/{where}", login, PASSWORD)
    await page.wait_for_selector(BEHIND_THE_GATE)


async def test_a_message_is_heard_forwarded_and_done(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "sven", "messages")
        await expect(page.locator("[data-kpi=messages]")).to_contain_text("2")
        await page.locator("tr[data-message=m1] button").click()
        drawer = page.get_by_role("dialog")
        await page.wait_for_function("() => document.querySelector('dialog audio').duration === 2")
        # Where a listener jumps to is asked for as a part of the sound, not as the whole.
        answer = await page.evaluate(
            "fetch('/api/v1/messages/m1/audio', { headers: { Range: 'bytes=100-199' } }).then(r => r.status)"
        )
        assert answer == 206
        await drawer.locator("select").select_option(label="Ben Brandt")
        await drawer.get_by_label("Bemerkung").fill("bitte zurückrufen")
        await drawer.get_by_role("button", name="Weiterleiten").click()
        await expect(drawer.get_by_text("Ist unterwegs.")).to_be_visible()
        (mail,) = [mail for mail in world.messages.sent if mail.message_id == "m1"]
        assert (mail.mailbox, mail.note, mail.asked_by) == ("agent-1@centre.example", "bitte zurückrufen", "user-sven")
        await drawer.get_by_role("button", name="Erledigt").click()
        await expect(drawer.get_by_text("Erledigt am")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("tr[data-message]")).to_have_count(1)
        await expect(page.locator("[data-kpi=messages]")).to_contain_text("1")


async def test_deleting_asks_once_more_and_a_failed_mail_is_told(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, locale="en-GB") as page:
        await enter(page, world, "root", "messages")
        await expect(page.locator("tr[data-message=m2]")).to_contain_text("failed")
        await page.locator("tr[data-message=m2] button").click()
        await expect(page.get_by_role("dialog")).to_contain_text("550 5.1.1 no such user")
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="No").click()
        assert "m2" in world.messages.rows
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Yes").click()
        await expect(page.locator("tr[data-message]")).to_have_count(1)
        assert "m2" not in world.messages.rows


async def test_why_is_told_of_an_agent_and_of_a_call_in_both_languages(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser, may_complain_of=("404",)) as page:
        await enter(page, world, "sven", "monitor")
        await page.get_by_role("link", name="Ben Brandt").click()
        await expect(page.get_by_role("heading", name="Ben Brandt")).to_be_visible()
        await expect(page.locator("tr[data-code]").first).to_contain_text("Ben Brandt ist")
        await page.get_by_label("Sprache").select_option("en")
        await expect(page.locator("tr[data-code]").first).to_contain_text("Ben Brandt is")
        await page.get_by_role("link", name="Story of the call").first.click()
        await expect(page.locator("li[data-kind=decision_taken]").first).to_contain_text("got the call")
        await page.get_by_label("What happened to this call?").fill("nothing-of-that-name")
        await page.get_by_role("button", name="Tell").click()
        await expect(page.get_by_role("alert")).to_have_text("There is no such thing here.")


async def test_a_supervisor_steers_an_agent_from_where_the_reasons_are(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        agent = next(row.agent_id for row in world.feed.agents() if row.state == "talking")
        await enter(page, world, "sven", f"agents/{agent}")
        await page.get_by_role("button", name="In die Pause setzen").click()
        await page.get_by_role("button", name="Aus dem Dienst nehmen").click()
        await page.wait_for_function("() => document.querySelectorAll('section button:disabled').length === 0")
        asked = [type(each) for each in world.deps.intents.asked if not type(each).__name__.startswith("Desktop")]
        assert asked == [PauseRequested, LogOutRequested]
        assert AvailableRequested not in asked


async def test_a_what_if_is_asked_for_and_its_comparison_read(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "sven", "what-if")
        await page.get_by_label("Gewicht der Stufe 3").fill("7")
        await page.get_by_role("button", name="Durchspielen").click()
        await expect(page.get_by_text("Läuft seit")).to_be_visible()
        (run,) = world.what_ifs.runs.values()
        assert run.wanted.centre == "default_weights = [1.000, 2.000, 7.000]\n"
        assert run.wanted.language == "de"
        estimate = {"mean": 10.0, "to_side_95": 0.5}
        figure = {"name": "asa_s", "journaled": 9.5, "now": estimate, "new": estimate, "change": estimate, "is_clear": True}
        run.picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="870" height="1200"><rect width="870" height="1200"/></svg>'
        run.answer = {
            "callers": 12,
            "replays": 10,
            "threshold_s": 20.0,
            "differences": ["project support weights: none → 1.0,2.0,7.0"],
            "reproduces_the_journal": False,
            "deviations": ["asa_s"],
            "agents_without_hours": [],
            "figures": [figure],
        }
        row = page.locator("tr[data-figure=asa_s]")
        await expect(row).to_contain_text("10 ± 0,5")
        await expect(row).to_contain_text("klar")
        await expect(page.get_by_text("Vorsicht")).to_be_visible()
        await expect(page.get_by_text("Projekt support weights")).to_be_visible()
        await page.wait_for_function("() => document.querySelector('section img').naturalWidth === 870")
        assert await faults(page) == []


async def test_a_what_if_that_fails_says_why(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "sven", "what-if")
        await page.get_by_role("button", name="Center-Datei").click()
        await page.get_by_label("Änderungen als TOML").fill("default_weights = 3")
        await page.get_by_role("button", name="Durchspielen").click()
        await expect(page.get_by_text("Läuft seit")).to_be_visible()
        (run,) = world.what_ifs.runs.values()
        run.fault, run.detail = "faulty_centre", "centre.toml:1: default_weights: expected three numbers"
        await expect(page.get_by_role("alert")).to_contain_text("Die Center-Datei hat Fehler")
        await expect(page.get_by_role("alert")).to_contain_text("expected three numbers")


async def test_a_team_leader_sees_the_own_team_and_the_same_session_gets_nothing_else(browser: Browser, world: LiveWorld) -> None:
    own = {agent.agent_id for agent in world.directory.current.agents.values() if agent.team == "red"}
    other = next(agent.agent_id for agent in world.directory.current.agents.values() if agent.team == "blue")
    call = next(CallId(row.call_id) for row in world.feed.calls() if row.agent_id is not None and row.agent_id not in own)
    async with a_page(browser, may_complain_of=("404", "403")) as page:
        await enter(page, world, "lena", "teams")
        await expect(page.locator("section[data-team]")).to_have_count(1)
        shown = await page.eval_on_selector_all("li[data-agent]", "all => all.map(each => each.dataset.agent)")
        assert set(shown) == own
        await expect(page.get_by_role("link", name="Was wäre wenn")).to_have_count(0)
        await expect(page.get_by_role("button", name="Team ändern")).to_have_count(0)
        statuses = await page.evaluate(
            """async ([agent, call]) => {
                const asked = [
                    ['GET', `/agents/${agent}`], ['GET', `/agents/${agent}/why`], ['GET', '/teams/blue'],
                    ['POST', `/agents/${agent}/pause`, { pause_reason: 'break' }], ['POST', `/agents/${agent}/log-out`],
                    ['POST', `/agents/${agent}/confirm-pause`], ['GET', `/calls/${call}`], ['GET', `/calls/${call}/story`],
                    ['POST', `/calls/${call}/hang-up`], ['GET', '/messages/m2'],
                    ['PUT', '/teams/red', { name: 'x' }], ['POST', '/what-ifs', {}], ['DELETE', '/messages/m1'],
                ];
                const answers = await Promise.all(asked.map(([method, path, body]) => fetch(`/api/v1${path}`, {
                    method, headers: body ? { 'Content-Type': 'application/json' } : {}, body: body && JSON.stringify(body),
                })));
                return answers.map((answer) => answer.status);
            }""",
            [other, call],
        )
        served = {p for a in own for p in world.directory.current.agents[a].certificates}
        assert statuses[:9] == [404] * 9
        assert statuses[9] == (200 if "booking" in served else 404)
        assert statuses[10:] == [403] * 3
        assert [each for each in world.deps.intents.asked if not type(each).__name__.startswith("Desktop")] == []
        await page.goto(f"{world.url}/#/agents/{other}")
        await expect(page.get_by_role("alert").filter(has_text="Das gibt es hier nicht.")).to_be_visible()


async def test_an_administrator_makes_a_team_and_dissolves_it_after_being_asked(browser: Browser, world: LiveWorld) -> None:
    async with a_page(browser) as page:
        await enter(page, world, "root", "teams")
        await page.get_by_role("button", name="Neues Team").click()
        drawer = page.get_by_role("dialog")
        await drawer.get_by_label("Name", exact=True).fill("Team Grün")
        await drawer.get_by_label("Kennung").fill("green")
        await drawer.get_by_label("Ben Brandt").check()
        async with page.expect_request(lambda request: request.method == "PUT") as asked:
            await drawer.get_by_role("button", name="Speichern").click()
        request = await asked.value
        assert request.url.endswith("/api/v1/teams/green")
        assert request.post_data_json == {"name": "Team Grün", "members": ["agent-1"], "leaders": []}


PAGES = ("messages", "agents/agent-1", "teams", "what-if")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page_and_none_is_too_wide(browser: Browser, world: LiveWorld, scheme: str) -> None:
    async with a_page(browser, color_scheme=scheme, viewport={"width": 1280, "height": 800}) as page:
        await enter(page, world, "root", "messages")
        call = next(row.call_id for row in world.feed.calls() if row.decision_id is not None)
        for where in (*PAGES, f"calls/{call}"):
            await page.goto(f"{world.url}/#/{where}")
            await page.wait_for_selector(".card, .panel")
            await page.wait_for_load_state("networkidle")
            assert await faults(page) == [], where
            wide, shown = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= shown, where
        await page.goto(f"{world.url}/#/messages")
        await page.locator("tr[data-message=m2] button").click()
        await page.wait_for_selector("dialog")
        assert await faults(page) == []
