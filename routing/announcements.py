"""What a caller who waits is told, and when: the place in the queue, the estimated wait, a word of patience. Pure.

Sounds are names in the folder of the caller's language. What is said is rounded so that it is rather kept than broken: the wait
up to the next step, and nothing where nothing is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from telephony.faults import FaultCode, Wrong

SHORTEST_GAP_MS = 20_000
"""No announcement is longer: two never run into each other."""
_MOST_AHEAD = 9
_MINUTES = (1, 2, 3, 5, 10, 15, 20, 30)
_MINUTE_MS = 60_000
_FOLDER = "fernamt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcements:
    """What a project tells its waiting callers. Durations in milliseconds."""

    first_after_ms: int = 10_000
    """After so much waiting, for who is not answered before."""
    every_ms: int = 45_000
    tells_place: bool = True
    tells_wait: bool = True
    asks_for_patience: bool = True
    callback_key: str | None = None
    """The key that asks to be called back, told with every announcement and heard at any time; None: there is none."""


def sounds_of(announcements: Announcements, place: int, estimated_wait_ms: int | None) -> tuple[str, ...]:
    """What is said to the caller at that place (1: next), in its order; empty where there is nothing to say."""
    return tuple(f"{_FOLDER}/{name}" for name in _names(announcements, place, estimated_wait_ms))


def _names(announcements: Announcements, place: int, estimated_wait_ms: int | None) -> Iterator[str]:
    if announcements.tells_place:
        ahead = max(place - 1, 0)
        yield f"ahead-{ahead}" if ahead <= _MOST_AHEAD else "ahead-many"
    if announcements.tells_wait and estimated_wait_ms is not None:
        minutes = next((step for step in _MINUTES if estimated_wait_ms <= step * _MINUTE_MS), None)
        yield "wait-long" if minutes is None else f"wait-{minutes}"
    if announcements.asks_for_patience:
        yield "patience"
    if announcements.callback_key is not None:
        yield from ("callback-offer", f"digit-{announcements.callback_key}")


def every_sound(announcements: Announcements) -> tuple[str, ...]:
    """Whatever is said, wherever a caller stands and however long they have to wait."""
    waits = (None, *(step * _MINUTE_MS for step in _MINUTES), _MINUTES[-1] * _MINUTE_MS + 1)
    places = range(1, _MOST_AHEAD + 3)
    said = [sound for place in places for wait_ms in waits for sound in sounds_of(announcements, place, wait_ms)]
    return tuple(dict.fromkeys(said))


def faults_of(announcements: Announcements, *, answers_early: bool) -> list[Wrong]:
    """Everything that cannot be meant, with the way out."""
    faults = []
    if not answers_early:
        faults.append(Wrong(FaultCode.NOT_ANSWERED_EARLY))
    if announcements.first_after_ms < 0:
        faults.append(Wrong(FaultCode.TOO_LOW, key="first_after_ms", value=announcements.first_after_ms, lowest=0))
    if announcements.every_ms < SHORTEST_GAP_MS:
        faults.append(Wrong(FaultCode.TOO_LOW, key="every_ms", value=announcements.every_ms, lowest=SHORTEST_GAP_MS))
    key = announcements.callback_key
    if key is not None and not (len(key) == 1 and key in "0123456789"):
        faults.append(Wrong(FaultCode.NOT_ONE_DIGIT, value=key))
    if not (announcements.tells_place or announcements.tells_wait or announcements.asks_for_patience or key):
        faults.append(Wrong(FaultCode.NOTHING_TO_SAY))
    return faults
