"""What the floor keeps for each project and each agent, and what a directory revision makes of it."""

from collections.abc import Iterable, Mapping

from routing.directory import AgentProfile, Directory, Project
from routing.eligibility import Ineligibility
from routing.lines import PLAIN, Line, LineKey, both
from routing.share import CREDIT_CALLS, LEVELS, PREFERENCE_CALLS, Seat, ShareOrder, check_priority, costs_of
from telephony.demands import needs_of, preferred, relaxed, required, stages
from telephony.identifiers import AgentId, ProjectId

LINES_KEPT = 16


class ProjectFloor:
    """One project's part of the floor: who waits, who is available, and what a call costs.

    A line is set up when it is first needed, at the cost of a look at each agent of the project, and kept for the next call
    that asks for the same: `LINES_KEPT` of those nobody waits in, beside those the project is configured to need.
    """

    __slots__ = ("busy", "costs", "credit", "expected", "lines", "order", "plain", "preference", "project_id", "seats", "weights")

    def __init__(self, project_id: ProjectId) -> None:
        self.project_id = project_id
        self.plain = Line(project_id, PLAIN)
        self.order: ShareOrder = self.plain.order
        """All available agents of the project."""
        self.lines: dict[LineKey, Line] = {PLAIN: self.plain}
        """In the order of their last use, but for the plain one."""
        self.busy: dict[LineKey, Line] = {}
        """Those somebody waits in."""
        self.expected: frozenset[LineKey] = frozenset()
        self.seats: dict[AgentId, AgentSeat] = {}
        """Everybody who may have calls of the project, available or not."""
        self.weights: tuple[float, ...] = ()
        self.costs: tuple[float, ...] = ()
        self.credit = 0.0
        self.preference = 0.0

    def charge(self, weights: tuple[float, ...], costs: tuple[float, ...]) -> None:
        """From here on a call costs this, by level."""
        self.weights, self.costs = weights, costs
        self.credit = CREDIT_CALLS * max(costs)
        self.preference = PREFERENCE_CALLS * max(costs)

    def expect(self, keys: Iterable[LineKey]) -> None:
        """These lines stand ready from here on."""
        wanted = list(dict.fromkeys(keys))
        self.expected = frozenset(wanted)
        for key in wanted:
            self.line(key)

    def line(self, key: LineKey) -> Line:
        """The line of that key, with everybody in its order who is available and may take its calls."""
        line = self.lines.get(key)
        if line is not None:
            if key is not PLAIN and len(self.lines) > LINES_KEPT:
                self.lines[key] = self.lines.pop(key)
            return line
        self._forget_unused()
        line = self.lines[key] = Line(self.project_id, key)
        for seat in self._seats_of(line):
            if line.admits(seat.agent_id, seat.grades):
                seat.lines += (line,)
                if seat.entry is not None:
                    line.order.push(seat.entry)
        return line

    def joined(self, line: Line) -> None:
        """Somebody waits in that line."""
        self.busy[line.key] = line

    def left(self, line: Line) -> None:
        """Somebody waits in that line no more. A line for one agent goes with its last call."""
        if not line.queue.lanes:
            self.busy.pop(line.key, None)
            if line.only is not None:
                self._forget(line)

    def _seats_of(self, line: Line) -> Iterable["AgentSeat"]:
        if line.only is None:
            return self.seats.values()
        seat = self.seats.get(line.only)
        return () if seat is None else (seat,)

    def _forget_unused(self) -> None:
        spare = len(self.lines) - len(self.busy) - len(self.expected) - LINES_KEPT
        if spare <= 0:
            return
        kept = self.expected | self.busy.keys() | {PLAIN}
        for line in [line for key, line in self.lines.items() if key not in kept][:spare]:
            self._forget(line)

    def _forget(self, line: Line) -> None:
        del self.lines[line.key]
        for seat in self._seats_of(line):
            if line in seat.lines:
                seat.lines = tuple(other for other in seat.lines if other is not line)


class AgentSeat(Seat):
    """One agent on the floor, with the projects whose calls they may have and those they may not although certified."""

    __slots__ = ("barred", "grades", "is_on_duty", "lines", "parts", "profile", "rungs")

    def __init__(self, agent_id: AgentId) -> None:
        super().__init__(agent_id)
        self.profile: AgentProfile | None = None
        self.parts: tuple[ProjectFloor, ...] = ()
        self.lines: tuple[Line, ...] = ()
        """All lines of `parts` that the agent may take calls from."""
        self.grades: Mapping[str, int] = {}
        self.rungs: dict[ProjectId, int] = {}
        """The level in force for each of `parts`, counted from 0."""
        self.barred: tuple[tuple[ProjectFloor, Ineligibility], ...] = ()
        self.is_on_duty = False
        """Logged in and not paused: callers who know the agent may wait for them."""

    def take_part(self, parts: tuple[ProjectFloor, ...]) -> None:
        """The agent may have calls of these projects and no others. They must not stand in an order."""
        for part in self.parts:
            if part not in parts:
                del part.seats[self.agent_id]
        for part in parts:
            part.seats[self.agent_id] = self
        self.parts = parts
        self.lines = tuple(line for part in parts for line in part.lines.values() if line.admits(self.agent_id, self.grades))


def prices_of(directory: Directory) -> dict[ProjectId, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Weights and costs of a call of each project, by level. Raises `InvalidWeights` where one cannot be used."""
    prices: dict[ProjectId, tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for project in directory.projects.values():
        owner = f"project {project.project_id}"
        weights = project.weights if project.weights is not None else directory.default_weights
        check_priority(project.priority_weight, owner=owner)
        prices[project.project_id] = (weights, costs_of(weights, owner=owner))
    return prices


def expected_lines(project: Project) -> list[LineKey]:
    """What the project's own demand needs to stand ready: required alone, and with what is preferred, after every relaxation."""
    needs = needs_of(project.demand, project.language)
    keys: list[LineKey] = []
    for waited_ms in stages(project.matching):
        left = relaxed(needs, project.relaxation, waited_ms)
        keys += [(required(left), None), (both(required(left), preferred(left)), None)]
    return [key for key in keys if key != PLAIN]


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
