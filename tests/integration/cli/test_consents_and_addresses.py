"""Consents, agents' addresses and the report on softphones on the command line."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Fernamt

NUMBER, SAME = "030 23125-177", "+49 (30) 23125177"
GRANT = ("--on", "2026-03-01", "--how", "by form", "--text", "You may call me.", "--version", "3", "--source", "campaign 7")


@pytest.fixture
def client(fernamt: Fernamt, centre: Fernamt) -> str:
    """A client of the centre."""
    return str(fernamt("clients", "list", "--json").json[0]["client_id"])


def test_a_consent_is_recorded_with_its_proof_listed_and_withdrawn(
    fernamt: Fernamt, centre: Fernamt, client: str, tmp_path: Path
) -> None:
    form, copy = tmp_path / "form.pdf", tmp_path / "copy.pdf"
    form.write_bytes(b"%PDF consent")
    assert fernamt("consents", "add", NUMBER, "--client", client, *GRANT, "--file", str(form)).code == 0
    assert fernamt("consents", "add", SAME, "--client", client, *GRANT, "--document", "forms/2.pdf").code == 0
    listed = fernamt("consents", "list", NUMBER, "--json").json
    assert [(each["client"], each["in_force"], each["version"]) for each in listed] == [(client, True, "3")] * 2
    stored = next(each["document"] for each in listed if each["document"].endswith(".document"))
    assert fernamt("consents", "document", stored, "--into", str(copy)).code == 0
    assert copy.read_bytes() == b"%PDF consent"
    assert fernamt("consents", "document", stored, "--into", str(copy)).code == 1
    assert fernamt("consents", "document", "nothing", "--into", str(tmp_path / "x")).code == 5
    assert "2 consents are withdrawn" in fernamt("consents", "withdraw", SAME, "--client", client, "--reason", "by letter").err
    late = fernamt("consents", "add", NUMBER, "--client", client, *GRANT, "--document", "forms/3.pdf")
    assert "permits no call" in late.err
    assert [each["in_force"] for each in fernamt("consents", "list", NUMBER, "--json").json] == [False] * 3


def test_what_proves_nothing_is_refused_with_the_way_out(fernamt: Fernamt, centre: Fernamt, client: str, tmp_path: Path) -> None:
    assert fernamt("consents", "add", NUMBER, "--client", client, *GRANT).code == 1
    assert "no client" in fernamt("consents", "add", NUMBER, "--client", "nobody", *GRANT, "--document", "x").err
    assert fernamt("consents", "add", "erika", "--client", client, *GRANT, "--document", "x").code == 2
    assert fernamt("consents", "add", NUMBER, "--client", client, *GRANT, "--file", str(tmp_path / "none")).code == 2
    wrong = [each if each != "2026-03-01" else "yesterday" for each in GRANT]
    assert fernamt("consents", "add", NUMBER, "--client", client, *wrong, "--document", "x").code == 2
    assert fernamt("consents", "list", NUMBER, "--json").json == []


def test_an_agents_address_is_set_shown_and_forgotten(fernamt: Fernamt, centre: Fernamt) -> None:
    assert fernamt("agents", "add", "adele", "name=Adele", "level=1").code == 0
    assert fernamt("agents", "address", "adele").code == 5
    assert fernamt("agents", "address", "adele", "--set", "Lindenstr. 1, 20099 Hamburg", "--number", "040 5550 123").code == 0
    shown = fernamt("agents", "address", "adele", "--json").json
    assert shown == {"agent_id": "adele", "address": "Lindenstr. 1, 20099 Hamburg", "number": "+49405550123"}
    assert fernamt("agents", "address", "adele", "--set", "x", "--number", "112").code == 2
    assert fernamt("agents", "address", "adele", "--number", "040 5550 123").code == 2
    assert fernamt("agents", "address", "nobody", "--set", "x").code == 1
    assert "agent.address_shown" in fernamt("audit", "--json").out
    assert fernamt("agents", "address", "adele", "--forget").code == 0
    assert fernamt("agents", "address", "adele", "--forget").code == 5


def test_nobody_has_called_yet_and_a_period_has_to_be_one(fernamt: Fernamt, centre: Fernamt) -> None:
    report = fernamt("phone-use", "--from", "2026-11-01", "--to", "2026-12-01", "--json")
    assert (report.code, report.json) == (0, [])
    assert "4 tries" in report.err
    assert fernamt("phone-use", "--from", "2026-12-01", "--to", "2026-11-01").code == 2
    unclear = fernamt("calls", "unclear", "--from", "2026-11-01", "--to", "2026-12-01", "--json")
    assert (unclear.code, unclear.json) == (0, [])
    why = ("--note", "the agent says so")
    assert fernamt("calls", "clear", "nothing", "talked", *why).code == 5
    assert fernamt("calls", "clear", "nothing", "perhaps", *why).code == 2
    assert fernamt("calls", "clear", "nothing", "talked", "--note", " ").code == 2
