"""The live state routing decides on: who is available, who waits, and which of them belong together.

**The order of decisions.** Of all waiting calls that some available agent may take, the most urgent one gets the agent with
the smallest pass among those who may take it; then the next. For one agent who becomes free this is the most urgent head among
the agent's queues; for one caller who arrives it is the agent who is next. A call nobody free may take stops nobody else.

**What a turn costs.** The pass is charged when the agent is claimed, and nothing gives it back: an offer that was missed,
rejected or given up by the caller was that agent's turn. So a miss changes no pass, declining brings no earlier offer, and a
phone that never answers moves behind the others instead of being rung again and again.

**Becoming available** after being away (paused, logged out, unreachable) puts an agent as far before or behind the smallest pass
of the others who are available as they were on going away, project by project: the pass rises to the greatest over the agent's
projects, and never falls (routing/project_floor.py). A pause costs the calls of its time and no others; being away neither
banks credit nor works off what an agent is ahead. Who is new starts at the smallest pass. (One figure over the whole centre
would be held down by a specialist of a quiet project, and whoever comes back to a busy one would first be given all that was
missed; without the memory a spell in which everybody talks would do the same for the absent.)
Who was away in a call did work, and may be behind by up to four calls of the costliest level: long calls would otherwise cost
the higher levels their share (seen: 20.9 / 35.7 / 43.4 instead of 16.7 / 33.3 / 50 at half load with exponential talk);
without the limit a busy hour would lock the lower levels out of the next quiet one. Nobody comes back further behind.

**How long an idle agent can be passed over.** Let c be what the agent's last call cost, and b the four calls. While the agent
is idle, in that of the agent's projects whose smallest pass is greatest, each other agent j is given at most
floor((c + b) / cost of j) + 1 calls: with weights 1 : 2 : 3 never more than sixteen.

Preferences (routing/choosing.py) add up to two calls of a costliest level to b: that of any of the agent's projects, where the
agent may have been preferred before, and this project's, where the other may be preferred now. An agent who does not meet what
calls require is not passed over by those who do.

**For one agent alone** a call waits while it is sticky and the agent it names is on duty and may have it; when that ends (the
agent leaves, or the call is told anew without it) it waits for all, at the place its waiting time gives it.

Between two calls of `match` only lines where somebody came are looked at again: afterwards no waiting call has an agent
who may take it.
"""

from collections.abc import Iterator
from typing import cast

from routing.choosing import Chosen, choose, passed_over, refusal_for
from routing.decide import decision_of
from routing.directory import Directory
from routing.eligibility import Ineligibility, Ineligible, ineligible
from routing.lines import PLAIN, Line, LineKey
from routing.project_floor import AgentSeat, ProjectFloor, moved_projects, prices_of
from routing.queueing import Rank, WaitingCall
from routing.seating import Seating
from telephony.decisions import DecisionTaken
from telephony.identifiers import MS, AgentId, CallId, Instant, ProjectId

Leader = tuple[Rank, WaitingCall, Line, int]
"""The rank, the call, its line, and how many heads were looked at for it."""


class Floor(Seating):
    """Available agents and waiting calls. Not a clock is read here: instants come in."""

    def __init__(self, directory: Directory) -> None:
        super().__init__(directory)
        self._calls: dict[CallId, WaitingCall] = {}
        self._filed: dict[CallId, Line] = {}
        """The line each waiting call stands in."""
        self._sticky: dict[AgentId, dict[CallId, None]] = {}
        """The waiting calls that name this agent, whether they wait for nobody else or not."""
        self._ageing_us = directory.ageing_ms * MS
        self.use(directory)

    # -- what changes ----------------------------------------------------------------------------------------------

    def use(self, directory: Directory) -> None:
        """Decisions follow this revision; waiting calls, available agents and their passes are kept.

        An agent who may take calls of a further project from here on is lifted to its smallest pass, like one who becomes
        available.
        Raises `InvalidWeights`, and changes nothing, where weights cannot be shares.
        """
        prices = prices_of(directory)
        before, self._directory = self._directory, directory
        self._ageing_us = directory.ageing_ms * MS
        for project_id, (weights, costs) in prices.items():
            self._part(project_id).charge(weights, costs)
        moved = moved_projects(before, directory)
        changed: list[AgentSeat] = []
        for agent_id, seat in self._seats.items():
            profile = directory.agents.get(agent_id)
            if profile != seat.profile or (profile is not None and not moved.isdisjoint(profile.certificates)):
                changed.append(seat)
            else:
                seat.profile = profile
        if changed:
            self._assign_anew(changed)
        for agent_id in list(self._sticky):
            self._refile(agent_id)

    def agent_available(self, agent_id: AgentId, since: Instant) -> None:
        """The agent may be offered calls from here on, idle since then; no change for one who is available already."""
        seat = self._seat(agent_id)
        if not seat.is_on_duty:
            self.agent_on_duty(agent_id)
        if seat.entry is None:
            seat.comes()
            self._stand(seat, since)
            self._moved[agent_id] = None

    def agent_unavailable(self, agent_id: AgentId) -> None:
        """The agent is offered nothing; no change for one who is not available."""
        seat = self._seats.get(agent_id)
        if seat is not None and seat.entry is not None:
            self._leave(seat, seat.entry)
            seat.goes()
            self._moved[agent_id] = None

    def agent_on_duty(self, agent_id: AgentId) -> None:
        """The agent is logged in and not paused, free or not: callers who talked to them last may wait for them."""
        self._seat(agent_id).is_on_duty = True
        self._refile(agent_id)

    def agent_away(self, agent_id: AgentId) -> None:
        """The agent paused or logged out, perhaps right after a call: what is missed from here on is not made up for."""
        self.agent_unavailable(agent_id)
        seat = self._seats.get(agent_id)
        if seat is not None:
            if seat.is_back_from_call:
                seat.goes()
                self._moved[agent_id] = None
            seat.is_on_duty = False
            self._refile(agent_id)

    def keep_from(self, agent_id: AgentId, outside: frozenset[ProjectId]) -> None:
        """The agent gets no call of these projects, being outside their shifts; from others nothing keeps them."""
        seat = self._seat(agent_id)
        if seat.outside != outside:
            seat.outside = outside
            self._assign_anew([seat])
            self._refile(agent_id)

    def call_waiting(self, call: WaitingCall) -> None:
        """The call waits, at the place its waiting time gives it; one that waits already takes the new place."""
        self.call_gone(call.call_id)
        self._calls[call.call_id] = call
        if call.sticky_agent_id is not None:
            self._sticky.setdefault(call.sticky_agent_id, {})[call.call_id] = None
        self._file(call)

    def call_gone(self, call_id: CallId) -> None:
        """The call waits no more: given up, or claimed elsewhere. No change for one that does not wait."""
        call = self._calls.pop(call_id, None)
        if call is not None:
            self._unfile(call)
            if call.sticky_agent_id is not None:
                named = self._sticky[call.sticky_agent_id]
                del named[call_id]
                if not named:
                    del self._sticky[call.sticky_agent_id]

    # -- what comes of it ------------------------------------------------------------------------------------------

    def match(self, now: Instant) -> Iterator[DecisionTaken]:
        """Claims, one decision after the other, until no waiting call has an available agent who may take it.

        Each decision holds when it is yielded: the agent is not available any more, the call waits no more. Whatever the caller
        changes between two decisions counts for the next.
        """
        heads = 0
        while (leader := self._leader(now)) is not None:
            rank, call, line, looked_at = leader
            heads += looked_at
            part = self._parts[line.project_id]
            chosen = choose(call, line, part, now)
            if chosen is None:
                part.order_line(line)  # those looked at may not have it: from here on the line knows who may
                continue
            yield self._claim(rank, call, line, chosen, now=now, heads=heads)
            heads = 0

    def _leader(self, now: Instant) -> Leader | None:
        """The most urgent call of those where somebody came, be it an agent or a caller; None where nothing is left to match."""
        best: Leader | None = None
        seat = self._newcomer
        if seat is not None and seat.entry is not None:
            found = seat.most_urgent(now, self._ageing_us)
            best = None if found is None else (*found, 1)
        for line in tuple(self._dirty):
            if line.takers.live and line.queue.lanes:
                best = self._leading(line, best, now)
            else:
                del self._dirty[line]
        if best is None:
            self._dirty.clear()
            self._newcomer = None
        return best

    def _leading(self, line: Line, best: Leader | None, now: Instant) -> Leader | None:
        """The line's most urgent call that somebody there may have, where it comes before the best so far; else that."""
        rank, call = line.queue.bound(now, self._ageing_us, line.tag)
        if best is not None and best[0] < rank:
            return best
        if call is not None:
            return rank, call, line, 1
        found = line.queue.most_urgent(now, self._ageing_us, line.may_be_taken)
        if found is None or (best is not None and best[0] < found[0]):
            return best
        return *found, line, len(line.queue.lanes)

    def _claim(self, rank: Rank, call: WaitingCall, line: Line, chosen: Chosen, *, now: Instant, heads: int) -> DecisionTaken:
        part = self._parts[line.project_id]
        entry = chosen.entries[0]
        seat = cast(AgentSeat, entry[3])
        in_all = line.takers.live
        skipped, looked_at = passed_over(seat, rank, now, self._ageing_us)
        self.call_gone(call.call_id)
        self._leave(seat, entry)
        seat.share_pass = entry[0] + part.costs[seat.rungs[part.project_id]]
        seat.is_back_from_call = True
        return decision_of(
            call,
            chosen,
            part,
            now=now,
            pass_after=seat.share_pass,
            candidates_in_all=in_all,
            skipped=skipped,
            heads_looked_at=heads + looked_at,
            directory_revision=self._directory.revision,
        )

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> tuple[WaitingCall, ...]:
        """The waiting calls, in the order in which they came in."""
        return tuple(self._calls.values())

    def next_for(self, call: WaitingCall, now: Instant) -> AgentId | None:
        """Who would get this call if it came now; None for nobody, or where that is not certain. To ask changes nothing."""
        part = self._parts.get(call.project_id)
        if part is None or self._dirty or self._newcomer is not None:
            return None
        key = self._line_key(call, part)
        if key == PLAIN and not call.preferred and not call.blocked_agents:
            head = part.plain.takers.head()
            return None if head is None else head[2]
        line = part.plain if key == PLAIN else Line(call.project_id, key, everybody=part.order)
        chosen = choose(call, line, part, now)
        return None if chosen is None else chosen.entries[0][2]

    def waiting_call(self, call_id: CallId) -> WaitingCall | None:
        """That call, if it waits."""
        return self._calls.get(call_id)

    def waiting_in(self, project_id: ProjectId) -> int:
        """How many wait in the project's queue."""
        part = self._parts.get(project_id)
        return 0 if part is None else sum(len(line.queue) for line in part.lines.values())

    def never(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None:
        """Why the agent gets no call of that project, free or not."""
        agent, seat = self._directory.agents.get(agent_id), self._seats.get(agent_id)
        return ineligible(agent, self._directory.projects.get(project_id), () if seat is None else seat.outside)

    def why_not(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None:
        """Why the agent would be offered no call of that project now; None for one who stands in its order."""
        found, seat = self.never(agent_id, project_id), self._seats.get(agent_id)
        if found is None and (seat is None or seat.entry is None):
            found = Ineligible(reason=Ineligibility.NOT_AVAILABLE, facts={"agent_id": agent_id})
        return found

    def explain_call(self, call_id: CallId) -> dict[AgentId, Ineligible | None]:
        """For every agent of the centre: why they are not offered this waiting call; empty where it does not wait."""
        call = self._calls.get(call_id)
        if call is None:
            return {}
        return {agent_id: self.why_not_call(agent_id, call) for agent_id in self._directory.agents}

    def why_not_call(self, agent_id: AgentId, call: WaitingCall) -> Ineligible | None:
        """Why the agent is not offered this waiting call."""
        found = self.why_not(agent_id, call.project_id)
        seat = self._seats.get(agent_id)
        if seat is None or (found is not None and found.reason is not Ineligibility.NOT_AVAILABLE):
            return found
        reason = refusal_for(call, self._filed[call.call_id].only, seat)
        if reason is None:
            return found
        return Ineligible(reason=reason, facts={"agent_id": agent_id, "call_id": call.call_id})

    # -- the index -------------------------------------------------------------------------------------------------

    def _file(self, call: WaitingCall) -> None:
        part = self._part(call.project_id)
        line = self._filed[call.call_id] = part.add(call, self._line_key(call, part))
        self._dirty[line] = None

    def _unfile(self, call: WaitingCall) -> None:
        self._part(call.project_id).remove(call, self._filed.pop(call.call_id))

    def _line_key(self, call: WaitingCall, part: ProjectFloor) -> LineKey:
        seat = None if call.sticky_agent_id is None else part.seats.get(call.sticky_agent_id)
        if seat is not None and seat.is_on_duty and refusal_for(call, None, seat) is None:
            return (call.needs, seat.agent_id)
        return (call.needs, None) if call.needs else PLAIN

    def _refile(self, agent_id: AgentId) -> None:
        """Those who know the agent wait for them alone, or for all, as it is now."""
        for call_id in self._sticky.get(agent_id, ()):
            call = self._calls[call_id]
            if self._line_key(call, self._part(call.project_id)) != self._filed[call_id].key:
                self._unfile(call)
                self._file(call)
