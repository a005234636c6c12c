"""How long a waiting caller will probably wait still: from the pace at which the project's callers were served lately. Pure.

**Formula.** Each time an agent takes a caller, the gap since the one before is noted, but never more than that caller's own
waiting: while somebody waits the gap is the time the floor takes for one caller, when nobody waits it is nothing. The pace is
the mean of the last `KEPT` gaps of the last `RECENT_MS`. A caller at place k waits k paces.

**When nobody is served any more** (agents went home), the gap that runs now counts as one more once it is longer than the
mean, so the estimate grows with it.

**Bounds and honesty.** With fewer than `ENOUGH` recent gaps nothing is estimated (None), as after a start: a guess from one
or two talks is off by factors. Beyond `MOST_MS` the number means nothing but "long": the estimate stops there. It is an
estimate for who waits on: priorities of later callers, skills and relaxation are not in it.
"""

from collections import deque

from telephony.identifiers import MS, Instant

KEPT = 20
ENOUGH = 5
RECENT_MS = 30 * 60_000
MOST_MS = 60 * 60_000


class Pace:
    """One project's recent service."""

    __slots__ = ("_gaps", "_last_at")

    def __init__(self) -> None:
        self._gaps: deque[tuple[Instant, int]] = deque(maxlen=KEPT)
        self._last_at: Instant | None = None

    def served(self, at: Instant, waiting_since: Instant) -> None:
        """An agent took a caller who had waited since then."""
        if self._last_at is not None:  # what went before the first one is not known
            self._gaps.append((at, max(min(at - waiting_since, at - self._last_at), 0)))
        self._last_at = at

    def estimate_ms(self, place: int, now: Instant, head_since: Instant) -> int | None:
        """What the caller at that place (1: next) will wait still, in milliseconds; None: too little is known.

        `head_since` is since when the caller who is next has waited.
        """
        gaps = [gap for at, gap in self._gaps if now - at <= RECENT_MS * MS]
        if len(gaps) < ENOUGH or self._last_at is None:
            return None
        mean = sum(gaps) // len(gaps)
        running = now - max(self._last_at, head_since)
        if running > mean:
            mean = (sum(gaps) + running) // (len(gaps) + 1)
        return min(place * mean // MS, MOST_MS)
