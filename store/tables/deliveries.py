"""Tables of what leaves the house: webhooks and their outbox, the answering machine's messages and theirs."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table, Text

from store.tables.metadata import METADATA

SUBSCRIPTIONS = Table(
    "webhook_subscriptions",
    METADATA,
    Column("subscription_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("client_id", Text),
    Column("secret_cipher", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("is_active", Boolean, nullable=False),
)

OUTBOX = Table(
    "webhook_outbox",
    METADATA,
    Column("delivery_id", Text, primary_key=True),
    Column("subscription_id", Text, ForeignKey("webhook_subscriptions.subscription_id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("is_given_up", Boolean, nullable=False),
    Index("ix_webhook_outbox_due", "is_given_up", "due_at"),
    Index("ix_webhook_outbox_subscription_id", "subscription_id"),
    Index("ix_webhook_outbox_created_at", "created_at"),
)

OUTBOX_CURSOR = Table(
    "webhook_cursor",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

VOICE_MESSAGES = Table(
    "voice_messages",
    METADATA,
    Column("message_id", Text, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("did", Text, nullable=False),
    Column("project_id", Text),
    Column("client_id", Text),
    Column("received_at", BigInteger, nullable=False),
    Column("duration_ms", BigInteger),
    Column("masked_caller", Text),
    Column("file_name", Text, nullable=False),
    Column("done_at", BigInteger),
    Column("done_by", Text),
    Index("ix_voice_messages_received_at", "received_at", "message_id"),
)

MESSAGE_MAILS = Table(
    "message_mails",
    METADATA,
    Column("mail_id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("voice_messages.message_id", ondelete="CASCADE"), nullable=False),
    Column("mailbox", Text, nullable=False),
    Column("asked_by", Text),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("sent_at", BigInteger),
    Column("last_error", Text),
    Index("ix_message_mails_due", "state", "due_at"),
    Index("ix_message_mails_message_id", "message_id"),
)
"""The outbox of the answering machine; a mail goes with its message, by its term, an erasure or a person's word."""
