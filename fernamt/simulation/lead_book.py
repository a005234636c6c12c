"""The lists of a simulated day: who has which lead, what was dialled, and how each attempt ended. It outlives every controller.

What the database does in one transaction happens here between two steps of the virtual clock. Which lead is next, and what
becomes of it, the product's own pure rules say.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.aftercall.verdict import Ended, settled_by
from routing.directory import Directory
from routing.leads.following import Said, begun
from routing.leads.lists import LeadList, LeadListId
from routing.leads.terms import terms_of
from routing.outbound.asking import WorkKind
from routing.outbound.attempts import OpenAttempt, ended, given_up
from routing.outbound.facts import NumberHistory, Outcome
from routing.outbound.lead import LeadNow, LeadState, NumberNow
from routing.outbound.order import OrderPolicy, pick
from routing.outbound.settling import Settled, Verdict, after
from routing.outbound.windows import day_began_at
from store.lead_calls import AFTER_CALL_MS, Concluded, OpenClaim
from store.lead_claims import LEASE_MS, ClaimedLead
from store.lead_rows import Person
from telephony.causes import HangupCause
from telephony.commands import AskPermission
from telephony.dialling import DialDropped, DialPermitted
from telephony.events import CallEnded, CommandFailed, Envelope, LegAnswered, LegHungUp
from telephony.identifiers import AgentId, CallId, ClientId, Instant, LegId, ProjectId, after_ms

LONGEST_CALL_MS = 30_000 + 1_800_000
POLICY = OrderPolicy(skip_ms=60_000)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A leg that was permitted for a lead."""

    leg_id: LegId
    call_id: CallId
    lead_id: int
    at: Instant
    outcome: Outcome | None = None
    """None: its end is not known yet."""
    ended_at: Instant = Instant(0)


class LeadBook:
    """Lists, claims, attempts. What may be awaited never waits."""

    def __init__(self, projects: Mapping[LeadListId, tuple[ProjectId, ClientId]], each: int, expires_at: Instant) -> None:
        self.rows: dict[int, Row] = {}
        self.attempts: dict[LegId, Attempt] = {}
        self._calls: dict[CallId, list[Envelope]] = {}
        self._lists = {
            list_id: LeadList(
                list_id=list_id,
                project_id=project_id,
                client_id=client_id,
                name=list_id,
                purpose=WorkKind.SERVICE,
                owner="simulated",
                expires_at=expires_at,
                policy=POLICY,
            )
            for list_id, (project_id, client_id) in projects.items()
        }
        number = NumberNow(number_class="mobile", country="DE")
        for place, list_id in enumerate(self._lists):
            for row in range(each):
                lead_id = (place + 1) * 1_000 + row
                lead = LeadNow(lead_id=lead_id, state=LeadState.FRESH, next_at=Instant(0), numbers=(number,))
                self.rows[lead_id] = Row(lead=lead, list_id=list_id, number=f"+491713921{lead_id:04}")

    def durable(self, envelope: Envelope) -> None:
        """An event of a lead's call is on disk; it stays until the lead is settled."""
        if begun(envelope) is not None and envelope.call_id is not None:
            self._calls.setdefault(envelope.call_id, [])
        kept = None if envelope.call_id is None else self._calls.get(envelope.call_id)
        if kept is not None:
            kept.append(envelope)

    def restored(self) -> None:
        """A controller has started: what was noted, and whose permit is not on disk, was never dialled."""
        for each in [each for each in self.attempts.values() if each.outcome is None]:
            if not any(isinstance(envelope.event, DialPermitted) for envelope in self._calls.get(each.call_id, ())):
                del self.attempts[each.leg_id]

    async def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]:
        """As the journal's."""
        for envelope in list(self._calls.get(call_id, ())):
            yield envelope

    # -- claims ----------------------------------------------------------------------------------------------------------

    async def lists(self) -> Sequence[LeadList]:
        """All lists."""
        return list(self._lists.values())

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
        self._give_up_overdue(at)
        if self.has_lead(agent_id):
            return None
        terms = terms_of(lead_list, directory)
        day_at = day_began_at(at, terms.zone)
        free = [row for row in self.rows.values() if row.list_id == lead_list.list_id and row.claim_id is None]
        found, put_off = pick([self._with_history(row, day_at) for row in free], POLICY, terms, at, agent_id)
        for each in put_off:
            lead = self.rows[each.lead_id].lead
            self.rows[each.lead_id].lead = replace(lead, next_at=each.next_at, state=each.state or lead.state)
        if found is None:
            return None
        row = self.rows[found.lead_id]
        row.claim_id, row.claimed_by, row.claimed_at = claim_id, agent_id, at
        row.lease_ends_at = after_ms(at, lease_ms or LEASE_MS)
        person = Person(numbers=[row.number])
        return ClaimedLead(claim_id=claim_id, lead=row.lead, person=person, number_place=0, ends_at=row.lease_ends_at)

    def has_lead(self, agent_id: AgentId) -> bool:
        """Whether the agent has one already."""
        return any(row.claimed_by == agent_id for row in self.rows.values())

    async def give_back(self, claim_id: str, lead_list: LeadList, *, at: Instant) -> None:  # noqa: ARG002 - as the store's
        """Nobody dialled the lead, and nobody has it."""
        row = self.of_claim(claim_id)
        if row is not None:
            self._settle(row, Settled(at=at, verdict=Verdict.RETRY))

    async def of_agent(self, agent_id: AgentId, at: Instant) -> Row | None:
        """The lead this agent has."""
        return next((row for row in self.rows.values() if row.claimed_by == agent_id and row.lease_ends_at > at), None)

    async def open_claims(self) -> Sequence[OpenClaim]:
        """All that somebody has, the oldest first."""
        found = sorted((row.claimed_at, row.lead.lead_id) for row in self.rows.values() if row.claim_id is not None)
        return [self._open_claim(self.rows[lead_id]) for _, lead_id in found]

    def of_claim(self, claim_id: str) -> Row | None:
        """The lead that is claimed so."""
        return next((row for row in self.rows.values() if row.claim_id == claim_id), None)

    def keep(self, claim_id: str, at: Instant) -> bool:
        """The lease begins anew."""
        row = self.of_claim(claim_id)
        if row is not None:
            row.lease_ends_at = after_ms(at, LEASE_MS)
        return row is not None

    def skip(self, claim_id: str, at: Instant) -> None:
        """The lead is not called now, unless it was dialled."""
        row = self.of_claim(claim_id)
        if row is not None and not self._attempts(row):
            self._settle(row, Settled(at=at, verdict=Verdict.SKIPPED))

    def promise(self, claim_id: str, at: Instant) -> None:
        """Who has the lead will call back at that time."""
        row = self.of_claim(claim_id)
        if row is not None:
            row.promise_at = at

    # -- attempts --------------------------------------------------------------------------------------------------------

    def permits(self, command: AskPermission, at: Instant) -> bool:
        """Whether the lead is claimed by this very call; then the attempt is noted, and the claim kept."""
        row = self.of_claim(command.call_id)
        if row is None or command.rests_on is None or str(row.lead.lead_id) != command.rests_on.id:
            return False
        row.lease_ends_at = after_ms(at, LONGEST_CALL_MS + AFTER_CALL_MS)
        self.attempts[command.leg_id] = Attempt(leg_id=command.leg_id, call_id=command.call_id, lead_id=row.lead.lead_id, at=at)
        return True

    async def conclude(self, claim_id: str, said: Said) -> Concluded | None:
        """The lead stands as its attempt and what was said make it."""
        row = self.of_claim(claim_id)
        if row is None:
            return Concluded(lead=None)
        made = self._attempts(row)
        if any(each.outcome is None for each in made):
            return None
        last = made[-1] if made else None
        end = Ended(
            at=said.at if last is None else last.ended_at,
            agent_id=row.claimed_by or AgentId(""),
            outcome=None if last is None else last.outcome,
            number_place=None if last is None else 0,
            code=said.code,
            promise_at=row.promise_at,
        )
        self._settle(row, settled_by(said.rules, end))
        self._calls.pop(CallId(claim_id), None)
        return Concluded(lead=row.lead)

    def _attempts(self, row: Row) -> list[Attempt]:
        """Those of the claim that were dialled, or may have been, with their ends as far as the journal has them."""
        found = []
        for each in [each for each in self.attempts.values() if each.call_id == row.claim_id]:
            known = each if each.outcome is not None else _ended(each, self._calls.get(each.call_id, ()))
            if known is None:
                del self.attempts[each.leg_id]
                continue
            self.attempts[each.leg_id] = known
            found.append(known)
        return found

    def _with_history(self, row: Row, day_at: Instant) -> LeadNow:
        tried = [each for each in self.attempts.values() if each.lead_id == row.lead.lead_id]
        last = tried[-1] if tried else None
        history = NumberHistory(
            today=sum(each.at >= day_at for each in tried),
            in_total=len(tried),
            last_at=None if last is None else last.at,
            last_outcome=None if last is None else last.outcome,
        )
        return replace(row.lead, numbers=(replace(row.lead.numbers[0], history=history),))

    def _give_up_overdue(self, at: Instant) -> None:
        for row in self.rows.values():
            if row.claim_id is None or row.lease_ends_at > at:
                continue
            made = self._attempts(row)
            if any(each.outcome is None for each in made):
                row.lease_ends_at = after_ms(at, LEASE_MS)
                continue
            outcome = made[-1].outcome if made else None
            place = 0 if made else None
            self._settle(row, Settled(at=at, verdict=Verdict.RETRY, outcome=outcome, number_place=place))

    def _settle(self, row: Row, settled: Settled) -> None:
        row.lead = after(POLICY, row.lead, settled)
        row.claim_id = row.claimed_by = row.promise_at = None

    def _open_claim(self, row: Row) -> OpenClaim:
        return OpenClaim(
            claim_id=row.claim_id or "",
            lead_id=row.lead.lead_id,
            list_id=row.list_id,
            agent_id=row.claimed_by or AgentId(""),
            claimed_at=row.claimed_at,
            ends_at=row.lease_ends_at,
        )


def _ended(attempt: Attempt, story: Sequence[Envelope]) -> Attempt | None:
    """The attempt as the journal tells of it; None where it was certainly never dialled."""
    is_permitted, was_seen = False, False
    heard = OpenAttempt(
        leg_id=attempt.leg_id,
        call_id=attempt.call_id,
        agent_id=None,
        rate_micros=0,
        set_aside_micros=0,
        ends_by_at=after_ms(attempt.at, LONGEST_CALL_MS),
    )
    for envelope in story:
        event, at = envelope.event, envelope.occurred_at
        is_over = isinstance(event, CallEnded)
        if not is_over and getattr(event, "leg_id", None) != attempt.leg_id:
            continue
        match event:
            case DialPermitted():
                is_permitted = True
            case DialDropped():
                return None
            case CommandFailed() if not was_seen and event.reason in {"gone", "refused"}:
                return None
            case LegAnswered():
                heard = replace(heard, answered_at=heard.answered_at or at)
            case LegHungUp():
                unseen = event.is_estimated and event.cause is HangupCause.UNKNOWN and heard.answered_at is None
                end = given_up(heard, at) if unseen else ended(heard, at, event.cause)
                return replace(attempt, outcome=end.outcome, ended_at=end.ended_at)
            case CallEnded():
                if not is_permitted:
                    return None
                end = ended(heard, at, None)
                return replace(attempt, outcome=end.outcome, ended_at=end.ended_at)
            case _:
                pass
        was_seen = was_seen or (is_permitted and not isinstance(event, DialPermitted | CommandFailed))
    return attempt
