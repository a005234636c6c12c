"""Agents: who they are, what they are doing, and what they, or a supervisor for them, ask for."""

from dataclasses import replace

from routing.directory import AgentProfile
from store.centre import Centre
from telephony.agent.judged import DesktopSeen
from telephony.agent.on_shift import PauseConfirmed
from telephony.errors import Refusal, RefusalCode
from telephony.events import (
    AgentRequest,
    AvailableRequested,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    WrapUpCodeChosen,
    WrapUpExtended,
)
from telephony.identifiers import AgentId, CallId, EndpointId, WrapUpCode
from telephony.open_lines import LineCloseRequested, LineOpenRequested
from web.api.directory import written
from web.centre_reading import agent_of
from web.permissions import Action, Resource
from web.problems import ProblemError, RefusalError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.agents import AgentFacts, AgentList, AgentShown, ChosenCode, LogInAt, Pause, PhoneAnswers
from web.schemas.types import Nothing
from web.views import agent_shown

READ = Needs(resource=Resource.AGENT, action=Action.READ)
STEER = Needs(resource=Resource.AGENT, action=Action.STEER)

_STATE = (RefusalCode.NOT_LOGGED_IN, RefusalCode.WRONG_STATE, RefusalCode.DRAINING)


@route("GET", "/agents", access=READ, summary="List agents", answer=AgentList)
async def list_agents(ask: Ask[Nothing, Nothing]) -> AgentList:
    """Agents within reach, with what they are doing."""
    now = {row.agent_id: row for row in ask.deps.floor.agents()}
    agents = sorted(ask.deps.directory.current.agents.values(), key=lambda a: a.agent_id)
    return AgentList(items=[agent_shown(a, now.get(a.agent_id)) for a in agents if ask.rows.has_agent(a.agent_id)])


@route("GET", "/agents/{agent_id}", access=READ, summary="Show an agent", answer=AgentShown)
async def show_agent(ask: Ask[Nothing, Nothing]) -> AgentShown:
    """The agent and what they are doing."""
    agent = _agent(ask)
    return agent_shown(agent, ask.deps.floor.agent(agent.agent_id))


@route(
    "PUT",
    "/agents/{agent_id}",
    access=Needs(resource=Resource.AGENT, action=Action.WRITE),
    summary="Set an agent's facts",
    body=AgentFacts,
    answer=AgentShown,
)
async def set_agent(ask: Ask[AgentFacts, Nothing]) -> AgentShown:
    """The agent exists with these facts, whole: what is not given has its default."""
    agent = agent_of(AgentId(ask.path["agent_id"]), ask.body)
    await written(ask.deps.directory.apply(Centre(agents=(agent,)), by=ask.author))
    return agent_shown(agent, ask.deps.floor.agent(agent.agent_id))


@route(
    "PUT",
    "/agents/{agent_id}/phone-answers",
    access=Needs(resource=Resource.AGENT, action=Action.WRITE),
    summary="Set whether an agent's phone answers by itself",
    body=PhoneAnswers,
    answer=AgentShown,
)
async def set_phone_answers(ask: Ask[PhoneAnswers, Nothing]) -> AgentShown:
    """Their phone is told so, or not, from the next call of theirs outside on; all else of the agent stays as it is."""
    agent = replace(_agent(ask), phone_answers=ask.body.phone_answers)
    await written(ask.deps.directory.apply(Centre(agents=(agent,)), by=ask.author))
    return agent_shown(agent, ask.deps.floor.agent(agent.agent_id))


@route(
    "POST",
    "/agents/{agent_id}/log-in",
    access=STEER,
    summary="Come on duty",
    body=LogInAt,
    refusals=(RefusalCode.NO_ENDPOINT, RefusalCode.ALREADY_LOGGED_IN, RefusalCode.ENDPOINT_IN_USE, RefusalCode.DRAINING),
)
async def log_in_agent(ask: Ask[LogInAt, Nothing]) -> None:
    """The agent is on duty at the phone given, or at their own. An agent can come on duty at the own phone only."""
    agent = _agent(ask)
    wanted = EndpointId(ask.body.endpoint_id) if ask.body.endpoint_id is not None else agent.endpoint_id
    if wanted is None:
        raise RefusalError(Refusal(code=RefusalCode.NO_ENDPOINT, facts={"agent_id": agent.agent_id}))
    owner = ask.deps.directory.current.endpoints.get(wanted)
    if owner != agent.agent_id and wanted != agent.endpoint_id:
        raise RefusalError(Refusal(code=RefusalCode.NO_ENDPOINT, facts={"agent_id": agent.agent_id}))
    await _submit(ask, LogInRequested(agent_id=agent.agent_id, by=ask.principal.user_id, endpoint_id=wanted))


@route("POST", "/agents/{agent_id}/log-out", access=STEER, summary="Go off duty", refusals=_STATE)
async def log_out_agent(ask: Ask[Nothing, Nothing]) -> None:
    """The agent is off duty, after the call they have."""
    await _submit(ask, LogOutRequested(agent_id=_agent(ask).agent_id, by=ask.principal.user_id))


@route("POST", "/agents/{agent_id}/available", access=STEER, summary="Be available", refusals=_STATE)
async def be_available(ask: Ask[Nothing, Nothing]) -> None:
    """Pause or wrap-up is over: the agent gets calls."""
    await _submit(ask, AvailableRequested(agent_id=_agent(ask).agent_id, by=ask.principal.user_id))


@route("POST", "/agents/{agent_id}/pause", access=STEER, summary="Pause", body=Pause, refusals=_STATE)
async def pause_agent(ask: Ask[Pause, Nothing]) -> None:
    """The agent gets no calls, after the one they have."""
    agent_id = _agent(ask).agent_id
    await _submit(ask, PauseRequested(agent_id=agent_id, by=ask.principal.user_id, pause_reason=ask.body.pause_reason))


@route(
    "POST",
    "/agents/{agent_id}/wrap-up-code",
    access=STEER,
    summary="Choose the wrap-up code",
    body=ChosenCode,
    refusals=(*_STATE, RefusalCode.NO_SUCH_WRAP_UP_CODE, RefusalCode.NOT_IN_WRAP_UP, RefusalCode.NOT_YOUR_CALL),
)
async def choose_wrap_up_code(ask: Ask[ChosenCode, Nothing]) -> None:
    """The outcome of the call the agent has, or just had, is noted."""
    request = WrapUpCodeChosen(
        agent_id=_agent(ask).agent_id,
        by=ask.principal.user_id,
        call_id=CallId(ask.body.call_id),
        wrap_up_code=WrapUpCode(ask.body.wrap_up_code),
    )
    await _submit(ask, request)


@route(
    "POST",
    "/agents/{agent_id}/extend-wrap-up",
    access=STEER,
    summary="Extend the wrap-up",
    refusals=(*_STATE, RefusalCode.NOT_IN_WRAP_UP, RefusalCode.EXTENSION_USED_UP),
)
async def extend_wrap_up(ask: Ask[Nothing, Nothing]) -> None:
    """The agent has more time after the call, as the project allows."""
    await _submit(ask, WrapUpExtended(agent_id=_agent(ask).agent_id, by=ask.principal.user_id))


@route(
    "POST",
    "/agents/{agent_id}/open-line",
    access=STEER,
    summary="Open the agent's line",
    refusals=(*_STATE, RefusalCode.NO_OPEN_LINE, RefusalCode.AGENT_NOT_AVAILABLE),
)
async def open_line(ask: Ask[Nothing, Nothing]) -> None:
    """The agent's phone rings, and once answered stays on the line between the calls they place: whom they call is with them from
    the first moment. While it is open the agent is offered no calls that come in. It closes when nobody has used it for a while
    (`routing.line_idle_s`), and with the log-out."""
    await _submit(ask, LineOpenRequested(agent_id=_agent(ask).agent_id, by=ask.principal.user_id))


@route(
    "POST",
    "/agents/{agent_id}/close-line",
    access=STEER,
    summary="Close the agent's line",
    refusals=(*_STATE, RefusalCode.NO_OPEN_LINE),
)
async def close_line(ask: Ask[Nothing, Nothing]) -> None:
    """The line ends; one that a call has ends after the call."""
    await _submit(ask, LineCloseRequested(agent_id=_agent(ask).agent_id, by=ask.principal.user_id))


@route(
    "POST",
    "/agents/{agent_id}/confirm-pause",
    access=Needs(resource=Resource.AGENT, action=Action.CONFIRM),
    summary="Confirm a forced pause",
    refusals=(*_STATE, RefusalCode.NOT_FORCED),
)
async def confirm_pause(ask: Ask[Nothing, Nothing]) -> None:
    """The pause that the service set by itself has a person behind it, and lasts beyond the agent's shift until somebody ends it.
    Who confirmed it is journaled, and shown to the agent."""
    await _submit(ask, PauseConfirmed(agent_id=_agent(ask).agent_id, by=ask.principal.user_id))


@route(
    "POST",
    "/agents/{agent_id}/heartbeat",
    access=STEER,
    summary="Say that the agent's desktop is there",
    refusals=(RefusalCode.DRAINING,),
)
async def desktop_is_there(ask: Ask[Nothing, Nothing]) -> None:
    """The desktop counts as there for a while (`presence.desktop_lease_s`). Once it has said so since the log-in, an agent whose
    desktop falls silent is offered nothing until it is back; nobody is logged out, and no call ends."""
    lease_ms = ask.deps.settings.desktop_lease_s * 1_000
    await _submit(ask, DesktopSeen(agent_id=_agent(ask).agent_id, by=ask.principal.user_id, lease_ms=lease_ms))


def _agent(ask: Ask[Body, Query]) -> AgentProfile:
    """The agent named in the path. Out of reach is answered like unknown."""
    agent = ask.deps.directory.current.agents.get(AgentId(ask.path["agent_id"]))
    if agent is None or not ask.rows.has_agent(agent.agent_id):
        raise ProblemError("not_found")
    return agent


async def _submit(ask: Ask[Body, Query], request: AgentRequest) -> None:
    refusal = await ask.deps.intents.submit(request)
    if refusal is not None:
        raise RefusalError(refusal)


ROUTES = (
    list_agents,
    show_agent,
    set_agent,
    set_phone_answers,
    log_in_agent,
    log_out_agent,
    be_available,
    pause_agent,
    choose_wrap_up_code,
    extend_wrap_up,
    open_line,
    close_line,
    confirm_pause,
    desktop_is_there,
)
