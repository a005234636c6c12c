"""How long callers would have waited: from those who gave up and those whom an agent answered first. Pure.

Who was answered after ten seconds would have waited longer than ten seconds; how much longer nobody knows. Leaving them out would
make patience look short, and counting them as patient for ever would make it look endless. So each second of waiting has a
hazard, the callers who gave up in it over those who were still waiting in it (Kaplan and Meier 1958, in steps of a second, the
leaving counted half as in a life table). Past the last second that enough callers reached, the hazard is that of all seconds
before it together: exponential from there on. Where too few of a project gave up to tell it, it is that of all callers, but only
past those seconds: where few give up most callers are patient, and what all had would make them impatient.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from math import log

from telephony.identifiers import SECOND

LONGEST_S = 1_800
ENOUGH_AT_RISK = 10
ENOUGH_GAVE_UP = 10
NEVER_US = 7 * 24 * 3_600 * SECOND


class Waits:
    """How often callers gave up, or were answered, in each second of waiting: flat memory."""

    __slots__ = ("gave_up", "left")

    def __init__(self) -> None:
        self.gave_up = array("l", [0] * (LONGEST_S + 1))
        self.left = array("l", [0] * (LONGEST_S + 1))

    def add(self, waited_us: int, *, gave_up: bool) -> None:
        """One caller's wait, to its end by their own will or by an answer (or a machine, or a limit)."""
        second = min(max(waited_us // SECOND, 0), LONGEST_S)
        (self.gave_up if gave_up else self.left)[second] += 1

    def join(self, other: "Waits") -> None:
        """The other's callers count here as well."""
        for second in range(LONGEST_S + 1):
            self.gave_up[second] += other.gave_up[second]
            self.left[second] += other.left[second]


class Patience:
    """The distribution these waits tell: `after` draws from it."""

    __slots__ = ("_mean_tail_us", "_surviving")

    def __init__(self, waits: Waits, of_all: "Patience | None" = None) -> None:
        """`of_all` holds for longer waits than were seen, where too few gave up to tell."""
        at_risk = sum(waits.gave_up) + sum(waits.left)
        surviving, share, exposure = [1.0], 1.0, 0.0
        for second in range(LONGEST_S):
            gave_up, left = waits.gave_up[second], waits.left[second]
            if at_risk < ENOUGH_AT_RISK:
                break
            effective = at_risk - left / 2
            share *= 1 - min(gave_up / effective, 1.0) if effective > 0 else 1.0
            exposure += at_risk - (gave_up + left) / 2
            surviving.append(share)
            at_risk -= gave_up + left
        given_up = sum(waits.gave_up[: len(surviving) - 1])
        self._surviving = surviving
        self._mean_tail_us = int(exposure / given_up * SECOND) if given_up else NEVER_US
        if of_all is not None and given_up < ENOUGH_GAVE_UP:
            self._mean_tail_us = of_all._mean_tail_us

    def surviving(self, second: int) -> float:
        """The share of callers who still wait after that many seconds, if nobody answers."""
        return self._surviving[min(second, len(self._surviving) - 1)]

    def after(self, chance: float) -> int:
        """For a chance in [0, 1): after how many microseconds that caller gives up."""
        low, high = 0, len(self._surviving) - 1
        if self._surviving[high] > chance:  # outlasts what was seen
            return high * SECOND + min(int(_exponential(chance / self._surviving[high]) * self._mean_tail_us), NEVER_US)
        while low < high:  # the first second at whose end no more than `chance` are left
            middle = (low + high) // 2
            if self._surviving[middle] > chance:
                low = middle + 1
            else:
                high = middle
        before, behind = self._surviving[low - 1], self._surviving[low]
        part = (before - chance) / (before - behind) if before > behind else 0.5
        return int((low - 1 + part) * SECOND)


def _exponential(chance: float) -> float:
    """Minus the logarithm: of mean 1."""
    return -log(max(chance, 1e-12))


HEAVIEST = 50.0
"""Nothing that was seen stands for more than so much that was not."""

Seen = tuple[int, int, int]
"""What it came to, how long the caller had waited when it began, and how long it took."""


class Outlasted:
    """What callers were seen to wait for to its end: a phone that rang for them, a question they answered.

    What takes long is seen to its end too rarely, since more callers hang up over it. So each stands for as many as would have
    been needed for one caller to hold out so long, by the patience of them all.
    """

    __slots__ = ("_reach", "_seen")

    def __init__(self, seen: Iterable[Seen], patience: Patience) -> None:
        self._seen = sorted(seen, key=lambda each: (each[0], each[2]))
        weights = []
        for _, waited_us, took_us in self._seen:
            before, after = patience.surviving(waited_us // SECOND), patience.surviving((waited_us + took_us) // SECOND)
            weights.append(min(before / after, HEAVIEST) if after else HEAVIEST)
        self._reach = list(accumulate(weights))

    def draw(self, chance: float) -> tuple[int, int] | None:
        """What it came to at that part of all, and how long it took; None where nothing was seen."""
        if not self._seen:
            return None
        what, _, took_us = self._seen[bisect_right(self._reach, chance * self._reach[-1])]
        return what, took_us
