"""Small centres for the tests of routing: built in one line, every id readable."""

from collections.abc import Iterable, Mapping

from routing.directory import AgentProfile, Client, Directory, Project
from routing.queueing import WaitingCall
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, ProjectId

T0 = Instant(1_767_600_000_000_000)


def at(seconds: float) -> Instant:
    """That many seconds after the tests' beginning."""
    return Instant(T0 + round(seconds * SECOND))


def a_project(name: str, client: str = "acme", **settings: object) -> Project:
    return Project(project_id=ProjectId(name), client_id=ClientId(client), name=name, **settings)  # type: ignore[arg-type]


def an_agent(name: str, *certificates: str, level: int = 1, **facts: object) -> AgentProfile:
    profile = {"certificates": frozenset(ProjectId(c) for c in certificates), **facts}
    return AgentProfile(agent_id=AgentId(name), name=name, level=level, **profile)  # type: ignore[arg-type]


def a_centre(
    projects: Iterable[Project],
    agents: Iterable[AgentProfile],
    numbers: Mapping[str, str] | None = None,
    revision: int = 1,
    **settings: object,
) -> Directory:
    projects = tuple(projects)
    clients = {p.client_id: Client(client_id=p.client_id, name=p.client_id) for p in projects}
    return Directory(
        revision=revision,
        clients=clients,
        projects={p.project_id: p for p in projects},
        numbers={did: ProjectId(project) for did, project in (numbers or {}).items()},
        agents={a.agent_id: a for a in agents},
        endpoints={},
        **settings,  # type: ignore[arg-type]
    )


def a_call(name: str, project: str, since: Instant = T0, client: str = "acme", **facts: object) -> WaitingCall:
    return WaitingCall(
        call_id=CallId(name),
        project_id=ProjectId(project),
        client_id=ClientId(client),
        waiting_since=since,
        **facts,  # type: ignore[arg-type]
    )
