"""How long permission to dial out takes: the pure decision, and the one query its facts come from, beside a bare `SELECT 1`.

The decision is about a preview call with advertising: every rule is looked at, the last one as well. The query runs on SQLite
and on a PostgreSQL of its own, over tables of the sizes named in the figures, with a `SELECT 1` between each two. Dialling itself
beside a bare AMI Originate, 10 and 20 times a second each: from the agent's 200 OK to the callee's INVITE (dialled.py); for those
who keep a line open (clicked.py) from the click to the callee's INVITE, beside an AMI Originate of the callee's line alone, and
from the callee's 200 OK to the first packet of the agent's voice there.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bench import clicked, dialled
from bench.records import BenchImpossible
from routing.directory import AgentProfile, Client, Directory, Project
from routing.outbound.asking import DialAsk, DialPurpose, Permit, Reference, ReferenceKind, WorkKind
from routing.outbound.callee import read_callee
from routing.outbound.facts import ConsentBasis, ConsentProof, DialFacts
from routing.outbound.permission import permit
from routing.outbound.rules import OutboundRules, ProjectOutbound
from routing.outbound.shown import OURS, AssignedTo, ShownRight, by_assignment
from routing.outbound.windows import counted_since
from store.dial_book import SqlDialBook
from store.engine import is_sqlite, make_engine
from store.parties import PartyKeys
from store.tables.journal import PARTIES
from store.tables.outbound import ADVERTISING_CONSENTS, DIAL_ATTEMPTS, DO_NOT_CALL
from store.tables.schema import METADATA
from telephony.engine.dial_book import Ask
from telephony.engine.ports import PartyRecord
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, LegId, PartyId, ProjectId
from tests.postgres import private_postgres, programs

LEADS, LISTED, ATTEMPTS, CONSENTS = 5_000_000, 1_000_000, 200_000, 500_000
DECISIONS, QUERIES, PEOPLE = 200_000, 3_000, 500
TARGET_US, TARGET_RATIO = 20.0, 3.0
AT = Instant(1_763_719_200 * SECOND)  # a Friday in November, 11 o'clock in Berlin
TEN_DIGITS = 10**9
"""So that ids come in their order."""
_FILLED = (PARTIES, DO_NOT_CALL, DIAL_ATTEMPTS, ADVERTISING_CONSENTS)
KEYS = PartyKeys(bytes(range(32)))


def run() -> list[dict[str, Any]]:
    """The records of one run."""
    if programs() is None:
        raise BenchImpossible("PostgreSQL's server programs are not installed: apt install postgresql")
    records = _decision() + dialled.records("sqlite") + clicked.records("sqlite")
    with private_postgres(parent=Path("/var/tmp")) as cluster:
        records += dialled.records("postgresql", cluster.create) + clicked.records("postgresql", cluster.create)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="fernamt-bench-") as folder:
        records += asyncio.run(_facts("sqlite", f"sqlite:///{Path(folder) / 'dial.db'}"))
    with private_postgres(parent=Path("/var/tmp")) as cluster:
        records += asyncio.run(_facts("postgresql", cluster.create("dial")))
    return records


def _decision() -> list[dict[str, Any]]:
    centre, asked = _centre(), _ask(0)
    callee = read_callee("+4917123456789")
    facts = DialFacts(consent=ConsentProof(consent_id="c", basis=ConsentBasis.EXPRESS, granted_at=Instant(1)))
    assert isinstance(permit(asked, callee, facts, centre), Permit)
    asks = [replace(asked, at=Instant(AT + number)) for number in range(DECISIONS)]  # no two at one instant
    took = []
    gc.disable()
    for each in asks:
        began = time.perf_counter_ns()
        permit(each, callee, facts, centre)
        took.append((time.perf_counter_ns() - began) / 1_000)
    gc.enable()
    p99 = _part(took, 0.99)
    return [
        {"name": "decision p50", "value": _part(took, 0.5), "unit": "µs"},
        {"name": "decision p99", "value": p99, "unit": "µs", "target": TARGET_US, "ok": p99 <= TARGET_US},
    ]


async def _facts(name: str, url: str) -> list[dict[str, Any]]:
    engine = make_engine(url, pool_size=1)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.run_sync(_drop_indexes)  # made at the end: a fifth of the time, and less where memory is short
        await _fill(connection, engine)
        await connection.run_sync(_make_indexes)
    if not is_sqlite(engine):
        async with engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.exec_driver_sql("VACUUM ANALYZE")
    book, since = SqlDialBook(engine, KEYS), counted_since(AT, OutboundRules())
    bare, ours = list[float](), list[float]()
    for number in range(-200, QUERIES):
        began = time.perf_counter_ns()
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        between = time.perf_counter_ns()
        party_id = PartyId(f"callee-{number % PEOPLE}")
        found = await book.look_up(Ask(ask=_ask(number), party_id=party_id, client_id=ClientId("acme"), since=since))
        assert found is not None
        if number >= 0:
            bare.append((between - began) / 1_000)
            ours.append((time.perf_counter_ns() - between) / 1_000)
    await engine.dispose()
    what = f"{name}, {LEADS:,} people, {LISTED:,} do-not-call entries, {ATTEMPTS:,} attempts, {CONSENTS:,} consents"
    return [_figure(f"facts p{part:.0%}".replace("%", ""), what, bare, ours, part) for part in (0.5, 0.99)]


def _figure(name: str, what: str, bare: list[float], ours: list[float], part: float) -> dict[str, Any]:
    baseline, value = _part(bare, part), _part(ours, part)
    figure = {"name": f"{name} ({what})", "value": value, "unit": "µs", "baseline": baseline, "ratio": value / baseline}
    return figure | ({"target": TARGET_RATIO, "ok": value / baseline <= TARGET_RATIO} if part > 0.9 else {})


async def _fill(connection: AsyncConnection, engine: AsyncEngine) -> None:
    names = ("party_id", "seen_at", "lookup_hash", "wrapped_key", "number_cipher", "name_cipher")
    people = [
        PartyRecord(party_id=PartyId(f"callee-{n}"), number=f"+49171{3_920_000 + n}", name=None, seen_at=AT)
        for n in range(PEOPLE)
    ]
    await connection.execute(insert(PARTIES), [dict(zip(names, KEYS.seal(each), strict=True)) for each in people])
    theirs = [_consent(number, KEYS.lookup_hash(each.number or "")) for number, each in enumerate(people)]
    older = [{**each, "consent_id": f"{each['consent_id']}-older", "granted_at": 1, "withdrawn_at": 2} for each in theirs]
    await connection.execute(insert(ADVERTISING_CONSENTS), theirs)
    await connection.execute(insert(ADVERTISING_CONSENTS), older)
    numbers, chance = _words(engine)
    if is_sqlite(engine):
        await connection.exec_driver_sql("PRAGMA cache_size = -400000")
    attempt = (
        "leg_id, call_id, lookup_hash, agent_id, client_id, purpose, number_class, country, day_at, permitted_at, ends_by_at,"
        " rate_micros, cost_micros, occupies_agent, counts_for_number, ended_at, outcome"
    )
    people_rows = f"SELECT 'p' || ({TEN_DIGITS} + n), {AT}, {chance} FROM ({numbers(LEADS)}) AS x"  # noqa: S608 - our own words, here and below
    listed_rows = f"SELECT {chance}, 'centre', '', 'everything', '', {AT} FROM ({numbers(LISTED)}) AS x ORDER BY 1"  # noqa: S608
    tried_rows = (
        f"SELECT 'l' || n, 'c' || n, {chance}, 'agent' || (n % 500), 'acme', 'preview', 'mobile', 'DE', {AT},"  # noqa: S608
        f" {AT} - n * 1000000, {AT}, 1, 1, true, true, {AT}, 'answered' FROM ({numbers(ATTEMPTS)}) AS x"
    )
    consented_rows = f"SELECT 's' || n, {chance}, 'acme', 'express', 1, '', '', '', {AT} FROM ({numbers(CONSENTS)}) AS x"  # noqa: S608
    consent = "consent_id, lookup_hash, client_id, basis, granted_at, given_how, wording, document, kept_until"
    for statement in (
        f"INSERT INTO advertising_consents ({consent}) {consented_rows}",
        f"INSERT INTO parties (party_id, seen_at, lookup_hash) {people_rows}",
        f"INSERT INTO do_not_call (lookup_hash, owner, owner_id, covers, reason, added_at) {listed_rows}",
        f"INSERT INTO dial_attempts ({attempt}) {tried_rows}",
    ):
        await connection.execute(text(statement))


def _drop_indexes(connection: Connection) -> None:
    for table in _FILLED:
        for index in table.indexes:
            index.drop(connection)


def _make_indexes(connection: Connection) -> None:
    for table in _FILLED:
        for index in table.indexes:
            index.create(connection)


def _consent(number: int, lookup_hash: bytes) -> dict[str, Any]:
    words = dict.fromkeys(("given_how", "wording", "document"), "")
    row = {"consent_id": f"c{number}", "lookup_hash": lookup_hash, "client_id": "acme", "basis": "express", "granted_at": 3}
    return {**row, **words, "withdrawn_at": None, "kept_until": AT}


def _words(engine: AsyncEngine) -> tuple[Callable[[int], str], str]:
    """Numbers from 1 on, and 32 bytes of chance, in the words of the database."""
    if is_sqlite(engine):
        series = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s"
        return series.format, "randomblob(32)"
    return "SELECT n FROM generate_series(1::bigint, {}) AS s(n)".format, "sha256(('x' || n)::bytea)"


def _centre() -> Directory:
    right = ShownRight(
        right_id="r",
        number="+493055500",
        owner=OURS,
        document="d",
        assigned_to=AssignedTo.CENTRE,
        assigned_id="",
        valid_from=Instant(0),
    )
    sales, acme, anna = ProjectId("sales"), ClientId("acme"), AgentId("anna")
    outbound = ProjectOutbound(kind=WorkKind.ADVERTISING, hours=OutboundRules().service_hours)
    project = Project(project_id=sales, client_id=acme, name="Sales", outbound=outbound)
    return Directory(
        revision=1,
        clients={acme: Client(client_id=acme, name="Acme")},
        projects={sales: project},
        numbers={},
        agents={anna: AgentProfile(agent_id=anna, name="Anna", level=1, certificates=frozenset({sales}))},
        endpoints={},
        rights=by_assignment([right]),
    )


def _ask(number: int) -> DialAsk:
    return DialAsk(
        call_id=CallId("call"),
        leg_id=LegId(f"call.outside.{number}"),
        purpose=DialPurpose.PREVIEW,
        kind=WorkKind.ADVERTISING,
        reference=Reference(kind=ReferenceKind.LEAD, id="lead"),
        project_id=ProjectId("sales"),
        client_id=None,
        agent_id=AgentId("anna"),
        holds_agent=True,
        at=AT,
        callee_region="BE",
    )


def _part(took: list[float], part: float) -> float:
    return sorted(took)[min(int(len(took) * part), len(took) - 1)]
