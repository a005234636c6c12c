"""Due times, in one heap. Nothing is ever cancelled here: a due time that the state no longer holds is dropped by the turn."""

import heapq
from collections.abc import Iterable

from telephony.engine.arrival import Due, Timed
from telephony.identifiers import Instant


class Timers:
    """What is due, earliest first; equal times in the order they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, int, Timed]] = []
        self._count = 0

    def set(self, due: Iterable[Due]) -> None:
        """These events are due at their instants."""
        for at, event in due:
            self._count += 1
            heapq.heappush(self._heap, (at, self._count, event))

    def next_at(self) -> Instant | None:
        """When the earliest is due."""
        return self._heap[0][0] if self._heap else None

    def take(self, now: Instant) -> Timed | None:
        """The earliest event that is due by now, once."""
        if not self._heap or self._heap[0][0] > now:
            return None
        return heapq.heappop(self._heap)[2]
