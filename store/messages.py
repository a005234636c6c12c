"""Voice messages of the answering machine and the mails about them: the web edge's `Messages`, and the worker's outbox.

The sound is in a file, here is what is known of it. A message and the mail about it are written in one transaction, and so is
whatever a person does with it and the record of that.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routing.answering_machine import MailState, MessageMail, VoiceMessage, tried_again
from store.audit import Altered, Author, Authors, put_on_record, the_service
from store.engine import reading, writing
from store.message_rows import remove_messages
from store.tables.deliveries import MESSAGE_MAILS, VOICE_MESSAGES
from store.upserts import insert_new, values_of
from telephony.identifiers import Instant

_PAGE = 500


class MessageStore:
    """Messages, the newest first, and their mails, the oldest first."""

    def __init__(self, engine: AsyncEngine, author: Authors = the_service) -> None:
        self._engine = engine
        self._author = author

    async def add(self, message: VoiceMessage, mail: MessageMail | None = None) -> bool:
        """The message is listed and the mail about it waits, both or neither; False, and nothing written, where it was listed
        already: a file found twice is one message and one mail."""
        async with writing(self._engine) as connection:
            new = insert_new(self._engine, VOICE_MESSAGES).values(**values_of(message))
            if (await connection.execute(new)).rowcount != 1:
                return False
            if mail is not None:
                await connection.execute(insert_new(self._engine, MESSAGE_MAILS).values(**_row_of(mail)))
        return True

    async def list(
        self,
        *,
        before: Instant | None,
        limit: int,
        project_ids: Collection[str] | None = None,
        is_done: bool | None = None,
        mailed_to: str | None = None,
    ) -> Sequence[VoiceMessage]:
        """The newest first, those received before that instant; of these projects only, done or open ones only, mailed to
        that mailbox, where given."""
        query = select(VOICE_MESSAGES).order_by(VOICE_MESSAGES.c.received_at.desc(), VOICE_MESSAGES.c.message_id.desc())
        if before is not None:
            query = query.where(VOICE_MESSAGES.c.received_at < before)
        if project_ids is not None:
            query = query.where(VOICE_MESSAGES.c.project_id.in_(sorted(project_ids)))
        if is_done is not None:
            query = query.where(VOICE_MESSAGES.c.done_at.is_not(None) if is_done else VOICE_MESSAGES.c.done_at.is_(None))
        if mailed_to is not None:
            mails = select(MESSAGE_MAILS.c.message_id)
            mails = mails.where(MESSAGE_MAILS.c.mailbox == mailed_to)
            query = query.where(VOICE_MESSAGES.c.message_id.in_(mails))
        async with reading(self._engine) as connection:
            return [_message(row) for row in (await connection.execute(query.limit(limit))).all()]

    async def open_count(self, project_ids: Collection[str] | None = None) -> int:
        """Messages nobody has seen to; of these projects only, where given."""
        query = select(func.count()).select_from(VOICE_MESSAGES).where(VOICE_MESSAGES.c.done_at.is_(None))
        if project_ids is not None:
            query = query.where(VOICE_MESSAGES.c.project_id.in_(sorted(project_ids)))
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def get(self, message_id: str) -> VoiceMessage | None:
        """That message."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(_the_message(message_id))).first()
        return None if row is None else _message(row)

    async def mails(self, message_ids: Sequence[str]) -> Mapping[str, Sequence[MessageMail]]:
        """The mails of each of these messages."""
        found: dict[str, list[MessageMail]] = {each: [] for each in message_ids}
        async with reading(self._engine) as connection:
            for start in range(0, len(message_ids), _PAGE):
                page = message_ids[start : start + _PAGE]
                query = select(MESSAGE_MAILS).where(MESSAGE_MAILS.c.message_id.in_(page))
                query = query.order_by(MESSAGE_MAILS.c.created_at, MESSAGE_MAILS.c.mail_id)
                for row in (await connection.execute(query)).all():
                    found[row.message_id].append(_mail(row))
        return found

    async def remove(self, message_id: str) -> None:
        """The message is listed no more, and no mail about it waits any more."""
        async with writing(self._engine) as connection:
            await remove_messages(connection, [message_id])

    async def counts(self) -> Mapping[str, int]:
        """Messages that nobody has seen to (`open`), and mails by their state."""
        async with reading(self._engine) as connection:
            is_open = select(func.count()).select_from(VOICE_MESSAGES).where(VOICE_MESSAGES.c.done_at.is_(None))
            counts = {"open": int((await connection.execute(is_open)).scalar_one())}
            by_state = select(MESSAGE_MAILS.c.state, func.count()).group_by(MESSAGE_MAILS.c.state)
            found = {row[0]: int(row[1]) for row in (await connection.execute(by_state)).all()}
        return counts | {state.value: found.get(state.value, 0) for state in MailState}

    # -- what people do with them --------------------------------------------------------------------------------------

    async def set_done(self, message_id: str, *, is_done: bool, by: Author | None = None) -> bool:
        """Somebody saw to the message, or it is open again; False: there is none. What stands already is not said twice."""
        author = by or self._author()
        async with writing(self._engine) as connection:
            row = (await connection.execute(_the_message(message_id))).first()
            if row is None:
                return False
            if (row.done_at is not None) is not is_done:
                values = {"done_at": author.at if is_done else None, "done_by": author.user_id if is_done else None}
                statement = update(VOICE_MESSAGES).where(VOICE_MESSAGES.c.message_id == message_id)
                await connection.execute(statement.values(**values))
                deed = Altered(deed="message.done" if is_done else "message.reopened", subject=message_id)
                await put_on_record(connection, author, [deed])
        return True

    async def forward(self, mail: MessageMail, *, by: Author | None = None) -> MessageMail | None:
        """The mail waits to be sent; None: there is no such message. One to the same mailbox that waits already stays the only
        one, and is returned."""
        async with writing(self._engine) as connection:
            if (await connection.execute(_the_message(mail.message_id))).first() is None:
                return None
            same = select(MESSAGE_MAILS).where(
                MESSAGE_MAILS.c.message_id == mail.message_id,
                MESSAGE_MAILS.c.mailbox == mail.mailbox,
                MESSAGE_MAILS.c.state == MailState.WAITING.value,
            )
            waiting = (await connection.execute(same)).first()
            if waiting is not None:
                return _mail(waiting)
            await connection.execute(insert(MESSAGE_MAILS).values(**_row_of(mail)))
            deed = Altered(deed="message.forwarded", subject=mail.message_id, after={"mailbox": mail.mailbox, "note": mail.note})
            await put_on_record(connection, by or self._author(), [deed])
        return mail

    async def retry(self, message_id: str, *, by: Author | None = None) -> int | None:
        """How many given-up mails of the message wait again, as the same mails; None: there is no such message."""
        author = by or self._author()
        async with writing(self._engine) as connection:
            if (await connection.execute(_the_message(message_id))).first() is None:
                return None
            failed = select(MESSAGE_MAILS).where(
                MESSAGE_MAILS.c.message_id == message_id, MESSAGE_MAILS.c.state == MailState.FAILED.value
            )
            rows = (await connection.execute(failed)).all()
            for row in rows:
                await _write(connection, tried_again(_mail(row), author.at))
            again = [Altered(deed="message.mail_retried", subject=message_id, after={"mailbox": row.mailbox}) for row in rows]
            if again:
                await put_on_record(connection, author, again)
        return len(rows)

    async def delete(self, message_id: str, *, by: Author | None = None) -> str | None:
        """The message is gone with its mails, on record; returns its sound's file name. None: there was none."""
        async with writing(self._engine) as connection:
            row = (await connection.execute(_the_message(message_id))).first()
            if row is None:
                return None
            await remove_messages(connection, [message_id])
            before = {"call_id": row.call_id, "project_id": row.project_id, "received_at": row.received_at}
            deed = Altered(deed="message.deleted", subject=message_id, before=before)
            await put_on_record(connection, by or self._author(), [deed])
        return str(row.file_name)

    # -- the outbox ----------------------------------------------------------------------------------------------------

    async def due(self, now: Instant, limit: int) -> Sequence[MessageMail]:
        """Mails whose time has come, the one longest due first."""
        query = select(MESSAGE_MAILS).where(MESSAGE_MAILS.c.state == MailState.WAITING.value, MESSAGE_MAILS.c.due_at <= now)
        query = query.order_by(MESSAGE_MAILS.c.due_at, MESSAGE_MAILS.c.mail_id).limit(limit)
        async with reading(self._engine) as connection:
            return [_mail(row) for row in (await connection.execute(query)).all()]

    async def begin(self, mail: MessageMail, *, until: Instant) -> MessageMail | None:
        """This try is ours alone: nobody else begins one before `until`, when it counts as broken off. None: it is not (any
        more) as given, since somebody else has begun one, it was deleted, or it was sent."""
        mine = (
            MESSAGE_MAILS.c.mail_id == mail.mail_id,
            MESSAGE_MAILS.c.state == MailState.WAITING.value,
            MESSAGE_MAILS.c.attempts == mail.attempts,
            MESSAGE_MAILS.c.due_at == mail.due_at,
        )
        async with writing(self._engine) as connection:
            statement = update(MESSAGE_MAILS).where(*mine).values(attempts=mail.attempts + 1, due_at=until)
            if (await connection.execute(statement)).rowcount != 1:
                return None
            row = (await connection.execute(select(MESSAGE_MAILS).where(MESSAGE_MAILS.c.mail_id == mail.mail_id))).one()
        return _mail(row)

    async def settle(self, mail: MessageMail) -> bool:
        """What came of the try is written; False where another try was begun meanwhile. That a server took the mail is written
        in any case: it is true whoever tries meanwhile."""
        async with writing(self._engine) as connection:
            if mail.state is MailState.SENT:
                return await _write(connection, mail)
            return await _write(connection, mail, MESSAGE_MAILS.c.attempts == mail.attempts)


async def _write(connection: AsyncConnection, mail: MessageMail, *conditions: Any) -> bool:
    values = _row_of(mail)
    mail_id = values.pop("mail_id")
    statement = update(MESSAGE_MAILS).where(MESSAGE_MAILS.c.mail_id == mail_id, *conditions).values(**values)
    return (await connection.execute(statement)).rowcount == 1


def _the_message(message_id: str) -> Select[Any]:
    return select(VOICE_MESSAGES).where(VOICE_MESSAGES.c.message_id == message_id)


def _message(row: Row[Any]) -> VoiceMessage:
    return VoiceMessage(**row._mapping)


def _mail(row: Row[Any]) -> MessageMail:
    return MessageMail(**{**row._mapping, "state": MailState(row.state)})


def _row_of(mail: MessageMail) -> dict[str, Any]:
    return {**values_of(mail), "state": mail.state.value}
