"""What can be refused before a machine is asked: whoever or whatever the request names must exist and belong together."""

from typing import Protocol

from routing.directory import Directory
from telephony.abuse import AbusiveCallEnded
from telephony.agent.model import Agent
from telephony.call.model import Call
from telephony.demands import CallDemand, needs_of, required
from telephony.errors import Refusal, RefusalCode
from telephony.events import AgentRequest, CallRequest, HangUpRequested, LogInRequested
from telephony.identifiers import AgentId, CallId
from telephony.searching import DemandRequested
from telephony.transfers import LeaveRequested, PickUpRequested


class Floorplan(Protocol):
    """What a request is checked against."""

    directory: Directory
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]


def refusal_of(request: AgentRequest | CallRequest, known: Floorplan) -> Refusal | None:
    """Why this request cannot be carried out; None where the machine may decide."""
    if isinstance(request, CallRequest):
        return _call_refusal(request, known)
    profile = known.directory.agents.get(request.agent_id)
    if isinstance(request, LogInRequested):
        if profile is None or not profile.is_active:
            return Refusal(code=RefusalCode.NO_SUCH_AGENT, facts={"agent": request.agent_id})
        return _log_in_refusal(request, known)
    if profile is None and request.agent_id not in known.agents:
        return Refusal(code=RefusalCode.NO_SUCH_AGENT, facts={"agent": request.agent_id})
    return None


def _log_in_refusal(request: LogInRequested, known: Floorplan) -> Refusal | None:
    owner = known.directory.endpoints.get(request.endpoint_id)
    if owner is None:
        return Refusal(code=RefusalCode.NO_ENDPOINT, facts={"endpoint": request.endpoint_id})
    if owner != request.agent_id:
        return Refusal(code=RefusalCode.ENDPOINT_IN_USE, facts={"endpoint": request.endpoint_id})
    for agent in known.agents.values():
        if agent.endpoint_id == request.endpoint_id and agent.agent_id != request.agent_id:
            return Refusal(code=RefusalCode.ENDPOINT_IN_USE, facts={"endpoint": request.endpoint_id})
    return None


def _call_refusal(request: CallRequest, known: Floorplan) -> Refusal | None:
    call = known.calls.get(request.call_id)
    if call is None:
        return Refusal(code=RefusalCode.NO_SUCH_CALL, facts={"call": request.call_id})
    if isinstance(request, PickUpRequested):
        return None
    if isinstance(request, DemandRequested):
        return _demand_refusal(request, known)
    if request.agent_id is not None and not _is_theirs(call, request):
        return Refusal(code=RefusalCode.NOT_YOUR_CALL, facts={"call": request.call_id})
    if isinstance(request, AbusiveCallEnded):
        return _abuse_refusal(call, request)
    return None


def _abuse_refusal(call: Call, request: AbusiveCallEnded) -> Refusal | None:
    """Only who has heard the caller can be abused by them: it is no way out of an offer, nor of a question by a colleague."""
    has_heard = call.bond is not None and call.bond.agent_id == request.agent_id and call.bond.has_talked
    if not has_heard and not _is_colleague_who_heard(call, request):
        return Refusal(code=RefusalCode.WRONG_STATE, facts={"state": call.state.value})
    return None


def _is_colleague_who_heard(call: Call, request: CallRequest) -> bool:
    return call.colleague is not None and call.colleague.agent_id == request.agent_id and call.colleague.has_met_caller


def _demand_refusal(request: DemandRequested, known: Floorplan) -> Refusal | None:
    """What nobody has would be waited for in vain."""
    asked = needs_of(CallDemand(language=request.language, skills=request.skills or ()))
    there = {skill for agent in known.directory.agents.values() for skill in agent.grades} if asked else set()
    missing = next((need.skill for need in required(asked) if need.skill not in there), None)
    return None if missing is None else Refusal(code=RefusalCode.NO_SUCH_SKILL, facts={"skill": missing})


def _is_theirs(call: Call, request: CallRequest) -> bool:
    """The agent who has the caller; a colleague beside them may leave."""
    if call.bond is not None and call.bond.agent_id == request.agent_id:
        return True
    is_leaving = isinstance(request, HangUpRequested | LeaveRequested)  # ending a call for abuse is one
    return is_leaving and call.colleague is not None and call.colleague.agent_id == request.agent_id
