"""The book of minutes, as metering asks for it."""

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from metering.fold import fold
from metering.lines import FoldedCall, MinuteLine
from metering.ports import DerivationState, Gap, MinuteBook
from store.minutes import MinuteStore
from store.tables.minutes import MINUTE_LINES
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, SwitchName
from tests.unit.metering.history import CALL, a_talk, finished


def a_call(number: int, *, lines: int = 1, client: str = "acme") -> FoldedCall:
    folded = fold(CALL, finished(a_talk(), 65.0).envelopes)
    assert folded is not None
    call_id, start = CallId(f"call-{number:04}"), Instant(1_800_000_000_000_000 + number // 3)
    record = replace(folded.record, call_id=call_id, started_at=start)
    line = replace(folded.lines[0], call_id=call_id, started_at=start, client_id=ClientId(client))
    return FoldedCall(record=record, lines=tuple(replace(line, line_number=n) for n in range(1, lines + 1)))


async def read(book: MinuteBook, **wanted: str) -> list[MinuteLine]:
    return [line async for line in book.lines(Instant(0), Instant(1 << 60), **wanted)]  # type: ignore[arg-type]


def test_the_table_has_a_column_for_every_field_of_a_line_and_no_other() -> None:
    assert set(MINUTE_LINES.c.keys()) == set(MinuteLine.__struct_fields__)


async def test_an_empty_book_is_at_the_beginning(engine: AsyncEngine) -> None:
    book: MinuteBook = MinuteStore(engine)
    assert await book.state() == DerivationState()
    assert await read(book) == []


async def test_calls_and_state_are_kept_as_they_are_and_a_call_put_again_replaces_its_lines(engine: AsyncEngine) -> None:
    book = MinuteStore(engine)
    state = DerivationState(seq=12, gaps=(Gap(seq=3, switch=SwitchName("s"), from_at=Instant(1), to_at=Instant(2)),))
    first, second = a_call(1, lines=3), a_call(2)
    await book.put([first, second], state)
    assert await book.state() == state
    assert await read(book) == [*first.lines, *second.lines]
    assert await book.record(first.record.call_id) == first.record
    assert await book.record(CallId("none")) is None
    again = a_call(1, lines=1)
    await book.put([again], DerivationState(seq=14))
    assert await read(book) == [*again.lines, *second.lines]
    assert (await book.state()).seq == 14


async def test_lines_are_read_page_by_page_in_their_order_without_hole_or_double(engine: AsyncEngine) -> None:
    book = MinuteStore(engine, page_rows=7)
    calls = [a_call(number, lines=number % 3 + 1) for number in range(40)]
    await book.put(calls[20:], DerivationState(seq=1))
    await book.put(calls[:20], DerivationState(seq=2))
    assert await read(book) == [line for call in calls for line in call.lines]


async def test_lines_are_chosen_by_time_client_project_and_agent(engine: AsyncEngine) -> None:
    book = MinuteStore(engine)
    calls = [a_call(0, client="nord"), a_call(3, client="sued"), a_call(6, client="nord")]
    await book.put(calls, DerivationState(seq=1))
    assert await read(book, client_id="nord") == [*calls[0].lines, *calls[2].lines]
    line = calls[0].lines[0]
    assert len(await read(book, agent_id=str(line.agent_id), project_id=str(line.project_id))) == 3
    assert await read(book, agent_id=AgentId("nobody")) == []
    assert await read(book, project_id=ProjectId("nothing")) == []
    between = [each async for each in book.lines(Instant(1_800_000_000_000_001), Instant(1_800_000_000_000_002))]
    assert between == list(calls[1].lines)


async def test_a_cleared_book_is_at_the_beginning_again(engine: AsyncEngine) -> None:
    book = MinuteStore(engine)
    await book.put([a_call(1)], DerivationState(seq=5))
    await book.clear()
    assert await book.state() == DerivationState()
    assert await read(book) == []
