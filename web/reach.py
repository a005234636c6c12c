"""Which rows a permission reaches: the narrowing that every query takes and every look-up by id asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from routing.directory import AgentProfile, Directory, Project
from telephony.identifiers import AgentId, ClientId, ProjectId, UserId
from web.permissions import Role, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, as proven by a session or a token. `role` of a token can be less than its user's."""

    user_id: UserId
    login: str
    role: Role
    agent_id: AgentId | None = None
    client_id: ClientId | None = None
    team: str | None = None
    must_set_password: bool = False
    session_id: str | None = None
    """The stored hash of the session's secret; None for a token."""
    token_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A permission of one principal, made concrete. An empty SELF, TEAM or CLIENT reaches nothing, never everything."""

    scope: Scope
    user_id: UserId
    agent_id: AgentId | None = None
    client_id: ClientId | None = None
    team: str | None = None
    team_agents: frozenset[AgentId] = frozenset()
    team_projects: frozenset[ProjectId] = frozenset()
    """Those somebody of the team may serve."""

    def has_user(self, user_id: UserId) -> bool:
        """Whether things of that user are within reach."""
        return self.scope is Scope.ALL or (self.scope is Scope.SELF and user_id == self.user_id)

    @property
    def agents(self) -> frozenset[AgentId] | None:
        """The agents within reach, None: all. An empty team's are nobody, never everybody."""
        match self.scope:
            case Scope.ALL:
                return None
            case Scope.TEAM:
                return self.team_agents
            case Scope.SELF if self.agent_id is not None:
                return frozenset([self.agent_id])
            case _:
                return frozenset()

    def has_agent(self, agent_id: AgentId) -> bool:
        """Whether that agent is within reach."""
        agents = self.agents
        return agents is None or agent_id in agents

    def has_team(self, team_id: str) -> bool:
        """Whether that team is within reach."""
        return self.scope is Scope.ALL or (self.scope is Scope.TEAM and self.team is not None and team_id == self.team)

    def has_client(self, client_id: ClientId) -> bool:
        """Whether that client's things are within reach."""
        return self.scope is Scope.ALL or (
            self.scope is Scope.CLIENT and self.client_id is not None and client_id == self.client_id
        )

    def has_project(self, project: Project, profile: AgentProfile | None) -> bool:
        """Whether the project is within reach: the client's own, or one that the asking agent (`profile`), or somebody of
        the team, is certified for."""
        if self.scope is Scope.TEAM:
            return project.project_id in self.team_projects
        if self.scope is Scope.SELF:
            return profile is not None and project.project_id in profile.certificates
        return self.has_client(project.client_id)

    def has_call(self, client_id: ClientId | None, agent_ids: Iterable[AgentId]) -> bool:
        """Whether a call of that client, which these agents had or have, is within reach."""
        match self.scope:
            case Scope.ALL:
                return True
            case Scope.CLIENT:
                return client_id is not None and self.has_client(client_id)
            case _:
                return any(self.has_agent(agent_id) for agent_id in agent_ids)


def reach_of(principal: Principal, scope: Scope, directory: Directory) -> Reach:
    """What `scope` means for this principal with the teams of this revision."""
    team = principal.team if scope is Scope.TEAM else None
    members = [] if team is None else [agent for agent in directory.agents.values() if agent.team == team]
    return Reach(
        scope=scope,
        user_id=principal.user_id,
        agent_id=principal.agent_id,
        client_id=principal.client_id,
        team=team,
        team_agents=frozenset(agent.agent_id for agent in members),
        team_projects=frozenset(project_id for agent in members for project_id in agent.certificates),
    )
