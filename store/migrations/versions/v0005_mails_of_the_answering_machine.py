"""Messages of the answering machine are mailed, and marked done; agents have a mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An outbox; messages listed before are open, and nothing is mailed about them by itself."""
    op.add_column("agents", sa.Column("mailbox", sa.Text()))
    op.add_column("voice_messages", sa.Column("done_at", sa.BigInteger()))
    op.add_column("voice_messages", sa.Column("done_by", sa.Text()))
    op.create_table(
        "message_mails",
        sa.Column("mail_id", sa.Text(), primary_key=True),
        sa.Column("message_id", sa.Text(), sa.ForeignKey("voice_messages.message_id", ondelete="CASCADE"), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
    )
    op.create_index("ix_message_mails_due", "message_mails", ["state", "due_at"])
    op.create_index("ix_message_mails_message_id", "message_mails", ["message_id"])
