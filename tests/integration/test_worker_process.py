"""The worker's process: ended when told, ended when its parent is gone, started again when it dies."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fernamt.worker_process import WorkerProcess

ROOT = Path(__file__).parents[2]
CHILD = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from fernamt.worker import Worker, run_until_told
class Note:
    name = "note"
    async def run_once(self, is_stopping):
        print("at work", flush=True)
        return 3600.0
asyncio.run(run_until_told(Worker([Note()]), ends_with_parent=True))
print("ended", flush=True)
"""


async def a_child() -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(ROOT), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"at work\n"
    return child


async def test_sigterm_ends_the_worker_cleanly() -> None:
    child = await a_child()
    child.send_signal(signal.SIGTERM)
    out, _ = await child.communicate()
    assert (out, child.returncode) == (b"ended\n", 0)


async def test_the_worker_ends_when_its_parent_is_gone() -> None:
    child = await a_child()
    assert child.stdin is not None
    child.stdin.close()  # as a parent's death does
    out, _ = await child.communicate()
    assert (out, child.returncode) == (b"ended\n", 0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.01)


async def test_a_worker_that_dies_is_started_again_and_ends_with_us() -> None:
    process = WorkerProcess([sys.executable, "-c", CHILD, str(ROOT)], first_pause_s=0.01)
    running = asyncio.create_task(process.run())
    await until(lambda: process.pid is not None)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: process.starts == 2 and process.pid is not None)
    second = process.pid
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert second is not None
    assert second != first
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
