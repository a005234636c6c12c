"""How good an agent's line is, and whether it is good enough for offers. Pure.

**The score** is the E-model's mean opinion score (MOS, 1 to 4.5), from what the packets show:

    R   = 93.2 - Id - Ie,eff                                ITU-T G.107 with its default values; G.711 has Ie = 0 (G.113)
    Id  = 0.024 d + 0.11 (d - 177.3) where d > 177.3        Cole and Rosenbluth, "Voice over IP performance monitoring" (2001)
    Ie,eff = 95 Ppl / (Ppl + Bpl)                           G.107 (2015), eq. 7-29 at random loss; Bpl = 25.1 with concealment
    MOS = 1 + 0.035 R + 7e-6 R (R - 60) (100 - R)           G.107, annex B

`d`, milliseconds one way: half the round trip, twice the jitter (what a playout buffer takes) and 40 ms of packets and coding.
`Ppl`: percent of packets lost. Only what was measured counts; what was not is taken as good.

**The gate** closes on a figure beyond its limit and opens only when every figure has stayed on the good side of a second,
stricter limit for a time: between the two limits nothing changes, and figures are smoothed, so noise does not make it swing. A
line that fails again soon after waits longer each time. Voice is measured in calls only, and a closed gate brings no calls: its
figures are forgotten after a while, so that the line is tried again; round trips of probes are known all the time.
"""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from telephony.identifiers import Instant, after_ms

FIXED_DELAY_MS = 40.0
SMOOTHING = 0.4
"""The weight of the newest figure."""
FIGURES_NEEDED = 2
"""One figure alone is no verdict."""
LONGEST_WAIT = 8
"""Times `good_for_ms`, at most, for a line that fails again and again."""


class LineFault(StrEnum):
    """What is wrong with a line."""

    ROUND_TRIP = "round_trip"
    LOSS = "loss"
    JITTER = "jitter"
    SCORE = "score"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The worst that is allowed."""

    round_trip_ms: float
    loss_percent: float
    jitter_ms: float
    mos: float


class LineRules(msgspec.Struct, frozen=True, kw_only=True):
    """Limits for lines from home: `bad` closes the gate, `good` opens it after `good_for_ms`. Sources: ITU-T G.114, G.107."""

    is_gate: bool = True
    bad: Limits = Limits(round_trip_ms=500, loss_percent=5, jitter_ms=80, mos=3.1)
    good: Limits = Limits(round_trip_ms=350, loss_percent=2, jitter_ms=50, mos=3.6)
    good_for_ms: int = 60_000
    voice_holds_ms: int = 60_000
    """Figures of voice older than that are forgotten."""
    relapse_ms: int = 900_000
    """A line that fails again within that time waits twice as long."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement; None: not measured. Milliseconds and percent."""

    round_trip_ms: float | None = None
    loss_percent: float | None = None
    jitter_ms: float | None = None

    @property
    def is_voice(self) -> bool:
        """Whether a call was measured, not a probe alone."""
        return self.loss_percent is not None or self.jitter_ms is not None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one line."""

    figures: Figures = Figures()
    """Smoothed."""
    trips: int = 0
    voices: int = 0
    voice_at: Instant | None = None
    fault: LineFault | None = None
    """Set while the gate is closed."""
    good_since: Instant | None = None
    opened_at: Instant | None = None
    relapses: int = 0

    @property
    def mos(self) -> float | None:
        """The score; None where no call was measured."""
        return None if not self.voices else score(self.figures)


def score(figures: Figures) -> float:
    """The mean opinion score, 1 to 4.5."""
    delay = (figures.round_trip_ms or 0.0) / 2 + 2 * (figures.jitter_ms or 0.0) + FIXED_DELAY_MS
    loss = figures.loss_percent or 0.0
    rating = 93.2 - 0.024 * delay - 0.11 * max(0.0, delay - 177.3) - 95 * loss / (loss + 25.1)
    if rating <= 0:
        return 1.0
    return max(1.0, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))


def measured(line: Line, new: Figures, at: Instant, rules: LineRules) -> Line:
    """The line after one more measurement."""
    line = _forgetful(line, at, rules)
    old = line.figures
    figures = Figures(
        round_trip_ms=_smoothed(old.round_trip_ms, new.round_trip_ms),
        loss_percent=_smoothed(old.loss_percent, new.loss_percent),
        jitter_ms=_smoothed(old.jitter_ms, new.jitter_ms),
    )
    line = replace(line, figures=figures, trips=line.trips + (new.round_trip_ms is not None))
    if new.is_voice:
        line = replace(line, voices=line.voices + 1, voice_at=at)
    return judged(line, at, rules)


def judged(line: Line, at: Instant, rules: LineRules) -> Line:
    """The line as time alone has changed it."""
    line = _forgetful(line, at, rules)
    if line.fault is None:
        fault = beyond(line, rules.bad)
        if fault is None or not rules.is_gate:
            return line
        is_again = line.opened_at is not None and at < after_ms(line.opened_at, rules.relapse_ms)
        return replace(line, fault=fault, good_since=None, relapses=line.relapses + 1 if is_again else 0)
    if beyond(line, rules.good) is not None:
        return replace(line, good_since=None, fault=beyond(line, rules.bad) or line.fault)
    since = at if line.good_since is None else line.good_since
    if at >= after_ms(since, _wait_ms(line, rules)):
        return replace(line, fault=None, good_since=None, opened_at=at)
    return replace(line, good_since=since)


def due_at(line: Line, rules: LineRules) -> Instant | None:
    """When time alone changes the verdict; None where only a measurement can."""
    if line.fault is None:
        return None
    if line.good_since is not None:
        return after_ms(line.good_since, _wait_ms(line, rules))
    return None if line.voice_at is None else after_ms(line.voice_at, rules.voice_holds_ms)


def beyond(line: Line, limits: Limits) -> LineFault | None:
    """The first figure beyond these limits; one seen once only counts for nothing."""
    figures = line.figures
    if line.trips >= FIGURES_NEEDED and (figures.round_trip_ms or 0) > limits.round_trip_ms:
        return LineFault.ROUND_TRIP
    if line.voices < FIGURES_NEEDED:
        return None
    if (figures.loss_percent or 0) > limits.loss_percent:
        return LineFault.LOSS
    if (figures.jitter_ms or 0) > limits.jitter_ms:
        return LineFault.JITTER
    return LineFault.SCORE if score(figures) < limits.mos else None


def _wait_ms(line: Line, rules: LineRules) -> int:
    return int(rules.good_for_ms * min(2**line.relapses, LONGEST_WAIT))


def _forgetful(line: Line, at: Instant, rules: LineRules) -> Line:
    if line.voice_at is None or at < after_ms(line.voice_at, rules.voice_holds_ms):
        return line
    figures = Figures(round_trip_ms=line.figures.round_trip_ms)
    return replace(line, figures=figures, voices=0, voice_at=None)


def _smoothed(old: float | None, new: float | None) -> float | None:
    if old is None or new is None:
        return old if new is None else new
    return old + SMOOTHING * (new - old)
