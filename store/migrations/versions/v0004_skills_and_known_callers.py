"""Agents have skills and languages; callers are known by hashes: on lists, blocked for agents, with whom they talked to last."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything new is empty: routing goes on as before."""
    op.add_column("centre", sa.Column("ageing_ms", sa.BigInteger(), nullable=False, server_default="1200000"))
    op.add_column("centre", sa.Column("caller_lists", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "agent_skills",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("grade", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name="fk_agent_skills_agent_id"),
        sa.PrimaryKeyConstraint("agent_id", "skill", name="pk_agent_skills"),
    )
    op.create_table(
        "caller_list_entries",
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("lookup_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("list_name", "lookup_hash", name="pk_caller_list_entries"),
    )
    op.create_index("ix_caller_list_entries_lookup_hash", "caller_list_entries", ["lookup_hash"])
    op.create_table(
        "blocked_callers",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("lookup_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.agent_id"], name="fk_blocked_callers_agent_id"),
        sa.PrimaryKeyConstraint("agent_id", "lookup_hash", name="pk_blocked_callers"),
    )
    op.create_index("ix_blocked_callers_lookup_hash", "blocked_callers", ["lookup_hash"])
    op.create_table(
        "last_agents",
        sa.Column("lookup_hash", sa.LargeBinary(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("talked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lookup_hash", name="pk_last_agents"),
    )
    op.create_index("ix_last_agents_talked_at", "last_agents", ["talked_at"])
