"""Reservations: of a decision, or of an agent's leg found ringing whose reservation never reached the disk."""

from routing.directory import Directory
from telephony.agent.model import Agent, AgentState
from telephony.call.model import WAITING, Call, require_terms
from telephony.decisions import DecisionTaken
from telephony.engine.ports import LegSeen
from telephony.events import AgentReserved
from telephony.identifiers import DecisionId, leg_id


def reservation_of(decision: DecisionTaken, call: Call, agent: Agent) -> AgentReserved:
    """The bond that decision makes."""
    return _reserved(call, agent, decision_id=decision.decision_id, level=decision.level, pass_after=decision.pass_after)


def handing_of(call: Call, agent: Agent, directory: Directory, share_pass: float) -> AgentReserved:
    """The bond that one agent's word about another makes. It was no decision of routing's, so it costs no turn."""
    profile = directory.agents.get(agent.agent_id)
    level = 1 if profile is None else profile.level_for(require_terms(call).project_id)
    decision_id = DecisionId(f"{call.call_id}.handed.{call.offers + 1}")
    return _reserved(call, agent, decision_id=decision_id, level=level, pass_after=share_pass)


def adoption_of(
    seen: LegSeen, call: Call | None, agent: Agent | None, directory: Directory, share_pass: float
) -> AgentReserved | None:
    """The bond behind a leg that exists at the switch; None where it can be no reservation of this call and agent.

    The call will ask for the leg again under the same id, which does nothing where the leg exists.
    """
    if call is None or agent is None or call.state not in WAITING or agent.state is not AgentState.AVAILABLE:
        return None
    if seen.leg_id != leg_id(call.call_id, "agent", call.agent_legs + 1):
        return None
    profile = directory.agents.get(agent.agent_id)
    level = 1 if profile is None else profile.level_for(require_terms(call).project_id)
    decision_id = DecisionId(f"{call.call_id}.adopted.{call.offers + 1}")
    return _reserved(call, agent, decision_id=decision_id, level=level, pass_after=share_pass)


def _reserved(call: Call, agent: Agent, *, decision_id: DecisionId, level: int, pass_after: float) -> AgentReserved:
    terms = require_terms(call)
    if agent.endpoint_id is None:
        raise AssertionError(f"agent {agent.agent_id} is on duty without a phone")
    return AgentReserved(
        call_id=call.call_id,
        agent_id=agent.agent_id,
        endpoint_id=agent.endpoint_id,
        project_id=terms.project_id,
        client_id=terms.client_id,
        decision_id=decision_id,
        level=level,
        pass_after=pass_after,
        attempt=call.offers + 1,
        wrap_up_limit_ms=terms.wrap_up_limit_ms,
        wrap_up_extension_ms=terms.wrap_up_extension_ms,
        wrap_up_codes=terms.wrap_up_codes,
    )
