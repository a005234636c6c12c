"""Where agents stand, read from the engine's own floor: the figures the next decision is made of."""

from dataclasses import dataclass

from fernamt.moment import now
from routing.standing import AgentStanding, Service, standing_of
from telephony.engine.engine import Engine
from telephony.identifiers import AgentId


@dataclass(frozen=True, slots=True)
class LiveStandings:
    """The edge's view of the floor; reading changes nothing."""

    engine: Engine

    def standing(self, agent_id: AgentId) -> AgentStanding:
        """The agent's standing at this moment."""
        turn = self.engine.turn
        agent = turn.agents.get(agent_id)
        presence = None if agent is None or agent.endpoint_id is None else turn.presence.get(agent.endpoint_id)
        return standing_of(
            agent_id,
            agent,
            turn.floor,
            turn.directory,
            now=now(),
            is_reachable=presence is not None and presence.is_reachable,
            absence=None if presence is None else presence.absence,
            service=Service(is_draining=turn.is_draining, is_connected=self.engine.is_reconciled),
        )
