"""Settings come from files, environment and secret files; faults come all at once, each with its place."""

from pathlib import Path

import pytest

from config.faults import FaultsFound
from config.load import load


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FERNAMT_CONFIG", "FERNAMT_SECRETS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def _file(folder: Path, text: str, name: str = "fernamt.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def _faults(*files: Path, secrets: Path | None = None) -> list[str]:
    with pytest.raises(FaultsFound) as found:
        load(files, secrets)
    return [str(fault).replace(f"{files[0].parent}/", "") for fault in found.value.faults]


def test_without_any_source_the_defaults_hold_and_stay_on_this_machine() -> None:
    settings = load().settings
    assert settings.service.listen == "127.0.0.1"
    assert list(settings.switch) == ["node1"]


def test_environment_overrules_files_and_secret_files_overrule_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _file(tmp_path, '[service]\nport = 1001\ncountry = "AT"\n[log]\nlevel = "debug"\n', "a.toml")
    second = _file(tmp_path, '[service]\nport = 1002\n[database]\nurl = "sqlite+aiosqlite:///file"\n', "b.toml")
    monkeypatch.setenv("FERNAMT_SERVICE__PORT", "1003")
    monkeypatch.setenv("FERNAMT_DATABASE__URL", "sqlite+aiosqlite:///environment")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    _file(secrets, "postgresql+asyncpg:///secret\n", "database__url")
    settings = load([first, second], secrets).settings
    assert (settings.service.port, settings.service.country, settings.log.level) == (1003, "AT", "debug")
    assert settings.database.url is not None
    assert settings.database.url.get_secret_value() == "postgresql+asyncpg:///secret"


def test_the_usual_file_is_read_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _file(tmp_path, "[service]\nport = 1001\n")
    assert load().settings.service.port == 1001
    monkeypatch.setenv("FERNAMT_CONFIG", str(_file(tmp_path, "[service]\nport = 1002\n", "other.toml")))
    assert load().settings.service.port == 1002


def test_all_faults_of_all_kinds_are_told_at_once_with_line_and_column(tmp_path: Path) -> None:
    file = _file(
        tmp_path,
        """\
[service]
prot = 8081
listen = "0.0.0.0"
port = "abc"

[switch.a]
bind_address = "10.0.0.1"
sip_port = 70000
kind = "freeswitch"
[switch.a.trunk."x y"]
[webhooks]
allow = ["10.0.0.0/8",
  "inside"]
[jurnal]
x = 1
[database]
session_idle_s = 3
""",
    )
    assert _faults(file) == [
        "fernamt.toml:1:1: service.certificate: expected a PEM file: to be reached from other machines needs TLS; "
        "or a loopback address to listen on (service.listen is 0.0.0.0), given nothing",
        "fernamt.toml:1:1: service.private_key: expected a PEM file: to be reached from other machines needs TLS; "
        "or a loopback address to listen on (service.listen is 0.0.0.0), given nothing",
        "fernamt.toml:2:1: service.prot: expected a known key, given 8081; did you mean service.port?",
        "fernamt.toml:4:1: service.port: expected a whole number, given 'abc'",
        "fernamt.toml:7:1: switch.a.bind_address: expected a loopback address: plain SIP, ARI and AMI stay on this machine "
        "(phones: listen_address, carriers: trunk_address), given '10.0.0.1'",
        "fernamt.toml:8:1: switch.a.sip_port: expected at most 65535, given 70000",
        "fernamt.toml:9:1: switch.a.kind: expected one of 'asterisk', given 'freeswitch'",
        "fernamt.toml:10:1: switch.a.trunk.x y: expected a small letter, then small letters, digits or '-', 31 at most, "
        "given 'x y'",
        "fernamt.toml:13:3: webhooks.allow[2]: expected an address or a network such as 192.168.0.0/16, given 'inside'",
        "fernamt.toml:14:1: jurnal: expected a known key, given a table; did you mean journal?",
        "fernamt.toml:17:1: database.session_idle_s: expected a known key, given 3; did you mean web.session_idle_s?",
    ]


def test_a_fault_in_the_environment_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERNAMT_SERVICE__PORT", "many")
    monkeypatch.setenv("FERNAMT_SERVCE__PORT", "80")
    unknown, wrong = _faults(_file(tmp_path, "[service]\nport = 1\n"))
    assert unknown.startswith("FERNAMT_SERVCE__PORT: servce.port: expected a known section: FERNAMT_SERVICE__…")
    assert wrong == "FERNAMT_SERVICE__PORT: service.port: expected a whole number, given 'many'"


def test_a_broken_list_in_the_environment_is_a_fault_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERNAMT_WEBHOOKS__ALLOW", "[1,")
    (fault,) = _faults(_file(tmp_path, ""))
    assert fault == (
        "FERNAMT_WEBHOOKS__ALLOW: webhooks.allow: expected JSON: a list such as [1, 2] or a table, given text that is none"
    )


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    file = _file(tmp_path, "[switch.a.trunk.t]\nusername = 'me'\npassword = ['hunter2']\n[database]\nurl = 12345678\n")
    faults = _faults(file)
    assert len(faults) == 2
    assert not any("hunter2" in fault or "12345678" in fault for fault in faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[service]\nport = \n", "fernamt.toml:2:8: (syntax): expected valid TOML, given Invalid value"),
        ("[service\n", "fernamt.toml:1:9: (syntax): expected valid TOML, given Expected ']' at the end of a table declaration"),
        ("a = 'x", 'fernamt.toml:1: (syntax): expected valid TOML, given Expected "\'"'),
    ],
)
def test_a_file_that_is_no_toml_says_where(tmp_path: Path, text: str, fault: str) -> None:
    assert _faults(_file(tmp_path, text)) == [fault]


def test_files_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"a = 1\nb = '\xe4'\n")
    faults = _faults(latin, tmp_path / "missing.toml", secrets=tmp_path / "none")
    assert "latin.toml:2: (text): expected UTF-8, given byte 0xe4" in faults
    assert "missing.toml: (file): expected a file that exists, given none" in faults
    assert "none: (secrets): expected a folder of secret files, given none" in faults


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[switch.a]\nlisten_address = "192.0.2.1"\n', "switch.a.certificate"),
        ("[switch.a]\nrtp_first_port = 20000\n", "switch.a.rtp_last_port"),
        ("[switch.a]\nwaiting_limit_s = 2\n", "switch.a.waiting_limit_s"),
        ('[switch.a]\nemergency_trunk = "none"\n', "switch.a.emergency_trunk"),
        ('[switch.a.trunk.t]\nhost = "sip.carrier.example"\n', "switch.a.trunk.t.host"),
        ("[switch.a.trunk.t]\nis_registered = true\n", "switch.a.trunk.t.username"),
        ('[switch.a]\nlisten_address = "127.0.0.2"\nlisten_also = "127.0.0.3"\n', "switch.a.listen_also"),
        ('[switch.a]\nlisten_also = "::1"\n', "switch.a.listen_also"),
        ('[switch.a]\nlisten_address = "::1"\nexternal_media_address = "192.0.2.1"\n', "switch.a.external_media_address"),
        ('[switch.a]\nbind_address = "::1"\nice_loopback_alias = "192.0.2.1"\n', "switch.a.ice_loopback_alias"),
        ('[switch.a.trunk.t]\nhost = "::1"\n', "switch.a.trunk.t.host"),
        ('[switch.a]\ntrunk_address = "192.0.2.1"\n[switch.a.trunk.t]\nhost = "2001:db8::1"\n', "switch.a.trunk.t.host"),
        ("[switch.a]\nhttp_port = 8080\n", "switch.a.http_port"),
        ("[switch.a]\n[switch.b]\n", "switch.b.sip_port"),
        ("[web]\nsession_idle_s = 90000\n", "web.session_idle_s"),
        ("[service]\ncertificate = 'x'\n", "service.private_key"),
    ],
)
def test_rules_between_keys_hold(tmp_path: Path, text: str, key: str) -> None:
    assert any(f": {key}: expected " in fault for fault in _faults(_file(tmp_path, text)))


def test_other_machines_may_be_served_with_tls(tmp_path: Path) -> None:
    file = _file(tmp_path, '[service]\nlisten = "0.0.0.0"\ncertificate = "c.pem"\nprivate_key = "k.pem"\n')
    assert load([file]).settings.service.listen == "0.0.0.0"


@pytest.mark.parametrize("host", ["2001:db8::9", "[2001:db8::9]"])
def test_a_host_may_be_an_ipv6_address_with_or_without_brackets(tmp_path: Path, host: str) -> None:
    switch = f'[switch.a]\ntrunk_address = "2001:db8::7"\n[switch.a.trunk.t]\nhost = "{host}"\n'
    settings = load([_file(tmp_path, f'{switch}[mail]\nhost = "{host}"\nsender = "a@b.example"\n')]).settings
    assert settings.switch["a"].trunk["t"].host == settings.mail.host == "2001:db8::9"


@pytest.mark.parametrize(
    ("mail", "key"),
    [
        ('host = "mail.example"', "mail.sender"),
        ('mailbox = "box@centre.example"', "mail.host"),
        ('host = "mail.example"\nsender = "m@x.example"\nsecurity = "none"', "mail.security"),
        ('host = "mail.example"\nsender = "m@x.example"\nusername = "u"', "mail.password"),
        ('host = "mail.example"\nsender = "m@x.example"\npassword = "p"', "mail.username"),
        ('sender = "a@b.example\\r\\nBcc: c@d.example"', "mail.sender"),
        ('mailbox = "A <a@b.example>"', "mail.mailbox"),
    ],
)
def test_mail_that_could_not_be_sent_or_would_be_read_on_the_way_is_a_fault(tmp_path: Path, mail: str, key: str) -> None:
    file = tmp_path / "fernamt.toml"
    file.write_text(f"[mail]\n{mail}\n", encoding="utf-8")
    with pytest.raises(FaultsFound) as found:
        load((file,), None)
    assert key in [fault.key for fault in found.value.faults]


def test_the_mail_password_comes_from_a_secret_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    file, secrets = tmp_path / "fernamt.toml", tmp_path / "secrets"
    file.write_text('[mail]\nhost = "localhost"\nsecurity = "none"\nsender = "m@x.example"\nusername = "u"\n', encoding="utf-8")
    secrets.mkdir()
    (secrets / "mail__password").write_text("hidden\n", encoding="utf-8")
    mail = load((file,), secrets).settings.mail
    assert mail.password is not None
    assert mail.password.get_secret_value() == "hidden"
    assert "hidden" not in repr(mail)
