"""After a start the board has the live calls at once, and the figures of the day when they are read."""

from collections.abc import AsyncIterator

import msgspec

from monitor.feed import Feed
from monitor.frames import Resume
from monitor.live_view import BoardSettings, LiveView
from monitor.rows import BoardSnapshot
from monitor.scope import WHOLE_FLOOR
from telephony.events import Envelope
from tests.live_floor import PlayedFloor, a_centre
from tests.unit.monitor.test_restore import BERLIN, NOON, a_feed, board_of, open_streams, read, without_presence


def a_view() -> LiveView:
    return LiveView(a_centre(), BoardSettings(zone=BERLIN), NOON)


async def told_in_between(feed: Feed, envelopes: list[Envelope], meanwhile: list[Envelope]) -> AsyncIterator[Envelope]:
    """The journal is read while calls go on."""
    for envelope in envelopes:
        yield envelope
    feed.publish(meanwhile[:-1])
    feed.flush()
    feed.publish(meanwhile[-1:])


async def restarted_amid(journal: list[Envelope], later: list[Envelope], floor: PlayedFloor) -> Feed:
    feed = a_feed(NOON, floor.at)
    feed.keep()
    feed.publish(later[:3])
    await feed.restore(read(open_streams(journal)))
    feed.flush()
    await feed.exchange(a_view(), told_in_between(feed, journal, later[3:]))
    return feed


async def test_the_exchanged_board_is_the_one_that_was_never_interrupted() -> None:
    floor = PlayedFloor(a_centre(), NOON, seed=5)
    journal = [*floor.open(), *floor.play(1_800)]
    later = list(floor.play(600))
    followed = a_feed(NOON, floor.at)
    followed.publish([*journal, *later])
    exchanged = await restarted_amid(journal, later, floor)
    restored, undisturbed = without_presence(board_of(exchanged)), without_presence(board_of(followed))
    for table in BoardSnapshot.__struct_fields__:
        assert getattr(restored, table) == getattr(undisturbed, table), table


async def test_a_screen_that_watched_meanwhile_has_a_fresh_snapshot_and_deltas_of_before_are_no_way_to_it() -> None:
    floor = PlayedFloor(a_centre(), NOON, seed=6)
    journal = [*floor.open(), *floor.play(1_800)]
    feed = a_feed(NOON, floor.at)
    feed.keep()
    await feed.restore(read(open_streams(journal)))
    feed.flush()
    with feed.subscribe(WHOLE_FLOOR) as screen:
        first = msgspec.json.decode((await screen.next()).payload)
        await feed.exchange(a_view(), read(journal))
        again = msgspec.json.decode((await screen.next()).payload)
    with feed.subscribe(WHOLE_FLOOR, Resume(epoch="e", seq=first["seq"])) as late:
        assert msgspec.json.decode((await late.next()).payload)["type"] == "snapshot"
    assert first["board"]["header"]["today"]["offered"] < again["board"]["header"]["today"]["offered"]
    assert again["seq"] > first["seq"]


async def test_what_comes_after_the_exchange_is_told_once() -> None:
    floor = PlayedFloor(a_centre(), NOON, seed=7)
    journal, later = [*floor.open(), *floor.play(900)], list(floor.play(300))
    told: list[int] = []
    feed = Feed(a_view(), epoch="e", now=lambda: floor.at, also=lambda envelope: told.append(envelope.seq))
    feed.keep()
    feed.publish(later[:2])
    await feed.exchange(a_view(), read(journal))
    feed.publish(later[2:])
    feed.flush()
    assert told == [envelope.seq for envelope in later]
    assert feed._kept is None
