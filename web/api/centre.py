"""Clients, projects and numbers."""

from routing.directory import Project
from store.centre import Centre
from telephony.identifiers import ClientId, ProjectId
from web.api.directory import written
from web.centre_reading import client_of, project_of
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.centre import (
    ClientFacts,
    ClientList,
    ClientShown,
    NumberFacts,
    NumberList,
    NumberShown,
    ProjectFacts,
    ProjectList,
    ProjectShown,
)
from web.schemas.types import Nothing
from web.views import client_shown, project_shown

READ_CLIENTS = Needs(resource=Resource.CLIENT, action=Action.READ)
WRITE_CLIENTS = Needs(resource=Resource.CLIENT, action=Action.WRITE)
READ_PROJECTS = Needs(resource=Resource.PROJECT, action=Action.READ)
WRITE_PROJECTS = Needs(resource=Resource.PROJECT, action=Action.WRITE)
READ_NUMBERS = Needs(resource=Resource.NUMBER, action=Action.READ)
WRITE_NUMBERS = Needs(resource=Resource.NUMBER, action=Action.WRITE)


@route("GET", "/clients", access=READ_CLIENTS, summary="List clients", answer=ClientList)
async def list_clients(ask: Ask[Nothing, Nothing]) -> ClientList:
    """Clients within reach."""
    clients = sorted(ask.deps.directory.current.clients.values(), key=lambda c: c.client_id)
    return ClientList(items=[client_shown(c) for c in clients if ask.rows.has_client(c.client_id)])


@route("GET", "/clients/{client_id}", access=READ_CLIENTS, summary="Show a client", answer=ClientShown)
async def show_client(ask: Ask[Nothing, Nothing]) -> ClientShown:
    """The client."""
    client = ask.deps.directory.current.clients.get(ClientId(ask.path["client_id"]))
    if client is None or not ask.rows.has_client(client.client_id):
        raise ProblemError("not_found")
    return client_shown(client)


@route("PUT", "/clients/{client_id}", access=WRITE_CLIENTS, summary="Set a client", body=ClientFacts, answer=ClientShown)
async def set_client(ask: Ask[ClientFacts, Nothing]) -> ClientShown:
    """The client exists with these facts."""
    client = client_of(ClientId(ask.path["client_id"]), ask.body)
    await written(ask.deps.directory.apply(Centre(clients=(client,)), by=ask.author))
    return client_shown(client)


@route("DELETE", "/clients/{client_id}", access=WRITE_CLIENTS, summary="Take a client out of use")
async def remove_client(ask: Ask[Nothing, Nothing]) -> None:
    """The client and its projects take no calls from here on; what was metered stays. Setting it again brings it back."""
    client_id = ClientId(ask.path["client_id"])
    if client_id not in ask.deps.directory.current.clients:
        raise ProblemError("not_found")
    await written(ask.deps.directory.deactivate_client(client_id, by=ask.author))


@route("GET", "/projects", access=READ_PROJECTS, summary="List projects", answer=ProjectList)
async def list_projects(ask: Ask[Nothing, Nothing]) -> ProjectList:
    """Projects within reach: an agent's are those they are certified for."""
    projects = sorted(ask.deps.directory.current.projects.values(), key=lambda p: p.project_id)
    return ProjectList(items=[project_shown(p) for p in projects if _has_project(ask, p)])


@route("GET", "/projects/{project_id}", access=READ_PROJECTS, summary="Show a project", answer=ProjectShown)
async def show_project(ask: Ask[Nothing, Nothing]) -> ProjectShown:
    """The project, as it would be written."""
    project = ask.deps.directory.current.projects.get(ProjectId(ask.path["project_id"]))
    if project is None or not _has_project(ask, project):
        raise ProblemError("not_found")
    return project_shown(project)


@route("PUT", "/projects/{project_id}", access=WRITE_PROJECTS, summary="Set a project", body=ProjectFacts, answer=ProjectShown)
async def set_project(ask: Ask[ProjectFacts, Nothing]) -> ProjectShown:
    """The project exists with these facts, whole: what is not given has its default. Calls under way keep their terms."""
    project = project_of(ProjectId(ask.path["project_id"]), ask.body)
    await written(ask.deps.directory.apply(Centre(projects=(project,)), by=ask.author))
    return project_shown(project)


@route("DELETE", "/projects/{project_id}", access=WRITE_PROJECTS, summary="Take a project out of use")
async def remove_project(ask: Ask[Nothing, Nothing]) -> None:
    """The project takes no calls from here on; what was metered stays. Setting it again brings it back."""
    project_id = ProjectId(ask.path["project_id"])
    if project_id not in ask.deps.directory.current.projects:
        raise ProblemError("not_found")
    await written(ask.deps.directory.deactivate_project(project_id, by=ask.author))


@route("GET", "/numbers", access=READ_NUMBERS, summary="List numbers", answer=NumberList)
async def list_numbers(ask: Ask[Nothing, Nothing]) -> NumberList:
    """Our numbers within reach, and the projects they lead to."""
    directory = ask.deps.directory.current
    return NumberList(
        items=[
            NumberShown(did=did, project_id=project_id)
            for did, project_id in sorted(directory.numbers.items())
            if project_id in directory.projects and ask.rows.has_client(directory.projects[project_id].client_id)
        ]
    )


@route("GET", "/numbers/{did}", access=READ_NUMBERS, summary="Show a number", answer=NumberShown)
async def show_number(ask: Ask[Nothing, Nothing]) -> NumberShown:
    """The number and the project it leads to."""
    directory, did = ask.deps.directory.current, ask.path["did"]
    project = directory.projects.get(directory.numbers.get(did, ProjectId("")))
    if project is None or not ask.rows.has_client(project.client_id):
        raise ProblemError("not_found")
    return NumberShown(did=did, project_id=project.project_id)


@route("PUT", "/numbers/{did}", access=WRITE_NUMBERS, summary="Set a number", body=NumberFacts, answer=NumberShown)
async def set_number(ask: Ask[NumberFacts, Nothing]) -> NumberShown:
    """The number leads to that project."""
    did, project_id = ask.path["did"], ProjectId(ask.body.project_id)
    await written(ask.deps.directory.apply(Centre(numbers={did: project_id}), by=ask.author))
    return NumberShown(did=did, project_id=project_id)


@route("DELETE", "/numbers/{did}", access=WRITE_NUMBERS, summary="Remove a number")
async def remove_number(ask: Ask[Nothing, Nothing]) -> None:
    """Calls to the number meet an unknown number from here on."""
    if ask.path["did"] not in ask.deps.directory.current.numbers:
        raise ProblemError("not_found")
    await written(ask.deps.directory.remove_number(ask.path["did"], by=ask.author))


def _has_project(ask: Ask[Body, Query], project: Project) -> bool:
    agent_id = ask.principal.agent_id
    profile = ask.deps.directory.current.agents.get(agent_id) if agent_id is not None else None
    return ask.rows.has_project(project, profile)


ROUTES = (
    list_clients,
    show_client,
    set_client,
    remove_client,
    list_projects,
    show_project,
    set_project,
    remove_project,
    list_numbers,
    show_number,
    set_number,
    remove_number,
)
