"""Time that passes only when the next thing happens: days in seconds, and the same order for the same seed."""

import heapq
from collections.abc import Callable
from random import Random

from telephony.identifiers import Instant, uuid7

START = Instant(1_800_000_000_000_000)


class VirtualTime:
    """Clock and scheduler in one: things run at their instants, those of one instant in the order of asking."""

    def __init__(self, start: Instant = START) -> None:
        self._now = start
        self._count = 0
        self._heap: list[tuple[int, int, Callable[[], None]]] = []

    def now(self) -> Instant:
        """The present instant."""
        return self._now

    def after(self, delay_us: int, action: Callable[[], None]) -> None:
        """The action runs that much later."""
        self._count += 1
        heapq.heappush(self._heap, (self._now + max(0, delay_us), self._count, action))

    def step(self) -> bool:
        """The next thing has happened; False where nothing is left to happen."""
        if not self._heap:
            return False
        at, _, action = heapq.heappop(self._heap)
        self._now = Instant(max(self._now, at))
        action()
        return True


class SeededIds:
    """UUIDv7 out of a seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def new(self, at: Instant) -> str:
        """A new id of that instant."""
        return uuid7(at, self._random.getrandbits(74))
