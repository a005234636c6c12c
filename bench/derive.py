"""How long the minutes of a month of calls take: the journal's rows decoded, folded and written to the book, on one core.

The journal and the book lie in one SQLite database on a disk. The baseline, in the same run, reads and decodes the same rows and
does nothing with them: what is above it is the price of metering. Both run in processes of their own, bound to one processor.
`python -m bench.derive --calls N` for another size.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from bench import synthetic_journal
from fernamt.worker import COLLECT_EVERY, PAGE_ROWS
from metering.derive import Derivation
from metering.export import ExportFormat, chunks
from metering.export_columns import Audience
from metering.ports import DerivationState
from store.engine import make_engine
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.minutes import MinuteStore
from store.tables.minutes import CDRS, DERIVATION, MINUTE_LINES
from telephony.identifiers import Instant

CALLS = 1_000_000
TARGET_S = 300.0
"""For a million calls."""
FLAT = 1.15
"""The most the memory may grow between a tenth of the way and the end."""


def run(calls: int = CALLS) -> list[dict[str, Any]]:
    """The records of one run with that many calls."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as folder:
        path = Path(folder) / "journal.db"
        events = synthetic_journal.make(path, calls)
        decode, derive, export = (_measured(path, what) for what in ("decode", "derive", "export"))
        file_system = _file_system(path)
    share = calls / 1_000_000
    target = TARGET_S * share
    versions = {"file system": file_system, "baseline": "the same rows decoded only"}
    growth = derive["rss_mb"] / derive["rss_early_mb"]
    if derive["calls"] != calls or export["lines"] < calls:
        raise RuntimeError(f"{calls} calls in, {derive['calls']} folded, {export['lines']} lines out")
    records: list[dict[str, Any]] = [
        {
            "name": f"derive_{calls}_calls",
            "value": derive["seconds"],
            "unit": "s",
            "baseline": decode["seconds"],
            "ratio": derive["seconds"] / decode["seconds"],
            "target": target,
            "ok": derive["seconds"] <= target,
        },
        {
            "name": "derive_cpu_time",
            "value": derive["cpu"],
            "unit": "s",
            "baseline": decode["cpu"],
            "ratio": derive["cpu"] / decode["cpu"],
            "target": target,
            "ok": derive["cpu"] <= target,
        },
        {"name": "derive_cpu_per_event", "value": derive["cpu"] / events * 1e6, "unit": "us"},
        {"name": "derive_events_per_call", "value": events / calls, "unit": "events"},
        {"name": "derive_memory", "value": derive["rss_mb"], "unit": "MB", "baseline": decode["rss_mb"]},
        {"name": "derive_memory_growth", "value": growth, "unit": "x", "target": FLAT, "ok": growth <= FLAT},
        {"name": f"export_csv_{export['lines']}_lines", "value": export["seconds"], "unit": "s"},
        {"name": "export_csv_memory", "value": export["rss_mb"], "unit": "MB", "baseline": export["rss_early_mb"]},
    ]
    return [{"baseline": None, "ratio": None, "target": None, "ok": None, **one, "versions": versions} for one in records]


def _measured(path: Path, what: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.derive", "--measure", what, "--database", str(path)]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def _file_system(path: Path) -> str:
    found = subprocess.run(["stat", "-f", "-c", "%T", str(path)], capture_output=True, text=True, check=False).stdout.strip()
    if found == "tmpfs":
        raise RuntimeError("/var/tmp is a tmpfs: the figure would say nothing about a disk")
    return found or "unknown"


async def _measure(path: Path, what: str) -> dict[str, Any]:
    engine = make_engine(make_url(f"sqlite:///{path}"))
    reader, book = JournalReader(engine, JournalCodec(), page_rows=PAGE_ROWS), MinuteStore(engine)
    last = await reader.last_seq()
    if what == "derive":
        async with engine.begin() as connection:
            for table in (CDRS, MINUTE_LINES, DERIVATION):
                await connection.run_sync(table.create)
    gc.set_threshold(*COLLECT_EVERY)
    began, cpu_began = time.perf_counter(), time.process_time()
    early, calls, lines = 0.0, 0, 0
    if what == "decode":
        async for envelope in reader.read_since(0):
            if envelope.seq == last // 10:
                early = _rss_mb()
    elif what == "derive":
        async for step in Derivation(reader, DerivationState()).steps():
            await book.put(step.calls, step.state)
            calls += len(step.calls)
            if not early and step.state.seq >= last // 10:
                early = _rss_mb()
    else:
        async for chunk in chunks(book.lines(Instant(0), Instant(1 << 60)), ExportFormat.CSV, audience=Audience.CENTRE):
            lines += chunk.count(b"\r\n")
            early = early or _rss_mb()
        lines -= 1
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    await engine.dispose()
    return {"seconds": seconds, "cpu": cpu, "rss_mb": _rss_mb(), "rss_early_mb": early, "calls": calls, "lines": lines}


def _rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints the records, or, as a child, one measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench.derive")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--measure", choices=("decode", "derive", "export"), help=argparse.SUPPRESS)
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        json.dump(asyncio.run(_measure(given.database, given.measure)), sys.stdout)
    else:
        json.dump(run(given.calls), sys.stdout, indent=1)
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
