"""A board that was restored from the journal is the board that was never interrupted."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace as replace_state
from zoneinfo import ZoneInfo

import msgspec
import pytest

from monitor.feed import Feed
from monitor.live_view import BoardSettings, LiveView, local_day
from monitor.rows import BoardSnapshot
from monitor.scope import WHOLE_FLOOR
from telephony import events as ev
from telephony.events import Envelope
from telephony.identifiers import SECOND, AgentId, CallId, Instant
from tests.live_floor import PlayedFloor, a_centre

BERLIN = ZoneInfo("Europe/Berlin")
NOON = Instant(1_793_620_800_000_000)
_, MIDNIGHT = local_day(NOON, BERLIN)


async def read(envelopes: Iterable[Envelope]) -> AsyncIterator[Envelope]:
    for envelope in envelopes:
        yield envelope


def open_streams(journal: list[Envelope]) -> list[Envelope]:
    """Calls that have not ended, and agents since their log-in: what the journal's `read_open` gives."""
    ended: set[CallId] = {e.event.call_id for e in journal if isinstance(e.event, ev.CallEnded)}
    entered: dict[AgentId, int] = {e.event.agent_id: e.seq for e in journal if isinstance(e.event, ev.LogInRequested)}
    return [
        e
        for e in journal
        if (e.call_id is not None and e.call_id not in ended)
        or (e.agent_id is not None and e.seq >= entered.get(e.agent_id, e.seq + 1))
    ]


def a_feed(at: Instant, now_at: Instant | None = None) -> Feed:
    view = LiveView(a_centre(), BoardSettings(zone=BERLIN), at)
    return Feed(view, epoch="e", now=lambda: now_at or at)


def board_of(feed: Feed) -> BoardSnapshot:
    feed.tick()
    feed.flush()
    with feed.subscribe(WHOLE_FLOOR) as screen:
        frame = msgspec.json.decode(feed.snapshot(screen._channel).payload)
    return msgspec.convert(frame["board"], BoardSnapshot)


def without_presence(board: BoardSnapshot) -> BoardSnapshot:
    """Phones and switches say anew what they are after every start."""
    agents = tuple(msgspec.structs.replace(row, is_reachable=None, round_trip_us=None) for row in board.agents)
    return msgspec.structs.replace(board, agents=agents, switches=())


@pytest.mark.parametrize("began_at", [NOON, Instant(MIDNIGHT - 1_800 * SECOND)], ids=["at noon", "over midnight"])
async def test_a_restored_board_is_the_one_that_was_never_interrupted(began_at: Instant) -> None:
    floor = PlayedFloor(a_centre(), began_at, seed=3)
    journal = [*floor.open(), *floor.play(3_600)]
    followed = a_feed(began_at, floor.at)
    followed.publish(journal)
    restarted = a_feed(floor.at)
    day_began_at, _ = local_day(floor.at, BERLIN)
    lately = [e for e in journal if e.received_at >= day_began_at - 7_200 * SECOND]
    await restarted.restore(read(open_streams(journal)), read(lately))
    restored, undisturbed = without_presence(board_of(restarted)), without_presence(board_of(followed))
    for table in BoardSnapshot.__struct_fields__:
        assert getattr(restored, table) == getattr(undisturbed, table), table


async def test_what_happened_yesterday_adds_nothing_to_today() -> None:
    floor = PlayedFloor(a_centre(), Instant(MIDNIGHT - 7_200 * SECOND))
    journal = [*floor.open(), *floor.play(7_000)]
    restarted = a_feed(Instant(MIDNIGHT + 60 * SECOND))
    await restarted.restore(read(open_streams(journal)))
    board = board_of(restarted)
    assert {(row.calls_today, row.talked_ms, row.busy_ms, row.available_ms) for row in board.agents} == {(0, 0, 0, 0)}
    assert board.header.today.offered == 0
    assert all(row.counted_at is None or row.counted_at >= MIDNIGHT for row in board.agents)


async def test_the_openings_of_a_restored_queue_are_the_calls_that_wait() -> None:
    floor = PlayedFloor(replace_state(a_centre(), agents={}, endpoints={}), NOON)
    journal = [*floor.open(), *floor.play(600)]
    restarted = a_feed(floor.at)
    await restarted.restore(read(open_streams(journal)))
    waiting = {e.call_id for e in open_streams(journal)} - {None}
    assert {row.call_id for row in restarted.calls()} == waiting
    assert waiting
