"""Calling somebody by hand: an agent's wish becomes a call that begins with us."""

from hashlib import sha256

from routing.outbound.callee import joined, read_callee
from telephony.dialling import DialReference, DialRequested
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal, RefusalCode
from telephony.events import FallbackAnswered, LegOffered, NumberFacts
from telephony.identifiers import AgentId, CallId, Instant, PartyId, ProjectId, uuid7
from web.api.calls import belongings, party_of, talked_of
from web.dial_refusals import DIAL_REFUSALS
from web.permissions import Action, Resource
from web.problems import ProblemError, RefusalError
from web.reading import first_of
from web.routes import Ask, Needs, route
from web.schemas.dialling import CallFor, CallPlacedShown, CallWanted
from web.schemas.types import Nothing

LONGEST_STORY = 5_000

REFUSALS = (
    *(RefusalCode.NOT_LOGGED_IN, RefusalCode.WRONG_STATE, RefusalCode.AGENT_NOT_AVAILABLE, RefusalCode.AGENT_NOT_ELIGIBLE),
    *(RefusalCode.NO_SUCH_PROJECT, RefusalCode.OUTBOUND_NOT_PERMITTED, RefusalCode.NO_SUCH_AGENT),
    *DIAL_REFUSALS,
)


@route(
    "POST",
    "/calls",
    access=Needs(resource=Resource.CALL, action=Action.DIAL),
    summary="Call somebody",
    body=CallWanted,
    answer=CallPlacedShown,
    refusals=REFUSALS,
)
async def place_call(ask: Ask[CallWanted, Nothing]) -> CallPlacedShown:
    """The agent's own phone rings first; with the agent on the line the desk is asked, and what it permits is dialled into the
    same call. Whether it is permitted, how far it has come and what came of it, `GET /calls/{call_id}` and the feed tell."""
    agent_id, wanted = ask.principal.agent_id, ask.body
    if agent_id is None:
        raise ProblemError("not_allowed")
    now = ask.deps.clock.now()
    call_id = _id_of(agent_id, wanted.key) or CallId(ask.deps.ids.new(now))
    if wanted.key is not None and await first_of(ask.deps.journal.read_call(call_id), 1):
        return CallPlacedShown(call_id=call_id)
    party_id, number, party = await _callee(ask, now)
    request = DialRequested(
        agent_id=agent_id,
        by=ask.principal.user_id,
        call_id=call_id,
        project_id=ProjectId(wanted.project_id),
        party_id=party_id,
        number=number,
        reference=DialReference(kind=wanted.reference.kind.value, id=wanted.reference.id),
    )
    refusal = await ask.deps.intents.submit(request, party)
    if refusal is not None and refusal.code is not RefusalCode.ALREADY_DIALLED:
        raise RefusalError(refusal)
    return CallPlacedShown(call_id=call_id)


def _id_of(agent_id: AgentId, key: str | None) -> CallId | None:
    """The id of the call that this wish of this agent makes, whenever it is made: so it makes one call at the most."""
    if key is None:
        return None
    digest = sha256(f"{agent_id}\n{key}".encode()).digest()
    return CallId(uuid7(Instant(0), int.from_bytes(digest[:10]) >> 6))


async def _callee(ask: Ask[CallWanted, Nothing], now: Instant) -> tuple[PartyId, NumberFacts, PartyRecord | None]:
    """Who is to be called: a party of their own with the number given, or the caller of the earlier call."""
    wanted, country = ask.body, ask.deps.directory.current.home_country
    if wanted.reference.kind is CallFor.EARLIER_CALL:
        known = await _caller_of(ask, CallId(wanted.reference.id))
        if wanted.number is None:
            return (*known, None)
    number = wanted.number or ""
    if wanted.country is not None:
        number = joined(wanted.country, number) or ""
    callee = read_callee(number, country)
    if callee.dialled is None:
        raise RefusalError(Refusal(code=RefusalCode.NUMBER_INVALID))
    if callee.facts.number_class not in ask.deps.directory.current.outbound.prices:  # nobody's phone has to ring for that
        facts: dict[str, str | int] = {"number_class": callee.facts.number_class}
        raise RefusalError(Refusal(code=RefusalCode.NUMBER_CLASS_REFUSED, facts=facts))
    party = PartyRecord(party_id=PartyId(ask.deps.ids.new(now)), number=number, name=None, seen_at=now)
    return party.party_id, callee.facts, party


async def _caller_of(ask: Ask[CallWanted, Nothing], call_id: CallId) -> tuple[PartyId, NumberFacts]:
    """The caller of a call this agent talked in, as far as they showed a number; any other is answered like unknown."""
    envelopes = await first_of(ask.deps.journal.read_call(call_id), LONGEST_STORY)
    if not envelopes or not ask.rows.has_call(belongings(envelopes)[0], talked_of(envelopes)):
        raise RefusalError(Refusal(code=RefusalCode.NO_REFERENCE, facts={"reference": call_id}))
    callers = (e.event.caller for e in envelopes if isinstance(e.event, LegOffered | FallbackAnswered))
    party_id, caller = party_of(envelopes), next(callers, None)
    if party_id is None or caller is None:
        raise RefusalError(Refusal(code=RefusalCode.NO_NUMBER))
    return party_id, caller


ROUTES = (place_call,)
