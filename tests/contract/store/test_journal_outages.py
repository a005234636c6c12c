"""The journal while its database is away, locked, killed or taken over: nothing durable is lost, doubled or out of order."""

import asyncio
import errno
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import make_engine
from store.journal import SqlJournal
from store.journal_codec import JournalCodec
from store.journal_database import Batch
from store.journal_writer import JournalSettings
from store.lease import LeaseStore
from store.parties import PartyKeys, PartyStore
from store.spool import Spool
from store.spool_batches import BatchSpool
from store.tables.schema import METADATA
from telephony.engine.ports import PartyRecord
from telephony.errors import JournalError
from telephony.identifiers import AgentId, Instant, PartyId
from tests.contract.store.journal_words import START, Pen
from tests.contract.store.outage import Outage
from tests.postgres import Postgres, private_postgres

KEYS = PartyKeys(bytes(range(32)))
SHORT = JournalSettings(patience_ms=60_000, retry_ms=20, batch_events=50)
IMPATIENT = JournalSettings(patience_ms=20, retry_ms=20, batch_events=50)


@pytest.fixture
async def journal(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[SqlJournal]:
    opened = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=SHORT)
    yield opened
    await opened.close()


async def numbers(journal: SqlJournal) -> list[int]:
    return [envelope.seq async for envelope in journal.read_since(0)]


def assert_unhealthy(journal: SqlJournal) -> None:
    assert not journal.health.is_healthy


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.005)


async def test_while_the_database_is_away_events_are_durable_in_the_spool_and_then_written_in_their_order(
    journal: SqlJournal,
) -> None:
    pen, outage = Pen(), Outage(journal)
    journal.append([pen.offered("a"), pen.answered("a")])
    await journal.wait_durable(2)
    outage.lasts = True
    for _ in range(120):
        journal.append([pen.answered("a")])
        await asyncio.sleep(0)
    await journal.wait_durable(122)
    assert journal.health.is_spooling
    assert journal.health.is_healthy
    assert "away" in str(journal.health.last_error)
    assert await numbers(journal) == [1, 2]
    outage.lasts = False
    journal.append([pen.ended("a")])
    await until(lambda: not journal.health.is_spooling)
    journal.append([pen.offered("b")])
    await journal.wait_durable(124)
    await until(lambda: not journal.health.is_spooling)
    assert await numbers(journal) == list(range(1, 125))
    assert journal.health.last_error is None
    assert [each.seq async for each in journal.read_open()] == [124]


async def test_a_commit_whose_answer_was_lost_is_not_written_twice(journal: SqlJournal) -> None:
    pen, outage = Pen(), Outage(journal)
    outage.lasts = outage.commits_first = True
    journal.append([pen.offered("a"), pen.reserved("a", "anna", 1.5)])
    await journal.wait_durable(2)
    journal.append([pen.reserved("a", "anna", 2.5), pen.ended("a")])
    await journal.wait_durable(4)
    outage.lasts = False
    await until(lambda: not journal.health.is_spooling)
    assert await numbers(journal) == [1, 2, 3, 4]
    assert (await journal.last_shares())[AgentId("anna")].share.share_pass == 2.5


async def test_people_reach_the_spool_encrypted_and_the_person_store_afterwards(
    journal: SqlJournal, engine: AsyncEngine, tmp_path: Path
) -> None:
    outage = Outage(journal)
    outage.lasts = True
    party = PartyRecord(party_id=PartyId("party-a"), number="+493012345678", name="Jolanthe", seen_at=Instant(START))
    journal.append([Pen().offered("a")], [party])
    await journal.wait_durable(1)
    content = (tmp_path / "spool").read_bytes()
    assert b"party-a" in content
    assert b"12345678" not in content
    assert b"Jolanthe" not in content
    outage.lasts = False
    await until(lambda: not journal.health.is_spooling)
    revealed = await PartyStore(engine, KEYS).reveal([party.party_id])
    assert revealed[party.party_id].number == party.number


async def test_what_a_killed_process_left_in_the_spool_is_in_the_database_before_the_next_one_begins(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    first = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=SHORT)
    pen, outage = Pen(), Outage(first)
    first.append([pen.offered("a"), pen.logged_in("anna")])
    await first.wait_durable(2)
    outage.lasts = True
    first.append([pen.reserved("a", "anna"), pen.offered("b"), pen.ended("a")])
    await first.wait_durable(5)
    left = (tmp_path / "spool").read_bytes()
    await first.close()
    (tmp_path / "spool").write_bytes(left)
    second = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS)
    assert await second.last_seq() == second.durable_seq == 5
    assert await numbers(second) == [1, 2, 3, 4, 5]
    assert [each.seq async for each in second.read_open()] == [2, 3, 4]
    assert second.health.spool_bytes == 0
    await second.close()


async def test_a_spool_already_written_when_the_process_died_changes_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    """Died between the commit and the clearing of the file."""
    pen = Pen()
    first = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=SHORT)
    events = [pen.logged_in("anna"), pen.offered("a"), pen.ended("a"), pen.logged_out("anna"), pen.logged_in("anna")]
    batches = [(events[:3]), (events[3:])]
    for batch in batches:
        first.append(batch)
        await first.wait_durable(batch[-1].seq)
    await first.close()
    spool, codec = BatchSpool(tmp_path / "spool", JournalCodec()), JournalCodec()
    for batch in batches:
        spool.append(Batch(envelopes=batch, rows=[codec.encode(each) for each in batch]))
    spool.close()
    second = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS)
    assert await numbers(second) == [1, 2, 3, 4, 5]
    assert [each.seq async for each in second.read_open()] == [5]
    await second.close()


async def test_a_spool_of_another_database_is_refused_and_kept(engine: AsyncEngine, tmp_path: Path) -> None:
    first = await SqlJournal.open(engine, spool=tmp_path / "mine", keys=KEYS, settings=SHORT)
    first.append([Pen().offered("a")])
    await first.wait_durable(1)
    await first.close()
    foreign = replace(Pen().offered("x"), event_id="foreign")
    spool = BatchSpool(tmp_path / "other", JournalCodec())
    spool.append(Batch(envelopes=[foreign], rows=[JournalCodec().encode(foreign)]))
    spool.close()
    before = (tmp_path / "other").read_bytes()
    with pytest.raises(JournalError, match="belongs to another database"):
        await SqlJournal.open(engine, spool=tmp_path / "other", keys=KEYS)
    assert (tmp_path / "other").read_bytes() == before


async def test_when_the_spool_is_full_as_well_waiters_are_told_and_the_events_are_kept_until_a_disk_takes_them(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen, outage = Pen(), Outage(journal)
    outage.lasts = True

    def full(_self: Spool, _payload: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "append", full)
        journal.append([pen.offered("a")])
        with pytest.raises(JournalError, match="neither the database nor the spool takes events: No space left"):
            await journal.wait_durable(1)
        assert_unhealthy(journal)
        journal.append([pen.answered("a")])
        assert journal.health.waiting_events == 2
        assert journal.durable_seq == 0
    await until(lambda: journal.durable_seq == 2)
    assert journal.health.is_healthy
    outage.lasts = False
    await until(lambda: not journal.health.is_spooling)
    assert await numbers(journal) == [1, 2]


async def test_a_start_without_a_database_is_an_error_and_leaves_the_spool_free(tmp_path: Path) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        engine = make_engine(f"postgresql://fernamt@127.0.0.1:{nobody_listens.getsockname()[1]}/fernamt")
        with pytest.raises(JournalError, match="database cannot be used"):
            await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS)
    Spool(tmp_path / "spool").close()
    await engine.dispose()


async def test_a_process_whose_lease_was_taken_over_writes_nothing_more(engine: AsyncEngine, tmp_path: Path) -> None:
    leases = LeaseStore(engine)
    mine = await leases.take("serve", "first", now=Instant(0), term_ms=1_000)
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, lease=mine, settings=SHORT)
    pen = Pen()
    journal.append([pen.offered("a")])
    await journal.wait_durable(1)
    await leases.take("serve", "second", now=Instant(2_000_000), term_ms=1_000)
    journal.append([pen.answered("a")])
    await until(lambda: not journal.health.is_healthy)
    assert await numbers(journal) == [1]
    with pytest.raises(JournalError, match="taken 'serve' over"):
        journal.append([pen.answered("a")])
    with pytest.raises(JournalError, match="taken 'serve' over"):
        await journal.wait_durable(3)
    await journal.close()
    assert Spool(tmp_path / "spool").size_bytes == 0


async def test_what_a_process_spooled_before_it_knew_that_its_lease_was_gone_is_set_aside_and_kept(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    leases = LeaseStore(engine)
    mine = await leases.take("serve", "first", now=Instant(0), term_ms=1_000)
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, lease=mine, settings=SHORT)
    outage, pen = Outage(journal), Pen()
    outage.lasts = True
    journal.append([pen.offered("a")])
    await journal.wait_durable(1)
    await leases.take("serve", "second", now=Instant(2_000_000), term_ms=1_000)
    outage.lasts = False
    await until(lambda: not journal.health.is_healthy)
    await journal.close()
    assert Spool(tmp_path / "spool").size_bytes == 0
    aside = Spool(tmp_path / "spool.aside-1")
    assert aside.size_bytes > 0
    aside.close()
    assert await numbers(journal) == []


async def test_a_sqlite_file_locked_by_another_for_seconds_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    engine = make_engine(f"sqlite:///{path}", busy_timeout_ms=200)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=IMPATIENT)
    pen = Pen()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + 2.5
        while loop.time() < ends_at:
            envelope = pen.answered("a")
            journal.append([envelope])
            await journal.wait_durable(envelope.seq)
        assert journal.health.is_spooling
        assert await numbers(journal) == []
        other.execute("COMMIT")
    await until(lambda: not journal.health.is_spooling)
    assert await numbers(journal) == list(range(1, envelope.seq + 1))
    await journal.close()
    await engine.dispose()


@pytest.mark.postgres
async def test_a_postgresql_that_crashes_and_comes_back_has_every_event_once(tmp_path: Path) -> None:
    with private_postgres() as cluster:
        await _live_through_a_crash(cluster, tmp_path)


async def _live_through_a_crash(cluster: Postgres, tmp_path: Path) -> None:
    engine = make_engine(cluster.create("journal"))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=SHORT)
    pen, is_over = Pen(), asyncio.Event()

    async def talk() -> int:
        while not is_over.is_set():
            journal.append([pen.answered("a") for _ in range(5)])
            await asyncio.sleep(0.001)  # a talk has its pace
        return (pen.answered("a")).seq - 1

    talking = asyncio.create_task(talk())
    await until(lambda: journal.durable_seq > 50)
    await asyncio.to_thread(cluster.stop)
    await until(lambda: journal.health.is_spooling)
    during = journal.durable_seq
    await until(lambda: journal.durable_seq > during)
    await asyncio.to_thread(cluster.start)
    await until(lambda: not journal.health.is_spooling)
    is_over.set()
    last = await talking
    await journal.wait_durable(last)
    await until(lambda: not journal.health.is_spooling)
    assert await numbers(journal) == list(range(1, last + 1))
    await journal.close()
    await engine.dispose()


_WRITER = """
import asyncio, sys
from pathlib import Path
from store.engine import make_engine
from store.journal import SqlJournal
from store.parties import PartyKeys
from tests.contract.store.journal_words import Pen

async def main():
    engine = make_engine(sys.argv[1])
    journal = await SqlJournal.open(engine, spool=Path(sys.argv[2]), keys=PartyKeys(bytes(range(32))))
    pen = Pen(await journal.last_seq())
    while True:
        batch = [pen.answered("a") for _ in range(7)]
        journal.append(batch)
        await journal.wait_durable(batch[-1].seq)
        print(batch[-1].seq, flush=True)

asyncio.run(main())
"""


def _kill_a_writer(url: str, spool: Path, after_lines: int) -> int:
    """The last number a writer called durable before it was killed."""
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = (sys.executable, "-c", _WRITER, url, str(spool))
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment)
    assert writer.stdout is not None
    try:
        lines = [writer.stdout.readline() for _ in range(after_lines)]
    finally:
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].splitlines()
    return max(int(line) for line in lines + rest)


@pytest.mark.durable
async def test_a_writer_killed_in_mid_write_has_lost_nothing_it_had_called_durable(
    database_url: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    said = 0
    for round_ in range(3):
        said = max(said, await asyncio.to_thread(_kill_a_writer, database_url, tmp_path / "spool", 20 + round_))
        journal = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS)
        found = await numbers(journal)
        await journal.close()
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= said
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM journal"))).scalar() == len(found)
