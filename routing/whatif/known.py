"""Of whom too little is known to be told alone, and what stands for them. Pure.

Who was seen seldom was seen seldom for a reason: an agent whose talks of a day were long had few of them. To give them what all
had, most of which the others had, makes talks shorter than they were; what those seen seldom had together does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.whatif.chance import Sample
from telephony.identifiers import AgentId, ProjectId

ENOUGH = 8


def drawn_from(samples: Mapping[AgentId, Sample]) -> Mapping[AgentId, Sample]:
    """For each who was seen their own sample, or that of all who were seen too seldom; they are left out where that is too
    little as well."""
    seldom = {who: sample for who, sample in samples.items() if len(sample.values) < ENOUGH}
    together = Sample(sum(len(sample.values) for sample in seldom.values()))
    for sample in seldom.values():
        for value in sample.values:
            together.add(value)
    known = {who: sample for who, sample in samples.items() if who not in seldom}
    return known | dict.fromkeys(seldom, together) if len(together.values) >= ENOUGH else known


@dataclass(frozen=True, slots=True)
class Work:
    """Talk and wrap-up in microseconds: of pairs, of projects for agents not seen there, and of all."""

    pairs: Mapping[tuple[ProjectId, AgentId], Sample]
    projects: Mapping[ProjectId, Sample]
    of_all: Sample

    def draw(self, project_id: ProjectId, agent_id: AgentId, chance: float) -> tuple[int, int]:
        """Talk and wrap-up of such a call with that agent; nothing where nobody ever talked."""
        own = self.pairs.get((project_id, agent_id)) or self.projects.get(project_id) or self.of_all
        return own.draw(chance) if own.values else (0, 0)
