"""`fernamt verify`, offline, on packages and chains; and the vault as an installation has it."""

from pathlib import Path

import pytest

from config.settings import Settings
from fernamt.vault_places import open_keys, open_vault, rotate_master
from tests.integration.cli.conftest import Fernamt
from tests.recorded import FOREVER, SIGNER, a_chain_file, a_package, a_segment, record, samples


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    path = tmp_path / "segment.tar"
    path.write_bytes(a_package(tmp_path / "made"))
    return path


def test_an_unchanged_package_is_told_with_what_it_proves(fernamt: Fernamt, package: Path) -> None:
    done = fernamt("verify", str(package), "--signer", SIGNER.public.upper(), "--json")
    assert done.code == 0, done.err
    assert done.json["segment"] == a_segment().segment_id
    assert done.json["link"] == 3
    assert done.json["seconds"] == 3.3
    assert "is as it was made" in done.err
    assert "was not looked at" not in done.err
    assert "whose key it is was not looked at" in fernamt("verify", str(package)).err


@pytest.mark.parametrize("missing_ms", [0, 380])
def test_what_is_missing_from_a_tape_is_told_of_its_package(fernamt: Fernamt, tmp_path: Path, missing_ms: int) -> None:
    (tmp_path / "made").mkdir()
    path = tmp_path / "segment.tar"
    path.write_bytes(a_package(tmp_path / "made", missing_ms=missing_ms))
    assert fernamt("verify", str(path), "--json").json["missing_ms"] == missing_ms


def test_a_changed_package_is_refused_and_the_second_named(fernamt: Fernamt, package: Path) -> None:
    whole = bytearray(package.read_bytes())
    at = whole.index(b"tx.wav", whole.index(b"RIFF")) + 512 + 44 + 2 * 16_000 + 5
    whole[at] ^= 1
    package.write_bytes(whole)
    done = fernamt("verify", str(package))
    assert done.code == 1
    assert "tx.wav, second 3" in done.err


def test_another_key_than_the_one_given_is_refused(fernamt: Fernamt, package: Path) -> None:
    done = fernamt("verify", str(package), "--signer", "0" * 64)
    assert done.code == 1
    assert SIGNER.public in done.err
    assert fernamt("verify", str(package), "--signer", "short").code == 2


def test_a_copy_of_the_chain_is_verified_too(fernamt: Fernamt, tmp_path: Path) -> None:
    path = tmp_path / "chain"
    path.write_bytes(a_chain_file(5))
    assert fernamt("verify", str(path), "--json").json["links"] == 5
    path.write_bytes(path.read_bytes().replace(b'"number":3', b'"number":4', 1))
    done = fernamt("verify", str(path))
    assert done.code == 1
    assert "line 4" in done.err


def test_the_vault_opens_with_keys_of_its_own_that_can_be_turned_over(tmp_path: Path) -> None:
    settings = Settings(**{"service": {"state_dir": tmp_path}})  # type: ignore[arg-type]
    vault = open_vault(settings)
    vault.spool.mkdir(parents=True)
    record(vault.spool, "a", samples(1, 900), samples(2, 900))
    staged = vault.stage(a_segment("a"), FOREVER)
    vault.keep(staged.manifest, FOREVER, staged.prefix)
    key, before = vault.keys.key_of("a"), (tmp_path / "keys" / "vault.key").read_text()
    vault.keys.close()
    rotate_master(tmp_path / "keys")
    assert (tmp_path / "keys" / "vault.key").read_text() != before
    assert not (tmp_path / "keys" / "vault.key.next").exists()
    keys = open_keys(tmp_path / "keys")
    assert keys.key_of("a") == key
    keys.close()
    for name in ("vault.key", "vault.db"):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["a"]
