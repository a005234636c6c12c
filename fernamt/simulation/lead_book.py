"""The lists of a simulated day: who has which lead, what was dialled, and how each attempt ended. It outlives every controller.

What the database does in one transaction happens here between two steps of the virtual clock. Which lead is next, and what
becomes of it, the product's own pure rules say; that book and database tell the same is held by tests/contract/store.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fernamt.simulation.lead_attempts import Attempt, heard_in
from routing.aftercall.verdict import Ended, settled_by
from routing.directory import Directory
from routing.leads.following import Said, begun
from routing.leads.lists import LeadList, LeadListId, ListState
from routing.leads.terms import terms_of
from routing.outbound.attempts import never_dialled
from routing.outbound.facts import NumberHistory
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from routing.outbound.order import is_due, number_to_try, pick
from routing.outbound.settling import Settled, Verdict, after
from routing.outbound.windows import day_began_at
from store.lead_calls import AFTER_CALL_MS, Concluded, OpenClaim
from store.lead_claims import LEASE_MS, ClaimedLead
from store.lead_rows import Person
from telephony.commands import AskPermission
from telephony.dialling import DialPermitted
from telephony.events import Envelope
from telephony.identifiers import AgentId, CallId, Instant, LegId, after_ms

LONGEST_CALL_MS = 30_000 + 1_800_000
NUMBER = NumberNow(number_class="mobile", country="DE")


@dataclass(slots=True, kw_only=True)
class Row:
    """One lead, and who has it."""

    lead: LeadNow
    list_id: LeadListId
    number: str
    claim_id: str | None = None
    claimed_by: AgentId | None = None
    claimed_at: Instant = Instant(0)
    lease_ends_at: Instant = Instant(0)
    promise_at: Instant | None = None
    is_own_promise: bool = False


class LeadBook:
    """Lists, claims, attempts. What may be awaited never waits."""

    def __init__(self, lists: Mapping[LeadListId, LeadList], numbers: Mapping[LeadListId, Sequence[str]]) -> None:
        self.rows: dict[int, Row] = {}
        self.attempts: dict[LegId, Attempt] = {}
        self._lists = lists
        self._held: dict[str, Row] = {}
        self._tried: dict[int, list[LegId]] = {}
        self._calls: dict[CallId, list[Envelope]] = {}
        for place, (list_id, known) in enumerate(numbers.items(), 1):
            for lead_id, number in enumerate(known, place * 1_000):
                lead = LeadNow(lead_id=lead_id, state=LeadState.FRESH, next_at=Instant(0), numbers=(NUMBER,))
                self.rows[lead_id] = Row(lead=lead, list_id=list_id, number=number)

    def durable(self, envelope: Envelope) -> None:
        """An event of a lead's call is on disk; it stays until the lead is settled."""
        if envelope.call_id is None:
            return
        kept = self._calls.get(envelope.call_id)
        if kept is not None:
            kept.append(envelope)
        elif begun(envelope) is not None:
            self._calls[envelope.call_id] = [envelope]

    def restored(self, at: Instant) -> None:
        """A controller has started: what was noted, and whose permit is not on disk, was never dialled."""
        for each in [each for each in self.attempts.values() if each.end is None]:
            if not any(isinstance(envelope.event, DialPermitted) for envelope in self._calls.get(each.call_id, ())):
                self.attempts[each.leg_id] = replace(each, end=never_dialled(each.open(), at))

    async def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """As the journal's."""
        for envelope in list(self._calls.get(call_id, ())):
            yield envelope

    # -- claims ----------------------------------------------------------------------------------------------------------

    async def lists(self) -> Sequence[LeadList]:
        """All lists."""
        return list(self._lists.values())

    @property
    def held(self) -> Sequence[Row]:
        """All leads that somebody has."""
        return list(self._held.values())

    async def claim(
        self,
        lead_list: LeadList,
        agent_id: AgentId,
        directory: Directory,
        *,
        claim_id: str,
        at: Instant,
        lease_ms: int | None = None,
    ) -> ClaimedLead | None:
        """The list's next lead is this agent's."""
        list_id, terms = lead_list.list_id, terms_of(lead_list, directory)
        day_at = day_began_at(at, terms.zone)
        row = self.of_claim(claim_id)
        if row is None:
            if self._lists[list_id].state is not ListState.OPEN or self._lists[list_id].expires_at <= at:
                return None
            self._settle_overdue(at, lambda held: held.list_id == list_id or held.claimed_by == agent_id)
            if self.has_lead(agent_id):
                return None
            policy = lead_list.policy
            free = [each for each in self.rows.values() if each.list_id == list_id and each.claim_id is None]
            due = [self._with_history(each, day_at) for each in free if is_due(policy, each.lead, at, agent_id)]
            found, put_off = pick(due, policy, terms, at, agent_id)
            for rests in put_off:
                lead = self.rows[rests.lead_id].lead
                self.rows[rests.lead_id].lead = replace(lead, next_at=rests.next_at, state=rests.state or lead.state)
            if found is None:
                return None
            row = self._held[claim_id] = self.rows[found.lead_id]
            row.claim_id, row.claimed_by, row.claimed_at = claim_id, agent_id, at
            row.lease_ends_at = after_ms(at, lease_ms or LEASE_MS)
        lead = self._with_history(row, day_at)
        place = number_to_try(lead, terms, at)
        return ClaimedLead(
            claim_id=claim_id,
            lead=lead,
            person=Person(numbers=[row.number]),
            number_place=place if isinstance(place, int) else 0,
            ends_at=row.lease_ends_at,
        )

    def has_lead(self, agent_id: AgentId) -> bool:
        """Whether the agent has one already."""
        return any(row.claimed_by == agent_id for row in self._held.values())

    async def give_back(self, claim_id: str, lead_list: LeadList, *, at: Instant) -> None:  # noqa: ARG002 - as the store's
        """Nobody dialled the lead, and nobody has it."""
        row = self.of_claim(claim_id)
        if row is not None:
            self._settle(row, Settled(at=at, verdict=Verdict.RETRY))

    async def of_agent(self, agent_id: AgentId, at: Instant) -> OpenClaim | None:
        """The lead this agent has."""
        theirs = (row for row in self._held.values() if row.claimed_by == agent_id and row.lease_ends_at > at)
        return next(map(_open_claim, theirs), None)

    async def open_claims(self) -> Sequence[OpenClaim]:
        """All that somebody has, the oldest first."""
        return [_open_claim(row) for row in sorted(self._held.values(), key=lambda row: (row.claimed_at, row.lead.lead_id))]

    def of_claim(self, claim_id: str) -> Row | None:
        """The lead that is claimed so."""
        return self._held.get(claim_id)

    def keep(self, claim_id: str, at: Instant) -> bool:
        """The lease begins anew."""
        row = self.of_claim(claim_id)
        if row is not None:
            row.lease_ends_at = after_ms(at, LEASE_MS)
        return row is not None

    def skip(self, claim_id: str, agent_id: AgentId, at: Instant) -> bool:
        """The lead is not called now; False where it is not theirs, or a call to it was permitted."""
        row = self.of_claim(claim_id)
        if row is None or row.claimed_by != agent_id or self._attempts(row):
            return False
        self._settle(row, Settled(at=at, verdict=Verdict.SKIPPED))
        return True

    def promise(self, claim_id: str, agent_id: AgentId, *, at: Instant, is_own: bool) -> bool:
        """Who has the lead will call back at that time, or anybody will; False where it is not theirs."""
        row = self.of_claim(claim_id)
        if row is None or row.claimed_by != agent_id:
            return False
        row.promise_at, row.is_own_promise = at, is_own
        return True

    # -- attempts --------------------------------------------------------------------------------------------------------

    def permits(self, command: AskPermission, at: Instant, longest_ms: int = LONGEST_CALL_MS) -> bool:
        """Whether the lead is claimed by this very call; then the attempt is noted, and the claim kept."""
        row = self.of_claim(command.call_id)
        if row is None or command.rests_on is None or str(row.lead.lead_id) != command.rests_on.id:
            return False
        row.lease_ends_at = after_ms(at, longest_ms + AFTER_CALL_MS)
        self.attempts[command.leg_id] = Attempt(
            leg_id=command.leg_id, call_id=command.call_id, lead_id=row.lead.lead_id, at=at, longest_ms=longest_ms
        )
        self._tried.setdefault(row.lead.lead_id, []).append(command.leg_id)
        return True

    async def conclude(self, claim_id: str, said: Said) -> Concluded | None:
        """The lead stands as its attempt and what was said make it."""
        row = self.of_claim(claim_id)
        if row is None:
            return Concluded(lead=None)
        made = self._attempts(row)
        if any(each.end is None for each in made):
            return None
        ends = [each.end for each in made if each.end is not None and each.was_dialled]
        last = ends[-1] if ends else None
        end = Ended(
            at=said.at if last is None else last.ended_at,
            agent_id=row.claimed_by or AgentId(""),
            outcome=None if last is None else last.outcome,
            number_place=None if last is None else 0,
            code=said.code,
            promise_at=row.promise_at,
            is_own_promise=row.is_own_promise,
        )
        self._settle(row, settled_by(said.rules, end))
        self._calls.pop(CallId(claim_id), None)
        return Concluded(lead=row.lead)

    def _attempts(self, row: Row) -> list[Attempt]:
        """Those of the claim, with their ends as far as the journal has them."""
        found = []
        for leg_id in self._tried.get(row.lead.lead_id, ()):
            each = self.attempts[leg_id]
            if each.call_id == row.claim_id:
                if each.end is None:
                    each = self.attempts[leg_id] = heard_in(each, self._calls.get(each.call_id, ()))
                found.append(each)
        return found

    def _with_history(self, row: Row, day_at: Instant) -> LeadNow:
        legs = self._tried.get(row.lead.lead_id)
        tried = [each for each in map(self.attempts.__getitem__, legs or ()) if each.was_dialled]
        if not tried:
            return row.lead
        history = NumberHistory(
            today=sum(each.at >= day_at for each in tried),
            in_total=len(tried),
            last_at=tried[-1].at,
            last_outcome=tried[-1].outcome,
        )
        return replace(row.lead, numbers=(replace(row.lead.numbers[0], history=history),))

    def _settle_overdue(self, at: Instant, is_asked_for: Callable[[Row], bool]) -> None:
        for row in self.held:
            if row.lease_ends_at > at or not is_asked_for(row):
                continue
            made = self._attempts(row)
            if any(each.end is None for each in made):
                row.lease_ends_at = after_ms(at, LEASE_MS)
                continue
            end = next((each.end for each in reversed(made) if each.was_dialled), None)
            settled = Settled(at=at, verdict=Verdict.RETRY)
            if end is not None:
                settled = replace(settled, at=end.ended_at, outcome=end.outcome, number_place=0)
            self._settle(row, settled)

    def _settle(self, row: Row, settled: Settled) -> None:
        row.lead = after(self._lists[row.list_id].policy, row.lead, settled)
        self._held.pop(row.claim_id or "", None)
        row.claim_id = row.claimed_by = row.promise_at = None


def _open_claim(row: Row) -> OpenClaim:
    return OpenClaim(
        claim_id=row.claim_id or "",
        lead_id=row.lead.lead_id,
        list_id=row.list_id,
        agent_id=row.claimed_by or AgentId(""),
        claimed_at=row.claimed_at,
        ends_at=row.lease_ends_at,
        promise_at=row.promise_at,
        is_own_promise=row.is_own_promise,
    )
