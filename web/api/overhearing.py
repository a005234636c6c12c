"""Listening to a call that goes on: the outside party is asked first, for that alone."""

from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import AgentId, CallId, EndpointId
from telephony.order_segments import ConsentPurpose
from telephony.overhearing import (
    ListenEndRequested,
    ListeningAgreed,
    ListeningAsked,
    ListeningDeclined,
    ListeningRevoked,
    ListenRequested,
)
from web.api.calls import live, submit
from web.api.recording import STEER
from web.permissions import Action, Resource, Scope
from web.problems import ProblemError, RefusalError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.overhearing import ToAskForListening, ToListen
from web.schemas.recording import ToRead
from web.schemas.types import Nothing

LISTEN = Needs(resource=Resource.OVERHEARING, action=Action.STEER)
_ASKING = (
    *(RefusalCode.NO_SUCH_CALL, RefusalCode.NOT_YOUR_CALL, RefusalCode.WRONG_STATE),
    *(RefusalCode.NOT_ASKED, RefusalCode.NOBODY_TO_ASK),
)
_LISTENING = (
    *(*_ASKING, RefusalCode.LISTENING_NOT_AGREED, RefusalCode.SOMEBODY_LISTENS),
    *(RefusalCode.NO_ENDPOINT, RefusalCode.ENDPOINT_IN_USE),
)


@route(
    "POST",
    "/calls/{call_id}/listening/ask",
    access=STEER,
    summary="Ask whether somebody may listen",
    body=ToAskForListening,
    answer=ToRead,
    problems=("no_consent_text",),
    refusals=_ASKING,
)
async def ask_for_listening(ask: Ask[ToAskForListening, Nothing]) -> ToRead:
    """The agent reads this text to the outside party; nobody listens yet. Only where the two are alone together."""
    row = live(ask)
    text = None
    if row.project_id is not None:
        text = await ask.deps.consent_texts.in_force(row.project_id, ask.body.language, ConsentPurpose.LISTENING)
    if text is None:
        raise ProblemError("no_consent_text")
    me = ask.principal
    await submit(ask, ListeningAsked(call_id=row.call_id, agent_id=me.agent_id, by=me.user_id, words=text.words))
    return ToRead(language=text.language, version=text.version, text=text.text)


@route("POST", "/calls/{call_id}/listening/agree", access=STEER, summary="They may be listened to", refusals=_ASKING)
async def agree_to_listening(ask: Ask[Nothing, Nothing]) -> None:
    """A clear yes: a supervisor may listen from now on, until the two are parted or it is taken back."""
    me = ask.principal
    await submit(ask, ListeningAgreed(call_id=live(ask).call_id, agent_id=me.agent_id, by=me.user_id))


@route("POST", "/calls/{call_id}/listening/decline", access=STEER, summary="Nobody may listen", refusals=_ASKING)
async def decline_listening(ask: Ask[Nothing, Nothing]) -> None:
    """A no, or nothing clear: nobody listens, and the call goes on."""
    me = ask.principal
    await submit(ask, ListeningDeclined(call_id=live(ask).call_id, agent_id=me.agent_id, by=me.user_id))


@route("POST", "/calls/{call_id}/listening/withdraw", access=STEER, summary="Nobody may listen any more", refusals=_ASKING)
async def withdraw_from_listening(ask: Ask[Nothing, Nothing]) -> None:
    """The yes is taken back: whoever listens hears no more, at once."""
    me = ask.principal
    await submit(ask, ListeningRevoked(call_id=live(ask).call_id, agent_id=me.agent_id, by=me.user_id))


@route(
    "POST",
    "/calls/{call_id}/listening/begin",
    access=LISTEN,
    summary="Listen to a call",
    body=ToListen,
    problems=("no_listening_phone",),
    refusals=_LISTENING,
)
async def begin_listening(ask: Ask[ToListen, Nothing]) -> None:
    """The phone of who asks rings, and hears the call once it is answered. Refused without the outside party's yes, which the
    agent asks for; the agent sees that somebody listens. Who, when and why is kept."""
    row, me = _within_team(ask), ask.principal
    request = ListenRequested(
        call_id=row,
        agent_id=None,
        by=me.user_id,
        endpoint_id=_phone_of(ask),
        mode=ask.body.mode,
        reason=ask.body.reason,
    )
    await ask.keep("call.listen_asked", row, ask.body.reason)
    await submit(ask, request)


@route("POST", "/calls/{call_id}/listening/end", access=LISTEN, summary="Listen no more", refusals=_ASKING)
async def end_listening(ask: Ask[Nothing, Nothing]) -> None:
    """Whoever listens to the call hears no more, and their phone is hung up."""
    await submit(ask, ListenEndRequested(call_id=_within_team(ask), agent_id=None, by=ask.principal.user_id))


def _within_team(ask: Ask[Body, Query]) -> CallId:
    """The live call named in the path. A team leader listens to no talk of another team's agent."""
    row = live(ask)
    if ask.rows.scope is Scope.TEAM and (row.agent_id is None or not ask.rows.has_agent(row.agent_id)):
        raise RefusalError(Refusal(code=RefusalCode.NOT_YOUR_CALL, facts={"call_id": row.call_id}))
    return row.call_id


def _phone_of(ask: Ask[Body, Query]) -> EndpointId:
    """The phone of who asks: that of the agent who stands in their log-in, and nobody else's."""
    own = ask.principal.agent_id
    profile = None if own is None else ask.deps.directory.current.agents.get(AgentId(own))
    if profile is None or profile.endpoint_id is None:
        raise ProblemError("no_listening_phone")
    return profile.endpoint_id


ROUTES = (
    ask_for_listening,
    agree_to_listening,
    decline_listening,
    withdraw_from_listening,
    begin_listening,
    end_listening,
)
