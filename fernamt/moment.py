"""The clock and the ids of a process that is no turn: commands and the composition root; the core gets its own from outside."""

import secrets
import time
from collections.abc import Callable

from telephony.identifiers import MS, Instant, uuid7

RANDOM_BITS = 74
_IDS_AT_ONCE = 32
_BEGINNING = len("00000000-0000")
"""The part of an id that tells the instant."""
SLEWS = 20
"""A clock that was set is followed by this part of the time that passes."""


def now() -> Instant:
    """This moment by the machine's clock."""
    return Instant(time.time_ns() // 1_000)


def new_id(at: Instant) -> str:
    """A UUIDv7 of that instant."""
    return uuid7(at, secrets.randbits(RANDOM_BITS))


def _running_ns() -> int:
    """Since the machine's start, the time it slept included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class MachineClock:
    """The machine's clock, as the core's `Clock`."""

    def now(self) -> Instant:
        """The present instant."""
        return now()


class SteadyClock:
    """The machine's clock without its jumps, as the core's `Clock`: what is due in ten seconds is due in ten seconds.

    It runs as the machine does since its start, asleep or not, and follows a wall clock that was set by a twentieth of the time
    that passes, so it never goes back and is never ahead of its time by more: a wall clock that nobody sets it shows exactly.
    """

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, running_ns: Callable[[], int] = _running_ns) -> None:
        self._wall_ns = wall_ns
        self._running_ns = running_ns
        self._shown = wall_ns()
        self._read_at = running_ns()

    def now(self) -> Instant:
        """The present instant."""
        read_at = self._running_ns()
        passed, self._read_at = read_at - self._read_at, read_at
        most = passed // SLEWS
        behind = self._wall_ns() - self._shown - passed
        self._shown += passed + min(max(behind, -most), most)
        return Instant(self._shown // 1_000)


class RandomIds:
    """Ids of real randomness, as the core's `Ids`. What is random of them is made in bulk: a turn needs several at once."""

    def __init__(self) -> None:
        self._endings: list[str] = []

    def new(self, at: Instant) -> str:
        """A new UUIDv7 of that instant."""
        if not self._endings:
            self._endings = [new_id(Instant(0))[_BEGINNING:] for _ in range(_IDS_AT_ONCE)]
        milliseconds = f"{at // MS:012x}"
        return f"{milliseconds[:8]}-{milliseconds[8:]}{self._endings.pop()}"
