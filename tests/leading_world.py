"""A live world in which agents call the people of lists: leads given out, dialled and settled, orders and surveys after the talk.

    python -m tests.leading_world

serves it for who wants to look: `anna` has leads to preview, `ben` gets them by themselves.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from msgspec.structs import replace as with_new

from routing.aftercall.order_terms import FormRule, OrderTerms
from routing.directory import Directory
from routing.entry import terms_of
from routing.outbound.asking import WorkKind
from routing.outbound.rules import ProjectOutbound
from telephony import events as ev
from telephony.causes import EndReason, HangupCause, ReleaseReason
from telephony.dialling import CallPlaced, DialPermitted, DialPurpose, DialReference
from telephony.events import Envelope, NumberFacts
from telephony.identifiers import (
    AgentId,
    CallId,
    LegId,
    PartyId,
    leg_id,
)
from tests.leading_stores import BOOKING, CODES, ORDER_FIELDS, RULES, SUPPORT, Calls, Checks, Claims, LeadBook, Lists, Surveys
from tests.live_floor import a_centre, reserved
from tests.live_stories import StoryFloor
from tests.live_world import LiveWorld, a_live_world

CALLED = NumberFacts(number_class="landline", country="DE", masked="+49 30 *** 00", metadata_version="1")


def a_calling_centre(form_rule: FormRule = FormRule.TEXT_APPROVAL) -> Directory:
    """Anna's first project calls people and takes orders; one of Ben's does it by itself."""
    centre = a_centre()
    outbound = ProjectOutbound(kind=WorkKind.ADVERTISING, codes=RULES, preview_limit_ms=90_000)
    support = replace(
        centre.projects[SUPPORT],
        wrap_up_codes=CODES,
        outbound=outbound,
        orders=OrderTerms(form_rule=form_rule, fields=ORDER_FIELDS),
    )
    booking = replace(centre.projects[BOOKING], outbound=replace(outbound, is_progressive=True))
    return replace(centre, projects={**centre.projects, SUPPORT: support, BOOKING: booking})


@dataclass(frozen=True, slots=True)
class Leading:
    """The parts of the world that this fills, as what they are."""

    world: LiveWorld
    book: LeadBook
    checks: Checks
    surveys: Surveys

    def call(self, agent_id: AgentId, claim_id: str) -> Iterator[list[Envelope]]:
        """The lead's call: the agent's phone rings, the number is dialled, rings, is answered, and the talk is over."""
        floor, call_id = self.world.floor, CallId(claim_id)
        floor.at = self.world.clock.now()
        agent, callee = leg_id(call_id, "agent", 1), leg_id(call_id, "callee", 1)
        self._begin(floor, agent_id, call_id)
        floor.say(ev.AgentAlerted(call_id=call_id, agent_id=agent_id, leg_id=agent), call_id, agent_id)
        yield floor.take()
        floor.at = self.world.clock.now()
        floor.say(ev.LegAnswered(leg_id=agent), call_id)
        floor.say(permitted(call_id, callee, agent_id), call_id)
        yield floor.take()
        floor.at = self.world.clock.now()
        floor.say(ev.LegRinging(leg_id=callee), call_id)
        yield floor.take()
        floor.at = self.world.clock.now()
        floor.say(ev.LegAnswered(leg_id=callee), call_id)
        floor.say(ev.AgentConnected(call_id=call_id, agent_id=agent_id, leg_id=agent), call_id, agent_id)
        yield floor.take()
        yield [*self.hang_up(call_id, HangupCause.NORMAL), *self.end(agent_id, call_id, has_talked=True)]

    def hang_up(self, call_id: str, cause: HangupCause) -> list[Envelope]:
        """The callee is gone, or was never there: the agent hears why."""
        floor, call = self.world.floor, CallId(call_id)
        floor.at = self.world.clock.now()
        floor.say(ev.LegHungUp(leg_id=leg_id(call, "callee", 1), cause=cause, by_phone=True), call)
        return floor.take()

    def end(self, agent_id: AgentId, call_id: str, *, has_talked: bool) -> list[Envelope]:
        """The call is over, and the agent at its wrap-up."""
        floor, call = self.world.floor, CallId(call_id)
        reason = ReleaseReason.TALKED if has_talked else ReleaseReason.ABANDONED
        gone = ev.AgentReleased(call_id=call, agent_id=agent_id, reason=reason, has_talked=has_talked, wraps_up=True)
        floor.say(gone, call, agent_id)
        floor.say(ev.CallEnded(call_id=call, end_reason=EndReason.OUTSIDER_HUNG_UP), call)
        return floor.take()

    def leave(self, agent_id: AgentId) -> list[Envelope]:
        """The agent's wrap-up is over."""
        self.world.floor.at = self.world.clock.now()
        self.world.floor.say(ev.AvailableRequested(agent_id=agent_id), agent_id=agent_id)
        return self.world.floor.take()

    def _begin(self, floor: StoryFloor, agent_id: AgentId, call_id: CallId) -> None:
        project = self.world.directory.current.projects[SUPPORT]
        number = self.book.claims[call_id][2]
        placed = CallPlaced(
            call_id=call_id,
            placed_by=agent_id,
            party_id=PartyId("called"),
            number=CALLED,
            reference=DialReference(kind="lead", id=str(number + 1)),
            terms=terms_of(project),
        )
        floor.say(placed, call_id)
        bound = reserved(self.world.directory.current, call_id, agent_id, SUPPORT)
        floor.say(with_new(bound, decision_id=None, wrap_up_codes=project.wrap_up_codes), call_id, agent_id)


def permitted(call_id: CallId, leg: LegId, agent_id: AgentId) -> DialPermitted:
    return DialPermitted(
        call_id=call_id,
        leg_id=leg,
        party_id=PartyId("called"),
        purpose=DialPurpose.MANUAL,
        agent_id=agent_id,
        number=CALLED,
        shown="+49301234",
        right_id="right",
        rules_version="1",
        revision=1,
        ring_limit_ms=25_000,
        max_duration_ms=3_600_000,
        rate_micros=0,
        cost_limit_micros=0,
    )


@asynccontextmanager
async def a_leading_world(form_rule: FormRule = FormRule.TEXT_APPROVAL, port: int = 0) -> AsyncIterator[Leading]:
    """A running edge whose agents have lists to call; nothing happens by itself."""
    async with a_live_world(centre=a_calling_centre(form_rule), port=port) as world:
        book = LeadBook(world)
        checks, surveys = Checks(book), Surveys()
        stores = {"lead_lists": Lists(book), "lead_claims": Claims(book), "lead_calls": Calls(book), "lead_checks": checks}
        for name, store in {**stores, "surveys": surveys}.items():
            object.__setattr__(world.deps, name, store)
        world.engine_lives()
        yield Leading(world, book, checks, surveys)


async def serve() -> None:
    """Serves until interrupted; whoever is dialled answers after a while, and says goodbye."""
    async with a_leading_world(port=0) as leading:
        print(leading.world.url, flush=True)
        begun = set[str]()
        while True:
            await asyncio.sleep(0.5)
            for asked in list(leading.world.deps.intents.asked):  # type: ignore[attr-defined]
                if type(asked).__name__ == "DialRequested" and asked.call_id not in begun:
                    begun.add(asked.call_id)
                    for step in leading.call(asked.agent_id, asked.call_id):
                        leading.world.happen(step)
                        await asyncio.sleep(4)


if __name__ == "__main__":
    asyncio.run(serve())
