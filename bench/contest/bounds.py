"""What no rule can do better, worked out: how far capacity lets shares follow the weights, and queues by Erlang's formulas."""

from bench.contest.day import HALF_HOUR, PATIENCE_S, SECOND, WEIGHTS, Day
from bench.contest.play import error, shares, staffed_us


def attainable(work: float, staffed: tuple[float, ...], weights: tuple[float, ...] = WEIGHTS) -> tuple[float, ...]:
    """Work by level when it follows time on duty x weight, as far as a level has time; what it cannot take the others share.

    Certificates and chance are left out, so no rule comes nearer to the weights in the same half hour. Any unit of time.
    """
    given = [0.0] * len(staffed)
    open_levels = [n for n, time in enumerate(staffed) if time > 0]
    left = min(work, sum(staffed))
    while open_levels:
        claims = {n: staffed[n] * weights[n] for n in open_levels}
        full = [n for n in open_levels if left * claims[n] >= staffed[n] * sum(claims.values())]
        if not full:
            for n in open_levels:
                given[n] = left * claims[n] / sum(claims.values())
            break
        for n in full:
            given[n] = staffed[n]
            left -= staffed[n]
        open_levels = [n for n in open_levels if n not in full]
    return tuple(given)


def attainable_error(day: Day) -> float:
    """The share error of the day if each half hour followed the weights as far as there was time."""
    staffed = staffed_us(day)
    work, calls = [0] * len(staffed), [0] * len(staffed)
    for at, its in zip(day.arrives, day.work, strict=True):
        work[at // HALF_HOUR] += its
        calls[at // HALF_HOUR] += 1
    off = [error(shares(attainable(w, tuple(s)), s)) for w, s in zip(work, staffed, strict=True)]
    return sum(n * part for n, part in zip(calls, off, strict=True)) / sum(calls)


def erlang_a_day(day: Day) -> tuple[float, float]:
    """Average speed of answer in seconds and abandonment of the pooled day, each half hour in a steady state of its own."""
    waited = answered = lost = 0.0
    for half_hour, staffed in enumerate(staffed_us(day)):
        works = [w for at, w in zip(day.arrives, day.work, strict=True) if at // HALF_HOUR == half_hour]
        if not works:
            continue
        agents = max(1, round(sum(staffed) / HALF_HOUR))
        mean_s = sum(works) / len(works) / SECOND
        asa, abandonment = erlang_a(len(works) / (HALF_HOUR / SECOND), mean_s, agents, PATIENCE_S)
        served = len(works) * (1 - abandonment)
        waited, answered, lost = waited + asa * served, answered + served, lost + len(works) * abandonment
    return waited / answered, lost / (answered + lost)


def erlang_a(calls_a_second: float, work_s: float, agents: int, patience_s: float) -> tuple[float, float]:
    """Mean wait of the answered in seconds, and the part that gives up, of M/M/n+M.

    Palm's model (Mandelbaum and Zeltyn, "Service Engineering in Action: The Palm/Erlang-A Queue", 2007), from the states'
    balance. Who arrives with j callers ahead waits through j + 1 steps, each until a call ends or a patience does.
    """
    serving, impatience = agents / work_s, 1 / patience_s
    weight, before = 1.0, 1.0
    for busy in range(agents - 1, -1, -1):  # downwards from the state in which all are busy and nobody waits
        weight *= (busy + 1) / work_s / calls_a_second
        before += weight
        if weight < 1e-14:
            break
    total, waited, served, weight = before, 0.0, before - 1.0, 1.0
    steps_s, ahead = 0.0, 0
    while weight > 1e-14:
        steps_s += 1 / (serving + (ahead + 1) * impatience)
        is_served = serving / (serving + (ahead + 1) * impatience)
        waited += weight * is_served * steps_s
        served += weight * is_served
        ahead += 1
        weight *= calls_a_second / (serving + ahead * impatience)
        total += weight
    total -= weight
    return waited / served, 1 - served / total


def erlang_c(calls_a_second: float, work_s: float, agents: int) -> float:
    """Mean wait in seconds of M/M/n without impatience; infinite where there is more work than time."""
    load = calls_a_second * work_s
    if load >= agents:
        return float("inf")
    blocking = 1.0
    for busy in range(1, agents + 1):  # Erlang B by recursion, then C from it
        blocking = load * blocking / (busy + load * blocking)
    waits = blocking / (1 - load / agents * (1 - blocking))
    return waits * work_s / (agents - load)
