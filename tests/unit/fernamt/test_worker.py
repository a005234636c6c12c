"""The worker: jobs again and again, failures survived, long ones left off at a stop."""

import asyncio
from collections.abc import Callable

import pytest

from fernamt.worker import DeriveMinutes, Worker
from metering.derive import rebuild
from metering.lines import MeteringRules
from metering.ports import DerivationState
from telephony.errors import JournalError
from tests.unit.metering.history import a_talk, finished
from tests.unit.metering.test_derive import ListedBook, ListedJournal, interleaved


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
