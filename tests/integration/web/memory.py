"""The surroundings of the web edge, in memory: what is slow or not the edge's own is played, everything else is real."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from monitor.rows import AgentRow, CallPhase, CallRow, EmergencyRow
from routing.aftercall.forms import FormField
from routing.aftercall.order_terms import FormRule, OrderTerms
from routing.directory import AgentProfile, CallerList, Client, Directory, Project, Team
from routing.floor import Floor
from routing.standing import AgentStanding, Service, standing_of
from store.audit import Author
from store.centre import Applied, Centre, CentreRejected, Fault
from telephony.agent.model import Agent
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal
from telephony.events import Envelope, Event
from telephony.identifiers import (
    AgentId,
    CallId,
    ClientId,
    EndpointId,
    EventId,
    Instant,
    PartyId,
    ProjectId,
    UserId,
    WrapUpCode,
)
from web.accounts import ApiToken, Session, User
from web.ports import MinutesWanted

T0 = Instant(1_790_000_000_000_000)


class StepClock:
    def __init__(self) -> None:
        self.at = T0

    def now(self) -> Instant:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at = Instant(self.at + int(seconds * 1_000_000))


class CountedIds:
    def __init__(self) -> None:
        self.count = 0

    def new(self, at: Instant) -> str:
        self.count += 1
        return f"00000000-0000-7000-8000-{self.count:012d}"


class MemoryUsers:
    def __init__(self) -> None:
        self.rows: dict[UserId, User] = {}

    async def get(self, user_id: UserId) -> User | None:
        return self.rows.get(user_id)

    async def find(self, login: str) -> User | None:
        return next((u for u in self.rows.values() if u.login == login), None)

    async def all(self) -> Sequence[User]:
        return list(self.rows.values())

    async def add(self, user: User, *, by: Author | None = None) -> bool:
        if await self.find(user.login) is not None:
            return False
        self.rows[user.user_id] = user
        return True

    async def put(self, user: User, *, by: Author | None = None) -> None:
        self.rows[user.user_id] = user

    async def spend_one_time(self, user_id: UserId, one_time_hash: str) -> bool:
        user = self.rows[user_id]
        if user.one_time_hash != one_time_hash:
            return False
        self.rows[user_id] = replace(user, one_time_hash=None, one_time_expires_at=None)
        return True

    async def set_password(self, user_id: UserId, password_hash: str, *, by: Author) -> None:
        self.rows[user_id] = replace(
            self.rows[user_id], password_hash=password_hash, must_set_password=False, one_time_hash=None, one_time_expires_at=None
        )


class MemorySessions:
    def __init__(self) -> None:
        self.rows: dict[str, Session] = {}

    async def add(self, session: Session) -> None:
        self.rows[session.session_id] = session

    async def get(self, session_id: str) -> Session | None:
        return self.rows.get(session_id)

    async def touch(self, session_id: str, seen_at: Instant) -> None:
        if session_id in self.rows:
            self.rows[session_id] = replace(self.rows[session_id], seen_at=seen_at)

    async def remove(self, session_id: str) -> None:
        self.rows.pop(session_id, None)

    async def remove_of(self, user_id: UserId) -> None:
        self.rows = {k: s for k, s in self.rows.items() if s.user_id != user_id}


class MemoryTokens:
    def __init__(self) -> None:
        self.rows: dict[str, ApiToken] = {}

    async def add(self, token: ApiToken) -> None:
        self.rows[token.token_id] = token

    async def find(self, secret_hash: str) -> ApiToken | None:
        return next((t for t in self.rows.values() if t.secret_hash == secret_hash), None)

    async def of(self, user_id: UserId | None) -> Sequence[ApiToken]:
        return [t for t in self.rows.values() if user_id is None or t.user_id == user_id]

    async def touch(self, token_id: str, used_at: Instant) -> None:
        self.rows[token_id] = replace(self.rows[token_id], used_at=used_at)

    async def remove(self, token_id: str) -> None:
        self.rows.pop(token_id, None)

    async def remove_of(self, user_id: UserId) -> None:
        self.rows = {k: t for k, t in self.rows.items() if t.user_id != user_id}


class MemoryCallers:
    """Known callers, in clear: this is a test."""

    def __init__(self) -> None:
        self.lists: dict[str, set[str]] = {}
        self.blocked: dict[AgentId, set[str]] = {}

    async def counts(self) -> Mapping[str, int]:
        return {name: len(numbers) for name, numbers in self.lists.items()}

    async def put_on_list(self, list_name: str, number: str, *, by: Author) -> None:
        self.lists.setdefault(list_name, set()).add(number)

    async def take_off_list(self, list_name: str, number: str, *, by: Author) -> None:
        self.lists.setdefault(list_name, set()).discard(number)

    async def block(self, agent_id: AgentId, number: str, *, by: Author) -> None:
        self.blocked.setdefault(agent_id, set()).add(number)

    async def unblock(self, agent_id: AgentId, number: str, *, by: Author) -> None:
        self.blocked.setdefault(agent_id, set()).discard(number)


class MemoryDirectory:
    def __init__(self, directory: Directory) -> None:
        self.current = directory

    async def apply(self, centre: Centre, *, by: Author, removes_others: bool = False, is_dry_run: bool = False) -> Applied:
        clients = {**self.current.clients, **{c.client_id: c for c in centre.clients}}
        projects = {**self.current.projects, **{p.project_id: p for p in centre.projects}}
        faults = [
            Fault(where=f"project {p.project_id}", what="no client") for p in projects.values() if p.client_id not in clients
        ]
        faults += [Fault(where=f"number {d}", what="no project") for d, p in centre.numbers.items() if p not in projects]
        if faults:
            raise CentreRejected(faults)
        if not is_dry_run:
            self.current = replace(
                self.current,
                revision=self.current.revision + 1,
                clients=clients,
                projects=projects,
                outbound=centre.outbound or self.current.outbound,
                numbers={**self.current.numbers, **centre.numbers},
                agents={**self.current.agents, **{a.agent_id: a for a in centre.agents}},
                teams={**self.current.teams, **{t.team_id: Team(team_id=t.team_id, name=t.name) for t in centre.teams}},
                caller_lists={name: CallerList(name=name, priority_ms=ms) for name, ms in (centre.caller_lists or {}).items()},
            )
        return Applied(changes=(), revision=self.current.revision)

    async def remove_team(self, team_id: str, *, by: Author) -> Applied:
        teams = {k: v for k, v in self.current.teams.items() if k != team_id}
        self.current = replace(self.current, revision=self.current.revision + 1, teams=teams)
        return Applied(changes=(), revision=self.current.revision)

    async def deactivate_client(self, client_id: ClientId, *, by: Author) -> Applied:
        clients = {k: v for k, v in self.current.clients.items() if k != client_id}
        projects = {k: v for k, v in self.current.projects.items() if v.client_id != client_id}
        self.current = replace(self.current, revision=self.current.revision + 1, clients=clients, projects=projects)
        return Applied(changes=(), revision=self.current.revision)

    async def deactivate_project(self, project_id: ProjectId, *, by: Author) -> Applied:
        projects = {k: v for k, v in self.current.projects.items() if k != project_id}
        self.current = replace(self.current, revision=self.current.revision + 1, projects=projects)
        return Applied(changes=(), revision=self.current.revision)

    async def remove_number(self, did: str, *, by: Author) -> Applied:
        numbers = {k: v for k, v in self.current.numbers.items() if k != did}
        self.current = replace(self.current, revision=self.current.revision + 1, numbers=numbers)
        return Applied(changes=(), revision=self.current.revision)


@dataclass
class PlayedIntents:
    """Takes note of what was asked; answers with `refusal`."""

    asked: list[msgspec.Struct] = field(default_factory=list)
    refusal: Refusal | None = None
    parties: list[PartyRecord] = field(default_factory=list)

    async def submit(self, request: Any, party: PartyRecord | None = None) -> Refusal | None:
        self.asked.append(request)
        self.parties += [] if party is None else [party]
        return self.refusal


class PlayedStandings:
    """A real floor nobody is on; tests put agents there."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.floor = Floor(directory)
        self.agents: dict[AgentId, Agent] = {}

    def standing(self, agent_id: AgentId) -> AgentStanding:
        agent = self.agents.get(agent_id)
        return standing_of(agent_id, agent, self.floor, self.directory, now=T0, is_reachable=True, service=Service())


class PlayedFloor:
    def __init__(self) -> None:
        self.agent_rows: dict[AgentId, AgentRow] = {}
        self.call_rows: dict[CallId, CallRow] = {}
        self.emergency_rows: dict[EventId, EmergencyRow] = {}

    def agents(self) -> Sequence[AgentRow]:
        return list(self.agent_rows.values())

    def agent(self, agent_id: AgentId) -> AgentRow | None:
        return self.agent_rows.get(agent_id)

    def calls(self) -> Sequence[CallRow]:
        return list(self.call_rows.values())

    def call(self, call_id: CallId) -> CallRow | None:
        return self.call_rows.get(call_id)

    def emergency(self, emergency_id: EventId) -> EmergencyRow | None:
        return self.emergency_rows.get(emergency_id)


class MemoryJournal:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        for envelope in self.envelopes:
            if envelope.call_id == call_id:
                yield envelope

    async def read_agent(self, agent_id: AgentId, since: int = 0) -> AsyncIterator[Envelope]:
        for envelope in self.envelopes:
            if envelope.agent_id == agent_id and envelope.seq > since:
                yield envelope

    async def read_since(self, seq: int, until: int | None = None, kinds: Sequence[type[Event]] = ()) -> AsyncIterator[Envelope]:
        for envelope in self.envelopes:
            is_wanted = isinstance(envelope.event, tuple(kinds) or Event)
            if envelope.seq > seq and (until is None or envelope.seq <= until) and is_wanted:
                yield envelope

    async def last_seq(self) -> int:
        return max((envelope.seq for envelope in self.envelopes), default=0)

    async def read_open(self) -> AsyncIterator[Envelope]:
        for envelope in self.envelopes:
            yield envelope


class PlayedMinutes:
    def __init__(self) -> None:
        self.wanted: list[MinutesWanted] = []
        self.breaks_off = False
        self.fails = False

    async def stream(self, wanted: MinutesWanted) -> AsyncGenerator[bytes]:
        self.wanted.append(wanted)
        if self.fails:
            raise RuntimeError("the database is away")
        yield b'["first",'
        if self.breaks_off:
            raise RuntimeError("the database went away: password=hunter2")
        yield b'"second"]'


@dataclass(frozen=True)
class Person:
    number: str | None
    name: str | None


@dataclass(frozen=True)
class Receipt:
    receipt_id: str
    erased_at: Instant
    party_ids: tuple[PartyId, ...]
    parts: tuple[()] = ()

    @property
    def has_found(self) -> bool:
        return bool(self.party_ids)


class MemoryParties:
    def __init__(self) -> None:
        self.rows: dict[PartyId, Person] = {}

    async def reveal(self, party_ids: Collection[PartyId]) -> Mapping[PartyId, Person]:
        return {p: self.rows[p] for p in party_ids if p in self.rows}

    async def restrict(self, number: str, *, receipt_id: str, reason: str, by: Author) -> Receipt:
        return Receipt(receipt_id=receipt_id, erased_at=by.at, party_ids=())

    async def erase(
        self, *, at: Instant, receipt_id: str, reason: str, number: str | None = None, party_id: PartyId | None = None
    ) -> Receipt:
        gone = tuple(p for p, person in self.rows.items() if p == party_id or (number is not None and person.number == number))
        for each in gone:
            del self.rows[each]
        return Receipt(receipt_id=receipt_id, erased_at=at, party_ids=gone)


class PlayedReadiness:
    def __init__(self) -> None:
        self.state = {"switch": True, "journal": True, "directory": True}

    def checks(self) -> Mapping[str, bool]:
        return self.state


def a_directory() -> Directory:
    """Two clients with a project each; anna and ben in the red team, carla in the blue one."""
    projects = {
        ProjectId(f"{c}-service"): Project(
            project_id=ProjectId(f"{c}-service"),
            client_id=ClientId(c),
            name=f"{c} service",
            wrap_up_codes=(WrapUpCode("sold"),),
            orders=OrderTerms(form_rule=FormRule.TEXT_APPROVAL, fields=(FormField(name="tariff", is_required=True),)),
        )
        for c in ("acme", "bolt")
    }
    teams = {"anna": "red", "ben": "red", "carla": "blue"}
    agents = {
        AgentId(name): AgentProfile(
            agent_id=AgentId(name),
            name=name.title(),
            level=1,
            certificates=frozenset({ProjectId("acme-service" if name != "carla" else "bolt-service")}),
            endpoint_id=EndpointId(f"phone-{name}"),
            team=team,
        )
        for name, team in teams.items()
    }
    return Directory(
        revision=1,
        clients={ClientId(c): Client(client_id=ClientId(c), name=c.title()) for c in ("acme", "bolt")},
        projects=projects,
        numbers={"+4930111": ProjectId("acme-service"), "+4930222": ProjectId("bolt-service")},
        agents=agents,
        endpoints={EndpointId(f"phone-{name}"): AgentId(name) for name in teams},
        teams={team: Team(team_id=team, name=team.title()) for team in ("red", "blue")},
    )


def a_call_row(call_id: str, *, client: str, agent: str | None) -> CallRow:
    return CallRow(
        call_id=CallId(call_id),
        direction="inbound",
        project_id=ProjectId(f"{client}-service"),
        client_id=ClientId(client),
        phase=CallPhase.TALKING,
        since_at=T0,
        offered_at=T0,
        answered_at=T0,
        agent_id=AgentId(agent) if agent is not None else None,
        masked="+4930…",
        offers=1,
        held_ms=0,
        decision_id=None,
    )
