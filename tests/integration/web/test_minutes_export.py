"""Minutes over HTTP, through the export's own process, as each role gets them."""

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import msgspec
import pytest

from metering.export_columns import COLUMNS_FOR, Audience
from metering.fold import fold
from metering.lines import FoldedCall
from metering.ports import DerivationState
from store.engine import make_engine
from store.minutes import MinuteStore
from store.tables.schema import METADATA
from telephony.identifiers import AgentId, CallId, ClientId, Instant
from tests.integration.web.edge import World, a_world
from tests.unit.metering.history import CALL, a_talk, finished
from web.api.minutes import AUDIENCES
from web.minutes_process import ExportBroken, ProcessMinutes
from web.permissions import PERMISSIONS, Action, Resource, Role
from web.ports import MinutesWanted
from web.schemas.types import when

CALLS = [("acme", "anna"), ("acme", "ben"), ("bolt", "carla"), ("bolt", "anna")]


def a_folded_call(number: int, client: str, agent: str) -> FoldedCall:
    folded = fold(CALL, finished(a_talk(), 65).envelopes)
    assert folded is not None
    changes = {"call_id": CallId(f"call-{number}"), "client_id": ClientId(client)}
    record = msgspec.structs.replace(folded.record, **changes)
    line = msgspec.structs.replace(folded.lines[0], agent_id=AgentId(agent), **changes)
    return FoldedCall(record=record, lines=(line,))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite:///{tmp_path}/fernamt.db"
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    folded = [a_folded_call(number, *call) for number, call in enumerate(CALLS)]
    await MinuteStore(engine).put(folded, DerivationState(seq=1))
    await engine.dispose()
    async with a_world(stored={"minutes": ProcessMinutes(database=url, zone="Europe/Berlin")}) as running:
        yield running


def the_day(form: str) -> str:
    start = when(a_folded_call(0, "acme", "anna").lines[0].started_at)
    return f"/api/v1/minutes?from={start:%Y-%m-%dT00:00:00Z}&to={start:%Y-%m-%dT23:59:59Z}&format={form}"


@pytest.mark.parametrize(
    ("login", "calls"),
    [("kurt", {0, 1, 2, 3}), ("acme", {0, 1}), ("bolt", {2, 3}), ("anna", {0, 3}), ("ben", {1}), ("lena", {0, 1, 3})],
)
async def test_everybody_gets_the_lines_within_reach(world: World, login: str, calls: set[int]) -> None:
    status, text = await world.ask("GET", the_day("csv"), by=login)
    assert status == 200
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    assert {row["call_id"] for row in rows} == {f"call-{number}" for number in calls}


@pytest.mark.parametrize(
    ("login", "audience"),
    [
        ("kurt", Audience.CENTRE),
        ("root", Audience.CENTRE),
        ("acme", Audience.CLIENT),
        ("anna", Audience.AGENT),
        ("lena", Audience.TEAM),
    ],
)
async def test_everybody_gets_the_columns_for_their_eyes_in_every_format(
    world: World, tmp_path: Path, login: str, audience: Audience
) -> None:
    for form in ("csv", "json", "parquet"):
        status, file = await world.ask("GET", the_day(form), by=login)
        assert status == 200
        (tmp_path / form).write_bytes(file)
        reader = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}[form]
        columns = duckdb.connect().sql(f"FROM {reader}('{tmp_path}/{form}')").columns
        assert columns == [name for name, _ in COLUMNS_FOR[audience]]


@pytest.mark.parametrize("more", ["&audience=centre", "&for=centre", "&columns=paid_ms", "&agent=anna"])
async def test_nobody_asks_themselves_into_another_audience(world: World, more: str) -> None:
    status, problem = await world.ask("GET", the_day("csv") + more, by="acme")
    assert (status, problem["code"]) == (422, "invalid")


async def test_a_client_finds_no_agent_and_no_pay_in_the_file_and_an_agent_no_bill(world: World) -> None:
    _, of_client = await world.ask("GET", the_day("json"), by="acme")
    _, of_agent = await world.ask("GET", the_day("json"), by="anna")
    assert not any(word in of_client for word in (b"anna", b"ben", b"paid", b"agent", b"release"))
    assert b"billed" not in of_agent


async def test_a_token_of_lesser_role_gets_the_lesser_columns(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.token('root', role=Role.CLIENT)}"}
    assert (await world.ask("GET", the_day("json"), headers=headers))[0] == 404


async def test_the_three_formats_hold_the_same(world: World, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {world.token('kurt')}"}
    files = {}
    for form, media in (("csv", "text/csv"), ("json", "application/x-ndjson"), ("parquet", "application/vnd.apache.parquet")):
        async with world.client.get(world.url + the_day(form), headers=headers) as response:
            assert response.content_type == media
            assert f"minutes.{form}" in response.headers["Content-Disposition"]
            files[form] = await response.read()
    (tmp_path / "m.parquet").write_bytes(files["parquet"])
    of_parquet = duckdb.sql(f"SELECT call_id, talk_ms FROM '{tmp_path}/m.parquet'").fetchall()  # noqa: S608
    of_json = [(row["call_id"], row["talk_ms"]) for row in map(json.loads, files["json"].splitlines())]
    of_csv = [(row["call_id"], int(row["talk_ms"])) for row in csv.DictReader(io.StringIO(files["csv"].decode()))]
    assert of_parquet == of_json == of_csv
    assert len(of_csv) == len(CALLS)


async def test_a_failing_process_is_an_error_and_no_file(tmp_path: Path) -> None:
    wanted = MinutesWanted(from_at=Instant(0), to_at=Instant(1), format="json", audience=Audience.CENTRE)
    with pytest.raises(ExportBroken):
        async for _ in ProcessMinutes(database=f"sqlite:///{tmp_path}/nothing.db", zone="Europe/Berlin").stream(wanted):
            pass


def test_everybody_who_may_read_minutes_has_an_audience() -> None:
    assert set(PERMISSIONS[Resource.MINUTES, Action.READ].values()) == set(AUDIENCES)
