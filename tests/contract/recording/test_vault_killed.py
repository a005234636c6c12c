"""A worker is killed at every step of sealing and of shredding; the next one goes on: nothing is lost, nothing done twice."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from fernamt.vault_jobs import Sealer, SealSegments
from recording.retention import RecordingClass
from recording.vault.chain import fault_of_chain
from recording.vault.sealing import Vault
from store.audit import the_service
from store.engine import make_engine
from store.tables.schema import METADATA
from store.vault import VaultState, VaultStore
from tests.contract.recording.killed_worker import work
from tests.recorded import FOREVER, SIGNER, a_segment, a_vault, record, samples

RX, TX = samples("rx", 9_000), samples("tx", 9_000)


async def _prepared(folder: Path) -> None:
    await asyncio.to_thread(folder.mkdir)
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    book = VaultStore(engine)
    for name in ("a", "b"):
        record(vault.spool, name, RX, TX)
        await book.hand_in(a_segment(name), RecordingClass.ORDER_SEGMENT, FOREVER)
    await engine.dispose()
    vault.keys.close()


async def _being_shredded(folder: Path) -> None:
    await _prepared(folder)
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    book = VaultStore(engine)
    await SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER)).run_once(lambda: False)
    await book.begin_shred("a", "term", by=the_service())
    await engine.dispose()
    vault.keys.close()


def _is_through(folder: Path, step: int) -> bool:
    """Whether a worker that is to be killed at that step came to its end before."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.recording.killed_worker"])
    process = context.Process(target=work, args=(folder, step))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}, f"the worker ended with {process.exitcode}"
    return process.exitcode == 0


def _sound(vault: Vault, name: str, manifest: object) -> bytes:
    with closing(vault.objects.open(name)) as source:
        return b"".join(vault.opened(manifest, source).pieces())  # type: ignore[arg-type]


@asynccontextmanager
async def _finished(folder: Path) -> AsyncIterator[tuple[VaultStore, Vault]]:
    """What is there when the next worker has done its rounds."""
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    book = VaultStore(engine)
    job = SealSegments(lambda: Sealer(vault=vault, book=book, signer=SIGNER))
    for _ in range(2):
        await job.run_once(lambda: False)
    yield book, vault
    await engine.dispose()
    vault.keys.close()


async def _is_safe(folder: Path) -> None:
    """Wherever it was killed: what is not in the store yet is still where the recorder left it."""
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    book = VaultStore(engine)
    for name in ("a", "b"):
        found = await book.get(name)
        files = {path.name for path in vault.spool.glob(f"{name}-*")}
        if found.state in {VaultState.WAITING, VaultState.SEALED}:
            assert files == {f"{name}-rx.wav", f"{name}-tx.wav"}
        else:
            assert _sound(vault, name, found.manifest) == RX[640:] + TX[640:]
    await engine.dispose()
    vault.keys.close()


async def _is_whole(book: VaultStore, vault: Vault, step: int) -> None:
    links = [link async for link in book.links()]
    assert [link.number for link in links] == [1, 2], f"killed at step {step}"
    assert fault_of_chain(links) is None
    for name in ("a", "b"):
        kept = await book.get(name)
        assert kept.state is VaultState.KEPT, f"killed at step {step}: {kept.trouble}"
        assert _sound(vault, name, kept.manifest) == RX[640:] + TX[640:]
    assert list(vault.objects.names()) == ["a", "b"]
    assert list(vault.spool.iterdir()) == []


@pytest.mark.long
async def test_sealing_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    step = 1
    while True:
        folder = tmp_path / f"at{step}"
        await _prepared(folder)
        is_through = _is_through(folder, step)
        await _is_safe(folder)
        async with _finished(folder) as (book, vault):
            await _is_whole(book, vault, step)
        if is_through:
            break
        step += 1
    assert step > 60


@pytest.mark.long
async def test_shredding_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    step = 1
    while True:
        folder = tmp_path / f"at{step}"
        await _being_shredded(folder)
        is_through = _is_through(folder, step)
        async with _finished(folder) as (book, vault):
            gone = await book.get("a")
            assert gone.state is VaultState.SHREDDED, f"killed at step {step}"
            assert gone.receipt == vault.keys.shredded()[0].receipt
            assert list(vault.objects.names()) == ["b"]
        if is_through:
            break
        step += 1
    assert step > 15
