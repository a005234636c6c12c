"""What an agent asked for by dialling a feature code. Pure."""

from typing import Protocol

from routing.floor import Floor
from telephony.agent import machine as agent_machine
from telephony.agent.feature_codes import BY_PHONE, request_of, slot_of
from telephony.agent.model import Agent, AgentRules
from telephony.engine.handing import parked_at, refusal_of_handing
from telephony.engine.requests import Floorplan, refusal_of
from telephony.engine.shift_watch import ShiftWatch, refusal_outside_shift
from telephony.errors import Refusal, RefusalCode
from telephony.events import AgentRequest, CallRequest, Envelope, FeatureCodeDialled
from telephony.identifiers import AgentId, SwitchName
from telephony.transfers import PickUpRequested


class RuledFloorplan(Floorplan, Protocol):
    """The same with the agents' rules and routing's floor."""

    rules: AgentRules
    floor: Floor
    shifts: ShiftWatch


class _AtThePhone:
    """Who dials is at the phone, and the switch is there."""

    def refusal_of_phone(self, agent: Agent, switch: SwitchName | None) -> Refusal | None:
        return None if agent.endpoint_id is not None and switch else Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE)

    def is_connected(self, switch: SwitchName) -> bool:
        return bool(switch)


def request_dialled(event: FeatureCodeDialled, cause: Envelope, known: RuledFloorplan) -> AgentRequest | CallRequest | Refusal:
    """The request, which the agent's machine would take now; or why there is none: the phone then hears the other tone."""
    agent_id = known.directory.endpoints.get(event.endpoint_id)
    if agent_id is None:
        return Refusal(code=RefusalCode.NO_SUCH_AGENT)
    slot = slot_of(event.digits)
    if slot is not None:
        return _pick_up(slot, agent_id, cause, known)
    agent = known.agents.get(agent_id) or Agent(agent_id=agent_id)
    request = request_of(event.digits, agent_id, event.endpoint_id, agent)
    if isinstance(request, Refusal):
        return request
    probe = Envelope(seq=0, event_id=cause.event_id, occurred_at=cause.occurred_at, received_at=cause.received_at, event=request)
    refusal = refusal_of(request, known) or refusal_outside_shift(request, known, cause.received_at)
    outcome = refusal if refusal is not None else agent_machine.step(agent, probe, known.rules)
    return outcome if isinstance(outcome, Refusal) else request


def _pick_up(slot: int, agent_id: AgentId, cause: Envelope, known: RuledFloorplan) -> PickUpRequested | Refusal:
    call_id = parked_at(slot, known)
    if call_id is None:
        return Refusal(code=RefusalCode.NO_SUCH_CALL, facts={"parked_at": slot})
    request = PickUpRequested(call_id=call_id, agent_id=agent_id, by=BY_PHONE)
    return refusal_of_handing(request, known, _AtThePhone(), cause.received_at) or request
