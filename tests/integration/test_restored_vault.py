"""A backup of all but the keys is brought back after a shredding: the service that opens on it has nothing of what is gone."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from fernamt.installation import Places
from fernamt.shred_replay import replay_before_opening
from fernamt.vault_jobs import SealSegments
from fernamt.vault_places import open_sealer, open_vault, rotate_client, rotate_master, spool_of
from recording.retention import RecordingClass
from recording.vault.keys import KeyDestroyed
from store.audit import the_service
from store.engine import make_engine
from store.upgrade import upgrade
from store.vault import VaultState, VaultStore
from telephony.identifiers import ClientId
from tests.recorded import FOREVER, a_segment, record, samples

GONE, HERE = "0192-a.segment.1", "0192-b.segment.1"


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    sections: dict[str, Any] = {"service": {"state_dir": tmp_path / "state"}}
    chosen = Settings(**sections)
    Places(chosen).make()
    await upgrade(Places(chosen).database_url)
    return chosen


async def _round(settings: Settings, book: VaultStore) -> None:
    sealer = open_sealer(settings, book)
    await SealSegments(lambda: sealer).run_once(lambda: False)
    sealer.vault.keys.close()


async def _sealed(settings: Settings, book: VaultStore) -> None:
    for name in (GONE, HERE):
        record(spool_of(settings), name, samples(name, 9_000), samples(name + "t", 9_000))
        await book.hand_in(a_segment(name), RecordingClass.ORDER_SEGMENT, FOREVER)
    await _round(settings, book)


def _copied(settings: Settings, backup: Path) -> None:
    """Database and objects; the keys are in no backup."""
    state = Places(settings).state
    backup.mkdir()
    for file in state.glob("fernamt.db*"):
        shutil.copy(file, backup)
    shutil.copytree(state / "vault", backup / "vault")


def _restored(settings: Settings, backup: Path) -> None:
    state = Places(settings).state
    for file in state.glob("fernamt.db*"):
        file.unlink()
    for file in backup.glob("fernamt.db*"):
        shutil.copy(file, state)
    shutil.rmtree(state / "vault")
    shutil.copytree(backup / "vault", state / "vault")


async def test_a_service_that_opens_on_a_backup_has_nothing_of_what_was_shredded_since(
    settings: Settings, tmp_path: Path
) -> None:
    engine = make_engine(Places(settings).database_url)
    book = VaultStore(engine)
    await replay_before_opening(settings, engine)  # nothing was sealed yet
    (Places(settings).state / "recording").mkdir(mode=0o700, exist_ok=True)
    await _sealed(settings, book)
    await engine.dispose()
    _copied(settings, tmp_path / "backup")
    assert await book.begin_shred(GONE, "erasure", by=the_service())
    await _round(settings, book)
    receipt = (await book.get(GONE)).receipt
    await engine.dispose()
    _restored(settings, tmp_path / "backup")
    back = await book.get(GONE)
    assert (back.state, back.receipt, back.manifest is None) == (VaultState.KEPT, None, False)
    assert (Places(settings).state / "vault" / GONE).exists()

    await replay_before_opening(settings, engine)

    gone, here = await book.get(GONE), await book.get(HERE)
    assert (gone.state, gone.facts, gone.manifest, gone.receipt) == (VaultState.SHREDDED, None, None, receipt)
    assert here.state is VaultState.KEPT
    assert not (Places(settings).state / "vault" / GONE).exists()
    vault = open_vault(settings)
    with pytest.raises(KeyDestroyed):
        vault.keys.key_of(GONE)
    assert here.manifest is not None
    vault.opened(here.manifest, vault.objects.open(HERE))
    vault.keys.close()
    await engine.dispose()


async def test_keys_are_turned_over_beside_a_worker_that_goes_on_with_the_new_ones(settings: Settings) -> None:
    engine, folder = make_engine(Places(settings).database_url), Places(settings).key.parent
    book = VaultStore(engine)
    (Places(settings).state / "recording").mkdir(mode=0o700, exist_ok=True)
    assert not rotate_master(folder)
    await _sealed(settings, book)
    worker = open_vault(settings)
    before = worker.keys.key_of(HERE)
    for _ in range(2):
        assert rotate_master(folder)
        assert worker.keys.key_of(HERE) == before
        assert worker.keys.key_for(f"new-{worker.keys.master_name}", ClientId("another"))
    assert rotate_client(folder, ClientId("acme")) == 2
    assert worker.keys.key_of(HERE) == before
    worker.keys.close()
    again = open_vault(settings)
    assert again.keys.key_of(HERE) == before
    again.keys.close()
    await engine.dispose()
