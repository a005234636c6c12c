"""Agents' places in the fair share, kept beside the journal in its own transaction: what the next start goes on from."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables.journal import AGENT_PASSES
from telephony.agent.noted import LastShare, Share
from telephony.identifiers import AgentId

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(LastShare)


def share_text(last: LastShare) -> str:
    """The share as the column holds it; every float is read back as it was."""
    return _ENCODER.encode(last).decode()


async def shares_in(connection: AsyncConnection) -> dict[AgentId, LastShare]:
    """Of each agent who ever had one, the share. Of one written by an older version only the pass is known."""
    rows = (await connection.execute(select(AGENT_PASSES))).all()
    return {
        AgentId(row.agent_id): _of_a_pass(row.pass_after) if row.share is None else _DECODER.decode(row.share) for row in rows
    }


def _of_a_pass(share_pass: float) -> LastShare:
    return LastShare(share=Share(share_pass=share_pass, is_back_from_call=True))
