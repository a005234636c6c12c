"""A claim is over: in one transaction its lead stands as it came out, and an objection holds."""

from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.leads.lists import LeadList
from routing.outbound.settling import Settled, Verdict, after
from store.audit import Author
from store.lead_rows import hashes_in, lead_in, values_after
from store.objections import keep_objection
from store.tables.leads import LEADS
from telephony.identifiers import UserId, WrapUpCode


async def settle_claim(
    connection: AsyncConnection, row: Row[Any], settled: Settled, lead_list: LeadList, *, code: WrapUpCode | None = None
) -> None:
    """The claimed lead in `row` stands as `settled` says, with the code that was chosen."""
    values = values_after(after(lead_list.policy, lead_in(row), settled))
    if code is not None:
        values["wrap_up_code"] = code
    await connection.execute(update(LEADS).where(LEADS.c.lead_id == row.lead_id).values(**values))
    if settled.verdict is Verdict.DO_NOT_CALL:
        by = Author(user_id=UserId(row.claimed_by), at=settled.at, reason=f"said so: {code or ''}")
        await keep_objection(connection, hashes_in(row.hashes), lead_list.client_id, settled.covers, by=by)
