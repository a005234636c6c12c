"""The worker as a child of `serve`: started with it, started again when it dies, ended with it, never outliving it.

The child's standard input is a pipe whose other end is ours and which nobody writes to: when we are gone, however we went, it is
closed, and the worker ends.
"""

import asyncio
import sys
from collections.abc import Sequence

import structlog

ENDS_WITH_PARENT = "--ends-with-parent"
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
STOP_LIMIT_S = 10.0

_log = structlog.get_logger("fernamt.worker_process")


def worker_command(options: Sequence[str] = ()) -> list[str]:
    """The command line of a worker that ends with its parent; `options` are those before the command (`--config FILE`)."""
    return [sys.executable, "-m", "fernamt", *options, "worker", ENDS_WITH_PARENT]


class WorkerProcess:
    """Keeps one child alive."""

    def __init__(self, command: Sequence[str], *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._command = command
        self._first_pause_s = first_pause_s
        self.starts = 0
        self.pid: int | None = None

    async def run(self) -> None:
        """The child runs, and runs again whenever it ends, until this is cancelled; then it has ended as well."""
        pause = self._first_pause_s
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            code = await self._run_child()
            if loop.time() - began > STEADY_AFTER_S:
                pause = self._first_pause_s
            _log.error("worker ended", exit_code=code, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)

    async def _run_child(self) -> int:
        child = await asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.PIPE)
        self.starts += 1
        self.pid = child.pid
        try:
            return await child.wait()
        finally:
            if child.returncode is None:
                await _end(child)
            self.pid = None


async def _end(child: asyncio.subprocess.Process) -> None:
    child.terminate()
    try:
        async with asyncio.timeout(STOP_LIMIT_S):
            await child.wait()
    except TimeoutError:
        _log.error("worker did not end when told; it is killed", pid=child.pid)
        child.kill()
        await child.wait()
