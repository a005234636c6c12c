"""What a journaled stretch asked of the centre: who called and when, how long they would have waited, how long work took, and who
was on duty. Nothing in it hangs on which agent got which call, so another rule can be given the same.

Memory: twenty bytes a caller, one mark for each handed on, and samples and seconds of a fixed size for each project and agent.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from routing.whatif.chance import Sample
from routing.whatif.known import ENOUGH, Work, drawn_from
from routing.whatif.patience import Outlasted, Patience, Seen, Waits
from routing.whatif.promised import REACHED
from telephony.demands import CallDemand
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId

OF_PAIR, OF_PROJECT, OF_ALL = 64, 512, 1_024
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
    wants_callback: bool = False
    """They chose to be called back from a key menu."""


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
    handed_on: list[tuple[Instant, int, Mark]] = field(default_factory=list)
    """When an agent handed a caller on to a project, how long they had waited before, in microseconds, what they bring along."""
    waits: dict[ProjectId, Waits] = field(default_factory=dict)
    work: dict[tuple[ProjectId, AgentId], Sample] = field(default_factory=dict)
    """Talk and wrap-up in microseconds, by project and agent."""
    work_of: dict[ProjectId, Sample] = field(default_factory=dict)
    """Of all agents of the project together."""
    work_of_all: Sample = field(default_factory=lambda: Sample(OF_ALL))
    offers: dict[AgentId, Sample] = field(default_factory=dict)
    """How offers went, with the seconds the caller had waited when they began, and how long they rang, by agent."""
    offers_of_all: Sample = field(default_factory=lambda: Sample(OF_ALL))
    duty: dict[AgentId, list[tuple[Instant, Instant]]] = field(default_factory=dict)
    """When each agent could have been offered calls, talked or wrapped up."""
    outside: dict[AgentId, list[tuple[Instant, frozenset[ProjectId]]]] = field(default_factory=dict)
    """From when on each agent was outside their shift, for calls of which projects."""
    menus: dict[ProjectId, Sample] = field(default_factory=dict)
    """How long callers took to choose from the project's key menu, those left out who hung up over it."""
    left_in_menu: set[int] = field(default_factory=set)
    """The numbers of callers who hung up over it: how long they would have taken is not known."""
    answers: dict[ProjectId, list[Seen]] = field(default_factory=dict)
    """What callers said who were asked whether to be called back: the first of each project."""
    keys: dict[ProjectId, Waits] = field(default_factory=dict)
    """After how much waiting callers pressed the key by which one asks to be called back."""
    outward: dict[ProjectId, Sample] = field(default_factory=dict)
    """Whether somebody outside took the callers a rule sent there, and how long those who did not kept them from the queue."""
    outward_of_all: Sample = field(default_factory=lambda: Sample(OF_ALL))
    attempts: dict[ProjectId, Sample] = field(default_factory=dict)
    """What came of calling callers back whose agent was on the line, and how long the agent was bound by it."""
    attempts_of_all: Sample = field(default_factory=lambda: Sample(OF_ALL))
    _places: dict[Mark, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.came)

    def add(self, came: Instant, mark: Mark, queued: Instant | None = None, *, is_left_in_menu: bool = False) -> None:
        """The caller comes at that instant, and stands in the queue then or later."""
        place = self._places.get(mark)
        if place is None:
            place = self._places[mark] = len(self.marks)
            self.marks.append(mark)
        if is_left_in_menu:
            self.left_in_menu.add(len(self.came))
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
        self.work.setdefault((project_id, agent_id), Sample(OF_PAIR)).add((talk_us, wrap_up_us))
        self.work_of.setdefault(project_id, Sample(OF_PROJECT)).add((talk_us, wrap_up_us))
        self.work_of_all.add((talk_us, wrap_up_us))

    def offered(self, agent_id: AgentId, outcome: int, rang_us: int, waited_us: int = 0) -> None:
        """An offer to the agent ended so, after ringing for so long, of a caller who had waited for so long before."""
        told = max(waited_us, 0) // SECOND << 8 | outcome
        self.offers.setdefault(agent_id, Sample(OF_PAIR)).add((told, rang_us))
        self.offers_of_all.add((told, rang_us))

    def chose(self, project_id: ProjectId, took_us: int) -> None:
        """A caller took so long to choose from the menu of the project called."""
        self.menus.setdefault(project_id, Sample(OF_PROJECT)).add((took_us, 0))

    def said(self, project_id: ProjectId, answer: Seen) -> None:
        """A caller agreed to be called back, or did not."""
        answers = self.answers.setdefault(project_id, [])
        if len(answers) < OF_ALL:
            answers.append(answer)

    def pressed(self, project_id: ProjectId, waited_us: int, *, has_pressed: bool) -> None:
        """A caller asked by a key to be called back after so long in the queue, or had not yet when the waiting was over."""
        self.keys.setdefault(project_id, Waits()).add(waited_us, gave_up=has_pressed)

    def called_back(self, project_id: ProjectId, outcome: int, bound_us: int) -> None:
        """An attempt to call somebody back came to that, and bound the agent for so long."""
        self.attempts.setdefault(project_id, Sample(OF_PROJECT)).add((outcome, bound_us))
        self.attempts_of_all.add((outcome, bound_us))

    def sent_out(self, project_id: ProjectId, outcome: int, took_us: int) -> None:
        """Somebody outside took a caller, or did not and gave them back after so long."""
        self.outward.setdefault(project_id, Sample(OF_PAIR)).add((outcome, took_us))
        self.outward_of_all.add((outcome, took_us))

    # -- what replays draw from ------------------------------------------------------------------------------------------

    def work_done(self) -> Work:
        """How long calls keep agents."""
        by_project: dict[ProjectId, dict[AgentId, Sample]] = {}
        for (project_id, agent_id), sample in self.work.items():
            by_project.setdefault(project_id, {})[agent_id] = sample
        pairs = {
            (project_id, agent_id): sample
            for project_id, samples in by_project.items()
            for agent_id, sample in drawn_from(samples).items()
        }
        projects = {project_id: sample for project_id, sample in self.work_of.items() if len(sample.values) >= ENOUGH}
        return Work(pairs, projects, self.work_of_all)

    def offers_made(self) -> tuple[Mapping[AgentId, Outlasted], Outlasted]:
        """How offers go and how long they ring, by agent where enough is known of one, and of all agents together."""
        patience = Patience(self._waits_of_all())
        by_agent = {agent_id: Outlasted(_seen(sample), patience) for agent_id, sample in drawn_from(self.offers).items()}
        return by_agent, Outlasted(_seen(self.offers_of_all), patience)

    def menu_for(self, project_id: ProjectId, longer_than_us: int, chance: float) -> int:
        """How long somebody takes to choose who took longer than that; that long where nobody did."""
        sample = self.menus.get(project_id)
        longer = [] if sample is None else [took for took, _ in sample.values if took > longer_than_us]
        return longer[int(chance * len(longer))] if longer else longer_than_us

    def answers_given(self, patience: Mapping[ProjectId, Patience]) -> Mapping[ProjectId, Outlasted]:
        """What callers of each project say to the question; of one where too few were asked, what all callers say."""
        of_all = [answer for answers in self.answers.values() for answer in answers]
        return {
            project_id: Outlasted(own if len(own := self.answers.get(project_id, [])) >= ENOUGH else of_all, theirs)
            for project_id, theirs in patience.items()
        }

    def attempt_for(self, project_id: ProjectId, chance: float) -> tuple[int, int]:
        """What an attempt comes to, and how long it binds the agent; reached at once where nobody was ever called back."""
        return _drawn(self.attempts.get(project_id), self.attempts_of_all, (REACHED, 0), chance)

    def outward_for(self, project_id: ProjectId, chance: float) -> tuple[int, int]:
        """Whether somebody outside takes such a caller, and after how long the others are back; taken where it never happened."""
        return _drawn(self.outward.get(project_id), self.outward_of_all, (REACHED, 0), chance)

    def keys_pressed(self) -> Mapping[ProjectId, Patience]:
        """When callers ask for it by a key, for projects in which anybody did."""
        return {project_id: Patience(waits) for project_id, waits in self.keys.items() if sum(waits.gave_up)}

    def _waits_of_all(self) -> Waits:
        pooled = Waits()
        for waits in self.waits.values():
            pooled.join(waits)
        return pooled

    def patience(self) -> Mapping[ProjectId, Patience]:
        """By project; past what its callers waited for, and of projects nobody called, that of all callers together."""
        of_all = Patience(self._waits_of_all())
        known = {project_id: Patience(waits, of_all) for project_id, waits in self.waits.items()}
        for mark in (*self.marks, *(mark for _, _, mark in self.handed_on)):
            known.setdefault(mark.project_id, of_all)
        return known


def _seen(sample: Sample) -> Iterator[Seen]:
    return ((told & 255, (told >> 8) * SECOND, rang_us) for told, rang_us in sample.values)


def _drawn(own: Sample | None, of_all: Sample, otherwise: tuple[int, int], chance: float) -> tuple[int, int]:
    sample = own if own is not None and len(own.values) >= ENOUGH else of_all
    return sample.draw(chance) if sample.values else otherwise
