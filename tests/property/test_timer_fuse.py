"""Whatever due times set anew, each call's are bounded by the second, none is lost, and nobody else's is late."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.engine.arrival import Arrival, Due, TurnResult
from telephony.engine.timer_fuse import MOST_A_SECOND
from telephony.events import CallTimerFired, UnexpectedHappened
from telephony.identifiers import SECOND, CallId, Instant
from tests.unit.telephony.engine.test_core import START, House

STEPS_US = st.sampled_from((0, 1, 1_000, SECOND // 20, SECOND // 3, SECOND, 5 * SECOND))


@dataclass(frozen=True, slots=True)
class Chain:
    """Due times of a call, each of which sets the next."""

    call: str
    begins_us: int
    links: int
    gap_us: int


CHAINS = st.builds(
    Chain,
    call=st.sampled_from("abc"),
    begins_us=st.integers(0, 3 * SECOND),
    links=st.integers(1, 3 * MOST_A_SECOND),
    gap_us=st.sampled_from((0, 1, 1_000, SECOND // 100, SECOND // 10)),
)


class Tables:
    """In the place of the turn: a due time says itself how many are to follow it, and how far behind."""

    def __init__(self) -> None:
        self.handled: dict[CallId, list[Instant]] = defaultdict(list)
        self.late: dict[CallId, int] = Counter()
        self.told: dict[CallId | None, int] = Counter()

    def handle(self, arrival: Arrival) -> TurnResult:
        event, now = arrival.event, arrival.received_at
        if isinstance(event, UnexpectedHappened):
            self.told[event.call_id] += 1
            return TurnResult()
        assert isinstance(event, CallTimerFired)
        assert event.due_at <= now
        self.handled[event.call_id].append(now)
        self.late[event.call_id] = max(self.late[event.call_id], now - event.due_at)
        links, gap_us = map(int, event.timer.split())
        return TurnResult(due=[due(event.call_id, event.due_at + gap_us, links - 1, gap_us)] if links > 1 else [])


def due(call: str, at: int, links: int, gap_us: int) -> Due:
    return Instant(at), CallTimerFired(call_id=CallId(call), timer=f"{links} {gap_us}", due_at=Instant(at))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHAINS, max_size=6), st.lists(STEPS_US, max_size=40))
def test_due_times_that_set_due_times_are_bounded_and_none_is_lost(
    monkeypatch: pytest.MonkeyPatch, chains: list[Chain], steps: list[int]
) -> None:
    house, tables = House(), Tables()
    monkeypatch.setattr(house.core.turn, "handle", tables.handle)
    house.core.timers.set(due(each.call, START + each.begins_us, each.links, each.gap_us) for each in chains)
    quiet = [SECOND] * (4 + sum(each.links * each.gap_us // SECOND + 4 for each in chains))
    slowest = max((*steps, SECOND))
    for step in (*steps, *quiet):
        house.at = Instant(house.at + step)
        house.core.fire_due()
    links = Counter[str]()
    for each in chains:
        links[each.call] += each.links
    assert {call: len(handled) for call, handled in tables.handled.items()} == links
    for call, handled in tables.handled.items():
        busiest = max(bisect_left(handled, at + SECOND) - index for index, at in enumerate(handled))
        assert busiest <= 2 * MOST_A_SECOND + len(chains)  # two seconds that meet; a chain's last link leads to nothing
        if links[call] <= MOST_A_SECOND:
            assert (tables.told[call], tables.late[call] <= slowest) == (0, True)
