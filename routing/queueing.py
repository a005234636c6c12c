"""The waiting calls of the projects, and which of them is the most urgent.

Urgency is weight times waiting time. What gives a call priority (a caller list, a key menu, a person) counts as waiting time:
a call is as urgent as one of its project that came so much earlier, and no more.

**Ageing.** A call that has waited `ageing_ms`, its priority counted, goes before all that have not, by the order of coming.
Weights only multiply, and where agents are too few for the heavy calls a light one would else wait for ever. So whoever has
waited so long is overtaken by nobody but who came before them, who came at most `PRIORITY_MS_LIMIT` after them with a
priority, and who was handed back after an agent was lost.
"""

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from math import inf

import msgspec

from telephony.demands import SkillNeed
from telephony.identifiers import MS, AgentId, CallId, ClientId, Instant, ProjectId


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
    relaxation_stage: int = 0
    """How often relaxation has changed what is asked for."""
    priority_ms: int = 0
    """Counts as waiting time."""
    sticky_agent_id: AgentId | None = None
    """The caller waits for this agent alone, while they are on duty."""
    blocked_agents: tuple[AgentId, ...] = ()

    @property
    def urgent_since(self) -> Instant:
        """Since when the call waits, its priority counted."""
        return Instant(self.waiting_since - self.priority_ms * MS)


_SLACK = 64
AGEING_MS = 1_200_000

GOES_FIRST, AGED, IN_TURN = 0, 1, 2

Rank = tuple[int, float, Instant, CallId]
"""Smallest is most urgent: calls that go first, then aged ones by age, then the greatest weight times waiting time, then who came
first, then the id."""

_Head = tuple[Instant, CallId, float, WaitingCall | None]
"""Urgent since, id, weight, and the call, unless some agents may not have it. Who goes first is `AHEAD`, with endless weight."""
AHEAD = Instant(-(1 << 62))
AGED_ABOVE = 1 << 60
"""More than a weight times a waiting time can be, and less than `AHEAD` is ago."""

Lane = tuple[bool, float, tuple[AgentId, ...]]
"""Goes first, weight, the agents who never get the caller: within one lane nobody changes places."""


def rank_of(call: WaitingCall, now: Instant, ageing_ms: int = AGEING_MS) -> Rank:
    """The call's place among all waiting calls at `now`. A clock that runs behind counts as no waiting yet."""
    since = call.urgent_since
    return _rank((call.goes_first, call.priority_weight, ()), (since, call.call_id), now - since, ageing_ms * MS)


def _rank(lane: Lane, came: tuple[Instant, CallId], waited: int, ageing_us: int) -> Rank:
    if waited >= ageing_us and not lane[0]:
        return (AGED, 0.0, *came)
    return (GOES_FIRST if lane[0] else IN_TURN, -lane[1] * waited if waited > 0 else 0.0, *came)


class Queue:
    """Waiting calls that ask for the same, in lanes of equal weight.

    Urgency grows with time at the pace of the weight, so two calls of different weight change places; within one lane nobody
    ever does, and the lane's head stands for all of it. A caller whom some agents may not get has a lane of their own.
    A lane is a heap; a call that left stays in it until it comes up, or until such calls are the greater part.
    """

    __slots__ = ("_added", "_calls", "_heads", "blocked_lanes", "lanes")

    def __init__(self) -> None:
        self._calls: dict[CallId, WaitingCall] = {}
        self.lanes: dict[Lane, list[tuple[Instant, CallId, int, WaitingCall]]] = {}
        """One without a call does not exist. Their heads are what there is to compare."""
        self.blocked_lanes = 0
        """How many lanes some agent may not take from."""
        self._added = 0
        self._heads: list[_Head] | None = None
        """The lanes' heads that may be the most urgent, the oldest first; None since the head of a lane came or went."""

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[WaitingCall]:
        """In the order in which they came in."""
        return iter(self._calls.values())

    def add(self, call: WaitingCall) -> bool:
        """The call waits here, at the place its waiting time gives it: True where that is the first of a lane.

        It must not wait here already.
        """
        key = (call.goes_first, call.priority_weight, call.blocked_agents)
        lane = self.lanes.get(key)
        if lane is None:
            lane = self.lanes[key] = []
            self.blocked_lanes += bool(call.blocked_agents)
        if len(lane) > 2 * len(self._calls) + _SLACK:
            lane[:] = [entry for entry in lane if self._calls.get(entry[1]) is entry[3]]
            heapify(lane)
        self._added += 1
        heappush(lane, (call.urgent_since if call.priority_ms else call.waiting_since, call.call_id, self._added, call))
        self._calls[call.call_id] = call
        is_first = lane[0][3] is call
        if is_first:
            self._heads = None
        return is_first

    def remove(self, call: WaitingCall) -> bool:
        """The call waits no more: True where it was the first of a lane. Raises `KeyError` where it did not wait."""
        del self._calls[call.call_id]
        key = (call.goes_first, call.priority_weight, call.blocked_agents)
        lane, calls = self.lanes[key], self._calls
        was_first = lane[0][3] is call
        if was_first:
            self._heads = None
        while lane and calls.get(lane[0][1]) is not lane[0][3]:
            heappop(lane)
        if not lane:
            del self.lanes[key]
            self.blocked_lanes -= bool(call.blocked_agents)
        return was_first

    def bound(self, now: Instant, ageing_us: int, tag: CallId) -> tuple[Rank, WaitingCall | None]:
        """A rank that none of the queue's calls is before at `now`: what need not be looked at closer is told by it.

        With the call whose own rank it is, unless some agents may not have that one, or it goes first. `tag` tells these apart,
        and comes before every id of a call. Nobody may ask it of an empty queue.
        """
        heads = self._heads
        if heads is None:
            heads = self._heads = self._may_lead()
        since, call_id, weight, call = heads[0]
        if weight == inf:
            return (GOES_FIRST, -inf, since, tag), None
        waited = now - since
        if waited >= ageing_us:
            return (AGED, 0.0, since, tag if call is None else call_id), call
        most = weight * waited if waited > 0 else 0.0
        if len(heads) > 1:
            for head in heads:
                urgency = head[2] * (now - head[0])
                if urgency > most:  # of two as urgent, the one who came first
                    most, (since, call_id, _, call) = urgency, head
        return (IN_TURN, -most, since, tag if call is None else call_id), call

    def _may_lead(self) -> "list[_Head]":
        """The heads that are first now or may be later, the oldest first: each weighs more than all who came before it."""
        heads = [
            (AHEAD if first else lane[0][0], lane[0][1], inf if first else weight, None if blocked else lane[0][3])
            for (first, weight, blocked), lane in self.lanes.items()
        ]
        if len(heads) == 1:
            return heads
        heads.sort()  # no further than the ids
        found, heaviest = list[_Head](), 0.0
        for head in heads:
            if head[2] > heaviest:
                found.append(head)
                heaviest = head[2]
        return found

    def kept_from(self, agent_id: AgentId) -> list[WaitingCall]:
        """The heads of the lanes this agent may not take from."""
        return [lane[0][3] for (_, _, blocked), lane in self.lanes.items() if agent_id in blocked]

    def most_urgent(
        self, now: Instant, ageing_us: int, may_be_taken: Callable[[tuple[AgentId, ...]], bool] | None = None
    ) -> tuple[Rank, WaitingCall] | None:
        """The call that is next at `now`, with its rank; a lane with blocked agents only where `may_be_taken` says yes."""
        best: Rank | None = None
        found: WaitingCall | None = None
        least = 0.0  # the urgency of `best` where it is in its turn: most lanes lose by that alone
        for key, lane in self.lanes.items():
            since, call_id, _, call = lane[0]
            waited = now - since
            if waited >= ageing_us or key[0]:
                rank = _rank(key, (since, call_id), waited, ageing_us)
            else:
                urgency = -key[1] * waited if waited > 0 else 0.0
                if best is not None and (best[0] != IN_TURN or urgency > least):
                    continue
                rank = (IN_TURN, urgency, since, call_id)
            if (best is None or rank < best) and (not key[2] or may_be_taken is None or may_be_taken(key[2])):
                best, found, least = rank, call, rank[1]
        return None if best is None or found is None else (best, found)
