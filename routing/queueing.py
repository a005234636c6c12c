"""The waiting calls of the projects, and which of them is the most urgent."""

from collections.abc import Iterator
from dataclasses import dataclass

from sortedcontainers import SortedDict

from telephony.identifiers import CallId, ClientId, Instant, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCall:
    """A caller who waits. `goes_first`: an agent was lost in mid-call. `offers`: how many agents were asked so far."""

    call_id: CallId
    project_id: ProjectId
    client_id: ClientId
    waiting_since: Instant
    priority_weight: float = 1.0
    goes_first: bool = False
    offers: int = 0


Rank = tuple[bool, float, Instant, CallId]
"""Smallest is most urgent: calls that go first, then the greatest weight times waiting time, then who came first, then the id."""


def rank_of(call: WaitingCall, now: Instant) -> Rank:
    """The call's place among all waiting calls at `now`. A clock that runs behind counts as no waiting yet."""
    waited = now - call.waiting_since
    return (not call.goes_first, -call.priority_weight * waited if waited > 0 else 0.0, call.waiting_since, call.call_id)


class Queue:
    """The waiting calls of one project, in lanes of equal weight.

    Urgency grows with time at the pace of the weight, so two calls of different weight change places; within one lane nobody
    ever does, and the lane's head stands for all of it. What calls ask for beyond their project divides lanes likewise.
    """

    __slots__ = ("_lanes", "_size")

    def __init__(self) -> None:
        self._lanes: dict[tuple[bool, float], SortedDict[tuple[Instant, CallId], WaitingCall]] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[WaitingCall]:
        """Lane by lane, each in the order of waiting."""
        for lane in self._lanes.values():
            yield from lane.values()

    def add(self, call: WaitingCall) -> None:
        """The call waits here, at the place its waiting time gives it."""
        key = (call.goes_first, call.priority_weight)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = SortedDict()
        lane[call.waiting_since, call.call_id] = call
        self._size += 1

    def remove(self, call: WaitingCall) -> None:
        """The call waits no more. Raises `KeyError` where it did not."""
        key = (call.goes_first, call.priority_weight)
        lane = self._lanes[key]
        del lane[call.waiting_since, call.call_id]
        self._size -= 1
        if not lane:
            del self._lanes[key]

    def heads(self) -> list[WaitingCall]:
        """The first of each lane."""
        return [lane.peekitem(0)[1] for lane in self._lanes.values()]

    @property
    def lanes(self) -> int:
        """How many heads there are to compare."""
        return len(self._lanes)

    def most_urgent(self, now: Instant) -> tuple[Rank, WaitingCall] | None:
        """The call that is next at `now`, with its rank."""
        best: tuple[Rank, WaitingCall] | None = None
        for lane in self._lanes.values():
            call = lane.peekitem(0)[1]
            rank = rank_of(call, now)
            if best is None or rank < best[0]:
                best = (rank, call)
        return best
