"""The live state routing decides on: who is available, who waits, and which of them belong together.

**The order of decisions.** Of all waiting calls that some available agent may take, the most urgent one gets the agent with
the smallest pass among those who may take it; then the next. For one agent who becomes free this is the most urgent head among
the agent's queues; for one caller who arrives it is the agent who is next. A call nobody free may take stops nobody else.

**What a turn costs.** The pass is charged when the agent is claimed, and nothing gives it back: an offer that was missed,
rejected or given up by the caller was that agent's turn. So a miss, a pause or a log-out changes no pass, declining brings no
earlier offer, and a phone that never answers moves behind the others instead of being rung again and again.

**Becoming available** lifts the pass of an agent who was away (paused, logged out, unreachable, new) to the smallest pass of the
available agents, project by project: to the greatest over the agent's projects, and never less than it was before. Absence
banks no credit. (One figure over the whole centre would be held down by a specialist of a quiet project, and whoever comes
back to a busy one would first be given all that was missed; without the memory a spell in which everybody talks would do
the same for the absent.) Who was away in a call did work, and may be behind by up to four calls of the costliest level: long
calls would otherwise cost the higher levels their share (seen: 20.9 / 35.7 / 43.4 instead of 16.7 / 33.3 / 50 at half load
with exponential talk); without the limit a busy hour would lock the lower levels out of the next quiet one.

**How long an idle agent can be passed over.** Let c be what the agent's last call cost, and b the four calls. While the agent
is idle, in that of the agent's projects whose smallest pass is greatest, each other agent j is given at most
floor((c + b) / cost of j) + 1 calls: with weights 1 : 2 : 3 never more than sixteen.

Between two calls of `match` only projects where somebody came are looked at again: afterwards no waiting call has an agent
who may take it.
"""

from collections.abc import Iterator
from heapq import heappop, heappush

from routing.decide import CANDIDATES_KEPT, SKIPPED_KEPT, candidate, decision_of
from routing.directory import Directory
from routing.eligibility import Ineligibility, Ineligible, ineligible
from routing.project_floor import AgentSeat, ProjectFloor, moved_projects, prices_of, rung
from routing.queueing import Rank, WaitingCall
from routing.share import Entry
from telephony.decisions import DecisionTaken, SkippedHead
from telephony.identifiers import AgentId, CallId, Instant, ProjectId

Ranked = tuple[Rank, WaitingCall, ProjectFloor]


class Floor:
    """Available agents and waiting calls. Not a clock is read here: instants come in."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._parts: dict[ProjectId, ProjectFloor] = {}
        self._seats: dict[AgentId, AgentSeat] = {}
        self._calls: dict[CallId, WaitingCall] = {}
        self._dirty: dict[ProjectId, ProjectFloor] = {}
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

    def agent_available(self, agent_id: AgentId, since: Instant) -> None:
        """The agent may be offered calls from here on, idle since then; no change for one who is available already."""
        seat = self._seat(agent_id)
        if seat.entry is None:
            lowest = seat.share_pass
            for part in seat.parts:
                smallest = part.order.smallest_pass()
                if seat.is_back_from_call:
                    smallest -= part.credit
                if smallest > lowest:  # noqa: PLR1730 - twice as fast as max(), once a certificate
                    lowest = smallest
            seat.share_pass = lowest
            self._stand(seat, since)

    def agent_unavailable(self, agent_id: AgentId) -> None:
        """The agent is offered nothing; no change for one who is not available."""
        seat = self._seats.get(agent_id)
        if seat is not None and seat.entry is not None:
            self._leave(seat, seat.entry)
            seat.is_back_from_call = False

    def agent_away(self, agent_id: AgentId) -> None:
        """The agent paused or logged out, perhaps right after a call: what is missed from here on is not made up for."""
        self.agent_unavailable(agent_id)
        seat = self._seats.get(agent_id)
        if seat is not None:
            seat.is_back_from_call = False

    def call_waiting(self, call: WaitingCall) -> None:
        """The call waits, at the place its waiting time gives it; one that waits already takes the new place."""
        self.call_gone(call.call_id)
        part = self._part(call.project_id)
        part.queue.add(call)
        self._calls[call.call_id] = call
        self._dirty[part.project_id] = part

    def call_gone(self, call_id: CallId) -> None:
        """The call waits no more: given up, or claimed elsewhere. No change for one that does not wait."""
        call = self._calls.pop(call_id, None)
        if call is not None:
            self._part(call.project_id).queue.remove(call)

    def restore_pass(self, agent_id: AgentId, share_pass: float, project_id: ProjectId | None = None) -> None:
        """The agent, on duty since before, has this pass, as the journal's last decision about them left it.

        With the project of that decision, the smallest pass known there is restored as well, so that nobody who comes
        back after a restart is given what was missed.
        """
        seat = self._seat(agent_id)
        entry = seat.entry
        if entry is not None:
            self._leave(seat, entry)
        seat.share_pass = share_pass
        seat.is_back_from_call = True
        if project_id is not None and seat.profile is not None:
            part = self._part(project_id)
            if part.costs:
                part.order.mark = max(part.order.mark, share_pass - part.costs[rung(seat.profile, project_id)])
        if entry is not None:
            self._stand(seat, entry[1])

    # -- what comes of it ------------------------------------------------------------------------------------------

    def match(self, now: Instant) -> Iterator[DecisionTaken]:
        """Claims, one decision after the other, until no waiting call has an available agent who may take it.

        Each decision holds when it is yielded: the agent is not available any more, the call waits no more. Whatever the caller
        changes between two decisions counts for the next.
        """
        ranked: list[Ranked] = []
        heads = 0
        try:
            while True:
                for part in self._dirty.values():
                    heads += self._rank(part, now, ranked)
                self._dirty.clear()
                if not ranked:
                    return
                rank, call, part = heappop(ranked)
                if not part.order.live or self._calls.get(call.call_id) is not call:
                    self._dirty[part.project_id] = part  # changed since it was ranked: look again
                    continue
                decision = self._claim(call, part, rank, now, heads)
                heads = self._rank(part, now, ranked)
                yield decision
        finally:
            for _, _, part in ranked:
                self._dirty[part.project_id] = part

    def _rank(self, part: ProjectFloor, now: Instant, ranked: list[Ranked]) -> int:
        """The project's most urgent call takes part in the comparison; how many heads were looked at for that."""
        if not part.order.live:
            return 0
        found = part.queue.most_urgent(now)
        if found is None:
            return 0
        heappush(ranked, (found[0], found[1], part))
        return len(part.queue.lanes)

    def _claim(self, call: WaitingCall, part: ProjectFloor, rank: Rank, now: Instant, heads: int) -> DecisionTaken:
        entries = part.order.first(CANDIDATES_KEPT)
        entry = entries[0]
        seat = self._seats[entry[2]]
        step = seat.rungs[part.project_id]
        in_all = part.order.live
        skipped, looked_at = _passed_over(seat, rank, now)
        del self._calls[call.call_id]
        part.queue.remove(call)
        self._leave(seat, entry)
        seat.share_pass = entry[0] + part.costs[step]
        seat.is_back_from_call = True
        return decision_of(
            call,
            now=now,
            agent_id=entry[2],
            level=step + 1,
            weight=part.weights[step],
            pass_before=entry[0],
            pass_after=seat.share_pass,
            candidates=[candidate(e, self._seats[e[2]].rungs[part.project_id] + 1) for e in entries],
            candidates_in_all=in_all,
            skipped=skipped,
            heads_looked_at=heads + looked_at,
            directory_revision=self._directory.revision,
        )

    # -- reading ---------------------------------------------------------------------------------------------------

    def pass_of(self, agent_id: AgentId) -> float | None:
        """The agent's pass; None for one the floor never heard of."""
        seat = self._seats.get(agent_id)
        return None if seat is None else seat.share_pass

    def smallest_pass(self, project_id: ProjectId) -> float:
        """What an agent who becomes available for the project is lifted to."""
        part = self._parts.get(project_id)
        return 0.0 if part is None else part.order.smallest_pass()

    @property
    def available(self) -> dict[AgentId, Instant]:
        """The available agents, with the instant since which each is idle."""
        return {seat.agent_id: seat.entry[1] for seat in self._seats.values() if seat.entry is not None}

    @property
    def waiting(self) -> tuple[WaitingCall, ...]:
        """The waiting calls, in the order in which they came in."""
        return tuple(self._calls.values())

    def waiting_call(self, call_id: CallId) -> WaitingCall | None:
        """That call, if it waits."""
        return self._calls.get(call_id)

    def waiting_in(self, project_id: ProjectId) -> int:
        """How many wait in the project's queue."""
        part = self._parts.get(project_id)
        return 0 if part is None else len(part.queue)

    def available_for(self, project_id: ProjectId) -> int:
        """How many available agents may take the project's calls."""
        part = self._parts.get(project_id)
        return 0 if part is None else part.order.live

    def why_not(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None:
        """Why the agent would be offered no call of that project now; None for one who stands in its order."""
        found = ineligible(self._directory.agents.get(agent_id), self._directory.projects.get(project_id))
        seat = self._seats.get(agent_id)
        if found is None and (seat is None or seat.entry is None):
            found = Ineligible(reason=Ineligibility.NOT_AVAILABLE, facts={"agent_id": agent_id})
        return found

    def explain_agent(self, agent_id: AgentId) -> dict[ProjectId, Ineligible | None]:
        """For every project: why the agent is offered nothing of it."""
        return {project_id: self.why_not(agent_id, project_id) for project_id in self._directory.projects}

    def explain_call(self, call_id: CallId) -> dict[AgentId, Ineligible | None]:
        """For every agent of the centre: why they are not offered this waiting call; empty where it does not wait."""
        call = self._calls.get(call_id)
        if call is None:
            return {}
        return {agent_id: self.why_not(agent_id, call.project_id) for agent_id in self._directory.agents}

    # -- the index -------------------------------------------------------------------------------------------------

    def _part(self, project_id: ProjectId) -> ProjectFloor:
        part = self._parts.get(project_id)
        if part is None:
            part = self._parts[project_id] = ProjectFloor(project_id)
        return part

    def _seat(self, agent_id: AgentId) -> AgentSeat:
        seat = self._seats.get(agent_id)
        if seat is None:
            seat = self._seats[agent_id] = AgentSeat(agent_id)
            self._assign(seat)
        return seat

    def _stand(self, seat: AgentSeat, since: Instant) -> None:
        entry: Entry = (seat.share_pass, since, seat.agent_id, seat)
        seat.entry = entry
        for part in seat.parts:
            part.order.push(entry)
            if part.queue.lanes:
                self._dirty[part.project_id] = part

    def _leave(self, seat: AgentSeat, entry: Entry) -> None:
        seat.entry = None
        for part in seat.parts:
            part.order.leave(entry)

    def _assign(self, seat: AgentSeat) -> None:
        """The seat's projects are those of the present revision."""
        profile = seat.profile = self._directory.agents.get(seat.agent_id)
        parts: list[ProjectFloor] = []
        barred: list[tuple[ProjectFloor, Ineligibility]] = []
        for project_id in sorted(profile.certificates) if profile is not None else ():
            found = ineligible(profile, self._directory.projects.get(project_id))
            if found is None:
                parts.append(self._part(project_id))
            elif found.reason is not Ineligibility.NO_SUCH_PROJECT:
                barred.append((self._part(project_id), found.reason))
        seat.parts, seat.barred = tuple(parts), tuple(barred)
        seat.rungs = {part.project_id: rung(profile, part.project_id) for part in parts} if profile is not None else {}

    def _assign_anew(self, seats: list[AgentSeat]) -> None:
        """The seats' projects are those of the present revision, as if all had changed at one stroke."""
        smallest = {project_id: part.order.smallest_pass() for project_id, part in self._parts.items()}
        for seat in seats:
            before, entry = seat.rungs, seat.entry
            if entry is not None:
                self._leave(seat, entry)
            self._assign(seat)
            if entry is not None:
                gained = (smallest.get(project_id, 0.0) for project_id in seat.rungs if project_id not in before)
                seat.share_pass = max(seat.share_pass, max(gained, default=0.0))
                self._stand(seat, entry[1])
        for project_id, share_pass in smallest.items():
            self._parts[project_id].order.mark = share_pass


def _passed_over(seat: AgentSeat, rank: Rank, now: Instant) -> tuple[list[SkippedHead], int]:
    """The heads that were more urgent and are in a queue the agent is certified for, but may not take from."""
    skipped: list[SkippedHead] = []
    looked_at = 0
    for part, reason in seat.barred:
        found = part.queue.most_urgent(now)
        if found is None:
            continue
        looked_at += 1
        if found[0] < rank and len(skipped) < SKIPPED_KEPT:
            skipped.append(SkippedHead(call_id=found[1].call_id, project_id=part.project_id, refusal=reason))
    return skipped, looked_at
