"""A worker that takes in, seals or shreds, and is killed at one of its steps: the target of a process of its own.

Before and after everything that changes something outside of the process, a number is counted down; at zero it is SIGKILL.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.segment_intake import TakeInSegments
from fernamt.vault_jobs import Sealer, SealSegments
from recording.vault import objects, sealing
from recording.vault.keys import KeyStore
from recording.vault.objects import LocalObjects
from recording.vault.sealing import Vault
from store.engine import make_engine
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.recording_terms import RecordingTermsStore
from store.vault import VaultStore
from store.vault_intake import VaultIntake
from tests.recorded import SIGNER, a_vault


class Countdown:
    """Kills this process when it has been asked that often."""

    def __init__(self, left: int) -> None:
        self.left = left

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """That function counts before and after."""
        inner: Callable[..., Any] = getattr(owner, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            self.tick()
            done = inner(*arguments, **named)
            self.tick()
            return done

        async def awaited(*arguments: Any, **named: Any) -> Any:
            self.tick()
            done = await inner(*arguments, **named)
            self.tick()
            return done

        setattr(owner, name, awaited if asyncio.iscoroutinefunction(inner) else counted)


def _watch(countdown: Countdown) -> None:
    for name in ("link", "fsync", "unlink"):
        countdown.around(os, name)
    for name in ("unlink", "replace"):
        countdown.around(Path, name)
    for name in ("make", "key_for", "destroy", "_forget_old_pages"):
        countdown.around(KeyStore, name)
    for name in ("put", "delete"):
        countdown.around(LocalObjects, name)
    countdown.around(sealing, "_write")
    countdown.around(objects, "sync_folder")
    for name in ("seal", "note_stored", "note_cleared", "note_shredded"):
        countdown.around(VaultStore, name)


async def _take_in(folder: Path, countdown: Countdown) -> None:
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    for name in ("fsync", "unlink"):
        countdown.around(os, name)
    for name in ("unlink", "rename"):
        countdown.around(Path, name)
    for name in ("hand_in", "refuse", "begin_shred"):
        countdown.around(VaultStore, name)
    countdown.around(VaultIntake, "note_read")
    await intake_of(engine, folder, vault).run_once(lambda: False)
    await engine.dispose()
    vault.keys.close()


def intake_of(engine: AsyncEngine, folder: Path, vault: Vault) -> TakeInSegments:
    """The job that takes in what lies in the folder's shelf."""
    reader, shelf = JournalReader(engine, JournalCodec()), folder / "shelf"
    places: dict[str, Any] = {"folders": [shelf], "spool": vault.spool, "zone": UTC, "terms": RecordingTermsStore(engine, UTC)}
    return TakeInSegments(reader, VaultStore(engine), VaultIntake(engine), **places)


def take_in(folder: Path, step: int) -> None:
    """Does the round of who takes in, and is killed at that step if there are so many."""
    asyncio.run(_take_in(folder, Countdown(step)))


async def _work(folder: Path, countdown: Countdown) -> None:
    engine, vault = make_engine(f"sqlite:///{folder / 'book.db'}"), a_vault(folder)
    _watch(countdown)
    await SealSegments(lambda: Sealer(vault=vault, book=VaultStore(engine), signer=SIGNER)).run_once(lambda: False)
    await engine.dispose()
    vault.keys.close()


def work(folder: Path, step: int) -> None:
    """Does the worker's round, and is killed at that step if there are so many."""
    asyncio.run(_work(folder, Countdown(step)))
