"""What is derived of the journal: records of calls and minute lines. Metering's `MinuteBook`; written by the worker only."""

from collections.abc import AsyncIterator, Collection, Sequence
from itertools import count
from typing import Any

import msgspec
from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from metering.lines import CallRecord, FoldedCall, MinuteLine
from metering.ports import DerivationState
from store.engine import is_sqlite, reading, writing
from store.tables.minutes import CDRS, DERIVATION, MINUTE_LINES
from store.upserts import insert_or_replace
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId

_THE_STATE = 1
_LINE_FIELDS = MinuteLine.__struct_fields__


class MinuteStore:
    """The book of minutes in a database."""

    def __init__(self, engine: AsyncEngine, *, page_rows: int = 500) -> None:
        self._engine = engine
        self._page_rows = page_rows
        for_sqlite = is_sqlite(engine)
        self._insert_lines = _insert(MINUTE_LINES, _LINE_FIELDS, for_sqlite)
        self._insert_cdrs = _insert(CDRS, tuple(CDRS.c.keys()), for_sqlite)
        mark = "?" if for_sqlite else "$1"
        self._delete = [f"DELETE FROM {table.name} WHERE call_id = {mark}" for table in (MINUTE_LINES, CDRS)]  # noqa: S608

    async def state(self) -> DerivationState:
        """How far it has been derived; the beginning for an empty book."""
        async with reading(self._engine) as connection:
            text = (await connection.execute(select(DERIVATION.c.state).where(DERIVATION.c.id == _THE_STATE))).scalar()
        return DerivationState() if text is None else msgspec.json.decode(text, type=DerivationState)

    async def put(self, calls: Sequence[FoldedCall], state: DerivationState) -> None:
        """In one transaction: each call's record and lines replace what was there of it, and the state moves on."""
        ids = [(call.record.call_id,) for call in calls]
        lines = [tuple(msgspec.to_builtins(line).values()) for call in calls for line in call.lines]
        async with writing(self._engine) as connection:
            for statement in self._delete:
                await _many(connection, statement, ids)
            await _many(connection, self._insert_cdrs, [_cdr(call.record) for call in calls])
            await _many(connection, self._insert_lines, lines)
            text = msgspec.json.encode(state).decode()
            await connection.execute(insert_or_replace(self._engine, DERIVATION).values(id=_THE_STATE, seq=state.seq, state=text))

    async def clear(self) -> None:
        """The book is empty and its state is the beginning: the next derivation rebuilds it whole."""
        async with writing(self._engine) as connection:
            for table in (MINUTE_LINES, CDRS, DERIVATION):
                await connection.execute(delete(table))

    async def lines(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        client_id: ClientId | None = None,
        agent_id: AgentId | None = None,
        project_id: ProjectId | None = None,
        agent_ids: Collection[AgentId] | None = None,
    ) -> AsyncIterator[MinuteLine]:
        """Lines of calls that came in from `from_at` up to, not with, `to_at`, ordered by start, call and line number.

        With `agent_ids` of those agents only: of nobody, there is no line. Read a page at a time: memory stays flat however many
        there are.
        """
        columns = MINUTE_LINES.c
        order = (columns.started_at, columns.call_id, columns.line_number)
        query = select(*(columns[name] for name in _LINE_FIELDS)).where(columns.started_at < to_at).order_by(*order)
        for column, wanted in ((columns.client_id, client_id), (columns.agent_id, agent_id), (columns.project_id, project_id)):
            if wanted is not None:
                query = query.where(column == wanted)
        if agent_ids is not None:
            query = query.where(columns.agent_id.in_(sorted(agent_ids)))
        page = query.where(columns.started_at >= from_at)
        while True:
            async with reading(self._engine) as connection:
                rows = (await connection.execute(page.limit(self._page_rows))).all()
            for row in rows:
                yield msgspec.convert(dict(zip(_LINE_FIELDS, row, strict=True)), MinuteLine)
            if len(rows) < self._page_rows:
                return
            page = query.where(tuple_(*order) > tuple_(*(getattr(rows[-1], column.name) for column in order)))

    async def record(self, call_id: CallId) -> CallRecord | None:
        """The record of that call; None where it has not been derived."""
        async with reading(self._engine) as connection:
            text = (await connection.execute(select(CDRS.c.record).where(CDRS.c.call_id == call_id))).scalar()
        return None if text is None else msgspec.json.decode(text, type=CallRecord)


def _cdr(record: CallRecord) -> tuple[Any, ...]:
    return (
        record.call_id,
        record.started_at,
        record.ended_at,
        record.client_id,
        record.project_id,
        record.end_reason,
        record.talk_ms,
        msgspec.json.encode(record).decode(),
    )


def _insert(table: Table, names: Sequence[str], for_sqlite: bool) -> str:
    numbers = count(1)
    marks = ", ".join("?" if for_sqlite else f"${next(numbers)}" for _ in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of our own tables


async def _many(connection: AsyncConnection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        await connection.exec_driver_sql(statement, rows)
