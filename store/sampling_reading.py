"""Draws and their report, read from the journal."""

from collections.abc import AsyncIterator, Sequence

from recording.sampling_report import KINDS, SamplingReport, report_of
from store.journal_reading import JournalReader
from telephony.events import Envelope
from telephony.identifiers import SECOND, Instant
from telephony.samples import SampleDrawn

_LONGEST_CALL_US = 86_400 * SECOND
"""What becomes of a call that was drawn in the period is read so long after its end."""


class JournaledReports:
    """Reports out of the journal."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal

    async def report(self, since: Instant, to: Instant) -> Sequence[SamplingReport]:
        """What became of the draws from `since` up to `to`."""
        return await read_report(self._journal, since, to)


async def read_report(journal: JournalReader, since: Instant, to: Instant) -> Sequence[SamplingReport]:
    """What became of the draws from `since` up to `to`."""
    told: list[Envelope] = []
    async for envelope in journal.read_since(*await _span(journal, since, Instant(to + _LONGEST_CALL_US)), KINDS):
        is_late_draw = isinstance(envelope.event, SampleDrawn) and not since <= envelope.received_at < to
        told += () if is_late_draw else (envelope,)
    return report_of(told)


async def draws_of(
    journal: JournalReader, day: str, begins_at: Instant, ends_at: Instant
) -> AsyncIterator[tuple[Instant, SampleDrawn]]:
    """Every draw that was made by the seed of that day, and when."""
    around = await _span(journal, Instant(begins_at - 3_600 * SECOND), Instant(ends_at + 3_600 * SECOND))
    async for envelope in journal.read_since(*around, (SampleDrawn,)):
        if isinstance(envelope.event, SampleDrawn) and envelope.event.day == day:
            yield envelope.received_at, envelope.event


async def _span(journal: JournalReader, since: Instant, to: Instant) -> tuple[int, int]:
    return await journal.first_seq_at(since) - 1, await journal.first_seq_at(to) - 1
