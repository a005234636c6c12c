"""All that is known of whether an agent can be reached, and the one verdict over it. Pure.

| witness                              | says no while                                                              |
|--------------------------------------|----------------------------------------------------------------------------|
| registration and probes (the switch) | the phone is not registered, or answers no probe                           |
| flapping                             | it went away several times of late, until it has stood for a while         |
| voice in a call                      | it fell silent in mid-call, until probes had time to notice a lost phone   |
| the agent's desktop                  | it was there and its lease has run out; a phone without a desktop has none |
| the line                             | it is too bad for a talk (line_quality.py)                                 |

A witness never ends a call and never logs anybody out: it keeps offers away until it is content again. Leases and terms are due
times. Where the machine's clock jumps (or the machine slept), nobody is to blame: all terms move with it.
"""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from telephony.agent.line_quality import Figures, Line, LineFault, LineRules, due_at, judged, measured
from telephony.identifiers import MS, Instant, after_ms


class Absence(StrEnum):
    """Why a phone that the switch can ring is offered nothing."""

    SILENT = "silent"
    UNSTEADY = "unsteady"
    DESKTOP_GONE = "desktop_gone"
    BAD_LINE = "bad_line"


class PresenceRules(msgspec.Struct, frozen=True, kw_only=True):
    """When an agent counts as absent though the phone answers. Defaults for lines from home."""

    silent_for_ms: int = 15_000
    downs_until_unsteady: int = 3
    """How often a phone may go away within `downs_within_ms`; 0: as often as it likes."""
    downs_within_ms: int = 180_000
    steady_for_ms: int = 45_000
    line: LineRules = LineRules()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """None: may be offered calls. `until_at`: when time alone may change it."""

    absence: Absence | None = None
    until_at: Instant | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the witnesses have said of one phone."""

    is_reachable: bool = False
    downs: tuple[Instant, ...] = ()
    steady_at: Instant | None = None
    silent_until: Instant | None = None
    desktop_until: Instant | None = None
    """None: no desktop has been seen since the log-in."""
    line: Line = Line()


def remembered(absence: Absence, until: Instant | None, fault: LineFault | None, at: Instant) -> Evidence:
    """What a start knows of a phone whose last verdict was that: terms run on, a bad line is tried again after the usual time."""
    match absence:
        case Absence.SILENT:
            return Evidence(silent_until=until)
        case Absence.UNSTEADY:
            return Evidence(steady_at=until)
        case Absence.DESKTOP_GONE:
            return Evidence(desktop_until=at)
        case Absence.BAD_LINE:
            return Evidence(line=Line(fault=fault, voice_at=at))


def reached(evidence: Evidence, at: Instant, rules: PresenceRules, *, is_reachable: bool) -> Evidence:
    """The switch has said whether the phone can be rung."""
    if evidence.is_reachable == is_reachable:
        return evidence
    if is_reachable:
        return replace(evidence, is_reachable=True)
    since = at - rules.downs_within_ms * MS
    downs = (*(down for down in evidence.downs if down > since), at)
    evidence = replace(evidence, is_reachable=False, downs=downs[-10:])
    if not rules.downs_until_unsteady or len(downs) < rules.downs_until_unsteady:
        return evidence
    return replace(evidence, steady_at=after_ms(at, rules.steady_for_ms))


def fell_silent(evidence: Evidence, at: Instant, rules: PresenceRules) -> Evidence:
    """The line died in mid-call."""
    return replace(evidence, silent_until=after_ms(at, rules.silent_for_ms))


def spoke(evidence: Evidence) -> Evidence:
    """The agent has answered: the phone is there."""
    return replace(evidence, silent_until=None)


def desktop_seen(evidence: Evidence, at: Instant, lease_ms: int) -> Evidence:
    """The agent's desktop is there, and says so again within the lease."""
    return replace(evidence, desktop_until=after_ms(at, lease_ms))


def came_on_duty(evidence: Evidence) -> Evidence:
    """A new beginning, with or without a desktop: phones go away when nobody is on duty. What is known of the line stays."""
    return replace(evidence, desktop_until=None, silent_until=None, downs=(), steady_at=None)


def line_measured(evidence: Evidence, new: Figures, at: Instant, rules: PresenceRules) -> Evidence:
    """The line after one more measurement."""
    return replace(evidence, line=measured(evidence.line, new, at, rules.line))


def says_the_same(before: Evidence, after: Evidence, at: Instant) -> bool:
    """Whether a further sign of a desktop, or a measurement, leaves the verdict as it was, for as long as it was to stand."""
    if before.line.fault is not None or after.line.fault is not None:
        return False
    lease = before.desktop_until
    return lease == after.desktop_until or (
        lease is not None and after.desktop_until is not None and at < lease <= after.desktop_until
    )


def moved(evidence: Evidence, by_us: int) -> Evidence:
    """The clock has jumped by so much: every term has as long to go as before."""

    def shifted(at: Instant | None) -> Instant | None:
        return None if at is None else Instant(at + by_us)

    line = evidence.line
    return replace(
        evidence,
        downs=tuple(Instant(down + by_us) for down in evidence.downs),
        steady_at=shifted(evidence.steady_at),
        silent_until=shifted(evidence.silent_until),
        desktop_until=shifted(evidence.desktop_until),
        line=replace(
            line,
            voice_at=shifted(line.voice_at),
            good_since=shifted(line.good_since),
            opened_at=shifted(line.opened_at),
        ),
    )


def verdict(evidence: Evidence, at: Instant, rules: PresenceRules) -> tuple[Evidence, Verdict]:
    """The verdict at that moment, and the evidence as time has changed it. The first witness that says no is named."""
    line = judged(evidence.line, at, rules.line)
    evidence = evidence if line is evidence.line else replace(evidence, line=line)
    for absence, until in ((Absence.SILENT, evidence.silent_until), (Absence.UNSTEADY, evidence.steady_at)):
        if until is not None and at < until:
            return evidence, Verdict(absence=absence, until_at=until)
    lease = evidence.desktop_until
    if lease is not None and at >= lease:
        return evidence, Verdict(absence=Absence.DESKTOP_GONE)
    if evidence.line.fault is not None:
        until = due_at(evidence.line, rules.line)
        return evidence, Verdict(absence=Absence.BAD_LINE, until_at=until)
    return evidence, Verdict(until_at=lease)
