"""Minute lines as a file, streamed."""

from contextlib import aclosing

from aiohttp import web

from metering.export import ExportFormat
from metering.export_columns import Audience
from telephony.identifiers import ClientId
from web.permissions import Action, Resource, Scope
from web.ports import MinutesWanted
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.reports import MinutesQuery
from web.schemas.types import Nothing, instant

AUDIENCES = {Scope.ALL: Audience.CENTRE, Scope.CLIENT: Audience.CLIENT, Scope.SELF: Audience.AGENT}
"""By how far one reaches; a reach that is not named gets no file."""
MEDIA = tuple(form.media_type.partition(";")[0] for form in ExportFormat)


@route(
    "GET",
    "/minutes",
    access=Needs(resource=Resource.MINUTES, action=Action.READ),
    summary="Export minutes",
    query=MinutesQuery,
    media=MEDIA,
    problems=("not_found",),
)
async def export_minutes(ask: Ask[Nothing, MinutesQuery]) -> web.StreamResponse:
    """Minute lines of calls that came in within [from, to): of all clients, of one's own client, or of oneself, by role. So are
    the columns: a client gets none about agents and their pay, and no lines of those who were asked in vain; an agent none about
    what is billed. A file that broke off has
    no proper end of its transfer."""
    query, reach = ask.query, ask.rows
    client_id = ClientId(query.client) if query.client is not None else None
    if reach.scope is Scope.CLIENT:
        if reach.client_id is None or client_id not in (None, reach.client_id):
            raise ProblemError("not_found")
        client_id = reach.client_id
    if reach.scope is Scope.SELF and reach.agent_id is None:
        raise ProblemError("not_found")
    if reach.scope is Scope.ALL and client_id is not None and client_id not in ask.deps.directory.current.clients:
        raise ProblemError("not_found")
    wanted = MinutesWanted(
        from_at=instant(query.from_),
        to_at=instant(query.to),
        format=query.format.value,
        audience=AUDIENCES[reach.scope],
        client_id=client_id,
        agent_id=reach.agent_id if reach.scope is Scope.SELF else None,
    )
    pieces = ask.deps.minutes.stream(wanted)
    first = await anext(pieces, b"")  # what fails from the start is answered as a problem, not as a file that breaks off
    response = web.StreamResponse()
    response.headers["Content-Type"] = query.format.media_type
    response.headers["Content-Disposition"] = f'attachment; filename="minutes.{query.format.value}"'
    await response.prepare(ask.http)
    await response.write(first)
    async with aclosing(pieces):
        async for piece in pieces:
            await response.write(piece)
    await response.write_eof()
    return response


ROUTES = (export_minutes,)
