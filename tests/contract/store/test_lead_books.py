"""The simulation's lead book and the database tell the same of every lead, whatever happens to it and in whichever order."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.simulation.lead_book import LeadBook
from routing.leads.following import Said
from routing.outbound.asking import Permit
from routing.outbound.lead import LeadState
from routing.outbound.verdicts import CodeRule, Verdict
from store.audit import Author
from store.engine import reading
from store.tables.leads import LEADS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.causes import EndReason, HangupCause
from telephony.commands import AskPermission, DialOutside, FailureReason
from telephony.dialling import DialDropped, DialPurpose, DialReference
from telephony.errors import Refusal, RefusalCode
from telephony.events import CallEnded, CommandFailed, Event, LegAnswered, LegHungUp
from telephony.identifiers import (
    MS,
    SECOND,
    AgentId,
    CallId,
    Instant,
    LegId,
    PartyId,
    SwitchName,
    UserId,
    WrapUpCode,
    after_ms,
    leg_id,
)
from telephony.machines import MachineHeard
from tests.contract.store.lead_calls import AGENTS, SALES, SOLD, Controller, Killed, World, a_world

LEADS_OF_IT, STEPS = 40, 360
NUMBERS = [f"+49302312{place:05}" for place in range(10_000, 10_000 + LEADS_OF_IT)]
AGAIN, NEVER = WrapUpCode("again"), WrapUpCode("never")
RULES = (
    CodeRule(code=SOLD, verdict=Verdict.DONE),
    CodeRule(code=AGAIN, verdict=Verdict.RETRY, wait_ms=600_000),
    CodeRule(code=NEVER, verdict=Verdict.DO_NOT_CALL),
)
Standing = dict[str, tuple[object, ...]]


def ends(call_id: CallId, leg: LegId) -> list[list[Event]]:
    """The ways in which a permitted leg may go on."""

    def hung_up(cause: HangupCause, **more: bool) -> Event:
        return LegHungUp(leg_id=leg, cause=cause, by_phone=False, **more)

    def failed(reason: FailureReason) -> Event:
        return CommandFailed(command=DialOutside.__name__, reason=reason, leg_id=leg)

    over = CallEnded(call_id=call_id, end_reason=EndReason.CALLEE_HUNG_UP)
    answered = LegAnswered(leg_id=leg)
    return [
        [answered, hung_up(HangupCause.NORMAL), over],
        [answered, over],
        [answered, MachineHeard(call_id=call_id, leg_id=leg), hung_up(HangupCause.NORMAL), over],
        [hung_up(HangupCause.NO_ANSWER), over],
        [hung_up(HangupCause.BUSY), over],
        [hung_up(HangupCause.UNALLOCATED), over],
        [hung_up(HangupCause.UNKNOWN, is_estimated=True), over],
        [DialDropped(call_id=call_id, leg_id=leg), over],
        [failed(FailureReason.REFUSED), over],
        [failed(FailureReason.UNREACHABLE), over],
        [failed(FailureReason.DISCONNECTED), hung_up(HangupCause.NO_ANSWER), over],
        [over],
    ]


class Both:
    """The database and the book, asked the same at the same time."""

    def __init__(self, world: World, memory: LeadBook, random: Random) -> None:
        self.world = world
        self.memory = memory
        self.controller = Controller(world)
        self.random = random
        self.claims: dict[str, AgentId] = {}
        self.to_tell: dict[str, list[Event]] = {}
        self.told = 0
        self.seen: set[str] = set()

    # -- what may happen -------------------------------------------------------------------------------------------------

    async def claims_one(self) -> None:
        """Somebody asks for a lead: mostly a new one, sometimes the one they have."""
        agent_id = self.random.choice(AGENTS[:3])
        claim_id = self.random.choice([*self.claims, "new"]) if self.random.random() < 0.2 else "new"
        claim_id = f"claim-{len(self.claims)}" if claim_id == "new" else claim_id
        asked = {"claim_id": claim_id, "at": self.world.at, "lease_ms": 120_000}
        lead_list, directory = await self.controller.lead_list(), self.world.house.directory
        given = await self.controller.claims.claim(lead_list, agent_id, directory, **asked)  # type: ignore[arg-type]
        same = await self.memory.claim(lead_list, agent_id, directory, **asked)  # type: ignore[arg-type]
        assert (given and (given.number, given.ends_at)) == (same and (same.number, same.ends_at))
        if given is not None:
            self.claims.setdefault(claim_id, agent_id)

    async def keeps(self, claim_id: str) -> None:
        kept = await self.controller.claims.keep(claim_id, at=self.world.at)
        assert kept == self.memory.keep(claim_id, self.world.at)

    async def skips(self, claim_id: str) -> None:
        agent_id = self._mostly_whose(claim_id)
        by = Author(user_id=UserId(agent_id), at=self.world.at)
        skipped = await self.controller.calls.skip(claim_id, agent_id, reason="no time", by=by)
        assert skipped == self.memory.skip(claim_id, agent_id, self.world.at)
        self._note("skipped", skipped)

    async def promises(self, claim_id: str) -> None:
        agent_id, is_own = self._mostly_whose(claim_id), self.random.random() < 0.5
        at = after_ms(self.world.at, self.random.randrange(3_600_000))
        promised = await self.controller.calls.promise(claim_id, agent_id, at=at, is_own=is_own)
        assert promised == self.memory.promise(claim_id, agent_id, at=at, is_own=is_own)

    async def gives_back(self, claim_id: str) -> None:
        if claim_id in self.to_tell:
            return  # the pump gives back what it did not ask a call for
        lead_list = await self.controller.lead_list()
        await self.controller.claims.give_back(claim_id, lead_list, at=self.world.at)
        await self.memory.give_back(claim_id, lead_list, at=self.world.at)

    async def dials(self, claim_id: str) -> None:
        """The lead's call is placed and its leg permitted; the controller may die before the permit is journaled."""
        if claim_id in self.to_tell or not await self.controller.claims.keep(claim_id, at=self.world.at):
            return
        assert self.memory.keep(claim_id, self.world.at)
        agent_id, call_id = self.claims[claim_id], CallId(claim_id)
        lead_list, directory = await self.controller.lead_list(), self.world.house.directory
        claimed = await self.controller.claims.claim(lead_list, agent_id, directory, claim_id=claim_id, at=self.world.at)
        assert claimed is not None
        await self.controller.place(claimed, agent_id)
        self.to_tell[claim_id] = [CallEnded(call_id=call_id, end_reason=EndReason.NOT_PERMITTED)]
        if self.random.random() < 0.2:  # the lease runs out, or the lead is skipped, before the desk is asked
            await self.skips(claim_id)
        self.controller.dies_after = "permitted" if self.random.random() < 0.1 else None
        try:
            answer: Permit | Refusal | None = await self.controller.permission(call_id, claimed, agent_id)
        except Killed:
            answer = None
        self._heard()
        if isinstance(answer, Refusal) and answer.code is not RefusalCode.ALREADY_DIALLED:
            self._note("against the rules", True)
            return
        longest_ms = await self._longest_ms(leg_id(call_id, "callee", 1))
        row = self.memory.of_claim(claim_id)
        is_noted = row is not None and self.memory.permits(self._asks(call_id, row.lead.lead_id), self.world.at, longest_ms)
        assert answer is None or is_noted == isinstance(answer, Permit)
        self._note("dialled", is_noted)
        if answer is None:
            self.to_tell[claim_id] = []
            await self._dies()
        elif is_noted:
            ways = ends(call_id, leg_id(call_id, "callee", 1))
            self.to_tell[claim_id] = self.random.choice([*[ways[0]] * 4, *ways, ways[6]])

    async def _longest_ms(self, leg: LegId) -> int:
        """What was permitted, which nobody who died could tell; 0 where nothing was."""
        attempts = DIAL_ATTEMPTS.c
        query = select(attempts.ends_by_at - attempts.permitted_at).where(attempts.leg_id == leg)
        async with reading(self.world.house.engine) as connection:
            return ((await connection.execute(query)).scalar_one_or_none() or 0) // MS

    def _asks(self, call_id: CallId, lead_id: int) -> AskPermission:
        return AskPermission(
            call_id=call_id,
            switch=SwitchName("s"),
            leg_id=leg_id(call_id, "callee", 1),
            party_id=PartyId(call_id),
            purpose=DialPurpose.MANUAL,
            project_id=SALES,
            client_id=self.world.house.directory.projects[SALES].client_id,
            agent_id=None,
            rests_on=DialReference(kind="lead", id=str(lead_id)),
        )

    async def goes_on(self, claim_id: str) -> None:
        """The next things happen in the call."""
        for _ in range(self.random.randrange(4)):
            if self.to_tell.get(claim_id):
                self.controller.say(CallId(claim_id), self.to_tell[claim_id].pop(0))
                self._heard()

    async def calls(self, claim_id: str) -> None:
        """The whole call, from the wish to the code."""
        await self.dials(claim_id)
        while self.to_tell.get(claim_id):
            await self.goes_on(claim_id)
        await self.concludes(claim_id)

    async def concludes(self, claim_id: str) -> None:
        """As the follower does when a call is over; sometimes too early, or twice."""
        code = self.random.choice((None, SOLD, SOLD, AGAIN, NEVER, WrapUpCode("other")))
        await self.controller.desk.settle()
        said = Said(at=self.world.at, code=code, rules=RULES)
        one, other = await self.controller.calls.conclude(claim_id, said), await self.memory.conclude(claim_id, said)
        assert (one is None) == (other is None)
        assert (one and one.lead and one.lead.state) == (other and other.lead and other.lead.state)
        self._note("waits for its end", one is None)

    async def _dies(self) -> None:
        self.controller = Controller(self.world)
        await self.controller.desk.restore(self.world.journal)
        await self.controller.desk.settle()
        self.memory.restored(self.world.at)

    # -- the same ----------------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Every lead stands the same in both."""
        await self.controller.desk.settle()
        in_database = await self._in_database()
        assert in_database == self._in_memory()
        self.seen |= {str(standing[0]) for standing in in_database.values()}
        held = [(each.claim_id, each.agent_id, each.ends_at) for each in await self.controller.calls.open_claims()]
        assert held == [(each.claim_id, each.agent_id, each.ends_at) for each in await self.memory.open_claims()]
        for agent_id in AGENTS[:3]:
            mine = await self.controller.calls.of_agent(agent_id, self.world.at)
            same = await self.memory.of_agent(agent_id, self.world.at)
            assert (mine and (mine.claim_id, mine.promise_at)) == (same and (same.claim_id, same.promise_at))

    async def _in_database(self) -> Standing:
        async with reading(self.world.house.engine) as connection:
            rows = (await connection.execute(select(LEADS).order_by(LEADS.c.lead_id))).all()
        return {
            number: (row.state, row.next_at, row.tries, row.last_at, row.last_outcome, row.promised_agent, row.claimed_by)
            for number, row in zip(NUMBERS, rows, strict=True)
        }

    def _in_memory(self) -> Standing:
        found: Standing = {}
        for row in self.memory.rows.values():
            lead, is_held = row.lead, row.claim_id is not None
            state = LeadState.CLAIMED if is_held else lead.state
            next_at = row.lease_ends_at if is_held else lead.next_at
            outcome = None if lead.last_outcome is None else lead.last_outcome.value
            found[row.number] = (state.value, next_at, lead.tries, lead.last_at, outcome, lead.promised_agent, row.claimed_by)
        return found

    def _mostly_whose(self, claim_id: str) -> AgentId:
        return self.claims[claim_id] if self.random.random() < 0.8 else self.random.choice(AGENTS[:3])

    def _heard(self) -> None:
        """What was journaled since is on disk."""
        for envelope in self.world.journal.envelopes[self.told :]:
            self.memory.durable(envelope)
        self.told = len(self.world.journal.envelopes)

    def _note(self, what: str, has_happened: bool) -> None:
        if has_happened:
            self.seen.add(what)


@pytest.fixture
async def both(engine: AsyncEngine, tmp_path: Path) -> Both:
    world = await a_world(engine, tmp_path, leads=LEADS_OF_IT)
    [lead_list] = await world.house.lists.lists()
    return Both(world, LeadBook({world.list_id: lead_list}, {world.list_id: NUMBERS}), Random(7))


async def test_book_and_database_tell_the_same_of_every_lead(both: Both) -> None:
    random = both.random
    does: list[Callable[[str], Awaitable[None]]] = [
        both.keeps,
        both.skips,
        both.promises,
        both.promises,
        both.gives_back,
        *[both.dials] * 4,
        *[both.calls] * 4,
        *[both.goes_on] * 6,
        *[both.concludes] * 3,
    ]
    for _ in range(STEPS):
        longest_s = random.choice((2, 2, 10, 10, 60, 60, 60, 150, 150, 1_200))
        both.world.at = Instant(both.world.at + random.randrange(longest_s) * SECOND)
        if not both.claims or random.random() < 0.25:
            await both.claims_one()
        else:
            await random.choice(does)(random.choice(list(both.claims)[-3:]))
        await both.look()
    assert both.seen >= {"claimed", "fresh", "retry", "done", "dialled", "skipped", "waits for its end"}, both.seen
