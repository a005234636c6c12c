"""Chance that is the same every time: numbers out of a seed and what is drawn for, whatever is drawn before. Pure.

Because a caller's draws hang on the caller and not on the order of events, both rules are compared on the same callers with the
same patience and the same luck: most of the noise is in both and leaves their difference.
"""

from bisect import insort

MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def unit(seed: int, *what: int) -> float:
    """A number in [0, 1), evenly spread (splitmix64 of Steele, Lea and Flood 2014 over the numbers).

    The seed is mixed before anything is added to it: else caller 5 of the first replay had the luck of caller 4 of the second,
    and all replays were the same few hundred draws, which lean.
    """
    state = _mixed(seed)
    for number in what:
        state = _mixed(state ^ (number & MASK))
    return (state >> 11) / (1 << 53)


def _mixed(state: int) -> int:
    state = (state + _GOLDEN) & MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
    return state ^ state >> 31


class Sample:
    """At most `size` of all values seen, each with the same chance of being among them: memory is flat however many come.

    Algorithm R (Vitter 1985), with chance from the count of what was seen, so that the same day leaves the same sample.
    """

    __slots__ = ("seen", "size", "values")

    def __init__(self, size: int) -> None:
        self.size = size
        self.seen = 0
        self.values: list[tuple[int, int]] = []

    def add(self, value: tuple[int, int]) -> None:
        """The value may be drawn from here on."""
        self.seen += 1
        if len(self.values) < self.size:
            insort(self.values, value)
            return
        place = int(unit(self.size, self.seen) * self.seen)
        if place < self.size:
            del self.values[place]
            insort(self.values, value)

    def draw(self, chance: float) -> tuple[int, int]:
        """The value at that part of the sorted values: the same chance means alike in every sample."""
        return self.values[int(chance * len(self.values))]
