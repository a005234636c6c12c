"""Exports minutes in a process of its own: encoding a million lines must not take the event loop from live calls.

The process reads one JSON object from its standard input (the database's address has a password in it, and arguments are for
everybody to see), and writes the file to its standard output. `python -m web.minutes_process` is that process.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from metering.export import ExportFormat, export
from metering.export_columns import Audience
from store.engine import make_engine
from store.minutes import MinuteStore
from telephony.errors import FernamtError
from telephony.identifiers import AgentId, ClientId, Instant
from web.ports import ExportsBusy, MinutesWanted

PIECE = 64 * 1024
NICENESS = 10
HERE = str(Path(__file__).resolve().parent.parent)
"""Where the rooms lie: the process finds them without being installed."""


class ExportBroken(FernamtError):
    """The export ended before its end."""

    code = "export_broken"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to do."""

    database: str
    zone: str
    from_at: int
    to_at: int
    format: str
    audience: Audience
    client_id: str | None
    agent_ids: list[str] | None


class ProcessMinutes:
    """The API's `MinutesExport`: at most `at_once` exports run. Who comes beyond that is told at once, and waits for nobody."""

    def __init__(self, *, database: str, zone: str, at_once: int = 2) -> None:
        self._database = database
        self._zone = zone
        self._free = at_once

    async def stream(self, wanted: MinutesWanted) -> AsyncGenerator[bytes]:
        """The file, piece by piece, as fast as it is taken. Raises `ExportsBusy` at the first piece, `ExportBroken` later."""
        job = Job(
            database=self._database,
            zone=self._zone,
            from_at=wanted.from_at,
            to_at=wanted.to_at,
            format=wanted.format,
            audience=wanted.audience,
            client_id=wanted.client_id,
            agent_ids=None if wanted.agent_ids is None else sorted(wanted.agent_ids),
        )
        if not self._free:
            raise ExportsBusy("as many exports run as may run at once")
        self._free -= 1
        try:
            async with aclosing(_of_process(job)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._free += 1


async def _of_process(job: Job) -> AsyncGenerator[bytes]:
    process = await _started(job)
    try:
        async for piece in _pieces(process):
            yield piece
        if await process.wait() != 0:
            raise ExportBroken("the export process failed: its errors are in the service's log", status=process.returncode)
    finally:
        # The one who asked can go away in mid-file, or be sent away.
        with suppress(ProcessLookupError):
            process.kill()
        async for _ in _pieces(process):
            pass  # what is left in the pipe: until it is read to its end, asyncio does not take the process for ended
        await process.wait()


async def _started(job: Job) -> asyncio.subprocess.Process:
    paths = os.pathsep.join(part for part in (HERE, os.environ.get("PYTHONPATH", "")) if part)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web.minutes_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=PIECE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if process.stdin is not None:
        with suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(job))
            await process.stdin.drain()
        process.stdin.close()
    return process


async def _pieces(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    while process.stdout is not None:
        piece = await process.stdout.read(PIECE)
        if not piece:
            return
        yield piece


async def work(job: Job) -> None:
    """The file is on standard output."""
    engine = make_engine(job.database, pool_size=1)
    try:
        lines = MinuteStore(engine).lines(
            Instant(job.from_at),
            Instant(job.to_at),
            client_id=ClientId(job.client_id) if job.client_id is not None else None,
            agent_ids=None if job.agent_ids is None else [AgentId(each) for each in job.agent_ids],
        )
        await export(lines, ExportFormat(job.format), sys.stdout.buffer, ZoneInfo(job.zone), audience=job.audience)
        sys.stdout.buffer.flush()
    finally:
        await engine.dispose()


def main() -> None:
    """The job on standard input is done; a reader who went away ends it quietly."""
    os.nice(NICENESS)
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    try:
        asyncio.run(work(job))
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    main()
