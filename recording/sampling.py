"""The draw of inbound calls to be sampled: fixed by the day's seed and the call's id alone, and verifiable by anybody later.

The seed's hash is published before the day begins, the seed itself when the day is over: who knows both can draw every call of
the day again, and nobody could have chosen the seed to fit the calls. Days' seeds are made of one secret that is no part of the
database; one seed tells nothing of another.
"""

import hashlib
import hmac
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

import msgspec

from recording.vault.canonical import encoded
from telephony.identifiers import SECOND, CallId, Instant
from telephony.samples import SampleDrawn

SECRET_BYTES: Final = 32
_WHOLE_PERMILLE: Final = 1_000
_Z_95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedOfDay:
    """A day's seed, known to us alone until the day is over."""

    day: str
    """YYYY-MM-DD, in the centre's zone."""
    begins_at: Instant
    ends_at: Instant
    seed: bytes

    def __repr__(self) -> str:
        return f"SeedOfDay(day={self.day!r})"


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the vault's chain for a day: its link is of this document's digest."""

    kind: str = "sampling_seed"
    day: str
    seed_sha256: str

    @property
    def digest(self) -> bytes:
        """What the link binds."""
        return hashlib.sha256(encoded(self)).digest()


def span_of(day: date, zone: tzinfo) -> tuple[Instant, Instant]:
    """From when to when that day is in the zone."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def seed_of_day(secret: bytes, day: date, zone: tzinfo) -> SeedOfDay:
    """The day with its seed."""
    begins_at, ends_at = span_of(day, zone)
    return SeedOfDay(day=day.isoformat(), begins_at=begins_at, ends_at=ends_at, seed=seed_of(secret, day.isoformat()))


def _midnight(day: date, zone: tzinfo) -> Instant:
    return Instant(int(datetime.combine(day, time(), zone).timestamp()) * SECOND)


def seed_of(secret: bytes, day: str) -> bytes:
    """The day's seed."""
    return hmac.digest(secret, f"fernamt sampling seed {day}".encode(), "sha256")


def commitment_of(day: str, seed: bytes) -> Commitment:
    """What is published of the seed before the day begins."""
    return Commitment(day=day, seed_sha256=hashlib.sha256(seed).hexdigest())


def is_drawn(seed: bytes, call_id: CallId, rate_permille: int) -> bool:
    """Whether the call is a sample: the first 64 bits of HMAC-SHA-256(seed, call id), as a fraction, lie below the rate."""
    number = int.from_bytes(hmac.digest(seed, call_id.encode(), "sha256")[:8], "big")
    return number * _WHOLE_PERMILLE < rate_permille << 64


class Verdict(StrEnum):
    """What drawing a call again says of its draw in the journal."""

    AS_DRAWN = "as_drawn"
    OTHER_SEED = "other_seed"
    """The hash that was noted with the draw is not that of the day's seed."""
    WRONG = "wrong"
    """Drawn again, it comes out otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnAgain:
    """One call's draw, and what is to be said of it."""

    call_id: CallId
    rate_permille: int
    is_drawn: bool
    verdict: Verdict


def drawn_again(seed: bytes, draws: Iterable[SampleDrawn]) -> Sequence[DrawnAgain]:
    """Every draw of the day, made again."""
    published = hashlib.sha256(seed).hexdigest()
    return [
        DrawnAgain(
            call_id=draw.call_id,
            rate_permille=draw.rate_permille,
            is_drawn=draw.is_drawn,
            verdict=_verdict(seed, published, draw),
        )
        for draw in draws
    ]


def _verdict(seed: bytes, published: str, draw: SampleDrawn) -> Verdict:
    if draw.seed_sha256 != published:
        return Verdict.OTHER_SEED
    return Verdict.AS_DRAWN if is_drawn(seed, draw.call_id, draw.rate_permille) == draw.is_drawn else Verdict.WRONG


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval that holds the true share with 95 % (Wilson's score interval); (0, 1) where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, _Z_95 * _Z_95
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z_95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return (0.0 if hits == 0 else max(middle - half, 0.0)), (1.0 if hits == of else min(middle + half, 1.0))
