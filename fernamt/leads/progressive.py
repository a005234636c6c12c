"""Gives leads of progressive projects to agents who are free, and asks for their calls: the pump beside the calls.

It holds nothing that must not be lost: a lead it had claimed when it died goes back with the end of its lease, and one whose call
was asked for is followed like every other. Nothing here dials: the agent is reserved and rung first, and the desk permits.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from routing.directory import Directory
from routing.eligibility import Ineligible
from routing.leads.following import LeadCall
from routing.leads.lists import LeadList, LeadListId, ListState
from routing.outbound.pacing import FreeAgent, Given, Unreached, Work, to_give
from store.lead_calls import wish_for
from store.lead_claims import ClaimedLead
from telephony.agent.model import Agent
from telephony.causes import EndReason
from telephony.dialling import DialPermitted, DialPurpose, DialRefused, DialRequested
from telephony.engine.ports import Clock, Ids, PartyRecord
from telephony.errors import Refusal
from telephony.events import CallEnded, Envelope
from telephony.identifiers import AgentId, CallId, Instant, PartyId, ProjectId, after_ms
from web.lead_ports import LeadGiving

LOOK_S = 1.0
LEASE_MS = 2 * 60_000
"""Longer than any agent's phone rings and any desk answers."""
EMPTY_MS = 15_000
"""So long a list is not asked again that had no lead."""
BY = "progressive"


class Lists(Protocol):
    """All lists."""

    async def lists(self) -> Sequence[LeadList]: ...


class Claims(LeadGiving, Protocol):
    """Leads given out, and taken back."""

    async def give_back(self, claim_id: str, lead_list: LeadList, *, at: Instant) -> None: ...


class Held(Protocol):
    """Leads that agents have."""

    async def of_agent(self, agent_id: AgentId, at: Instant) -> object | None: ...


class Floor(Protocol):
    """Who would be offered a call now, and where somebody waits."""

    def why_not(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None: ...
    def never(self, agent_id: AgentId, project_id: ProjectId) -> Ineligible | None: ...
    def waiting_in(self, project_id: ProjectId) -> int: ...


class Standing(Protocol):
    """Agents and floor, as they are now."""

    @property
    def directory(self) -> Directory: ...
    @property
    def agents(self) -> Mapping[AgentId, Agent]: ...
    @property
    def floor(self) -> Floor: ...


class Intents(Protocol):
    """Where wishes go. What is asked is decided before anything else happens."""

    async def submit(self, request: DialRequested, party: PartyRecord | None = None) -> Refusal | None: ...


class Progressive:
    """The pump of one controller."""

    def __init__(
        self,
        *,
        lists: Lists,
        claims: Claims,
        held: Held,
        standing: Standing,
        open_calls: Callable[[], Sequence[LeadCall]],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._lists = lists
        self._claims = claims
        self._held = held
        self._standing = standing
        self._open_calls = open_calls
        self._clock = clock
        self._ids = ids
        self._asked: dict[CallId, AgentId] = {}
        self._unreached = Unreached()
        self._empty_until: dict[LeadListId, Instant] = {}

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Whether agents came to the calls asked for here is noted."""
        if not self._asked:
            return
        for envelope in envelopes:
            agent_id = None if envelope.call_id is None else self._asked.get(envelope.call_id)
            if agent_id is None or envelope.call_id is None:
                continue
            if isinstance(envelope.event, DialPermitted | DialRefused):
                self._unreached = self._unreached.reached(agent_id)
            elif isinstance(envelope.event, CallEnded):
                del self._asked[envelope.call_id]
                if envelope.event.end_reason is EndReason.AGENT_UNREACHED:
                    self._unreached = self._unreached.after(agent_id, envelope.occurred_at)

    async def keep(self, intents: Intents) -> None:
        """Gives leads out, until cancelled; `intents` take the wishes to call them."""
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(SQLAlchemyError, OSError):  # while the database is away, nobody is given a lead
                await self.look(intents)

    async def look(self, intents: Intents) -> None:
        """Whoever can be given a lead now has one, and their call is asked for."""
        if not (works := self._works()):
            return
        at = self._clock.now()
        lists = [each for each in await self._lists.lists() if each.state is ListState.OPEN and not self._is_empty(each, at)]
        listed = {each.project_id for each in lists}
        if not (works := [each for each in works if each.project_id in listed]):
            return
        for each in to_give(self._free(works, at), works, self._waiting(), at):
            await self._give(each, [known for known in lists if known.project_id == each.project_id], intents)

    async def _give(self, given: Given, lists: Sequence[LeadList], intents: Intents) -> None:
        if await self._held.of_agent(given.agent_id, self._clock.now()) is not None:
            return  # the lead of their last call is not settled yet, or they look at one of their own choice
        for lead_list in lists:
            at = self._clock.now()
            if self._is_empty(lead_list, at):
                continue
            claim_id, directory = self._ids.new(at), self._standing.directory
            claimed = await self._claims.claim(lead_list, given.agent_id, directory, claim_id=claim_id, at=at, lease_ms=LEASE_MS)
            if claimed is None:
                self._empty_until[lead_list.list_id] = after_ms(at, EMPTY_MS)
                continue
            if not await self._asked_for(given.agent_id, lead_list, claimed, intents):
                await self._claims.give_back(claimed.claim_id, lead_list, at=self._clock.now())
            return

    async def _asked_for(self, agent_id: AgentId, lead_list: LeadList, claimed: ClaimedLead, intents: Intents) -> bool:
        """Whether the lead's call was asked for and granted: no, where its agent is not free any more, or a caller waits."""
        at, call_id = self._clock.now(), CallId(claimed.claim_id)
        agent = self._standing.agents.get(agent_id)
        if agent is None or not self._may_call_for(agent, lead_list.project_id) or self._waits_for(agent):
            return False
        request, party = wish_for(
            lead_list,
            claimed,
            agent_id,
            by=BY,
            purpose=DialPurpose.PROGRESSIVE,
            party_id=PartyId(self._ids.new(at)),
            at=at,
            home_country=self._standing.directory.home_country,
        )
        self._asked[call_id] = agent_id
        if await intents.submit(request, party) is None:
            return True
        self._asked.pop(call_id, None)
        return False

    def _is_empty(self, lead_list: LeadList, at: Instant) -> bool:
        """Whether it had no lead a moment ago."""
        return self._empty_until.get(lead_list.list_id, at) > at

    # -- as it stands ----------------------------------------------------------------------------------------------------

    def _works(self) -> list[Work]:
        flying: dict[ProjectId, int] = {}
        for call in self._open_calls():
            flying[call.project_id] = flying.get(call.project_id, 0) + 1
        return [
            Work(
                project_id=project.project_id,
                in_flight=flying.get(project.project_id, 0),
                keeps_free=project.outbound.keeps_free,
            )
            for project in self._standing.directory.projects.values()
            if project.outbound is not None and project.outbound.is_progressive
        ]

    def _waiting(self) -> frozenset[ProjectId]:
        projects = self._standing.directory.projects
        return frozenset(project_id for project_id in projects if self._standing.floor.waiting_in(project_id))

    def _may_call_for(self, agent: Agent, project_id: ProjectId) -> bool:
        """Whether the agent could be offered that project's calls now; who keeps a line open stands in no order of them."""
        floor = self._standing.floor
        if agent.line is None:
            return floor.why_not(agent.agent_id, project_id) is None
        return agent.is_idle and agent.line.is_free and floor.never(agent.agent_id, project_id) is None

    def _waits_for(self, agent: Agent) -> bool:
        """Whether a caller has come meanwhile whom this agent could have; who keeps a line open is offered none."""
        if agent.line is not None:
            return False
        profile = self._standing.directory.agents.get(agent.agent_id)
        return profile is None or not profile.certificates.isdisjoint(self._waiting())

    def _free(self, works: Sequence[Work], at: Instant) -> list[FreeAgent]:
        directory, floor = self._standing.directory, self._standing.floor
        idle = [
            (agent, directory.agents[agent.agent_id].certificates)
            for agent in self._standing.agents.values()
            if agent.is_idle and agent.agent_id in directory.agents and not self._unreached.rests(agent.agent_id, at)
        ]
        working = frozenset(each.project_id for each in works)
        calls_for = [
            frozenset(each for each in working & certificates if self._may_call_for(agent, each)) for agent, certificates in idle
        ]
        if not any(calls_for):
            return []  # whoever could answer instead does not matter
        called = frozenset(directory.numbers.values())
        return [
            FreeAgent(
                agent_id=agent.agent_id,
                free_since=agent.idle_since,
                calls_for=projects,
                answers_for=frozenset(each for each in certificates & called if floor.why_not(agent.agent_id, each) is None),
            )
            for (agent, certificates), projects in zip(idle, calls_for, strict=True)
        ]
