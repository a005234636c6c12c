"""To whom a caller goes, or a question, that an agent hands to a department of the call's project. Pure."""

from collections.abc import Callable

from routing.departments import Department, department_named
from routing.directory import Directory, Project
from routing.floor import Floor
from telephony.call.model import Call, require_terms
from telephony.demands import needs_of, required
from telephony.identifiers import AgentId
from telephony.transfers import HandOnRequest


def department_of(request: HandOnRequest, call: Call, directory: Directory) -> Department | None:
    """The department that is asked for; None where there is none of that name, or none is asked for."""
    if request.to_department is None:
        return None
    return department_named(directory.projects.get(require_terms(call).project_id), request.to_department)


def project_behind(department: Department, call: Call, directory: Directory) -> Project | None:
    """The project whose agents answer for the department."""
    return directory.projects.get(department.project_id or require_terms(call).project_id)


def colleague_of_department(
    department: Department, call: Call, directory: Directory, floor: Floor, can_ring: Callable[[AgentId], bool]
) -> AgentId | None:
    """Who is next of the free agents who meet what the department asks for; None where nobody is free whose phone can be rung.

    They must be allowed both projects: the call stays in its own, and may be handed over.
    """
    own = require_terms(call).project_id
    project = project_behind(department, call, directory)
    if project is None:
        return None
    needs = required(needs_of(department.demand, project.language))
    free = (
        (floor.pass_of(agent_id) or 0.0, since, agent_id)
        for agent_id, since in floor.available.items()
        if agent_id not in call.blocked_agents
        and can_ring(agent_id)
        and floor.never(agent_id, own) is None
        and floor.never(agent_id, project.project_id) is None
        and all(directory.agents[agent_id].grades.get(need.skill, 0) >= need.grade for need in needs)
    )
    first = min(free, default=None)
    return None if first is None else first[2]
