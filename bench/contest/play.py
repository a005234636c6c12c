"""Plays a day under a rule: calls come, are given to agents, given up, and agents come free. What came of it, in numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Protocol

from bench.contest.day import HALF_HOUR, LEVELS, SECOND, WEIGHTS, Day

SERVICE_LEVEL_US = 20 * SECOND
_FREED, _OFF, _ON, _LOOK, _GIVES_UP = range(5)

Claims = Iterable[tuple[int, int]]
"""Calls and the agents they are given to."""


class Rule(Protocol):
    """Who gets which call. Calls and agents are numbers of the day. Each method returns the claims that follow from it.

    A rule decides at once: what a switch loses by looking only once a second is not charged to the rule.
    """

    openings: tuple[int, ...]
    """After how many microseconds of waiting a call may find agents it could not have before."""

    def waits(self, call: int, now: int) -> Claims: ...
    def gone(self, call: int) -> None: ...
    def free(self, agent: int, now: int, *, is_back_from_call: bool) -> Claims: ...
    def away(self, agent: int, now: int) -> Claims: ...
    def look(self, call: int, now: int) -> Claims: ...


@dataclass(frozen=True, slots=True)
class Played:
    """A day's figures. Seconds; what is given by level, for level 1, 2, 3."""

    answered: int
    abandoned: int
    within_service_level: int
    waited_s: float
    """Of all answered together."""
    calls: tuple[tuple[int, ...], ...]
    """By half hour and level."""
    staffed_s: tuple[tuple[float, ...], ...]
    """On duty, by half hour and level."""
    busy_s: tuple[float, ...]
    """Talk and wrap-up by level."""

    @property
    def asa_s(self) -> float:
        """Average speed of answer."""
        return self.waited_s / self.answered

    @property
    def abandonment(self) -> float:
        """Of all that came."""
        return self.abandoned / (self.answered + self.abandoned)

    @property
    def service_level(self) -> float:
        """Answered within 20 s, of all that came."""
        return self.within_service_level / (self.answered + self.abandoned)

    @property
    def occupancy(self) -> tuple[float, ...]:
        """Work over time on duty, by level; a last call that outlasts the shift counts as work."""
        return tuple(busy / sum(staffed) for busy, staffed in zip(self.busy_s, zip(*self.staffed_s, strict=True), strict=True))

    @property
    def shares(self) -> tuple[float, ...]:
        """Calls an hour on duty, each level's part of the three, over the day."""
        calls, staffed = zip(*self.calls, strict=True), zip(*self.staffed_s, strict=True)
        return shares([sum(c) for c in calls], [sum(s) for s in staffed])

    @property
    def share_error(self) -> float:
        """By how much of all calls the shares of a half hour differ from the weights, half an hour after the other."""
        parts = [(sum(c), error(shares(c, s))) for c, s in zip(self.calls, self.staffed_s, strict=True)]
        return sum(calls * off for calls, off in parts) / sum(calls for calls, _ in parts)


def shares(calls: Sequence[float], staffed: Sequence[float]) -> tuple[float, ...]:
    """Each level's part of the calls if the levels had been equally long on duty: what the weights speak of."""
    rates = [c / s if s else 0.0 for c, s in zip(calls, staffed, strict=True)]
    return tuple(rate / (sum(rates) or 1.0) for rate in rates)


def error(found: Sequence[float], weights: Sequence[float] = WEIGHTS) -> float:
    """The part of the calls that would have to change hands for the shares to follow the weights."""
    return sum(abs(share - weight / sum(weights)) for share, weight in zip(found, weights, strict=True)) / 2


def play(day: Day, rule: Rule) -> Played:
    """The day under the rule, from its first shift to its last call."""
    arrives, work, patience = day.arrives, day.work, day.patience
    events = [(at, kind, a) for a, spells in enumerate(day.duty) for s in spells for at, kind in zip(s, (_ON, _OFF), strict=True)]
    heapify(events)
    on_duty = [False] * len(day.levels)
    busy = [False] * len(day.levels)
    worked = [0] * len(day.levels)
    taken_by = [-1] * len(arrives)
    claimed_at = [-1] * len(arrives)
    given_up = [False] * len(arrives)

    def claim(claims: Claims, now: int) -> None:
        for call, agent in claims:
            if claimed_at[call] >= 0 or given_up[call] or busy[agent] or not on_duty[agent]:
                raise AssertionError(f"call {call} cannot be given to agent {agent} at {now}")
            claimed_at[call] = now
            busy[agent] = True
            worked[agent] += work[call]
            taken_by[call] = agent
            heappush(events, (now + work[call], _FREED, agent))

    def arrive(call: int) -> None:
        now = arrives[call]
        claim(rule.waits(call, now), now)
        if claimed_at[call] < 0:
            heappush(events, (now + patience[call], _GIVES_UP, call))
            for opening in rule.openings:
                if opening < patience[call]:
                    heappush(events, (now + opening, _LOOK, call))

    def happen(now: int, kind: int, who: int) -> None:
        if kind == _FREED:
            busy[who] = False
            if on_duty[who]:
                claim(rule.free(who, now, is_back_from_call=True), now)
            else:
                claim(rule.away(who, now), now)
        elif kind == _ON:
            on_duty[who] = True
            if not busy[who]:
                claim(rule.free(who, now, is_back_from_call=False), now)
        elif kind == _OFF:
            on_duty[who] = False
            if not busy[who]:
                claim(rule.away(who, now), now)
        elif claimed_at[who] < 0:
            if kind == _LOOK:
                claim(rule.look(who, now), now)
            else:
                given_up[who] = True
                rule.gone(who)

    for call, at in enumerate(arrives):
        while events and events[0][0] <= at:
            happen(*heappop(events))
        arrive(call)
    while events:
        happen(*heappop(events))
    return _figures(day, claimed_at, taken_by, worked)


def _figures(day: Day, claimed_at: list[int], taken_by: list[int], worked: list[int]) -> Played:
    waits = [at - came for at, came in zip(claimed_at, day.arrives, strict=True) if at >= 0]
    staffed = staffed_us(day)
    calls = [[0] * len(LEVELS) for _ in staffed]
    for at, agent in zip(claimed_at, taken_by, strict=True):
        if at >= 0:
            calls[min(at // HALF_HOUR, len(calls) - 1)][day.levels[agent] - 1] += 1
    busy = [0] * len(LEVELS)
    for agent, work in enumerate(worked):
        busy[day.levels[agent] - 1] += work
    return Played(
        answered=len(waits),
        abandoned=len(claimed_at) - len(waits),
        within_service_level=sum(wait <= SERVICE_LEVEL_US for wait in waits),
        waited_s=sum(waits) / SECOND,
        calls=tuple(tuple(row) for row in calls),
        staffed_s=tuple(tuple(us / SECOND for us in row) for row in staffed),
        busy_s=tuple(us / SECOND for us in busy),
    )


def staffed_us(day: Day) -> list[list[int]]:
    """Time on duty by half hour and level, in microseconds; what lies outside the day counts for its first and last half hour."""
    last = day.arrives[-1] // HALF_HOUR
    staffed = [[0] * len(LEVELS) for _ in range(last + 1)]
    for level, spells in zip(day.levels, day.duty, strict=True):
        for start, end in spells:
            at = start
            while at < end:
                half_hour = min(max(at // HALF_HOUR, 0), last)
                upto = end if half_hour == last else min(end, (half_hour + 1) * HALF_HOUR)
                staffed[half_hour][level - 1] += upto - at
                at = upto
    return staffed
