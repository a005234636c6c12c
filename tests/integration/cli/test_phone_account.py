"""`fernamt agents phone` and what it leaves on record; `fernamt demo` where it is asked for what cannot be."""

from pathlib import Path

import pytest

from config.load import load
from fernamt.cli.work import run
from fernamt.installation import Places, opened
from store.audit import AuditStore, Deed
from store.endpoints import EndpointStore
from telephony.identifiers import EndpointId
from tests.integration.cli.conftest import Fernamt


async def give_password(endpoint_id: str, password: str) -> None:
    settings = load().settings
    async with opened(settings) as database:
        await EndpointStore(database.engine, Places(settings).party_keys()).set_password(EndpointId(endpoint_id), password)


async def deeds() -> list[Deed]:
    """Who looked at a phone's account."""
    async with opened(load().settings) as database:
        return [deed for deed in await AuditStore(database.engine).latest(1_000) if deed.deed == "show_phone"]


def test_the_account_is_shown_and_that_it_was_is_on_record(centre: Fernamt) -> None:
    run(give_password("anna", "a secret of the phone"))
    shown = centre("agents", "phone", "anna", "--reason", "new headset", "--json").json
    assert shown["user"] == "anna"
    assert shown["password"] == "a secret of the phone"
    assert shown["node1"].startswith("127.0.0.1:5060 by UDP or TCP,")
    (deed,) = run(deeds())
    assert (deed.user_id, deed.deed, deed.subject, deed.reason) == ("command-line", "show_phone", "anna", "new headset")
    assert "a secret of the phone" in centre("agents", "phone", "anna").out


def test_a_browser_is_told_the_sockets_it_registers_at(centre: Fernamt, tmp_path: Path) -> None:
    browser = tmp_path / "browser.toml"
    browser.write_text('[[endpoints]]\nendpoint_id = "anna"\nagent_id = "anna"\nis_browser = true\n', encoding="utf-8")
    assert centre("apply", str(browser)).code == 0
    run(give_password("anna", "a secret of the phone"))
    shown = centre("agents", "phone", "anna", "--json").json
    assert (shown["kind"], shown["node1"].split(",")[0]) == ("browser", "ws://127.0.0.1:8088/ws")


def test_a_phone_without_a_password_and_an_agent_nobody_knows_are_told_with_the_way_out(centre: Fernamt) -> None:
    none = centre("agents", "phone", "anna")
    assert (none.code, "no password yet" in none.err, "fernamt serve" in none.err) == (1, True, True)
    unknown = centre("agents", "phone", "nobody")
    assert (unknown.code, "there is no agent 'nobody'" in unknown.err) == (5, True)
    assert run(deeds()) == []


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--listen", "0.0.0.0"), 1, "every address"),
        (("--listen", "192.0.2.99"), 1, "no address of this machine"),
        (("--certificate", "c.pem"), 1, "--listen ADDRESS"),
        (("--me", "nobody"), 1, "choose one of anna, ben"),
        (("--rate", "0"), 2, "0.1"),
    ],
)
def test_a_demo_that_cannot_be_is_refused_with_the_way_out(
    fernamt: Fernamt, tmp_path: Path, options: tuple[str, ...], code: int, told: str
) -> None:
    done = fernamt("demo", "--state", str(tmp_path / "demo"), *options)
    assert done.code == code
    assert told in done.err
    assert not (tmp_path / "demo").exists()
