"""Minute lines as a file, streamed."""

from contextlib import aclosing
from math import ceil

from aiohttp import web

from metering.export import ExportFormat
from metering.export_columns import Audience
from telephony.identifiers import ClientId
from web.permissions import Action, Resource, Scope
from web.ports import ExportsBusy, MinutesWanted
from web.problems import ProblemError
from web.routes import Ask, Needs, route
from web.schemas.reports import MinutesQuery
from web.schemas.types import Nothing, instant
from web.streaming import send_file

AUDIENCES = {Scope.ALL: Audience.CENTRE, Scope.CLIENT: Audience.CLIENT, Scope.SELF: Audience.AGENT, Scope.TEAM: Audience.TEAM}
"""By how far one reaches; a reach that is not named gets no file."""
MEDIA = tuple(form.media_type.partition(";")[0] for form in ExportFormat)


@route(
    "GET",
    "/minutes",
    access=Needs(resource=Resource.MINUTES, action=Action.READ),
    summary="Export minutes",
    query=MinutesQuery,
    media=MEDIA,
    problems=("not_found", "busy"),
)
async def export_minutes(ask: Ask[Nothing, MinutesQuery]) -> web.StreamResponse:
    """Minute lines of calls that came in within [from, to): of all clients, of one's own client, of the agents in one's team
    now, or of oneself, by role. So are the columns: a client gets none about agents and their pay, and no lines of those who were
    asked in vain; an agent none about what is billed; a team leader neither. A file that broke off has no proper end of its
    transfer: so ends one that is not read for half a minute, or not to its end within an hour. Few exports run at once; beyond
    them `Retry-After` says when to ask again."""
    query, reach = ask.query, ask.rows
    client_id = ClientId(query.client) if query.client is not None else None
    if reach.scope is Scope.CLIENT:
        if reach.client_id is None or client_id not in (None, reach.client_id):
            raise ProblemError("not_found")
        client_id = reach.client_id
    is_nobody = (reach.scope is Scope.SELF and reach.agent_id is None) or (reach.scope is Scope.TEAM and reach.team is None)
    if is_nobody:
        raise ProblemError("not_found")
    if reach.scope is Scope.ALL and client_id is not None and client_id not in ask.deps.directory.current.clients:
        raise ProblemError("not_found")
    wanted = MinutesWanted(
        from_at=instant(query.from_),
        to_at=instant(query.to),
        format=query.format.value,
        audience=AUDIENCES[reach.scope],
        client_id=client_id,
        agent_ids=None if reach.scope is Scope.CLIENT else reach.agents,
    )
    async with aclosing(ask.deps.minutes.stream(wanted)) as pieces:
        try:
            first = await anext(pieces, b"")  # what fails from the start is answered as a problem, not as a file that breaks off
        except ExportsBusy as busy:
            raise ProblemError("busy", headers={"Retry-After": str(ceil(ask.deps.settings.export_idle_s))}) from busy
        return await send_file(
            ask.http,
            ask.deps.settings,
            content_type=query.format.media_type,
            name=f"minutes.{query.format.value}",
            first=first,
            pieces=pieces,
        )


ROUTES = (export_minutes,)
