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
        return standing_of(
            agent_id,
            turn.agents.get(agent_id),
            turn.floor,
            turn.directory,
            now=now(),
            is_reachable=turn.is_reachable(agent_id),
            service=Service(is_draining=turn.is_draining, is_connected=self.engine.is_reconciled),
        )
