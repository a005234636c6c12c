"""Minutes from a real journal into a real book: whole, in steps, after restarts and rebuilt, the same bytes on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from metering.derive import Derivation, catch_up, rebuild
from metering.lines import MinuteLine
from store.journal import SqlJournal
from store.minutes import MinuteStore
from store.parties import MASTER_KEY_BYTES, PartyKeys
from telephony.identifiers import CallId, Instant
from tests.contract.store.journal_words import PATIENT
from tests.unit.metering.history import T0, at
from tests.unit.metering.test_derive import ListedBook, ListedJournal, interleaved

EVER = Instant(1 << 60)
CALLS = 7


@pytest.fixture
async def journal(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[SqlJournal]:
    """A journal with a few calls in it."""
    keys = PartyKeys(bytes(MASTER_KEY_BYTES))
    journal = await SqlJournal.open(engine, spool=tmp_path / "journal.spool", keys=keys, settings=PATIENT)
    told = interleaved(CALLS)
    journal.append(told)
    await journal.wait_durable(told[-1].seq)
    yield journal
    await journal.close()


async def content(book: MinuteStore) -> bytes:
    lines: list[MinuteLine] = [line async for line in book.lines(Instant(0), EVER)]
    records = [await book.record(CallId(line.call_id)) for line in lines]
    return msgspec.json.encode((lines, records))


async def expected() -> bytes:
    book = ListedBook()
    await rebuild(ListedJournal(interleaved(CALLS)), book)
    calls = sorted(book.calls.values(), key=lambda call: (call.record.started_at, call.record.call_id))
    return msgspec.json.encode(([line for call in calls for line in call.lines], [c.record for c in calls for _ in c.lines]))


async def test_the_book_holds_what_the_fold_says(journal: SqlJournal, engine: AsyncEngine) -> None:
    book = MinuteStore(engine)
    await rebuild(journal, book)
    assert await content(book) == await expected()
    await rebuild(journal, book)
    assert await content(book) == await expected()


async def test_a_new_process_for_every_few_events_writes_the_same_book(journal: SqlJournal, engine: AsyncEngine) -> None:
    book = MinuteStore(engine)
    last = await journal.last_seq()
    for until in [*range(5, last, 9), last]:
        await catch_up(Derivation(journal, await book.state(), calls_per_step=2), book, until)
    assert (await book.state()).seq == last
    assert await content(book) == await expected()


async def test_a_period_holds_the_calls_that_came_in_from_its_start_up_to_its_end(
    journal: SqlJournal, engine: AsyncEngine
) -> None:
    book = MinuteStore(engine)
    await rebuild(journal, book)
    inside = [line.started_at async for line in book.lines(at(1), at(3))]
    assert inside == [at(1), at(2)]
    assert [line.started_at async for line in book.lines(Instant(0), T0)] == []
