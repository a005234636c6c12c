"""Agents whose phone is a browser, by WebRTC: a real Chromium, the real service, a real Asterisk, a caller with a real phone."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, async_playwright

from fernamt.demo.certificate import self_signed
from fernamt.demo.house import SWITCH, House
from fernamt.demo.phones import Phone, PhoneAccount
from fernamt.node.ports import free_ports
from telephony.causes import ReleaseReason
from telephony.deaf_lines import RingAnewRequested
from telephony.events import AgentConnected, AgentLost, AgentReleased, CallEnded, LegHeld, LegUnheld, UnexpectedHappened
from tests.e2e.browser_phone.moving_router import MovingRouter
from tests.e2e.browser_phone.tab import CHROMIUM_ARGUMENTS, Tab, built
from tests.e2e.conftest import StartPhone
from tests.e2e.service.centres import RINGING
from tests.e2e.service.conftest import opened_house
from tests.e2e.service.desk import PASSWORD, at_desk
from tests.e2e.service.watching import seconds_between, watching
from tests.e2e.test_node import listeners
from tests.e2e.test_phones import is_music, is_tone, until_hears

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium")
CHECKOUT = Path(__file__).parents[2]
AGENT = "a01"
AGENTS_TONE, CALLERS_TONE = 500, 900
OUTSIDE = "127.0.0.2"
CALLER = "+491701234567"

if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: apt-get install chromium", allow_module_level=True)


def own_address(family: socket.AddressFamily = socket.AF_INET) -> str | None:
    """An address of this machine beside its loopback, which stands for that where paths of media are offered; nothing is sent."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1" if family is socket.AF_INET else "2001:db8::1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    subprocess.run(["tools/frontend.sh"], cwd=CHECKOUT, check=True, timeout=300)
    return asyncio.run(built(tmp_path_factory.mktemp("browser-phone")))


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield await browser.new_context(ignore_https_errors=True)
        await browser.close()


@pytest.fixture
async def house(state_dir: Path) -> AsyncIterator[House]:
    """The service is ready; its one agent has a browser for a phone."""
    async with a_house(state_dir, {}) as opened:
        yield opened


@asynccontextmanager
async def a_house(state_dir: Path, own: dict[str, Any], **sections: dict[str, Any]) -> AsyncIterator[House]:
    """A house with these settings of its switch, and these beside them."""
    is_ipv6 = own.get("bind_address") == "::1"
    alias = own_address(socket.AF_INET6 if is_ipv6 else socket.AF_INET)
    if alias is None:
        missing = "2001:db8::1/128" if is_ipv6 else "198.51.100.1/32"
        pytest.skip(f"no address of this machine beside its loopback: ip address add {missing} dev lo")
    # A busy browser is not heard for seconds.
    changes = {f"switch.{SWITCH}": {"ice_loopback_alias": alias, **own}, "agents": {"rtp_timeout_s": 5}, **sections}
    async with opened_house(state_dir, 1, changes=changes, browsers=(AGENT,)) as opened:
        yield opened


async def test_a_browser_takes_a_call_speaks_holds_and_hangs_up(
    house: House, context: BrowserContext, script: Path, start_phone: StartPhone
) -> None:
    tab = await on_duty(house, context, script)
    async with watching(house) as watch:
        caller = await calling(house, start_phone)
        ringing = await tab.expect("ringing")
        assert ringing == {"kind": "ringing", "name": "Projekt Nord", "number": RINGING}
        await tab.answer()
        await tab.expect("talking")
        await caller.expect("CALL_ESTABLISHED")
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))
        await all_on_loopback(house, tab)

        await tab.hold()
        await watch.until(LegHeld)
        await until_hears(caller, is_music)
        await tab.resume()
        await watch.until(LegUnheld)
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))

        await tab.hang_up()
        await caller.expect("CALL_CLOSED")
        (line,) = await watch.lines(await watch.call())
        together = seconds_between(await watch.until(AgentConnected), await watch.until(CallEnded))
    assert line.agent_id == AGENT
    assert line.end_reason == "agent_hung_up"
    assert line.hold_ms > 0
    assert abs((line.talk_ms + line.hold_ms) / 1_000 - together) < 0.15
    assert tab.refused == []


async def test_a_browser_talks_by_ipv6(state_dir: Path, context: BrowserContext, script: Path, start_phone: StartPhone) -> None:
    line, emergency = free_ports(2, address="::1")
    trunks = {
        f"switch.{SWITCH}.trunk.line": {"host": "::1", "port": line},
        f"switch.{SWITCH}.trunk.emergency": {"host": "::1", "port": emergency, "accepts_calls": False},
    }
    async with a_house(state_dir, {"bind_address": "::1"}, **trunks) as house:
        tab = await on_duty(house, context, script)
        caller = await calling(house, start_phone)
        await tab.expect("ringing")
        await tab.answer()
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))
        await all_on_loopback(house, tab, "::1")
        await tab.hang_up()
        await caller.expect("CALL_CLOSED")
    assert tab.refused == []


async def test_a_crashed_tab_keeps_the_caller_who_talks_on_when_it_is_back(
    house: House, context: BrowserContext, script: Path, start_phone: StartPhone
) -> None:
    tab = await on_duty(house, context, script)
    async with watching(house) as watch:
        caller = await calling(house, start_phone)
        await tab.expect("ringing")
        await tab.answer()
        await until_hears(caller, is_tone(AGENTS_TONE))

        await tab.kill()
        await watch.until(AgentLost)
        await until_hears(caller, is_music)
        tab = await Tab.open(context, house, AGENT, script, tone_hz=AGENTS_TONE)
        await tab.expect("ringing")
        await tab.answer()
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))

        await caller.hang_up()
        ended = await tab.expect("ended")
        (line,) = await watch.lines(await watch.call())
        released = await watch.all(AgentReleased)
        first, again = await watch.until(AgentConnected), await watch.until(AgentConnected, count=2)
        gone, over = await watch.until(AgentLost), await watch.until(CallEnded)
    assert ended["originator"] == "remote"
    assert [one.reason for one in released] == [ReleaseReason.TALKED]
    # A crashed tab was last heard some time before it is known to be gone.
    assert line.is_estimated
    least, most = seconds_between(again, over), seconds_between(first, gone) + seconds_between(again, over)
    assert least - 0.15 < line.talk_ms / 1_000 < most + 0.15
    assert line.hold_ms == 0
    assert tab.refused == []


async def test_a_browser_on_another_device_comes_by_tls(
    state_dir: Path, context: BrowserContext, script: Path, start_phone: StartPhone, tmp_path: Path
) -> None:
    """127.0.0.2 stands for an address of the network; that a browser trusts the certificate is taken for granted."""
    certificate, key = self_signed(tmp_path, OUTSIDE)
    sips, https = free_ports(2, address=OUTSIDE)
    outside = {"listen_address": OUTSIDE, "sips_port": sips, "https_port": https}
    async with a_house(state_dir, {**outside, "certificate": str(certificate), "private_key": str(key)}) as house:
        tab = await on_duty(house, context, script)
        caller = await calling(house, start_phone)
        await tab.expect("ringing")
        await tab.answer()
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))
        assert (await tab.media())["dtls"] == ["connected"]
        await tab.hang_up()
        await caller.expect("CALL_CLOSED")
    assert tab.refused == []


async def test_a_browser_without_the_microphone_talks_and_does_not_hold(
    house: House, context: BrowserContext, script: Path, start_phone: StartPhone
) -> None:
    """Such a page hides its addresses, and the switch takes an answer without an address for a hold."""
    tab = await on_duty(house, context, script, has_microphone=False)
    async with watching(house) as watch:
        caller = await calling(house, start_phone)
        await tab.expect("ringing")
        await tab.answer()
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))
        await caller.hang_up()
        (line,) = await watch.lines(await watch.call())
        together = seconds_between(await watch.until(AgentConnected), await watch.until(CallEnded))
    assert line.hold_ms == 0
    assert abs(line.talk_ms / 1_000 - together) < 0.15


async def test_after_a_restart_of_the_switch_the_tab_registers_by_itself_and_takes_calls(
    house: House, context: BrowserContext, script: Path, start_phone: StartPhone
) -> None:
    tab = await on_duty(house, context, script)
    await house.node.kill()
    await tab.expect("disconnected")
    await house.restart_switch()
    await tab.expect("registered")
    caller = await calling(house, start_phone)
    await tab.expect("ringing")
    await tab.answer()
    await tab.hears(CALLERS_TONE)
    await until_hears(caller, is_tone(AGENTS_TONE))
    await caller.hang_up()
    await tab.expect("ended")


async def test_a_browser_whose_router_moves_its_media_is_still_heard_and_hears_again_once_its_page_is_loaded(
    state_dir: Path, context: BrowserContext, script: Path, start_phone: StartPhone
) -> None:
    """Asterisk takes voice from the new port, since ICE vouches for it, and goes on sending to the old one: only its page knows.

    A switch that sent to the new one as well would pass this test's middle; then the docs want a word less.
    """
    router = await MovingRouter.before(context)
    with closing(router):
        await _moved(router, state_dir, context, script, start_phone)


async def _moved(router: MovingRouter, state_dir: Path, context: BrowserContext, script: Path, start_phone: StartPhone) -> None:
    async with a_house(state_dir, {}) as house, watching(house) as watch:
        tab = await on_duty(house, context, script)
        caller = await calling(house, start_phone)
        await tab.expect("ringing")
        await tab.answer()
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))
        assert router.carries > 20, "the way is the router's"

        router.rebind()
        carried = router.carries
        await tab.hears_nothing()
        assert router.carries > carried
        await until_hears(caller, is_tone(AGENTS_TONE))

        await tab.kill()
        await watch.until(AgentLost)
        await until_hears(caller, is_music)
        tab = await Tab.open(context, house, AGENT, script, tone_hz=AGENTS_TONE)
        await tab.expect("ringing")
        await tab.answer()
        await tab.hears(CALLERS_TONE)
        await until_hears(caller, is_tone(AGENTS_TONE))
        await caller.hang_up()
        await watch.until(CallEnded)


async def test_a_page_that_hears_nothing_has_its_line_put_through_anew_and_the_caller_stays(
    state_dir: Path, context: BrowserContext, script: Path, start_phone: StartPhone
) -> None:
    router = await MovingRouter.before(context)
    with closing(router):
        async with a_house(state_dir, {}) as house, watching(house) as watch:
            tab = await on_duty(house, context, script)
            async with at_desk(house, AGENT):
                await tab.work(PASSWORD)
            caller = await calling(house, start_phone)
            await tab.expect("ringing")
            await tab.answer()
            await tab.hears(CALLERS_TONE)
            await until_hears(caller, is_tone(AGENTS_TONE))

            router.rebind()
            await tab.expect("hears_nothing")
            asked, lost = await watch.until(RingAnewRequested), await watch.until(AgentLost)
            assert (asked.event.agent_id, asked.call_id) == (AGENT, lost.call_id)
            await until_hears(caller, is_music)
            await tab.expect("ringing")
            await tab.answer()
            await tab.hears(CALLERS_TONE)
            await until_hears(caller, is_tone(AGENTS_TONE))
            assert not any(event.type == "CALL_CLOSED" for event in caller.events)
            await caller.hang_up()
            await watch.until(CallEnded)
            assert await watch.found(UnexpectedHappened) == []


async def all_on_loopback(house: House, tab: Tab, loopback: str = "127.0.0.1") -> None:
    """The call's sound is the floor's one codec, encrypted, and goes by loopback alone; nobody else could even knock."""
    media = await tab.media()
    assert set(media["codecs"]) == {"audio/PCMA"}
    assert set(media["paths"]) == {loopback}
    assert set(media["dtls"]) == {"connected"}
    assert media["sent"] > 20
    assert media["received"] > 20
    switch = house.settings.switch[SWITCH]
    ports = range(switch.rtp_first_port, switch.rtp_last_port + 1)
    assert {address for _, address, port in listeners(house.node.pid) if port in ports} == {loopback}


async def on_duty(house: House, context: BrowserContext, script: Path, *, has_microphone: bool = True) -> Tab:
    """The agent's tab, registered, the agent logged in by feature code from it."""
    tab = await Tab.open(context, house, AGENT, script, tone_hz=AGENTS_TONE, has_microphone=has_microphone)
    await tab.expect("registered")
    await tab.dial("*11")
    await tab.expect("ended")
    return tab


async def calling(house: House, start_phone: StartPhone) -> Phone:
    """A caller with a phone, who speaks with a tone and keeps what is heard."""
    caller = await start_phone(PhoneAccount(user=CALLER, server=house.sip), tone_hz=CALLERS_TONE, keeps_what_it_hears=True)
    await caller.dial(RINGING)
    return caller
