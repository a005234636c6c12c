"""What an agent does with a caller beyond holding: hand on, ask a colleague, confer, park, pick up."""

from typing import Any

from monitor.rows import CallRow
from telephony.engine.ports import PartyRecord
from telephony.errors import RefusalCode
from telephony.events import CallRequest
from telephony.identifiers import AgentId, PartyId, ProjectId
from telephony.transfers import (
    CancelRequested,
    CompleteRequested,
    ConferenceRequested,
    ConsultRequested,
    LeaveRequested,
    ParkRequested,
    PickUpRequested,
    SwapRequested,
    TransferRequested,
)
from web.api.calls import live, submit
from web.dial_refusals import DIAL_REFUSALS
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, Route, route
from web.schemas.calls import Consulted, HandedTo, ParkedCall, ParkedList
from web.schemas.types import Nothing, when

HAND_ON = Needs(resource=Resource.CALL, action=Action.HAND_ON)

_REFUSALS = (RefusalCode.NO_SUCH_CALL, RefusalCode.WRONG_STATE, RefusalCode.NOT_YOUR_CALL)
_OF_TARGETS = (
    *_REFUSALS,
    *(RefusalCode.NO_SUCH_AGENT, RefusalCode.AGENT_NOT_AVAILABLE, RefusalCode.AGENT_NOT_ELIGIBLE),
    *(RefusalCode.NO_SUCH_PROJECT, RefusalCode.NO_SUCH_DEPARTMENT, RefusalCode.PROJECT_CLOSED),
    RefusalCode.OUTBOUND_NOT_PERMITTED,
)
_OF_ANYBODY = (*_OF_TARGETS, *DIAL_REFUSALS)


@route("POST", "/calls/{call_id}/transfer", access=HAND_ON, summary="Hand the caller on", body=HandedTo, refusals=_OF_ANYBODY)
async def transfer_call(ask: Ask[HandedTo, Nothing]) -> None:
    """The agent is free of the call. The colleague's phone rings, or the caller waits for the project with the time they
    have waited, or for a department of it; a colleague who does not answer gives the caller back to the agent, if free, else to
    the head of the queue.

    A number outside is dialled if that is permitted, which the answer says; whoever does not answer there gives the caller back
    in the same way. How far the call to them has come, and what came of it, `GET /calls/{call_id}` and the feed tell."""
    to, outside = ask.body, _outside(ask, ask.body)
    to_project_id = to.project_id and ProjectId(to.project_id)
    await _ask_for(ask, TransferRequested, outside, to_project_id=to_project_id, **_target(to, outside))


@route("POST", "/calls/{call_id}/consult", access=HAND_ON, summary="Ask a colleague", body=Consulted, refusals=_OF_ANYBODY)
async def consult_colleague(ask: Ask[Consulted, Nothing]) -> None:
    """The colleague's phone rings for the agent, or that of whoever is next in the department, or a number outside, if that is
    permitted; the caller hears music."""
    outside = _outside(ask, ask.body)
    await _ask_for(ask, ConsultRequested, outside, **_target(ask.body, outside))


@route("GET", "/parked-calls", access=HAND_ON, summary="List parked callers", answer=ParkedList)
async def list_parked(ask: Ask[Nothing, Nothing]) -> ParkedList:
    """Those of the agent's projects."""
    items = [
        ParkedCall(
            parked_at=row.slot, call_id=row.call_id, project_id=row.project_id, since=when(row.since_at), masked=row.masked
        )
        for row in _parked(ask)
        if row.slot is not None
    ]
    return ParkedList(items=sorted(items, key=lambda item: item.parked_at))


@route("POST", "/parked-calls/{slot}/pick-up", access=HAND_ON, summary="Pick a parked caller up", refusals=_OF_TARGETS)
async def pick_up_call(ask: Ask[Nothing, Nothing]) -> None:
    """The agent's phone rings with the caller, whom nobody else gets meanwhile."""
    slot = int(ask.path["slot"])
    row = next((row for row in _parked(ask) if row.slot == slot), None)
    if row is None:
        raise ProblemError("not_found")
    await submit(ask, PickUpRequested(call_id=row.call_id, agent_id=ask.principal.agent_id, by=ask.principal.user_id))


def _outside(ask: Ask[Body, Query], to: Consulted) -> PartyRecord | None:
    """Somebody new of that number: from here on the journal and the switch's orders know them by an id alone."""
    if to.number is None:
        return None
    now = ask.deps.clock.now()
    return PartyRecord(party_id=PartyId(ask.deps.ids.new(now)), number=to.number, name=None, seen_at=now)


def _parked(ask: Ask[Body, Query]) -> list[CallRow]:
    """Parked callers of projects the asking agent is certified for."""
    profile = None if ask.principal.agent_id is None else ask.deps.directory.current.agents.get(ask.principal.agent_id)
    certified = frozenset() if profile is None else profile.certificates
    return [row for row in ask.deps.floor.calls() if row.slot is not None and row.project_id in certified]


async def _ask_for(ask: Ask[Body, Nothing], kind: type[CallRequest], outside: PartyRecord | None = None, **to: Any) -> None:
    request = kind(call_id=live(ask).call_id, agent_id=ask.principal.agent_id, by=ask.principal.user_id, **to)
    await submit(ask, request, outside)


def _target(to: Consulted, outside: PartyRecord | None) -> dict[str, Any]:
    return {
        "to_agent_id": to.agent_id and AgentId(to.agent_id),
        "to_department": to.department,
        "to_party_id": None if outside is None else outside.party_id,
    }


def _act(path: str, name: str, kind: type[CallRequest], summary: str, becomes: str) -> Route:
    """The route of an act that names nobody: its request, in the agent's own name."""

    async def act(ask: Ask[Nothing, Nothing]) -> None:
        await _ask_for(ask, kind)

    act.__name__, act.__doc__ = name, becomes
    return route("POST", f"/calls/{{call_id}}/{path}", access=HAND_ON, summary=summary, refusals=_REFUSALS)(act)


ACTS = (
    _act(
        "complete",
        "complete_transfer",
        CompleteRequested,
        "Hand the caller to the colleague",
        "The colleague has the caller, or their phone rings on for the caller; the agent is free of the call.",
    ),
    _act(
        "cancel",
        "cancel_consult",
        CancelRequested,
        "Let the colleague go",
        "Agent and caller hear each other again.",
    ),
    _act(
        "swap",
        "swap_parties",
        SwapRequested,
        "Speak with the other one",
        "Of caller and colleague, the one who waited speaks with the agent, the other hears music.",
    ),
    _act(
        "conference",
        "hold_conference",
        ConferenceRequested,
        "Bring all three together",
        "Caller, agent and colleague hear each other.",
    ),
    _act(
        "leave",
        "leave_conference",
        LeaveRequested,
        "Leave a conference",
        "The other two go on. Agent and colleague alike may leave; the colleague a consultation as well.",
    ),
    _act(
        "park",
        "park_call",
        ParkRequested,
        "Park the caller",
        "The caller hears music under a number (`GET /parked-calls`) and comes back to the agent if nobody picks up.",
    ),
)


ROUTES = (transfer_call, consult_colleague, *ACTS, list_parked, pick_up_call)
