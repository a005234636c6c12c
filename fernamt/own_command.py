"""Commands of `fernamt` in processes of their own, asked by the API: what takes long takes nothing from live calls."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telephony.errors import FernamtError
from telephony.identifiers import Instant

LONGEST_REASON = 500


class OwnCommandFailed(FernamtError):
    """The process did not answer."""

    code = "own_command_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a process said until its end."""

    exit_code: int
    out: bytes
    errors: str


def own_command(options: Sequence[str], *words: str) -> list[str]:
    """The command line of ours with these words; `options` are those before them, which lead it to the same settings."""
    return [sys.executable, "-m", "fernamt", *options, *words]


async def said_by(command: Sequence[str], *, limit_s: float, given: bytes | None = None) -> Said:
    """The process has ended; `given` was its input. Raises `TimeoutError` after `limit_s`; it has ended then as well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(limit_s):
            out, errors = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Said(exit_code=process.returncode or 0, out=out, errors=errors.decode("utf-8", "replace"))


class FewAtOnce:
    """Few commands run at a time; who comes meanwhile is told so at once, and waits for nobody."""

    def __init__(self, most: int, *, limit_s: float, busy: type[FernamtError]) -> None:
        self._most = most
        self._limit_s = limit_s
        self._busy = busy
        self._running = 0

    async def answer(self, command: Sequence[str], *, given: bytes | None = None) -> bytes:
        """What the command wrote; `given` was its input. Raises `busy`, `OwnCommandFailed` and `TimeoutError`."""
        if self._running >= self._most:
            raise self._busy("as many run as may be at once: ask again in a moment")
        self._running += 1
        try:
            said = await said_by(command, limit_s=self._limit_s, given=given)
        finally:
            self._running -= 1
        if said.exit_code != 0:
            raise OwnCommandFailed(f"exit code {said.exit_code}: {said.errors[-LONGEST_REASON:]}")
        return said.out


def moment(at: Instant) -> str:
    """The instant as options take it (ISO 8601, UTC)."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
