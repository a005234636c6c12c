"""Calls of leads added up by hour, and indexes by which each lead is counted once."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The calls there are have been added up."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "lead_hours",
        sa.Column("list_id", sa.Text(), primary_key=True),
        sa.Column("hour_at", big, primary_key=True, autoincrement=False),
        sa.Column("agent_id", sa.Text(), primary_key=True),
        sa.Column("outcome", sa.Text(), primary_key=True),
        sa.Column("wrap_up_code", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("calls", "work_ms", "talk_ms")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO lead_hours SELECT list_id, at - at % 3600000000, agent_id, outcome, "
        "CASE WHEN outcome = 'answered' THEN coalesce(wrap_up_code, '') ELSE '' END, "
        "count(*), sum(preview_ms + ring_ms + talk_ms + wrap_up_ms), sum(talk_ms) FROM lead_attempts GROUP BY 1, 2, 3, 4, 5"
    )
    op.create_index("ix_lead_hours_hour_at", "lead_hours", ["hour_at"])
    of_call = ["at", "agent_id", "outcome", "wrap_up_code"]
    op.create_index("ix_lead_attempts_lead", "lead_attempts", ["list_id", "lead_id", *of_call])
    op.create_index("ix_lead_attempts_agent", "lead_attempts", ["list_id", "agent_id", "lead_id", "at", *of_call[2:]])
    tried = sa.text("tries > 0")
    op.create_index("ix_leads_tried", "leads", ["import_no"], sqlite_where=tried, postgresql_where=tried)
