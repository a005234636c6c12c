"""Progressive calling: who is given a lead of their own now. Callers come first, and nobody is called for whom nobody is free.

One lead an agent, and the agent is reserved before anybody is dialled: no rate is reckoned from answers, so nothing is dialled
ahead. Pure: whoever gives the leads out hands in who is free and what waits, and asks again when something has changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from telephony.identifiers import AgentId, Instant, ProjectId, after_ms

SETTLES_MS = 2_000
"""So long an agent is free before they are given a lead: whoever waits for them has them first, and a pause can be asked for."""
REST_MS = 60_000
"""After a call that reached not even the agent; twice as long after each further one."""
LONGEST_REST_MS = 30 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeAgent:
    """An agent whom routing could offer a caller now."""

    agent_id: AgentId
    free_since: Instant
    calls_for: frozenset[ProjectId]
    """Progressive projects they may work for now."""
    answers_for: frozenset[ProjectId]
    """Projects whose callers they may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A project that calls people by itself."""

    project_id: ProjectId
    in_flight: int
    """Its agents with leads."""
    keeps_free: int = 0
    """So many agents of each project whose callers they could have stay free for those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """This agent is given a lead of that project."""

    agent_id: AgentId
    project_id: ProjectId


@dataclass(frozen=True, slots=True)
class Unreached:
    """Agents whose own phones did not bring them to their calls: how often in a row, and until when they are left alone."""

    times: Mapping[AgentId, int] = field(default_factory=dict)
    until: Mapping[AgentId, Instant] = field(default_factory=dict)

    def after(self, agent_id: AgentId, at: Instant) -> "Unreached":
        """Once more."""
        times = self.times.get(agent_id, 0) + 1
        rest_ms = min(REST_MS << min(times - 1, 10), LONGEST_REST_MS)
        return Unreached({**self.times, agent_id: times}, {**self.until, agent_id: after_ms(at, rest_ms)})

    def reached(self, agent_id: AgentId) -> "Unreached":
        """They were on the line."""
        if agent_id not in self.times:
            return self
        times = {each: count for each, count in self.times.items() if each != agent_id}
        return Unreached(times, {each: until_at for each, until_at in self.until.items() if each != agent_id})

    def rests(self, agent_id: AgentId, at: Instant) -> bool:
        """Whether they are left alone now."""
        until_at = self.until.get(agent_id)
        return until_at is not None and at < until_at


def to_give(free: Sequence[FreeAgent], works: Sequence[Work], waiting: Collection[ProjectId], at: Instant) -> list[Given]:
    """Who is given a lead of which project now: each agent one at the most, the longest free first.

    Nobody is taken from a project where callers wait, nor below what is kept free for those who may come. Among the projects an
    agent may call for, the one with the fewest at work goes first, so that no list starves.
    """
    left: dict[ProjectId, int] = {}
    for agent in free:
        for project_id in agent.answers_for:
            left[project_id] = left.get(project_id, 0) + 1
    flying = {work.project_id: work.in_flight for work in works}
    given: list[Given] = []
    for agent in sorted(free, key=lambda each: (each.free_since, each.agent_id)):
        if at < after_ms(agent.free_since, SETTLES_MS) or not agent.answers_for.isdisjoint(waiting):
            continue
        scarcest = min((left[project_id] for project_id in agent.answers_for), default=None)
        fitting = [
            work for work in works if work.project_id in agent.calls_for and (scarcest is None or scarcest > work.keeps_free)
        ]
        if not fitting:
            continue
        work = min(fitting, key=lambda each: (flying[each.project_id], each.project_id))
        flying[work.project_id] += 1
        for project_id in agent.answers_for:
            left[project_id] -= 1
        given.append(Given(agent_id=agent.agent_id, project_id=work.project_id))
    return given
