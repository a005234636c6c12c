"""Calls: what goes on, the story of one, hold, unhold, hang up."""

from collections.abc import Sequence

import msgspec

from monitor.rows import CallRow
from telephony.abuse import AbusiveCallEnded
from telephony.deaf_lines import RingAnewRequested
from telephony.decisions import DecisionTaken
from telephony.demands import SkillNeed
from telephony.dialling import CallPlaced
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal, RefusalCode
from telephony.events import (
    AgentConnected,
    AgentReserved,
    CallAdmitted,
    CallRequest,
    CallTurnedAway,
    Envelope,
    FallbackAnswered,
    HangUpRequested,
    HoldRequested,
    LegOffered,
    UnholdRequested,
)
from telephony.identifiers import AgentId, CallId, ClientId, PartyId, ProjectId
from telephony.searching import DemandRequested
from web.permissions import Action, Resource, Scope
from web.problems import ProblemError, RefusalError
from web.reading import first_of
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.calls import CallList, CallStory, PersonShown, Reason
from web.schemas.demands import AskedOfCall
from web.schemas.types import Nothing
from web.views import call_shown, decision_shown, told_within

READ = Needs(resource=Resource.CALL, action=Action.READ)
HOLD = Needs(resource=Resource.CALL, action=Action.HOLD)
LONGEST_STORY = 5_000

_REFUSALS = (RefusalCode.NO_SUCH_CALL, RefusalCode.WRONG_STATE, RefusalCode.NOT_YOUR_CALL)


@route("GET", "/calls", access=READ, summary="List live calls", answer=CallList)
async def list_calls(ask: Ask[Nothing, Nothing]) -> CallList:
    """Calls within reach that are going on."""
    return CallList(items=[call_shown(row, ask.rows) for row in ask.deps.floor.calls() if _is_within(ask, row)])


@route("GET", "/calls/{call_id}", access=READ, summary="Tell a call's story", answer=CallStory)
async def tell_call(ask: Ask[Nothing, Nothing]) -> CallStory:
    """Everything that happened to the call, live or past, and why routing decided as it did; of other agents only those
    within reach."""
    call_id = CallId(ask.path["call_id"])
    envelopes = await story_within_reach(ask)
    client_id, project_id = belongings(envelopes)
    told = [e for e in envelopes if e.agent_id is None or ask.rows.has_agent(e.agent_id)]
    decisions = [e.event for e in told if isinstance(e.event, DecisionTaken)]
    return CallStory(
        call_id=call_id,
        client_id=client_id,
        project_id=project_id,
        party_id=party_of(envelopes),
        agents=[a for a in agents_of(envelopes) if ask.rows.has_agent(a)],
        events=[told_within(e, ask.rows) for e in told if not isinstance(e.event, DecisionTaken)],
        decisions=[decision_shown(d, ask.rows) for d in decisions if ask.rows.has_agent(d.agent_id)],
    )


@route("POST", "/calls/{call_id}/hold", access=HOLD, summary="Hold", refusals=_REFUSALS)
async def hold_call(ask: Ask[Nothing, Nothing]) -> None:
    """The caller hears music, the agent hears nobody."""
    await submit(ask, HoldRequested(call_id=live(ask).call_id, agent_id=ask.principal.agent_id, by=ask.principal.user_id))


@route("POST", "/calls/{call_id}/unhold", access=HOLD, summary="Take back", refusals=_REFUSALS)
async def unhold_call(ask: Ask[Nothing, Nothing]) -> None:
    """Agent and caller hear each other again."""
    await submit(ask, UnholdRequested(call_id=live(ask).call_id, agent_id=ask.principal.agent_id, by=ask.principal.user_id))


@route(
    "POST",
    "/calls/{call_id}/hang-up",
    access=Needs(resource=Resource.CALL, action=Action.STEER),
    summary="Hang up",
    refusals=_REFUSALS,
)
async def hang_up_call(ask: Ask[Nothing, Nothing]) -> None:
    """The call ends. Agents end their own; a supervisor's or team leader's act is journaled as theirs. A team leader ends no
    call of another team's agent, whom one of theirs is only talking with."""
    row = live(ask)
    if ask.rows.scope is Scope.TEAM and (row.agent_id is None or not ask.rows.has_agent(row.agent_id)):
        raise RefusalError(Refusal(code=RefusalCode.NOT_YOUR_CALL, facts={"call_id": row.call_id}))
    agent_id = ask.principal.agent_id if ask.rows.scope is Scope.SELF else None
    await submit(ask, HangUpRequested(call_id=row.call_id, agent_id=agent_id, by=ask.principal.user_id))


@route("POST", "/calls/{call_id}/abusive", access=HOLD, summary="End an abusive call", refusals=_REFUSALS)
async def end_abusive_call(ask: Ask[Nothing, Nothing]) -> None:
    """The agent who talks with the caller ends the call for abuse. The reason is journaled; it counts neither in the outcome
    nor in quality, level or reliability."""
    request = AbusiveCallEnded(call_id=live(ask).call_id, agent_id=ask.principal.agent_id, by=ask.principal.user_id)
    await submit(ask, request)


@route("POST", "/calls/{call_id}/ring-anew", access=HOLD, summary="Put the agent through anew", refusals=_REFUSALS)
async def ring_agent_anew(ask: Ask[Nothing, Nothing]) -> None:
    """The agent hears nothing of the caller: their line counts as lost, the caller hears music, and the agent's phone rings
    anew. For a talk alone, not on hold and with nobody beside; asked for by the agent, or by the page that is their phone."""
    request = RingAnewRequested(call_id=live(ask).call_id, agent_id=ask.principal.agent_id, by=ask.principal.user_id)
    await submit(ask, request)


@route(
    "POST",
    "/calls/{call_id}/demand",
    access=Needs(resource=Resource.CALL, action=Action.ASK),
    summary="Say what a waiting call asks for",
    body=AskedOfCall,
    refusals=(RefusalCode.NO_SUCH_CALL, RefusalCode.WRONG_STATE, RefusalCode.NO_SUCH_SKILL),
)
async def ask_for_call(ask: Ask[AskedOfCall, Nothing]) -> None:
    """The waiting call has this priority, asks for these skills and this language; what is left out stays as it is."""
    body, skills = ask.body, ask.body.skills
    request = DemandRequested(
        call_id=live(ask).call_id,
        agent_id=None,
        by=ask.principal.user_id,
        language=body.language,
        skills=None if skills is None else msgspec.convert([need.model_dump() for need in skills], tuple[SkillNeed, ...]),
        priority_ms=body.priority_ms,
    )
    await submit(ask, request)


@route(
    "POST",
    "/calls/{call_id}/reveal-caller",
    access=Needs(resource=Resource.PARTY, action=Action.REVEAL),
    summary="Reveal the caller's number",
    body=Reason,
    answer=PersonShown,
)
async def reveal_caller(ask: Ask[Reason, Nothing]) -> PersonShown:
    """Number and name in clear; who looked, when and why is kept. Agents: of callers they talked with. A caller who was
    erased is not found."""
    envelopes = await story_within_reach(ask)
    if not ask.rows.has_call(belongings(envelopes)[0], talked_of(envelopes)):
        raise ProblemError("not_found")
    party_id = party_of(envelopes)
    found = await ask.deps.parties.reveal([party_id]) if party_id is not None else {}
    person = found.get(party_id) if party_id is not None else None
    if person is None or party_id is None:
        raise ProblemError("not_found")
    await ask.keep("party.revealed", party_id, ask.body.reason)
    return PersonShown(party_id=party_id, number=person.number, name=person.name)


def _is_within(ask: Ask[Body, Query], row: CallRow) -> bool:
    agents = (row.agent_id, row.colleague_id)
    return ask.rows.has_call(row.client_id, [agent_id for agent_id in agents if agent_id is not None])


def live(ask: Ask[Body, Query]) -> CallRow:
    """The live call named in the path. Out of reach is answered like unknown."""
    row = ask.deps.floor.call(CallId(ask.path["call_id"]))
    if row is None or not _is_within(ask, row):
        raise ProblemError("not_found")
    return row


async def story_within_reach(ask: Ask[Body, Query]) -> Sequence[Envelope]:
    """The events of the call named in the path. Out of reach is answered like unknown."""
    call_id = CallId(ask.path["call_id"])
    envelopes = await first_of(ask.deps.journal.read_call(call_id), LONGEST_STORY)
    if not envelopes or not ask.rows.has_call(belongings(envelopes)[0], agents_of(envelopes)):
        raise ProblemError("not_found")
    return envelopes


def belongings(envelopes: Sequence[Envelope]) -> tuple[ClientId | None, ProjectId | None]:
    """Whose call it was, for which project; nobody's where no project had the number."""
    for envelope in envelopes:
        match envelope.event:
            case CallAdmitted(terms=terms) | CallPlaced(terms=terms):
                return terms.client_id, terms.project_id
            case CallTurnedAway(client_id=client_id, project_id=project_id):
                return client_id, project_id
            case _:
                continue
    return None, None


def agents_of(envelopes: Sequence[Envelope]) -> tuple[AgentId, ...]:
    """The agents who were asked to take the call, in their order."""
    return tuple(dict.fromkeys(e.event.agent_id for e in envelopes if isinstance(e.event, AgentReserved)))


def talked_of(envelopes: Sequence[Envelope]) -> tuple[AgentId, ...]:
    """The agents who took the call, in their order."""
    return tuple(dict.fromkeys(e.event.agent_id for e in envelopes if isinstance(e.event, AgentConnected)))


def party_of(envelopes: Sequence[Envelope]) -> PartyId | None:
    """The caller, or whom we called."""
    beginnings = LegOffered | FallbackAnswered | CallPlaced
    return next((e.event.party_id for e in envelopes if isinstance(e.event, beginnings)), None)


async def submit(ask: Ask[Body, Query], request: CallRequest, party: PartyRecord | None = None) -> None:
    refusal = await ask.deps.intents.submit(request, party)
    if refusal is not None:
        raise RefusalError(refusal)


ROUTES = (
    list_calls,
    tell_call,
    hold_call,
    unhold_call,
    hang_up_call,
    end_abusive_call,
    ring_agent_anew,
    ask_for_call,
    reveal_caller,
)
