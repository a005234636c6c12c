"""To whom an agent can hand the caller on: colleagues and queues, told to the one who has the call and to nobody else."""

from monitor.rows import AgentRow
from routing.directory import AgentProfile, Project
from routing.eligibility import ineligible
from routing.hours import is_open
from telephony.agent.model import AgentState
from telephony.identifiers import ClientId
from web.api.calls import live
from web.api.handing import HAND_ON
from web.routes import Ask, route
from web.schemas.targets import ColleagueShown, TargetProject, Targets
from web.schemas.types import Nothing


@route("GET", "/calls/{call_id}/targets", access=HAND_ON, summary="List whom the caller can be handed to", answer=Targets)
async def list_targets(ask: Ask[Nothing, Nothing]) -> Targets:
    """Colleagues who may have calls of this project, on duty or not, by name; the project's departments; and queues: those of
    the same client and of the agent's own projects. Whether one of them takes the caller is decided when it is asked for."""
    row, directory = live(ask), ask.deps.directory.current
    project = None if row.project_id is None else directory.projects.get(row.project_id)
    own = None if ask.principal.agent_id is None else directory.agents.get(ask.principal.agent_id)
    colleagues = [
        _colleague(profile, ask.deps.floor.agent(profile.agent_id))
        for profile in directory.agents.values()
        if profile.agent_id != ask.principal.agent_id and ineligible(profile, project) is None
    ]
    projects = [
        TargetProject(project_id=each.project_id, name=each.name, is_open=is_open(each.hours, ask.now))
        for each in directory.projects.values()
        if _can_wait_in(each, row.client_id, own)
    ]
    return Targets(
        departments=[] if project is None else [each.name for each in project.departments],
        colleagues=sorted(colleagues, key=lambda each: (not each.is_free, each.name)),
        projects=sorted(projects, key=lambda each: (each.project_id != row.project_id, each.name)),
    )


def _can_wait_in(project: Project, client_id: ClientId | None, own: AgentProfile | None) -> bool:
    return project.client_id == client_id or (own is not None and project.project_id in own.certificates)


def _colleague(profile: AgentProfile, row: AgentRow | None) -> ColleagueShown:
    state = AgentState.LOGGED_OUT if row is None else row.state
    may_be_rung = state is AgentState.AVAILABLE or (state is AgentState.WRAP_UP and row is not None and row.next_state is None)
    is_there = row is not None and row.is_reachable is not False and row.absence is None
    return ColleagueShown(agent_id=profile.agent_id, name=profile.name, state=state.value, is_free=may_be_rung and is_there)


ROUTES = (list_targets,)
