"""Which recordings are given to whom: spread over agents, over the period, and over reviewers. Pure.

Of an agent's recordings the one with the least digest of its id is taken: nobody can choose it, and anybody can check it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recording.quality.review import RatedCall
from recording.quality.rules import Rater, RatingPeriod, RatingRules, bar_to
from recording.retention import DAY
from telephony.identifiers import SECOND, AgentId, Instant, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """That reviewer is to rate that call."""

    call: RatedCall
    reviewer: UserId


def period_of(at: Instant, period: RatingPeriod, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Beginning and end of the week or month that instant lies in, by the wall clock of the zone."""
    day = datetime.fromtimestamp(at // SECOND, zone).date()
    if period is RatingPeriod.WEEK:
        first = day - timedelta(days=day.weekday())
        return _midnight(first, zone), _midnight(first + timedelta(days=7), zone)
    first = day.replace(day=1)
    return _midnight(first, zone), _midnight((first + timedelta(days=31)).replace(day=1), zone)


def periods_back(at: Instant, days: int, period: RatingPeriod, zone: ZoneInfo) -> list[tuple[Instant, Instant]]:
    """Every period that touches the time from so many days ago until then, the oldest first."""
    found, looked_at = list[tuple[Instant, Instant]](), at
    while not found or found[0][0] > at - days * DAY:
        found.insert(0, period_of(looked_at, period, zone))
        looked_at = Instant(found[0][0] - 1)
    return found


def quota(rules: RatingRules, period: tuple[Instant, Instant], now: Instant) -> int:
    """How many of an agent's calls may be given out by now: the period's most, in step with its time, at least one."""
    began, ends = period
    gone = min(max(now - began, 1), ends - began)
    return -(-rules.per_agent * gone // (ends - began))


def assigned(
    calls: Iterable[RatedCall],
    *,
    rated: Mapping[AgentId, int],
    loads: Mapping[UserId, int],
    raters: Sequence[Rater],
    rules: RatingRules,
    most: int,
) -> list[Assignment]:
    """What is given out now, of one period's calls: to the least rated agent first, `most` an agent with those in `rated`.

    `loads`: how many drafts each reviewer has already; who has least gets the next.
    """
    waiting: dict[AgentId, list[RatedCall]] = {}
    for call in sorted(calls, key=_digest):
        waiting.setdefault(call.agent_id, []).append(call)
    counts, load, found = dict(rated), dict(loads), list[Assignment]()
    while waiting:
        agent_id = min(waiting, key=lambda each: (counts.get(each, 0), each))
        theirs = waiting[agent_id]
        if not theirs or counts.get(agent_id, 0) >= most:
            del waiting[agent_id]
            continue
        call = theirs.pop(0)
        fit = [each for each in raters if bar_to(each, rules, call.call_agents) is None]
        if fit:
            reviewer = min(fit, key=lambda each: (load.get(each.user_id, 0), each.user_id)).user_id
            found.append(Assignment(call=call, reviewer=reviewer))
            load[reviewer] = load.get(reviewer, 0) + 1
            counts[agent_id] = counts.get(agent_id, 0) + 1
    return found


def _digest(call: RatedCall) -> str:
    return hashlib.sha256(call.segment_id.encode()).hexdigest()


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return Instant(int(datetime.combine(day, time(), zone).timestamp()) * SECOND)
