"""The dial book in memory: for the simulation and for tests. It knows what the database knows, by the same rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from routing.outbound.asking import Permit
from routing.outbound.attempts import AttemptEnd, OpenAttempt, opened_by
from routing.outbound.facts import ConsentProof, ConsentPurpose, DialFacts, DoNotCall, ListOwner, NumberHistory, Outcome, Spending
from store.parties import lookup_form
from telephony.engine.dial_book import Ask, BookUnavailable, Decide, LookedUp
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import SECOND, AgentId, CallId, Instant, LegId, PartyId

_DAY = 86_400 * SECOND


@dataclass(slots=True, kw_only=True)
class _Attempt:
    ask: Ask
    permit: Permit
    number: str
    open: OpenAttempt
    cost_micros: int
    occupies_agent: bool
    end: AttemptEnd | None = None
    was_dialled: bool = True

    @property
    def outcome(self) -> Outcome | None:
        return None if self.end is None else self.end.outcome

    @property
    def counts_for_number(self) -> bool:
        return self.was_dialled and not self.ask.ask.purpose.is_handing_on and not self.permit.is_emergency


@dataclass(slots=True)
class MemoryDialBook:
    """Facts, attempts and what they cost. `numbers` finds a party's number; `is_away`: as if the database were."""

    numbers: Callable[[PartyId], str | None]
    lists: dict[tuple[str, ListOwner, str], DoNotCall] = field(default_factory=dict)
    """By number in E.164, list and the list's owner."""
    consents: dict[tuple[str, str], ConsentProof] = field(default_factory=dict)
    is_away: bool = False
    _attempts: dict[LegId, _Attempt] = field(default_factory=dict)

    async def look_up(self, ask: Ask) -> LookedUp | None:
        """The party's number and all facts."""
        written = await self.number_of(ask.party_id) or ask.number
        if written is None:
            return None
        number = lookup_form(written)
        owners = ((ListOwner.CENTRE, ""), (ListOwner.CLIENT, ask.client_id), (ListOwner.PROJECT, ask.ask.project_id))
        entries = (self.lists.get((number, owner, identifier or "")) for owner, identifier in owners if identifier is not None)
        facts = DialFacts(
            was_permitted=ask.ask.leg_id in self._attempts,
            do_not_call=tuple(entry for entry in entries if entry is not None),
            consent=self._consent(number, ask),
            history=self._history(number, ask.since.day_at),
            of_agent=self._spent(ask, lambda each: each.ask.ask.agent_id == ask.ask.agent_id),
            of_client=self._spent(ask, lambda each: each.ask.client_id == ask.client_id),
            of_centre=self._spent(ask, lambda _each: True),
            spent_on_reference_micros=self._spent_on_reference(ask),
        )
        return LookedUp(number=written, facts=self._with_brakes(ask, facts))

    def _consent(self, number: str, ask: Ask) -> ConsentProof | None:
        proof = self.consents.get((number, ask.client_id or ""))
        fits = proof is not None and proof.purpose in (ConsentPurpose.ADVERTISING, ask.consent_purpose)
        return proof if fits and proof is not None and proof.granted_at <= ask.ask.at else None

    def _history(self, number: str, day_at: Instant) -> NumberHistory:
        tried = [each for each in self._attempts.values() if each.number == number and each.counts_for_number]
        latest = max(tried, key=lambda each: each.permit.permitted_at, default=None)
        return NumberHistory(
            today=sum(each.permit.permitted_at >= day_at for each in tried),
            in_total=len(tried),
            last_at=None if latest is None else latest.permit.permitted_at,
            last_outcome=None if latest is None else latest.outcome,
        )

    def _spent(self, ask: Ask, belongs: Callable[[_Attempt], bool]) -> Spending:
        found = [
            each
            for each in self._attempts.values()
            if each.ask.since.day_at == ask.since.day_at and not each.permit.is_emergency and belongs(each)
        ]
        return Spending(calls=sum(each.was_dialled for each in found), cost_micros=sum(each.cost_micros for each in found))

    def _spent_on_reference(self, ask: Ask) -> int:
        reference = ask.ask.reference
        if reference is None or reference.budget_micros is None:
            return 0
        theirs = ((each.cost_micros, each.ask.ask.reference) for each in self._attempts.values())
        return sum(cost for cost, of in theirs if of is not None and (of.kind, of.id) == (reference.kind, reference.id))

    def _with_brakes(self, ask: Ask, facts: DialFacts) -> DialFacts:
        asked, since = ask.ask, ask.since
        of_agent = [each for each in self._attempts.values() if asked.agent_id and each.ask.ask.agent_id == asked.agent_id]
        at = [each.permit.permitted_at for each in of_agent]
        countries: dict[str, Instant] = {}
        for each in self._attempts.values():
            country = each.permit.callee.country
            if country is not None and each.ask.client_id == ask.client_id and not each.permit.is_emergency:
                countries.setdefault(country, each.permit.permitted_at)
        return replace(
            facts,
            open_calls_of_agent=sum(_keeps_busy(each, ask) for each in of_agent),
            calls_of_agent_in_burst=sum(each > since.burst_at for each in at),
            calls_of_agent_at_night=0 if since.night_at is None else sum(each >= since.night_at for each in at),
            countries=frozenset(countries),
            new_countries_today=sum(first_at >= since.day_at for first_at in countries.values()),
        )

    async def serve(
        self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]], asks: Sequence[Ask], decide: Decide
    ) -> Sequence[Permit | Refusal]:
        """What ended is settled, and then one after the other is decided and noted."""
        await self.settle(ends, left)
        answers = list[Permit | Refusal]()
        for ask in asks:
            answer = decide(ask, await self.look_up(ask))
            if isinstance(answer, Permit) and not await self.note(ask, answer) and not answer.is_emergency:
                answer = Refusal(code=RefusalCode.ALREADY_DIALLED, facts={"leg": answer.leg_id})
            answers.append(answer)
        return answers

    async def note(self, ask: Ask, permit: Permit) -> bool:
        """The attempt and what is set aside for it are noted."""
        self._reach()
        if permit.leg_id in self._attempts:
            return False
        keeps_busy = ask.ask.agent_id is not None and not ask.ask.purpose.is_handing_on and not permit.is_emergency
        self._attempts[permit.leg_id] = _Attempt(
            ask=ask,
            permit=permit,
            number=lookup_form(self.numbers(ask.party_id) or ask.number or ""),
            open=opened_by(ask.ask, permit),
            cost_micros=permit.cost_limit_micros,
            occupies_agent=keeps_busy,
        )
        return True

    async def settle(self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]]) -> None:
        """These attempts have ended, and these agents are no more in the calls outside that they had."""
        self._reach()
        for end in ends:
            attempt = self._attempts.get(end.leg_id)
            if attempt is not None and attempt.end is None:
                attempt.end, attempt.cost_micros = end, end.cost_micros
                attempt.was_dialled = end.was_dialled
        for attempt in self._attempts.values():
            if (attempt.ask.ask.call_id, attempt.ask.ask.agent_id) in left:
                attempt.occupies_agent = False

    async def make_sure(self, leg_id: LegId) -> None:
        """The attempt is kept: there is no disk to wait for."""
        self._reach()
        if leg_id not in self._attempts:
            raise BookUnavailable(f"the attempt {leg_id} is not in the dial book")

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """All attempts whose end is not known."""
        self._reach()
        return [each.open for each in self._attempts.values() if each.end is None]

    async def number_of(self, party_id: PartyId) -> str | None:
        """The party's number as it was written."""
        self._reach()
        return self.numbers(party_id)

    def _reach(self) -> None:
        if self.is_away:
            raise BookUnavailable("the dial book is away")


def _keeps_busy(attempt: _Attempt, ask: Ask) -> bool:
    at = ask.ask.at
    is_open = attempt.end is None and attempt.open.ends_by_at > at and attempt.permit.permitted_at > at - _DAY
    return is_open and attempt.occupies_agent and attempt.open.call_id != ask.ask.call_id
