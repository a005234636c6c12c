"""When agents were outside their shifts, as the journal tells it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.directory import Directory, OutsideShift
from routing.shifts.outside import rule_of
from telephony.agent.judged import ShiftJudged
from telephony.agent.on_shift import ShiftTold
from telephony.identifiers import AgentId, Instant, ProjectId

Spells = dict[AgentId, list[tuple[Instant, frozenset[ProjectId]]]]


@dataclass(slots=True)
class BeyondShift:
    """Filled with what agents were told; `spells` is from when on whom which projects could have been kept from.

    Of projects that minded, the verdict says it; of the others, that the agent was in no shift at all, as far as it was told.
    """

    directory: Directory
    spells: Spells = field(default_factory=dict)
    _has_shift: dict[AgentId, bool] = field(default_factory=dict)
    _minded: dict[AgentId, frozenset[ProjectId]] = field(default_factory=dict)

    def take(self, event: ShiftTold | ShiftJudged, at: Instant) -> None:
        """What the agent was told holds from here on."""
        if isinstance(event, ShiftTold):
            self._has_shift[event.agent_id] = event.until_at is not None
        else:
            self._minded[event.agent_id] = frozenset((*event.barred, *event.noted))
        profile = self.directory.agents.get(event.agent_id)
        outside = set(self._minded.get(event.agent_id, frozenset()))
        for project_id in () if profile is None else profile.certificates:
            project = self.directory.projects.get(project_id)
            if project is not None and rule_of(project, self.directory) is OutsideShift.ALLOW:
                outside |= set() if self._has_shift.get(event.agent_id, False) else {project_id}
        self.spells.setdefault(event.agent_id, []).append((at, frozenset(outside)))


def kept_from(outside: frozenset[ProjectId], directory: Directory) -> frozenset[ProjectId]:
    """The projects whose calls an agent does not get under that directory who is outside the shift for those."""
    projects: Mapping[ProjectId, object] = directory.projects
    return frozenset(
        project_id
        for project_id in outside
        if project_id in projects and rule_of(directory.projects[project_id], directory) is OutsideShift.REFUSE
    )
