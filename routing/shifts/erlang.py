"""How many agents a stream of callers needs: Erlang C (nobody gives up) and Erlang A (patience is exponential). Pure.

Erlang C rests on Erlang B by its recursion, turned over (1/B): no factorial, and nothing that fails at any load.

Erlang A is the M/M/n+M queue in the form of Zeltyn and Mandelbaum ("Call centers with impatient customers: many-server
asymptotics of the M/M/n+G queue", 2005): with arrivals lambda, service mu, n agents, and H(x) the integral of the share who still
wait, J(t) is the integral from t on of exp(lambda H(x) - n mu x). Everything is scaled by the greatest value of that exponent,
so heavy overload does not overflow either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, exp, expm1, log

STEPS = 4_000
MOST_AGENTS = 100_000
FAR = 45.0
"""Where the integrand has fallen to e^-45 of its greatest value nothing is left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A steady stream: callers a second, seconds each takes, and how long they would wait (None: for ever)."""

    per_second: float
    handling_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        """The work that comes in, in agents busy all the time."""
        return self.per_second * self.handling_s


def erlang_b(erlangs: float, agents: int) -> float:
    """The share of callers who would find all so many lines busy, if none could wait."""
    return 1 / _one_over_b(erlangs, agents)


def erlang_c(erlangs: float, agents: int) -> float:
    """The share of callers who have to wait, if nobody gives up; 1 where the agents cannot keep up."""
    if agents <= erlangs:
        return 1.0
    blocked = erlang_b(erlangs, agents)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def level_c(load: Load, agents: int, threshold_s: float) -> float:
    """The share answered within the threshold, if nobody gives up."""
    if load.erlangs == 0:
        return 1.0
    if agents <= load.erlangs:
        return 0.0
    return 1 - erlang_c(load.erlangs, agents) * exp(-(agents - load.erlangs) * threshold_s / load.handling_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impatient:
    """What becomes of callers who give up: shares of all who come."""

    answered_in_time: float
    abandoned: float
    waiting: float
    """Who does not get an agent at once."""


def erlang_a(load: Load, agents: int, threshold_s: float) -> Impatient:
    """The shares for so many agents. Raises `ValueError` for a load without patience or without agents."""
    if load.patience_s is None or load.patience_s <= 0 or agents < 1:
        raise ValueError("Erlang A needs agents and callers of some patience")
    if load.erlangs == 0:
        return Impatient(answered_in_time=1.0, abandoned=0.0, waiting=0.0)
    arrivals, service, leaving = load.per_second, agents / load.handling_s, 1 / load.patience_s

    def exponent(x: float) -> float:
        return arrivals * -expm1(-leaving * x) / leaving - service * x

    peak_at = log(arrivals / service) / leaving if arrivals > service else 0.0
    peak = exponent(peak_at)
    whole = _integral(exponent, peak, 0.0, peak_at)
    late = _integral(exponent, peak, threshold_s, max(peak_at, threshold_s))
    # E = sum over j < n of (R^j / j!) / (R^(n-1) / (n-1)!) = 1 / B(n - 1), by Erlang B's recursion.
    below = exp(-peak) * _one_over_b(load.erlangs, agents - 1)
    everything = below + arrivals * whole
    at_threshold = exp(exponent(threshold_s) - peak)
    lost = exp(-peak) + (arrivals - service) * whole
    not_in_time = exp(-peak) + (arrivals - service) * whole - at_threshold + service * late
    return Impatient(
        answered_in_time=_share(1 - not_in_time / everything),
        abandoned=_share(lost / everything),
        waiting=_share(arrivals * whole / everything),
    )


def agents_needed(load: Load, threshold_s: float, target: float) -> int:
    """The fewest agents with whom that share is answered in time: by Erlang A where patience is known, else by Erlang C."""
    if load.erlangs == 0:
        return 0

    def is_enough(agents: int) -> bool:
        if load.patience_s is None:
            return level_c(load, agents, threshold_s) >= target
        return erlang_a(load, agents, threshold_s).answered_in_time >= target

    least, most = 0, 1
    while not is_enough(most):
        least, most = most, most * 2
        if most > MOST_AGENTS:
            raise ValueError(f"no number of agents up to {MOST_AGENTS} answers {target:.0%} within {threshold_s:g} s")
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if is_enough(middle) else (middle, most)
    return most


def with_shrinkage(agents: int, shrinkage: float) -> int:
    """How many have to be booked so that so many are there, a part of booked time being breaks and absences."""
    return ceil(agents / (1 - shrinkage) - 1e-9)


def _one_over_b(erlangs: float, agents: int) -> float:
    """1 / B(n) = 1 + n / A * 1 / B(n - 1); it may become endless, which is right to the last digit."""
    found = 1.0
    for n in range(1, agents + 1):
        found = 1 + n / erlangs * found
    return found


def _integral(exponent: Callable[[float], float], peak: float, begin: float, top: float) -> float:
    """The integral of exp(exponent - peak) from `begin` on, by Simpson's rule; `top` is where it is greatest from there on."""
    end = _far_from(exponent, exponent(top) - FAR, top)
    if top > begin:  # a peak on the way is looked at from both sides
        near = max(begin, _far_before(exponent, exponent(top) - FAR, begin, top))
        return _simpson(exponent, peak, near, top) + _simpson(exponent, peak, top, end)
    return _simpson(exponent, peak, begin, end)


def _simpson(exponent: Callable[[float], float], peak: float, begin: float, end: float) -> float:
    width = (end - begin) / STEPS
    total = exp(exponent(begin) - peak) + exp(exponent(end) - peak)
    for step in range(1, STEPS):
        total += (4 if step % 2 else 2) * exp(exponent(begin + step * width) - peak)
    return total * width / 3


def _far_from(exponent: Callable[[float], float], floor: float, begin: float) -> float:
    step = 1e-6
    while exponent(begin + step) > floor:
        step *= 2
    return begin + step


def _far_before(exponent: Callable[[float], float], floor: float, begin: float, top: float) -> float:
    """Where, between there and the top, it begins to matter."""
    inside, outside = top, begin
    if exponent(begin) > floor:
        return begin
    for _ in range(30):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if exponent(middle) > floor else (inside, middle)
    return outside


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
