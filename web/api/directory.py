"""The whole centre: show it, apply one."""

from collections.abc import Awaitable
from typing import TypeVar

from store.centre import CentreRejected
from web.centre_reading import centre_of
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Needs, route
from web.schemas.centre import AppliedShown, CentreFacts, CentreQuery, ChangeShown, DirectoryShown, NumberShown
from web.schemas.types import Nothing, when
from web.team_views import leaders_of, team_shown
from web.views import agent_shown, client_shown, project_shown

T = TypeVar("T")


async def written(change: Awaitable[T]) -> T:
    """What the change yields. A change that makes no consistent centre ends the request with every fault in it."""
    try:
        return await change
    except CentreRejected as error:
        faults = [FieldFault(at=fault.where, code=fault.code, detail=fault.what, facts=fault.facts) for fault in error.faults]
        raise ProblemError("invalid", fields=faults) from error


@route(
    "GET",
    "/directory",
    access=Needs(resource=Resource.DIRECTORY, action=Action.READ),
    summary="Show the centre",
    answer=DirectoryShown,
)
async def show_directory(ask: Ask[Nothing, Nothing]) -> DirectoryShown:
    """The revision in force: clients, projects, numbers, agents, teams."""
    directory, leaders = ask.deps.directory.current, await leaders_of(ask.deps)
    return DirectoryShown(
        revision=directory.revision,
        as_of=when(ask.now),
        clients=[client_shown(c) for _, c in sorted(directory.clients.items())],
        projects=[project_shown(p) for _, p in sorted(directory.projects.items())],
        numbers=[NumberShown(did=did, project_id=p) for did, p in sorted(directory.numbers.items())],
        agents=[agent_shown(a, None) for _, a in sorted(directory.agents.items())],
        teams=[team_shown(directory, t, leaders) for _, t in sorted(directory.teams.items())],
    )


@route(
    "PUT",
    "/directory",
    access=Needs(resource=Resource.DIRECTORY, action=Action.WRITE),
    summary="Apply a centre",
    body=CentreFacts,
    query=CentreQuery,
    answer=AppliedShown,
    has_large_body=True,
)
async def apply_directory(ask: Ask[CentreFacts, CentreQuery]) -> AppliedShown:
    """The centre is as described, in one step; applying the same again changes nothing. All faults are told at once, and then
    nothing has changed."""
    query = ask.query
    applied = await written(
        ask.deps.directory.apply(centre_of(ask.body), by=ask.author, removes_others=query.remove_others, is_dry_run=query.dry_run)
    )
    return AppliedShown(
        is_dry_run=query.dry_run,
        revision=applied.revision,
        changes=[ChangeShown(what=c.what, id=c.id, how=c.how.value) for c in applied.changes],
    )


ROUTES = (show_directory, apply_directory)
