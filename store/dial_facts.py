"""The facts of an ask: what the one query is asked with, and what its row says."""

from typing import Any

from sqlalchemy import Row

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
from store.dial_query import COUNTRIES_BETWEEN
from telephony.engine.dial_book import Ask
from telephony.identifiers import SECOND, Instant

_DAY = 86_400 * SECOND
_NEVER = Instant(2**62)
_LISTS = (("ours", ListOwner.CENTRE), ("theirs", ListOwner.CLIENT), ("projects", ListOwner.PROJECT))


def asked_of(ask: Ask, *, has_budget: bool) -> dict[str, Any]:
    """What the query is asked with."""
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


def facts_in(row: Row[Any], *, has_budget: bool) -> DialFacts:
    """What the query's row says."""
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
