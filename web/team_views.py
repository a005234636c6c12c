"""Teams as they are shown, with their people."""

from collections.abc import Mapping

from routing.directory import Directory, Team
from web.deps import Deps
from web.permissions import Role
from web.schemas.teams import TeamShown


async def leaders_of(deps: Deps) -> Mapping[str, list[str]]:
    """The log-ins of who leads each team."""
    leaders: dict[str, list[str]] = {}
    for user in sorted(await deps.users.all(), key=lambda u: u.login):
        if user.role is Role.TEAM_LEADER and user.team is not None:
            leaders.setdefault(user.team, []).append(user.login)
    return leaders


def team_shown(directory: Directory, team: Team, leaders: Mapping[str, list[str]]) -> TeamShown:
    """The team with its agents and leaders."""
    return TeamShown(
        team_id=team.team_id,
        name=team.name,
        members=sorted(agent.agent_id for agent in directory.agents.values() if agent.team == team.team_id),
        leaders=leaders.get(team.team_id, []),
    )
