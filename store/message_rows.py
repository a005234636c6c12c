"""Which voice messages a person left: their call's beginning, in the journal, names the person."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables.deliveries import VOICE_MESSAGES
from store.tables.journal import JOURNAL

NAME_A_PARTY = ("leg_offered", "fallback_answered")
_PAGE = 500


class _Named(msgspec.Struct):
    party_id: str


async def messages_of_people(connection: AsyncConnection, party_ids: Collection[str]) -> list[tuple[str, str]]:
    """Id and file name of every message that one of these people left."""
    wanted = frozenset(party_ids)
    if not wanted:
        return []
    columns = (VOICE_MESSAGES.c.message_id, VOICE_MESSAGES.c.file_name, JOURNAL.c.payload)
    query = select(*columns).join(JOURNAL, JOURNAL.c.call_id == VOICE_MESSAGES.c.call_id)
    rows = await connection.execute(query.where(VOICE_MESSAGES.c.call_id != "", JOURNAL.c.kind.in_(NAME_A_PARTY)))
    found = {
        row.message_id: str(row.file_name) for row in rows if msgspec.json.decode(row.payload, type=_Named).party_id in wanted
    }
    return sorted(found.items())


async def remove_messages(connection: AsyncConnection, message_ids: Sequence[str]) -> None:
    """These messages are listed no more."""
    for start in range(0, len(message_ids), _PAGE):
        page = message_ids[start : start + _PAGE]
        await connection.execute(delete(VOICE_MESSAGES).where(VOICE_MESSAGES.c.message_id.in_(page)))
