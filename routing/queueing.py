"""The waiting calls of the projects, and which of them is the most urgent."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

import msgspec

from telephony.demands import SkillNeed
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId


class WaitingCall(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who waits. `goes_first`: an agent was lost in mid-call. `offers`: how many agents were asked so far."""

    call_id: CallId
    project_id: ProjectId
    client_id: ClientId
    waiting_since: Instant
    priority_weight: float = 1.0
    goes_first: bool = False
    offers: int = 0
    needs: tuple[SkillNeed, ...] = ()
    """What is required of the agent now, after relaxation; sorted by name."""
    preferred: tuple[SkillNeed, ...] = ()
    preferred_until: Instant = Instant(0)
    """What is preferred counts before this instant."""
    priority_ms: int = 0
    """Counts as waiting time."""
    sticky_agent_id: AgentId | None = None
    """The caller waits for this agent alone, while they are on duty."""
    blocked_agents: tuple[AgentId, ...] = ()


_SLACK = 64

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
    A lane is a heap; a call that left stays in it until it comes up, or until such calls are the greater part.
    """

    __slots__ = ("_added", "_calls", "lanes")

    def __init__(self) -> None:
        self._calls: dict[CallId, WaitingCall] = {}
        self.lanes: dict[tuple[bool, float], list[tuple[Instant, CallId, int, WaitingCall]]] = {}
        """By weight; one without a call does not exist. Their heads are what there is to compare."""
        self._added = 0

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[WaitingCall]:
        """In the order in which they came in."""
        return iter(self._calls.values())

    def add(self, call: WaitingCall) -> None:
        """The call waits here, at the place its waiting time gives it. It must not wait here already."""
        lane = self.lanes.setdefault((call.goes_first, call.priority_weight), [])
        if len(lane) > 2 * len(self._calls) + _SLACK:
            lane[:] = [entry for entry in lane if self._calls.get(entry[1]) is entry[3]]
            heapify(lane)
        self._added += 1
        heappush(lane, (call.waiting_since, call.call_id, self._added, call))
        self._calls[call.call_id] = call

    def remove(self, call: WaitingCall) -> None:
        """The call waits no more. Raises `KeyError` where it did not."""
        del self._calls[call.call_id]
        key = (call.goes_first, call.priority_weight)
        lane, calls = self.lanes[key], self._calls
        while lane and calls.get(lane[0][1]) is not lane[0][3]:
            heappop(lane)
        if not lane:
            del self.lanes[key]

    def most_urgent(self, now: Instant) -> tuple[Rank, WaitingCall] | None:
        """The call that is next at `now`, with its rank."""
        best: tuple[Rank, WaitingCall] | None = None
        for lane in self.lanes.values():
            call = lane[0][3]
            rank = rank_of(call, now)
            if best is None or rank < best[0]:
                best = (rank, call)
        return best
