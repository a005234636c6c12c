"""The centre's book: clients, projects, numbers, agents and their phones, with one revision over all of them.

Every change goes one way: a description of what is to hold is checked whole, compared with what holds, and the difference
written in one transaction together with the new revision. Applying the same description again changes nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.directory import AgentProfile, CallerList, Client, Directory, Project
from routing.outbound.shown import by_assignment
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.centre import Applied, Centre, CentreRejected, Change, Endpoint, Fault, How, Listed, TeamListed
from store.centre_changes import CentreWriter
from store.centre_checks import faults_of
from store.centre_rows import (
    CentreRow,
    read_agents,
    read_centre,
    read_clients,
    read_endpoints,
    read_known,
    read_numbers,
    read_projects,
    write_centre,
)
from store.engine import reading, writing
from store.level_rules import put_level_rule
from store.rights import read_rights
from store.teams import list_teams, read_teams
from telephony.faults import FaultCode, Wrong
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId


class DirectoryStore:
    """Reads and changes the centre's book."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def load(self) -> Directory:
        """The centre as routing sees it: what is out of use is missing, but agents, who are marked."""
        async with reading(self._engine) as connection:
            centre = await read_centre(connection)
            clients = {each.item.client_id: each.item for each in await read_clients(connection) if each.is_active}
            listed = await read_projects(connection)
            projects = {each.item.project_id: each.item for each in listed if each.is_active and each.item.client_id in clients}
            numbers = await read_numbers(connection)
            agents = await read_agents(connection)
            endpoints = await read_endpoints(connection)
            teams = await read_teams(connection)
            rights = await read_rights(connection)
        active = {agent_id for agent_id, agent in agents.items() if agent.is_active}
        return Directory(
            revision=centre.revision,
            clients=clients,
            projects=projects,
            numbers={did: project_id for did, project_id in numbers.items() if project_id in projects},
            agents=agents,
            endpoints={each.endpoint_id: each.agent_id for each in endpoints if each.agent_id in active},
            default_weights=centre.default_weights,
            home_country=centre.home_country,
            ageing_ms=centre.ageing_ms,
            outside_shift=centre.outside_shift,
            outbound=centre.outbound,
            rights=by_assignment(rights),
            teams=teams,
            caller_lists={name: CallerList(name=name, priority_ms=value) for name, value in centre.caller_lists.items()},
        )

    async def revision(self) -> int:
        """The number of the last change; 0 before the first."""
        async with reading(self._engine) as connection:
            return (await read_centre(connection)).revision

    async def apply(
        self, centre: Centre, *, removes_others: bool = False, is_dry_run: bool = False, by: Author | None = None
    ) -> Applied:
        """The centre is as described, in one transaction; says what changed. Raises `CentreRejected` with every fault at once.

        What is not named stays as it is; with `removes_others` it goes out of use. Each change is on record as `by` whom.
        """
        async with writing(self._engine) as connection:
            before = await read_centre(connection)
            writer = CentreWriter(connection)
            faults = await asyncio.to_thread(faults_of, centre, await read_known(connection))
            if faults:
                raise CentreRejected(faults)
            changes = await writer.put(centre)
            changes += await put_level_rule(connection, centre.level_rule, by or self._author())
            if removes_others:
                changes += await writer.take_out_others(centre)
            after = replace(
                before,
                default_weights=centre.default_weights or before.default_weights,
                home_country=centre.home_country or before.home_country,
                ageing_ms=centre.ageing_ms or before.ageing_ms,
                outside_shift=centre.outside_shift or before.outside_shift,
                outbound=centre.outbound or before.outbound,
                caller_lists=before.caller_lists if centre.caller_lists is None else centre.caller_lists,
            )
            if after != before:
                changes.append(_of_settings(before, after))
            if is_dry_run:
                await connection.rollback()
                return Applied(changes=tuple(changes), revision=before.revision)
            if changes:
                after = replace(after, revision=before.revision + 1)
                await write_centre(connection, after)
                await self._record(connection, changes, by)
        return Applied(changes=tuple(changes), revision=after.revision)

    # -- one thing at a time -------------------------------------------------------------------------------------------

    async def put_client(self, client: Client) -> Applied:
        """The client is in use as given."""
        return await self.apply(Centre(clients=(client,)))

    async def put_project(self, project: Project) -> Applied:
        """The project is in use as given. Raises `CentreRejected` for a client that does not exist, as for every fault."""
        return await self.apply(Centre(projects=(project,)))

    async def put_number(self, did: str, project_id: ProjectId) -> Applied:
        """Calls to that number belong to the project."""
        return await self.apply(Centre(numbers={did: project_id}))

    async def put_agent(self, agent: AgentProfile) -> Applied:
        """The agent is as given, phone included."""
        return await self.apply(Centre(agents=(agent,)))

    async def put_endpoint(self, endpoint: Endpoint) -> Applied:
        """The phone belongs to the agent."""
        return await self.apply(Centre(endpoints=(endpoint,)))

    async def remove_number(self, did: str, *, by: Author | None = None) -> Applied:
        """Calls to that number are unknown. Raises `CentreRejected` where it was not there."""
        return await self._take_out("number", did, by)

    async def remove_endpoint(self, endpoint_id: EndpointId, *, by: Author | None = None) -> Applied:
        """The phone belongs to nobody. Raises `CentreRejected` where it was not there."""
        return await self._take_out("endpoint", endpoint_id, by)

    async def deactivate_client(self, client_id: ClientId, *, by: Author | None = None) -> Applied:
        """The client and its projects take no calls; what was metered stays. Raises `CentreRejected` where there is none."""
        return await self._take_out("client", client_id, by)

    async def deactivate_project(self, project_id: ProjectId, *, by: Author | None = None) -> Applied:
        """The project takes no calls. Raises `CentreRejected` where there is none."""
        return await self._take_out("project", project_id, by)

    async def deactivate_agent(self, agent_id: AgentId, *, by: Author | None = None) -> Applied:
        """The agent can no longer log in. Raises `CentreRejected` where there is none."""
        return await self._take_out("agent", agent_id, by)

    async def remove_team(self, team_id: str, *, by: Author | None = None) -> Applied:
        """The team is no more: its agents are in none, its leaders lead none. Raises `CentreRejected` where there was none."""
        return await self._take_out("team", team_id, by)

    async def _take_out(self, what: str, identifier: str, by: Author | None) -> Applied:
        async with writing(self._engine) as connection:
            before = await read_centre(connection)
            changes = await CentreWriter(connection).take_out(what, identifier)
            if changes is None:
                raise CentreRejected([Fault(where=f"{what} {identifier}", what=Wrong(FaultCode.DOES_NOT_EXIST))])
            after = replace(before, revision=before.revision + 1) if changes else before
            await write_centre(connection, after)
            await self._record(connection, changes, by)
        return Applied(changes=tuple(changes), revision=after.revision)

    async def _record(self, connection: AsyncConnection, changes: Iterable[Change], by: Author | None) -> None:
        altered = (
            Altered(deed=f"{each.what}.{each.how.value}", subject=each.id, before=each.before, after=each.after)
            for each in changes
        )
        await put_on_record(connection, by or self._author(), altered)

    # -- lists ---------------------------------------------------------------------------------------------------------

    async def clients(self) -> Sequence[Listed[Client]]:
        """All clients by id, those out of use as well."""
        async with reading(self._engine) as connection:
            return await read_clients(connection)

    async def projects(self) -> Sequence[Listed[Project]]:
        """All projects by id, those out of use as well."""
        async with reading(self._engine) as connection:
            return await read_projects(connection)

    async def numbers(self) -> Mapping[str, ProjectId]:
        """All numbers in their order, and the projects they belong to."""
        async with reading(self._engine) as connection:
            return await read_numbers(connection)

    async def agents(self) -> Sequence[AgentProfile]:
        """All agents by id, those out of use as well."""
        async with reading(self._engine) as connection:
            return list((await read_agents(connection)).values())

    async def agent(self, agent_id: AgentId) -> AgentProfile | None:
        """That agent."""
        async with reading(self._engine) as connection:
            return (await read_agents(connection, [agent_id])).get(agent_id)

    async def teams(self) -> Sequence[TeamListed]:
        """All teams by id, with their people."""
        async with reading(self._engine) as connection:
            return await list_teams(connection)

    async def endpoints(self) -> Sequence[Endpoint]:
        """All phones by id."""
        async with reading(self._engine) as connection:
            return await read_endpoints(connection)


def _of_settings(before: CentreRow, after: CentreRow) -> Change:
    shown = [msgspec.to_builtins({name: getattr(each, name) for name in _SETTINGS}, str_keys=True) for each in (before, after)]
    return Change(what="centre", id="settings", how=How.CHANGED, before=shown[0], after=shown[1])


_SETTINGS = ("default_weights", "home_country", "ageing_ms", "outbound", "caller_lists", "outside_shift")
