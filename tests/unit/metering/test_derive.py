"""Derivation: step by step, after any restart, or rebuilt from the start, the book holds the same bytes."""

from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from metering.derive import Derivation, catch_up, rebuild
from metering.lines import FoldedCall
from metering.ports import DerivationState
from telephony.causes import EndReason
from telephony.events import DirectoryLoaded, Envelope, GapObserved, LegHungUp
from telephony.identifiers import CallId, EventId, LegId
from tests.unit.metering.history import SWITCH, T0, History, a_talk, at, finished


class ListedJournal:
    """A journal in a list; `reads` counts calls that were read again."""

    def __init__(self, envelopes: Sequence[Envelope]) -> None:
        self.envelopes = list(envelopes)
        self.reads = 0

    async def read_since(self, seq: int, until: int | None = None) -> AsyncIterator[Envelope]:
        for envelope in list(self.envelopes):
            if envelope.seq > seq and (until is None or envelope.seq <= until):
                yield envelope

    async def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        self.reads += 1
        for envelope in list(self.envelopes):
            if envelope.call_id == call_id:
                yield envelope


class ListedBook:
    """A book in a dict."""

    def __init__(self) -> None:
        self.calls: dict[CallId, FoldedCall] = {}
        self.at = DerivationState()

    async def state(self) -> DerivationState:
        return self.at

    async def put(self, calls: Sequence[FoldedCall], state: DerivationState) -> None:
        self.calls.update((call.record.call_id, call) for call in calls)
        self.at = msgspec.json.decode(msgspec.json.encode(state), type=DerivationState)

    async def clear(self) -> None:
        self.calls, self.at = {}, DerivationState()

    @property
    def content(self) -> bytes:
        return msgspec.json.encode([self.calls[call_id] for call_id in sorted(self.calls)])


def interleaved(count: int) -> list[Envelope]:
    """Several calls at once, each a little later than the one before, with what is nobody's in between."""
    told: list[Envelope] = []
    for number in range(count):
        story = History(CallId(f"019a4bd0-0000-7000-8000-{number:012}"), LegId(f"1793613600.{number}"))
        story.arrives(number).reserved(number + 1, "anna").rings(number + 2, "anna").answers(number + 4)
        story.held(number + 5, story.leg()).unheld(number + 6, story.leg())
        told += finished(story, number + 9).envelopes
    told.append(switch_wide(DirectoryLoaded(revision=1), 3.5))
    told.append(switch_wide(GapObserved(switch=SWITCH, from_at=at(5.5), to_at=at(6.5)), 6.6))
    told.sort(key=lambda envelope: envelope.occurred_at)
    return numbered(told)


def switch_wide(event: DirectoryLoaded | GapObserved, now: float) -> Envelope:
    return Envelope(seq=0, event_id=EventId("x"), occurred_at=at(now), received_at=T0, event=event, switch=SWITCH)


def numbered(envelopes: Sequence[Envelope]) -> list[Envelope]:
    return [msgspec.structs.replace(envelope, seq=seq) for seq, envelope in enumerate(envelopes, 1)]


async def rebuilt(journal: ListedJournal) -> bytes:
    book = ListedBook()
    await rebuild(journal, book)
    return book.content


async def test_following_the_journal_event_by_event_is_the_same_as_rebuilding() -> None:
    journal = ListedJournal(interleaved(6))
    book = ListedBook()
    derivation = Derivation(journal, DerivationState(), calls_per_step=2)
    for seq in range(1, len(journal.envelopes) + 1):
        await catch_up(derivation, book, until=seq)
    assert book.content == await rebuilt(journal)
    assert len(book.calls) == 6
    assert any(call.record.is_hold_unknown for call in book.calls.values())


@pytest.mark.parametrize("every", [1, 7, 40])
async def test_a_worker_that_starts_anew_in_between_derives_the_same(every: int) -> None:
    journal = ListedJournal(interleaved(6))
    book = ListedBook()
    for seq in [*range(1, len(journal.envelopes), every), len(journal.envelopes)]:
        await catch_up(Derivation(journal, await book.state()), book, until=seq)
    assert book.content == await rebuilt(journal)


@pytest.mark.parametrize(("open_limit", "ended_limit"), [(1, 0), (2, 1), (1, 100)])
async def test_what_is_kept_in_memory_decides_no_line(open_limit: int, ended_limit: int) -> None:
    journal = ListedJournal(interleaved(6))
    book = ListedBook()
    derivation = Derivation(journal, DerivationState(), open_limit=open_limit, ended_limit=ended_limit, calls_per_step=3)
    await catch_up(derivation, book)
    assert book.content == await rebuilt(journal)
    assert journal.reads > 0


async def test_a_late_fact_replaces_the_lines_of_its_call() -> None:
    story = a_talk()
    story.leaves(65, story.leg()).hangs_up(65, story.leg()).ends(70)
    journal, book = ListedJournal(story.envelopes), ListedBook()
    await catch_up(Derivation(journal, DerivationState()), book)
    assert book.calls[story.call_id].lines[0].is_estimated
    story.say(64, LegHungUp(leg_id=story.caller, cause=16, by_phone=True))  # type: ignore[arg-type]
    journal.envelopes = list(story.envelopes)
    await catch_up(Derivation(journal, await book.state()), book)
    assert journal.reads == 1
    assert (book.calls[story.call_id].lines[0].talk_ms, book.calls[story.call_id].lines[0].is_estimated) == (59_000, False)
    assert book.content == await rebuilt(journal)


async def test_an_open_call_has_no_lines_and_the_state_moves_on() -> None:
    journal, book = ListedJournal(a_talk().envelopes), ListedBook()
    assert await catch_up(Derivation(journal, DerivationState()), book) == 0
    assert book.at.seq == len(journal.envelopes)
    assert book.calls == {}


async def test_memory_holds_open_calls_and_a_few_ended_ones_only() -> None:
    journal = ListedJournal(interleaved(60))
    derivation = Derivation(journal, DerivationState(), ended_limit=5, calls_per_step=1)
    most = 0
    async for _ in derivation.steps():
        most = max(most, derivation.kept_calls)
    assert 5 < most <= 5 + 12


async def test_a_call_nobody_was_in_gives_no_line() -> None:
    story = History()
    story.ends(1, EndReason.FEATURE_CODE)
    book = ListedBook()
    assert await catch_up(Derivation(ListedJournal(story.envelopes), DerivationState()), book) == 0


async def test_a_gap_told_after_a_calls_end_was_seen_hid_nothing_of_it() -> None:
    story = finished(a_talk(), 65)
    gap = switch_wide(GapObserved(switch=SWITCH, from_at=at(20), to_at=at(90)), 91)
    journal, book = ListedJournal(numbered([*story.envelopes, gap])), ListedBook()
    await rebuild(journal, book)
    assert not book.calls[story.call_id].lines[0].is_hold_unknown
    early = ListedBook()
    await rebuild(ListedJournal(numbered([*story.envelopes[:-1], gap, story.envelopes[-1]])), early)
    assert early.calls[story.call_id].lines[0].is_hold_unknown
