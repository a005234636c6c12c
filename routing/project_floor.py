"""What the floor keeps for each project and each agent, and what a directory revision makes of it."""

from routing.directory import AgentProfile, Directory
from routing.eligibility import Ineligibility
from routing.queueing import Queue
from routing.share import CREDIT_CALLS, LEVELS, Seat, ShareOrder, check_priority, costs_of
from telephony.identifiers import AgentId, ProjectId


class ProjectFloor:
    """One project's part of the floor: who waits, who is available, and what a call costs."""

    __slots__ = ("costs", "credit", "order", "project_id", "queue", "weights")

    def __init__(self, project_id: ProjectId) -> None:
        self.project_id = project_id
        self.queue = Queue()
        self.order = ShareOrder()
        self.weights: tuple[float, ...] = ()
        self.costs: tuple[float, ...] = ()
        self.credit = 0.0

    def charge(self, weights: tuple[float, ...], costs: tuple[float, ...]) -> None:
        """From here on a call costs this, by level."""
        self.weights, self.costs = weights, costs
        self.credit = CREDIT_CALLS * max(costs)


class AgentSeat(Seat):
    """One agent on the floor, with the projects whose calls they may have and those they may not although certified."""

    __slots__ = ("barred", "parts", "profile", "rungs")

    def __init__(self, agent_id: AgentId) -> None:
        super().__init__(agent_id)
        self.profile: AgentProfile | None = None
        self.parts: tuple[ProjectFloor, ...] = ()
        self.rungs: dict[ProjectId, int] = {}
        """The level in force for each of `parts`, counted from 0."""
        self.barred: tuple[tuple[ProjectFloor, Ineligibility], ...] = ()


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
