"""A thief with an agent's account tries everything for days: what it costs never passes the caps."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from routing.outbound.asking import DialAsk, DialPurpose, Permit, Reference, ReferenceKind
from routing.outbound.cost import price_of
from routing.outbound.rules import Brakes, Caps, OutboundRules, ProjectOutbound
from routing.outbound.windows import day_began_at
from store.memory_dial_book import MemoryDialBook
from telephony.causes import HangupCause
from telephony.engine.permits import Desk
from telephony.events import Envelope, LegAnswered, LegHungUp
from telephony.identifiers import MS, SECOND, AgentId, CallId, EventId, Instant, LegId, PartyId, ProjectId
from tests.unit.routing.outbound.asks import FRIDAY_AT_TEN, REFERENCES, an_ask, the_centre

T = TypeVar("T")
AGENTS = ("anna", "ben")
PER_AGENT = Caps(cost_micros=5_000_000, calls=40)
PER_CLIENT = Caps(cost_micros=8_000_000, calls=60)
NUMBERS = (
    *("030 23125 100", "+491713920012", "+33142685300", "+43151234567", "+390236618300", "+41446681800", "+442079460000"),
    *(
        "0900 1234567",
        "+881612345678",
        "+97912345678",
        "0137 1234567",
        "11833",
        "112",
        "+447012345678",
        "nonsense",
        "+252612345678",
    ),
)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


class Thief(RuleBasedStateMachine):
    """Asks for everything, talks as long as the permit lets it, lets controllers crash, and counts the money itself."""

    live = Bundle("live")

    def __init__(self) -> None:
        super().__init__()
        outbound = ProjectOutbound(countries=("CH", "SO"))
        rules = OutboundRules(per_agent=PER_AGENT, per_client=PER_CLIENT, brakes=Brakes(burst_calls=5))
        base = the_centre(outbound=outbound)
        anna = base.agents[AgentId("anna")]
        agents = {AgentId(each): replace(anna, agent_id=AgentId(each)) for each in AGENTS}
        self.centre = replace(base, outbound=rules, agents=agents)
        self.at = FRIDAY_AT_TEN
        self.book = MemoryDialBook(numbers=lambda party_id: party_id)
        self.desk = self._new_desk()
        self.legs = 0
        self.paid: dict[tuple[Instant, str], int] = {}
        self.dialled: dict[tuple[Instant, str], list[Instant]] = {}

    def _new_desk(self) -> Desk:
        return Desk(self.book, lambda: self.centre, self)

    def now(self) -> Instant:
        return self.at

    @rule(
        target=live,
        purpose=st.sampled_from(DialPurpose),
        number=st.sampled_from(NUMBERS),
        agent=st.sampled_from(AGENTS),
        many=st.integers(1, 6),
        lies=st.booleans(),
    )
    def dials(self, purpose: DialPurpose, number: str, agent: str, many: int, lies: bool) -> list[tuple[DialAsk, Permit]]:
        """Many asks at once, some with somebody else's words in them."""
        asks = [self._ask(purpose, agent, lies) for _ in range(many)]

        async def all_at_once() -> list[object]:
            self.desk = self._new_desk() if lies else self.desk
            return await asyncio.gather(*(self.desk.permission(ask, PartyId(number)) for ask in asks))

        got = [(ask, answer) for ask, answer in zip(asks, run(all_at_once()), strict=True) if isinstance(answer, Permit)]
        for ask, permit in got:
            if not permit.is_emergency:
                assert permit.callee.number_class in ("landline", "mobile", "international_eu", "international_other")
                self.dialled.setdefault((self._day(), ask.agent_id or ""), []).append(self.at)
        return [each for each in got if not each[1].is_emergency]

    def _ask(self, purpose: DialPurpose, agent: str, lies: bool) -> DialAsk:
        self.legs += 1
        call_id = CallId(f"call-{self.legs}")
        asked = an_ask(purpose, at=self.at, call_id=call_id, leg_id=LegId(f"{call_id}.outside.1"), agent_id=AgentId(agent))
        if not lies:
            return asked
        reference = Reference(kind=REFERENCES.get(purpose, ReferenceKind.CALL), id=f"{self.legs}", given_at=Instant(self.at - 1))
        return replace(asked, reference=reference, client_id=None, project_id=ProjectId("sales"), callee_region="BE")

    @rule(legs=consumes(live), share=st.integers(0, 100))
    def talks(self, legs: list[tuple[DialAsk, Permit]], share: int) -> None:
        """Each leg is talked on for a share of what its permit allows, and the carrier sends its bill."""
        for ask, permit in legs:
            talked_ms = permit.max_duration_ms * share // 100
            day = day_began_at(permit.permitted_at, self.centre.outbound.zone)
            for whose in (ask.agent_id or "", "acme"):
                self.paid[(day, whose)] = self.paid.get((day, whose), 0) + price_of(talked_ms, permit.rate_micros)
            self._tell(ask, LegAnswered(leg_id=ask.leg_id), self.at)
            ended_at = Instant(self.at + talked_ms * MS)
            self._tell(ask, LegHungUp(leg_id=ask.leg_id, cause=HangupCause.NORMAL, by_phone=True), ended_at)

    def _tell(self, ask: DialAsk, event: Any, at: Instant) -> None:
        self.desk.publish(
            [
                Envelope(
                    seq=1,
                    event_id=EventId("e"),
                    occurred_at=at,
                    received_at=at,
                    event=event,
                    call_id=ask.call_id,
                    agent_id=None,
                    switch=None,
                )
            ]
        )

    @rule(minutes=st.integers(0, 600))
    def waits(self, minutes: int) -> None:
        """Time passes."""
        self.at = Instant(self.at + minutes * 60 * SECOND)
        self.desk.attempts.give_up(self.at)

    @rule(is_away=st.booleans())
    def breaks_the_database(self, is_away: bool) -> None:
        """The book is away, or there again."""
        self.book.is_away = is_away

    @rule()
    def kills_the_controller(self) -> None:
        """A new desk knows the book alone."""
        self.desk = self._new_desk()

    def _day(self) -> Instant:
        return day_began_at(self.at, self.centre.outbound.zone)

    @invariant()
    def no_day_cost_more_than_its_caps(self) -> None:
        """By the carrier's bill, not by our own books."""
        for (_day, whose), money in self.paid.items():
            assert money <= (PER_CLIENT if whose == "acme" else PER_AGENT).cost_micros

    @invariant()
    def nobody_dials_more_often_than_the_brakes_allow(self) -> None:
        """Neither in a day nor in a minute."""
        for instants in self.dialled.values():
            assert len(instants) <= PER_AGENT.calls
            latest = [each for each in instants if each > instants[-1] - 60 * SECOND]
            assert len(latest) <= 5


TestAThief = Thief.TestCase
TestAThief.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
