"""Weighted fair share by stride scheduling: who of the available agents is next, and what a call costs them.

Each agent carries a *pass*. An assigned call adds 1/weight of the level in force for that project; the smallest pass is next.
Stride scheduling is Waldspurger and Weihl's (MIT/LCS/TM-528, 1995).

Costs are rounded to `QUANTUM`, a power of two, so that every sum of them is an exact float: the order of additions does not
matter, a replay gives the same bytes, and a pass read back from the journal is the pass that was written. That holds up to
2**33, more than 85 million calls of the smallest weight allowed, so passes are never rebased: a pass in the journal means
the same for ever, and an agent who was away for months is lifted to the others by the rule for becoming available.
"""

import math
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from itertools import chain, islice

from telephony.errors import FernamtError
from telephony.identifiers import AgentId, Instant

LEVELS = 3
CREDIT_CALLS = 4
"""How many calls of the costliest level an agent who talked may be behind the others and still catch up."""
PREFERENCE_CALLS = 1
"""How many calls of the costliest level somebody with a preferred skill may be ahead of who is next and still be chosen."""
QUANTUM = 2.0**-20
SMALLEST_WEIGHT = 0.01
LARGEST_WEIGHT = 1_000.0

_SLACK = 64
_SWEPT_A_PUSH = 4
_STALE_WALKED = 24
_CLEARED = 40


class InvalidWeights(FernamtError):
    """The weights of a project or of the centre cannot be shares."""

    code = "invalid_weights"


def costs_of(weights: Sequence[float], *, owner: str) -> tuple[float, ...]:
    """What one call adds to the pass of an agent of level 1, 2, 3: 1/weight, exact in steps of `QUANTUM`.

    Raises `InvalidWeights` unless there are three finite weights from 0.01 to 1000; `owner` names whose they are.
    """
    if len(weights) != LEVELS or not all(SMALLEST_WEIGHT <= w <= LARGEST_WEIGHT for w in weights):
        message = (
            f"weights of {owner} are {list(weights)}: give {LEVELS} numbers, for level 1, 2 and 3, "
            f"each from {SMALLEST_WEIGHT:g} to {LARGEST_WEIGHT:g}"
        )
        raise InvalidWeights(message, owner=owner, weights=str(list(weights)))
    return tuple(math.floor(1.0 / w / QUANTUM + 0.5) * QUANTUM for w in weights)


def check_priority(weight: float, *, owner: str) -> None:
    """Raises `InvalidWeights` unless a queue can be compared by this priority weight."""
    if not SMALLEST_WEIGHT <= weight <= LARGEST_WEIGHT:
        message = f"priority weight of {owner} is {weight}: give a number from {SMALLEST_WEIGHT:g} to {LARGEST_WEIGHT:g}"
        raise InvalidWeights(message, owner=owner, priority_weight=weight)


class Seat:
    """One agent's place on the floor. `entry` is the current place in the orders, None while not available."""

    __slots__ = ("agent_id", "entry", "is_back_from_call", "share_pass")

    def __init__(self, agent_id: AgentId) -> None:
        self.agent_id = agent_id
        self.share_pass = 0.0
        self.entry: Entry | None = None
        self.is_back_from_call = False
        """True from a claim on, until the agent is known to have been away for another reason."""


Entry = tuple[float, Instant, AgentId, Seat]
"""Pass, idle since, id: in this order who is next. Never compared up to the seat: ids differ."""


class ShareOrder:
    """The available agents of one project, smallest pass first.

    A heap whose entries go stale when their agent leaves (`seat.entry is not entry`) and are dropped when they come up: an
    agent who leaves costs nothing here but a count, however many certificates they have. Stale entries that never come up
    are swept out a few at each push, so that no single decision pays for all of them.
    """

    __slots__ = ("_heap", "_swept", "left", "live", "mark")

    def __init__(self) -> None:
        self.live = 0
        """How many agents stand in this order."""
        self.mark = 0.0
        """The greatest that the smallest pass of the available agents had been when somebody last came or went otherwise than
        by a claim: what an agent who was away starts from. So it is known wherever those comings and goings are."""
        self.left = 0.0
        """The pass with which the last one left, as long as nobody stands here."""
        self._heap: list[Entry] = []
        self._swept: list[Entry] = []

    def push(self, entry: Entry) -> None:
        """The agent stands in this order; its seat must carry the same entry."""
        heap = self._heap
        heappush(heap, entry)
        self.live += 1
        if self._swept:
            self._sweep()
        elif len(heap) > 2 * self.live + _SLACK:
            self._swept, self._heap = heap, []

    def leave(self, entry: Entry) -> None:
        """One agent less; `entry` is the one that went stale."""
        self.live -= 1
        if not self.live:
            self.left = entry[0]
            self._heap.clear()
            if self._swept:
                self._swept.clear()

    def head(self) -> Entry | None:
        """Who is next."""
        heap = self._heap
        while heap:
            first = heap[0]
            if first[3].entry is first:
                break
            heappop(heap)
        swept = self._swept
        if swept:
            while swept and swept[0][3].entry is not swept[0]:
                heappop(swept)
            if swept and (not heap or swept[0] < heap[0]):
                return swept[0]
        return heap[0] if heap else None

    def smallest_pass(self) -> float:
        """The greatest that the smallest pass of the available agents has been up to now; it never falls."""
        if not self.live:
            return self.left if self.left > self.mark else self.mark
        head = self.head()
        return head[0] if head is not None and head[0] > self.mark else self.mark

    def raise_mark(self) -> float:
        """The smallest pass, from here on the mark. Whoever comes or goes says so first."""
        if self.live:
            self.mark = self.smallest_pass()
        elif self.left > self.mark:
            self.mark = self.left
        return self.mark

    def first(self, count: int) -> list[Entry]:
        """The next `count` agents in their order; who is next stays so."""
        head = self.head()
        if head is None or self.live == 1 or count == 1:
            return [] if head is None else [head]
        found = None if self._swept else self._walked(count)
        return list(islice(self.in_order(), count)) if found is None else found

    def _walked(self, count: int) -> list[Entry] | None:
        """The first of the heap as `in_order` gives them, at a third of its cost; None where stale entries lie in the way."""
        heap, size, found = self._heap, len(self._heap), list[Entry]()
        edge, stale = [(heap[0], 0)], 0
        while edge:
            entry, place = edge[0]
            if entry[3].entry is entry:
                found.append(entry)
                if len(found) == count:
                    break
            else:
                stale += 1
                if stale > _STALE_WALKED:
                    self._clear_the_top(_CLEARED)
                    return None
            place += place + 1
            if place < size:
                heapreplace(edge, (heap[place], place))
                place += 1
                if place < size:
                    heappush(edge, (heap[place], place))
            else:
                heappop(edge)
        return found

    def in_order(self) -> Iterator[Entry]:
        """The agents in their order, as far as anybody asks; nobody may come or go meanwhile.

        The heap is walked from its top, where the smallest are, and left as it is. Entries that went stale lie in the way:
        where they are too many, those at the top are taken out first.
        """
        self.head()
        edge = [(order[0], 0, order) for order in (self._heap, self._swept) if order]
        heapify(edge)
        stale = given = 0
        last: Entry | None = None
        while edge:
            entry, place, order = edge[0]
            if entry[3].entry is entry:
                last = entry
                given += 1
                yield entry
            else:
                stale += 1
                if stale > _STALE_WALKED:
                    self._clear_the_top(given + _CLEARED)
                    yield from (entry for entry in self.in_order() if last is None or last < entry)
                    return
            place += place + 1
            if place < len(order):
                heapreplace(edge, (order[place], place, order))
                if place + 1 < len(order):
                    heappush(edge, (order[place + 1], place + 1, order))
            else:
                heappop(edge)

    def _clear_the_top(self, count: int) -> None:
        """No stale entry lies among the first `count` agents."""
        heap, swept = self._heap, self._swept
        taken: list[Entry] = []
        head = self.head()
        while head is not None and len(taken) < count:
            taken.append(head)
            heappop(heap if heap and heap[0] is head else swept)
            head = self.head()
        for entry in taken:
            heappush(heap, entry)

    def all(self) -> Iterator[Entry]:
        """Everybody who stands here, in no order."""
        return (entry for entry in chain(self._heap, self._swept) if entry[3].entry is entry)

    def _sweep(self) -> None:
        swept = self._swept
        for _ in range(min(_SWEPT_A_PUSH, len(swept))):
            entry = swept.pop()  # the last of a heap: what is left is still a heap
            if entry[3].entry is entry:
                heappush(self._heap, entry)
