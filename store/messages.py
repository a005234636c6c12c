"""Voice messages of the answering machine: the web edge's `Messages`. The sound is in a file, here is what is known of it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import reading, writing
from store.message_rows import remove_messages
from store.tables.deliveries import VOICE_MESSAGES
from store.upserts import insert_new, values_of
from telephony.identifiers import Instant
from web.accounts import VoiceMessage


class MessageStore:
    """Messages, the newest first."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, message: VoiceMessage) -> bool:
        """The message is listed; False where it was already: a file found twice is one message."""
        async with writing(self._engine) as connection:
            return (await connection.execute(insert_new(self._engine, VOICE_MESSAGES).values(**values_of(message)))).rowcount == 1

    async def list(self, *, before: Instant | None, limit: int) -> Sequence[VoiceMessage]:
        """The newest first, those received before that instant."""
        query = select(VOICE_MESSAGES).order_by(VOICE_MESSAGES.c.received_at.desc(), VOICE_MESSAGES.c.message_id.desc())
        if before is not None:
            query = query.where(VOICE_MESSAGES.c.received_at < before)
        async with reading(self._engine) as connection:
            return [VoiceMessage(**row._mapping) for row in (await connection.execute(query.limit(limit))).all()]

    async def get(self, message_id: str) -> VoiceMessage | None:
        """That message."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(VOICE_MESSAGES).where(VOICE_MESSAGES.c.message_id == message_id))).first()
        return None if row is None else VoiceMessage(**row._mapping)

    async def remove(self, message_id: str) -> None:
        """The message is listed no more."""
        async with writing(self._engine) as connection:
            await remove_messages(connection, [message_id])
