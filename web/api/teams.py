"""Teams: who is in them, who leads them."""

from routing.directory import Team
from store.centre import Centre
from web.api.directory import written
from web.centre_reading import plan_of
from web.permissions import Action, Resource
from web.problems import ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.teams import TeamFacts, TeamList, TeamShown
from web.schemas.types import Nothing
from web.team_views import leaders_of, team_shown

READ = Needs(resource=Resource.TEAM, action=Action.READ)
WRITE = Needs(resource=Resource.TEAM, action=Action.WRITE)


@route("GET", "/teams", access=READ, summary="List teams", answer=TeamList)
async def list_teams(ask: Ask[Nothing, Nothing]) -> TeamList:
    """Teams within reach: a team leader's own."""
    directory, leaders = ask.deps.directory.current, await leaders_of(ask.deps)
    within = [team for team_id, team in sorted(directory.teams.items()) if ask.rows.has_team(team_id)]
    return TeamList(items=[team_shown(directory, team, leaders) for team in within])


@route("GET", "/teams/{team_id}", access=READ, summary="Show a team", answer=TeamShown)
async def show_team(ask: Ask[Nothing, Nothing]) -> TeamShown:
    """The team."""
    return team_shown(ask.deps.directory.current, _team(ask), await leaders_of(ask.deps))


@route("PUT", "/teams/{team_id}", access=WRITE, summary="Set a team", body=TeamFacts, answer=TeamShown)
async def set_team(ask: Ask[TeamFacts, Nothing]) -> TeamShown:
    """The team exists with this name and, where they are given, these people and no others; who comes leaves the former team.
    Open boards of leaders show what has become of it at once."""
    plan = plan_of(ask.path["team_id"], ask.body)
    await written(ask.deps.directory.apply(Centre(teams=(plan,)), by=ask.author))
    return team_shown(ask.deps.directory.current, _team(ask), await leaders_of(ask.deps))


@route("DELETE", "/teams/{team_id}", access=WRITE, summary="Remove a team")
async def remove_team(ask: Ask[Nothing, Nothing]) -> None:
    """The team is no more: its agents are in none, its leaders lead none and see nothing."""
    await written(ask.deps.directory.remove_team(_team(ask).team_id, by=ask.author))


def _team(ask: Ask[Body, Query]) -> Team:
    """The team named in the path. Out of reach is answered like unknown."""
    team = ask.deps.directory.current.teams.get(ask.path["team_id"])
    if team is None or not ask.rows.has_team(team.team_id):
        raise ProblemError("not_found")
    return team


ROUTES = (list_teams, show_team, set_team, remove_team)
