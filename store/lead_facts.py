"""What is known of candidates' numbers when it is their turn: attempts of all projects, do-not-call lists, consents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.leads.lists import LeadList
from routing.outbound.asking import Callee
from routing.outbound.facts import ConsentBasis, ConsentPurpose, Covers, ListOwner, NumberHistory, Outcome
from routing.outbound.lead import LeadNow
from store.lead_rows import hashes_in, lead_in
from store.tables.outbound import ADVERTISING_CONSENTS, DIAL_ATTEMPTS, DO_NOT_CALL
from telephony.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whose list, and since when a day counts."""

    lead_list: LeadList
    is_advertising: bool
    consent_purpose: ConsentPurpose
    day_at: Instant


async def with_facts(connection: AsyncConnection, rows: Sequence[Row[Any]], asked: Asked) -> list[LeadNow]:
    """The leads with what all projects know of their numbers now."""
    hashes = sorted({each for row in rows for each in hashes_in(row.hashes)})
    if not hashes:
        return [lead_in(row) for row in rows]
    histories = await _histories(connection, hashes, asked.day_at)
    barred = await _listed(connection, hashes, asked)
    consents = await _consents(connection, hashes, asked) if asked.is_advertising else {}
    found = []
    for row in rows:
        lead = lead_in(row)
        numbers = tuple(
            replace(
                number,
                history=histories.get(each, NumberHistory()),
                is_barred=each in barred or (asked.is_advertising and not _consented(consents.get(each), lead.callee)),
            )
            for number, each in zip(lead.numbers, hashes_in(row.hashes), strict=True)
        )
        found.append(replace(lead, numbers=numbers))
    return found


async def _histories(connection: AsyncConnection, hashes: Collection[bytes], day_at: Instant) -> Mapping[bytes, NumberHistory]:
    attempts = DIAL_ATTEMPTS.c
    query = select(attempts.lookup_hash, attempts.permitted_at, attempts.outcome)
    query = query.where(attempts.lookup_hash.in_(hashes), attempts.counts_for_number).order_by(attempts.permitted_at)
    found: dict[bytes, NumberHistory] = {}
    for row in (await connection.execute(query)).all():
        before = found.get(bytes(row.lookup_hash), NumberHistory())
        found[bytes(row.lookup_hash)] = NumberHistory(
            today=before.today + (row.permitted_at >= day_at),
            in_total=before.in_total + 1,
            last_at=Instant(row.permitted_at),
            last_outcome=None if row.outcome is None else Outcome(row.outcome),
        )
    return found


async def _listed(connection: AsyncConnection, hashes: Collection[bytes], asked: Asked) -> frozenset[bytes]:
    listed, whose = DO_NOT_CALL.c, asked.lead_list
    owners = or_(
        and_(listed.owner == ListOwner.CENTRE.value, listed.owner_id == ""),
        and_(listed.owner == ListOwner.CLIENT.value, listed.owner_id == whose.client_id),
        and_(listed.owner == ListOwner.PROJECT.value, listed.owner_id == whose.project_id),
    )
    query = select(listed.lookup_hash).where(listed.lookup_hash.in_(hashes), owners)
    if not asked.is_advertising:
        query = query.where(listed.covers == Covers.EVERYTHING.value)
    return frozenset(bytes(each) for each in (await connection.execute(query)).scalars())


async def _consents(
    connection: AsyncConnection, hashes: Collection[bytes], asked: Asked
) -> Mapping[bytes, frozenset[ConsentBasis]]:
    """What the consents rest on that stand."""
    consents = ADVERTISING_CONSENTS.c
    query = select(consents.lookup_hash, consents.basis).where(
        consents.lookup_hash.in_(hashes),
        consents.client_id == asked.lead_list.client_id,
        consents.withdrawn_at.is_(None),
        consents.restricted_at.is_(None),
        consents.purpose.in_([ConsentPurpose.ADVERTISING.value, asked.consent_purpose.value]),
    )
    found: dict[bytes, frozenset[ConsentBasis]] = {}
    for row in (await connection.execute(query)).all():
        found[bytes(row.lookup_hash)] = found.get(bytes(row.lookup_hash), frozenset()) | {ConsentBasis(row.basis)}
    return found


def _consented(bases: frozenset[ConsentBasis] | None, callee: Callee) -> bool:
    """A consumer's consent is never presumed."""
    return bool(bases) and (callee is Callee.BUSINESS or ConsentBasis.EXPRESS in (bases or ()))
