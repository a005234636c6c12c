"""A worker is killed at every step from the recorder's folder to the vault's book; the next one goes on.

Of the call one segment is whole, one was taken back after its stop, one was discarded and its files were left nevertheless.
"""

import asyncio
import signal
from multiprocessing import get_context
from pathlib import Path

import pytest

from fernamt.vault_jobs import Sealer, SealSegments
from recording.vault.canonical import decoded
from recording.vault.receipts import Receipt
from store.engine import make_engine
from store.journal import SqlJournal
from store.parties import MASTER_KEY_BYTES, PartyKeys
from store.tables.schema import METADATA
from store.vault import VaultState, VaultStore
from store.vault_intake import VaultIntake
from telephony.identifiers import Instant
from telephony.order_segments import SegmentMark
from tests.contract.recording.killed_worker import intake_of, take_in
from tests.contract.store.journal_words import PATIENT
from tests.recorded import SIGNER, a_vault, record, samples
from tests.unit.recording.segment_story import Story

SOUND = samples("sound", 9_000)


def _a_story() -> tuple[Story, list[str]]:
    story, names = Story(), []
    for number in (1, 2, 3):
        story.number = number
        names.append(story.segment_id)
        story.come_to("recording" if number == 3 else "content")
        if number != 3:
            story.mark(SegmentMark.INTENT)
        story.stop()
        story.ended(with_files=number != 3)
        if number == 2:
            assert story.revoke().refusal is None
    return story, names


async def _prepared(folder: Path) -> list[str]:
    await asyncio.to_thread(folder.mkdir)
    engine, (story, names) = make_engine(f"sqlite:///{folder / 'book.db'}"), _a_story()
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    keys = PartyKeys(bytes(MASTER_KEY_BYTES))
    journal = await SqlJournal.open(engine, spool=folder / "journal.spool", keys=keys, settings=PATIENT)
    journal.append(story.journal)
    await journal.wait_durable(story.journal[-1].seq)
    await journal.close()
    await engine.dispose()
    for name in names:
        record(folder / "shelf", name, SOUND, SOUND)
    return names


def _is_through(folder: Path, step: int) -> bool:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.recording.killed_worker"])
    process = context.Process(target=take_in, args=(folder, step))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}, f"the worker ended with {process.exitcode}"
    return process.exitcode == 0


async def _is_whole(folder: Path, names: list[str], step: int) -> None:
    """What is there when the next workers have done their rounds."""
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    book, (whole, taken_back, discarded) = VaultStore(engine), names
    await intake_of(engine, folder, vault).run_once(lambda: False)
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)
    kept, gone = await book.get(whole), await book.get(taken_back)
    assert kept.state is VaultState.KEPT, f"killed at step {step}: {kept.trouble}"
    assert gone.state is VaultState.SHREDDED, f"killed at step {step}"
    assert gone.receipt is not None
    assert decoded(gone.receipt, Receipt).reason == "withdrawn"
    assert await VaultIntake(engine).states([discarded]) == {discarded: VaultState.SHREDDED}, f"killed at step {step}"
    assert [link.number async for link in book.links()] == [1], f"killed at step {step}"
    assert list(vault.objects.names()) == [whole]
    for place in (folder / "shelf", vault.spool):
        assert [path.name for path in await asyncio.to_thread(lambda place=place: list(place.iterdir()))] == []
    await engine.dispose()
    vault.keys.close()


@pytest.mark.long
async def test_taking_in_survives_a_kill_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fernamt.vault_jobs.now", lambda: Instant(1_890_000_000_000_000))
    step = 1
    while True:
        folder = tmp_path / f"at{step}"
        names = await _prepared(folder)
        is_through = _is_through(folder, step)
        await _is_whole(folder, names, step)
        if is_through:
            break
        step += 1
    assert step > 20
