"""Minute lines as a file: CSV, JSON lines or Parquet, streamed. Memory stays flat for any number of lines.

What is in an export: the lines of calls that came in from `from` up to, not with, `to` (so months cut at the same instant neither
overlap nor miss a call), each whole, even where it ended later. A call that is still open has no line yet.

Who reads a file decides its columns (`Audience`): what an agent is paid for is not the client's to know, nor what a client is
billed the agent's. Nor is it the client's to know who was asked in vain: such lines are not shown to it
(`metering.client_lines`). Columns come in the order of `COLUMNS`; new ones are added at the end. Instants are UTC with
microseconds; `started_local` is the same instant on the wall clock of the zone asked for, with its offset, so that an hour that
comes twice in autumn stays two. Durations are whole milliseconds. CSV: UTF-8, comma, CRLF, a header line; a text that a
spreadsheet would take for a formula gets an apostrophe in front. JSON: one object a line.
"""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from metering.client_lines import as_client_sees
from metering.export_columns import COLUMNS_FOR, Audience, ColumnKind, Columns
from metering.lines import MinuteLine
from telephony.identifiers import Instant

LINES_PER_CHUNK = 2_000
LINES_PER_ROW_GROUP = 50_000
DEFAULT_ZONE = ZoneInfo("Europe/Berlin")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class ExportFormat(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """For the Content-Type of an HTTP answer."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.JSON: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


def chunks(
    lines: AsyncIterable[MinuteLine], form: ExportFormat, zone: ZoneInfo = DEFAULT_ZONE, *, audience: Audience
) -> AsyncIterator[bytes]:
    """The file's bytes, piece by piece, in the order of the lines; an empty period gives a valid file without rows.

    Whose calls they are is the caller's to select; the audience decides about columns and about what is shown of each call. The
    lines of a call must follow each other.
    """
    columns = COLUMNS_FOR[audience]
    if audience is Audience.CLIENT:
        lines = _call_by_call(lines)
    match form:
        case ExportFormat.CSV:
            return _in_text(lines, _csv_writer(zone, columns), _csv_head(columns))
        case ExportFormat.JSON:
            return _in_text(lines, _json_writer(zone, columns), b"")
        case ExportFormat.PARQUET:
            return _in_parquet(lines, zone, columns)


class BinarySink(Protocol):
    """Something open for writing bytes."""

    def write(self, data: bytes, /) -> Any:
        """The bytes are written behind what was written before."""
        ...


async def export(
    lines: AsyncIterable[MinuteLine],
    form: ExportFormat,
    sink: BinarySink,
    zone: ZoneInfo = DEFAULT_ZONE,
    *,
    audience: Audience,
) -> None:
    """The whole file is written to `sink`."""
    async for chunk in chunks(lines, form, zone, audience=audience):
        sink.write(chunk)


def utc(at: Instant) -> datetime:
    """The instant as an aware datetime, exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=at)


async def _call_by_call(lines: AsyncIterable[MinuteLine]) -> AsyncIterator[MinuteLine]:
    """What the client sees of each call."""
    call: list[MinuteLine] = []
    async for line in lines:
        if call and call[0].call_id != line.call_id:
            for shown in as_client_sees(call):
                yield shown
            call = []
        call.append(line)
    for shown in as_client_sees(call) if call else ():
        yield shown


async def _in_batches(lines: AsyncIterable[MinuteLine], size: int) -> AsyncIterator[list[MinuteLine]]:
    batch: list[MinuteLine] = []
    async for line in lines:
        batch.append(line)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


async def _in_text(
    lines: AsyncIterable[MinuteLine], write: Callable[[Sequence[MinuteLine]], bytes], head: bytes
) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for batch in _in_batches(lines, LINES_PER_CHUNK):
        yield write(batch)


def _csv_head(columns: Columns) -> bytes:
    return (",".join(name for name, _ in columns) + "\r\n").encode()


def _csv_writer(zone: ZoneInfo, columns: Columns) -> Callable[[Sequence[MinuteLine]], bytes]:
    cells = [(name, _CSV_CELLS[kind]) for name, kind in columns if kind is not ColumnKind.LOCAL]
    local = [name for name, _ in columns].index("started_local")

    def write(batch: Sequence[MinuteLine]) -> bytes:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        for line in batch:
            row = [cell(getattr(line, name)) for name, cell in cells]
            row.insert(local, utc(line.started_at).astimezone(zone).isoformat(timespec="microseconds"))
            writer.writerow(row)
        return buffer.getvalue().encode()

    return write


def safe_cell(text: str | None) -> str:
    """The text as no spreadsheet takes it for a formula; nothing for None."""
    if text is None:
        return ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else str(text)


def _iso(at: Instant | None) -> str:
    return "" if at is None else utc(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


_CSV_CELLS: dict[ColumnKind, Callable[[Any], str | int]] = {
    ColumnKind.TEXT: safe_cell,
    ColumnKind.INSTANT: _iso,
    ColumnKind.INTEGER: int,
    ColumnKind.FLAG: lambda value: "true" if value else "false",
}


def _json_writer(zone: ZoneInfo, columns: Columns) -> Callable[[Sequence[MinuteLine]], bytes]:
    encoder = msgspec.json.Encoder()

    def write(batch: Sequence[MinuteLine]) -> bytes:
        return encoder.encode_lines([_plain(line, zone, columns) for line in batch])

    return write


def _plain(line: MinuteLine, zone: ZoneInfo, columns: Columns) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, kind in columns:
        if kind is ColumnKind.LOCAL:
            row[name] = utc(line.started_at).astimezone(zone).isoformat(timespec="microseconds")
        else:
            value = getattr(line, name)
            row[name] = (None if value is None else _iso(value)) if kind is ColumnKind.INSTANT else value
    return row


class _Drain(io.RawIOBase):
    """A file that is only written; what was written is taken away in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._position += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        """All that was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


async def _in_parquet(lines: AsyncIterable[MinuteLine], zone: ZoneInfo, columns: Columns) -> AsyncIterator[bytes]:
    # Loaded here, not at the top: it costs 40 MB, and only a Parquet export needs it.
    import pyarrow  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    types = {
        ColumnKind.TEXT: pyarrow.string(),
        ColumnKind.INSTANT: pyarrow.timestamp("us", tz="UTC"),
        ColumnKind.LOCAL: pyarrow.string(),
        ColumnKind.INTEGER: pyarrow.int64(),
        ColumnKind.FLAG: pyarrow.bool_(),
    }
    schema = pyarrow.schema([pyarrow.field(name, types[kind]) for name, kind in columns])
    drain = _Drain()
    with parquet.ParquetWriter(drain, schema, compression="zstd") as writer:
        async for batch in _in_batches(lines, LINES_PER_ROW_GROUP):
            writer.write_batch(pyarrow.record_batch(_arrays(batch, zone, columns), schema=schema))
            yield drain.take()
    yield drain.take()


def _arrays(batch: Sequence[MinuteLine], zone: ZoneInfo, columns: Columns) -> list[list[object]]:
    arrays: list[list[object]] = []
    for name, kind in columns:
        if kind is ColumnKind.LOCAL:
            arrays.append([utc(line.started_at).astimezone(zone).isoformat(timespec="microseconds") for line in batch])
        else:
            arrays.append([getattr(line, name) for line in batch])
    return arrays
