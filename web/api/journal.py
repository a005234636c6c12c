"""The journal's tail, for administrators and for programs that follow it."""

from web.permissions import Action, Resource
from web.reading import first_of
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
    """Durable events after `since`, in their order; an empty page means there are none yet."""
    limit = ask.query.limit
    read = await first_of(ask.deps.journal.read_since(ask.query.since), limit + 1)
    next_seq = read[limit - 1].seq if len(read) > limit else None
    return EventPage(items=[event_shown(envelope) for envelope in read[:limit]], next_seq=next_seq)


ROUTES = (read_journal,)
