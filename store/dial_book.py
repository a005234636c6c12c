"""The dial book in the database: facts in one query, each permit and each end in one transaction."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.asking import Permit
from routing.outbound.attempts import AttemptEnd, OpenAttempt
from routing.outbound.facts import (
    ConsentBasis,
    ConsentProof,
    ConsentPurpose,
    Covers,
    DialFacts,
    DoNotCall,
    ListOwner,
    NumberHistory,
    Outcome,
    Spending,
)
from store.consent_terms import extend
from store.dial_query import COUNTRIES_BETWEEN, FACTS, FACTS_WITH_BUDGET, SEALED
from store.engine import reading, writing
from store.lead_calls import still_theirs
from store.parties import PartyError, PartyKeys
from store.tables.journal import PARTIES
from store.tables.outbound import DIAL_ATTEMPTS, DIAL_DAYS, DIALLED_COUNTRIES
from store.upserts import insert_new
from telephony.dialling import EMERGENCY_CLASS
from telephony.engine.permits import Ask, BookUnavailable, LookedUp
from telephony.identifiers import SECOND, AgentId, CallId, Instant, LegId, PartyId, after_ms

_DAY = 86_400 * SECOND
_NEVER = Instant(2**62)
_LISTS = (("ours", ListOwner.CENTRE), ("theirs", ListOwner.CLIENT), ("projects", ListOwner.PROJECT))


class SqlDialBook:
    """Facts, attempts and what they cost, in either database."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def look_up(self, ask: Ask) -> LookedUp | None:
        """The party's number and all facts, in one query."""
        budget = ask.ask.reference is not None and ask.ask.reference.budget_micros is not None
        async with _told(), reading(self._engine) as connection:
            row = (await connection.execute(FACTS_WITH_BUDGET if budget else FACTS, _asked(ask, has_budget=budget))).first()
        number = None if row is None else self._number_in(row)
        return None if row is None or number is None else LookedUp(number=number, facts=_facts(row, has_budget=budget))

    async def number_of(self, party_id: PartyId) -> str | None:
        """The party's number as it was written."""
        query = select(*(PARTIES.c[name] for name in SEALED)).where(
            PARTIES.c.party_id == party_id, PARTIES.c.wrapped_key.is_not(None)
        )
        async with _told(), reading(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else self._number_in(row)

    def _number_in(self, row: Row[Any]) -> str | None:
        try:
            sealed = (row.party_id, row.seen_at, row.lookup_hash, row.wrapped_key, row.number_cipher, row.name_cipher)
            return self._keys.open(sealed).number
        except PartyError as error:
            raise BookUnavailable(str(error)) from error

    async def note(self, ask: Ask, permit: Permit) -> bool:
        """The attempt and what is set aside for it are on disk."""
        async with _told(), writing(self._engine) as connection:
            if not await still_theirs(connection, ask.ask, permit):
                return False
            number = select(PARTIES.c.lookup_hash).where(PARTIES.c.party_id == ask.party_id).scalar_subquery()
            new = insert_new(self._engine, DIAL_ATTEMPTS).values(**_attempt_row(ask, permit), lookup_hash=number)
            if not (await connection.execute(new)).rowcount:
                return False
            if permit.is_emergency:
                return True
            await self._count(connection, _days_of(ask), calls=1, cost_micros=permit.cost_limit_micros)
            if permit.callee.country is not None and ask.client_id is not None:
                country = {"client_id": ask.client_id, "country": permit.callee.country, "first_at": permit.permitted_at}
                await connection.execute(insert_new(self._engine, DIALLED_COUNTRIES).values(**country))
            if permit.consent_id is not None:
                await extend(connection, permit.consent_id, permit.permitted_at)
        return True

    async def settle(self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]]) -> None:
        """What was set aside for these attempts is given back, and what they cost is spent; these agents are free, at one go."""
        async with _told(), writing(self._engine) as connection:
            for end in ends:
                await self._settle(connection, end)
            if left:
                await _release(connection, left)

    async def _settle(self, connection: AsyncConnection, end: AttemptEnd) -> None:
        attempts = DIAL_ATTEMPTS.c
        is_open = (attempts.leg_id == end.leg_id) & attempts.ended_at.is_(None)
        row = (await connection.execute(select(DIAL_ATTEMPTS).where(is_open))).first()
        if row is None:
            return
        values = {
            "ended_at": end.ended_at,
            "answered_at": end.answered_at,
            "outcome": end.outcome.value,
            "cost_micros": end.cost_micros,
            "counts_for_number": row.counts_for_number and end.was_dialled,
        }
        await connection.execute(update(DIAL_ATTEMPTS).where(is_open).values(**values))
        days = [(row.day_at, whose, identifier) for whose, identifier in _whose(row.agent_id, row.client_id)]
        if row.number_class != EMERGENCY_CLASS:
            calls = 0 if end.was_dialled else -1
            await self._count(connection, days, calls=calls, cost_micros=end.cost_micros - row.cost_micros)

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """All attempts whose end is not known."""
        query = select(DIAL_ATTEMPTS).where(DIAL_ATTEMPTS.c.ended_at.is_(None)).order_by(DIAL_ATTEMPTS.c.permitted_at)
        async with _told(), reading(self._engine) as connection:
            return [_open_attempt(row) for row in (await connection.execute(query)).all()]

    async def _count(
        self, connection: AsyncConnection, days: Iterable[tuple[int, str, str]], *, calls: int, cost_micros: int
    ) -> None:
        for day_at, whose, identifier in days:
            key = {"day_at": day_at, "whose": whose, "whose_id": identifier}
            await connection.execute(insert_new(self._engine, DIAL_DAYS).values(**key, calls=0, cost_micros=0))
            of_day = [DIAL_DAYS.c[name] == value for name, value in key.items()]
            more = {"calls": DIAL_DAYS.c.calls + calls, "cost_micros": DIAL_DAYS.c.cost_micros + cost_micros}
            await connection.execute(update(DIAL_DAYS).where(*of_day).values(**more))


async def _release(connection: AsyncConnection, left: Sequence[tuple[CallId, AgentId]]) -> None:
    attempts = DIAL_ATTEMPTS.c
    mine = (attempts.call_id == bindparam("the_call")) & (attempts.agent_id == bindparam("the_agent"))
    statement = update(DIAL_ATTEMPTS).where(mine, attempts.occupies_agent).values(occupies_agent=False)
    await connection.execute(statement, [{"the_call": call_id, "the_agent": agent_id} for call_id, agent_id in left])


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise BookUnavailable(f"the dial book cannot be used: {error}") from error


def _asked(ask: Ask, *, has_budget: bool) -> dict[str, Any]:
    asked, since = ask.ask, ask.since
    values: dict[str, Any] = {
        "party_id": ask.party_id,
        "leg_id": asked.leg_id,
        "call_id": asked.call_id,
        "agent_id": asked.agent_id or "",
        "client_id": ask.client_id or "",
        "project_id": asked.project_id or "",
        "at": asked.at,
        "consent_purpose": ask.consent_purpose.value,
        "day_at": since.day_at,
        "burst_at": since.burst_at,
        "night_at": _NEVER if since.night_at is None else since.night_at,
        "since_yesterday": asked.at - _DAY,
    }
    if has_budget and asked.reference is not None:
        values |= {"reference_kind": asked.reference.kind.value, "reference_id": asked.reference.id}
    return values


def _facts(row: Row[Any], *, has_budget: bool) -> DialFacts:
    told = row._mapping
    entries = (
        DoNotCall(owner=owner, covers=Covers(told[f"{name}_covers"]), added_at=Instant(told[f"{name}_added_at"]))
        for name, owner in _LISTS
        if told[f"{name}_covers"] is not None
    )
    outcome = row.number_last_outcome
    return DialFacts(
        was_permitted=bool(row.was_permitted),
        do_not_call=tuple(entries),
        consent=_consent(row),
        history=NumberHistory(
            today=row.number_today,
            in_total=row.number_in_total,
            last_at=row.number_last_at,
            last_outcome=None if outcome is None else Outcome(outcome),
        ),
        of_agent=_spending(told, "agents_day"),
        of_client=_spending(told, "clients_day"),
        of_centre=_spending(told, "centres_day"),
        open_calls_of_agent=row.agent_open,
        calls_of_agent_in_burst=row.agent_burst,
        calls_of_agent_at_night=row.agent_night,
        countries=frozenset((row.countries or "").split(COUNTRIES_BETWEEN)) - {""},
        new_countries_today=row.new_countries,
        spent_on_reference_micros=int(row.spent_on_reference) if has_budget else 0,
    )


def _consent(row: Row[Any]) -> ConsentProof | None:
    if row.consent_id is None:
        return None
    return ConsentProof(
        consent_id=row.consent_id,
        basis=ConsentBasis(row.basis),
        purpose=ConsentPurpose(row.purpose),
        granted_at=row.granted_at,
        withdrawn_at=row.withdrawn_at,
        kept_until=row.kept_until,
    )


def _spending(told: Any, name: str) -> Spending:
    calls = told[f"{name}_calls"]
    return Spending() if calls is None else Spending(calls=calls, cost_micros=told[f"{name}_cost_micros"])


def _attempt_row(ask: Ask, permit: Permit) -> dict[str, Any]:
    asked, reference = ask.ask, ask.ask.reference
    is_handing_on = asked.purpose.is_handing_on
    return {
        "leg_id": permit.leg_id,
        "call_id": asked.call_id,
        "agent_id": asked.agent_id,
        "client_id": ask.client_id,
        "project_id": asked.project_id,
        "purpose": asked.purpose.value,
        "reference_kind": None if reference is None else reference.kind.value,
        "reference_id": None if reference is None else reference.id,
        "number_class": permit.callee.number_class,
        "country": permit.callee.country,
        "right_id": None if permit.shown is None else permit.shown.right_id,
        "consent_id": permit.consent_id,
        "day_at": ask.since.day_at,
        "permitted_at": permit.permitted_at,
        "ends_by_at": after_ms(permit.permitted_at, permit.ring_limit_ms + permit.max_duration_ms),
        "rate_micros": permit.rate_micros,
        "cost_micros": permit.cost_limit_micros,
        "occupies_agent": asked.agent_id is not None and not is_handing_on and not permit.is_emergency,
        "counts_for_number": not is_handing_on and not permit.is_emergency,
    }


def _days_of(ask: Ask) -> list[tuple[int, str, str]]:
    return [(ask.since.day_at, whose, identifier) for whose, identifier in _whose(ask.ask.agent_id, ask.client_id)]


def _whose(agent_id: str | None, client_id: str | None) -> list[tuple[str, str]]:
    """Whose day an attempt counts for."""
    whose = [("agent", agent_id), ("client", client_id), ("centre", "")]
    return [(name, identifier) for name, identifier in whose if identifier is not None]


def _open_attempt(row: Row[Any]) -> OpenAttempt:
    return OpenAttempt(
        leg_id=LegId(row.leg_id),
        call_id=CallId(row.call_id),
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
        rate_micros=row.rate_micros,
        set_aside_micros=row.cost_micros,
        ends_by_at=Instant(row.ends_by_at),
    )
