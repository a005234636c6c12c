"""Things of the centre as rows and back."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Column, Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.directory import AgentProfile, Client, OutsideShift, Project
from routing.outbound.rules import Caps, OutboundRules
from routing.queueing import AGEING_MS
from store.centre import Endpoint, Listed
from store.centre_checks import Known
from store.tables.accounts import DECIDES, LEADS, USERS
from store.tables.directory import (
    AGENT_SKILLS,
    AGENTS,
    BLOCKED_CLIENTS,
    CENTRE,
    CERTIFICATES,
    CLIENTS,
    ENDPOINTS,
    LEVEL_OVERRIDES,
    NUMBERS,
    PROJECTS,
    TEAMS,
)
from telephony.demands import language_of
from telephony.identifiers import AgentId, ClientId, EndpointId, ProjectId

PAGE = 250
_THE_CENTRE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreRow:
    """What holds for the whole centre."""

    revision: int = 0
    default_weights: tuple[float, float, float] = (1.0, 2.0, 3.0)
    home_country: str = "DE"
    ageing_ms: int = AGEING_MS
    caller_lists: Mapping[str, int] = field(default_factory=dict)
    outside_shift: OutsideShift = OutsideShift.ALLOW
    outbound: OutboundRules = OutboundRules()


async def read_centre(connection: AsyncConnection) -> CentreRow:
    """The centre's revision and settings; the defaults before the first change."""
    row = (await connection.execute(select(CENTRE).where(CENTRE.c.id == _THE_CENTRE))).first()
    if row is None:
        return CentreRow()
    weights = msgspec.json.decode(row.default_weights, type=tuple[float, float, float])
    return CentreRow(
        revision=row.revision,
        default_weights=weights,
        home_country=row.home_country,
        ageing_ms=row.ageing_ms,
        caller_lists=msgspec.json.decode(row.caller_lists, type=dict[str, int]),
        outside_shift=OutsideShift(row.outside_shift),
        outbound=msgspec.json.decode(row.outbound, type=OutboundRules),
    )


async def write_centre(connection: AsyncConnection, centre: CentreRow) -> None:
    """The centre's row is as given."""
    values = {
        "revision": centre.revision,
        "default_weights": msgspec.json.encode(centre.default_weights).decode(),
        "home_country": centre.home_country,
        "ageing_ms": centre.ageing_ms,
        "caller_lists": msgspec.json.encode(centre.caller_lists).decode(),
        "outside_shift": centre.outside_shift.value,
        "outbound": msgspec.json.encode(centre.outbound).decode(),
    }
    changed = await connection.execute(update(CENTRE).where(CENTRE.c.id == _THE_CENTRE).values(**values))
    if not changed.rowcount:
        await connection.execute(insert(CENTRE).values(id=_THE_CENTRE, **values))


async def read_numbers(connection: AsyncConnection) -> dict[str, ProjectId]:
    """All numbers in their order."""
    rows = (await connection.execute(select(NUMBERS.c.did, NUMBERS.c.project_id).order_by(NUMBERS.c.did))).all()
    return {row.did: ProjectId(row.project_id) for row in rows}


async def read_endpoints(connection: AsyncConnection) -> list[Endpoint]:
    """All phones by id."""
    columns = (ENDPOINTS.c.endpoint_id, ENDPOINTS.c.agent_id, ENDPOINTS.c.is_browser)
    result = await connection.stream(select(*columns).order_by(ENDPOINTS.c.endpoint_id))
    return [
        Endpoint(endpoint_id=EndpointId(row.endpoint_id), agent_id=AgentId(row.agent_id), is_browser=row.is_browser)
        async for rows in result.partitions(PAGE)
        for row in rows
    ]


async def read_known(connection: AsyncConnection) -> Known:
    """What a description may refer to."""
    standing = {each.item.project_id: each.item for each in await read_projects(connection)}
    agents = await connection.stream(select(AGENTS.c.agent_id))
    return Known(
        clients={ClientId(each) for each in (await connection.execute(select(CLIENTS.c.client_id))).scalars()},
        projects=standing.keys(),
        agents={AgentId(row.agent_id) async for rows in agents.partitions(PAGE) for row in rows},
        endpoints={each.endpoint_id: each.agent_id for each in await read_endpoints(connection)},
        standing=standing,
        teams=set((await connection.execute(select(TEAMS.c.team_id))).scalars()),
        leaders=set((await connection.execute(select(USERS.c.login).where(LEADS))).scalars()),
        deciders=set((await connection.execute(select(USERS.c.login).where(DECIDES, USERS.c.is_active.is_(True)))).scalars()),
    )


def project_row(project: Project, *, is_active: bool = True) -> dict[str, Any]:
    """The project as a row."""
    return {
        "project_id": project.project_id,
        "client_id": project.client_id,
        "name": project.name,
        "settings": msgspec.json.encode(project).decode(),
        "is_active": is_active,
    }


def agent_row(agent: AgentProfile) -> dict[str, Any]:
    """The agent as a row; certificates, levels, blocked clients and skills have rows of their own."""
    names = ("agent_id", "name", "level", "endpoint_id", "team", "mailbox", "phone_answers", "keeps_line", "is_active")
    return {name: getattr(agent, name) for name in names}


def agent_detail_rows(agents: Iterable[AgentProfile]) -> dict[Any, list[dict[str, Any]]]:
    """The rows of certificates, levels, blocked clients and skills of these agents, by table."""
    rows: dict[Any, list[dict[str, Any]]] = {CERTIFICATES: [], LEVEL_OVERRIDES: [], BLOCKED_CLIENTS: [], AGENT_SKILLS: []}
    for agent in agents:
        own = {"agent_id": agent.agent_id}
        rows[CERTIFICATES] += [{**own, "project_id": each} for each in sorted(agent.certificates)]
        rows[LEVEL_OVERRIDES] += [
            {**own, "project_id": each, "level": level} for each, level in sorted(agent.level_by_project.items())
        ]
        rows[BLOCKED_CLIENTS] += [{**own, "client_id": each} for each in sorted(agent.blocked_clients)]
        rows[AGENT_SKILLS] += [{**own, "skill": each, "grade": grade} for each, grade in sorted(agent.grades.items())]
    return rows


async def read_clients(connection: AsyncConnection) -> list[Listed[Client]]:
    """All clients by id."""
    rows = (await connection.execute(select(CLIENTS).order_by(CLIENTS.c.client_id))).all()
    return [Listed(item=_client(row), is_active=row.is_active) for row in rows]


def client_row(client: Client) -> dict[str, Any]:
    """The client as a row, in use."""
    caps = None if client.caps is None else msgspec.json.encode(client.caps).decode()
    return {"client_id": client.client_id, "name": client.name, "is_active": True, "caps": caps}


def _client(row: Row[Any]) -> Client:
    caps = None if row.caps is None else msgspec.json.decode(row.caps, type=Caps)
    return Client(client_id=ClientId(row.client_id), name=row.name, caps=caps)


async def read_projects(connection: AsyncConnection) -> list[Listed[Project]]:
    """All projects by id."""
    rows = (await connection.execute(select(PROJECTS.c.settings, PROJECTS.c.is_active).order_by(PROJECTS.c.project_id))).all()
    return [Listed(item=msgspec.json.decode(row.settings, type=Project), is_active=row.is_active) for row in rows]


async def read_agents(connection: AsyncConnection, agent_ids: Sequence[AgentId] | None = None) -> dict[AgentId, AgentProfile]:
    """These agents, or all, by id in their order; read in pages, so that ten thousand do not hold the event loop."""
    certificates: dict[str, list[ProjectId]] = {}
    levels: dict[str, dict[ProjectId, int]] = {}
    blocked: dict[str, list[ClientId]] = {}
    async for row in _rows(connection, select(CERTIFICATES), CERTIFICATES.c.agent_id, agent_ids):
        certificates.setdefault(row.agent_id, []).append(ProjectId(row.project_id))
    async for row in _rows(connection, select(LEVEL_OVERRIDES), LEVEL_OVERRIDES.c.agent_id, agent_ids):
        levels.setdefault(row.agent_id, {})[ProjectId(row.project_id)] = row.level
    async for row in _rows(connection, select(BLOCKED_CLIENTS), BLOCKED_CLIENTS.c.agent_id, agent_ids):
        blocked.setdefault(row.agent_id, []).append(ClientId(row.client_id))
    skills: dict[str, dict[str, int]] = {}
    languages: dict[str, dict[str, int]] = {}
    async for row in _rows(connection, select(AGENT_SKILLS), AGENT_SKILLS.c.agent_id, agent_ids):
        language = language_of(row.skill)
        of = skills if language is None else languages
        of.setdefault(row.agent_id, {})[language or row.skill] = row.grade
    agents = {}
    async for row in _rows(connection, select(AGENTS).order_by(AGENTS.c.agent_id), AGENTS.c.agent_id, agent_ids):
        agents[AgentId(row.agent_id)] = AgentProfile(
            agent_id=AgentId(row.agent_id),
            name=row.name,
            level=row.level,
            certificates=frozenset(certificates.get(row.agent_id, ())),
            level_by_project=levels.get(row.agent_id, {}),
            endpoint_id=None if row.endpoint_id is None else EndpointId(row.endpoint_id),
            blocked_clients=frozenset(blocked.get(row.agent_id, ())),
            is_active=row.is_active,
            team=row.team,
            mailbox=row.mailbox,
            phone_answers=row.phone_answers,
            keeps_line=row.keeps_line,
            skills=skills.get(row.agent_id, {}),
            languages=languages.get(row.agent_id, {}),
        )
    return agents


async def _rows(
    connection: AsyncConnection, query: Select[Any], key: Column[str], wanted: Sequence[str] | None
) -> AsyncIterator[Any]:
    pages = [None] if wanted is None else [wanted[start : start + PAGE] for start in range(0, len(wanted), PAGE)]
    for page in pages:
        result = await connection.stream(query if page is None else query.where(key.in_(page)))
        async for rows in result.partitions(PAGE):
            for row in rows:
                yield row
