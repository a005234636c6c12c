"""Who stands on the floor, with which pass; and what of that is written down, so that a start goes on where the end was.

A claim is journaled as the decision it is. Every other coming and going of an agent is noted (`Share`): the pass, whether they
stand, how far behind or ahead they went, and the marks of their projects, which change with nothing else. From the last of each
agent the floor is the same again, to the bit (`restore`).
"""

from collections.abc import Iterable, Mapping

from routing.directory import Directory
from routing.lines import Line
from routing.project_floor import AgentSeat, ProjectFloor, rung
from routing.share import Entry
from telephony.agent.noted import LastShare, Share
from telephony.identifiers import AgentId, Instant, ProjectId


class Seating:
    """The seats of all agents, and the orders of the projects in which the available ones stand."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._parts: dict[ProjectId, ProjectFloor] = {}
        self._seats: dict[AgentId, AgentSeat] = {}
        self._dirty: dict[Line, None] = {}
        """Lines where somebody came."""
        self._newcomer: AgentSeat | None = None
        """The first who came to the floor since all were matched. Their lines are not in `_dirty`; those of all others are."""
        self._moved: dict[AgentId, None] = {}
        """Who came or went, otherwise than by a claim, since it was last taken down."""

    # -- what is written down, and read at a start ---------------------------------------------------------------------

    def take_moved(self, agent_id: AgentId) -> Share | None:
        """The agent's share, to be noted; None where nothing has changed but by a claim. It counts as noted from here on."""
        if agent_id not in self._moved:
            return None
        del self._moved[agent_id]
        return self._seats[agent_id].noted()

    @property
    def moved(self) -> tuple[AgentId, ...]:
        """Whose share is still to be noted, in the order in which it changed."""
        return tuple(self._moved) if self._moved else ()

    def restore(self, known: Mapping[AgentId, LastShare]) -> None:
        """Passes, marks and lags are as they were last, and who stood stands; it is told again who of them is there.

        What came of the events read at the start is forgotten: they are not all there were.
        """
        for seat in self._seats.values():
            if seat.entry is not None:
                self._leave(seat, seat.entry)
        for part in self._parts.values():
            part.order.mark = part.order.left = 0.0
        for agent_id, last in known.items():
            seat = self._seat(agent_id)
            seat.take_up(last.share)
            self._assign(seat)
            for project_id, mark in (*last.share.marks.items(), *last.share.former_marks.items()):
                order = self._part(project_id).order
                order.mark = max(order.mark, mark)
        for project_id, (_, share_pass) in sorted(
            (each for last in known.values() for each in last.left.items()), key=_by_number
        ):
            self._part(project_id).order.left = share_pass
        for agent_id, last in known.items():
            seat = self._seats[agent_id]
            if last.share.since is not None and seat.is_on_duty:
                self._stand(seat, last.share.since)
        self._moved.clear()

    def restore_pass(self, agent_id: AgentId, share_pass: float, project_id: ProjectId | None = None) -> None:
        """The agent, on duty since before, has this pass, as the last decision about them left it.

        With the project of that decision, the smallest pass known there is restored as well, so that nobody who comes
        back after a restart is given what was missed. Who stands on the floor may have come back after that decision, and
        is lifted as if back from a call: tell the greatest pass first.
        """
        seat = self._seat(agent_id)
        entry = seat.entry
        if entry is not None:
            self._leave(seat, entry)
            for part in seat.parts:
                part.order.left = 0.0
        seat.share_pass, seat.is_back_from_call = share_pass, True
        if project_id is not None and seat.profile is not None:
            part = self._part(project_id)
            if part.costs:
                part.order.mark = max(part.order.mark, share_pass - part.costs[rung(seat.profile, project_id)])
        if entry is not None:
            seat.share_pass = max([share_pass, *(part.order.mark - part.credit for part in seat.parts)])
            self._stand(seat, entry[1])

    # -- reading -------------------------------------------------------------------------------------------------------

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

    def available_for(self, project_id: ProjectId) -> int:
        """How many available agents may take the project's calls."""
        part = self._parts.get(project_id)
        return 0 if part is None else part.order.live

    # -- the index -----------------------------------------------------------------------------------------------------

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
        seat.lines = lines = []
        for part in seat.parts:
            part.order.push(entry)
            for line in part.ordered:
                if line.admits(seat.agent_id, seat.grades):
                    line.order.push(entry)
                    lines.append(line)
        if self._newcomer is None:
            self._newcomer = seat
        elif seat is not self._newcomer:
            self._dirty.update(dict.fromkeys(seat.open_lines()))

    def _leave(self, seat: AgentSeat, entry: Entry) -> None:
        seat.entry = None
        for part in seat.parts:
            part.order.leave(entry)
        for line in seat.lines:
            line.order.leave(entry)

    def _assign(self, seat: AgentSeat) -> None:
        """The seat's projects are those of the present revision."""
        seat.assign(self._directory.agents.get(seat.agent_id), self._directory, self._part)

    def _assign_anew(self, seats: Iterable[AgentSeat]) -> None:
        """The seats' projects are those of the present revision, as if all had changed at one stroke."""
        smallest = {project_id: part.order.smallest_pass() for project_id, part in self._parts.items()}
        touched: dict[ProjectId, None] = {}
        for seat in seats:
            before, entry = seat.rungs, seat.entry
            if entry is not None:
                self._leave(seat, entry)
            self._assign(seat)
            touched |= dict.fromkeys((*before, *seat.rungs))
            seat.former_marks |= {project_id: smallest[project_id] for project_id in before if project_id not in seat.rungs}
            if entry is not None:
                gained = (smallest.get(project_id, 0.0) for project_id in seat.rungs if project_id not in before)
                seat.share_pass = max(seat.share_pass, max(gained, default=0.0))
                self._stand(seat, entry[1])
            self._moved[seat.agent_id] = None
        for project_id in touched:
            order = self._parts[project_id].order
            order.mark, order.left = smallest.get(project_id, order.mark), 0.0


def _by_number(left: tuple[ProjectId, tuple[int, float]]) -> int:
    return left[1][0]
