"""The clock and the ids of a process that is no turn: commands and the composition root; the core gets its own from outside."""

import secrets
import time

from telephony.identifiers import Instant, uuid7

RANDOM_BITS = 74


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
    """Ids of real randomness, as the core's `Ids`."""

    def new(self, at: Instant) -> str:
        """A new UUIDv7 of that instant."""
        return new_id(at)
