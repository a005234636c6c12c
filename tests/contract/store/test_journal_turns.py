"""What one turn concluded is in the journal whole or not at all: a start never finds half a turn."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from store.journal import SqlJournal
from store.journal_database import Batch
from store.journal_writer import JournalSettings
from store.parties import PartyKeys
from tests.contract.store.journal_words import Pen

KEYS = PartyKeys(bytes(range(32)))


async def test_events_appended_together_are_written_in_one_transaction_however_full_it_is(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    settings = JournalSettings(patience_ms=30_000, batch_events=3)
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=settings)
    write, ends = journal._database.write, list[int]()

    async def noting(batch: Batch) -> None:
        ends.append(batch.last_seq)
        await write(batch)

    journal._database.write = noting  # type: ignore[method-assign]
    try:
        pen, turns_end = Pen(), set[int]()
        for length in (2, 4, 1, 5, 1, 1, 1, 3):
            turn = [pen.answered("a") for _ in range(length)]
            journal.append(turn)
            turns_end.add(turn[-1].seq)
        await journal.wait_durable(18)
    finally:
        await journal.close()
    assert len(ends) > 1
    assert set(ends) <= turns_end
