"""Calls of leads as the campaigns' figures count them, one by one and by hour: kept in the transaction that settles the lead.

The rows are the truth, the hours what they add up to. Both go together: with their list, or hour by hour with their term.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.outbound.facts import Outcome
from store.tables.leads import LEAD_ATTEMPTS, LEAD_HOURS
from store.upserts import insert_new, insert_or_add
from telephony.identifiers import MS, SECOND, Instant, WrapUpCode

HOUR = 3_600 * SECOND
_SPENT = ("preview_ms", "ring_ms", "talk_ms", "wrap_up_ms")


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
    await count_attempt(connection, values)


async def count_attempt(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """The row is there and counted in its hour, once."""
    if not (await connection.execute(insert_new(connection.engine, LEAD_ATTEMPTS).values(**values))).rowcount:
        return
    is_answered = values["outcome"] == Outcome.ANSWERED.value
    hour = {
        "list_id": values["list_id"],
        "hour_at": values["at"] - values["at"] % HOUR,
        "agent_id": values["agent_id"],
        "outcome": values["outcome"],
        "wrap_up_code": (values["wrap_up_code"] or "") if is_answered else "",
        "calls": 1,
        "work_ms": sum(values[name] for name in _SPENT),
        "talk_ms": values["talk_ms"],
    }
    await connection.execute(insert_or_add(connection.engine, LEAD_HOURS).values(**hour))
