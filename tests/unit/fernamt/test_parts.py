"""Rooms are told what the settings say, and their own defaults are those of the settings."""

from pathlib import Path

import pytest

from config.settings import Settings
from fernamt import parts
from fernamt.installation import KeyUnusable, Places
from fernamt.node.credentials import NodeCredentials
from fernamt.node.settings import NodeSettings
from store.journal_writer import JournalSettings
from store.retention_classes import DEFAULT_DAYS
from telephony.agent.model import AgentRules
from telephony.switch.asterisk.settings import PhoneSettings
from web.settings import WebSettings

CREDENTIALS = NodeCredentials(ari_password="a", controller_password="b", ami_password="c", watchdog_password="d")


def test_every_class_of_data_has_a_term_in_the_settings_with_the_same_default() -> None:
    assert parts.retention_days(Settings()) == dict(DEFAULT_DAYS)


def test_the_rooms_own_defaults_are_those_of_the_settings() -> None:
    settings = Settings()
    assert parts.agent_rules(settings) == AgentRules()
    assert parts.journal_settings(settings) == JournalSettings()
    asked, own = parts.web_settings(settings), WebSettings(origins=frozenset(), is_tls=False)
    for name in (
        "session_idle_s",
        "session_absolute_s",
        "one_time_login_s",
        "password_shortest",
        "body_limit",
        "login_tries_free",
    ):
        assert getattr(asked, name) == getattr(own, name), name


def test_the_node_of_the_defaults_stays_on_this_machine(tmp_path: Path) -> None:
    settings = Settings(**{"service": {"state_dir": tmp_path}})
    own = NodeSettings(state_dir=tmp_path, name="node1", takes_messages=True)
    assert parts.node_settings(settings, "node1") == own
    adapter = parts.asterisk_settings(settings, "node1", CREDENTIALS)
    assert adapter.ari.http_url == own.ari_url
    assert f"ws://127.0.0.1:{adapter.ari.listen_port}{adapter.ari.listen_path}" == own.controller_uri
    assert (adapter.ari.call_app, adapter.ari.presence_app) == (own.call_app, own.presence_app)
    assert adapter.phones.qualify_timeout_s == PhoneSettings().qualify_timeout_s


@pytest.mark.parametrize("recorded_by", ["manager", "ari"])
def test_a_node_is_recorded_by_what_its_switch_says(tmp_path: Path, recorded_by: str) -> None:
    settings = Settings(**{"service": {"state_dir": tmp_path}, "switch": {"node1": {"recorded_by": recorded_by}}})
    assert parts.asterisk_settings(settings, "node1", CREDENTIALS).recorded_by == recorded_by


@pytest.mark.parametrize(
    ("service", "url", "origins"),
    [
        ({}, "http://127.0.0.1:8080", {"http://127.0.0.1:8080", "http://localhost:8080"}),
        ({"listen": "::1"}, "http://[::1]:8080", {"http://[::1]:8080", "http://localhost:8080"}),
        ({"public_url": "https://centre.example/"}, "https://centre.example", {"https://centre.example"}),
        (
            {"listen": "192.0.2.7", "certificate": "c", "private_key": "k"},
            "https://192.0.2.7:8080",
            {"https://192.0.2.7:8080"},
        ),
    ],
)
def test_only_the_addresses_people_use_are_our_origins(service: dict[str, object], url: str, origins: set[str]) -> None:
    settings = Settings(**{"service": service})
    assert parts.base_url(settings) == url
    assert parts.web_settings(settings).origins == origins
    assert parts.web_settings(settings).is_tls == url.startswith("https")


@pytest.mark.parametrize(
    ("service", "networks"),
    [
        ({}, ["127.0.0.0/8", "::1/128"]),
        ({"public_url": "https://centre.example/"}, []),
        ({"trusted_proxies": ["127.0.0.1"]}, []),
        ({"public_url": "https://centre.example/", "metrics_networks": ["192.0.2.7"]}, ["192.0.2.7/32"]),
        ({"metrics_networks": []}, []),
    ],
)
def test_figures_are_for_this_machine_unless_a_proxy_stands_before_us(service: dict[str, object], networks: list[str]) -> None:
    settings = Settings(**{"service": service})
    assert [str(network) for network in parts.web_settings(settings).metrics_networks] == networks


def test_the_master_key_is_made_once_for_its_owner_only_and_a_damaged_one_is_never_replaced(tmp_path: Path) -> None:
    places = Places(Settings(**{"service": {"state_dir": tmp_path / "state"}}))
    places.party_keys()
    kept = places.key.read_text(encoding="ascii")
    assert places.key.stat().st_mode & 0o077 == 0
    places.party_keys()
    assert places.key.read_text(encoding="ascii") == kept
    for damaged in (kept[:-2], "no key"):
        places.key.write_text(damaged, encoding="ascii")
        with pytest.raises(KeyUnusable, match=r"parties\.key"):
            places.party_keys()
        assert places.key.read_text(encoding="ascii") == damaged
