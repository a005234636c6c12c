"""Sweeps away what is older than its term, a bounded batch at a time: a sweep never holds the database for long."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Column, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import forget_old_pages, reading, writing
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.open_streams import Family
from store.retention_classes import EVENT_CLASSES, FILE_CLASSES, ROW_CLASSES, VOICEMAIL, EventClass, terms_of
from store.tables.deliveries import VOICE_MESSAGES
from store.tables.journal import JOURNAL, OPEN_STREAMS
from store.tables.operations import SWEEPS
from store.upserts import insert_or_replace
from telephony.identifiers import SECOND, Instant

HOUR = 3_600 * SECOND
DAY = 24 * HOUR


class Retention:
    """Knows the terms and keeps them. One process at a time sweeps: the worker."""

    def __init__(
        self,
        engine: AsyncEngine,
        terms_days: Mapping[str, int] | None = None,
        *,
        folders: Mapping[str, Sequence[Path]] | None = None,
        in_use: Collection[Path] = (),
        batch_rows: int = 1_000,
    ) -> None:
        """`terms_days` by class of data; `folders` of the classes `voicemail`, `cel` and `logs` whose files we delete.

        Files `in_use` stay however old they are: a program has them open.
        """
        self._engine = engine
        self._terms = terms_of(terms_days or {})
        self._folders = folders or {}
        self._in_use = frozenset(in_use)
        self._batch_rows = batch_rows

    async def sweep(self, now: Instant) -> Mapping[str, int]:
        """Nothing is older than its term; says how many rows or files of each class went."""
        gone = {each.name: await self._sweep_events(each, self._limit(each.name, now)) for each in EVENT_CLASSES}
        for each in ROW_CLASSES:
            limit = self._limit(each.name, now)
            if each.by_hours:
                limit = Instant(limit + -limit % HOUR)
            if each is VOICEMAIL:
                await self._remove_sounds(limit)
            gone[each.name] = sum([await self._sweep_rows(instant, limit) for instant in each.instants])
        for file_class in FILE_CLASSES:
            limit = self._limit(file_class.name, now)
            folders = self._folders.get(file_class.name, ())
            gone[file_class.name] = sum([await asyncio.to_thread(_remove_files, each, limit, self._in_use) for each in folders])
        if gone["parties"]:
            await forget_old_pages(self._engine)
        return gone

    def _limit(self, name: str, now: Instant) -> Instant:
        return Instant(now - self._terms[name] * DAY)

    async def _sweep_rows(self, instant: Column[int], limit: Instant) -> int:
        table = instant.table
        keys = [table.c[column.name] for column in table.primary_key]
        old = select(*keys).where(instant < limit).limit(self._batch_rows)
        statement = delete(table).where(tuple_(*keys).in_(old))
        gone = 0
        while True:
            async with writing(self._engine) as connection:
                count = (await connection.execute(statement)).rowcount
            gone += count
            if count < self._batch_rows:
                return gone

    async def _sweep_events(self, what: EventClass, limit: Instant) -> int:
        """Goes through the numbers below the limit once and for all, and remembers how far. What is open is kept."""
        start = await self._swept_to(what.name)
        reader = JournalReader(self._engine, JournalCodec())
        end = min(await reader.first_seq_at(limit), await reader.last_seq())  # the last stays: numbers are never given twice
        agent_on_duty = select(OPEN_STREAMS.c.stream_id).where(
            OPEN_STREAMS.c.family == Family.AGENT.value,
            OPEN_STREAMS.c.stream_id == JOURNAL.c.agent_id,
            OPEN_STREAMS.c.first_seq <= JOURNAL.c.seq,
        )
        call_open = select(OPEN_STREAMS.c.stream_id).where(
            OPEN_STREAMS.c.family == Family.CALL.value, OPEN_STREAMS.c.stream_id == JOURNAL.c.call_id
        )
        statement = delete(JOURNAL).where(~agent_on_duty.exists(), ~call_open.exists())
        if what.kinds is not None:
            statement = statement.where(JOURNAL.c.kind.in_(what.kinds))
        gone = 0
        while start < end:
            after = min(start + self._batch_rows, end)
            async with writing(self._engine) as connection:
                gone += (await connection.execute(statement.where(JOURNAL.c.seq >= start, JOURNAL.c.seq < after))).rowcount
                row = {"retention_class": what.name, "swept_to_seq": after}
                await connection.execute(insert_or_replace(self._engine, SWEEPS).values(**row))
            start = after
        return gone

    async def _swept_to(self, name: str) -> int:
        async with reading(self._engine) as connection:
            query = select(SWEEPS.c.swept_to_seq).where(SWEEPS.c.retention_class == name)
            return (await connection.execute(query)).scalar() or 0

    async def _remove_sounds(self, limit: Instant) -> None:
        folders = self._folders.get(VOICEMAIL.name, ())
        if not folders:
            return
        async with reading(self._engine) as connection:
            query = select(VOICE_MESSAGES.c.file_name).where(VOICE_MESSAGES.c.received_at < limit)
            names = [str(name) for name in (await connection.execute(query)).scalars()]
        for folder in folders:
            await asyncio.to_thread(_remove_named, folder, names)


def _remove_named(folder: Path, names: list[str]) -> None:
    """The files are gone; a name that leads out of the folder is left alone."""
    top = folder.resolve()
    for name in names:
        path = (top / name).resolve()
        if path.is_relative_to(top) and path != top:
            path.unlink(missing_ok=True)


def _remove_files(folder: Path, limit: Instant, in_use: Collection[Path]) -> int:
    """The plain files of the folder that were last written before the limit are gone; links and folders are left alone."""
    gone = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in in_use and path.is_file() and not path.is_symlink() and path.stat().st_mtime_ns < limit * 1_000:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
