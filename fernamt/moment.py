"""The clock and the ids of a process that is no turn: commands and the composition root; the core gets its own from outside."""

import secrets
import time

from telephony.identifiers import Instant, uuid7

RANDOM_BITS = 74
_RANDOM_BYTES = 10
_IDS_AT_ONCE = 256


def now() -> Instant:
    """This moment by the machine's clock."""
    return Instant(time.time_ns() // 1_000)


def new_id(at: Instant) -> str:
    """A UUIDv7 of that instant."""
    return uuid7(at, secrets.randbits(RANDOM_BITS))


class MachineClock:
    """The machine's clock, as the core's `Clock`."""

    def now(self) -> Instant:
        """The present instant."""
        return now()


class RandomIds:
    """Ids of real randomness, as the core's `Ids`. The system is asked for it in bulk: a turn makes several ids at once."""

    def __init__(self) -> None:
        self._random = b""
        self._used = 0

    def new(self, at: Instant) -> str:
        """A new UUIDv7 of that instant."""
        begin = self._used
        if begin + _RANDOM_BYTES > len(self._random):
            self._random, begin = secrets.token_bytes(_RANDOM_BYTES * _IDS_AT_ONCE), 0
        self._used = begin + _RANDOM_BYTES
        return uuid7(at, int.from_bytes(self._random[begin : self._used]) >> 6)
