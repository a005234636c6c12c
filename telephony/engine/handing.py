"""Who may be handed a caller, or asked about one, and what follows once the call has agreed.

An agent is claimed here by the same event as by routing (`AgentReserved`), in the turn of the request, and only while routing
could have claimed them too: so nobody is ever asked by two calls.
"""

from collections.abc import Iterable
from itertools import count
from typing import Protocol

from routing.departments import Department
from routing.directory import Directory, Project
from routing.entry import terms_of
from routing.floor import Floor
from routing.hours import is_open
from telephony.agent.model import Agent, AgentState
from telephony.call.handing_on import waiting_since
from telephony.call.model import Call, CallState, require_terms
from telephony.engine.claims import handing_of
from telephony.engine.departments import colleague_of_department, department_of, project_behind
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallQueuedAgain, CallRequest, Envelope, Event
from telephony.identifiers import AgentId, CallId, Instant, ProjectId, SwitchName, after_ms
from telephony.transfers import (
    CallMoved,
    CallParked,
    ConsultRequested,
    HandOnRequest,
    ParkRequested,
    PickUpRequested,
    TransferRequested,
)

PARK_LIMIT_MS = 60_000
FIRST_SLOT = 1


class Reachability(Protocol):
    """What is known of phones and switches."""

    def refusal_of_phone(self, agent: Agent, switch: SwitchName | None) -> Refusal | None: ...
    def is_connected(self, switch: SwitchName) -> bool: ...


class Floorplan(Protocol):
    """What a request is checked against."""

    directory: Directory
    calls: dict[CallId, Call]
    agents: dict[AgentId, Agent]
    floor: Floor


def refusal_of_handing(request: CallRequest, known: Floorplan, reach: Reachability, at: Instant) -> Refusal | None:
    """Why nobody can be handed that caller; None for a request that hands nobody anything."""
    call = known.calls.get(request.call_id)
    if call is None or call.terms is None:
        return None
    if isinstance(request, PickUpRequested) and request.agent_id is not None:
        return _refusal_of_agent(request.agent_id, call, known, reach)
    return _refusal_of_target(request, call, known, reach, at) if isinstance(request, HandOnRequest) else None


def _refusal_of_target(request: HandOnRequest, call: Call, known: Floorplan, reach: Reachability, at: Instant) -> Refusal | None:
    if request.to_party_id is not None:
        return refusal_of_outside(call)
    if request.to_project_id is not None:
        return _refusal_of_project(request, call, known, at)
    if request.to_department is not None:
        return _refusal_of_department(request, call, known, reach, at)
    if request.to_agent_id is None or _is_in_call(request.to_agent_id, call):
        return Refusal(code=RefusalCode.NO_SUCH_AGENT, facts={"agent": request.to_agent_id or ""})
    return _refusal_of_agent(request.to_agent_id, call, known, reach)


def refusal_of_outside(call: Call) -> Refusal | None:
    """Whether the desk may be asked about somebody outside: one at a time. What it says comes as an event."""
    if call.dial is not None:
        return Refusal(code=RefusalCode.WRONG_STATE, facts={"state": call.state.value})
    return None


def concluded_of(request: Event, envelope: Envelope, known: Floorplan, reach: Reachability) -> Iterable[Event]:
    """What follows from a request that the call took."""
    call = known.calls.get(envelope.call_id) if envelope.call_id is not None else None
    if call is None or call.terms is None:
        return
    if isinstance(request, TransferRequested) and request.to_agent_id is None:
        yield from _moved(request, call, known, envelope.received_at)
    elif isinstance(request, TransferRequested | ConsultRequested):
        department = department_of(request, call, known.directory)
        to = department and _colleague_of(department, call, known, reach)
        yield from _claim(call, to or request.to_agent_id, known)
    elif isinstance(request, PickUpRequested):
        yield from _claim(call, request.agent_id, known)
    elif isinstance(request, ParkRequested) and call.bond is not None:
        until_at = after_ms(envelope.received_at, PARK_LIMIT_MS)
        yield CallParked(call_id=call.call_id, agent_id=call.bond.agent_id, slot=_free_slot(known), until_at=until_at)


def _moved(request: TransferRequested, call: Call, known: Floorplan, at: Instant) -> Iterable[Event]:
    department = department_of(request, call, known.directory)
    if department is not None:
        project, demand = project_behind(department, call, known.directory), department.demand_on_moving(call.demand)
    else:
        project, demand = known.directory.projects.get(request.to_project_id or ProjectId("")), None
    if project is not None:
        since = waiting_since(call, at)
        yield CallMoved(call_id=call.call_id, terms=terms_of(project), waiting_since=since, demand=demand)


def gets_back(event: CallQueuedAgain, known: Floorplan, reach: Reachability) -> Iterable[Event]:
    """The agent who handed the caller on in vain has them again, if free of other calls."""
    call = known.calls.get(event.call_id)
    if call is None or event.prefers is None or call.state is not CallState.QUEUED or call.terms is None:
        return
    if _refusal_of_agent(event.prefers, call, known, reach) is None:
        yield from _claim(call, event.prefers, known)


def parked_at(slot: int, known: Floorplan) -> CallId | None:
    """The call that is parked there."""
    return next((call.call_id for call in known.calls.values() if call.slot == slot), None)


def _claim(call: Call, agent_id: AgentId | None, known: Floorplan) -> Iterable[Event]:
    agent = None if agent_id is None else known.agents.get(agent_id)
    if agent is not None:
        yield handing_of(call, agent, known.directory, known.floor.pass_of(agent.agent_id) or 0.0)


def _is_in_call(agent_id: AgentId, call: Call) -> bool:
    bonds = [call.bond, *([] if call.colleague is None else [call.colleague.bond])]
    return any(bond is not None and bond.agent_id == agent_id for bond in bonds)


def _refusal_of_agent(agent_id: AgentId, call: Call, known: Floorplan, reach: Reachability) -> Refusal | None:
    profile, agent = known.directory.agents.get(agent_id), known.agents.get(agent_id)
    if profile is None:
        return Refusal(code=RefusalCode.NO_SUCH_AGENT, facts={"agent": agent_id})
    found = known.floor.never(agent_id, require_terms(call).project_id)
    if found is not None or agent_id in call.blocked_agents:
        reason = "caller_blocked" if found is None else found.reason.value
        return Refusal(code=RefusalCode.AGENT_NOT_ELIGIBLE, facts={"agent": agent_id, "reason": reason})
    if agent is None or not _is_free(agent):
        state = AgentState.LOGGED_OUT if agent is None else agent.state
        return Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE, facts={"agent": agent_id, "state": state.value})
    return reach.refusal_of_phone(agent, call.switch)


def _is_free(agent: Agent) -> bool:
    """Available, resting after a missed call or not; or in wrap-up, with no wish to do something else after it. Their phone has
    to be free as well: one with an open line is in a call."""
    if agent.line is not None:
        return False
    if agent.state is AgentState.AVAILABLE:
        return True
    return agent.state is AgentState.WRAP_UP and agent.wants_pause is None and not agent.wants_log_out


def _refusal_of_project(request: HandOnRequest, call: Call, known: Floorplan, at: Instant) -> Refusal | None:
    """A consultation needs a person; and whose own project went out of use cannot wait, not even for a moment."""
    projects = known.directory.projects
    project = None if request.to_project_id is None else projects.get(request.to_project_id)
    if project is None or require_terms(call).project_id not in projects or isinstance(request, ConsultRequested):
        return Refusal(code=RefusalCode.NO_SUCH_PROJECT, facts={"project": request.to_project_id or ""})
    return _refusal_of_hours(project, at)


def _refusal_of_department(
    request: HandOnRequest, call: Call, known: Floorplan, reach: Reachability, at: Instant
) -> Refusal | None:
    """A caller may wait for a department; a question needs somebody who is free now."""
    department = department_of(request, call, known.directory)
    project = None if department is None else project_behind(department, call, known.directory)
    if department is None or project is None:
        return Refusal(code=RefusalCode.NO_SUCH_DEPARTMENT, facts={"department": request.to_department or ""})
    if isinstance(request, ConsultRequested):
        if _colleague_of(department, call, known, reach) is None:
            return Refusal(code=RefusalCode.AGENT_NOT_AVAILABLE, facts={"department": department.name})
        return None
    return _refusal_of_hours(project, at)


def _colleague_of(department: Department, call: Call, known: Floorplan, reach: Reachability) -> AgentId | None:
    """Between a start and the look at the switch the floor knows who was free, and no phone: only who can be rung is asked."""

    def can_ring(agent_id: AgentId) -> bool:
        agent = known.agents.get(agent_id)
        return agent is not None and reach.refusal_of_phone(agent, call.switch) is None

    return colleague_of_department(department, call, known.directory, known.floor, can_ring)


def _refusal_of_hours(project: Project, at: Instant) -> Refusal | None:
    if not is_open(project.hours, at):
        return Refusal(code=RefusalCode.PROJECT_CLOSED, facts={"project": project.project_id})
    return None


def _free_slot(known: Floorplan) -> int:
    taken = {call.slot for call in known.calls.values() if call.slot is not None}
    return next(slot for slot in count(FIRST_SLOT) if slot not in taken)
