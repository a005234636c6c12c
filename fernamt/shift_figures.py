"""The API's figures of shifts: each a command of `fernamt` in a process of its own, so that live calls lose nothing."""

import asyncio
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from telephony.errors import FernamtError
from telephony.identifiers import AgentId, Instant
from web.shift_ports import FiguresBusy, StaffingWanted

LIMIT_S = 300.0
MOST_AT_ONCE = 2


class FiguresFailed(FernamtError):
    """The process did not answer."""

    code = "figures_failed"


class ProcessShiftFigures:
    """Few run at a time; who comes meanwhile is told so at once, and waits for nobody."""

    def __init__(self, options: Sequence[str] = (), *, limit_s: float = LIMIT_S) -> None:
        """`options` are those before the command: they lead it to the same settings."""
        self._command = [sys.executable, "-m", "fernamt", *options]
        self._limit_s = limit_s
        self._running = 0

    async def attendance(
        self, from_at: Instant, to_at: Instant, agent_ids: Collection[AgentId] | None
    ) -> Sequence[Mapping[str, Any]]:
        """One row an agent."""
        options = [option for agent_id in sorted(agent_ids or ()) for option in ("--agent", agent_id)]
        answer = await self._ask("attendance", *_period(from_at, to_at), *options, "--format", "json")
        rows: list[Mapping[str, Any]] = json.loads(answer)
        return rows

    async def staffing(self, wanted: StaffingWanted) -> Mapping[str, Any]:
        """The hint as a record."""
        answer: Mapping[str, Any] = json.loads(await self._ask(*_staffing(wanted), "--json"))
        return answer

    async def staffing_picture(self, wanted: StaffingWanted) -> bytes:
        """The hint as SVG."""
        return await self._ask(*_staffing(wanted), "--picture", "-")

    async def _ask(self, *options: str) -> bytes:
        if self._running >= MOST_AT_ONCE:
            raise FiguresBusy("as many figures are worked out as may be at once")
        self._running += 1
        try:
            return await self._run(options)
        finally:
            self._running -= 1

    async def _run(self, options: Sequence[str]) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._limit_s):
                out, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise FiguresFailed(f"`fernamt {options[0]}` failed: {errors.decode('utf-8', 'replace')[-500:]}")
        return out


def _staffing(wanted: StaffingWanted) -> list[str]:
    return [
        "staffing",
        *_period(wanted.from_at, wanted.to_at),
        *("--project", wanted.project_id, "--weeks", str(wanted.weeks)),
        *("--target", str(wanted.target_percent), "--shrinkage", str(wanted.shrinkage_percent)),
    ]


def _period(from_at: Instant, to_at: Instant) -> list[str]:
    return ["--from", _moment(from_at), "--to", _moment(to_at)]


def _moment(at: Instant) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
