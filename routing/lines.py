"""Who waits for the same, and who of the available may take it: one line for each thing asked for in a project.

A call that asks for nothing but the certificate waits in its project's plain line, whose order holds all available agents of the
project. One that asks for skills waits in the line of these needs; one that waits for its last agent, in a line with nobody else
in it. Such a line is there while somebody waits in it.

For a call that comes while agents are free, the first `WALKED` agents of the project are looked at: with them the call mostly has
its agent. Only where they do not, the line gets an order of its own, at the cost of one look at each available agent of the
project, and whoever becomes available is put into it from then on: calls that go on waiting for a rare skill cost no more looks.
So a decision compares the heads of lines and the first of an order, however many agents and calls there are.
"""

from collections.abc import Mapping

from routing.queueing import Queue
from routing.share import ShareOrder
from telephony.demands import SkillNeed
from telephony.identifiers import AgentId, CallId, ProjectId

Needs = tuple[SkillNeed, ...]
LineKey = tuple[Needs, AgentId | None]
"""What is required, and the one agent who is waited for, if any."""

PLAIN: LineKey = ((), None)


WALKED = 32


class Line:
    """The calls of one project that ask for the same, and the available agents who may take them, smallest pass first."""

    __slots__ = ("_minima", "is_ordered", "key", "only", "order", "project_id", "queue", "tag", "takers")

    def __init__(self, project_id: ProjectId, key: LineKey, number: int = 0, everybody: ShareOrder | None = None) -> None:
        self.tag = CallId(f" {project_id} {number}")  # before every id of a call
        self.project_id = project_id
        self.key = key
        self.only = key[1]
        self.queue = Queue()
        self.order = ShareOrder()
        self.takers = everybody or self.order
        """Who is looked through for a taker: those in `order` once there is one, until then all of the project."""
        self.is_ordered = key == PLAIN
        """Whether `order` holds everybody available who may take the calls; else nobody."""
        self._minima = tuple((need.skill, need.grade) for need in key[0])

    def admits(self, agent_id: AgentId, grades: Mapping[str, int]) -> bool:
        """Whether an agent of the project with these grades may take this line's calls."""
        if self.only is not None and self.only != agent_id:
            return False
        for skill, grade in self._minima:  # noqa: SIM110 - twice as fast as all(), at every log-in and after every call
            if grades.get(skill, 0) < grade:
                return False
        return True

    def may_be_taken(self, blocked: tuple[AgentId, ...]) -> bool:
        """Whether somebody stands in this line's order who is none of these; yes where there is no order yet."""
        if not self.is_ordered or self.order.live > len(blocked):
            return True
        return any(entry[2] not in blocked for entry in self.order.first(len(blocked) + 1))


def unmet(needs: Needs, grades: Mapping[str, int]) -> SkillNeed | None:
    """The first of the needs that these grades do not meet."""
    return next((need for need in needs if grades.get(need.skill, 0) < need.grade), None)


def both(needs: Needs, more: Needs) -> Needs:
    """All of it, the higher grade of two of one skill: what an agent has to meet who meets both."""
    grades: dict[str, int] = {}
    for need in needs + more:
        grades[need.skill] = max(need.grade, grades.get(need.skill, 0))
    return tuple(SkillNeed(skill=skill, grade=grades[skill]) for skill in sorted(grades))
