"""Who may see what of the board. Decided here, on the server, for snapshot and deltas alike."""

from collections.abc import Collection
from dataclasses import dataclass

from telephony.identifiers import AgentId, ClientId, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one pair of eyes may see. Equal scopes see the same bytes, so they are encoded once."""

    clients: frozenset[ClientId] | None = None
    """None: the projects of all clients."""
    projects: frozenset[ProjectId] | None = None
    """None: all projects of these clients."""
    agents: frozenset[AgentId] | None = None
    """None: all agents. Calls of other agents, and callers who are with nobody yet, are hidden with them."""
    names_others: bool = True
    """False: a call in sight does not name the agents who are not."""
    sees_people: bool = True
    """False: figures only; no agent, no call, no number, no staffing."""


WHOLE_FLOOR = Scope()


def team_scope(agent_ids: Collection[AgentId], project_ids: Collection[ProjectId]) -> Scope:
    """A team leader: of the people and their calls the own team only, and the queues that somebody of it may serve."""
    return Scope(projects=frozenset(project_ids), agents=frozenset(agent_ids), names_others=False)


def client_scope(client_ids: Collection[ClientId]) -> Scope:
    """A client's login: the figures of its own projects, nothing of people."""
    return Scope(clients=frozenset(client_ids), agents=frozenset(), sees_people=False)
