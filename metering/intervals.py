"""Half-open intervals of integers, and the one rounding there is: an edge to its millisecond, once, half up.

Because edges are rounded and never durations, adjacent pieces add up to the whole they were cut from.
"""

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]
"""From the first number up to, not with, the second."""


def round_to_ms(at_us: int) -> int:
    """The millisecond nearest to that microsecond; the later one from exactly half on."""
    return (at_us + 500) // 1_000


def rounded_to_ms(intervals: Iterable[Interval]) -> list[Interval]:
    """The intervals in milliseconds, each edge rounded once; what becomes empty is left out."""
    edges = ((round_to_ms(start), round_to_ms(end)) for start, end in intervals)
    return [(start, end) for start, end in edges if start < end]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same points as disjoint intervals in order, none touching the next; empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersection(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """The points in both, as disjoint intervals in order."""
    ours, theirs = union(left), union(right)
    common: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i][0], theirs[j][0]), min(ours[i][1], theirs[j][1])
        if start < end:
            common.append((start, end))
        if ours[i][1] <= theirs[j][1]:
            i += 1
        else:
            j += 1
    return common


def subtraction(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """The points of `left` that are not in `right`, as disjoint intervals in order."""
    remaining: list[Interval] = []
    holes = union(right)
    for start, end in union(left):
        at = start
        for hole_start, hole_end in holes:
            if hole_end <= at:
                continue
            if hole_start >= end:
                break
            if at < hole_start:
                remaining.append((at, hole_start))
            at = hole_end
        if at < end:
            remaining.append((at, end))
    return remaining


def length(intervals: Iterable[Interval]) -> int:
    """How many units the disjoint intervals hold."""
    units = 0
    for start, end in intervals:
        units += end - start
    return units


def length_within(intervals: Iterable[Interval], since: int, until: int) -> int:
    """How many units of the disjoint intervals lie from `since` up to, not with, `until`."""
    units = 0
    for start, end in intervals:
        units += max(0, min(end, until) - max(start, since))
    return units
