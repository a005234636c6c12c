"""Who waits for the same, and who of the available may take it: one line for each thing asked for in a project.

A call that asks for nothing but the certificate waits in its project's plain line. One that asks for skills waits in the line of
these needs, whose order holds the agents that meet them; one that waits for its last agent, in a line with nobody else in it.
So a decision compares the heads of lines and takes the head of an order, however many agents and calls there are.
"""

from collections.abc import Mapping

from routing.queueing import Queue
from routing.share import Entry, ShareOrder
from telephony.demands import SkillNeed
from telephony.identifiers import AgentId, ProjectId

Needs = tuple[SkillNeed, ...]
LineKey = tuple[Needs, AgentId | None]
"""What is required, and the one agent who is waited for, if any."""

PLAIN: LineKey = ((), None)


class Line:
    """The calls of one project that ask for the same, and the available agents who may take them, smallest pass first."""

    __slots__ = ("_minima", "key", "only", "order", "project_id", "queue")

    def __init__(self, project_id: ProjectId, key: LineKey) -> None:
        self.project_id = project_id
        self.key = key
        self.only = key[1]
        self.queue = Queue()
        self.order = ShareOrder()
        self._minima = tuple((need.skill, need.grade) for need in key[0])

    def admits(self, agent_id: AgentId, grades: Mapping[str, int]) -> bool:
        """Whether an agent of the project with these grades may take this line's calls."""
        if self.only is not None and self.only != agent_id:
            return False
        return all(grades.get(skill, 0) >= grade for skill, grade in self._minima)

    def may_be_taken(self, blocked: tuple[AgentId, ...]) -> bool:
        """Whether somebody stands in this line's order who is none of these."""
        return self.order.live > len(blocked) or bool(self.first_but(blocked, 1))

    def first_but(self, blocked: tuple[AgentId, ...], count: int) -> list[Entry]:
        """The next `count` agents who are none of these; as many more are looked at as there are of these, at most."""
        if not blocked:
            return self.order.first(count)
        return [entry for entry in self.order.first(count + len(blocked)) if entry[2] not in blocked][:count]


def unmet(needs: Needs, grades: Mapping[str, int]) -> SkillNeed | None:
    """The first of the needs that these grades do not meet."""
    return next((need for need in needs if grades.get(need.skill, 0) < need.grade), None)


def both(needs: Needs, more: Needs) -> Needs:
    """All of it, the higher grade of two of one skill: what an agent has to meet who meets both."""
    grades: dict[str, int] = {}
    for need in needs + more:
        grades[need.skill] = max(need.grade, grades.get(need.skill, 0))
    return tuple(SkillNeed(skill=skill, grade=grades[skill]) for skill in sorted(grades))
