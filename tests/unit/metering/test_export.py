"""Exports: the same lines in all three formats, streamed, and nothing a spreadsheet would run."""

import csv
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pytest

from metering.export import ExportFormat, chunks, export, safe_cell
from metering.export_columns import COLUMNS, COLUMNS_FOR, Audience, ColumnKind
from metering.fold import fold
from metering.lines import MinuteLine
from telephony.identifiers import AgentId, Instant
from tests.unit.metering.history import CALL, a_talk, finished

BERLIN = ZoneInfo("Europe/Berlin")


def a_line(**changes: object) -> MinuteLine:
    folded = fold(CALL, finished(a_talk(), 65).envelopes)
    assert folded is not None
    return msgspec.structs.replace(folded.lines[0], **changes)


async def stream(*lines: MinuteLine) -> AsyncIterator[MinuteLine]:
    for line in lines:
        yield line


async def many(count: int) -> AsyncIterator[MinuteLine]:
    line = a_line()
    for number in range(count):
        yield msgspec.structs.replace(line, started_at=Instant(line.started_at + number), line_number=number)


async def exported(form: ExportFormat, *lines: MinuteLine, audience: Audience = Audience.CENTRE) -> bytes:
    sink = io.BytesIO()
    await export(stream(*lines), form, sink, BERLIN, audience=audience)
    return sink.getvalue()


def test_every_field_of_a_line_is_a_column_and_the_other_way_round() -> None:
    assert {name for name, _ in COLUMNS} - {"started_local"} == set(MinuteLine.__struct_fields__)


async def test_csv_says_instants_in_utc_and_on_the_local_clock() -> None:
    (row,) = csv.DictReader(io.StringIO((await exported(ExportFormat.CSV, a_line())).decode(), newline=""))
    assert row["started_at"] == "2026-11-02T10:00:00.000000Z"
    assert row["started_local"] == "2026-11-02T11:00:00.000000+01:00"
    assert (row["talk_ms"], row["hold_ms"], row["country"], row["is_estimated"]) == ("60000", "0", "DE", "false")


async def test_the_hour_that_comes_twice_stays_two_hours() -> None:
    first, second = Instant(1_792_888_200_000_000), Instant(1_792_891_800_000_000)  # 25 Oct 2026, 00:30Z and 01:30Z
    text = (await exported(ExportFormat.CSV, a_line(started_at=first), a_line(started_at=second))).decode()
    local = [row["started_local"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert local == ["2026-10-25T02:30:00.000000+02:00", "2026-10-25T02:30:00.000000+01:00"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_cell_is_a_formula(start: str) -> None:
    text = (await exported(ExportFormat.CSV, a_line(agent_id=AgentId(f"{start}cmd|' /C calc'!A0")))).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["agent_id"].startswith("'" + start)


def test_a_plain_cell_stays_as_it_is() -> None:
    assert (safe_cell("anna"), safe_cell(None), safe_cell("a=b")) == ("anna", "", "a=b")


async def test_json_is_one_object_a_line_with_the_columns_in_order() -> None:
    first, second = (await exported(ExportFormat.JSON, a_line(), a_line(agent_id=None, talked_from_at=None))).splitlines()
    row = json.loads(first)
    assert list(row) == [name for name, _ in COLUMNS]
    assert (row["talk_ms"], row["started_at"], row["is_hold_unknown"]) == (60_000, "2026-11-02T10:00:00.000000Z", False)
    assert (json.loads(second)["agent_id"], json.loads(second)["talked_from_at"]) == (None, None)


async def test_the_three_formats_hold_the_same(tmp_path: Path) -> None:
    lines = [a_line(), a_line(line_number=2, agent_id=None, talked_from_at=None, country=None, talk_ms=1)]
    for form in ExportFormat:
        (tmp_path / f"minutes.{form.value}").write_bytes(await exported(form, *lines))
    sums = (
        "count(*), sum(talk_ms), min(epoch_us(started_at::timestamptz)), max(billed_ms), count(agent_id), bool_or(is_estimated)"
    )
    database = duckdb.connect()
    answers = [
        database.sql(f"FROM {reader}").aggregate(sums).fetchall()[0]
        for reader in (
            f"read_csv('{tmp_path}/minutes.csv', nullstr='')",
            f"read_json('{tmp_path}/minutes.json', format='newline_delimited')",
            f"read_parquet('{tmp_path}/minutes.parquet')",
        )
    ]
    assert answers[0] == answers[1] == answers[2]

    assert answers[0][:2] == (2, 60_001)


async def test_parquet_has_typed_columns_in_order(tmp_path: Path) -> None:
    path = tmp_path / "minutes.parquet"
    path.write_bytes(await exported(ExportFormat.PARQUET, a_line()))
    relation = duckdb.connect().read_parquet(str(path))
    found = [(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
    types = {ColumnKind.INTEGER: "BIGINT", ColumnKind.INSTANT: "TIMESTAMP WITH TIME ZONE", ColumnKind.FLAG: "BOOLEAN"}
    assert found == [(name, types.get(kind, "VARCHAR")) for name, kind in COLUMNS]


@pytest.mark.parametrize("form", list(ExportFormat))
async def test_a_period_without_calls_is_a_valid_file(form: ExportFormat, tmp_path: Path) -> None:
    data = await exported(form)
    if form is ExportFormat.CSV:
        assert data.decode().split("\r\n")[0] == ",".join(name for name, _ in COLUMNS)
    elif form is ExportFormat.PARQUET:
        path = tmp_path / "none.parquet"
        path.write_bytes(data)
        assert duckdb.connect().read_parquet(str(path)).fetchall() == []
    else:
        assert data == b""


@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.JSON])
async def test_memory_does_not_grow_with_the_number_of_lines(form: ExportFormat) -> None:
    async def peak(count: int) -> int:
        tracemalloc.start()
        async for _ in chunks(many(count), form, BERLIN, audience=Audience.CENTRE):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    await peak(10)
    assert await peak(12_000) < 1.2 * await peak(4_000)


FORBIDDEN = {
    Audience.CENTRE: set[str](),
    Audience.CLIENT: {"agent_id", "paid_ms", "release_reason", "attempts", "ring_ms", "consult_ms", "conference_ms"},
    Audience.AGENT: {"billed_ms", "announcement_ms", "machine_ms"},
    Audience.TEAM: {"paid_ms", "billed_ms", "announcement_ms", "machine_ms"},
}
SECRETS = {"agent_id": AgentId("secret-agent"), "paid_ms": 70_001_117, "billed_ms": 80_001_117}


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("form", list(ExportFormat))
async def test_no_format_has_a_column_that_is_not_for_its_reader(form: ExportFormat, audience: Audience, tmp_path: Path) -> None:
    path = tmp_path / f"minutes.{form.value}"
    path.write_bytes(await exported(form, a_line(), audience=audience))
    reader = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}[form.value]
    columns = duckdb.connect().sql(f"FROM {reader}('{path}')").columns
    assert columns == [name for name, _ in COLUMNS if name not in FORBIDDEN[audience]]


@pytest.mark.parametrize(
    ("audience", "hidden"),
    [
        (Audience.CLIENT, ("secret-agent", "70001117")),
        (Audience.AGENT, ("80001117",)),
        (Audience.TEAM, ("70001117", "80001117")),
    ],
)
@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.JSON])
async def test_what_a_reader_may_not_see_is_nowhere_in_the_bytes(
    form: ExportFormat, audience: Audience, hidden: tuple[str, ...]
) -> None:
    text = (await exported(form, a_line(**SECRETS), audience=audience)).decode()
    assert [secret for secret in hidden if secret in text] == []
    assert "secret-agent" in text or audience is Audience.CLIENT


def test_whoever_decides_about_columns_has_named_every_one() -> None:
    """A new column is seen by the centre alone until it is named here and there."""
    for audience, columns in COLUMNS_FOR.items():
        assert {name for name, _ in columns} | FORBIDDEN[audience] == {name for name, _ in COLUMNS}
