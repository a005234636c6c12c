"""The worker: jobs again and again, failures survived, ended when told and when the parent is gone."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fernamt.worker import DeriveMinutes, Worker
from fernamt.worker_process import WorkerProcess
from metering.derive import rebuild
from metering.lines import MeteringRules
from metering.ports import DerivationState
from telephony.errors import JournalError
from tests.unit.metering.history import a_talk, finished
from tests.unit.metering.test_derive import ListedBook, ListedJournal, interleaved

ROOT = Path(__file__).parents[3]
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


class Counting:
    """A job that fails as often as told, then works."""

    name = "counting"

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.runs = 0
        self.worked = asyncio.Event()

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        self.runs += 1
        if self.runs <= self.failures:
            raise JournalError("the journal cannot be read")
        self.worked.set()
        return 3600.0


async def test_the_minutes_of_what_ended_are_in_the_book() -> None:
    journal, book = ListedJournal(interleaved(5)), ListedBook()
    job = DeriveMinutes(journal, book)
    await job.run_once(lambda: False)
    assert len(book.calls) == 5
    later = ListedBook()
    await rebuild(journal, later)
    assert book.content == later.content


async def test_other_rules_derive_everything_anew() -> None:
    story = a_talk()
    story.held(15, story.leg()).unheld(25, story.leg())
    journal, book = ListedJournal(finished(story, 65).envelopes), ListedBook()
    await DeriveMinutes(journal, book).run_once(lambda: False)
    before = book.calls[story.call_id].lines[0]
    await DeriveMinutes(journal, book, MeteringRules(version="2", is_hold_paid=False)).run_once(lambda: False)
    after = book.calls[story.call_id].lines[0]
    assert (before.paid_ms, before.rule_version, after.paid_ms, after.rule_version) == (60_000, "1", 50_000, "2")
    assert book.at.rule_version == "2"


async def test_a_derivation_that_failed_half_way_goes_on_from_the_book() -> None:
    class Failing(ListedBook):
        is_broken = True

        async def put(self, calls: object, state: DerivationState) -> None:  # type: ignore[override]
            if self.is_broken:
                raise JournalError("the disk is full")
            await super().put(calls, state)  # type: ignore[arg-type]

    journal, book = ListedJournal(interleaved(5)), Failing()
    job = DeriveMinutes(journal, book)
    with pytest.raises(JournalError):
        await job.run_once(lambda: False)
    book.is_broken = False
    await job.run_once(lambda: False)
    assert len(book.calls) == 5


async def test_a_long_derivation_leaves_off_when_the_worker_stops() -> None:
    journal, book = ListedJournal(interleaved(600)), ListedBook()
    await DeriveMinutes(journal, book).run_once(lambda: True)
    assert 0 < len(book.calls) < 600


async def test_a_job_that_fails_is_tried_again_and_the_others_go_on() -> None:
    failing, steady = Counting(failures=1), Counting()
    worker = Worker([failing, steady])
    running = asyncio.create_task(worker.run())
    await asyncio.gather(failing.worked.wait(), steady.worked.wait())
    worker.stop()
    await running
    assert (failing.runs, steady.runs) == (2, 1)


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
