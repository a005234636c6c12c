"""Writes the difference between what holds in the centre's book and what is to hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.directory import AgentProfile
from store.centre import Centre, Change, Endpoint, How, Listed
from store.centre_rows import (
    PAGE,
    agent_detail_rows,
    agent_row,
    client_row,
    project_row,
    read_agents,
    read_clients,
    read_endpoints,
    read_numbers,
    read_projects,
)
from store.tables.directory import AGENTS, CLIENTS, ENDPOINTS, NUMBERS, PROJECTS
from store.teams import in_their_teams, put_people, put_teams, read_teams, remove_team


class CentreWriter:
    """Changes the book within the caller's transaction. What it is given has been checked."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, centre: Centre) -> list[Change]:
        """All of it holds; returns what was different."""
        changes = await self._put_clients(centre)
        changes += await put_teams(self._connection, centre.teams)
        changes += await self._put_projects(centre)
        changes += await self._put_numbers(centre)
        changes += await self._put_agents(in_their_teams(centre.agents, centre.teams))
        changes += await self._put_endpoints(centre)
        changes += await put_people(self._connection, centre.teams)
        return changes

    async def take_out_others(self, centre: Centre) -> list[Change]:
        """What is in use and not named goes out of use, numbers and phones altogether."""
        named: dict[str, set[Any]] = {
            "client": {each.client_id for each in centre.clients},
            "project": {each.project_id for each in centre.projects},
            "number": set(centre.numbers),
            "agent": {each.agent_id for each in centre.agents},
            "endpoint": {*(each.endpoint_id for each in centre.endpoints), *(each.endpoint_id for each in centre.agents)},
            "team": {*(each.team_id for each in centre.teams), *(each.team for each in centre.agents)},
        }
        there: dict[str, Iterable[str]] = {
            "number": await read_numbers(self._connection),
            "endpoint": [each.endpoint_id for each in await read_endpoints(self._connection)],
            "team": await read_teams(self._connection),
            "agent": await read_agents(self._connection),
            "project": [each.item.project_id for each in await read_projects(self._connection)],
            "client": [each.item.client_id for each in await read_clients(self._connection)],
        }
        changes = list[Change]()
        for what, ids in there.items():
            for each in ids:
                if each not in named[what]:
                    changes += await self.take_out(what, each) or ()
        return changes

    async def take_out(self, what: str, identifier: str) -> list[Change] | None:
        """The thing is out of use; returns what was different, None where there is no such thing."""
        if what == "team":
            return await remove_team(self._connection, identifier)
        if what in _REMOVED:
            key = _REMOVED[what]
            before = await self._before_removal(what, identifier)
            if what == "endpoint":
                await self._connection.execute(update(AGENTS).where(AGENTS.c.endpoint_id == identifier).values(endpoint_id=None))
            gone = await self._connection.execute(delete(key.table).where(key == identifier))
            return [Change(what=what, id=identifier, how=How.REMOVED, before=before)] if gone.rowcount else None
        key = _DEACTIVATED[what]
        table = key.table
        found = (await self._connection.execute(table.select().where(key == identifier))).first()
        if found is None:
            return None
        if not found.is_active:
            return []
        await self._connection.execute(update(table).where(key == identifier).values(is_active=False))
        in_use = {"is_active": True}
        return [Change(what=what, id=identifier, how=How.DEACTIVATED, before=in_use, after={"is_active": False})]

    async def _before_removal(self, what: str, identifier: str) -> Any:
        columns = _SHOWN[what]
        found = await self._connection.execute(select(*columns).where(_REMOVED[what] == identifier))
        row = found.mappings().first()
        return None if row is None else dict(row)

    async def _put_clients(self, centre: Centre) -> list[Change]:
        there = {each.item.client_id: each for each in await read_clients(self._connection)} if centre.clients else {}
        wanted = {each.client_id: client_row(each) for each in centre.clients}
        after = {each.client_id: Listed(item=each, is_active=True) for each in centre.clients}
        same = {key for key, listed in there.items() if after.get(key) == listed}
        return await self._put_rows("client", CLIENTS, wanted, (there, after), same)

    async def _put_projects(self, centre: Centre) -> list[Change]:
        there = {each.item.project_id: each for each in await read_projects(self._connection)} if centre.projects else {}
        wanted = {each.project_id: project_row(each) for each in centre.projects}
        same = {each.project_id for each in centre.projects if there.get(each.project_id) == Listed(item=each, is_active=True)}
        after = {each.project_id: Listed(item=each, is_active=True) for each in centre.projects}
        return await self._put_rows("project", PROJECTS, wanted, (there, after), same)

    async def _put_numbers(self, centre: Centre) -> list[Change]:
        there = await read_numbers(self._connection) if centre.numbers else {}
        wanted = {did: {"did": did, "project_id": project_id} for did, project_id in centre.numbers.items()}
        same = {did for did, project_id in centre.numbers.items() if there.get(did) == project_id}
        before = {did: {"project_id": project_id} for did, project_id in there.items()}
        after = {did: {"project_id": project_id} for did, project_id in centre.numbers.items()}
        return await self._put_rows("number", NUMBERS, wanted, (before, after), same)

    async def _put_agents(self, agents: Sequence[AgentProfile]) -> list[Change]:
        return [change for page in _pages(agents) for change in await self._put_some_agents(page)]

    async def _put_some_agents(self, agents: Sequence[AgentProfile]) -> list[Change]:
        there = await read_agents(self._connection, [agent.agent_id for agent in agents])
        different = [agent for agent in agents if there.get(agent.agent_id) != agent]
        wanted = {agent.agent_id: agent_row(agent) for agent in different}
        after = {agent.agent_id: agent for agent in different}
        changes = await self._put_rows("agent", AGENTS, wanted, (there, after), set())
        known = [agent.agent_id for agent in different if agent.agent_id in there]
        for table, rows in agent_detail_rows(different).items():
            if known:
                await self._connection.execute(delete(table).where(table.c.agent_id.in_(known)))
            for some in _pages(rows):
                await self._connection.execute(insert(table), list(some))
        return changes

    async def _put_endpoints(self, centre: Centre) -> list[Change]:
        wanted = {each.endpoint_id: each for each in centre.endpoints}
        there = {each.endpoint_id: each for each in await read_endpoints(self._connection)} if wanted or centre.agents else {}
        for agent in centre.agents:
            if agent.endpoint_id is not None and agent.endpoint_id not in wanted and agent.endpoint_id not in there:
                wanted[agent.endpoint_id] = Endpoint(endpoint_id=agent.endpoint_id, agent_id=agent.agent_id)
        rows = {key: _endpoint_row(each) for key, each in wanted.items()}
        same = {key for key, each in wanted.items() if there.get(key) == each}
        for key in wanted.keys() & there.keys() - same:  # a phone that changes hands is no longer the former agent's
            others = (AGENTS.c.endpoint_id == key) & (AGENTS.c.agent_id != wanted[key].agent_id)
            await self._connection.execute(update(AGENTS).where(others).values(endpoint_id=None))
        return await self._put_rows("endpoint", ENDPOINTS, rows, (there, wanted), same)

    async def _put_rows(
        self,
        what: str,
        table: Table,
        wanted: Mapping[Any, dict[str, Any]],
        before_and_after: tuple[Mapping[Any, Any], Mapping[Any, Any]],
        same: set[Any],
    ) -> list[Change]:
        """The wanted rows are in the table; those already the same are not touched."""
        there, after = before_and_after
        added = [row for key, row in wanted.items() if key not in there]
        changed = [row for key, row in wanted.items() if key in there and key not in same]
        key_column = next(iter(table.primary_key.columns))
        for page in _pages(added):
            await self._connection.execute(insert(table), list(page))
        for page in _pages(changed):
            statement = update(table).where(key_column == bindparam("the_key"))
            values: dict[str, Any] = {name: bindparam(name) for name in page[0] if name != key_column.name}
            rows = [{"the_key": row[key_column.name], **{name: row[name] for name in values}} for row in page]
            await self._connection.execute(statement.values(values), rows)
        return [
            Change(what=what, id=str(key), how=how, before=_plain(there.get(key)), after=_plain(after[key]))
            for how, some in ((How.ADDED, added), (How.CHANGED, changed))
            for key in (row[key_column.name] for row in some)
        ]


_REMOVED = {"number": NUMBERS.c.did, "endpoint": ENDPOINTS.c.endpoint_id}
_SHOWN = {"number": (NUMBERS.c.project_id,), "endpoint": (ENDPOINTS.c.agent_id, ENDPOINTS.c.is_browser)}
"""What is kept of a thing that is removed: a phone's password is not."""
_DEACTIVATED = {"client": CLIENTS.c.client_id, "project": PROJECTS.c.project_id, "agent": AGENTS.c.agent_id}


def _endpoint_row(endpoint: Endpoint) -> dict[str, Any]:
    return {"endpoint_id": endpoint.endpoint_id, "agent_id": endpoint.agent_id, "is_browser": endpoint.is_browser}


def _plain(record: Any) -> Any:
    """The record in plain values."""
    if isinstance(record, Listed):
        return {**msgspec.to_builtins(record.item, str_keys=True), "is_active": record.is_active}
    return None if record is None else msgspec.to_builtins(record, str_keys=True)


def _pages(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + PAGE] for start in range(0, len(rows), PAGE))
