"""Calls of leads: a lead is dialled under its claim alone, and stands as its attempt and the agent's words say afterwards.

The claim's id is the id of its call. So a lead is dialled at most once for each time it is given out, and whoever comes after a
crash finds the call, its attempt and the lead under one name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.aftercall.verdict import Ended, settled_by
from routing.leads.following import Said
from routing.leads.lists import LeadList, LeadListId
from routing.outbound.asking import DialAsk, Permit, ReferenceKind
from routing.outbound.callee import read_callee
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadNow, LeadState
from routing.outbound.settling import Settled, Verdict, after
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.lead_attempts import keep_attempt
from store.lead_claims import ClaimedLead
from store.lead_lists import list_of
from store.lead_rows import hashes_in, lead_in, values_after
from store.lead_settling import settle_claim
from store.tables.leads import LEAD_IMPORTS, LEADS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.dialling import DialPurpose, DialReference, DialRequested
from telephony.engine.ports import PartyRecord
from telephony.identifiers import AgentId, CallId, Instant, PartyId, after_ms

AFTER_CALL_MS = 60 * 60_000
"""So long after the latest end of its call a lead waits for somebody to tell what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClaim:
    """A lead somebody has."""

    claim_id: str
    lead_id: int
    list_id: LeadListId
    agent_id: AgentId
    claimed_at: Instant
    ends_at: Instant
    promise_at: Instant | None = None
    """When somebody calls back, as the agent said until now."""
    is_own_promise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """What became of a claim: the lead as it stands now, or None where it was somebody else's by then."""

    lead: LeadNow | None


class LeadCalls:
    """Claims with their calls."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open_claims(self) -> Sequence[OpenClaim]:
        """All leads that somebody has, the oldest first; leases that ran out are among them."""
        return await self._claims()

    async def of_agent(self, agent_id: AgentId, at: Instant) -> OpenClaim | None:
        """The lead this agent has; None where they have none, or its lease is over."""
        found = await self._claims(LEADS.c.claimed_by == agent_id, LEADS.c.next_at > at)
        return found[-1] if found else None

    async def _claims(self, *where: Any) -> Sequence[OpenClaim]:
        leads = LEADS.c
        query = select(LEADS, LEAD_IMPORTS.c.list_id).join(LEAD_IMPORTS, LEAD_IMPORTS.c.import_no == leads.import_no)
        query = query.where(leads.claim_id.is_not(None), leads.state == LeadState.CLAIMED.value, *where)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(leads.claimed_at, leads.lead_id))).all()
        return [
            OpenClaim(
                claim_id=row.claim_id,
                lead_id=row.lead_id,
                list_id=LeadListId(row.list_id),
                agent_id=AgentId(row.claimed_by),
                claimed_at=Instant(row.claimed_at),
                ends_at=Instant(row.next_at),
                promise_at=None if row.promise_at is None else Instant(row.promise_at),
                is_own_promise=bool(row.promise_is_own),
            )
            for row in rows
        ]

    async def promise(self, claim_id: str, agent_id: AgentId, *, at: Instant, is_own: bool) -> bool:
        """Whoever has the lead will call back at that time, or anybody will; False where it is not theirs any more."""
        mine = _claimed(claim_id) & (LEADS.c.claimed_by == agent_id)
        async with writing(self._engine) as connection:
            promised = await connection.execute(update(LEADS).where(mine).values(promise_at=at, promise_is_own=is_own))
        return bool(promised.rowcount)

    async def skip(self, claim_id: str, agent_id: AgentId, *, reason: str, by: Author) -> bool:
        """The lead is not called now: somebody gets it a little later, and why is on record. False where it is not theirs any
        more, or was dialled."""
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(LEADS).where(_claimed(claim_id), LEADS.c.claimed_by == agent_id))).first()
            if row is None or await _attempts(connection, claim_id):
                return False
            lead_list = await list_of(connection, row)
            lead = after(lead_list.policy, lead_in(row), Settled(at=by.at, verdict=Verdict.SKIPPED))
            await connection.execute(update(LEADS).where(_claimed(claim_id)).values(**values_after(lead)))
            altered = Altered(deed="lead.skipped", subject=str(row.lead_id), after={"why": reason})
            await put_on_record(connection, by, [altered])
        return True

    async def conclude(self, claim_id: str, said: Said) -> Concluded | None:
        """The call of that claim is over: its lead stands as the attempt on disk and what the agent said make it.

        None, and nothing changed, where the attempt's end is not on disk yet: ask again. Twice is like once.
        """
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(LEADS).where(_claimed(claim_id)))).first()
            if row is None:
                return Concluded(lead=None)
            made = await _attempts(connection, claim_id)
            if any(each.ended_at is None for each in made):
                return None
            lead_list = await list_of(connection, row)
            dialled = [each for each in made if each.counts_for_number]
            last = dialled[-1] if dialled else None
            ended = Ended(
                at=said.at if last is None else Instant(last.ended_at),
                agent_id=AgentId(row.claimed_by),
                outcome=None if last is None else Outcome(last.outcome or Outcome.UNCLEAR),
                number_place=None if last is None else _place(row, last.lookup_hash),
                code=said.code,
                promise_at=None if row.promise_at is None else Instant(row.promise_at),
                is_own_promise=bool(row.promise_is_own),
            )
            for each in dialled:
                await keep_attempt(connection, row, each, lead_list.list_id, code=said.code, free_at=said.free_at)
            await settle_claim(connection, row, settled_by(said.rules, ended), lead_list, code=said.code)
            standing = (await connection.execute(select(LEADS).where(LEADS.c.lead_id == row.lead_id))).one()
            return Concluded(lead=lead_in(standing))


def wish_for(
    lead_list: LeadList,
    claimed: ClaimedLead,
    agent_id: AgentId,
    *,
    by: str,
    purpose: DialPurpose,
    party_id: PartyId,
    at: Instant,
    home_country: str,
) -> tuple[DialRequested, PartyRecord]:
    """The wish to call this lead for that agent, and who is called. Its call has the claim's id: asked twice, it is one call.

    What the list calls for counts, whatever else its project does, and whom the law sees in the called.
    """
    party = PartyRecord(party_id=party_id, number=claimed.number, name=claimed.person.name or None, seen_at=at)
    reference = DialReference(
        kind=ReferenceKind.LEAD.value,
        id=str(claimed.lead.lead_id),
        expires_at=lead_list.expires_at,
        work=lead_list.purpose.value,
        callee=claimed.lead.callee.value,
        region=claimed.lead.region,
        promised_for=claimed.lead.promised_for,
    )
    request = DialRequested(
        agent_id=agent_id,
        by=by,
        call_id=CallId(claimed.claim_id),
        project_id=lead_list.project_id,
        party_id=party_id,
        number=read_callee(claimed.number, home_country).facts,
        reference=reference,
        purpose=purpose,
    )
    return request, party


async def still_theirs(connection: AsyncConnection, ask: DialAsk, permit: Permit) -> bool:
    """Whether the lead this leg is to reach is claimed by this very call; it stays so then until the call is over for long.

    In the transaction that notes the attempt: a lease that ran out meanwhile, and somebody else who has the lead by now, are
    seen here at the latest. Whoever was erased is nobody's. What does not rest on a lead is not asked.
    """
    reference = ask.reference
    if reference is None or reference.kind is not ReferenceKind.LEAD or not reference.id.isdecimal():
        return True
    most_ms = permit.ring_limit_ms + permit.max_duration_ms + AFTER_CALL_MS
    kept_until = after_ms(permit.permitted_at, most_ms)
    asked = {"the_claim": ask.call_id, "the_lead": int(reference.id), "kept_until": kept_until}
    return bool((await connection.execute(_KEPT, asked)).rowcount)


def _claimed(claim_id: Any) -> Any:
    return (LEADS.c.claim_id == claim_id) & (LEADS.c.state == LeadState.CLAIMED.value)


_KEPT = (
    update(LEADS)
    .where(_claimed(bindparam("the_claim")), LEADS.c.lead_id == bindparam("the_lead"))
    .values(next_at=bindparam("kept_until"))
)


async def _attempts(connection: AsyncConnection, claim_id: str) -> Sequence[Row[Any]]:
    """Those of the claim's call to its lead, in their order: one at the most, unless the rules of calls change."""
    attempts = DIAL_ATTEMPTS.c
    lead = select(LEADS.c.lead_id).where(LEADS.c.claim_id == claim_id)
    lead_id = (await connection.execute(lead)).scalar_one_or_none()
    of_lead = (attempts.reference_kind == ReferenceKind.LEAD.value) & (attempts.reference_id == str(lead_id))
    query = select(DIAL_ATTEMPTS).where(of_lead, attempts.call_id == claim_id).order_by(attempts.permitted_at)
    return (await connection.execute(query)).all()


def _place(row: Row[Any], lookup_hash: bytes | None) -> int:
    """Which of the lead's numbers that was; the first where its hash is none of them, as after a change of keys."""
    hashes = hashes_in(row.hashes)
    return hashes.index(bytes(lookup_hash)) if lookup_hash is not None and bytes(lookup_hash) in hashes else 0
