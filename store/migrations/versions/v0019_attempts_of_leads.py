"""Calls of leads, as the campaigns' figures count them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is counted yet."""
    texts = [sa.Column(name, sa.Text(), nullable=False) for name in ("list_id", "agent_id", "outcome")]
    numbers = [sa.Column(f"{name}_ms", sa.BigInteger(), nullable=False) for name in ("preview", "ring", "talk", "wrap_up")]
    op.create_table(
        "lead_attempts",
        sa.Column("leg_id", sa.Text(), primary_key=True),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *texts,
        sa.Column("wrap_up_code", sa.Text()),
        *numbers,
    )
    op.create_index("ix_lead_attempts_list_id", "lead_attempts", ["list_id", "at"])
    op.create_index("ix_lead_attempts_at", "lead_attempts", ["at"])
