"""Calls of leads as the campaigns' figures count them: kept in the transaction that settles the lead."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.outbound.facts import Outcome
from store.tables.leads import LEAD_ATTEMPTS
from store.upserts import insert_new
from telephony.identifiers import MS, Instant, WrapUpCode


async def keep_attempt(
    connection: AsyncConnection,
    lead: Row[Any],
    made: Row[Any],
    list_id: str,
    *,
    code: WrapUpCode | None = None,
    free_at: Instant | None = None,
) -> None:
    """The attempt `made` at a claimed lead is counted, once. `free_at`: when the agent had left the wrap-up."""
    picked_up_at = made.ended_at if made.answered_at is None else made.answered_at
    spent = {
        "preview_ms": (lead.claimed_at, made.permitted_at),
        "ring_ms": (made.permitted_at, picked_up_at),
        "talk_ms": (picked_up_at, made.ended_at),
        "wrap_up_ms": (made.ended_at, made.ended_at if free_at is None else free_at),
    }
    values = {
        "leg_id": made.leg_id,
        "list_id": list_id,
        "lead_id": lead.lead_id,
        "agent_id": lead.claimed_by,
        "at": made.permitted_at,
        "outcome": made.outcome or Outcome.UNCLEAR.value,
        "wrap_up_code": code,
        **{name: max(0, to_at - from_at) // MS for name, (from_at, to_at) in spent.items()},
    }
    await connection.execute(insert_new(connection.engine, LEAD_ATTEMPTS).values(**values))
