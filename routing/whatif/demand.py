"""What a journaled stretch asked of the centre: who called and when, how long they would have waited, how long work took, and who
was on duty. Nothing in it hangs on which agent got which call, so another rule can be given the same.

Memory: twenty bytes a caller, and samples and seconds of a fixed size for each project and agent.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from routing.whatif.chance import Sample
from routing.whatif.patience import Patience, Waits
from telephony.demands import CallDemand
from telephony.identifiers import AgentId, Instant, ProjectId

OF_PAIR, OF_PROJECT, OF_ALL = 64, 512, 1_024
ENOUGH = 8
ANSWERED = 0
"""The outcome of an offer that was taken; the others are numbered in `MISSES` of routing/whatif/play.py."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller brings along. `was_closed`: turned away outside the hours, so perhaps not under other hours."""

    project_id: ProjectId
    did: str = ""
    demand: CallDemand = CallDemand()
    caller_lists: tuple[str, ...] = ()
    last_agent_id: AgentId | None = None
    blocked_agents: tuple[AgentId, ...] = ()
    was_closed: bool = False


@dataclass(slots=True)
class Demand:
    """Filled by the observer, read by the replays."""

    from_at: Instant
    to_at: Instant
    came: "array[int]" = field(default_factory=lambda: array("q"))
    """When each caller began to wait, in their order."""
    queued: "array[int]" = field(default_factory=lambda: array("q"))
    """When each stood in the queue: later than they came where a key menu asked them first."""
    mark_of: "array[int]" = field(default_factory=lambda: array("i"))
    marks: list[Mark] = field(default_factory=list)
    waits: dict[ProjectId, Waits] = field(default_factory=dict)
    work: dict[tuple[ProjectId, AgentId | None], Sample] = field(default_factory=dict)
    """Talk and wrap-up in microseconds, by project and agent, and of all agents of the project together."""
    work_of_all: Sample = field(default_factory=lambda: Sample(OF_ALL))
    offers: dict[AgentId, Sample] = field(default_factory=dict)
    """How offers went and how long they rang, by agent."""
    offers_of_all: Sample = field(default_factory=lambda: Sample(OF_ALL))
    duty: dict[AgentId, list[tuple[Instant, Instant]]] = field(default_factory=dict)
    """When each agent could have been offered calls, talked or wrapped up."""
    _places: dict[Mark, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.came)

    def add(self, came: Instant, mark: Mark, queued: Instant | None = None) -> None:
        """The caller comes at that instant, and stands in the queue then or later."""
        place = self._places.get(mark)
        if place is None:
            place = self._places[mark] = len(self.marks)
            self.marks.append(mark)
        self.came.append(came)
        self.queued.append(came if queued is None else queued)
        self.mark_of.append(place)

    def callers(self) -> Iterator[tuple[int, Instant, Instant, Mark]]:
        """Each caller's number, when they came, when they stood in the queue, what they bring along; in the order of coming."""
        for number in sorted(range(len(self.came)), key=self.came.__getitem__):
            yield number, Instant(self.came[number]), Instant(self.queued[number]), self.marks[self.mark_of[number]]

    def waited(self, project_id: ProjectId, waited_us: int, *, gave_up: bool) -> None:
        """One caller of the project waited so long."""
        self.waits.setdefault(project_id, Waits()).add(waited_us, gave_up=gave_up)

    def worked(self, project_id: ProjectId, agent_id: AgentId, talk_us: int, wrap_up_us: int) -> None:
        """The agent talked and wrapped up for so long."""
        for key, size in (((project_id, agent_id), OF_PAIR), ((project_id, None), OF_PROJECT)):
            self.work.setdefault(key, Sample(size)).add((talk_us, wrap_up_us))
        self.work_of_all.add((talk_us, wrap_up_us))

    def offered(self, agent_id: AgentId, outcome: int, rang_us: int) -> None:
        """An offer to the agent ended so, after ringing for so long."""
        self.offers.setdefault(agent_id, Sample(OF_PAIR)).add((outcome, rang_us))
        self.offers_of_all.add((outcome, rang_us))

    # -- what replays draw from ------------------------------------------------------------------------------------------

    def work_for(self, project_id: ProjectId, agent_id: AgentId, chance: float) -> tuple[int, int]:
        """Talk and wrap-up of such a call with that agent: of the pair, of the project where that is too little, else of all."""
        for key in ((project_id, agent_id), (project_id, None)):
            sample = self.work.get(key)
            if sample is not None and len(sample.values) >= ENOUGH:
                return sample.draw(chance)
        return self.work_of_all.draw(chance) if self.work_of_all.values else (0, 0)

    def offer_for(self, agent_id: AgentId, chance: float) -> tuple[int, int]:
        """How such an offer ends and after how much ringing."""
        sample = self.offers.get(agent_id)
        if sample is not None and len(sample.values) >= ENOUGH:
            return sample.draw(chance)
        return self.offers_of_all.draw(chance) if self.offers_of_all.values else (ANSWERED, 0)

    def patience(self) -> Mapping[ProjectId, Patience]:
        """By project; where too few gave up to tell, that of all callers together."""
        pooled = Waits()
        for waits in self.waits.values():
            pooled.join(waits)
        of_all = Patience(pooled)
        known = {project_id: Patience(waits) if waits.is_enough else of_all for project_id, waits in self.waits.items()}
        for mark in self.marks:
            known.setdefault(mark.project_id, of_all)
        return known
