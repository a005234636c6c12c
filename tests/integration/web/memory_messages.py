"""Voice messages of the web edge's surroundings, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from routing.answering_machine import MessageMail, VoiceMessage
from store.audit import Author
from telephony.identifiers import Instant

T0 = Instant(1_790_000_000_000_000)


class MemoryMessages:
    def __init__(self) -> None:
        self.rows: dict[str, VoiceMessage] = {}
        self.sent: list[MessageMail] = []

    async def list(
        self,
        *,
        before: Instant | None,
        limit: int,
        project_ids: Collection[str] | None = None,
        is_done: bool | None = None,
        mailed_to: str | None = None,
    ) -> Sequence[VoiceMessage]:
        rows = [m for m in self.rows.values() if before is None or m.received_at < before]
        rows = [m for m in rows if project_ids is None or m.project_id in project_ids]
        if mailed_to is not None:
            theirs = {m.message_id for m in self.sent if m.mailbox == mailed_to}
            rows = [m for m in rows if m.message_id in theirs]
        return [m for m in rows if is_done is None or (m.done_at is not None) is is_done][:limit]

    async def open_count(self, project_ids: Collection[str] | None = None) -> int:
        return len(await self.list(before=None, limit=len(self.rows), project_ids=project_ids, is_done=False))

    async def get(self, message_id: str) -> VoiceMessage | None:
        return self.rows.get(message_id)

    async def mails(self, message_ids: Sequence[str]) -> Mapping[str, Sequence[MessageMail]]:
        return {each: [m for m in self.sent if m.message_id == each] for each in message_ids}

    async def set_done(self, message_id: str, *, is_done: bool, by: Author) -> bool:
        done = {"done_at": by.at, "done_by": by.user_id} if is_done else {"done_at": None, "done_by": None}
        self.rows[message_id] = replace(self.rows[message_id], **done)
        return True

    async def forward(self, mail: MessageMail, *, by: Author) -> MessageMail | None:
        self.sent.append(mail)
        return mail

    async def retry(self, message_id: str, *, by: Author) -> int | None:
        return 0

    async def delete(self, message_id: str, *, by: Author) -> str | None:
        return self.rows.pop(message_id).file_name


def a_voice_message(message_id: str, *, project: str | None, client: str | None) -> VoiceMessage:
    return VoiceMessage(
        message_id=message_id,
        call_id="c",
        did="+4930111",
        project_id=project,
        client_id=client,
        received_at=T0,
        duration_ms=3_000,
        masked_caller="+49 170 •••67",
        file_name=f"{message_id}.wav",
    )


def a_forwarded_mail(message: VoiceMessage, mailbox: str) -> MessageMail:
    return MessageMail(
        mail_id=f"mail-{message.message_id}",
        message_id=message.message_id,
        mailbox=mailbox,
        asked_by="user-3",
        note="please call back",
        created_at=T0,
        due_at=T0,
    )
