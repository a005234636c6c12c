"""Where agents work, encrypted: for the case that one of them calls a control room."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No address is known before somebody sets it."""
    op.create_table(
        "agent_addresses",
        sa.Column("agent_id", sa.Text(), sa.ForeignKey("agents.agent_id"), primary_key=True),
        sa.Column("cipher", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
    )
