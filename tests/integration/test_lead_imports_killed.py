"""Imports of leads in real processes: killed in the middle nothing is there, and the next process brings it to its end."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.leads.places import leads_folder
from fernamt.leads.work import ImportLeads
from routing.leads.lists import LeadListId
from store.audit import Author
from store.engine import make_engine, reading, writing
from store.lead_imports import ImportState, Instructions, LeadImportStore
from store.lead_lists import LeadListStore
from store.tables.leads import LEAD_NUMBERS, LEADS
from store.tables.operations import LEASES
from telephony.identifiers import Instant, UserId

ROWS = 12_000
LIMIT_S = 120
RUNS_S = 0.02
"""Far less than the import takes for what is left of it then."""
DEMO = Path(__file__).parents[2] / "fernamt" / "demo" / "centre.toml"
ROOT = Author(user_id=UserId("root"), at=Instant(1))
SPRING = LeadListId("spring")


@pytest.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncEngine]:
    """The database of an installation with the demo's centre and one list, an import waiting."""
    state = tmp_path / "state"
    monkeypatch.setenv("FERNAMT_SERVICE__STATE_DIR", str(state))
    monkeypatch.chdir(DEMO.parents[2])
    run("db", "upgrade")
    run("apply", str(DEMO))
    run("leads", "add", "spring", "--project", project(), "--owner", "the client")
    engine = make_engine(f"sqlite:///{state / 'fernamt.db'}")
    leads_folder(state).mkdir(parents=True)
    lines = "".join(f"030 {4_000_000 + place};Person {place}\n" for place in range(ROWS))
    (leads_folder(state) / "waiting.csv").write_text("Telefon;Name\n" + lines, "utf-8")
    await LeadImportStore(engine).ask(
        SPRING,
        file_name="leads.csv",
        stored_as="waiting.csv",
        state=ImportState.WAITING,
        instructions=Instructions(mapping=["number", "name"]),
        by=ROOT,
    )
    yield engine
    await engine.dispose()


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "fernamt", *command], check=True, capture_output=True, text=True, timeout=LIMIT_S
    )
    return done.stdout


def project() -> str:
    return run("projects", "list", "--json").split('"project_id": "')[1].split('"')[0]


async def count(engine: AsyncEngine) -> tuple[int, int]:
    async with reading(engine) as connection:
        leads = (await connection.execute(select(func.count()).select_from(LEADS))).scalar_one()
        found = (await connection.execute(select(func.count()).select_from(LEAD_NUMBERS))).scalar_one()
    return int(leads), int(found)


async def seen(engine: AsyncEngine) -> int:
    return (await LeadListStore(engine).figures(SPRING)).leads


async def forget_lease(engine: AsyncEngine) -> None:
    """As after the minute a dead process's lease lasts."""
    async with writing(engine) as connection:
        await connection.execute(LEASES.update().values(expires_at=0))


async def test_a_process_killed_in_mid_import_leaves_nothing_and_the_worker_brings_it_to_its_end(engine: AsyncEngine) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fernamt", "leads", "work", stdin=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(LIMIT_S):
        while (await count(engine))[0] < 4_000:  # it runs for a moment and stands still for the look, however late that is
            assert process.returncode is None
            process.send_signal(signal.SIGCONT)
            await asyncio.sleep(RUNS_S)
            process.send_signal(signal.SIGSTOP)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert 0 < (await count(engine))[0] < ROWS
    assert await seen(engine) == 0
    await forget_lease(engine)
    job = ImportLeads(LeadImportStore(engine))
    assert await job.run_once(lambda: False) == 0.0
    assert await count(engine) == (ROWS, ROWS)
    assert await seen(engine) == ROWS
    [ended] = await LeadImportStore(engine).of_list(SPRING)
    assert (ended.state, ended.leads, ended.rows_read) == (ImportState.DONE, ROWS, ROWS)


async def test_a_worker_that_stops_leaves_the_import_to_the_next_one(engine: AsyncEngine) -> None:
    job = ImportLeads(LeadImportStore(engine))
    assert await job.run_once(lambda: True) == 0.0
    assert await seen(engine) == 0
    await forget_lease(engine)
    assert await job.run_once(lambda: False) == 0.0
    assert await seen(engine) == ROWS
