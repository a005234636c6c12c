"""Consents to advertising calls: recorded, shown with their history, withdrawn."""

from base64 import b64decode
from dataclasses import asdict

from aiohttp import web

from routing.outbound.callee import read_callee
from store.consents import Consent, Document, Recorded, Withdrawn
from telephony.consents import ConsentWithdrawn
from telephony.identifiers import ClientId
from web.api.calls import belongings, party_of, story_within_reach, talked_of
from web.api.directory import written
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, route
from web.schemas.callers import CallersNumber
from web.schemas.consents import ConsentFacts, ConsentMade, ConsentShown, ConsentsShown, OnTheCall, ToWithdraw, WithdrawnShown
from web.schemas.types import Nothing, instant, maybe_when, when

READ = Needs(resource=Resource.CONSENT, action=Action.READ)
WRITE = Needs(resource=Resource.CONSENT, action=Action.WRITE)
WITHDRAW = Needs(resource=Resource.CONSENT, action=Action.STEER)


@route(
    "POST",
    "/consents",
    access=WRITE,
    summary="Record a consent to advertising",
    body=ConsentFacts,
    answer=ConsentMade,
    has_large_body=True,
)
async def record_consent(ask: Ask[ConsentFacts, Nothing]) -> ConsentMade:
    """The consent is on record with its proof, beside all that were before, and kept five years from its grant and from each
    call that rests on it. One granted before the person withdrew permits nothing."""
    facts = ask.body
    _a_number(ask, facts.number)
    consent = Consent(
        consent_id=ask.deps.ids.new(ask.now),
        client_id=ClientId(facts.client_id),
        purpose=facts.purpose,
        basis=facts.basis,
        granted_at=instant(facts.granted_at),
        given_how=facts.given_how,
        wording=facts.wording,
        wording_version=facts.wording_version,
        source=facts.source,
        document=facts.document,
    )
    file = facts.file
    proof = None if file is None else Document(name=file.name, media_type=file.media_type, content=b64decode(file.content))
    recorded = await written(ask.deps.consents.record(facts.number, consent, proof, by=ask.author))
    return ConsentMade(consent_id=consent.consent_id, is_in_force=recorded.is_in_force)


@route("POST", "/consents/look-up", access=READ, summary="Look a number's consents up", body=CallersNumber, answer=ConsentsShown)
async def look_up_consents(ask: Ask[CallersNumber, Nothing]) -> ConsentsShown:
    """All consents of that number, those that were withdrawn as well. A client sees those to its own calls."""
    own = ask.rows.client_id
    clients = None if ask.rows.scope is Scope.ALL else [own] if own is not None else []
    return ConsentsShown(items=[_shown(each) for each in await ask.deps.consents.history(ask.body.number, clients)])


@route(
    "GET",
    "/consent-documents/{document_id}",
    access=READ,
    summary="Get the proof of a consent",
    media=("application/octet-stream",),
)
async def download_consent_document(ask: Ask[Nothing, Nothing]) -> web.Response:
    """The proof as it was stored, always as a file to keep. That it was looked at is on record."""
    found = await ask.deps.consents.document(ask.path["document_id"])
    if found is None or not ask.rows.has_client(found[0]):
        raise ProblemError("not_found")
    await ask.keep("consent.document_shown", ask.path["document_id"])
    headers = {"Content-Disposition": "attachment", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=found[1].content, content_type="application/octet-stream", headers=headers)


@route("POST", "/consents/withdraw", access=WRITE, summary="Withdraw a consent", body=ToWithdraw, answer=WithdrawnShown)
async def withdraw_consent(ask: Ask[ToWithdraw, Nothing]) -> WithdrawnShown:
    """No advertising call of that client to the number from now on: the next ask is refused, and agents who talk on are told."""
    _a_number(ask, ask.body.number)
    withdraw = ask.deps.consents.withdraw
    return _told(
        ask, await withdraw(ask.body.number, ClientId(ask.body.client_id), ask.now, reason=ask.body.reason, by=ask.author)
    )


@route(
    "POST",
    "/calls/{call_id}/withdraw-consent",
    access=WITHDRAW,
    summary="Withdraw consent on a call",
    body=OnTheCall,
    answer=WithdrawnShown,
)
async def withdraw_on_call(ask: Ask[OnTheCall, Nothing]) -> WithdrawnShown:
    """The other party wants no advertising of the call's client any more: on the client's do-not-call list, and no consent of
    theirs holds, from this moment on. Agents: on calls they talked on."""
    envelopes = await story_within_reach(ask)
    client_id = belongings(envelopes)[0]
    if client_id is None or not ask.rows.has_call(client_id, talked_of(envelopes)):
        raise ProblemError("not_found")
    call_id = envelopes[0].call_id
    if call_id is None:
        raise ProblemError("not_found")
    withdraw = ask.deps.consents.withdraw_of_call
    ended = await withdraw(call_id, party_of(envelopes), client_id, ask.now, reason=ask.body.reason, by=ask.author)
    if ended is None:
        raise ProblemError("not_found")
    return _told(ask, ended)


def _told(ask: Ask[Body, Nothing], ended: Withdrawn) -> WithdrawnShown:
    for call_id, leg_id, agent_id in ended.running:
        ask.deps.notes.tell(ConsentWithdrawn(call_id=call_id, leg_id=leg_id, agent_id=agent_id, by=ask.principal.user_id))
    return WithdrawnShown(consents=len(ended.consent_ids), running_calls=sorted({call_id for call_id, _, _ in ended.running}))


def _a_number(ask: Ask[Body, Nothing], number: str) -> None:
    if read_callee(number, ask.deps.directory.current.home_country).dialled is None:
        raise ProblemError("invalid", fields=[FieldFault(at="/number", code="no_number", detail="is no telephone number")])


def _shown(recorded: Recorded) -> ConsentShown:
    consent = asdict(recorded.consent)
    return ConsentShown(
        **consent | {"granted_at": when(recorded.consent.granted_at)},
        document_id=recorded.document_id,
        document_name=recorded.document_name,
        is_in_force=recorded.is_in_force,
        withdrawn_at=maybe_when(recorded.withdrawn_at),
        restricted_at=maybe_when(recorded.restricted_at),
        used_at=maybe_when(recorded.used_at),
        kept_until=when(recorded.kept_until),
    )


ROUTES = (record_consent, look_up_consents, download_consent_document, withdraw_consent, withdraw_on_call)
