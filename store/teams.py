"""Teams in the centre's book. Who is in one is said at the agent, who leads one at the user; here both are read and set."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Column, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.directory import AgentProfile, Team
from store.centre import Change, How, TeamListed, TeamPlan
from store.tables.accounts import LEADS, USERS
from store.tables.directory import AGENTS, TEAMS
from telephony.identifiers import AgentId


async def read_teams(connection: AsyncConnection) -> dict[str, Team]:
    """All teams by id."""
    rows = (await connection.execute(select(TEAMS).order_by(TEAMS.c.team_id))).all()
    return {row.team_id: Team(team_id=row.team_id, name=row.name) for row in rows}


async def list_teams(connection: AsyncConnection) -> Sequence[TeamListed]:
    """All teams by id, with who is in them and the log-ins of who leads them."""
    members = await _grouped(connection, AGENTS.c.team, AGENTS.c.agent_id)
    leaders = await _grouped(connection, USERS.c.team, USERS.c.login)
    return [
        TeamListed(team=team, members=tuple(map(AgentId, members.get(team_id, ()))), leaders=tuple(leaders.get(team_id, ())))
        for team_id, team in (await read_teams(connection)).items()
    ]


def in_their_teams(agents: Sequence[AgentProfile], plans: Sequence[TeamPlan]) -> Sequence[AgentProfile]:
    """The agents, each in the team that names them, where their own description names none."""
    teams = {agent_id: plan.team_id for plan in plans for agent_id in plan.members or ()}
    return [replace(agent, team=agent.team or teams.get(agent.agent_id)) for agent in agents] if teams else agents


async def put_teams(connection: AsyncConnection, plans: Sequence[TeamPlan]) -> list[Change]:
    """The teams have these names; who is in them, and who leads them, is not touched yet."""
    there = await read_teams(connection)
    changes = []
    for plan in plans:
        known = there.get(plan.team_id)
        after = {"name": plan.name}
        if known is None:
            await connection.execute(insert(TEAMS).values(team_id=plan.team_id, name=plan.name))
            changes.append(Change(what="team", id=plan.team_id, how=How.ADDED, after=after))
        elif known.name != plan.name:
            await connection.execute(update(TEAMS).where(TEAMS.c.team_id == plan.team_id).values(name=plan.name))
            changes.append(Change(what="team", id=plan.team_id, how=How.CHANGED, before={"name": known.name}, after=after))
    return changes


async def put_people(connection: AsyncConnection, plans: Sequence[TeamPlan]) -> list[Change]:
    """Where a team says who is in it or leads it, these do and no others; who moves leaves the former team."""
    changes = list[Change]()
    for plan in plans:  # first everybody who leaves, so that nobody is taken out of the team they have just come to
        changes += await _leave(connection, plan, plan.members, plan.leaders)
    for plan in plans:
        if plan.members is not None:
            chosen = AGENTS.c.agent_id.in_(sorted(plan.members))
            changes += await _move(connection, "agent", AGENTS.c.agent_id, chosen, plan.team_id)
        if plan.leaders is not None:
            who = LEADS & USERS.c.login.in_(sorted(plan.leaders))
            changes += await _move(connection, "user", USERS.c.user_id, who, plan.team_id)
    return changes


async def remove_team(connection: AsyncConnection, team_id: str) -> list[Change] | None:
    """The team is no more, its agents are in none and its leaders lead none; None where there was none."""
    known = (await read_teams(connection)).get(team_id)
    if known is None:
        return None
    plan = TeamPlan(team_id=team_id, name=known.name)
    changes = await _leave(connection, plan, frozenset(), frozenset())
    await connection.execute(delete(TEAMS).where(TEAMS.c.team_id == team_id))
    return [*changes, Change(what="team", id=team_id, how=How.REMOVED, before={"name": known.name})]


async def _leave(
    connection: AsyncConnection, plan: TeamPlan, members: Collection[str] | None, leading: Collection[str] | None
) -> list[Change]:
    changes = list[Change]()
    if members is not None:
        gone = (AGENTS.c.team == plan.team_id) & AGENTS.c.agent_id.not_in(sorted(members))
        changes += await _move(connection, "agent", AGENTS.c.agent_id, gone, None)
    if leading is not None:
        gone = (USERS.c.team == plan.team_id) & USERS.c.login.not_in(sorted(leading))
        changes += await _move(connection, "user", USERS.c.user_id, gone, None)
    return changes


async def _move(connection: AsyncConnection, what: str, key: Column[str], who: Any, team_id: str | None) -> list[Change]:
    table = key.table
    rows = (await connection.execute(select(key, table.c.team).where(who).order_by(key))).all()
    moved = [(row[0], row[1]) for row in rows if row[1] != team_id]
    await _set(connection, key, (each for each, _ in moved), team_id)
    after = {"team": team_id}
    return [Change(what=what, id=each, how=How.CHANGED, before={"team": team}, after=after) for each, team in moved]


async def _set(connection: AsyncConnection, key: Column[str], ids: Iterable[str], team_id: str | None) -> None:
    for each in ids:
        await connection.execute(update(key.table).where(key == each).values(team=team_id))


async def _grouped(connection: AsyncConnection, team: Column[str], name: Column[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    query = select(team, name).where(team.is_not(None)).order_by(name)
    if name is USERS.c.login:
        query = query.where(LEADS)
    for team_id, each in (await connection.execute(query)).all():
        groups.setdefault(team_id, []).append(each)
    return groups
