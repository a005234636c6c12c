"""The arithmetic of the board: service level with its rule, ASA, AHT, occupancy. No state, no clock."""

from collections.abc import Iterable
from enum import StrEnum
from operator import add

import msgspec

from telephony.causes import EndReason


class AbandonedCalls(StrEnum):
    """How abandoned calls count in the service level. Without this and the threshold a percentage says nothing."""

    MISSED = "missed"
    """Every abandoned call counts against it."""
    EARLY_IGNORED = "early_ignored"
    """One who gave up within the threshold does not count at all, a later one counts against it."""
    EARLY_MET = "early_met"
    """One who gave up within the threshold counts as served in time."""
    IGNORED = "ignored"
    """Only answered calls count."""


class ServiceRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a service level means. `threshold_ms` None: each call by the threshold of its own project."""

    threshold_ms: int | None
    abandoned: AbandonedCalls


class Figures(msgspec.Struct, kw_only=True):
    """Counts of a stretch of time. Sums only: any two stretches, or projects, can be added."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    left_otherwise: int = 0
    """Waited and got neither an agent nor tired: wait limit, machine, moved on to another project, a lost switch."""
    turned_away: int = 0
    """Never waited: closed, anonymous where refused."""
    answered_in_time: int = 0
    abandoned_early: int = 0
    waited_ms: int = 0
    """Of answered calls."""
    handled: int = 0
    handled_ms: int = 0
    """Talk, hold and wrap-up of the handled."""
    callbacks_offered: int = 0
    """Callers who were asked whether to be called back. Whoever agrees is told by the figures below alone: neither answered nor
    abandoned, in no service level and no speed of answer, whatever becomes of the promise."""
    callbacks_agreed: int = 0
    callbacks_reached: int = 0
    callbacks_unreached: int = 0
    """Tried as often as that is done."""
    callbacks_expired: int = 0
    callbacks_dropped: int = 0
    """Cancelled, or could not be called: do-not-call entry, number, project out of use."""


_UNKEPT = {EndReason.CALLBACK_UNREACHED: "callbacks_unreached", EndReason.CALLBACK_EXPIRED: "callbacks_expired"}


def unkept(reason: EndReason) -> str:
    """Which figure counts a promise to call back whose call ended so before the caller was reached."""
    return _UNKEPT.get(reason, "callbacks_dropped")


FIELDS = Figures.__struct_fields__


def total(parts: Iterable[Figures]) -> Figures:
    """The sum of the parts; of none, zero."""
    sums = [0] * len(FIELDS)
    for part in parts:
        sums = list(map(add, sums, msgspec.structs.astuple(part)))
    return Figures(**dict(zip(FIELDS, sums, strict=True)))


def service_level(figures: Figures, abandoned: AbandonedCalls) -> float | None:
    """The share of calls served in time, 0 to 1, by the rule; None where no call counts."""
    met = figures.answered_in_time
    match abandoned:
        case AbandonedCalls.MISSED:
            counted = figures.answered + figures.abandoned
        case AbandonedCalls.EARLY_IGNORED:
            counted = figures.answered + figures.abandoned - figures.abandoned_early
        case AbandonedCalls.EARLY_MET:
            met += figures.abandoned_early
            counted = figures.answered + figures.abandoned
        case AbandonedCalls.IGNORED:
            counted = figures.answered
    return met / counted if counted else None


def asa_ms(figures: Figures) -> int | None:
    """Sum of waiting of answered calls / answered calls, in whole milliseconds; None before the first answer."""
    return figures.waited_ms // figures.answered if figures.answered else None


def aht_ms(figures: Figures) -> int | None:
    """Average handling time: (talk + hold + wrap-up) / handled calls, in whole milliseconds; None before the first."""
    return figures.handled_ms // figures.handled if figures.handled else None


def occupancy(*, busy_ms: int, available_ms: int) -> float | None:
    """(talk + hold + wrap-up) / (talk + hold + wrap-up + available), 0 to 1; None for an agent who did neither."""
    return busy_ms / (busy_ms + available_ms) if busy_ms + available_ms else None
