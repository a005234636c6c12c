"""How long the campaign board of a list of a million leads takes after a million calls, beside counting its calls' rows.

Fifty agents called half of the leads once or more often, over a thousand hours. The board tells calls, leads reached, successes
and time by agent and by hour, for the whole list or its last day. The baseline is a bare `SELECT count(*)` of the same rows.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.import_leads import a_list, centre
from bench.records import BenchImpossible
from routing.aftercall.board import CodesMeant
from routing.leads.lists import LeadListId, lead_id
from store.bulk import add_rows
from store.campaigns import EVER, CampaignStore, Period
from store.centre import Centre
from store.directory import DirectoryStore
from store.engine import is_sqlite, make_engine, reading, writing
from store.lead_attempts import HOUR
from store.lead_imports import ImportState, LeadImportStore
from store.lead_lists import LeadListStore
from store.lead_rows import COLUMNS
from store.tables.leads import LEAD_ATTEMPTS, LEAD_HOURS, LEAD_IMPORTS, LEADS
from store.tables.schema import METADATA
from telephony.identifiers import Instant, WrapUpCode
from tests.postgres import private_postgres, programs

CALLS, LEADS_THERE, HOURS, AGENTS = 1_000_000, 1_000_000, 1_000, 50
TARGET_S = 3.0
BEGAN_AT = 500_000 * HOUR
CODES = CodesMeant(not_reached=frozenset([WrapUpCode("mailbox")]), successes=frozenset([WrapUpCode("sold")]))
SPENT = (15_000, 12_000, 60_000, 20_000)
_AT_ONCE = 50_000
_TIMES = 3


def run() -> list[dict[str, Any]]:
    """The records of one run."""
    if programs() is None:
        raise BenchImpossible("PostgreSQL's server programs are not installed: apt install postgresql")
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as name:
        records = asyncio.run(_measured("sqlite", f"sqlite:///{name}/board.db"))
    with private_postgres(parent=Path("/var/tmp")) as cluster:
        return records + asyncio.run(_measured("postgresql", cluster.create("board")))


async def _measured(name: str, url: str) -> list[dict[str, Any]]:
    engine = make_engine(url)
    await _fill(engine)
    store, of = CampaignStore(engine), a_list()
    last_day = Period(from_at=Instant(BEGAN_AT + (HOURS - 24) * HOUR), to_at=Instant(BEGAN_AT + HOURS * HOUR + HOUR // 2))

    async def count() -> None:
        async with reading(engine) as connection:
            of_list = select(func.count()).where(LEAD_ATTEMPTS.c.list_id == of.list_id)
            assert (await connection.execute(of_list)).scalar_one() == CALLS

    bare = await _seconds(count)
    whole = await _seconds(lambda: store.board(of, CODES, EVER))
    day = await _seconds(lambda: store.board(of, CODES, last_day))
    compared = await _seconds(lambda: store.by_list([of], {of.project_id: CODES}, EVER))
    await engine.dispose()
    told = (("whole list", whole), ("last day", day), ("whole list, beside others", compared))
    return [
        {
            "name": f"{name}: {what}",
            "value": seconds,
            "unit": "s",
            "baseline": bare,
            "ratio": round(seconds / bare, 1),
            "target": TARGET_S,
            "ok": seconds <= TARGET_S,
        }
        for what, seconds in told
    ]


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    """The middle one of three."""
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await work()
        took.append(time.perf_counter() - began)
    return sorted(took)[_TIMES // 2]


async def _fill(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    described = Centre(clients=tuple(centre().clients.values()), projects=tuple(centre().projects.values()))
    await DirectoryStore(engine).apply(described)
    await LeadListStore(engine).add(a_list())
    number = await LeadImportStore(engine).ask(LeadListId("spring"), file_name="x", stored_as="x", state=ImportState.WAITING)
    async with writing(engine) as connection:
        await connection.execute(LEAD_IMPORTS.update().values(state=ImportState.DONE.value))
    random, sums = Random(7), dict[tuple[Any, ...], int]()
    for start in range(0, LEADS_THERE, _AT_ONCE):
        leads = [_lead(number, row) for row in range(start, start + _AT_ONCE)]
        await _add(engine, LEADS, COLUMNS, leads)
    for start in range(0, CALLS, _AT_ONCE):
        calls = [_call(number, place, random) for place in range(start, start + _AT_ONCE)]
        await _add(engine, LEAD_ATTEMPTS, tuple(LEAD_ATTEMPTS.c.keys()), calls)
        for _, list_id, _, agent, at, outcome, code, *_ in calls:
            key = (list_id, at - at % HOUR, agent, outcome, code or "")
            sums[key] = sums.get(key, 0) + 1
    hours = [(*key, calls, calls * sum(SPENT), calls * SPENT[2]) for key, calls in sums.items()]
    await _add(engine, LEAD_HOURS, tuple(LEAD_HOURS.c.keys()), hours)
    if not is_sqlite(engine):
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))  # as autovacuum does after so many rows


async def _add(engine: AsyncEngine, table: Any, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    async with writing(engine) as connection:
        await connection.execute(select(1))
        await add_rows(connection, table, columns, rows)


def _lead(number: int, row: int) -> tuple[Any, ...]:
    tries = 1 + row % 3 if row % 2 else 0
    state = "fresh" if not tries else ("done", "retry", "exhausted")[row % 3]
    return (
        lead_id(number, row),
        number,
        state,
        row,
        tries,
        None,
        "Europe/Berlin",
        None,
        "person",
        "[]",
        bytes(32),
        None,
        bytes(60),
        bytes(200),
    )


def _call(number: int, place: int, random: Random) -> tuple[Any, ...]:
    outcome = random.choice(("answered", "answered", "no_answer", "no_answer", "busy"))
    code = random.choice(("sold", "no", "no", "mailbox", "later")) if outcome == "answered" else None
    called = lead_id(number, random.randrange(LEADS_THERE // 2) * 2 + 1)
    at = BEGAN_AT + place * HOURS // CALLS * HOUR + random.randrange(HOUR)
    return f"{place:032x}.callee.1", "spring", called, f"agent-{random.randrange(AGENTS):03}", at, outcome, code, *SPENT
