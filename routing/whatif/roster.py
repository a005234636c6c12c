"""Who is on duty in a replay, and when: the hours of the journaled day. Pure."""

from collections.abc import Callable, Iterator, Sequence

from routing.directory import Directory
from routing.eligibility import ineligible
from routing.floor import Floor
from routing.whatif.beyond_shift import kept_from
from routing.whatif.demand import Demand
from routing.whatif.figures import Tally
from telephony.identifiers import SECOND, AgentId, Instant, ProjectId

LONGEST_PAUSE_US = 3_600 * SECOND
"""Who was away for longer had gone home, and comes back by the clock."""

ON, OFF, SHIFT = range(3)
"""What happens to an agent by the clock: comes on duty, goes, or a shift of theirs begins or ends."""

Push = Callable[[int, int, AgentId, int], None]
"""Plans something: when, which of the three, for whom, and its number in their day."""


class Roster:
    """The agents of one replay. `model` says whose hours an agent works."""

    def __init__(self, demand: Demand, directory: Directory, floor: Floor, tally: Tally, push: Push) -> None:
        self.busy: dict[AgentId, bool] = {}
        self.idle_since: dict[AgentId, Instant] = {}
        self.staffed: dict[ProjectId, int] = {}
        self._demand = demand
        self._directory = directory
        self._floor = floor
        self._tally = tally
        self._push = push
        self._like: dict[AgentId, AgentId] = {}
        self._on_duty: dict[AgentId, Instant] = {}
        """Since when, of those who are."""
        self._leaving: dict[AgentId, int] = {}
        """Who goes after the call they have, and the number of the spell on duty that ends then."""

    def liken(self, agent_id: AgentId, other: AgentId) -> None:
        """The agent works the other's hours, and as they do."""
        self._like[agent_id] = other

    def plan(self) -> Iterator[tuple[Instant, int, AgentId, int]]:
        """What happens first to each agent."""
        for agent_id, profile in self._directory.agents.items():
            spells = self._spells(agent_id)
            if spells and profile.is_active:
                yield spells[0][0], ON, agent_id, 0
                outside = self._demand.outside.get(self.model(agent_id))
                if outside:
                    yield outside[0][0], SHIFT, agent_id, 0

    def happens(self, what: int, agent_id: AgentId, number: int, now: Instant) -> None:
        """What was planned is done."""
        if what == ON:
            self._turns_up(agent_id, number, now)
        elif what == OFF:
            self._leaving[agent_id] = number
            if not self.busy.get(agent_id):  # who has a caller goes after the call, as the service has it
                self._is_gone(agent_id, now)
        else:
            self._shift_changes(agent_id, number)

    def model(self, agent_id: AgentId) -> AgentId:
        """Whose day the agent has."""
        return self._like.get(agent_id, agent_id)

    def free(self, agent_id: AgentId, since: Instant, now: Instant) -> None:
        """The agent has nothing to do any more, idle since then; or leaves."""
        self.busy[agent_id] = False
        if agent_id in self._leaving:
            self._is_gone(agent_id, now)
            return
        self.idle_since[agent_id] = since
        self._floor.agent_available(agent_id, since)

    def _spells(self, agent_id: AgentId) -> Sequence[tuple[Instant, Instant]]:
        return self._demand.duty.get(self.model(agent_id), ())

    def _turns_up(self, agent_id: AgentId, spell: int, now: Instant) -> None:
        self._on_duty[agent_id] = now
        self._staff(agent_id, 1)
        self.free(agent_id, now, now)
        self._push(max(self._spells(agent_id)[spell][1], now), OFF, agent_id, spell)

    def _is_gone(self, agent_id: AgentId, now: Instant) -> None:
        """Off duty. A pause lasts as long as it did, though it begins later; who had gone home comes when they came."""
        spell, spells = self._leaving.pop(agent_id), self._spells(agent_id)
        self._floor.agent_away(agent_id)
        self._staff(agent_id, -1)
        self._tally.staffed(self._directory.agents[agent_id].level, self._on_duty.pop(agent_id), now)
        if spell + 1 < len(spells):
            away_us = spells[spell + 1][0] - spells[spell][1]
            back_at = now + away_us if away_us <= LONGEST_PAUSE_US else max(spells[spell + 1][0], now)
            self._push(back_at, ON, agent_id, spell + 1)

    def _shift_changes(self, agent_id: AgentId, number: int) -> None:
        outside = self._demand.outside[self.model(agent_id)]
        self._floor.keep_from(agent_id, kept_from(outside[number][1], self._directory))
        if number + 1 < len(outside):
            self._push(outside[number + 1][0], SHIFT, agent_id, number + 1)

    def _staff(self, agent_id: AgentId, change: int) -> None:
        profile = self._directory.agents[agent_id]
        for project_id in profile.certificates:
            if ineligible(profile, self._directory.projects.get(project_id)) is None:
                self.staffed[project_id] = self.staffed.get(project_id, 0) + change


def without_hours(directory: Directory, demand: Demand) -> Iterator[AgentId]:
    """Active agents of the directory for whom no journaled day is known: they would never be on duty."""
    for agent_id, profile in sorted(directory.agents.items()):
        if profile.is_active and agent_id not in demand.duty:
            yield agent_id
