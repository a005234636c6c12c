"""What an agent asked for by dialling a feature code. Pure."""

from typing import Protocol

from telephony.agent import machine as agent_machine
from telephony.agent.feature_codes import request_of
from telephony.agent.model import Agent, AgentRules
from telephony.engine.requests import Floorplan, refusal_of
from telephony.errors import Refusal, RefusalCode
from telephony.events import AgentRequest, Envelope, FeatureCodeDialled


class RuledFloorplan(Floorplan, Protocol):
    """The same with the agents' rules."""

    rules: AgentRules


def request_dialled(event: FeatureCodeDialled, cause: Envelope, known: RuledFloorplan) -> AgentRequest | Refusal:
    """The request, which the agent's machine would take now; or why there is none: the phone then hears the other tone."""
    agent_id = known.directory.endpoints.get(event.endpoint_id)
    if agent_id is None:
        return Refusal(code=RefusalCode.NO_SUCH_AGENT)
    agent = known.agents.get(agent_id) or Agent(agent_id=agent_id)
    request = request_of(event.digits, agent_id, event.endpoint_id, agent)
    if isinstance(request, Refusal):
        return request
    probe = Envelope(seq=0, event_id=cause.event_id, occurred_at=cause.occurred_at, received_at=cause.received_at, event=request)
    refusal = refusal_of(request, known)
    outcome = refusal if refusal is not None else agent_machine.step(agent, probe, known.rules)
    return outcome if isinstance(outcome, Refusal) else request
