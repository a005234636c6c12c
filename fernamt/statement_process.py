"""The API's statements: each is `fernamt agents statement` in a process of its own, so that live calls lose nothing."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from telephony.errors import FernamtError
from telephony.identifiers import AgentId, Instant
from web.level_ports import StatementsBusy

LIMIT_S = 600.0
MOST_AT_ONCE = 2


class StatementFailed(FernamtError):
    """The process did not answer."""

    code = "statement_failed"


class ProcessStatements:
    """Few are worked out at a time; who comes meanwhile is told so at once."""

    def __init__(self, options: Sequence[str] = (), *, limit_s: float = LIMIT_S) -> None:
        """`options` are those before the command: they lead it to the same settings."""
        self._command = [sys.executable, "-m", "fernamt", *options, "agents", "statement"]
        self._limit_s = limit_s
        self._running = 0

    async def statement(self, agent_id: AgentId, from_at: Instant, to_at: Instant, language: str) -> Mapping[str, Any]:
        """The agent's statement of [from, to). Raises `StatementsBusy`."""
        if self._running >= MOST_AT_ONCE:
            raise StatementsBusy("as many statements are worked out as may be at once")
        self._running += 1
        try:
            out = await self._run(
                "--from", _moment(from_at), "--to", _moment(to_at), "--lang", language, "--json", "--", agent_id
            )
        finally:
            self._running -= 1
        found: Mapping[str, Any] = json.loads(out)
        return found

    async def _run(self, *options: str) -> bytes:
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
            raise StatementFailed(f"`fernamt agents statement` failed: {errors.decode('utf-8', 'replace')[-500:]}")
        return out


def _moment(at: Instant) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
