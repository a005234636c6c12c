"""An order of agents against a plain sorted list, whatever was looked at in between."""

import random

import pytest

from routing.share import Entry, Seat, ShareOrder
from telephony.identifiers import AgentId, Instant

MANY = 150


class Floor:
    """An order with the agents who should stand in it."""

    def __init__(self) -> None:
        self.order = ShareOrder()
        self.there: list[Entry] = []
        self.came = 0

    def comes(self, share_pass: float) -> Entry:
        self.came += 1
        seat = Seat(AgentId(f"a{self.came:04}"))
        entry = seat.entry = (share_pass, Instant(self.came), seat.agent_id, seat)
        self.there.append(entry)
        self.order.push(entry)
        return entry

    def goes(self, entry: Entry) -> None:
        self.there.remove(entry)
        entry[3].entry = None
        self.order.leave(entry)

    def check(self, count: int) -> None:
        expected = sorted(self.there, key=lambda entry: entry[:3])
        assert self.order.first(count) == expected[:count]
        assert self.order.head() is (expected[0] if expected else None)
        assert self.order.live == len(expected)


def taken(order: ShareOrder, count: int) -> list[Entry]:
    return [entry for entry, _ in zip(order.in_order(), range(count), strict=False)]


@pytest.mark.parametrize("seed", range(20))
def test_whoever_comes_goes_and_is_looked_at_the_order_is_that_of_the_passes(seed: int) -> None:
    rng, floor = random.Random(seed), Floor()
    for _ in range(1_500):
        what = rng.random()
        if what < 0.45:
            floor.comes(float(rng.randrange(40)))
        elif what < 0.8 and floor.there:
            floor.goes(rng.choice(floor.there))
        elif what < 0.84:
            count = rng.randrange(MANY)
            assert taken(floor.order, count) == sorted(floor.there, key=lambda entry: entry[:3])[:count]
        else:
            floor.check(rng.choice((1, 5, 32)))
    assert sorted(entry[2] for entry in floor.order.all()) == sorted(entry[2] for entry in floor.there)


def test_the_last_one_leaves_nothing_but_their_pass() -> None:
    floor = Floor()
    first, second = floor.comes(1.0), floor.comes(2.0)
    floor.check(2)
    floor.goes(first)
    floor.goes(second)
    floor.check(1)
    assert (floor.order.left, list(floor.order.all())) == (2.0, [])
    assert floor.order.raise_mark() == 2.0
    again = floor.comes(0.5)
    assert floor.order.head() is again
