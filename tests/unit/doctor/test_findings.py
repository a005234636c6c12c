"""What the doctor finds on a machine, and the mend it names."""

import asyncio
import socket
from pathlib import Path

import pytest

from config.load import Loaded
from config.settings import Settings
from config.switches import SwitchSettings
from fernamt.doctor.database import examine_database
from fernamt.doctor.disk import examine_disk
from fernamt.doctor.examination import examine
from fernamt.doctor.files import examine_files
from fernamt.doctor.finding import Finding, Status
from fernamt.doctor.ports import examine_media_ports, examine_switch_ports
from fernamt.doctor.program import examine_program
from fernamt.doctor.switch import timeouts, transfers
from fernamt.installation import Places
from fernamt.node.ports import free_ports
from store.upgrade import upgrade


def _settings(folder: Path, **service: object) -> Settings:
    http, ari = free_ports(2)
    switch = {"sip_port": 15060, "http_port": http, "ami_port": 15038, "controller_port": ari}
    return Settings(**{"service": {"state_dir": folder, "port": free_ports(1)[0], **service}, "switch": {"node1": switch}})


def _by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


async def _database(settings: Settings) -> dict[str, Finding]:
    return _by_check([finding async for finding in examine_database(Places(settings))])


def test_a_secret_that_others_can_read_is_wrong_and_the_mend_is_a_command(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    places = Places(settings)
    places.party_keys()
    config = tmp_path / "fernamt.toml"
    config.write_text('[database]\nurl = "postgresql://me:hunter2@db/x"\n', encoding="utf-8")
    config.chmod(0o644)
    places.key.chmod(0o640)
    found = _by_check(list(examine_files(Loaded(settings=settings, files=(config,), secrets_dir=None), places)))
    assert found["key of the person store"].mend == f"chmod 600 {places.key}"
    assert found["settings file with a password"].status is Status.WRONG
    places.key.chmod(0o600)
    config.chmod(0o600)
    found = _by_check(list(examine_files(Loaded(settings=settings, files=(config,), secrets_dir=None), places)))
    assert {finding.status for finding in found.values()} == {Status.GOOD}
    assert "hunter2" not in str(found)


def test_the_port_that_the_service_itself_listens_on_for_the_switch_is_no_fault_of_a_running_one(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    switch = settings.switch["node1"]
    with socket.create_server(("127.0.0.1", switch.controller_port)):
        found = _by_check(list(examine_switch_ports("node1", switch)))
    assert found["node1: controller_port"].status is Status.DOUBTFUL
    assert "good if Fernamt is running" in str(found["node1: controller_port"].mend)


def test_a_missing_tls_key_is_wrong(tmp_path: Path) -> None:
    settings = _settings(tmp_path, certificate=tmp_path / "c.pem", private_key=tmp_path / "k.pem")
    found = _by_check(list(examine_files(Loaded(settings=settings, files=(), secrets_dir=None), Places(settings))))
    assert found["TLS key of the service"].status is Status.WRONG


def test_the_disk_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    found = _by_check(list(examine_disk(Places(_settings(tmp_path)))))
    assert "GiB free" in found["disk of the state folder"].found
    assert found["spool"].status is Status.GOOD
    assert set(tmp_path.iterdir()) == before


async def test_a_database_is_examined_from_nothing_to_current(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "state")
    places = Places(settings)
    assert (await _database(settings))["database"].mend == "fernamt db upgrade"
    places.make()
    await upgrade(places.database_url)
    found = await _database(settings)
    assert found["writing"].status is Status.GOOD
    assert found["database"].status is Status.GOOD


async def test_a_database_server_that_is_away_is_wrong_and_its_password_is_not_shown(tmp_path: Path) -> None:
    url = f"postgresql://me:hunter2@127.0.0.1:{free_ports(1)[0]}/fernamt"
    settings = Settings(**{"service": {"state_dir": tmp_path}, "database": {"url": url}})
    found = await _database(settings)
    assert found["database"].status is Status.WRONG
    assert "hunter2" not in str(found)


def test_a_taken_port_is_named_with_the_key_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = _by_check(list(examine_switch_ports("node1", SwitchSettings(ami_port=port))))
    assert found["node1: ami_port"].status is Status.WRONG
    assert found["node1: ami_port"].mend == "stop what has it, or set switch.node1.ami_port"


def test_a_narrow_or_shared_range_of_media_ports_is_doubtful() -> None:
    narrow = examine_media_ports("n", SwitchSettings(rtp_first_port=12_000, rtp_last_port=12_009), is_running=False)
    assert (narrow.status, "2 calls" in narrow.found) == (Status.DOUBTFUL, True)
    shared = examine_media_ports("n", SwitchSettings(rtp_first_port=30_000, rtp_last_port=40_000), is_running=True)
    assert shared.status is Status.DOUBTFUL
    assert "ip_local_reserved_ports" in (shared.mend or "")


@pytest.mark.parametrize(
    ("ari", "status"),
    [("websocket_write_timeout = 5000\n", Status.GOOD), ("websocket_write_timeout = 100\n", Status.WRONG), ("", Status.WRONG)],
)
def test_a_time_out_that_cuts_off_a_reader_is_wrong(tmp_path: Path, ari: str, status: Status) -> None:
    (tmp_path / "ari.conf").write_text(f"[general]\n{ari}", encoding="utf-8")
    found = _by_check(timeouts("node1", tmp_path))
    assert found["node1: websocket_write_timeout"].status is status
    assert found["node1: writetimeout"].status is Status.NOT_TESTED


def test_a_whole_examination_of_an_empty_installation_finds_nothing_wrong_but_what_is_not_made_yet(tmp_path: Path) -> None:
    async def all_of_them() -> list[Finding]:
        loaded = Loaded(settings=_settings(tmp_path / "state"), files=(), secrets_dir=None)
        return [finding async for finding in examine(loaded)]

    found = _by_check(asyncio.run(all_of_them()))
    assert found["state folder"].status is Status.DOUBTFUL
    assert found["node1: running"].status is Status.NOT_TESTED
    assert all(finding.mend for finding in found.values() if finding.status in {Status.WRONG, Status.DOUBTFUL})
    assert not (tmp_path / "state").exists(), "an examination makes nothing"


@pytest.mark.parametrize(
    ("version", "setting", "status", "said"),
    [
        ("22.10.1+dfsg", "detected", Status.GOOD, "refused"),
        ("22.11.0", "detected", Status.GOOD, "survives"),
        ("22.10.1", "always", Status.DOUBTFUL, "not known to survive"),
        ("22.11.0", "never", Status.GOOD, "by the setting"),
    ],
)
def test_whether_phones_hand_calls_on_by_their_own_key_is_told(version: str, setting: str, status: Status, said: str) -> None:
    found = transfers("node1", version, setting)
    assert found.status is status
    assert said in found.found


async def test_the_asterisk_that_is_named_is_the_one_that_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(tmp_path)
    monkeypatch.setenv("FERNAMT_ASTERISK", str(tmp_path / "nowhere"))
    missing = await examine_program("node1", settings.switch["node1"], Places(settings))
    assert missing.status is Status.WRONG
    assert "FERNAMT_ASTERISK" in (missing.mend or "")
    named = tmp_path / "sbin" / "asterisk"
    named.parent.mkdir()
    named.write_text("#!/bin/sh\necho Asterisk 23.5.0\n")
    named.chmod(0o700)
    monkeypatch.setenv("FERNAMT_ASTERISK", str(named))
    found = await examine_program("node1", settings.switch["node1"], Places(settings))
    assert (found.status, found.found) == (Status.GOOD, f"{named} is 23.5.0")
