"""The demo's own certificate."""

import re
import ssl
from pathlib import Path

import time_machine

from fernamt.demo.certificate import fingerprint, self_signed


def test_it_is_made_once_readable_by_its_owner_only_and_can_be_served(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "192.0.2.7")
    again = self_signed(tmp_path, "192.0.2.7")
    assert again == (certificate, key)
    assert [path.stat().st_mode & 0o777 for path in (certificate, key)] == [0o600, 0o600]
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)


def test_its_fingerprint_is_what_a_device_shows(tmp_path: Path) -> None:
    certificate, _ = self_signed(tmp_path, "192.0.2.7")
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", fingerprint(certificate))


def test_another_address_gets_another_one(tmp_path: Path) -> None:
    before = fingerprint(self_signed(tmp_path, "192.0.2.7")[0])
    kept = fingerprint(self_signed(tmp_path, "192.0.2.7")[0])
    other = fingerprint(self_signed(tmp_path, "2001:db8::7")[0])
    assert before == kept
    assert other != before


def test_one_that_is_soon_over_is_replaced(tmp_path: Path) -> None:
    before = fingerprint(self_signed(tmp_path, "192.0.2.7")[0])
    with time_machine.travel("2100-01-01"):
        later = fingerprint(self_signed(tmp_path, "192.0.2.7")[0])
    assert later != before
