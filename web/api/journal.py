"""The journal's tail, for administrators and for programs that follow it."""

from web.permissions import Action, Resource
from web.routes import Ask, Needs, route
from web.schemas.calls import EventPage, EventShown
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
    items: list[EventShown] = []
    next_seq = None
    async for envelope in ask.deps.journal.read_since(ask.query.since):
        if len(items) == ask.query.limit:
            next_seq = items[-1].seq
            break
        items.append(event_shown(envelope))
    return EventPage(items=items, next_seq=next_seq)


ROUTES = (read_journal,)
