"""Whatever happens to database, disk and process, in any order: what was called durable is read exactly once, in its order."""

import asyncio
import contextlib
import errno
import tempfile
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import make_engine
from store.journal import SqlJournal
from store.journal_writer import JournalSettings
from store.parties import PartyKeys
from store.spool import Spool
from store.tables.schema import METADATA
from telephony.events import Envelope
from tests.contract.store.journal_words import Pen
from tests.contract.store.outage import Outage

KEYS = PartyKeys(bytes(range(32)))
SETTINGS = JournalSettings(patience_ms=5, retry_ms=2, batch_events=7)


class Step(StrEnum):
    APPEND = "append"
    LOSE_DATABASE = "lose_database"
    LOSE_ANSWERS = "lose_answers"
    FIND_DATABASE = "find_database"
    FILL_DISK = "fill_disk"
    FREE_DISK = "free_disk"
    CRASH = "crash"
    BREATHE = "breathe"


class Story:
    """A journal and what it promised."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine = engine
        self.spool = folder / "spool"
        self.written: dict[int, Envelope] = {}
        self.promised: dict[int, Envelope] = {}
        self.is_disk_full = False

    async def open(self) -> None:
        self.journal = await SqlJournal.open(self.engine, spool=self.spool, keys=KEYS, settings=SETTINGS)
        self.outage = Outage(self.journal)
        self.pen = Pen(await self.journal.last_seq())

    def append(self, many: int) -> None:
        envelopes = [self.pen.answered(f"call-{len(self.promised)}") for _ in range(many)]
        self.journal.append(envelopes)
        self.written.update((each.seq, each) for each in envelopes)

    def note_promises(self) -> None:
        durable = self.journal.durable_seq
        self.promised.update((seq, each) for seq, each in self.written.items() if seq <= durable)

    async def crash(self) -> None:
        """As a kill: the promises so far stand, what was only in memory is gone."""
        self.note_promises()
        writer = self.journal._writer
        tasks = [task for task in (writer._task, writer._attempt) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self.journal._database.disconnect()
        writer._thread.shutdown()
        self.journal._spool.close()
        await self.open()
        self.written = {seq: each for seq, each in self.written.items() if seq in self.promised}

    async def take(self, step: Step, many: int) -> None:
        match step:
            case Step.APPEND:
                self.append(many)
            case Step.LOSE_DATABASE | Step.LOSE_ANSWERS:
                self.outage.lasts, self.outage.commits_first = True, step is Step.LOSE_ANSWERS
            case Step.FIND_DATABASE:
                self.outage.lasts = False
            case Step.FILL_DISK | Step.FREE_DISK:
                self.is_disk_full = step is Step.FILL_DISK
            case Step.CRASH:
                await self.crash()
            case Step.BREATHE:
                await asyncio.sleep(0.001 * many)
        await asyncio.sleep(0)
        self.note_promises()

    async def end(self) -> None:
        """All faults mended: everything appended since the last crash becomes durable."""
        self.outage.lasts = self.is_disk_full = False
        last = await self.journal.last_seq()
        async with asyncio.timeout(20):
            while self.journal.durable_seq < last or self.journal.health.is_spooling:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        self.note_promises()
        found = [envelope async for envelope in self.journal.read_since(0)]
        await self.journal.close()
        assert [each.seq for each in found] == list(range(1, len(found) + 1))
        by_number = {each.seq: each for each in found}
        assert {seq: by_number.get(seq) for seq in self.promised} == self.promised


async def tell(steps: list[tuple[Step, int]], folder: Path) -> None:
    engine = make_engine(f"sqlite:///{folder}/journal.db")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    story = Story(engine, folder)
    real = Spool.append

    def append(spool: Spool, payload: bytes) -> None:
        if story.is_disk_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(spool, payload)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Spool, "append", append)
        await story.open()
        for step, many in steps:
            await story.take(step, many)
        await story.end()
    await engine.dispose()


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(Step), st.integers(1, 12)), max_size=25))
def test_what_was_called_durable_is_read_exactly_once_in_its_order(steps: list[tuple[Step, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell(steps, Path(folder)))
