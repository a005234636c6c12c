"""The journal's contract, in memory, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from store.engine import make_engine
from store.journal import SqlJournal
from store.memory_journal import MemoryJournal
from store.parties import PartyKeys, PartyStore
from telephony.agent.noted import LastShare, Share
from telephony.engine.ports import Journal, PartyRecord
from telephony.errors import JournalError
from telephony.events import CallEnded, LegAnswered, LegOffered
from telephony.identifiers import AgentId, CallId, Instant, LegId, PartyId, ProjectId
from tests.contract.store.journal_words import PATIENT, START, Pen

KEYS = PartyKeys(bytes(range(32)))
T = TypeVar("T")


@pytest.fixture
async def journal(url_or_memory: str | None, tmp_path: Path) -> AsyncIterator[Journal]:
    if url_or_memory is None:
        yield MemoryJournal(is_strict=True)
        return
    engine = make_engine(url_or_memory)
    opened = await SqlJournal.open(engine, spool=tmp_path / "spool", keys=KEYS, settings=PATIENT)
    yield opened
    await opened.close()
    await engine.dispose()


async def all_of(events: AsyncIterator[T]) -> list[T]:
    return [event async for event in events]


async def test_what_was_appended_is_read_in_its_order_once_it_is_durable(journal: Journal) -> None:
    pen = Pen()
    written = [pen.offered("a"), pen.answered("a"), pen.offered("b"), pen.hung_up("a")]
    journal.append(written[:3])
    journal.append(written[3:])
    await journal.wait_durable(4)
    assert journal.durable_seq == 4
    assert await journal.last_seq() == 4
    assert await all_of(journal.read_since(0)) == written


async def test_an_empty_journal_has_no_last_number_and_nothing_open(journal: Journal) -> None:
    assert await journal.last_seq() == 0
    assert await all_of(journal.read_open()) == []
    assert await journal.last_shares() == {}
    await journal.wait_durable(0)


async def test_reading_since_a_number_stops_at_the_other_number(journal: Journal) -> None:
    pen = Pen()
    written = [pen.answered("a") for _ in range(1_500)]
    journal.append(written)
    await journal.wait_durable(1_500)
    assert await all_of(journal.read_since(3, 1_203)) == written[3:1_203]
    assert await all_of(journal.read_since(1_500)) == []


async def test_reading_since_a_number_can_be_limited_to_some_kinds(journal: Journal) -> None:
    pen = Pen()
    written = [pen.offered("a"), pen.answered("a"), pen.offered("b"), pen.ended("a"), pen.answered("b"), pen.offered("c")]
    journal.append(written)
    await journal.wait_durable(6)
    assert await all_of(journal.read_since(0, kinds=[LegOffered])) == [written[0], written[2], written[5]]
    assert await all_of(journal.read_since(1, 5, [LegOffered, CallEnded])) == written[2:4]


async def test_a_call_is_read_alone(journal: Journal) -> None:
    pen = Pen()
    written = [pen.offered("a"), pen.offered("b"), pen.answered("a"), pen.ended("b")]
    journal.append(written)
    await journal.wait_durable(4)
    assert await all_of(journal.read_call(CallId("a"))) == [written[0], written[2]]


async def test_an_agent_is_read_alone_and_from_a_number_on(journal: Journal) -> None:
    pen = Pen()
    written = [pen.logged_in("anna"), pen.logged_in("bert"), pen.offered("a"), pen.reserved("a", "anna")]
    journal.append(written)
    await journal.wait_durable(4)
    assert await all_of(journal.read_agent(AgentId("anna"))) == [written[0], written[3]]
    assert await all_of(journal.read_agent(AgentId("anna"), 1)) == [written[3]]


async def test_open_are_calls_that_have_not_ended_and_agents_on_duty_each_event_once(journal: Journal) -> None:
    pen = Pen()
    over = [pen.offered("over"), pen.ended("over")]
    off_duty = [pen.logged_in("bert"), pen.logged_out("bert")]
    anna, live, bond = pen.logged_in("anna"), pen.offered("live"), pen.reserved("live", "anna")
    journal.append([*over, *off_duty, anna, live])
    journal.append([bond])
    await journal.wait_durable(bond.seq)
    assert await all_of(journal.read_open()) == [anna, live, bond]


async def test_a_call_that_began_with_us_is_open_until_it_ends(journal: Journal) -> None:
    pen = Pen()
    anna, placed, bond = pen.logged_in("anna"), pen.placed("own", "anna"), pen.reserved("own", "anna")
    journal.append([anna, placed, bond])
    await journal.wait_durable(bond.seq)
    assert await all_of(journal.read_open()) == [anna, placed, bond]
    released, ended = pen.released("own", "anna", has_talked=False), pen.ended("own")
    journal.append([released, ended])
    await journal.wait_durable(ended.seq)
    assert placed not in await all_of(journal.read_open())


async def test_an_agent_who_asked_to_log_out_in_a_call_is_on_duty_until_it_ends(journal: Journal) -> None:
    pen = Pen()
    written = [pen.logged_in("anna"), pen.offered("a"), pen.reserved("a", "anna"), pen.logged_out("anna"), pen.ended("a")]
    journal.append(written)
    await journal.wait_durable(5)
    assert await all_of(journal.read_open()) == [written[0], written[2], written[3]]
    journal.append([pen.released("a", "anna", has_talked=False)])
    await journal.wait_durable(6)
    assert await all_of(journal.read_open()) == []


async def test_an_agent_who_comes_back_is_read_from_the_new_log_in_only(journal: Journal) -> None:
    pen = Pen()
    journal.append([pen.logged_in("anna"), pen.logged_out("anna")])
    again = pen.logged_in("anna")
    journal.append([again])
    await journal.wait_durable(3)
    assert await all_of(journal.read_open()) == [again]


async def test_the_latest_pass_of_each_agent_is_kept(journal: Journal) -> None:
    pen = Pen()
    journal.append([pen.offered("a"), pen.reserved("a", "anna", 1.5), pen.reserved("a", "bert", 2.25)])
    journal.append([pen.reserved("a", "anna", 3.125)])
    await journal.wait_durable(4)
    assert {who: last.share.share_pass for who, last in (await journal.last_shares()).items()} == {"anna": 3.125, "bert": 2.25}


async def test_an_agents_share_is_kept_to_the_bit_and_a_claim_tells_with_which_pass_they_left(journal: Journal) -> None:
    pen, anna, nord = Pen(), AgentId("anna"), ProjectId("nord")
    stands = Share(share_pass=0.1 + 0.2, since=Instant(7), behind={nord: -1 / 3}, marks={nord: 2 / 3}, outside=(nord,))
    journal.append([pen.offered("a"), pen.noted("anna", stands)])
    await journal.wait_durable(2)
    assert (await journal.last_shares())[anna] == LastShare(share=stands)
    journal.append([pen.reserved("a", "anna", 1.5)])
    await journal.wait_durable(3)
    claimed = msgspec.structs.replace(stands, share_pass=1.5, since=None, is_back_from_call=True)
    assert (await journal.last_shares())[anna] == LastShare(share=claimed, left={nord: (3, 0.1 + 0.2)})


async def test_the_first_number_at_an_instant_is_found(journal: Journal) -> None:
    pen = Pen()
    journal.append([pen.answered("a") for _ in range(50)])
    await journal.wait_durable(50)
    assert await journal.first_seq_at(Instant(START)) == 1
    assert await journal.first_seq_at(Instant(START + 20_000)) == 20
    assert await journal.first_seq_at(Instant(START + 20_001)) == 21
    assert await journal.first_seq_at(Instant(START + 90_000)) == 51


async def test_a_number_that_does_not_grow_is_refused_and_nothing_is_appended(journal: Journal) -> None:
    pen = Pen()
    first, second = pen.answered("a"), pen.answered("a")
    journal.append([first])
    with pytest.raises(JournalError, match="numbers only grow"):
        journal.append([second, first])
    journal.append([second])
    await journal.wait_durable(2)
    assert await all_of(journal.read_since(0)) == [first, second]


async def test_an_event_that_cannot_be_written_is_never_durable_and_whoever_waits_is_told(journal: Journal) -> None:
    broken = Pen().write(LegAnswered(leg_id=LegId("\ud800")))

    async def write() -> None:
        journal.append([broken])
        await journal.wait_durable(1)

    with pytest.raises(JournalError, match="event 1"):
        await write()
    assert journal.durable_seq == 0


async def test_people_are_written_with_the_event_that_names_them(journal: Journal) -> None:
    record = PartyRecord(party_id=PartyId("party-a"), number="030 1234567", name="Jürgen", seen_at=Instant(START))
    journal.append([Pen().offered("a")], [record])
    await journal.wait_durable(1)
    if isinstance(journal, MemoryJournal):
        assert journal.parties == {"party-a": record}
        return
    assert isinstance(journal, SqlJournal)
    engine = journal._reader._engine
    revealed = (await PartyStore(engine, KEYS).reveal([PartyId("party-a")]))[PartyId("party-a")]
    assert (revealed.number, revealed.name) == ("030 1234567", "Jürgen")


async def test_people_without_an_event_are_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="come with the event"):
        journal.append([], [PartyRecord(party_id=PartyId("x"), number=None, name=None, seen_at=Instant(START))])


async def test_waiting_ends_with_an_error_when_the_journal_is_closed(journal: Journal) -> None:
    close: Callable[[], object] = journal.close  # type: ignore[attr-defined]
    await close()  # type: ignore[misc]
    with pytest.raises(JournalError, match="closed"):
        await journal.wait_durable(1)
