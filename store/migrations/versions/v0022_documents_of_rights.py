"""Rights to show a number keep their documents; calls whose end nobody saw are cleared up by people."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No right has a document yet, and every unclear call is still open."""
    op.create_table(
        "right_documents",
        sa.Column("right_id", sa.Text(), sa.ForeignKey("shown_rights.right_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("cipher", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "cleared_calls",
        sa.Column("leg_id", sa.Text(), sa.ForeignKey("dial_attempts.leg_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("known", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_by", sa.Text(), nullable=False),
    )
