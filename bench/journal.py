"""How many events a second the journal makes durable, on SQLite and on a PostgreSQL of its own, on a disk (no tmpfs).

The baseline, in the same run: the bare driver writes the same rows into the same table, `executemany` and a commit every 400
rows. Ours encodes, encrypts a caller's number for every call, keeps the open streams, and lets others run in between. Then 5,000
events a second for some seconds: how long until a turn's events are on disk, and the longest stretch on the loop.
"""

import asyncio
import gc
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import synthetic_journal
from bench.records import BenchImpossible
from store.engine import make_engine
from store.journal import SqlJournal
from store.journal_codec import COLUMNS, JournalCodec, Row
from store.parties import PartyKeys, new_master_key
from store.tables.schema import METADATA
from telephony.engine.ports import PartyRecord
from telephony.events import Envelope, LegOffered
from tests.postgres import private_postgres, programs

CALLS = 4_000
TURN_EVENTS = 3
BATCH_ROWS = 400
TARGET_PER_S = 5_000
PACED_S = 6
LONGEST_STRETCH_MS = 5.0


def run(calls: int = CALLS) -> list[dict[str, Any]]:
    """The records of one run with the events of that many calls."""
    if programs() is None:
        raise BenchImpossible("PostgreSQL's server programs are not installed: apt install postgresql")
    rows: list[Row] = list(synthetic_journal.rows(calls))  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as folder:
        place = Path(folder)
        file_system = _file_system(place)
        bare, figures = _bare_sqlite(place / "bare.db", rows), _ours(f"sqlite:///{place}/ours.db", place / "spool-sqlite", rows)
        records = _records("sqlite", bare, figures)
        with private_postgres(parent=Path("/var/tmp")) as cluster:
            bare = asyncio.run(_bare_postgres(cluster.create("bare"), rows))
            records += _records("postgresql", bare, _ours(cluster.create("ours"), place / "spool-postgresql", rows))
    versions = {
        "file system": file_system,
        "baseline": f"bare driver, a commit every {BATCH_ROWS} rows",
        "asyncpg": asyncpg.__version__,
    }
    return [{**record, "versions": versions} for record in records]


def _records(database: str, bare: float, figures: dict[str, float]) -> list[dict[str, Any]]:
    per_s, stretch = figures["per_s"], figures["stretch_ms"]
    return [
        {
            "name": f"{database}_durable_events",
            "value": per_s,
            "unit": "1/s",
            "baseline": bare,
            "ratio": per_s / bare,
            "target": TARGET_PER_S,
            "ok": per_s >= TARGET_PER_S,
        },
        {"name": f"{database}_durable_after_p50", "value": figures["p50_ms"], "unit": "ms"},
        {"name": f"{database}_durable_after_p99", "value": figures["p99_ms"], "unit": "ms"},
        {"name": f"{database}_spooled_events", "value": figures["spooled"], "unit": "events"},
        {
            "name": f"{database}_longest_stretch_on_the_loop",
            "value": stretch,
            "unit": "ms",
            "target": LONGEST_STRETCH_MS,
            "ok": stretch <= LONGEST_STRETCH_MS,
        },
    ]


# -- ours --------------------------------------------------------------------------------------------------------------


def _ours(url: str, spool: Path, rows: Sequence[Row]) -> dict[str, float]:
    return asyncio.run(_measure(url, spool, rows))


async def _measure(url: str, spool: Path, rows: Sequence[Row]) -> dict[str, float]:
    codec = JournalCodec()
    envelopes = [codec.decode(row) for row in rows]
    gc.collect()
    gc.freeze()  # all these envelopes at once are the benchmark's own, not the journal's
    paced = TARGET_PER_S * PACED_S
    engine = await _fresh(url)
    async with _opened(engine, spool) as journal:
        begun = time.perf_counter()
        for number, turn in enumerate(_turns(envelopes[paced:])):
            journal.append(*turn)
            if number % 20 == 0:
                await asyncio.sleep(0)
        await journal.wait_durable(envelopes[-1].seq)
        per_s = (len(envelopes) - paced) / (time.perf_counter() - begun)
    await engine.dispose()
    engine = await _fresh(url)
    async with _opened(engine, spool) as journal:
        with _watched_loop() as stretches:
            waits, spooled = await _paced(journal, envelopes[:paced])
    await engine.dispose()
    waits.sort()
    return {
        "per_s": per_s,
        "p50_ms": waits[len(waits) // 2],
        "p99_ms": waits[len(waits) * 99 // 100],
        "spooled": spooled,
        "stretch_ms": max(stretches),
    }


async def _paced(journal: SqlJournal, envelopes: Sequence[Envelope]) -> tuple[list[float], int]:
    """Milliseconds from each turn's append to its being on disk, at the target's rate; and how many events took the spool."""
    waits: list[float] = []
    spooled = 0

    async def wait(seq: int, since: float) -> None:
        await journal.wait_durable(seq)
        waits.append((time.perf_counter() - since) * 1_000)

    async with asyncio.TaskGroup() as tasks:
        begun, sent = time.perf_counter(), 0
        for turn in _turns(envelopes):
            await asyncio.sleep(
                max(sent / TARGET_PER_S - (time.perf_counter() - begun), 0)
            )  # every turn is a callback of its own
            journal.append(*turn)
            tasks.create_task(wait(turn[0][-1].seq, time.perf_counter()))
            sent += len(turn[0])
            spooled += len(turn[0]) if journal.health.is_spooling else 0
    return waits, spooled


def _turns(envelopes: Sequence[Envelope]) -> Iterator[tuple[Sequence[Envelope], Sequence[PartyRecord]]]:
    for start in range(0, len(envelopes), TURN_EVENTS):
        turn = envelopes[start : start + TURN_EVENTS]
        parties = [
            PartyRecord(party_id=each.event.party_id, number=f"+4930{each.seq:08}", name="Erika", seen_at=each.received_at)
            for each in turn
            if isinstance(each.event, LegOffered)
        ]
        yield turn, parties


@contextmanager
def _watched_loop() -> Iterator[list[float]]:
    """Milliseconds of processor time of every callback the loop runs."""
    stretches: list[float] = []
    real: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        begun = time.thread_time_ns()
        real(handle)
        stretches.append((time.thread_time_ns() - begun) / 1e6)

    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]
    try:
        yield stretches
    finally:
        asyncio.Handle._run = real  # type: ignore[assignment, method-assign]


async def _fresh(url: str) -> AsyncEngine:
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.drop_all)
        await connection.run_sync(METADATA.create_all)
    return engine


@asynccontextmanager
async def _opened(engine: AsyncEngine, spool: Path) -> AsyncIterator[SqlJournal]:
    journal = await SqlJournal.open(engine, spool=spool, keys=PartyKeys(new_master_key()))
    try:
        yield journal
    finally:
        await journal.close()


# -- the bare drivers --------------------------------------------------------------------------------------------------


def _bare_sqlite(path: Path, rows: Sequence[Row]) -> float:
    asyncio.run(_make_tables(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        statement = f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})"  # noqa: S608
        begun = time.perf_counter()
        for start in range(0, len(rows), BATCH_ROWS):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows[start : start + BATCH_ROWS])
            connection.execute("COMMIT")
        return len(rows) / (time.perf_counter() - begun)


async def _bare_postgres(url: str, rows: Sequence[Row]) -> float:
    await _make_tables(url)
    connection = await asyncpg.connect(url, server_settings={"synchronous_commit": "on"})
    marks = ", ".join(f"${n}" for n in range(1, len(COLUMNS) + 1))
    statement = f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608
    begun = time.perf_counter()
    for start in range(0, len(rows), BATCH_ROWS):
        async with connection.transaction():
            await connection.executemany(statement, rows[start : start + BATCH_ROWS])
    spent = time.perf_counter() - begun
    await connection.close()
    return len(rows) / spent


async def _make_tables(url: str) -> None:
    await (await _fresh(url)).dispose()


def _file_system(path: Path) -> str:
    found = subprocess.run(
        ["stat", "-f", "-c", "%T", os.fspath(path)], capture_output=True, text=True, check=False
    ).stdout.strip()
    if found == "tmpfs":
        raise BenchImpossible("/var/tmp is a tmpfs: the figure would say nothing about a disk")
    return found or "unknown"


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=1)
    sys.stdout.write("\n")
