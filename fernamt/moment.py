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
