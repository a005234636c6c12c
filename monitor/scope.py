"""Who may see what of the board. Decided here, on the server, for snapshot and deltas alike."""

from collections.abc import Collection
from dataclasses import dataclass

from telephony.identifiers import AgentId, ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one pair of eyes may see. Equal scopes see the same bytes, so they are encoded once."""

    clients: frozenset[ClientId] | None = None
    """None: the projects of all clients."""
    agents: frozenset[AgentId] | None = None
    """None: all agents. Calls of other agents are hidden with them."""
    sees_people: bool = True
    """False: figures only; no agent, no call, no number, no staffing."""


WHOLE_FLOOR = Scope()


def team_scope(agent_ids: Collection[AgentId]) -> Scope:
    """A team leader: the queues of the floor, of the people the own team only."""
    return Scope(agents=frozenset(agent_ids))


def client_scope(client_ids: Collection[ClientId]) -> Scope:
    """A client's login: the figures of its own projects, nothing of people."""
    return Scope(clients=frozenset(client_ids), agents=frozenset(), sees_people=False)
