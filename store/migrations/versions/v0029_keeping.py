"""Terms of recordings by project; when a segment was shredded, or refused."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, two columns; what was shredded before is taken for shredded when its recording stopped."""
    op.create_table(
        "recording_terms",
        sa.Column("project_id", sa.Text, primary_key=True),
        sa.Column("unrated_days", sa.Integer, nullable=False),
        sa.Column("rated_days", sa.Integer, nullable=False),
        sa.Column("dispute_months", sa.Integer, nullable=False),
        sa.Column("order_years", sa.Integer, nullable=False),
    )
    for name in ("shredded_at", "refused_at"):
        op.add_column("vault_segments", sa.Column(name, sa.BigInteger))
        op.create_index(f"ix_vault_segments_{name}", "vault_segments", [name])
    op.execute("UPDATE vault_segments SET shredded_at = stopped_at WHERE state = 'shredded'")
