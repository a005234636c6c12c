"""A controller that calls leads and can be killed at every step: claims, dial book, desk, journal and follower are the real ones.

What it has in memory dies with it; database, journal, and the network's phones stay.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.leads.follower import LeadFollower
from routing.entry import terms_of
from routing.leads.lists import LeadList, LeadListId
from routing.outbound.asking import Permit
from routing.outbound.callee import read_callee
from routing.outbound.order import OrderPolicy
from routing.outbound.rules import Brakes, Caps, OutboundRules, ProjectOutbound
from routing.outbound.shown import by_assignment
from routing.outbound.verdicts import CodeRule, Verdict
from store.dial_book import SqlDialBook
from store.engine import writing
from store.lead_calls import LeadCalls
from store.lead_claims import ClaimedLead, LeadClaims
from store.memory_journal import MemoryJournal
from store.tables.journal import PARTIES
from telephony.agent.model import Agent, AgentState
from telephony.causes import EndReason, HangupCause
from telephony.commands import AskPermission
from telephony.dialling import CallPlaced, DialPermitted, DialPurpose, DialReference
from telephony.engine.dial_asks import ask_of, said_of
from telephony.engine.permits import Desk
from telephony.engine.ports import PartyRecord
from telephony.errors import Refusal
from telephony.events import CallEnded, Envelope, Event, LegAnswered, LegHungUp, WrapUpCodeChosen
from telephony.identifiers import SECOND, AgentId, CallId, EventId, Instant, LegId, PartyId, ProjectId, SwitchName, WrapUpCode
from telephony.identifiers import leg_id as leg_name
from tests.contract.store.lead_words import AT, KEYS, House, a_list, rows
from tests.unit.routing.centre import a_centre, a_project, an_agent
from tests.unit.routing.outbound.asks import a_right

SALES, SOLD = ProjectId("sales"), WrapUpCode("sold")
AGENTS = [AgentId(f"agent-{place}") for place in range(10)]
STEPS = ("claimed", "party_known", "placed", "permitted", "permit_journaled", "dialled", "answered", "hung_up", "ended", "coded")
"""After each of these the controller may die. `permitted`: in the dial book; `dialled`: the packet is out."""


class Killed(Exception):
    """The process is gone."""


@dataclass
class Network:
    """Phones outside, and the switch with its own records."""

    dialled: dict[str, list[LegId]] = field(default_factory=dict)
    """Legs by number."""
    up: dict[LegId, bool] = field(default_factory=dict)
    """Legs that are there, and whether they were answered."""
    recorded: dict[LegId, HangupCause] = field(default_factory=dict)
    """What CEL tells of legs that ended while nobody looked."""


@dataclass
class World:
    """What a kill leaves standing."""

    house: House
    list_id: LeadListId
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    network: Network = field(default_factory=Network)
    at: Instant = AT
    number: int = 0

    def now(self) -> Instant:
        """The clock of whoever lives."""
        return self.at


async def a_world(engine: AsyncEngine, folder: Path, leads: int) -> World:
    """A list with so many leads."""
    rules = OutboundRules(brakes=Brakes(burst_calls=10_000), per_agent=Caps(cost_micros=10**12, calls=10_000))
    directory = a_centre(
        [a_project("sales", outbound=ProjectOutbound())],
        [an_agent(agent_id, "sales") for agent_id in AGENTS],
        rights=by_assignment((a_right(),)),
        outbound=rules,
    )
    house = House(engine, folder, directory)
    await house.open(replace(a_list(policy=OrderPolicy()), project_id=SALES))
    await house.took(rows(*(f"030 2312{place:05}" for place in range(10_000, 10_000 + leads))))
    return World(house=house, list_id=LeadListId("spring"))


RULES = (CodeRule(code=SOLD, verdict=Verdict.DONE),)


class Controller:
    """One life of the service. `dies_after`: the step that is its last."""

    def __init__(self, world: World, dies_after: str | None = None) -> None:
        engine = world.house.engine
        self.world = world
        self.dies_after = dies_after
        self.claims, self.calls = LeadClaims(engine, KEYS), LeadCalls(engine)
        self.desk = Desk(SqlDialBook(engine, KEYS), lambda: world.house.directory, world)
        self.agents: dict[AgentId, Agent] = {}
        self.follower = LeadFollower(self.calls, agent=self.agents.get, rules=lambda _: RULES, clock=world)

    def step(self, name: str) -> None:
        """Maybe the last."""
        if name == self.dies_after:
            raise Killed(name)

    def say(self, call_id: CallId, *events: Event) -> None:
        """Journaled, and heard by who listens."""
        for event in events:
            self.world.number += 1
            told = Envelope(
                seq=self.world.number,
                event_id=EventId(f"e{self.world.number}"),
                occurred_at=self.world.at,
                received_at=self.world.at,
                event=event,
                call_id=call_id,
            )
            self.world.journal.append([told])
            self.desk.publish([told])
            self.follower.publish([told])

    async def lead_list(self) -> LeadList:
        """The list."""
        found = await self.world.house.lists.get(self.world.list_id)
        assert found is not None
        return found

    async def claim(self, agent_id: AgentId) -> ClaimedLead | None:
        """The next lead is this agent's."""
        self.world.number += 1
        call_id, world = f"call-{self.world.number}", self.world
        return await self.claims.claim(
            await self.lead_list(), agent_id, world.house.directory, claim_id=call_id, at=world.at, lease_ms=120_000
        )

    async def place(self, claimed: ClaimedLead, agent_id: AgentId) -> CallId:
        """The agent wants to dial: the call is placed."""
        world, call_id = self.world, CallId(claimed.claim_id)
        assert await self.claims.keep(call_id, at=world.at)
        await know(world.house.engine, PartyId(call_id), claimed.number, world.at)
        self.step("party_known")
        self.agents[agent_id] = Agent(agent_id=agent_id, state=AgentState.TALKING, call_id=call_id)
        placed = CallPlaced(
            call_id=call_id,
            placed_by=agent_id,
            party_id=PartyId(call_id),
            number=read_callee(claimed.number).facts,
            reference=DialReference(kind="lead", id=str(claimed.lead.lead_id)),
            terms=terms_of(world.house.directory.projects[SALES]),
        )
        self.say(call_id, placed)
        self.step("placed")
        return call_id

    async def permission(self, call_id: CallId, claimed: ClaimedLead, agent_id: AgentId) -> Permit | Refusal:
        """The desk is asked, as the engine asks it."""
        command = AskPermission(
            call_id=call_id,
            switch=SwitchName("s"),
            leg_id=leg_name(call_id, "callee", 1),
            party_id=PartyId(call_id),
            purpose=DialPurpose.MANUAL,
            project_id=SALES,
            client_id=self.world.house.directory.projects[SALES].client_id,
            agent_id=agent_id,
            rests_on=DialReference(kind="lead", id=str(claimed.lead.lead_id)),
        )
        answer = await self.desk.permission(ask_of(command, self.world.at), command.party_id)
        self.step("permitted")
        self.say(call_id, said_of(command, answer))
        self.step("permit_journaled")
        return answer

    async def call(self, claimed: ClaimedLead, agent_id: AgentId) -> None:
        """One lead from the claim to its code."""
        self.step("claimed")
        call_id = await self.place(claimed, agent_id)
        answer = await self.permission(call_id, claimed, agent_id)
        assert isinstance(answer, Permit), answer
        network, leg_id = self.world.network, answer.leg_id
        network.dialled.setdefault(claimed.number, []).append(leg_id)
        network.up[leg_id] = False
        self.step("dialled")
        network.up[leg_id] = True
        self.say(call_id, LegAnswered(leg_id=leg_id))
        self.step("answered")
        del network.up[leg_id]
        self.say(call_id, LegHungUp(leg_id=leg_id, cause=HangupCause.NORMAL, by_phone=True))
        self.step("hung_up")
        self.say(call_id, CallEnded(call_id=call_id, end_reason=EndReason.CALLEE_HUNG_UP))
        self.step("ended")
        self.say(call_id, WrapUpCodeChosen(agent_id=agent_id, call_id=call_id, wrap_up_code=SOLD))
        self.step("coded")
        self.agents.pop(agent_id)
        await self.settle()

    async def settle(self) -> None:
        """Desk and follower have done all there is to do."""
        await self.desk.settle()
        await self.follower.settle()

    async def start(self, random: Random) -> None:
        """After a kill: open attempts and leads are followed on; calls that were open are reconciled with the switch."""
        await self.desk.restore(self.world.journal)
        await self.follower.restore(self.world.journal)
        for call in self.follower.open_calls:
            if call.ended_at is None:
                await self._reconcile(call.call_id, random)
        await self.settle()

    async def _reconcile(self, call_id: CallId, random: Random) -> None:
        """As the engine does: what the switch has goes on, what it recorded is told, else nobody saw the end."""
        network = self.world.network
        events = [envelope.event async for envelope in self.world.journal.read_call(call_id)]
        hung_up = {event.leg_id for event in events if isinstance(event, LegHungUp)}
        for leg_id in [each.leg_id for each in events if isinstance(each, DialPermitted) and each.leg_id not in hung_up]:
            cause = network.recorded.get(leg_id)
            if network.up.pop(leg_id, None) is not None and random.random() < 0.5:
                cause = HangupCause.NO_ANSWER
            unseen = cause is None
            gone = LegHungUp(leg_id=leg_id, cause=cause or HangupCause.UNKNOWN, by_phone=False, is_estimated=unseen)
            self.say(call_id, gone)
        self.say(call_id, CallEnded(call_id=call_id, end_reason=EndReason.CALLEE_UNCLEAR))


async def know(engine: AsyncEngine, party_id: PartyId, number: str, at: Instant) -> None:
    """The person is in the person store."""
    names = ("party_id", "seen_at", "lookup_hash", "wrapped_key", "number_cipher", "name_cipher")
    record = PartyRecord(party_id=party_id, number=number, name=None, seen_at=at)
    async with writing(engine) as connection:
        await connection.execute(PARTIES.insert().values(**dict(zip(names, KEYS.seal(record), strict=True))))


def minutes(count: int) -> int:
    """In microseconds."""
    return count * 60 * SECOND
