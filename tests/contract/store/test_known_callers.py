"""Callers known by number: held by hashes alone, answered from memory, erased with the person."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.directory import AgentProfile
from store.audit import Author
from store.centre import Centre
from store.directory import DirectoryStore
from store.engine import reading
from store.known_callers import KEPT_US, KnownCallers
from store.parties import PartyKeys, PartyStore
from store.tables.accounts import AUDIT
from store.tables.callers import BLOCKED_CALLERS, CALLER_LIST_ENTRIES, LAST_AGENTS
from telephony.causes import EndReason
from telephony.engine.ports import NO_MARKS
from telephony.events import AgentConnected, CallEnded, Envelope, Event, LegOffered
from telephony.identifiers import AgentId, CallId, EventId, Instant, LegId, PartyId, TrunkId, UserId

KEYS = PartyKeys(bytes(range(32)))
NOW = Instant(1_800_000_000_000_000)
BOSS = Author(user_id=UserId("boss"), at=NOW)
NUMBER, SAME, OTHER = "030 / 1234567", "+49301234567", "+49301234568"
ANNA = AgentId("anna")


async def a_book(engine: AsyncEngine, *, remembers: bool = False) -> KnownCallers:
    book = KnownCallers(engine, KEYS)
    book.remembers_agents = remembers
    await book.load(NOW)
    return book


async def with_anna(engine: AsyncEngine) -> None:
    await DirectoryStore(engine).apply(Centre(agents=(AgentProfile(agent_id=ANNA, name="Anna", level=1),)))


def told(book: KnownCallers, call: str, event: Event, at: Instant = NOW) -> None:
    envelope = Envelope(
        seq=1, event_id=EventId("e"), occurred_at=at, received_at=at, event=event, call_id=CallId(call), agent_id=None
    )
    book.publish([envelope])


def talks(book: KnownCallers, number: str, agent: str, call: str = "c1", at: Instant = NOW) -> None:
    """A caller of that number comes, talks to the agent, and the call ends."""
    party_id = PartyId(f"party-{call}")
    book(number, party_id)
    leg = LegOffered(leg_id=LegId(call), trunk_id=TrunkId("t"), dnis="1", party_id=party_id, caller=None)
    told(book, call, leg, at)
    told(book, call, AgentConnected(call_id=CallId(call), agent_id=AgentId(agent), leg_id=LegId("x")), at)
    told(book, call, CallEnded(call_id=CallId(call), end_reason=EndReason.CALLER_HUNG_UP), at)


async def test_a_number_on_a_list_is_known_in_every_spelling_and_to_every_process(engine: AsyncEngine) -> None:
    before = await DirectoryStore(engine).revision()
    book = await a_book(engine)
    await book.put_on_list("vip", NUMBER, by=BOSS)
    await book.put_on_list("vip", SAME, by=BOSS)  # is on it already
    assert await book.counts() == {"vip": 1}
    assert await DirectoryStore(engine).revision() == before + 1  # others see by it that they have to read anew
    other = await a_book(engine)
    assert other(SAME, PartyId("p")).caller_lists == ("vip",)
    assert other(OTHER, PartyId("p")) == NO_MARKS
    await other.take_off_list("vip", SAME, by=BOSS)
    await book.load(NOW)
    assert book(NUMBER, PartyId("p")) == NO_MARKS


async def test_many_numbers_go_on_their_lists_at_once_and_only_new_ones_count(engine: AsyncEngine) -> None:
    book = await a_book(engine)
    await book.put_on_list("vip", NUMBER, by=BOSS)
    before = await DirectoryStore(engine).revision()
    assert await book.put_all_on_lists([("vip", SAME), ("vip", OTHER), ("vip", OTHER), ("press", SAME)], by=BOSS) == 2
    assert await book.counts() == {"vip": 2, "press": 1}
    assert await DirectoryStore(engine).revision() == before + 1
    assert await book.put_all_on_lists([("vip", OTHER)], by=BOSS) == 0
    assert await DirectoryStore(engine).revision() == before + 1
    async with reading(engine) as connection:
        deeds = (await connection.execute(select(AUDIT).where(AUDIT.c.deed == "caller_list.numbers_imported"))).all()
    assert [(row.subject, row.after) for row in deeds] == [("vip", '{"numbers":1}'), ("press", '{"numbers":1}')]


async def test_a_blocked_caller_is_known_until_unblocked(engine: AsyncEngine) -> None:
    await with_anna(engine)
    book = await a_book(engine)
    await book.block(ANNA, NUMBER, by=BOSS)
    await book.load(NOW)
    assert book(SAME, PartyId("p")).blocked_agents == ("anna",)
    await book.unblock(ANNA, SAME, by=BOSS)
    await book.load(NOW)
    assert book(SAME, PartyId("p")) == NO_MARKS


async def test_neither_the_tables_nor_the_record_of_changes_hold_a_number(engine: AsyncEngine) -> None:
    await with_anna(engine)
    book = await a_book(engine, remembers=True)
    await book.put_on_list("vip", SAME, by=BOSS)
    await book.block(ANNA, SAME, by=BOSS)
    talks(book, SAME, "anna")
    await book.save(NOW)
    async with reading(engine) as connection:
        for table in (CALLER_LIST_ENTRIES, BLOCKED_CALLERS, LAST_AGENTS, AUDIT):
            rows = (await connection.execute(select(table))).all()
            assert rows
            assert "1234567" not in repr(rows)
    assert "1234567" not in repr([vars(book)])


async def test_whom_a_caller_talked_to_last_is_known_after_a_restart_and_forgotten_in_time(engine: AsyncEngine) -> None:
    book = await a_book(engine, remembers=True)
    talks(book, NUMBER, "anna", "c1")
    talks(book, SAME, "ben", "c2")
    assert book(SAME, PartyId("p")).last_agent_id == "ben"
    await book.save(NOW)
    assert not book.has_unsaved
    again = await a_book(engine, remembers=True)
    assert again(SAME, PartyId("p")).last_agent_id == "ben"
    late = Instant(NOW + KEPT_US + 1)
    await again.save(late)
    await again.load(late)
    assert again(SAME, PartyId("p")) == NO_MARKS


async def test_where_no_project_waits_for_last_agents_nobody_is_remembered(engine: AsyncEngine) -> None:
    book = await a_book(engine)
    talks(book, NUMBER, "anna")
    assert not book.has_unsaved
    assert book(NUMBER, PartyId("p")) == NO_MARKS


async def test_an_erasure_forgets_lists_blocks_and_last_agents(engine: AsyncEngine, tmp_path: Path) -> None:
    await with_anna(engine)
    book = await a_book(engine, remembers=True)
    await book.put_on_list("vip", NUMBER, by=BOSS)
    await book.block(ANNA, NUMBER, by=BOSS)
    talks(book, NUMBER, "anna")
    await book.save(NOW)
    before = await DirectoryStore(engine).revision()
    await PartyStore(engine, KEYS).erase(at=NOW, receipt_id="r1", reason="asked for it", number=SAME)
    assert await DirectoryStore(engine).revision() == before + 1
    await book.load(NOW)
    assert book(NUMBER, PartyId("p")) == NO_MARKS
