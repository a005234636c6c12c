"""Voice messages of the answering machine and the mails about them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from web.schemas.types import NO_CONTROLS, Asked, Id, Mailbox, Shape, Shown, When


class Seen(StrEnum):
    """Whether somebody saw to a message."""

    OPEN = "open"
    DONE = "done"


class MessagesQuery(Asked):
    """Which voice messages."""

    before: When | None = Field(default=None, description="Older than this.")
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    project: Id | None = Field(default=None, description="Of this project only.")
    state: Seen | None = Field(default=None, description="Open or done ones only.")


class MailShown(Shown):
    """A mail about a message. `state`: waiting (to be sent, or sent again), sent, failed."""

    mailbox: str
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime | None = Field(description="When it is tried next; none, where it is not tried again.")
    sent_at: datetime | None
    last_error: str | None
    forwarded_by: str | None = Field(description="The user who forwarded the message; none: it came in.")
    note: str = Field(description="What who forwarded it wrote.")


class MessageShown(Shown):
    """A voice message."""

    message_id: str
    call_id: str
    did: str
    project_id: str | None
    received_at: datetime
    duration_ms: int | None
    masked_caller: str | None
    done_at: datetime | None
    done_by: str | None
    deleted_from: datetime | None = Field(description="When its term is over; it is deleted soon after.")
    mails: list[MailShown]


class MessageList(Shown):
    """Voice messages, the newest first."""

    items: list[MessageShown]


class MessageCount(Shown):
    """How much there is to see to."""

    open: int


class Forward(Shape):
    """To whom a message goes: a mailbox, or an agent who has one."""

    mailbox: Mailbox | None = None
    agent_id: Id | None = None
    note: Annotated[str, StringConstraints(max_length=200, pattern=NO_CONTROLS)] = Field(
        default="", description="Stands in the mail."
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.mailbox is None) == (self.agent_id is None):
            raise ValueError("give either mailbox or agent_id")
        return self


class Retried(Shown):
    """Mails that had been given up and wait again."""

    mails: int
