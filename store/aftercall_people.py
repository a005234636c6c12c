"""Whom a call was with, by keyed hashes; and what becomes of orders, answers and checks when such a person is forgotten."""

from collections.abc import Collection

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.lead_rows import hashes_in
from store.tables.aftercall import LEAD_CHECKS, ORDER_PEOPLE, ORDERS, RESPONSE_PEOPLE, SURVEY_ANSWERS, SURVEY_RESPONSES
from store.tables.journal import PARTIES
from store.tables.leads import LEAD_NUMBERS, LEADS
from store.tables.outbound import DIAL_ATTEMPTS
from telephony.identifiers import CallId, Instant, PartyId


async def people_of(
    connection: AsyncConnection, call_id: CallId | None, *, party_id: PartyId | None = None, lead_id: int | None = None
) -> list[bytes]:
    """The hashes of all numbers by which the other side of the call can be found again."""
    found = set[bytes]()
    if lead_id is not None:
        packed = (await connection.execute(select(LEADS.c.hashes).where(LEADS.c.lead_id == lead_id))).scalar()
        found.update(hashes_in(packed))
    if party_id is not None:
        found.update(await _hashes(connection, select(PARTIES.c.lookup_hash).where(PARTIES.c.party_id == party_id)))
    if call_id is not None:
        attempts = DIAL_ATTEMPTS.c
        of_call = and_(attempts.leg_id >= f"{call_id}.", attempts.leg_id < f"{call_id}/", attempts.counts_for_number)
        found.update(await _hashes(connection, select(attempts.lookup_hash).where(of_call)))
    return sorted(found)


async def _hashes(connection: AsyncConnection, query: object) -> list[bytes]:
    return [bytes(each) for each in (await connection.execute(query)).scalars() if each is not None]  # type: ignore[call-overload]


async def restrict_orders(connection: AsyncConnection, hashes: Collection[bytes], at: Instant) -> int:
    """Orders of these people are kept for the books alone from now on; how many there are."""
    if not hashes:
        return 0
    theirs = select(ORDER_PEOPLE.c.order_id).where(ORDER_PEOPLE.c.lookup_hash.in_(sorted(hashes)))
    open_ones = update(ORDERS).where(ORDERS.c.order_id.in_(theirs), ORDERS.c.restricted_at.is_(None))
    await connection.execute(open_ones.values(restricted_at=at))
    count = select(func.count()).select_from(ORDERS).where(ORDERS.c.order_id.in_(theirs))
    return int((await connection.execute(count)).scalar_one())


async def forget_answers(connection: AsyncConnection, hashes: Collection[bytes]) -> int:
    """Nobody can tell any more who gave these answers, and their words are gone; how many responses. Figures stay the same."""
    if not hashes:
        return 0
    people = RESPONSE_PEOPLE.c
    query = select(people.response_id).where(people.lookup_hash.in_(sorted(hashes))).distinct()
    found = list((await connection.execute(query)).scalars())
    for start in range(0, len(found), 250):
        page = found[start : start + 250]
        words = SURVEY_ANSWERS.c.response_id.in_(page) & SURVEY_ANSWERS.c.sealed.is_not(None)
        await connection.execute(update(SURVEY_ANSWERS).where(words).values(wrapped_key=None, sealed=None))
        of_page = SURVEY_RESPONSES.c.response_id.in_(page)
        await connection.execute(update(SURVEY_RESPONSES).where(of_page).values(call_id=None))
        await connection.execute(delete(RESPONSE_PEOPLE).where(people.response_id.in_(page)))
    return len(found)


async def forget_checks(connection: AsyncConnection, hashes: Collection[bytes]) -> int:
    """What was checked of these people's data is gone; how many fields. Before their leads are forgotten: those lead here."""
    if not hashes:
        return 0
    leads = select(LEAD_NUMBERS.c.lead_id).where(LEAD_NUMBERS.c.lookup_hash.in_(sorted(hashes)))
    return (await connection.execute(delete(LEAD_CHECKS).where(LEAD_CHECKS.c.lead_id.in_(leads)))).rowcount
