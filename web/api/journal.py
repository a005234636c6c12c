"""The journal's tail, for administrators and for programs that follow it."""

from collections.abc import AsyncIterator

from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId
from web.permissions import Action, Resource
from web.reading import filtered, first_of
from web.routes import Ask, Needs, route
from web.schemas.calls import EventPage
from web.schemas.reports import JournalQuery
from web.schemas.types import Nothing
from web.views import event_shown


@route(
    "GET",
    "/journal",
    access=Needs(resource=Resource.JOURNAL, action=Action.READ),
    summary="Read the journal",
    query=JournalQuery,
    answer=EventPage,
)
async def read_journal(ask: Ask[Nothing, JournalQuery]) -> EventPage:
    """Durable events after `since`, or the `latest`, in their order, of all calls and agents or of one. To follow the journal,
    ask again with `since` = `seen_seq`; an empty page means there are none yet."""
    query, limit = ask.query, ask.query.limit
    since = query.since or 0
    if query.latest is not None:
        since, limit = max(0, await ask.deps.journal.last_seq() - query.latest), query.latest
    read = await first_of(_chosen(ask, since), limit + 1)
    page = read[:limit]
    return EventPage(
        items=[event_shown(envelope) for envelope in page],
        next_seq=page[-1].seq if len(read) > limit else None,
        seen_seq=page[-1].seq if page else since,
    )


def _chosen(ask: Ask[Nothing, JournalQuery], since: int) -> AsyncIterator[Envelope]:
    journal, call_id, agent_id = ask.deps.journal, ask.query.call, ask.query.agent
    if call_id is not None:
        of_call = journal.read_call(CallId(call_id))
        return filtered(of_call, lambda e: e.seq > since and (agent_id is None or e.agent_id == agent_id))
    return journal.read_agent(AgentId(agent_id), since) if agent_id is not None else journal.read_since(since)


ROUTES = (read_journal,)
