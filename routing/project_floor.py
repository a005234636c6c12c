"""What the floor keeps for each project and each agent, and what a directory revision makes of it."""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import cast

from routing.directory import AgentProfile, Directory
from routing.eligibility import Ineligibility, ineligible
from routing.lines import PLAIN, Line, LineKey
from routing.queueing import AGED_ABOVE, AHEAD, Rank, WaitingCall, rank_of
from routing.share import CREDIT_CALLS, LEVELS, PREFERENCE_CALLS, Entry, Seat, ShareOrder, check_priority, costs_of
from telephony.agent.noted import Share
from telephony.identifiers import MS, AgentId, CallId, Instant, ProjectId

Head = tuple[Instant, CallId, float, WaitingCall, Line]
"""Urgent since (`AHEAD`: goes first), id, weight, the call, its line."""


class ProjectFloor:
    """One project's part of the floor: who waits, who is available, and what a call costs."""

    __slots__ = (
        "_heads",
        "_made",
        "costs",
        "credit",
        "lines",
        "order",
        "ordered",
        "plain",
        "preference",
        "project_id",
        "seats",
        "weights",
    )

    def __init__(self, project_id: ProjectId) -> None:
        self.project_id = project_id
        self.plain = Line(project_id, PLAIN)
        self.order: ShareOrder = self.plain.order
        """All available agents of the project."""
        self.lines: dict[LineKey, Line] = {}
        """Those somebody waits in."""
        self.ordered: list[Line] = []
        """Those of them that have an order of their own, beside the plain one."""
        self.seats: dict[AgentId, AgentSeat] = {}
        """Everybody who may have calls of the project, available or not."""
        self.weights: tuple[float, ...] = ()
        self.costs: tuple[float, ...] = ()
        self.credit = 0.0
        self.preference = 0.0
        self._made = 0
        self._heads: list[Head] | None = None

    def charge(self, weights: tuple[float, ...], costs: tuple[float, ...]) -> None:
        """From here on a call costs this, by level."""
        self.weights, self.costs = weights, costs
        self.credit = CREDIT_CALLS * max(costs)
        self.preference = PREFERENCE_CALLS * max(costs)

    def add(self, call: WaitingCall, key: LineKey) -> Line:
        """The call waits in the line of that key, which is returned."""
        line = self.lines.get(key)
        if line is None:
            if key == PLAIN:
                line = self.plain
            else:
                self._made += 1
                line = Line(self.project_id, key, self._made, self.order)
            self.lines[key] = line
        if line.queue.add(call):
            self._heads = None
        return line

    def remove(self, call: WaitingCall, line: Line) -> None:
        """The call waits in that line no more, and the line is no more where it was the last."""
        if line.queue.remove(call):
            self._heads = None
        if not line.queue.lanes:
            del self.lines[line.key]
            if line in self.ordered:
                self.ordered.remove(line)

    @property
    def heads(self) -> list[Head]:
        """The calls of which one is the most urgent, now or later, for each agent who may take any; the oldest first.

        The first of every lane, but for those behind an older one that weighs as much and is for everybody.
        """
        if self._heads is not None:
            return self._heads
        firsts = [
            (AHEAD if lane[0] else calls[0][0], calls[0][1], lane[1], calls[0][3], line)
            for line in self.lines.values()
            for lane, calls in line.queue.lanes.items()
        ]
        firsts.sort()  # no further than the ids
        heads, heaviest = list[Head](), 0.0
        for head in firsts:
            since, _, weight, call, line = head
            if weight > heaviest:
                heads.append(head)
                if line is self.plain and not call.blocked_agents and since != AHEAD:  # these go by their weight as well
                    heaviest = weight
        self._heads = heads
        return heads

    def order_line(self, line: Line) -> None:
        """The line has an order of its own from here on."""
        line.is_ordered = True
        line.takers = line.order
        self.ordered.append(line)
        for entry in self.order.all() if line.only is None else ():
            self._into(line, cast(AgentSeat, entry[3]), entry)
        only = None if line.only is None else self.seats.get(line.only)
        if only is not None and only.entry is not None:
            self._into(line, only, only.entry)

    @staticmethod
    def _into(line: Line, seat: "AgentSeat", entry: Entry) -> None:
        if line.admits(seat.agent_id, seat.grades):
            seat.lines.append(line)
            line.order.push(entry)


class AgentSeat(Seat):
    """One agent on the floor, with the projects whose calls they may have and those they may not although certified."""

    __slots__ = (
        "barred",
        "former_marks",
        "grades",
        "is_on_duty",
        "lags",
        "lines",
        "outside",
        "parts",
        "profile",
        "rungs",
    )

    def __init__(self, agent_id: AgentId) -> None:
        super().__init__(agent_id)
        self.profile: AgentProfile | None = None
        self.parts: tuple[ProjectFloor, ...] = ()
        self.lines: list[Line] = []
        """While available: those whose order the agent stands in."""
        self.grades: Mapping[str, int] = {}
        self.rungs: dict[ProjectId, int] = {}
        """The level in force for each of `parts`, counted from 0."""
        self.barred: tuple[tuple[ProjectFloor, Ineligibility], ...] = ()
        self.outside: frozenset[ProjectId] = frozenset()
        """Projects that refuse who is outside their shift, as the agent is now."""
        self.is_on_duty = False
        """Logged in and not paused: callers who know the agent may wait for them."""
        self.lags: dict[ProjectId, float] = {}
        """How far behind the smallest pass of the others the agent was on going away: as far behind they come back."""
        self.former_marks: dict[ProjectId, float] = {}
        """The marks of projects that are not the agent's any more, as they were then."""

    def open_lines(self) -> Iterator[Line]:
        """The lines somebody waits in whose calls the agent may have."""
        return (line for part in self.parts for line in part.lines.values() if line.admits(self.agent_id, self.grades))

    def most_urgent(self, now: Instant, ageing_us: int) -> tuple[Rank, WaitingCall, Line] | None:
        """The most urgent call the agent may have, with its rank and its line."""
        agent_id, grades = self.agent_id, self.grades
        found: tuple[Rank, WaitingCall, Line] | None = None
        least = -inf
        for part in self.parts:
            for since, _, weight, call, line in part.heads if part.lines else ():
                waited = now - since
                urgency = weight * waited if waited < ageing_us else AGED_ABOVE + waited
                if urgency < least or agent_id in call.blocked_agents or not line.admits(agent_id, grades):
                    continue
                rank = rank_of(call, now, ageing_us // MS)
                if found is None or rank < found[0]:
                    found = rank, call, line
                    least = urgency if urgency > 0 else least  # who has not waited yet comes by the order of coming
        return found

    def closed_lines(self) -> Iterator[Line]:
        """The lines of the agent's projects somebody waits in whose calls the agent may not have."""
        return (line for part in self.parts for line in part.lines.values() if not line.admits(self.agent_id, self.grades))

    def noted(self) -> Share:
        """What is written down of the seat."""
        return Share(
            share_pass=self.share_pass,
            since=None if self.entry is None else self.entry[1],
            is_back_from_call=self.is_back_from_call,
            behind=self.lags,
            marks={part.project_id: part.order.mark for part in self.parts},
            former_marks=self.former_marks.copy(),
            outside=tuple(sorted(self.outside)),
        )

    def take_up(self, share: Share) -> None:
        """The seat is as written down, but for standing in any order."""
        self.share_pass, self.is_back_from_call = share.share_pass, share.is_back_from_call
        self.lags, self.outside = dict(share.behind), frozenset(share.outside)
        self.former_marks = dict(share.former_marks)

    def goes(self) -> None:
        """The agent is away from here on, not in a call. Asked when the agent stands in no order any more.

        In the project whose smallest pass is greatest the agent may be ahead of it, too: that is what calls they had lately
        put between them and the next. In a quieter project they are ahead for what they had elsewhere, which says nothing.
        """
        self.is_back_from_call = False
        own, dearest, greatest = self.share_pass, None, -1.0
        self.lags = lags = {}
        for part in self.parts:
            smallest = part.order.raise_mark()
            if smallest > greatest:
                dearest, greatest = part.project_id, smallest
            if smallest > own:
                lags[part.project_id] = smallest - own
        if dearest is not None:
            lags[dearest] = greatest - own

    def comes(self) -> None:
        """The pass is that with which the agent becomes available: never less than it was, and at most the credit behind."""
        lowest, lags, has_talked = self.share_pass, self.lags, self.is_back_from_call
        for part in self.parts:
            smallest = part.order.raise_mark()
            smallest -= part.credit if has_talked else min(lags.get(part.project_id, 0.0), part.credit)
            if smallest > lowest:  # noqa: PLR1730 - twice as fast as max(), once a certificate
                lowest = smallest
        self.share_pass = lowest

    def assign(self, profile: AgentProfile | None, directory: Directory, part_of: Callable[[ProjectId], ProjectFloor]) -> None:
        """The agent is as the profile says, and may have calls of these projects and no others. Not while available."""
        parts: list[ProjectFloor] = []
        barred: list[tuple[ProjectFloor, Ineligibility]] = []
        for project_id in sorted(profile.certificates) if profile is not None else ():
            found = ineligible(profile, directory.projects.get(project_id), self.outside)
            if found is None:
                parts.append(part_of(project_id))
            elif found.reason is not Ineligibility.NO_SUCH_PROJECT:
                barred.append((part_of(project_id), found.reason))
        for part in self.parts:
            del part.seats[self.agent_id]
        for part in parts:
            part.seats[self.agent_id] = self
        self.profile = profile
        self.grades = {} if profile is None else profile.grades
        self.parts, self.barred = tuple(parts), tuple(barred)
        self.rungs = {} if profile is None else {part.project_id: rung(profile, part.project_id) for part in parts}


def prices_of(directory: Directory) -> dict[ProjectId, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Weights and costs of a call of each project, by level. Raises `InvalidWeights` where one cannot be used."""
    prices: dict[ProjectId, tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for project in directory.projects.values():
        owner = f"project {project.project_id}"
        weights = project.weights if project.weights is not None else directory.default_weights
        check_priority(project.priority_weight, owner=owner)
        prices[project.project_id] = (weights, costs_of(weights, owner=owner))
    return prices


def moved_projects(before: Directory, after: Directory) -> frozenset[ProjectId]:
    """The projects that came, went or changed their client: what their agents may take has to be looked at again."""
    return frozenset(
        project_id
        for project_id in {**before.projects, **after.projects}
        if (old := before.projects.get(project_id)) is None
        or (new := after.projects.get(project_id)) is None
        or old.client_id != new.client_id
    )


def rung(profile: AgentProfile, project_id: ProjectId) -> int:
    """The level in force as an index; what is outside 1 to 3 counts as the nearest."""
    return min(max(profile.level_for(project_id), 1), LEVELS) - 1
