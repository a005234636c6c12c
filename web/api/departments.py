"""Departments described once for several projects. Each stays a project's own: callers stay with the client they called."""

from dataclasses import replace

import msgspec

from routing.departments import Department
from routing.directory import Project
from store.centre import Centre
from telephony.identifiers import ProjectId
from web.api.directory import written
from web.permissions import Action, Resource
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Needs, route
from web.schemas.departments import DepartmentInProjects, DepartmentList
from web.schemas.types import Nothing
from web.schemas.waiting import DepartmentFacts


@route(
    "GET",
    "/departments",
    access=Needs(resource=Resource.PROJECT, action=Action.READ),
    summary="List departments",
    answer=DepartmentList,
)
async def list_departments(ask: Ask[Nothing, Nothing]) -> DepartmentList:
    """Departments of the projects within reach; those that are the same in several are told once, with all of them."""
    directory, agent_id = ask.deps.directory.current, ask.principal.agent_id
    profile = None if agent_id is None else directory.agents.get(agent_id)
    found: dict[Department, list[str]] = {}
    for project_id, project in sorted(directory.projects.items()):
        if ask.rows.has_project(project, profile):
            for department in project.departments:
                found.setdefault(department, []).append(project_id)
    rows = sorted(found.items(), key=lambda row: (row[0].name, row[1]))
    return DepartmentList(items=[_shown(department, projects) for department, projects in rows])


@route(
    "PUT",
    "/departments",
    access=Needs(resource=Resource.PROJECT, action=Action.WRITE),
    summary="Set a department in projects",
    body=DepartmentInProjects,
    answer=DepartmentInProjects,
)
async def set_department(ask: Ask[DepartmentInProjects, Nothing]) -> DepartmentInProjects:
    """The projects of `project_ids` have the department, in place of one of that name; those of `without` have none of that name.
    All in one step: a fault in one project changes none. Other projects stay as they are."""
    wanted = msgspec.convert(ask.body.department.model_dump(), Department)
    has = _named(ask, "project_ids", ask.body.project_ids)
    lacks = _named(ask, "without", [each for each in ask.body.without if each not in ask.body.project_ids])
    changed = [_with(project, wanted) for project in has] + [_without(project, wanted.name) for project in lacks]
    await written(ask.deps.directory.apply(Centre(projects=tuple(changed)), by=ask.author))
    return ask.body


def _named(ask: Ask[DepartmentInProjects, Nothing], key: str, ids: list[str]) -> list[Project]:
    known = ask.deps.directory.current.projects
    faults = [
        FieldFault(at=f"/{key}/{place}", code="unknown", detail=f"there is no project {each!r}")
        for place, each in enumerate(ids)
        if each not in known
    ]
    if faults:
        raise ProblemError("invalid", fields=faults)
    return [known[ProjectId(each)] for each in dict.fromkeys(ids)]


def _with(project: Project, wanted: Department) -> Project:
    """In its place, where the project has one of that name: digits and order are what agents are used to."""
    kept = [wanted if each.name == wanted.name else each for each in project.departments]
    return replace(project, departments=tuple(kept if wanted in kept else [*kept, wanted]))


def _without(project: Project, name: str) -> Project:
    return replace(project, departments=tuple(each for each in project.departments if each.name != name))


def _shown(department: Department, projects: list[str]) -> DepartmentInProjects:
    return DepartmentInProjects(
        department=DepartmentFacts.model_validate_json(msgspec.json.encode(department)), project_ids=projects, without=[]
    )


ROUTES = (list_departments, set_department)
