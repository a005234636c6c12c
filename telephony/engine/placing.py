"""Calls that begin with us: who may have one placed, and what follows from the request.

The agent is claimed by the same event as by routing (`AgentReserved`), in the turn of the request: so an agent who dials is rung
for nothing else meanwhile, and nobody outside is ever called for whom no agent is reserved.
"""

from typing import Protocol

from msgspec.structs import replace

from routing.directory import Directory, Project
from routing.entry import terms_of
from routing.floor import Floor
from routing.outbound.asking import WorkKind
from telephony.agent.feature_codes import BY_PHONE
from telephony.agent.model import Agent, AgentState
from telephony.agent.presence import Presence
from telephony.call.model import Call
from telephony.dialling import CallPlaced, DialReference, DialRequested, NumberDialled
from telephony.engine.claims import handing_of
from telephony.errors import Refusal, RefusalCode
from telephony.events import AgentReserved
from telephony.identifiers import AgentId, CallId, EndpointId, LegId, SwitchName, leg_id
from telephony.terms import MachineRule, ProjectTerms


class Reachability(Protocol):
    """What is known of phones and switches."""

    def refusal_of_phone(self, agent: Agent, switch: SwitchName | None) -> Refusal | None: ...
    def presence_at(self, endpoint_id: EndpointId) -> Presence | None: ...


class Known(Protocol):
    """Which calls there are and lately were."""

    def known_call(self, leg_id: LegId) -> CallId | None: ...


class Floorplan(Protocol):
    """What a request is checked against."""

    directory: Directory
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]
    floor: Floor


def refusal_of_dialling(request: DialRequested, known: Floorplan, reach: Reachability, lately: Known) -> Refusal | None:
    """Why no call is placed for this agent; None where the agent can be reserved for it now.

    Whether the number may be dialled is not asked here: the desk says so, when the agent is on the line.
    """
    if request.call_id in known.calls or lately.known_call(leg_id(request.call_id, "callee", 0)) is not None:
        return Refusal(code=RefusalCode.ALREADY_DIALLED, facts={"call": request.call_id})
    project = known.directory.projects.get(request.project_id)
    if project is None or project.outbound is None:
        code = RefusalCode.NO_SUCH_PROJECT if project is None else RefusalCode.OUTBOUND_NOT_PERMITTED
        return Refusal(code=code, facts={"project": request.project_id})
    if not request.reference.id:
        return Refusal(code=RefusalCode.NO_REFERENCE, facts={"reference": request.reference.kind})
    never = known.floor.never(request.agent_id, request.project_id)
    if never is not None:
        return Refusal(code=RefusalCode.AGENT_NOT_ELIGIBLE, facts={"agent": request.agent_id, "reason": never.reason.value})
    agent = known.agents.get(request.agent_id)
    if agent is None:
        return Refusal(code=RefusalCode.NOT_LOGGED_IN, facts={"state": AgentState.LOGGED_OUT.value})
    refusal = _refusal_of_state(agent, project) or _refusal_of_line(request, agent)
    return refusal or reach.refusal_of_phone(agent, switch_of(agent, reach))


def switch_of(agent: Agent | None, reach: Reachability) -> SwitchName | None:
    """Where the agent's phone is registered: there the call begins."""
    endpoint_id = None if agent is None else agent.endpoint_id
    presence = None if endpoint_id is None else reach.presence_at(endpoint_id)
    return None if presence is None else presence.switch


def placed_of(request: DialRequested, directory: Directory) -> CallPlaced | None:
    """The call that is placed at that request; None where its project is no more, as a replay may find."""
    project = directory.projects.get(request.project_id)
    if project is None:
        return None
    return CallPlaced(
        call_id=request.call_id,
        placed_by=request.agent_id,
        party_id=request.party_id,
        number=request.number,
        reference=request.reference,
        terms=_terms(project, request.reference),
        leg_id=request.leg_id,
        purpose=request.purpose,
    )


def _terms(project: Project, reference: DialReference) -> ProjectTerms:
    """The project's. Advertising leaves nothing to a machine, wherever one is listened for."""
    terms, outbound = terms_of(project), project.outbound
    is_told = terms.machines is MachineRule.TELL
    is_advertising = outbound is not None and (outbound.has_offer or outbound.kind.counts_as_advertising)
    is_list = reference.work in set(WorkKind) and WorkKind(reference.work).counts_as_advertising
    return replace(terms, machines=MachineRule.END) if is_told and (is_advertising or is_list) else terms


def request_of_phone(event: NumberDialled, call_id: CallId, known: Floorplan) -> DialRequested | Refusal:
    """What the agent wants whose phone dialled that number: for the project whose code stands before it, or for the only one of
    theirs that books what phones dial. It rests on the task the project names for that."""
    agent_id = known.directory.endpoints.get(event.endpoint_id)
    if agent_id is None:
        return Refusal(code=RefusalCode.NO_SUCH_AGENT)
    found = [
        project
        for project in known.directory.projects.values()
        if project.outbound is not None
        and project.outbound.dial_task
        and (event.dial_code is None or project.outbound.dial_code == event.dial_code)
        and known.floor.never(agent_id, project.project_id) is None
    ]
    if len(found) != 1 or found[0].outbound is None:
        return Refusal(code=RefusalCode.NO_REFERENCE, facts={"projects": len(found)})
    if event.number.number_class not in known.directory.outbound.prices:
        return Refusal(code=RefusalCode.NUMBER_CLASS_REFUSED, facts={"number_class": event.number.number_class})
    return DialRequested(
        agent_id=agent_id,
        by=BY_PHONE,
        call_id=call_id,
        project_id=found[0].project_id,
        party_id=event.party_id,
        number=event.number,
        reference=DialReference(kind="task", id=found[0].outbound.dial_task),
        leg_id=event.leg_id,
    )


def reservation_for(event: CallPlaced, known: Floorplan) -> AgentReserved | None:
    """The bond of the agent who wants the call. It was no decision of routing's, so it costs no turn."""
    call, agent = known.calls.get(event.call_id), known.agents.get(event.placed_by)
    if call is None or agent is None or agent.endpoint_id is None:
        return None
    reserved = handing_of(call, agent, known.directory, known.floor.pass_of(agent.agent_id) or 0.0)
    profile = known.directory.agents.get(agent.agent_id)
    if event.leg_id is None and agent.line is not None and agent.line.is_free and agent.line.switch == call.switch:
        return replace(reserved, line_leg_id=agent.line.leg_id)
    return replace(reserved, phone_answers=profile is not None and profile.phone_answers)


def _refusal_of_state(agent: Agent, project: Project) -> Refusal | None:
    """Free; or in a pause or wrap-up, where the project lets agents call then. A pause of the service's own is ended first."""
    facts: dict[str, str | int] = {"agent": agent.agent_id, "state": agent.state.value}
    if agent.state is AgentState.AVAILABLE:
        return None
    outbound = project.outbound
    is_allowed = outbound is not None and (
        (agent.state is AgentState.PAUSED and outbound.dials_in_pause and not agent.is_forced)
        or (agent.state is AgentState.WRAP_UP and outbound.dials_in_wrap_up)
    )
    if is_allowed:
        return None
    is_free = agent.state in (AgentState.PAUSED, AgentState.WRAP_UP)
    return Refusal(code=RefusalCode.WRONG_STATE if is_free else RefusalCode.IN_ANOTHER_CALL, facts=facts)


def _refusal_of_line(request: DialRequested, agent: Agent) -> Refusal | None:
    """Who keeps a line open calls by that line, once it is there; their phone is in a call, and dials nothing beside it."""
    line = agent.line
    if line is None or (line.is_free and request.leg_id is None):
        return None
    return Refusal(code=RefusalCode.WRONG_STATE, facts={"agent": agent.agent_id, "state": f"line_{line.state.value}"})
