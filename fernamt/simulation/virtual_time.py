"""Time that passes only when the next thing happens: days in seconds, and the same order for the same seed."""

import heapq
from collections.abc import Callable
from random import Random

from telephony.identifiers import Instant, uuid7

START = Instant(1_800_000_000_000_000)
NEVER = Instant(1 << 62)


class VirtualTime:
    """Clock and scheduler in one: things run at their instants, those of one instant in the order of asking."""

    def __init__(self, start: Instant = START) -> None:
        self._now = start
        self._count = 0
        self._heap: list[tuple[Instant, int, Callable[[], None]]] = []

    def now(self) -> Instant:
        """The present instant."""
        return self._now

    def after(self, delay_us: int, action: Callable[[], None]) -> None:
        """The action runs that much later."""
        self._count += 1
        at = Instant(self._now + delay_us) if delay_us > 0 else self._now
        heapq.heappush(self._heap, (at, self._count, action))

    def step(self, until: Instant = NEVER) -> bool:
        """The next thing has happened; False where that instant has come, or nothing is left to happen."""
        if self._now >= until or not self._heap:
            return False
        self._now, _, action = heapq.heappop(self._heap)
        action()
        return True


class SeededIds:
    """UUIDv7 out of a seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def new(self, at: Instant) -> str:
        """A new id of that instant."""
        return uuid7(at, self._random.getrandbits(74))
