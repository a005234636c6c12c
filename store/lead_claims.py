"""Gives the leads of a list out, each to exactly one agent, and takes back what became of them.

A claim is a lease: who dies with one loses it when it runs out. Whether the lead was dialled by then, the attempts tell; one
whose end nobody saw waits for a person, and is not dialled again by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.directory import Directory
from routing.leads.lists import LeadList, ListState, consent_needed, counts_as_advertising
from routing.leads.terms import terms_of
from routing.outbound.asking import ReferenceKind
from routing.outbound.facts import Outcome
from routing.outbound.lead import LeadNow, LeadState
from routing.outbound.order import Among, PutOff, Terms, number_to_try, pick
from routing.outbound.settling import Settled, Verdict, after
from routing.outbound.windows import day_began_at
from store.audit import Altered, Author, put_on_record
from store.engine import reading, writing
from store.lead_attempts import keep_attempt
from store.lead_facts import Asked, with_facts
from store.lead_lists import list_in, list_of, seen_imports
from store.lead_rows import LeadKeys, Person, hashes_in, lead_in, person_in, values_after
from store.lead_settling import settle_claim
from store.tables.leads import LEAD_IMPORTS, LEAD_LISTS, LEADS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.identifiers import AgentId, Instant, after_ms

CANDIDATES = 20
MOST_PAGES = 10
"""So many pages of leads whose turn it was and who may not be called now are put off by one claim."""
LEASE_MS = 10 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLead:
    """A lead that one agent has."""

    claim_id: str
    lead: LeadNow
    person: Person = field(repr=False)
    number_place: int
    ends_at: Instant
    """Of the lease."""

    @property
    def number(self) -> str:
        """What is dialled: E.164."""
        return self.person.numbers[self.number_place]


class LeadClaims:
    """Claims, leases, settlements."""

    def __init__(self, engine: AsyncEngine, keys: LeadKeys, *, lease_ms: int = LEASE_MS) -> None:
        self._engine = engine
        self._keys = keys
        self._lease_ms = lease_ms

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
        """The list's next lead is this agent's; None where none may be called now. The same `claim_id` gives the same lead.

        Nobody has two at once: who has another one gets none.
        """
        ends_at = after_ms(at, lease_ms or self._lease_ms)
        terms = terms_of(lead_list, directory)
        is_advertising = counts_as_advertising(lead_list.project_id, lead_list.purpose, directory)
        asked = Asked(
            lead_list=lead_list,
            is_advertising=is_advertising,
            consent_purpose=consent_needed(lead_list.project_id, lead_list.purpose, directory),
            day_at=day_began_at(at, terms.zone),
        )
        with suppress(IntegrityError):  # in the same moment another one was given to this agent
            return await self._claim(lead_list, agent_id, asked, terms, claim_id=claim_id, at=at, ends_at=ends_at)
        return None

    async def _claim(
        self,
        lead_list: LeadList,
        agent_id: AgentId,
        asked: Asked,
        terms: Terms,
        *,
        claim_id: str,
        at: Instant,
        ends_at: Instant,
    ) -> ClaimedLead | None:
        async with writing(self._engine) as connection:
            there = (await connection.execute(select(LEADS).where(LEADS.c.claim_id == claim_id))).first()
            if there is not None:
                return await self._given(connection, there, asked, terms, at=at)
            if not await self._is_given_out(connection, lead_list, at):
                return None
            await self._settle_overdue(connection, LEADS.c.import_no.in_(seen_imports(lead_list.list_id)), at)
            await self._settle_overdue(connection, LEADS.c.claimed_by == agent_id, at)
            if await self._has_another(connection, agent_id):
                return None
            for _ in range(MOST_PAGES):
                rows = await self._candidates(connection, lead_list, agent_id, at)
                leads = await with_facts(connection, rows, asked)
                found, put_off = pick(leads, lead_list.policy, terms, at, agent_id)
                await self._put_off(connection, put_off)
                if found is not None:
                    taken = await self._take(connection, found.lead_id, agent_id, claim_id, at=at, ends_at=ends_at)
                    if taken is not None:
                        return await self._given(connection, taken, asked, terms, at=at)
                elif not put_off:
                    return None
        return None

    async def give_back(self, claim_id: str, lead_list: LeadList, *, at: Instant) -> None:
        """Nobody dialled the lead, and nobody has it: it stands where it stood."""
        mine = (LEADS.c.claim_id == claim_id) & (LEADS.c.state == LeadState.CLAIMED.value)
        async with writing(self._engine) as connection:
            row = (await connection.execute(select(LEADS).where(mine))).first()
            if row is not None:
                await settle_claim(connection, row, Settled(at=at, verdict=Verdict.RETRY), lead_list)

    async def keep(self, claim_id: str, *, at: Instant) -> bool:
        """The lease begins anew; False where the lead is somebody else's by now."""
        mine = update(LEADS).where(LEADS.c.claim_id == claim_id, LEADS.c.state == LeadState.CLAIMED.value)
        async with writing(self._engine) as connection:
            kept = await connection.execute(mine.values(next_at=after_ms(at, self._lease_ms)))
        return bool(kept.rowcount)

    async def unclear(self, lead_list: LeadList, limit: int = 200) -> Sequence[LeadNow]:
        """Leads that wait for a person: an attempt was begun whose end nobody saw."""
        query = select(LEADS).where(
            LEADS.c.import_no.in_(seen_imports(lead_list.list_id)), LEADS.c.state == LeadState.UNCLEAR.value
        )
        async with reading(self._engine) as connection:
            return [lead_in(row) for row in (await connection.execute(query.order_by(LEADS.c.lead_id).limit(limit))).all()]

    async def decide(self, lead_id: int, lead_list: LeadList, verdict: Verdict, *, by: Author) -> bool:
        """A person has said what becomes of an unclear lead; False where it is none of this list's."""
        of_list = LEADS.c.import_no.in_(seen_imports(lead_list.list_id))
        query = select(LEADS).where(LEADS.c.lead_id == lead_id, LEADS.c.state == LeadState.UNCLEAR.value, of_list)
        async with writing(self._engine) as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                return False
            outcome = Outcome.FAILED if verdict is Verdict.RETRY else None
            before = replace(lead_in(row), state=LeadState.RETRY)
            lead = after(lead_list.policy, before, Settled(at=by.at, verdict=verdict, outcome=outcome))
            await connection.execute(update(LEADS).where(LEADS.c.lead_id == lead_id).values(**values_after(lead)))
            await put_on_record(connection, by, [Altered(deed="lead.decided", subject=str(lead_id), after=verdict.value)])
        return True

    # -- inside a claim --------------------------------------------------------------------------------------------------

    async def _is_given_out(self, connection: AsyncConnection, lead_list: LeadList, at: Instant) -> bool:
        row = (await connection.execute(select(LEAD_LISTS).where(LEAD_LISTS.c.list_id == lead_list.list_id))).first()
        if row is None or row.state != ListState.OPEN.value:
            return False
        return list_in(row).expires_at > at

    async def _has_another(self, connection: AsyncConnection, agent_id: AgentId) -> bool:
        theirs = (LEADS.c.claimed_by == agent_id, LEADS.c.state == LeadState.CLAIMED.value)
        return (await connection.execute(select(LEADS.c.lead_id).where(*theirs))).first() is not None

    async def _candidates(
        self, connection: AsyncConnection, lead_list: LeadList, agent_id: AgentId, at: Instant
    ) -> list[Row[Any]]:
        imports = (await connection.execute(seen_imports(lead_list.list_id).order_by(LEAD_IMPORTS.c.import_no))).scalars()
        numbers = list(imports)
        if lead_list.policy.among is Among.NEWEST_IMPORT:
            numbers.reverse()
        promise = LEADS.c.promised_agent
        whose = or_(
            promise.is_(None),
            promise == agent_id,
            LEADS.c.next_at <= after_ms(at, -lead_list.policy.promise_waits_ms),
        )
        found: list[Row[Any]] = []
        for state, only in ((LeadState.PROMISED, whose), (LeadState.RETRY, None), (LeadState.FRESH, None)):
            of_state: list[Row[Any]] = []
            for number in numbers:
                query = _due(number, state, at)
                of_state += (await connection.execute(query if only is None else query.where(only))).all()
                is_by_import = state is LeadState.FRESH and lead_list.policy.among is Among.NEWEST_IMPORT
                if is_by_import and of_state:
                    break
            found += of_state
        return found

    async def _put_off(self, connection: AsyncConnection, put_off: Iterable[PutOff]) -> None:
        for each in put_off:
            state = {} if each.state is None else {"state": each.state.value}
            unclaimed = update(LEADS).where(LEADS.c.lead_id == each.lead_id, LEADS.c.claim_id.is_(None))
            await connection.execute(unclaimed.values(next_at=each.next_at, **state))

    async def _take(
        self, connection: AsyncConnection, lead_id: int, agent_id: AgentId, claim_id: str, *, at: Instant, ends_at: Instant
    ) -> Row[Any] | None:
        """The lead's row as it is now; None where somebody was quicker."""
        free = (LEADS.c.lead_id == lead_id) & LEADS.c.claim_id.is_(None)
        values: Mapping[str, Any] = {
            "state": LeadState.CLAIMED.value,
            "claimed_from": LEADS.c.state,
            "claimed_due_at": LEADS.c.next_at,
            "next_at": ends_at,
            "claim_id": claim_id,
            "claimed_by": agent_id,
            "claimed_at": at,
        }
        if not (await connection.execute(update(LEADS).where(free).values(**values))).rowcount:
            return None
        return (await connection.execute(select(LEADS).where(LEADS.c.lead_id == lead_id))).one()

    async def _given(
        self, connection: AsyncConnection, row: Row[Any], asked: Asked, terms: Terms, *, at: Instant
    ) -> ClaimedLead | None:
        person = person_in(row, self._keys)
        if person is None:
            return None
        [lead] = await with_facts(connection, [row], asked)
        place = number_to_try(lead, terms, at)
        tries = [(each.tries, at) for at, each in enumerate(lead.numbers) if not each.is_dead and not each.is_barred]
        return ClaimedLead(
            claim_id=row.claim_id,
            lead=lead,
            person=person,
            number_place=place if isinstance(place, int) else min(tries, default=(0, 0))[1],
            ends_at=Instant(row.next_at),
        )

    async def _settle_overdue(self, connection: AsyncConnection, whose: ColumnElement[bool], at: Instant) -> None:
        """Leases that ran out: what their attempts say becomes of the lead."""
        over = select(LEADS).where(whose, LEADS.c.state == LeadState.CLAIMED.value, LEADS.c.next_at <= at)
        for row in (await connection.execute(over.limit(CANDIDATES))).all():
            attempts = DIAL_ATTEMPTS.c
            query = select(DIAL_ATTEMPTS).where(
                attempts.reference_kind == ReferenceKind.LEAD.value,
                attempts.reference_id == str(row.lead_id),
                attempts.permitted_at >= row.claimed_at,
                or_(attempts.ended_at.is_(None), attempts.counts_for_number),
            )
            made = (await connection.execute(query.order_by(attempts.permitted_at.desc()))).all()
            mine = update(LEADS).where(LEADS.c.lead_id == row.lead_id, LEADS.c.claim_id == row.claim_id)
            if any(each.ended_at is None for each in made):
                await connection.execute(mine.values(next_at=after_ms(at, self._lease_ms)))
                continue
            lead, lead_list = lead_in(row), await list_of(connection, row)
            for each in reversed(made):
                hashes = hashes_in(row.hashes)
                place = hashes.index(bytes(each.lookup_hash)) if each.lookup_hash in hashes else 0
                ended = Settled(
                    at=Instant(each.ended_at),
                    verdict=Verdict.RETRY,
                    number_place=place,
                    outcome=Outcome(each.outcome or Outcome.UNCLEAR),
                )
                lead = after(lead_list.policy, lead, ended)
                await keep_attempt(connection, row, each, lead_list.list_id)
            await connection.execute(mine.values(**values_after(lead)))


def _due(import_no: int, state: LeadState, at: Instant) -> Select[Any]:
    leads = LEADS.c
    query = select(LEADS).where(leads.import_no == import_no, leads.state == state.value, leads.next_at <= at)
    return query.order_by(leads.next_at, leads.lead_id).limit(CANDIDATES)
