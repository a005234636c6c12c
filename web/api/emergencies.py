"""Emergency calls: where agents are, and who looks after an alert."""

from dataclasses import replace

from telephony.emergencies import AgentAddress, EmergencySeen
from telephony.identifiers import AgentId, EventId
from web.api.directory import written
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, route
from web.schemas.emergencies import AddressFacts, AddressShown
from web.schemas.types import Nothing

READ = Needs(resource=Resource.ADDRESS, action=Action.READ)
WRITE = Needs(resource=Resource.ADDRESS, action=Action.WRITE)
STEER = Needs(resource=Resource.EMERGENCY, action=Action.STEER)


@route("GET", "/agents/{agent_id}/address", access=READ, summary="Show where an agent works", answer=AddressShown)
async def show_address(ask: Ask[Nothing, Nothing]) -> AddressShown:
    """What people on duty see while the agent calls a control room, and nobody else but the agent. That an administrator looked
    is on record."""
    agent_id = _agent(ask)
    found = await ask.deps.addresses.of(agent_id)
    if found is None:
        raise ProblemError("not_found")
    if ask.principal.agent_id != agent_id:
        await ask.keep("agent.address_shown", agent_id)
    return AddressShown(address=found.address, number=found.number)


@route("PUT", "/agents/{agent_id}/address", access=WRITE, summary="Set where an agent works", body=AddressFacts)
async def set_address(ask: Ask[AddressFacts, Nothing]) -> None:
    """The place is encrypted, told to people on duty while the agent calls a control room, and in force for the next call. The
    number is registered by an administrator: none is shown to a control room because somebody merely says that it is theirs."""
    agent_id = _agent(ask)
    address = AgentAddress(address=ask.body.address, number=ask.body.number)
    if ask.rows.scope is not Scope.ALL:
        known = await ask.deps.addresses.of(agent_id)
        registered = None if known is None else known.number
        if address.number not in (None, registered):
            detail = "an administrator registers the number"
            raise ProblemError("invalid", fields=[FieldFault(at="/number", code="not_yours", detail=detail)])
        address = replace(address, number=registered)
    await written(ask.deps.addresses.put(agent_id, address, by=ask.author))


@route("DELETE", "/agents/{agent_id}/address", access=WRITE, summary="Forget where an agent works")
async def forget_address(ask: Ask[Nothing, Nothing]) -> None:
    """Nobody is told where the agent is."""
    if not await ask.deps.addresses.remove(_agent(ask), by=ask.author):
        raise ProblemError("not_found")


@route("POST", "/emergencies/{emergency_id}/seen", access=STEER, summary="Look after an emergency call")
async def see_emergency(ask: Ask[Nothing, Nothing]) -> None:
    """The alert is off all boards, since somebody looks after it; who, is journaled. One that is off already stays so. Team
    leaders take off those of their own team's agents."""
    emergency_id = EventId(ask.path["emergency_id"])
    row = ask.deps.floor.emergency(emergency_id)
    if ask.rows.scope is not Scope.ALL and (row is None or row.agent_id is None or not ask.rows.has_agent(row.agent_id)):
        raise ProblemError("not_found")
    if row is None:
        return  # off the boards, or never there: nothing that anybody made up gets into the journal
    seen = EmergencySeen(emergency_id=emergency_id, by=ask.principal.user_id)
    ask.deps.notes.tell(seen)


def _agent(ask: Ask[Body, Nothing]) -> AgentId:
    """The agent named in the path. Out of reach is answered like unknown."""
    agent_id = AgentId(ask.path["agent_id"])
    if agent_id not in ask.deps.directory.current.agents or not ask.rows.has_agent(agent_id):
        raise ProblemError("not_found")
    return agent_id


ROUTES = (show_address, set_address, forget_address, see_emergency)
