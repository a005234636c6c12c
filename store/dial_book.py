"""The dial book in the database: all who wait are served in one transaction, each with its facts in one query."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.outbound.asking import Permit
from routing.outbound.attempts import AttemptEnd, OpenAttempt
from store.consent_terms import extend
from store.dial_facts import asked_of, facts_in
from store.dial_query import FACTS, SEALED
from store.engine import reading, write_at_once
from store.lead_calls import still_theirs
from store.parties import PartyError, PartyKeys
from store.tables.journal import PARTIES
from store.tables.outbound import DIAL_ATTEMPTS, DIAL_DAYS, DIALLED_COUNTRIES
from store.upserts import insert_new, insert_or_add
from telephony.dialling import EMERGENCY_CLASS
from telephony.engine.dial_book import Ask, BookUnavailable, Decide, LookedUp
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import AgentId, CallId, Instant, LegId, PartyId, after_ms

_Day = tuple[int, str, str]
_ATTEMPTS = DIAL_ATTEMPTS.c
_MINE = (_ATTEMPTS.call_id == bindparam("the_call")) & (_ATTEMPTS.agent_id == bindparam("the_agent"))
_RELEASED = update(DIAL_ATTEMPTS).where(_MINE, _ATTEMPTS.occupies_agent).values(occupies_agent=False)
_SAME_AGAIN = update(DIAL_ATTEMPTS).where(_ATTEMPTS.leg_id == bindparam("the_leg")).values(permitted_at=_ATTEMPTS.permitted_at)
_STILL_OPEN = select(DIAL_ATTEMPTS).where(_ATTEMPTS.leg_id.in_(bindparam("legs", expanding=True)), _ATTEMPTS.ended_at.is_(None))
_HASH = select(PARTIES.c.lookup_hash).where(PARTIES.c.party_id == bindparam("whom")).scalar_subquery()
_END = ("ended_at", "answered_at", "outcome", "cost_micros", "counts_for_number")
_ENDED = update(DIAL_ATTEMPTS).where(_ATTEMPTS.leg_id == bindparam("the_leg")).values({name: bindparam(name) for name in _END})


class SqlDialBook:
    """Facts, attempts and what they cost, in either database."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys) -> None:
        self._engine = engine
        self._keys = keys
        self._new_attempt = insert_new(engine, DIAL_ATTEMPTS)
        self._new_attempt_of_known = insert_new(engine, DIAL_ATTEMPTS).values(lookup_hash=_HASH)
        self._new_country = insert_new(engine, DIALLED_COUNTRIES)
        self._more = insert_or_add(engine, DIAL_DAYS)

    async def look_up(self, ask: Ask) -> LookedUp | None:
        """The party's number and all facts, in one query."""
        async with _told(), reading(self._engine) as connection:
            return await self._look_up(connection, ask)

    async def _look_up(self, connection: AsyncConnection, ask: Ask) -> LookedUp | None:
        budget = ask.ask.reference is not None and ask.ask.reference.budget_micros is not None
        given = {} if ask.number is None else {"number_hash": self._keys.lookup_hash(ask.number)}
        query = FACTS[budget, ask.number is not None]
        row = (await connection.execute(query, asked_of(ask, has_budget=budget) | given)).first()
        number = None if row is None else ask.number or self._number_in(row)
        return None if row is None or number is None else LookedUp(number=number, facts=facts_in(row, has_budget=budget))

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

    async def serve(
        self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]], asks: Sequence[Ask], decide: Decide
    ) -> Sequence[Permit | Refusal]:
        """What ended is settled, and then one after the other is decided and noted: all of it is written at once, or nothing. It
        is on disk no later than what the journal writes next into the same database."""

        async def work(connection: AsyncConnection) -> list[Permit | Refusal]:
            await self._settle(connection, ends, left)
            return [await self._serve(connection, ask, decide) for ask in asks]

        async with _told():
            return await write_at_once(self._engine, work, waits_for_disk=False)

    async def _serve(self, connection: AsyncConnection, ask: Ask, decide: Decide) -> Permit | Refusal:
        try:
            found = await self._look_up(connection, ask)
        except BookUnavailable:  # this party's record cannot be opened: the others' can
            return Refusal(code=RefusalCode.DIALLING_UNAVAILABLE)
        answer = decide(ask, found)
        if not isinstance(answer, Permit):
            return answer
        countries = frozenset[str]() if found is None else found.facts.countries
        if await self._note(connection, ask, answer, countries) or answer.is_emergency:
            return answer
        return Refusal(code=RefusalCode.ALREADY_DIALLED, facts={"leg": answer.leg_id})

    async def note(self, ask: Ask, permit: Permit) -> bool:
        """The attempt and what is set aside for it are on disk."""
        async with _told():
            return await write_at_once(self._engine, lambda connection: self._note(connection, ask, permit))

    async def _note(self, connection: AsyncConnection, ask: Ask, permit: Permit, countries: frozenset[str] = frozenset()) -> bool:
        """`countries` are those the client is known to have called before."""
        if not await still_theirs(connection, ask.ask, permit):
            return False
        row, insert = _attempt_row(ask, permit), self._new_attempt
        if ask.number is None:
            row, insert = row | {"whom": ask.party_id}, self._new_attempt_of_known
        else:
            row["lookup_hash"] = self._keys.lookup_hash(ask.number)
        if not (await connection.execute(insert, row)).rowcount:
            return False
        if permit.is_emergency:
            return True
        await self._count(connection, dict.fromkeys(_days_of(ask), (1, permit.cost_limit_micros)))
        if permit.callee.country not in (None, *countries) and ask.client_id is not None:
            country = {"client_id": ask.client_id, "country": permit.callee.country, "first_at": permit.permitted_at}
            await connection.execute(self._new_country, country)
        if permit.consent_id is not None:
            await extend(connection, permit.consent_id, permit.permitted_at)
        return True

    async def settle(self, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]]) -> None:
        """What was set aside for these attempts is given back, and what they cost is spent; these agents are free, at one go."""
        async with _told():
            await write_at_once(self._engine, lambda connection: self._settle(connection, ends, left), waits_for_disk=False)

    async def make_sure(self, leg_id: LegId) -> None:
        """The attempt is on disk, with all that was written before it."""

        async def work(connection: AsyncConnection) -> bool:
            return bool((await connection.execute(_SAME_AGAIN, {"the_leg": leg_id})).rowcount)

        async with _told():
            if not await write_at_once(self._engine, work):  # a write that changes nothing is one: it waits for the disk
                raise BookUnavailable(f"the attempt {leg_id} is not in the dial book")

    async def _settle(
        self, connection: AsyncConnection, ends: Sequence[AttemptEnd], left: Sequence[tuple[CallId, AgentId]]
    ) -> None:
        if ends:
            found = await connection.execute(_STILL_OPEN, {"legs": [end.leg_id for end in ends]})
            rows = {row.leg_id: row for row in found.all()}
            settled = {end.leg_id: end for end in reversed(ends) if end.leg_id in rows}  # of two ends the first one is true
            if settled:
                await connection.execute(_ENDED, [_end_row(rows[leg_id], end) for leg_id, end in settled.items()])
                await self._count(connection, _given_back((rows[leg_id], end) for leg_id, end in settled.items()))
        if left:
            await connection.execute(_RELEASED, [{"the_call": call_id, "the_agent": agent_id} for call_id, agent_id in left])

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """All attempts whose end is not known."""
        query = select(DIAL_ATTEMPTS).where(_ATTEMPTS.ended_at.is_(None)).order_by(_ATTEMPTS.permitted_at)
        async with _told(), reading(self._engine) as connection:
            return [_open_attempt(row) for row in (await connection.execute(query)).all()]

    async def _count(self, connection: AsyncConnection, more: Mapping[_Day, tuple[int, int]]) -> None:
        """So many calls, and so much money, more or less on these days."""
        rows = [
            {"day_at": day_at, "whose": whose, "whose_id": identifier, "calls": calls, "cost_micros": cost_micros}
            for (day_at, whose, identifier), (calls, cost_micros) in more.items()
        ]
        if rows:
            await connection.execute(self._more, rows)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise BookUnavailable(f"the dial book cannot be used: {error}") from error


def _end_row(row: Row[Any], end: AttemptEnd) -> dict[str, Any]:
    return {
        "the_leg": end.leg_id,
        "ended_at": end.ended_at,
        "answered_at": end.answered_at,
        "outcome": end.outcome.value,
        "cost_micros": end.cost_micros,
        "counts_for_number": row.counts_for_number and end.was_dialled,
    }


def _given_back(settled: Iterable[tuple[Row[Any], AttemptEnd]]) -> dict[_Day, tuple[int, int]]:
    """By day, what these ends change of what was counted when they were permitted."""
    calls, cost_micros = Counter[_Day](), Counter[_Day]()
    for row, end in settled:
        if row.number_class == EMERGENCY_CLASS:
            continue
        for whose, identifier in _whose(row.agent_id, row.client_id):
            calls[row.day_at, whose, identifier] -= not end.was_dialled
            cost_micros[row.day_at, whose, identifier] += end.cost_micros - row.cost_micros
    return {day: (calls[day], cost_micros[day]) for day in sorted(cost_micros)}


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
